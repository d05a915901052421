"""The cost of k-means: the squared distances of n points to the nearest of k centres, summed up."""

from __future__ import annotations

from typing import Any

import numpy as np


def inputs(n: int, d: int, k: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    rng = np.random.default_rng(8)
    return (rng.normal(size=(k, d)),), (rng.normal(size=(n, d)),)


def value(xp: Any, args: Any, data: Any, n: int, d: int, k: int) -> Any:
    (centres,), (points,) = args, data
    squares = xp.sum(points * points, axis=1, keepdims=True) - 2.0 * (points @ centres.T)
    return xp.sum(xp.min(squares + xp.sum(centres * centres, axis=1), axis=1))
