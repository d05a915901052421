"""Hypergeometric functions (DLMF chapters 13, 15 and 16).

Their derivatives by the argument are of the same kind, with every parameter one higher; so they are also the form
in which the derivatives of other special functions keep their digits. By a parameter there is no closed form:
such a partial is unsupported by name.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.ops.row import Approximated, Domain, Lacking, elementwise, not_in_jax
from symdiff.vocabulary import arb, jsp, sp
from symdiff.vocabulary import special as scipy_special


def _by_parameter(name: str, which: str) -> Lacking:
    return Lacking(f"the derivative of {name} by its parameter {which} has no closed form: only that by z is known")


def _pole(b: Any) -> Any:
    return np.logical_and(b <= 0, b == np.floor(b))


def _pole_or_left(a: Any, b: Any, z: Any) -> Any:
    return z <= 0


def _pole_or_cut(a: Any, b: Any, c: Any, z: Any) -> Any:
    return np.logical_or(z >= 1, _pole(c))


PARAMETER = (0.5, 4.0)
MEASURED = (0.25, 4.0)  # SciPy's digits go where a parameter is far larger or smaller


def _off_poles(name: str, end: float = np.inf) -> Any:
    """SciPy's function, with nan at the poles of the last parameter, and from `end` on: its own are finite where the
    sum ends before."""

    def f(*args: Any) -> Any:
        found = getattr(scipy_special, name)(*args)
        outside = np.logical_or(_pole(args[-2]), args[-1] >= end)
        return np.where(outside, np.nan, found).astype(np.result_type(*args))[()]

    return f


MOST_STEPS = 1e6  # an argument of hyp1f1: SciPy's sum takes as many steps as it is large, at 1e20 for years


def _kummer(a: Any, b: Any, z: Any) -> Any:
    """SciPy's hyp1f1, which ends: for parameters of moderate size it has overflowed long before MOST_STEPS (DLMF
    13.7.2), and says inf from there on. A polynomial (a = 0, -1, ...) has |a| terms, and is left to SciPy."""
    moderate = np.logical_and(np.abs(a) < 1e3, np.abs(b) < 1e3)
    endless = np.logical_and(np.logical_and(moderate, np.logical_not(_pole(a))), z > MOST_STEPS)
    return _off_poles("hyp1f1")(a, b, np.where(endless, MOST_STEPS, z).astype(np.result_type(z))[()])


hyp0f1 = elementwise(
    "hyp0f1", _off_poles("hyp0f1"), partials=(_by_parameter("hyp0f1", "b"), lambda y, b, z: hyp0f1(b + 1.0, z) / b),
    sympy=lambda b, z: sp.hyper([], [b], z), jax=not_in_jax("hyp0f1"), ball=arb.hyp0f1,
    domain=Domain(lambda b, z: _pole(b), "a parameter b that is not 0, -1, -2, ...", (PARAMETER, (-50.0, 50.0))),
    examples={"measured": (MEASURED, (1e-100, 1e4))}, ulp=2e5, near_zero=1.0,
    doc="the sum of z**k / (k! b (b + 1) ... (b + k - 1)) (DLMF 16.2.1)",
)
hyp1f1 = elementwise(
    "hyp1f1", _kummer,
    partials=(_by_parameter("hyp1f1", "a"), _by_parameter("hyp1f1", "b"),
              lambda y, a, b, z: a / b * hyp1f1(a + 1.0, b + 1.0, z)),  # DLMF 13.3.15
    sympy=lambda a, b, z: sp.hyper([a], [b], z), jax=Approximated(jsp.hyp1f1), ball=arb.hyp1f1,
    domain=Domain(
        lambda a, b, z: _pole(b), "a parameter b that is not 0, -1, -2, ...", (PARAMETER, PARAMETER, (-40.0, 20.0))
    ),
    examples={"measured": (MEASURED, MEASURED, (1e-100, 1e4))}, ulp=1024, doc="Kummer's M(a, b, z) (DLMF 13.2.2)",
)
hyperu = elementwise(
    "hyperu", scipy_special.hyperu,
    partials=(_by_parameter("hyperu", "a"), _by_parameter("hyperu", "b"),
              lambda y, a, b, z: -a * hyperu(a + 1.0, b + 1.0, z)),  # DLMF 13.3.22
    sympy=lambda a, b, z: sp.meijerg([[1 - a], []], [[0, 1 - b], []], z) / sp.gamma(a) / sp.gamma(a - b + 1),
    jax=not_in_jax("hyperu"), ball=arb.hyperu,
    domain=Domain(_pole_or_left, "an argument above zero", (PARAMETER, PARAMETER, (64.0, 200.0))),
    examples={"measured": (MEASURED, MEASURED, (64.0, 1e8))}, ulp=64,
    doc="Tricomi's U(a, b, z) (DLMF 13.2.6); SciPy keeps its digits for z above 64",
)
hyp2f1 = elementwise(
    "hyp2f1", _off_poles("hyp2f1", end=1.0),
    partials=(*(_by_parameter("hyp2f1", which) for which in "abc"),
              lambda y, a, b, c, z: a * b / c * hyp2f1(a + 1.0, b + 1.0, c + 1.0, z)),  # DLMF 15.5.1
    sympy=lambda a, b, c, z: sp.hyper([a, b], [c], z), jax=Approximated(jsp.hyp2f1), ball=arb.hyp2f1,
    domain=Domain(
        _pole_or_cut, "an argument below 1, and a parameter c that is not 0, -1, -2, ...",
        (PARAMETER, PARAMETER, PARAMETER, (-3.0, 0.9)),
    ),
    examples={"measured": (*[MEASURED] * 3, (1e-100, 1e3))}, ulp=1e4,
    doc="Gauss's F(a, b; c; z) (DLMF 15.2.1)",
)
