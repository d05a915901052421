"""Special functions that are a few steps of rows, for whoever reads a formula: text or SymPy.

Each is given `apply(op, *nodes)` and `const(number)`, which add a step and give its node.
"""

from __future__ import annotations

from collections.abc import Callable

Apply = Callable[..., int]
Const = Callable[[float], int]


def exponential_integral(apply: Apply, const: Const, order: int, x: int) -> int:
    """E_v(x) = x**(v - 1) gamma(1 - v, x) (DLMF 8.19.1). (E_1 is the row exp1.)"""
    one = const(1.0)
    upper = apply("uppergamma", apply("sub", one, order), x)
    return apply("mul", apply("power", x, apply("sub", order, one)), upper)


def lower_gamma(apply: Apply, s: int, x: int) -> int:
    """P(s, x) gamma(s) (DLMF 8.2.4)"""
    return apply("mul", apply("gammainc", s, x), apply("gamma", s))


def logarithmic_integral(apply: Apply, x: int) -> int:
    """li(x) = Ei(log(x)) (DLMF 6.2.8)"""
    return apply("expi", apply("log", x))


def polylogarithm(apply: Apply, const: Const, order: float, x: int) -> int | None:
    """Li_1(x) = -log(1 - x), and Li_2; None for another order, which is a row of its own."""
    if order == 1:
        return apply("neg", apply("log1p", apply("neg", x)))
    return apply("spence", apply("sub", const(1.0), x)) if order == 2 else None
