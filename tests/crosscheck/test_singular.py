"""Points where some step has no slope. What is due there is worked out by hand, beside each case."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.balls import precision
from symdiff.crosscheck.kinks.along_rays import along
from symdiff.crosscheck.kinks.expansions import TERMS, Along
from symdiff.crosscheck.verdict import Verdict
from symdiff.inputs import function

AGREE, DIFFER, KINK, UNDECIDED = Verdict.AGREE, Verdict.DIFFER, Verdict.KINK, Verdict.UNDECIDED
ORIGIN = np.zeros(2)


def claimed(f: Any, args: tuple[Any, ...], value: Any, operator: str = "grad") -> Verdict:
    """The verdict on a claim that is this number; of several entries the worst."""
    found = sd.crosscheck(f, *args, claimed={operator: lambda *_: value}, methods=("tape",), operators=(operator,))
    verdicts = {q.verdict for q in found.findings if q.method == "claimed"}
    order = (DIFFER, UNDECIDED, KINK, Verdict.INACCURATE, AGREE)
    return next(v for v in order if v in verdicts)


# f, the point, the operator, and the derivative that it has there
DIFFERENTIABLE: dict[str, tuple[Any, tuple[Any, ...], str, Any]] = {
    "norm(x)**2": (lambda x: np.linalg.norm(x) ** 2, (ORIGIN,), "grad", [0.0, 0.0]),  # x.x has 2x
    "hypot(x, y)**2": ("hypot(x, y)**2", (0.0, 0.0), "grad", (0.0, 0.0)),
    "norm(x)**3": (lambda x: np.linalg.norm(x) ** 3, (ORIGIN,), "grad", [0.0, 0.0]),
    "sinc": (lambda x: np.sinc(x), (0.0,), "grad", 0.0),  # noqa: PLW0108 - a user's function; sinc is even
    "sinc, second": (lambda x: np.sinc(x), (0.0,), "hessian", -(math.pi**2) / 3),  # noqa: PLW0108 - 1 - (pi x)**2/6
    "|x| sqrt|x|": ("abs(x)*sqrt(abs(x))", (0.0,), "grad", (0.0,)),  # 3/2 sqrt|x| at most
    "sqrt(x**4)": ("sqrt(x**4)", (0.0,), "grad", (0.0,)),  # x**2
    "sqrt(x**4), second": ("sqrt(x**4)", (0.0,), "hessian", ((2.0,),)),
    "(x**4)**(1/4)**4": ("sqrt(sqrt(x**4))**2*x", (0.0,), "grad", (0.0,)),  # x**3
    "where, one piece": ("where(x > 1, x**2, 2*x - 1)", (1.0,), "grad", (2.0,)),  # both have the slope 2
    "a point of its own": ("where(x == 1, x, x**2)", (1.0,), "grad", (2.0,)),  # x**2 wherever one looks
    "x/(exp(x) - 1)": ("where(x == 0, 1, x/(exp(x) - 1))", (0.0,), "grad", (-0.5,)),  # 1 - x/2 + x**2/12
    "(1 - cos x)/x": ("where(x == 0, 0, (1 - cos(x))/x)", (0.0,), "grad", (0.5,)),
    "relu**2": ("relu(x)**2", (0.0,), "grad", (0.0,)),
    "relu**3, second": ("relu(x)**3", (0.0,), "hessian", ((0.0,),)),  # 6 relu(x)
    "x y sin-like": ("where(x**2 + y**2 == 0, 0, x**2*y**2/(x**2 + y**2))", (0.0, 0.0), "grad", (0.0, 0.0)),
    "x**2.5": ("x**2.5", (0.0,), "grad", (0.0,)),  # to the right only
}


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_where_there_is_a_derivative_it_is_due(name: str) -> None:
    f, args, operator, due = DIFFERENTIABLE[name]
    assert claimed(f, args, due, operator) is AGREE
    for wrong in (np.nan, np.inf, 1e-5, 1.0, -1.0):
        assert claimed(f, args, np.asarray(due) + wrong, operator) is DIFFER, wrong


# f, the point, and what the slopes on both sides are
SIDES: dict[str, tuple[str, float, float, float]] = {
    "sign(x) x": ("sign(x)*x", 0.0, -1.0, 1.0),
    "2|x|": ("abs(x) + sign(x)*x", 0.0, -2.0, 2.0),
    "sqrt(x*x)": ("sqrt(x*x)", 0.0, -1.0, 1.0),
    "where": ("where(x > 1, 3*x - 2, x**2)", 1.0, 2.0, 3.0),
    "a kinked power": ("abs(x)**1", 0.0, -1.0, 1.0),
    "max of roots": ("max(sqrt(x**2), 2*sqrt(x**2))", 0.0, -2.0, 2.0),
}


@pytest.mark.parametrize("name", SIDES)
def test_between_the_slopes_of_both_sides_is_a_convention(name: str) -> None:
    text, x, low, high = SIDES[name]
    for value in (low, high, (low + high) / 2):
        assert claimed(text, (x,), (value,)) is KINK, value
    for value in (low - 1e-9, high + 1e-9, np.nan, np.inf):
        assert claimed(text, (x,), (value,)) is DIFFER, value


@pytest.mark.parametrize("text", ["sqrt(x)", "cbrt(x)", "x**0.5", "sqrt(abs(x))*sign(x)"])
def test_an_infinite_slope(text: str) -> None:
    assert claimed(text, (0.0,), (np.inf,)) is KINK
    for value in (-np.inf, 0.0, 1e300):
        assert claimed(text, (0.0,), (value,)) is DIFFER, value


@pytest.mark.parametrize(
    ("text", "x", "slope"), [("asin(x)", 1.0, np.inf), ("acos(x)", -1.0, -np.inf), ("acosh(x)", 1.0, np.inf)]
)
def test_at_the_end_of_a_domain(text: str, x: float, slope: float) -> None:
    assert claimed(text, (x,), (slope,)) is KINK
    assert claimed(text, (x,), (1.0,)) is DIFFER


def test_an_infinite_slope_beside_none() -> None:
    """where(x > 0, sqrt(x), 0): everything from 0 up is between the slopes; JAX's nan says that there is none."""
    text = "where(x > 0, sqrt(x), 0)"
    assert claimed(text, (0.0,), (0.0,)) is KINK
    assert claimed(text, (0.0,), (7.0,)) is KINK
    assert claimed(text, (0.0,), (np.nan,)) is KINK
    assert claimed(text, (0.0,), (-1e-9,)) is DIFFER
    for x, slope in ((-1.0, 0.0), (1.0, 0.5)):
        assert claimed(text, (x,), (slope,)) is AGREE
        assert claimed(text, (x,), (np.nan,)) is DIFFER


@pytest.mark.parametrize(
    ("text", "x"), [("floor(x)*x", (3.0,)), ("ceil(x)", (-2.0,)), ("mod(x, 2)", (6.0,)), ("atan2(y, x)", (-1.0, 0.0)),
                    ("atan2(y, x)", (0.0, 0.0)), ("where(x > 1, x, 7)", (1.0,)), ("where(x == 1, 5, x)", (1.0,))],
)  # fmt: skip
def test_where_f_jumps_there_is_nothing_to_be_right_about(text: str, x: tuple[float, ...]) -> None:
    report = sd.crosscheck(text, *x)
    assert {q.verdict for q in report.findings} - {Verdict.UNSUPPORTED} == {KINK}
    assert all("f jumps here" in q.reason for q in report.findings if q.verdict is KINK)
    assert report.lamps["B"].state != "red"


def test_the_tip_of_a_cone_has_the_unit_ball() -> None:
    for f, args in ((lambda x: np.linalg.norm(x), (ORIGIN,)), ("hypot(x, y)", (0.0, 0.0))):  # noqa: PLW0108 - a user's
        for inside in ((0.0, 0.0), (0.5, 0.5), (-0.3, 0.8)):
            assert claimed(f, args, inside) is KINK, inside
        for outside in ((1.0, 1.0), (0.0, -2.0), (np.nan, np.nan)):
            assert claimed(f, args, outside) is DIFFER, outside
        assert claimed(f, args, (0.0, 1.0 + 1e-9)) is UNDECIDED  # the hull of some directions cannot tell


def test_an_entry_that_is_one_number_on_all_sides_is_due() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.where(np.array([True, False]), np.sqrt(x * x), 3 * x))

    found = sd.crosscheck(f, ORIGIN, claimed=lambda x: np.array([0.5, 3.0]), methods=("tape",)).findings
    assert [q.verdict for q in found if q.method == "claimed"] == [KINK, AGREE]
    found = sd.crosscheck(f, ORIGIN, claimed=lambda x: np.array([1.5, 3.5]), methods=("tape",)).findings
    assert [q.verdict for q in found if q.method == "claimed"] == [DIFFER, DIFFER]


def test_second_derivatives_of_two_halves() -> None:
    for value, due in ((2.0, KINK), (-2.0, KINK), (0.0, KINK), (2.0 + 1e-9, DIFFER), (-3.0, DIFFER), (np.nan, DIFFER)):
        assert claimed("x*abs(x)", (0.0,), ((value,),), "hessian") is due


def test_methods_at_removable_points() -> None:
    """What AD cannot know: the branch for one point alone has a slope of its own."""
    report = sd.crosscheck("where(x == 1, x, x**2)", 1.0)
    assert {(q.verdict, q.value) for q in report.findings} == {(DIFFER, 1.0)}
    assert all("f is differentiable here" in q.reason for q in report.findings)


def test_what_the_rays_cannot_say_stays_open() -> None:
    assert {q.verdict for q in sd.crosscheck("where(x == 0, 0, x*sin(1/x))", 0.0).findings} == {UNDECIDED}
    many = np.zeros(20)
    found = sd.crosscheck(lambda x: np.linalg.norm(x), many, methods=("tape",)).findings  # noqa: PLW0108 - a user's
    assert {q.verdict for q in found} == {UNDECIDED}


# -- the series --------------------------------------------------------------------------------------------------


def series(text: str, x: tuple[float, ...], direction: tuple[float, ...]) -> Along:
    with precision(300, TERMS):
        return along(function(text).graph, x, direction)[0]


@pytest.mark.parametrize(
    ("text", "x", "v", "powers"),
    [
        ("sin(x)/x", (0.0,), (1.0,), {0: 1.0, 1: 0.0, 2: -1 / 6}),
        ("exp(sqrt(x))", (0.0,), (1.0,), {0: 1.0, 0.5: 1.0, 1: 0.5, 1.5: 1 / 6}),
        ("cbrt(x)", (0.0,), (-8.0,), {1 / 3: -2.0}),
        ("x*abs(x)", (0.0,), (-1.0,), {1: 0.0, 2: -1.0}),
        ("sqrt(x**2 + y**2)", (0.0, 0.0), (3.0, 4.0), {1: 5.0, 2: 0.0}),
        ("1/x + x", (0.0,), (1.0,), {-1: 1.0, 0: 0.0, 1: 1.0}),
        ("floor(x)", (2.0,), (-1.0,), {0: 1.0, 1: 0.0}),
        ("atan2(y, x)", (0.0, 0.0), (-1.0, 1.0), {0: 3 * math.pi / 4, 1: 0.0}),
        ("acosh(x)", (1.0,), (2.0,), {0.5: 2.0}),
        ("where(x > 0, log(x), x)", (0.0,), (-1.0,), {1: -1.0}),
    ],
)
def test_series_along_a_ray(text: str, x: Any, v: Any, powers: dict[float, float]) -> None:

    found = series(text, x, v)
    for exponent, due in powers.items():
        with precision(300, TERMS):
            assert float(found.power(Fraction(exponent).limit_denominator(12))) == pytest.approx(
                due, rel=1e-15, abs=1e-60
            )
