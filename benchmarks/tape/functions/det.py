"""The determinant by expansion along the first row, and so on: Laplace's formula, entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np


def inputs(n: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    return (2.0 * np.eye(n) + np.random.default_rng(9).normal(size=(n, n)),), ()


def value(xp: Any, args: Any, data: Any, n: int) -> Any:
    (a,) = args

    def minor(row: int, columns: tuple[int, ...]) -> Any:
        if len(columns) == 1:
            return a[row, columns[0]]
        total = 0.0
        for k, c in enumerate(columns):
            part = a[row, c] * minor(row + 1, columns[:k] + columns[k + 1 :])
            total = total - part if k % 2 else total + part
        return total

    return minor(0, tuple(range(n)))
