"""Random formulas of the text language, for tests that want many."""

from __future__ import annotations

import contextlib

import numpy as np

from symdiff.errors import ExpressionError
from symdiff.inputs.text import parse

UNARY = (
    "sin({})", "cos({})", "tan({})", "exp({})", "tanh({})", "sinh({})", "cosh({})", "atan({})", "asinh({})",
    "-{}",
    "({})**2", "({})**3", "({})**-1", "sqrt(1 + ({})**2)", "log(2 + sin({}))", "log1p(({})**2)", "expm1({})",
    "sigmoid({})", "softplus({})", "relu({})", "abs({})", "erf({})", "gamma(2 + sin({}))",
    "lgamma(2 + cos({}))",
    "cbrt({})", "silu({})", "gelu({})", "elu({})", "leaky_relu({})", "asin(0.9*sin({}))", "exp2({})",
    "selu({})",
)  # fmt: skip
BINARY = (
    "({} + {})", "({} - {})", "({} * {})", "({} / {})", "max({}, {})", "min({}, {})", "hypot({}, {})",
    "atan2({}, {})", "where(x > y, {}, {})", "logaddexp({}, {})", "(2 + sin({}))**({})",
)  # fmt: skip


def random_formula(rng: np.random.Generator, depth: int = 4, variables: str = "xyz") -> str:
    """A formula with about 2**depth ops at most; values of all kinds, inf and nan among them."""
    while True:
        text = _grown(rng, depth, variables)
        with contextlib.suppress(ExpressionError):  # a constant that is no number, such as 2/(2 - 2)
            parse(text)
            return text


def _grown(rng: np.random.Generator, depth: int, variables: str) -> str:
    if depth == 0 or rng.random() < 0.1:
        return str(rng.choice([*variables, *variables, "0.5", "2", "1.1"]))
    if rng.random() < 0.5:
        return str(rng.choice(UNARY)).format(_grown(rng, depth - 1, variables))
    parts = [_grown(rng, depth - 1, variables) for _ in range(2)]
    return str(rng.choice(BINARY)).format(*parts)
