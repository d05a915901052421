"""The mixture: responsibilities are the adjoints of the inner terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.tape.functions.gmm import GAMMA


def numpy_gradient(args: Any, data: Any, n: int, d: int, k: int) -> Callable[..., Any]:
    x, put_below, put_diagonal = data

    def gradient(alpha: Any, mu: Any, q: Any, below: Any) -> tuple[Any, ...]:
        diagonal = np.exp(q)
        Q = (below @ put_below + diagonal @ put_diagonal).reshape(k, d, d)
        y = x @ Q.reshape(k * d, d).T - (Q * mu[:, None, :]).sum(axis=2).reshape(k * d)
        inner = alpha + q.sum(axis=1) - 0.5 * (y * y).reshape(n * k, d).sum(axis=1).reshape(n, k)
        r = _softmax(inner)
        ct_y = -(r.reshape(n * k, 1) * y.reshape(n * k, d)).reshape(n, k * d)
        ct_mean = -ct_y.sum(axis=0).reshape(k, d, 1)
        ct_Q = ((ct_y.T @ x).reshape(k, d, d) + ct_mean * mu[:, None, :]).reshape(k, d * d)
        of_each = r.sum(axis=0)
        ct_alpha = of_each - n * _softmax(alpha[None])[0]
        ct_q = (ct_Q @ put_diagonal.T - GAMMA**2 * diagonal) * diagonal + of_each[:, None]
        return ct_alpha, (Q * ct_mean).sum(axis=1), ct_q, ct_Q @ put_below.T - GAMMA**2 * below

    return gradient


def buffered_gradient(args: Any, data: Any, n: int, d: int, k: int) -> Callable[..., Any]:
    """The large arrays are kept; what has no n in its shape is as above."""
    x, put_below, put_diagonal = data
    y, squared, r = np.empty((n, k * d)), np.empty((n, k * d)), np.empty((n, k))
    most, total = np.empty((n, 1)), np.empty((n, 1))
    by_row, squared_by_row, flat_r = y.reshape(n * k, d), squared.reshape(n * k, d), r.reshape(n * k)
    rows, entries, classes = np.ones(n), np.ones(d), np.ones(k)
    flat_total, column_r = total.reshape(n), r.reshape(n * k, 1)
    half, turned = np.array(-0.5), y.T

    def gradient(alpha: Any, mu: Any, q: Any, below: Any) -> tuple[Any, ...]:
        diagonal = np.exp(q)
        Q = (below @ put_below + diagonal @ put_diagonal).reshape(k, d, d)
        np.dot(x, Q.reshape(k * d, d).T, y)
        np.subtract(y, (Q * mu[:, None, :]).sum(axis=2).reshape(k * d), y)
        np.multiply(y, y, squared)
        np.dot(squared_by_row, entries, flat_r)
        np.multiply(r, half, r)
        np.add(r, alpha + q.sum(axis=1), r)
        np.maximum.reduce(r, 1, None, most, True)
        np.subtract(r, most, r)
        np.exp(r, r)
        np.dot(r, classes, flat_total)
        np.divide(r, total, r)
        np.multiply(by_row, column_r, by_row)  # minus the adjoint of y
        ct_mean = np.dot(rows, y).reshape(k, d, 1)
        ct_Q = (ct_mean * mu[:, None, :] - np.dot(turned, x).reshape(k, d, d)).reshape(k, d * d)
        of_each = np.dot(rows, r)
        ct_alpha = of_each - n * _softmax(alpha[None])[0]
        ct_q = (ct_Q @ put_diagonal.T - GAMMA**2 * diagonal) * diagonal + of_each[:, None]
        return ct_alpha, (Q * ct_mean).sum(axis=1), ct_q, ct_Q @ put_below.T - GAMMA**2 * below

    return gradient


def _softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


makers = {
    "grad": {"numpy": numpy_gradient, "buffers": buffered_gradient, "fresh": buffered_gradient}  # it returns new arrays
}
