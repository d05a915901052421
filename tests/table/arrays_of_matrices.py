"""Cases of the rows of linear algebra: one matrix, stacks, pivots that are zero, products of none and of many."""

from __future__ import annotations

import numpy as np

from .array_case import ArrayCase, some, turned
from .matrices import LOWER, SOLVE, SQUARE, definite, drawn, regular


def condition(a: np.ndarray) -> float:
    """What second derivatives of the inverse may magnify rounding by: the square of the condition number."""
    return float(np.max(np.linalg.cond(a), initial=1.0)) ** 2


def separation(a: np.ndarray) -> float:
    """The same of eigenvectors: the square of the norm over the smallest gap between two eigenvalues."""
    values = np.linalg.eigvalsh(a)
    gaps = np.diff(values, axis=-1)
    return float(np.max(np.abs(values[..., -1:]) / gaps, initial=1.0)) ** 2


def _of(name: str, labelled: dict[str, np.ndarray], without: tuple[str, ...] = ()) -> list[ArrayCase]:
    """The matrices that the tests of linear algebra share, and some that lie in memory in other ways."""
    loses = separation if name.startswith("eig") else condition
    make = regular if labelled is SQUARE else definite
    odd = [make(11, 3, 3).T.copy().T, make(12, 2, 3, 3)[::-1], make(13, 4, 4)[::2, ::2], np.zeros((0, 2, 2))]
    chosen = [*(a for label, a in labelled.items() if label not in without), *odd]
    return [ArrayCase(name, (a,), loses=loses(a)) for a in chosen]


def _solves() -> list[ArrayCase]:
    pairs = [
        *SOLVE.values(),
        (turned(3, 3) + 3 * np.eye(3), drawn(30, 2, 3).T), (regular(14, 2, 1, 2, 2), drawn(31, 3, 2, 1)),
        (np.eye(2), np.zeros((2, 2))), (np.zeros((0, 2, 2)), drawn(32, 2, 1)), (regular(15, 2, 2), np.zeros((2, 0))),
    ]  # fmt: skip
    twice = regular(16, 3, 3)
    return [
        *(ArrayCase("solve", args, loses=condition(args[0])) for args in pairs),
        ArrayCase("solve", (twice,), times=2, loses=condition(twice)),
    ]


def _products() -> list[ArrayCase]:
    def of(*factors: float) -> ArrayCase:
        return ArrayCase("product", tuple(np.asarray(f) for f in factors))

    return [of(some(1)[0]), of(*some(2)), of(*some(5)), of(-1.5, 2.5, 0.75), ArrayCase("product", (some(),), times=3)]


MATRICES: dict[str, list[ArrayCase]] = {
    "product": _products(),
    "solve": _solves(),
    "inv": _of("inv", SQUARE),
    "det": _of("det", SQUARE),
    "logabsdet": _of("logabsdet", SQUARE),
    "detsign": _of("detsign", SQUARE),
    "cholesky": _of("cholesky", LOWER),
    "eigvalsh": _of("eigvalsh", LOWER),
    "eigenvectors": _of("eigenvectors", LOWER, without=("1x1",)),
}
