"""Rosenbrock's function, the chained form: sum of 100 (x_{i+1} - x_i**2)**2 + (1 - x_i)**2.

H. H. Rosenbrock, "An automatic method for finding the greatest or least value of a function" (1960), for n = 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def inputs(n: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    return (np.random.default_rng(1).uniform(-1.0, 1.0, n),), ()


def direction(n: int) -> Any:
    """The vector of a Hessian-vector product."""
    return np.cos(np.arange(float(n)))


def value(xp: Any, args: Any, data: Any, n: int) -> Any:
    (x,) = args
    return xp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
