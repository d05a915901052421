"""The Feynman formulas: every one of them, differentiated three ways, first and second order.

In full: 20 points of its own ranges for each. The 25-digit references come from elsewhere.
"""

from __future__ import annotations

import time
from collections import Counter
from fractions import Fraction

import symdiff as sd
from symdiff.crosscheck import Verdict
from symdiff.sweep import Formula, check
from tests.data_files import FULL, cases, rename, say, wrong

OPERATORS = ("value_and_grad", "grad", "jacobian", "jvp", "vjp", "hessian")
POINTS = 20 if FULL else 2


def formula(case: dict) -> Formula:
    """As a manifest would have it. Ten rows declare a wrong number of variables: what they list counts."""
    ranges = {name: (low, high) for name, low, high in case["variables"]}
    return Formula(
        case["id"], f"feynman.json: formula {case['id']!r}", case["formula"], variables=tuple(ranges),
        range=ranges, points=POINTS, operators=OPERATORS,
    )  # fmt: skip


def test_every_formula_agrees_at_points_of_its_own_ranges() -> None:
    start = time.perf_counter()
    verdicts: Counter[tuple[str, str]] = Counter()
    formulas: Counter[str] = Counter()
    faults = []
    for case in cases("feynman"):
        report = check(formula(case))
        formulas[str(report.verdict)] += 1
        verdicts.update((f.method, str(f.verdict)) for f in report.findings)
        faults += wrong(report) if report.ok else [f"{case['id']} {report.verdict}", *wrong(report)]
    seconds = time.perf_counter() - start
    say(f"Feynman: {sum(formulas.values())} formulas at {POINTS} points in {seconds:.1f} s: {dict(formulas)}")
    say("\n".join(f"  {method:10} {verdict:12} {n:7}" for (method, verdict), n in sorted(verdicts.items())))
    assert faults == []
    assert formulas[Verdict.AGREE] >= 110
    assert all(verdicts[m, "AGREE"] > 0.99 * sum(n for (k, _), n in verdicts.items() if k == m) for m, _ in verdicts)


def test_values_and_gradients_are_those_of_sixty_digit_arithmetic() -> None:
    for case in cases("feynman"):
        names = [name for name, _, _ in case["variables"]]
        f = sd.function(case["formula"], names)
        for point in case["points"] if FULL else case["points"][:2]:
            at = dict(zip(names, map(float, point["x"]), strict=True))
            report = sd.crosscheck(f, at=at, operators="value_and_grad", methods=["tape"])
            certified = report.reference["value_and_grad"]
            for ours, theirs in zip(certified, [point["f"], *point["grad"]], strict=True):
                assert is_the_double_at(ours, theirs), (case["id"], ours, theirs)


def is_the_double_at(number: float, digits: str) -> bool:
    """Whether `number` is the double nearest to these 25 digits, or next to it where they end at a tie."""
    truth = Fraction(digits)
    return number == float(truth) or abs(Fraction(number) - truth) <= abs(truth) * Fraction(1, 2**52)


def test_a_wrong_count_of_variables_is_known_in_ten_rows() -> None:
    counted = [c for c in cases("feynman") if c["n_declared"] != len(c["variables"])]
    assert len(counted) == 10
    for case in counted:
        assert case["defects"]
        assert set(sd.function(case["formula"]).names) == {name for name, _, _ in case["variables"]}


def test_a_formula_means_the_same_whatever_its_variables_are_called() -> None:
    """Names of constants and functions elsewhere: I, E, beta, gamma, lambda, pi as a variable."""
    case = next(c for c in cases("feynman") if c["id"] == "I.6.2b")
    at = dict(zip(("sigma", "theta", "theta1"), map(float, case["points"][0]["x"]), strict=True))
    expected = sd.grad(sd.function(case["formula"], list(at)))(*at.values())
    strange = {"sigma": "gamma", "theta": "I", "theta1": "lambda"}
    f = sd.function(rename(case["formula"], strange), list(strange.values()))
    assert sd.grad(f)(*at.values()) == expected
