"""Least squares: minus the matrix turned, times the residuals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np


def numpy_gradient(args: Any, data: Any, n: int, m: int) -> Callable[..., Any]:
    powers, sign = data
    return lambda x: (-(powers.T @ (sign - powers @ x)),)


def buffered_gradient(args: Any, data: Any, n: int, m: int, fresh: bool = False) -> Callable[..., Any]:
    powers, sign = data
    turned, r, g = powers.T, np.empty(n), None if fresh else np.empty(m)

    def gradient(x: Any) -> tuple[Any]:
        np.dot(powers, x, r)
        np.subtract(r, sign, r)
        return (np.dot(turned, r, g),)

    return gradient


makers = {
    "grad": {"numpy": numpy_gradient, "buffers": buffered_gradient, "fresh": partial(buffered_gradient, fresh=True)}
}
