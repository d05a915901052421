"""The columns of a row mean one function: NumPy, JAX, SymPy and the balls agree in value.

The balls are the truth. NumPy keeps the ulp bound of the row; JAX a small one, or one listed here.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from flint import arb

from symdiff import balls
from symdiff.errors import UnsupportedError
from symdiff.ops import Lacking

from .rows import CASES, REAL, Case, Point, ulps

JAX_ULPS = 8.0
# Rows whose JAX column is worse than that in float64, measured on the CPU; the sample of this test must
# stay within the second number.
JAX_WORSE = {
    "exp2": (1e3, "exp(x log 2): the rounding of the product grows with x"),
    "log1p": (100, "a Taylor branch that is used too far out, -0.4"),
    "atanh": (100, "made of log1p"),
    "sinh": (1e3, "exp(x +- log 2) for large x: the sum is rounded"),
    "cosh": (1e3, "exp(x - log 2) for large x: the sum is rounded"),
    "tanh": (16, "a rational function that is one ulp below 1 too long"),
    "integer_power": (16, "repeated multiplication"),
    "erfc": (1e3, "exp(-x**2) with x**2 rounded"),
    "gelu": (2e3, "exp(-x**2 / 2) with x**2 rounded"),
    "gelu_tanh": (math.inf, "1 + tanh(u) cancels: no digit is left at -7"),
    "gamma": (1e4, "exp(lgamma(x))"),
    "lgamma": (1e6, "the zeros at 1 and 2"),
    "digamma": (1e6, "the zeros"),
    "polygamma": (math.inf, "wrong for negative x: -4.1e19 for polygamma(1, -9.74), which is 18.6"),
    "beta": (math.inf, "relative error 1e-6 for a > 8 and 1e-9 for large ones: algdiv"),
    "logaddexp": (1e6, "where the answer is zero"),
    "exp1": (16, "a rational approximation"),
    "erfcx": (1e3, "exp(x**2) with x**2 rounded"),
    "erfinv": (32, "a polynomial"),
    "log_ndtr": (math.inf, "1 % off at 7.85: -2.1094e-15, which is -2.0895e-15"),
    "gammainc": (1e3, "exp(a log(x) - x - lgamma(a)), each term rounded"),
    "gammaincc": (1e4, "exp(a log(x) - x - lgamma(a)), each term rounded"),
    "betainc": (1e4, "exp(a log(x) + b log1p(-x) - ...), each term rounded"),
    "hyp1f1": (math.inf, "nan for M(-1, -0.25, -1e4), which is -39999"),
    "hyp2f1": (math.inf, "wrong left of -2: 1.7e115 for F(2.396, 1.143; 3.543; -2.971), which is 0.306"),
}


def sample(case: Case) -> list[Point]:
    if not case.row.arity:
        return [()]
    land = case.landmarks()
    stride = max(1, len(land) // 150)
    return case.drawn(60) + land[::stride] + case.scattered(40, 3) + case.scattered(40, 300)


def worst(case: Case, points: list[Point], values: Any) -> tuple[float, Point | None]:
    found: list[tuple[float, Point | None]] = [(0.0, None)]
    for point, value in zip(points, values, strict=True):
        truth = case.certain(point)
        if truth is not None:
            found.append((ulps(float(value), truth, case.least_size(point)), point))
    assert len(found) > len(points) * 0.6
    return max(found, key=lambda f: f[0])


@pytest.mark.parametrize("case", REAL, ids=str)
def test_numpy_keeps_the_ulp_bound_of_the_row(case: Case) -> None:
    points = sample(case)
    error, where = worst(case, points, np.atleast_1d(case.float_value(points)))
    assert error <= case.row.ulp, where


IN_JAX = [c for c in REAL if not isinstance(c.row.jax, Lacking)]


@pytest.mark.parametrize("case", [c for c in REAL if c not in IN_JAX], ids=str)
def test_what_jax_lacks_is_said_by_name(case: Case) -> None:
    with pytest.raises(UnsupportedError, match=r"^JAX has no"):
        case.row.jax(*[1.5] * case.row.arity)


@pytest.mark.parametrize("case", IN_JAX, ids=str)
def test_jax_means_the_same(case: Case) -> None:
    import jax

    points = sample(case)
    with jax.enable_x64(True):
        values = np.atleast_1d(case.row.jax(*map(jax.numpy.asarray, case.columns(points)), **case.params))
    bound, _ = JAX_WORSE.get(case.row.name, (JAX_ULPS, ""))
    error, where = worst(case, points, values)
    assert error <= bound, where
    middling = sorted(ulps(float(v), t) for p, v in zip(points, values, strict=True) if (t := case.certain(p)))
    assert middling[len(middling) // 3] < 1e5  # also where the worst is beyond all bounds, it is this function


@pytest.mark.parametrize("case", REAL, ids=str)
def test_sympy_means_the_same(case: Case) -> None:
    import sympy as sp

    tame = [p for p in case.landmarks() if all(abs(v) < 50 and (abs(v) > 1e-9 or v == 0) for v in p)]
    for point in (case.drawn(4) + tame[:: max(1, len(tame) // 6)]) if case.row.arity else [()]:
        args = [sp.sympify(v) if isinstance(v, bool) else sp.Rational(v) for v in point]
        meant = sp.sympify(case.row.sympy(*args, **case.params))
        meant = meant.replace(sp.erfcinv, lambda a: sp.erfinv(1 - a))  # SymPy has no numbers of erfcinv
        value = sp.re(meant.evalf(70, maxn=400))  # re() first: 0 for erfinv(1 - 2e-8)
        truth = case.certain(point)
        with balls.precision(200):
            assert abs(arb(str(value)) - truth) <= abs(truth) * arb("1e-30") + arb("1e-60"), point


@pytest.mark.parametrize("case", REAL, ids=str)
def test_float32_stays_float32(case: Case) -> None:
    small = [p for p in case.drawn(30) + case.landmarks()[:40] if all(v == 0 or 1e-30 < abs(v) < 1e30 for v in p)]
    points = [tuple(v if isinstance(v, bool) else float(np.float32(v)) for v in p) for p in small]
    points = [p for p in points if not case.outside(p)]
    if not case.row.arity or not points:
        return
    values = case.float_value(points, np.float32)
    assert values.dtype == np.float32
    scalar = case.row.forward(*[v if isinstance(v, bool) else np.float32(v) for v in points[0]], **case.params)
    assert np.asarray(scalar).dtype == np.float32
    for point, value in zip(points, values, strict=True):
        truth = case.certain(point)
        if truth is None or abs(truth.mid()) > 3.4e38:
            continue
        nearest = max(abs(float(truth.mid())), case.least_size(point))
        gap = max(abs(float(value) - float(truth.mid())) - 2.0**-126, 0.0)
        assert gap <= FLOAT32_ULPS.get(case.row.name, 4.0) * float(np.spacing(np.float32(nearest))), (point, value)


# The arguments of these cancel or are magnified before the last step; in ulps of float32.
FLOAT32_ULPS = {"gelu": 2e3, "gelu_tanh": 2e3, "erfc": 400, "lgamma": 64, "digamma": 64, "betainc": 1e3}


@pytest.mark.parametrize("case", REAL, ids=str)
def test_outside_the_domain_is_not_a_number(case: Case) -> None:
    if case.row.domain.outside is None:
        return
    extremes = [-1e4, -6.5, -3.0, -1.0, -0.5, -1e-8, 0.0, 1e-8, 0.5, 1.0, 1.5, 3.0, 1e4]
    few = extremes if case.row.arity < 3 else extremes[::4]
    pool = itertools.product(few, repeat=case.row.arity)
    beyond = [p for p in pool if case.outside(p)]
    assert beyond or (case.row.name == "integer_power" and case.params["n"] >= 0)
    for point in beyond:
        value = case.float_value([point])
        assert not np.isfinite(value).any(), (point, value)
        with balls.precision(100, 1):
            assert not case.ball(point, along=0)[0].is_finite(), point
            assert not case.ball(point, along=0)[1].is_finite(), point
    for point in case.drawn(50):
        assert not case.outside(point)


@pytest.mark.parametrize("case", [c for c in CASES if c.row.boolean], ids=str)
def test_truth_values_agree(case: Case) -> None:
    import jax
    import sympy as sp

    values: list[Any] = [True, False] if case.conditions else [-1.5, 0.0, 1e-300, 2.0, 2.5]
    points = [(v,) for v in values] if case.row.arity == 1 else [(u, v) for u in values for v in values]
    answers = case.float_value(points)
    assert answers.dtype == bool
    for point, answer in zip(points, answers, strict=True):
        exact = [sp.sympify(v) if isinstance(v, bool) else sp.Rational(v) for v in point]
        assert bool(case.row.sympy(*exact)) == answer
        with jax.enable_x64(True):
            assert bool(case.row.jax(*point)) == answer
        with balls.precision(100):
            assert case.ball(point) is bool(answer)
    if not case.conditions:
        with balls.precision(100):
            assert case.row.ball(balls.const(arb(0, 1)), balls.const(arb(0, 1))) is None
