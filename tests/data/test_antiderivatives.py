"""Tables of integrals: the derivative of the antiderivative is the integrand, as a claim.

The elementary pairs that are real. The two sides were written by different hands, and often look
nothing alike, so that a claim that agrees says something about both sides and about us.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

import symdiff as sd
from symdiff.crosscheck import Report, Verdict
from symdiff.crosscheck.places.terrain import survey
from symdiff.errors import ExpressionError
from tests.data_files import FULL, RIGHT, cases, floats, listed, rename, sample, say, wrong

COMPLEX = "real only through complex numbers on the way"
DOUBLES = "a whole number in it is no double"


def pairs() -> list[dict[str, Any]]:
    found = [c for c in cases("antiderivatives") if c["level"] == "elementary" and c["status"] == "real"]
    return sample(found, 150)


def problems(case: dict[str, Any], ours: Mapping[str, str] | None = None) -> tuple[sd.Problem, sd.Problem]:
    """Antiderivative and integrand, with `ours` for the file's names of functions. Its E is e = 2.718...; some of its
    variables are called e."""
    e = dict(ours or {}) | ({"E": "exp(1)"} if "const:E" in case["funcs"] else {})
    names = [case["var"], *case["params"]]
    antiderivative, integrand = (sd.function(rename(case[k], e), names) for k in ("antiderivative", "integrand"))
    return antiderivative, integrand


def real_points(case: dict[str, Any], *both: sd.Problem) -> list[dict[str, float]]:
    """The stored points where every step of both sides is a real number."""
    points = [floats(p["at"]) for p in case["points"]]
    return [p for p in points if all(not survey(f, f.point((), p)).outside for f in both)]


def test_the_derivative_of_the_antiderivative_is_the_integrand() -> None:
    start = time.perf_counter()
    verdicts: Counter[str] = Counter()
    reasons: dict[str, list[str]] = defaultdict(list)
    all_three = judged = 0
    faults = []
    for case in pairs():
        try:
            antiderivative, integrand = problems(case)
        except ExpressionError as e:  # a power of -1 that is written out, and not real
            reasons[COMPLEX if "not a finite real number" in str(e) else str(e)].append(case["id"])
            continue
        points = real_points(case, antiderivative, integrand)
        if not points:
            reasons[COMPLEX].append(case["id"])
            continue
        report = sd.crosscheck(antiderivative, at=points, wrt=case["var"], claimed=integrand.source)
        if has_no_double(antiderivative):
            assert claims_alone(report), (case["id"], wrong(report))
            reasons[DOUBLES].append(case["id"])
            continue
        judged += 1
        verdicts[str(report.verdict)] += 1
        all_three += report.verdict == Verdict.AGREE
        if report.verdict == Verdict.INACCURATE:
            reasons["digits lost"].append(case["id"])
        faults += [f"{case['id']}: {line}" for line in wrong(report)]
    seconds = time.perf_counter() - start
    say(f"Antiderivatives: {judged} of {len(pairs())} pairs judged in {seconds:.1f} s: {dict(verdicts)},")
    say(f"{all_three / judged:.2%} agreed by all three to the digits; the others:\n{listed(reasons)}")
    assert faults == []
    assert set(reasons) <= {COMPLEX, DOUBLES, "digits lost"}
    assert all_three >= (0.99 if FULL else 0.97) * judged  # three of 150 lose digits
    assert verdicts[Verdict.AGREE] + verdicts[Verdict.INACCURATE] == judged


def has_no_double(problem: sd.Problem) -> bool:
    """Whether the text has a whole number that a double cannot hold: then it says another function here."""
    return any(int(float(n)) != int(n) for n in re.findall(r"(?<![\w.])\d{16,}(?![\w.])", problem.source))


def claims_alone(report: Report) -> bool:
    """Whether the claim is off by the rounding of that number and nothing else is wrong."""
    others = [f for f in report.findings if f.method != "claimed" and f.verdict not in RIGHT]
    claimed = [f for f in report.findings if f.method == "claimed"]
    return not others and all(f.value == pytest.approx(f.reference, rel=1e-9) for f in claimed)


def test_the_stored_derivatives_are_the_reference() -> None:
    for case in pairs()[:40]:
        try:
            antiderivative, _ = problems(case)
        except ExpressionError:
            continue
        for stored in case["points"]:
            at = floats(stored["at"])
            if survey(antiderivative, antiderivative.point((), at)).outside:
                continue
            report = sd.crosscheck(antiderivative, at=at, wrt=case["var"], methods=["ball"])
            # the file's point is the decimal text, ours the double nearest to it
            assert report.reference["grad"][0] == pytest.approx(float(stored["dF"]), rel=1e-12), case["id"]


def test_a_wrong_integrand_is_seen() -> None:
    claimed = "x*sqrt(1 + 3*x) + 1e-12"
    report = sd.crosscheck("2/45*(1 + 3*x)**(5/2) - 2/27*(1 + 3*x)**(3/2)", at={"x": 0.868}, claimed=claimed)
    assert [f.verdict for f in report.findings if f.method == "claimed"] == ["DIFFER"]
