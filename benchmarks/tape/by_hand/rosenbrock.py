"""Rosenbrock's function: gradient, Hessian times a vector, and the tridiagonal Hessian.

With t_i = x_{i+1} - x_i**2: entry i gets -400 x_i t_i - 2 (1 - x_i), entry i + 1 gets 200 t_i.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np


def numpy_gradient(args: Any, data: Any, n: int) -> Callable[..., Any]:
    def gradient(x: Any) -> tuple[Any]:
        g, low = np.zeros_like(x), x[:-1]
        t = x[1:] - low**2
        g[:-1] = -400.0 * low * t - 2.0 * (1.0 - low)
        g[1:] += 200.0 * t
        return (g,)

    return gradient


def buffered_gradient(args: Any, data: Any, n: int, fresh: bool = False) -> Callable[..., Any]:
    mul, add, sub = np.multiply, np.add, np.subtract
    kept, t, u = np.empty(n), np.empty(n - 1), np.empty(n - 1)
    parts = kept, kept[:-1], kept[1:]
    two, c200, c400 = np.array(2.0), np.array(200.0), np.array(-400.0)

    def gradient(x: Any) -> tuple[Any]:
        g, low, high = _new(n) if fresh else parts
        below = x[:-1]
        mul(below, below, t)
        sub(x[1:], t, t)
        mul(below, c400, u)
        mul(u, t, u)
        mul(below, two, low)
        add(low, u, low)
        sub(low, two, low)
        g[-1] = 0.0
        mul(t, c200, t)
        add(high, t, high)
        return (g,)

    return gradient


def numpy_product(args: Any, data: Any, n: int) -> Callable[..., Any]:
    def product(x: Any, v: Any) -> tuple[Any]:
        h, low, moved = np.zeros_like(x), x[:-1], v[:-1]
        t, dt = x[1:] - low**2, v[1:] - 2.0 * low * moved
        h[:-1] = -400.0 * (moved * t + low * dt) + 2.0 * moved
        h[1:] += 200.0 * dt
        return (h,)

    return product


def buffered_product(args: Any, data: Any, n: int, fresh: bool = False) -> Callable[..., Any]:
    mul, add, sub = np.multiply, np.add, np.subtract
    kept, t, u, low2 = np.empty(n), np.empty(n - 1), np.empty(n - 1), np.empty(n - 1)
    parts = kept, kept[:-1], kept[1:]
    two, c200, c400 = np.array(2.0), np.array(200.0), np.array(-400.0)

    def product(x: Any, v: Any) -> tuple[Any]:
        h, low, high = _new(n) if fresh else parts
        below, moved = x[:-1], v[:-1]
        mul(below, below, t)
        sub(x[1:], t, t)
        mul(moved, t, t)  # v t
        mul(below, two, low2)
        mul(low2, moved, u)
        sub(v[1:], u, u)  # dt
        mul(below, u, low2)
        add(t, low2, t)
        mul(t, c400, t)
        mul(moved, two, low)
        add(low, t, low)
        h[-1] = 0.0
        mul(u, c200, u)
        add(high, u, high)
        return (h,)

    return product


def numpy_hessian(args: Any, data: Any, n: int) -> Callable[..., Any]:
    low, diagonal = np.arange(n - 1), np.arange(n)

    def hessian(x: Any) -> tuple[Any]:
        H, below = np.zeros((n, n)), x[:-1]
        main = np.zeros(n)
        main[:-1] = 1200.0 * below**2 - 400.0 * x[1:] + 2.0
        main[1:] += 200.0
        H[diagonal, diagonal] = main
        H[low, low + 1] = H[low + 1, low] = -400.0 * below
        return (H,)

    return hessian


def buffered_hessian(args: Any, data: Any, n: int, fresh: bool = False) -> Callable[..., Any]:
    def zeros() -> tuple[Any, ...]:
        H = np.zeros((n, n))
        flat = H.reshape(-1)
        return H, flat[:: n + 1], flat[1 :: n + 1], flat[n :: n + 1]  # views: nothing else is ever written

    parts = zeros()

    def hessian(x: Any) -> tuple[Any]:
        H, main, above, under = zeros() if fresh else parts
        below, most = x[:-1], main[:-1]
        np.multiply(below, below, most)
        np.multiply(most, 1200.0, most)
        np.subtract(most, 400.0 * x[1:], most)
        np.add(most, 2.0, most)
        main[-1] = 0.0
        np.add(main[1:], 200.0, main[1:])
        np.multiply(below, -400.0, above)
        under[:] = above
        return (H,)

    return hessian


def _new(n: int) -> tuple[Any, ...]:
    """An array, all of it but the last entry, and all but the first."""
    v = np.empty(n)
    return v, v[:-1], v[1:]


makers = {
    operator: {"numpy": plain, "buffers": buffered, "fresh": partial(buffered, fresh=True)}
    for operator, plain, buffered in (
        ("grad", numpy_gradient, buffered_gradient), ("hvp", numpy_product, buffered_product),
        ("hessian", numpy_hessian, buffered_hessian),
    )
}  # fmt: skip
