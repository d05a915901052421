"""k-means: of every centre, twice its number of points times itself less their sum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def numpy_gradient(args: Any, data: Any, n: int, d: int, k: int) -> Callable[..., Any]:
    (points,) = data

    def gradient(centres: Any) -> tuple[Any]:
        nearest = np.argmin(np.sum(centres * centres, axis=1) - 2.0 * (points @ centres.T), axis=1)
        chosen = np.zeros((n, k))
        chosen[np.arange(n), nearest] = 1.0
        return (2.0 * (np.sum(chosen, axis=0)[:, None] * centres - chosen.T @ points),)

    return gradient


def buffered_gradient(args: Any, data: Any, n: int, d: int, k: int) -> Callable[..., Any]:
    (points,) = data
    products, nearest, rows, chosen = np.empty((n, k)), np.empty(n, np.intp), np.arange(n), np.zeros((n, k))
    turned, sums = chosen.T, np.empty((k, d))

    def gradient(centres: Any) -> tuple[Any]:
        np.dot(points, -2.0 * centres.T, products)
        np.add(products, np.sum(centres * centres, axis=1), products)
        products.argmin(axis=1, out=nearest)
        chosen.fill(0.0)
        chosen[rows, nearest] = 1.0
        np.dot(turned, points, sums)
        return (2.0 * (np.bincount(nearest, minlength=k)[:, None] * centres - sums),)

    return gradient


makers = {
    "grad": {"numpy": numpy_gradient, "buffers": buffered_gradient, "fresh": buffered_gradient}  # it returns new arrays
}
