"""Random well-formed formulas: trees over three variables, with constants that a person would write."""

from __future__ import annotations

import numpy as np

from benchmarks.trust.random_programs.formulas import tree

UNARY = (
    "sin({0})", "cos({0})", "tan({0})", "exp({0})", "tanh({0})", "sinh({0})", "cosh({0})", "atan({0})", "asinh({0})",
    "log(1.5 + ({0})**2)", "log1p(({0})**2)", "sqrt(1 + ({0})**2)", "cbrt({0})", "1/(2 + ({0})**2)", "({0})**2",
    "({0})**3", "({0})**-2", "-({0})", "sigmoid({0})", "softplus({0})", "relu({0})", "abs({0})", "gelu({0})",
    "silu({0})", "erf({0})", "erfc({0})", "expm1({0})", "exp(-({0})**2)", "asin(sin({0})/2)", "acos(0.9*cos({0}))",
    "elu({0})", "gamma(1.5 + sin({0}))", "lgamma(2 + abs({0}))", "digamma(1 + ({0})**2)", "log2(3 + sin({0}))",
    "exp2({0}/4)", "atanh(0.7*sin({0}))", "acosh(1.5 + ({0})**2)",
)  # fmt: skip
BINARY = (
    "({0} + {1})", "({0} - {1})", "({0})*({1})", "({0})*({1})", "({0})/(1.5 + ({1})**2)", "({0})/({1})",
    "max({0}, {1})", "min({0}, {1})", "hypot({0}, {1})", "atan2({0}, {1})", "where({0} > {1}, {1}, ({0})**2)",
    "logaddexp({0}, {1})", "(1 + abs({0}))**({1})", "clip({0}, -2, {1})",
)  # fmt: skip
LEAVES = ("x", "y", "z", "x", "y", "z", "0.5", "3", "1.25", "pi", "1e-3", "7")


def formula(seed: int) -> str:
    """The formula of that number."""
    rng = np.random.default_rng(seed)
    return tree(rng, int(rng.integers(2, 6)), UNARY, BINARY, LEAVES, leaf=0.12)
