"""Second derivatives where a number on the way underflows, and at kinks and removable points.

Where f is twice differentiable the finite number is due; where it is not, nobody is accused of a convention.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.methods.modes import COMPOSITIONS
from tests.faults import accused, pull_back

# -- decided by a number that underflowed ------------------------------------------------------------------------

UNDERFLOWS = "logaddexp(exp2(exp(y)/4), relu(softplus(x)))**2"  # softplus(-1000) is 5e-435, and so above zero
BELOW = {"x": -1000.001, "y": 2.0}


def test_a_number_that_underflows_does_not_decide_which_second_derivative_is_written_down() -> None:
    """Entries of 1e-435 are 0 in float64; the rule that gave them keeps its other branch, and is right."""
    report = crosscheck(UNDERFLOWS, at=BELOW, operators=("hessian", COMPOSITIONS[0]))
    assert report.verdict is Verdict.AGREE
    assert report.reference["hessian"] == [0.0, 0.0, 0.0, pytest.approx(118.3567944526013, rel=1e-15)]


@pytest.mark.parametrize(("op", "argument"), [("softplus", 0), ("relu", 0), ("logaddexp", 1)])
def test_a_wrong_rule_is_seen_behind_the_underflow(op: str, argument: int) -> None:
    """The float is the right 0; the program that made it is held against 1e-435, and is twice too large."""

    def doubled(rule: Any) -> Any:
        return lambda ct, *known, **params: 2.0 * rule(ct, *known, **params)

    with pull_back(op, doubled, argument):
        report = crosscheck(UNDERFLOWS, at=BELOW, operators=("hessian",))
    assert accused(report) == {"tape"}
    wrong = [f for f in report.findings if f.verdict is Verdict.DIFFER]
    assert (0, 0) in {f.index for f in wrong}


# -- twice differentiable: the number is due ---------------------------------------------------------------------

SMOOTH: dict[str, tuple[Any, tuple[Any, ...], list[float]]] = {
    "abs twice": ("abs(abs(elu(x**2, 1)))", (0.0,), [2.0]),
    "abs squared": ("abs(x)*abs(x)", (0.0,), [2.0]),
    "cbrt to the sixth": ("cbrt(x)**6", (0.0,), [2.0]),
    "a root of a fourth power": ("sqrt(x**4)", (0.0,), [2.0]),
    "log cosh": ("logaddexp(abs(x), -abs(x))", (0.0,), [1.0]),
    "hypot squared": ("sqrt(1 + hypot(z, y)**2)", (0.0, 0.0), [1.0, 0.0, 0.0, 1.0]),
    "hypot cubed": ("hypot(x, y)**3", (0.0, 0.0), [0.0] * 4),
    "norm squared": (lambda x: np.linalg.norm(x) ** 2, (np.zeros(2),), [2.0, 0.0, 0.0, 2.0]),
}


def of(f: Any, at: tuple[Any, ...], entries: list[float], **options: Any) -> Report:
    """The Hessian, with a claim of these entries."""
    whole = np.reshape(entries, (np.size(at),) * 2)
    return crosscheck(f, *at, operators=("hessian",), claimed={"hessian": lambda *_: whole}, **options)


@pytest.mark.parametrize("name", SMOOTH)
def test_where_f_is_twice_differentiable_its_number_is_due(name: str) -> None:
    f, at, truth = SMOOTH[name]
    report = of(f, at, truth)
    assert report.reference["hessian"] == [pytest.approx(t, rel=1e-15) for t in truth]
    assert "claimed" not in accused(report)
    assert not any(f.verdict in (Verdict.UNDECIDED, Verdict.KINK) for f in report.findings)
    assert all(f.verdict is Verdict.DIFFER for f in report.findings if not math.isfinite(f.value or 0.0))
    for wrong in (math.nan, math.inf, truth[0] + 1e-9, -1.0):
        assert "claimed" in accused(of(f, at, [wrong, *truth[1:]], methods=("symbolic",))), wrong


def test_series_of_functions_that_are_known_by_values_only_have_no_fractional_powers() -> None:
    """Bessel's come from Cauchy's integral, and each coefficient with a radius: what must be zero is zero."""
    claim = {"grad": "0", "hessian": "1"}  # SymPy's and JAX's |x|' = 1 make 2 of the gradient
    report = crosscheck("i0e(x)*i0e(x)*exp(2*abs(x))", 0.0, claimed=claim, methods=("jax",))
    assert accused(report) == {"jax"}
    assert report.reference == {"grad": [0.0], "hessian": [1.0]}


def test_of_several_values_each_has_its_own() -> None:
    f = ["abs(x)*abs(x)", "cbrt(x)**3", "x*abs(x)"]
    report = crosscheck(f, 0.0, operators=("hessian", "jvp"), methods=("symbolic",))
    assert [f.verdict for f in report.findings] == [Verdict.AGREE, Verdict.AGREE, Verdict.KINK, *[Verdict.AGREE] * 3]
    assert report.reference["hessian"] == [2.0, 0.0, None]
    for wrong in ([1.0, 0.0, 0.0], [2.0, math.nan, 0.0], [2.0, 0.0, 3.0]):
        report = crosscheck(f, 0.0, claimed={"hessian": lambda x, w=wrong: [[[v]] for v in w]}, methods=("symbolic",))
        assert accused(report) == {"claimed"}


def test_products_with_vectors_at_removable_points() -> None:
    """nan is wrong for them as it is for the gradient."""
    f = ["cbrt(x)**3", "x*abs(y)"]
    right = {"jvp": lambda x, v: [v[0], 0.0], "vjp": lambda x, ct: [ct[0], 0.0]}
    wrong = {"jvp": lambda x, v: [v[1], 0.0], "vjp": lambda x, ct: [ct[1], 0.0]}
    for claim, accused_of in ((right, set()), (wrong, {"claimed"})):
        report = crosscheck(f, 0.0, 0.0, claimed=claim)
        assert {name.partition(":")[0] for name in accused(report)} == {"tape", "jax"} | accused_of
    kinked = crosscheck(["cbrt(x)**3", "sqrt(x**2)"], 0.0, operators=("vjp",), methods=("symbolic",))
    assert kinked.verdict is Verdict.UNDECIDED
    assert all("depends on the direction" in f.reason for f in kinked.findings)


def test_many_variables() -> None:
    """The squared norm of 40: as many rays as its size allows."""
    f, x, off = (lambda x: np.linalg.norm(x) ** 2), np.zeros(40), 1e-12 * (np.arange(40) == 17)
    assert "claimed" not in accused(crosscheck(f, x, claimed=lambda x: 2 * x, methods=("tape",)))
    assert "claimed" in accused(crosscheck(f, x, claimed=lambda x: 2 * x + off, methods=("tape",)))


# -- not differentiable twice ------------------------------------------------------------------------------------

KINKED = {
    "cbrt(x)": [-math.inf, math.inf, math.nan],
    "x*abs(x)": [-2.0, 0.0, 2.0],
    "selu(x)": [0.0, 0.5, 1.758],
    "elu(x, 1)": [0.0, 0.5, 1.0],
    "cos(x)*exp(-abs(x))": [-1.0, -0.5, 0.0, math.nan],  # its slope jumps: with |x|' = 0 it is -1, with 1 it is 0
    "sqrt(x**2)": [0.0, math.nan, math.inf],
}
OFF = {
    "cbrt(x)": [], "x*abs(x)": [2.1, math.nan], "selu(x)": [1.759, -1.0], "elu(x, 1)": [1.1, -0.1, math.nan],
    "cos(x)*exp(-abs(x))": [-2.1, 0.1], "abs(x)": [7.0],
}  # fmt: skip


@pytest.mark.parametrize("text", KINKED)
def test_where_it_is_not_nobody_is_accused_of_a_convention(text: str) -> None:
    report = crosscheck(text, 0.0, operators=("hessian",))
    assert report.ok, report
    for value in KINKED[text]:
        found = of(text, (0.0,), [value], methods=("symbolic",)).findings
        assert {f.verdict for f in found if f.method == "claimed"} <= {Verdict.KINK, Verdict.AGREE}, value


@pytest.mark.parametrize("text", OFF)
def test_what_no_convention_adds_up_to_is_wrong(text: str) -> None:
    for value in OFF[text]:
        assert accused(of(text, (0.0,), [value], methods=("symbolic",))) == {"claimed"}, value


TIPS: dict[str, tuple[tuple[float, ...], list[Any], list[Any]]] = {  # what conventions add up to, and what not
    "hypot(x, 0)": ((0.0,), [[0.0], [math.nan]], [[1.0], [-1.0], [1e-9]]),  # as |x|: 0 on both sides
    "i0e(x)": ((0.0,), [[0.0], [0.5], [1.5], [math.nan]], [[1.6], [-0.1]]),  # as exp(-u) I_0(u) of u = s x
    "max(x, y)**2": ((0.0, 0.0), [[2, 0, 0, 0], [0.5] * 4, [1.28, 0.32, 0.32, 0.08], [1, 0, 0, 1]],
                     [[2, 0, 0, 2], [0.5, -0.5, -0.5, 0.5], [3, 0, 0, 0], [-1, 0, 0, 0], [0.5, 0.6, 0.6, 0.5]]),
    "abs(x)*abs(y)": ((0.0, 0.0), [[0, 1, 1, 0], [0, 0, 0, 0], [0, -1, -1, 0]], [[0, 2, 2, 0], [1, 0, 0, 0]]),
}  # fmt: skip


@pytest.mark.parametrize("text", TIPS)
def test_conventions_are_the_same_in_every_entry(text: str) -> None:
    """max(x, y)**2 has the gradient 0 at 0 and none on the diagonal beside it; with max' = (1/2, 1/2) its Hessian is
    1/2 everywhere, and with no slopes is it twice the unit matrix."""
    at, conventions, others = TIPS[text]
    assert crosscheck(text, *at, operators=("grad", "hessian")).ok
    for entries in conventions:
        assert "claimed" not in accused(of(text, at, entries, methods=("symbolic",))), entries
    for entries in others:
        assert accused(of(text, at, entries, methods=("symbolic",))) == {"claimed"}, entries


POWERS: dict[float, list[Any]] = {  # the Hessian of x**y at x = 0: one-sided in x, infinite, or not known (None)
    2.0: [2.0, 0.0, 0.0, 0.0], 3.0: [0.0, 0.0, 0.0, 0.0], 1.5: [math.inf, 0.0, 0.0, 0.0],
    1.0: [0.0, -math.inf, -math.inf, 0.0], 0.5: [-math.inf, None, None, 0.0],
}  # fmt: skip


@pytest.mark.parametrize("y", POWERS)
def test_a_power_whose_exponent_moves_at_zero(y: float) -> None:
    """x**(y - 1) log(x) may be infinite; x**y log(x)**2 is 0 for a positive y."""
    truth = POWERS[y]
    report = of("x**y", (0.0, y), [0.0 if t is None else t for t in truth], methods=("tape",))
    found = [f for f in report.findings if f.method == "claimed"]
    for f, t in zip(found, truth, strict=True):
        right = {None: (Verdict.UNDECIDED,), math.inf: (Verdict.KINK,), -math.inf: (Verdict.KINK,)}
        assert f.verdict in right.get(t, (Verdict.AGREE,)), (f.index, f.reason)
    for k, t in enumerate(truth):
        if t is not None:
            off = [0.0 if u is None else u for u in truth]
            off[k] = 1e-9 if t == 0 else -t
            assert accused(of("x**y", (0.0, y), off, methods=("symbolic",))) >= {"claimed"}, k


def test_the_slope_of_a_power_is_infinite_and_beside_it_one_is_not() -> None:
    for claim, wrong in (([math.inf, 0.0], False), ([math.inf, 1e-9], True), ([1e9, 0.0], True)):
        report = crosscheck("x**y", 0.0, 0.5, claimed=lambda *_, c=claim: np.array(c), methods=("tape",))
        assert ("claimed" in accused(report)) == wrong, claim


def test_digits_that_are_lost_beside_an_infinite_entry_are_no_difference() -> None:
    """(z tanh(z))'' at 7 loses digits in two programs of three; a rule that is off by as much is another thing."""
    report = crosscheck("abs(x)**1.5 + z*tanh(z)", 0.0, 7.0, operators=("hessian",))
    at_z = [f for f in report.findings if f.index == (1, 1)]
    assert {f.verdict for f in at_z} <= {Verdict.AGREE, Verdict.INACCURATE}, str(report)
    (tape,) = (f.value or 0.0 for f in at_z if f.method == "tape")
    for off, wrong in ((1.0, False), (1 + 1e-6, True)):
        entries = [math.inf, 0.0, 0.0, tape * off]
        assert ("claimed" in accused(of("abs(x)**1.5 + z*tanh(z)", (0.0, 7.0), entries, methods=("tape",)))) == wrong
