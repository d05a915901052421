"""Series along rays with logarithms and any powers, against numbers from mpmath; and what they decide at kinks."""

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
from symdiff.crosscheck.kinks.expansions import TERMS
from symdiff.crosscheck.kinks.general_series import General, Series
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
    for p, j, c in found.terms(-1, 3):
        assert found.at(p, j).overlaps(c)
        exponent = mpmath.mpf(p.numerator) / p.denominator
        total += mpmath.mpf(str(c.mid().str(80, radius=False))) * t**exponent * mpmath.log(t) ** j
    return total


def power(n: int, d: int) -> Any:
    return mpmath.mpf(n) / d


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
    "x**0.3": lambda t: t ** power(3, 10),
    "sqrt(sqrt(sqrt(sqrt(x))))": lambda t: mpmath.root(t, 16),
    "(2*x + x**2)**1.37/(1 + x)": lambda t: (2 * t + t**2) ** power(137, 100) / (1 + t),
    "sin(x**0.7)*exp(x**1.1)": lambda t: mpmath.sin(t ** power(7, 10)) * mpmath.exp(t ** power(11, 10)),
    "x**0.3*x**0.6 - x**0.25*log(x)": lambda t: t ** power(9, 10) - t**0.25 * mpmath.log(t),
    "x**0.3*x**0.7 + x**0.3333333333333333": lambda t: t + mpmath.cbrt(t),  # decimals are what was meant by them
    "x**(0.1 + 0.2)*x": lambda t: t ** power(13, 10),
    "x**0.30000000001 - x**0.3": lambda t: None,
    "hypot(x, 3*x)**0.7": lambda t: t ** power(7, 10) * mpmath.sqrt(10) ** mpmath.mpf(0.7),
    "cbrt(x**0.9 + x)**2": lambda t: mpmath.cbrt(t ** power(9, 10) + t) ** 2,
    "log(x**0.3)*x": lambda t: power(3, 10) * mpmath.log(t) * t,
    "max(x**0.7, x**0.71) - min(x**0.7, x**0.71)": lambda t: t ** power(7, 10) - t ** power(71, 100),
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
    assert isinstance(found, General)
    assert found.val < 0
    assert series("x*log(x)", (0.0,), (1.0,)).val > 0


def test_what_goes_on_below_the_terms_is_not_made_up() -> None:
    """In tau**0.12 a Taylor series needs hundreds of terms to reach t**2: what is not known is said not to be."""
    found = series("exp(x**0.01)", (0.0,), (1.0,))
    assert found.at(Fraction(1, 100)) == 1
    with pytest.raises(Unclear):
        found.at(2)
    with pytest.raises(Unclear):
        list(found.terms(0, 2))


CASES: list[tuple[str, tuple[float, ...], str, Any, Any]] = [  # f, the point, the operator, right and wrong entries
    ("where(x == 0, 0, x*log(x**2))", (0.0,), "grad", (-math.inf,), (0.0,)),
    ("where(x == 0, 0, x**2*log(x**2))", (0.0,), "grad", (0.0,), (1e-9,)),
    ("where(x == 0, 0, x**2*log(x**2))", (0.0,), "hessian", ((-math.inf,),), ((0.0,),)),
    ("where(x == 0, 0, x**3*log(x**2))", (0.0,), "hessian", ((0.0,),), ((1e-9,),)),
    ("where(x == 0, 0, -x*log(abs(x)))*y", (0.0, 0.0), "grad", (0.0, 0.0), (0.0, 1e-9)),
    ("abs(x)**tanh(x) + y", (0.0, 1.0), "grad", (-math.inf, 1.0), (0.0, 1.0)),
    ("abs(x)**(2 + x) + y", (0.0, 1.0), "hessian", ((2.0, 0.0), (0.0, 0.0)), ((0.0, 0.0), (0.0, 0.0))),
    ("x**0.3 + y", (0.0, 1.0), "grad", (math.inf, 1.0), (0.0, 1.0)),
    ("hypot(x, y)**1.3", (0.0, 0.0), "grad", (0.0, 0.0), (0.0, 1e-12)),
    ("hypot(x, y)**2.3", (0.0, 0.0), "hessian", ((0.0, 0.0), (0.0, 0.0)), ((0.0, 0.0), (0.0, 1e-9))),
    ("abs(x)**2.55", (0.0,), "hessian", ((0.0,),), ((1e-9,),)),
    ("abs(x)**1.55", (0.0,), "hessian", ((math.inf,),), ((0.0,),)),
    ("abs(x)**0.2*abs(x)**1.1*x + sin(x)", (0.0,), "grad", (1.0,), (1.0 + 1e-12,)),
    ("where(x > 0, abs(x), 0)**1.2*y", (0.0, 2.0), "grad", (0.0, 0.0), (0.0, 1e-12)),
    ("abs(x)**0.3*abs(x)**0.5*hypot(x, y)**0.3", (0.0, 0.0), "grad", (0.0, 0.0), (2.0, 0.0)),
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
