"""Random formulas in the text language, over every elementwise row of the op table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

UNARY = (
    "sin({0})", "cos({0})", "tan({0})", "sec({0}/3)", "cot(2 + ({0})**2)", "exp({0})", "tanh({0})", "sinh({0})",
    "cosh({0})", "sech({0})", "atan({0})", "asinh({0})", "log(1.5 + ({0})**2)", "log(abs({0}))", "log1p(({0})**2)",
    "sqrt(1 + ({0})**2)", "sqrt(abs({0}))", "cbrt({0})", "1/(2 + ({0})**2)", "1/({0})", "({0})**2", "({0})**3",
    "({0})**-2", "-({0})", "sigmoid({0})", "softplus({0})", "relu({0})", "abs({0})", "gelu({0})", "gelu_tanh({0})",
    "silu({0})", "selu({0})", "elu({0})", "elu({0}, 0.5)", "leaky_relu({0})", "leaky_relu({0}, 0.2)", "erf({0})",
    "erfc({0})", "expm1({0})", "exp(-({0})**2)", "asin(sin({0})/2)", "asin(tanh({0}))", "acos(0.9*cos({0}))",
    "gamma(1.5 + sin({0}))", "lgamma(2 + abs({0}))", "lgamma({0})", "digamma(1 + ({0})**2)",
    "polygamma(1, 1 + abs({0}))", "log2(3 + sin({0}))", "log10(1 + ({0})**2)", "exp2({0}/4)", "atanh(0.7*sin({0}))",
    "atanh(tanh({0}))", "acosh(1.5 + ({0})**2)", "sign({0})", "floor({0})*({0})", "ceil({0}) - ({0})",
    "(2 + sin({0}))**1.5", "abs({0})**0.5", "(1 + ({0})**2)**-0.5", "relu({0}) - relu(-({0}))",
    "where(({0}) > 0, sqrt({0}), 0)", "where(({0}) == 0, 1, sin({0})/({0}))", "mod({0}, 2.5)", "abs({0})*({0})",
    "log1p(exp({0}))", "expm1(-abs({0}))", "1 - cos({0})", "(1 + {0}) - 1", "exp(log(1 + abs({0})))",
)  # fmt: skip
BINARY = (
    "({0} + {1})", "({0} - {1})", "({0})*({1})", "({0})*({1})", "({0})/(1.5 + ({1})**2)", "({0})/({1})",
    "max({0}, {1})", "min({0}, {1})", "hypot({0}, {1})", "atan2({0}, {1})", "where(({0}) > ({1}), {1}, ({0})**2)",
    "logaddexp({0}, {1})", "(1 + abs({0}))**({1})", "clip({0}, -2, {1})", "clip({0}, {1}, 3)",
    "beta(1 + abs({0}), 2 + sin({1}))", "(({0})**2 - ({1})**2)", "sqrt(({0})**2 + ({1})**2)",
    "where(({0}) <= ({1}), ({0})*({1}), ({1})**2)", "mod({0}, 2 + abs({1}))", "log(1 + exp({0} - ({1})))",
    "abs({0} - ({1}))", "max({0}, -({1}), 0.5)", "(({0})*({1}))**3", "({0} + {1}) - ({0})",
)  # fmt: skip
LEAVES = ("x", "y", "z", "x", "y", "z", "x", "y", "z", "0.5", "3", "1.25", "pi", "1e-3", "7", "0.1")


def formula(rng: np.random.Generator) -> str:
    """A tree over at most three variables, with constants that a person would write."""
    return tree(rng, int(rng.integers(2, 6)))


def tree(
    rng: np.random.Generator, depth: int, unary: Sequence[str] = UNARY, binary: Sequence[str] = BINARY,
    leaves: Sequence[str] = LEAVES, leaf: float = 0.1,
) -> str:  # fmt: skip
    """Templates in one another; `leaf` is the share of branches that end early."""
    if depth == 0 or rng.random() < leaf:
        return str(rng.choice(leaves))
    many = 1 if rng.random() < 0.5 else 2
    template = str(rng.choice(unary if many == 1 else binary))
    return template.format(*(tree(rng, depth - 1, unary, binary, leaves, leaf) for _ in range(many)))
