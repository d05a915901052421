"""Matrices for the tests of linear algebra, and a row checked as a function of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import symdiff as sd
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.ops import TABLE, Op


def drawn(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng([7, seed]).normal(size=shape)


def regular(seed: int, *shape: int) -> np.ndarray:
    return drawn(seed, *shape)


def definite(seed: int, *shape: int) -> np.ndarray:
    """Positive definite as far as the lower triangle says; the upper one is something else altogether."""
    a = drawn(seed, *shape)
    full = a @ np.swapaxes(a, -1, -2) + np.eye(shape[-1])
    return np.tril(full) + np.triu(drawn(seed + 100, *shape), 1)


def with_singular_values(seed: int, values: Sequence[float]) -> np.ndarray:
    n = len(values)
    left, right = (np.linalg.qr(drawn(seed + k, n, n))[0] for k in (0, 50))
    return left @ np.diag(values) @ right


@dataclass(frozen=True)
class MatrixCase:
    """A row at some arrays."""

    name: str
    label: str
    args: tuple[np.ndarray, ...]
    params: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"{self.name}-{self.label}"

    @property
    def row(self) -> Op:
        return TABLE[self.name]

    def checked(self, *operators: str, methods: Sequence[str] = ("tape", "jax"), summed: bool = False) -> Report:
        """The row as a function of all its arguments, judged."""
        return sd.crosscheck(
            self.summed() if summed else self.function(), *self.args, wrt=tuple(range(len(self.args))),
            operators=operators, methods=methods,
        )  # fmt: skip

    def function(self) -> Callable[..., Any]:
        return lambda *args: TABLE[self.name](*args, **self.params)

    def summed(self) -> Callable[..., Any]:
        """One number of all entries of the answer, none with the weight of another."""
        f = self.function()
        weights = drawn(3, *np.shape(f(*self.args)))
        return lambda *args: np.sum(weights * f(*args))


def verdicts(report: Report, method: str) -> set[Verdict]:
    return {f.verdict for f in report.findings if f.method == method}


singular_3 = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]])
singular_4 = np.array([[1.0, 2.0, 3.0, 1.0], [2.0, 4.0, 6.0, 2.0], [1.0, 0.0, 1.0, 0.0], [3.0, 1.0, 2.0, 5.0]])
zero_pivot = np.array([[0.0, 2.0, 1.0], [1.0, 0.0, 3.0], [2.0, 1.0, 0.0]])

SQUARE = {
    "1x1": np.array([[-1.7]]),
    "2x2": regular(1, 2, 2),
    "3x3": regular(2, 3, 3),
    "4x4": regular(3, 4, 4),
    "stack": regular(4, 2, 3, 3),
    "stack-of-stacks": regular(5, 1, 2, 2, 2),
    "zero-pivot": zero_pivot,
    "nearly-singular": with_singular_values(6, [2.0, 1.0, 1e-6]),
    "scaled-rows": np.diag([1e8, 1.0, 1e-8]) @ regular(8, 3, 3),
}
LOWER = {
    "1x1": np.array([[1.7]]),
    "2x2": definite(1, 2, 2),
    "3x3": definite(2, 3, 3),
    "4x4": definite(3, 4, 4),
    "stack": definite(4, 2, 3, 3),
    "far-apart": np.diag([1.0, 0.1, 10.0]) @ definite(5, 3, 3) @ np.diag([1.0, 0.1, 10.0]),
}
SOLVE = {
    "1x1": (np.array([[-1.7]]), np.array([[0.3]])),
    "3x3-3": (regular(2, 3, 3), drawn(20, 3, 3)),
    "4x4-1": (regular(3, 4, 4), drawn(21, 4, 1)),
    "stack": (regular(4, 2, 3, 3), drawn(22, 2, 3, 2)),
    "one-matrix-many-sides": (regular(2, 3, 3), drawn(23, 2, 3, 2)),
    "many-matrices-one-side": (regular(4, 2, 3, 3), drawn(24, 3, 1)),
    "zero-pivot": (zero_pivot, drawn(25, 3, 2)),
    "nearly-singular": (with_singular_values(6, [2.0, 1.0, 1e-6]), drawn(26, 3, 1)),
}
SINGULAR = {
    "rank-2-of-3": singular_3,
    "rank-3-of-4": singular_4,
    "rank-2-of-4": np.outer([1.0, 2, 3, 4], [1.0, 1, 2, 1]) + np.outer([0.0, 1, 0, 2], [2.0, 0, 1, 1]),
    "zero-2": np.zeros((2, 2)),
    "zero-1": np.zeros((1, 1)),
}

CASES = [
    *(MatrixCase("solve", label, args) for label, args in SOLVE.items()),
    *(MatrixCase(name, label, (a,)) for name in ("inv", "det", "logabsdet") for label, a in SQUARE.items()),
    *(MatrixCase(name, label, (a,)) for name in ("cholesky", "eigvalsh", "eigenvectors") for label, a in LOWER.items()),
]
