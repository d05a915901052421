"""Series along rays with logarithms, against numbers from mpmath; and what they decide at points with an x log x."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import pytest

import symdiff as sd
from symdiff.balls import precision
from symdiff.crosscheck.kinks.along_rays import along
from symdiff.crosscheck.kinks.edges import Unclear
from symdiff.crosscheck.kinks.expansions import TERMS, Q
from symdiff.crosscheck.kinks.logarithms import Logs, Series
from symdiff.crosscheck.verdict import Verdict
from symdiff.inputs import function

AGREE, DIFFER, KINK, UNDECIDED = Verdict.AGREE, Verdict.DIFFER, Verdict.KINK, Verdict.UNDECIDED


def series(text: str, x: tuple[float, ...], direction: tuple[float, ...]) -> Series:
    problem: Any = function(text)  # Any: a formula is never a piece of code
    with precision(400, TERMS):
        return along(problem.graph, x, direction)[0]


def summed(found: Series, t: Any) -> Any:
    """The terms below t**3, added up."""
    total = mpmath.mpf(0)
    for k in range(-Q, min(3 * Q, found.known)):
        for j in range(found.most + 1):
            c = found.at(Fraction(k, Q), j)
            total += mpmath.mpf(str(c.mid().str(80, radius=False))) * t ** (mpmath.mpf(k) / Q) * mpmath.log(t) ** j
    return total


OF: dict[str, Any] = {  # at t beyond 0
    "x*log(x)": lambda t: t * mpmath.log(t),
    "x**x": lambda t: t**t,
    "x**(2 - sin(x))": lambda t: t ** (2 - mpmath.sin(t)),
    "sqrt(x)**(1 + x)": lambda t: mpmath.sqrt(t) ** (1 + t),
    "sin(x*log(3*x))/(1 + x**x)": lambda t: mpmath.sin(t * mpmath.log(3 * t)) / (1 + t**t),
    "cbrt(x**2*log(x)**3)": lambda t: None,
    "log(sin(x)/cos(x))*x": lambda t: mpmath.log(mpmath.tan(t)) * t,
    "exp(3*log(x) + x*log(x))": lambda t: t**3 * t**t,
    "log2(x) + log10(x)**2": lambda t: mpmath.log(t, 2) + mpmath.log(t, 10) ** 2,
    "max(x*log(x), x) + min(x*log(x), -x)": lambda t: t + t * mpmath.log(t),
    "abs(x*log(x)) + sqrt(1 + x*log(x))": lambda t: -t * mpmath.log(t) + mpmath.sqrt(1 + t * mpmath.log(t)),
    "hypot(x, x*log(x) + 1)": lambda t: mpmath.sqrt(t**2 + (t * mpmath.log(t) + 1) ** 2),
    "where(x*log(x) < -x, x**2*log(x), 7)": lambda t: t**2 * mpmath.log(t),
}


@pytest.mark.parametrize("text", OF)
def test_series_with_logarithms(text: str) -> None:
    if OF[text](mpmath.mpf(1) / 10**9) is None:
        with pytest.raises(Unclear):
            series(text, (0.0,), (1.0,))
        return
    found = series(text, (0.0,), (1.0,))
    with mpmath.workdps(60):
        for t in (mpmath.mpf(10) ** -9, mpmath.mpf(10) ** -12):
            due = OF[text](t)
            assert abs(summed(found, t) - due) <= t**3 * 10**6 * (1 + abs(due)), t
    assert found.sign() == mpmath.sign(OF[text](mpmath.mpf(10) ** -300))


def test_what_does_not_stay_bounded_jumps() -> None:
    found = series("log(x)", (0.0,), (1.0,))
    assert isinstance(found, Logs)
    assert found.val < 0
    assert series("x*log(x)", (0.0,), (1.0,)).val > 0


CASES: list[tuple[str, tuple[float, ...], str, Any, Any]] = [  # f, the point, the operator, right and wrong entries
    ("where(x == 0, 0, x*log(x**2))", (0.0,), "grad", (-math.inf,), (0.0,)),
    ("where(x == 0, 0, x**2*log(x**2))", (0.0,), "grad", (0.0,), (1e-9,)),
    ("where(x == 0, 0, x**2*log(x**2))", (0.0,), "hessian", ((-math.inf,),), ((0.0,),)),
    ("where(x == 0, 0, x**3*log(x**2))", (0.0,), "hessian", ((0.0,),), ((1e-9,),)),
    ("where(x == 0, 0, -x*log(abs(x)))*y", (0.0, 0.0), "grad", (0.0, 0.0), (0.0, 1e-9)),
    ("abs(x)**tanh(x) + y", (0.0, 1.0), "grad", (-math.inf, 1.0), (0.0, 1.0)),
    ("abs(x)**(2 + x) + y", (0.0, 1.0), "hessian", ((2.0, 0.0), (0.0, 0.0)), ((0.0, 0.0), (0.0, 0.0))),
    ("where(x > 0, log(abs(x)), 0) + y**2", (0.0, 1.0), "grad", (0.0, 2.0), (0.0, 2.1)),
]


@pytest.mark.parametrize(("text", "x", "operator", "right", "wrong"), CASES)
def test_what_logarithms_decide(text: str, x: Any, operator: str, right: Any, wrong: Any) -> None:
    for value, verdicts in ((right, {AGREE, KINK}), (wrong, {DIFFER})):
        claims = {operator: lambda *_, v=value: v}
        found = sd.crosscheck(text, *x, claimed=claims, methods=("tape",), operators=(operator,)).findings
        said = {f.verdict for f in found if f.method == "claimed"}
        assert said <= verdicts | {AGREE, KINK}, (value, said)
        assert said & verdicts, (value, said)
