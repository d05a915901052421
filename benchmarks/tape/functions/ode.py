"""The last component of y' = x * (1, y_1, ..., y_{n-1}), y(0) = 0, at time 1, by the classical Runge-Kutta method.

The differential equation of CppAD's speed tests, which GradBench's ode took up.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def inputs(n: int, steps: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    return (np.random.default_rng(6).uniform(1.0, 2.0, n),), (np.ones(1),)


def step(xp: Any, x: Any, one: Any, y: Any, h: float) -> Any:
    def slope(y: Any) -> Any:
        return x * xp.concatenate((one, y[:-1]))

    k1 = slope(y)
    k2 = slope(y + 0.5 * h * k1)
    k3 = slope(y + 0.5 * h * k2)
    k4 = slope(y + h * k3)
    return y + (h / 6.0) * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def value(xp: Any, args: Any, data: Any, n: int, steps: int) -> Any:
    (x,), (one,) = args, data
    y = 0.0 * x
    for _ in range(steps):
        y = step(xp, x, one, y, 1.0 / steps)
    return y[-1]
