"""Runge-Kutta backwards: the stages in reverse, each a shift of the adjoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def numpy_gradient(args: Any, data: Any, n: int, steps: int) -> Callable[..., Any]:
    h = 1.0 / steps

    def gradient(x: Any) -> tuple[Any]:
        y, tape = np.zeros(n), []
        for _ in range(steps):
            moved1 = _moved(y)
            moved2 = _moved(y + 0.5 * h * x * moved1)
            moved3 = _moved(y + 0.5 * h * x * moved2)
            moved4 = _moved(y + h * x * moved3)
            tape.append((moved1, moved2, moved3, moved4))
            y = y + (h / 6.0) * x * (moved1 + 2.0 * moved2 + 2.0 * moved3 + moved4)
        ct, ct_x = np.zeros(n), np.zeros(n)
        ct[-1] = 1.0
        for moved in reversed(tape):
            after, shares = 0.0, ct * (h / 6.0)
            total = ct
            for weight, part, z in ((1.0, 0.0, moved[3]), (2.0, h, moved[2]), (2.0, 0.5 * h, moved[1]),
                                    (1.0, 0.5 * h, moved[0])):  # fmt: skip
                ct_slope = weight * shares + part * after
                ct_x += ct_slope * z
                after = _back(ct_slope * x)
                total = total + after
            ct = total
        return (ct_x,)

    return gradient


def _moved(y: Any) -> Any:
    out = np.empty_like(y)
    out[0], out[1:] = 1.0, y[:-1]
    return out


def _back(ct: Any) -> Any:
    out = np.empty_like(ct)
    out[-1], out[:-1] = 0.0, ct[1:]
    return out


makers = {"grad": {"numpy": numpy_gradient}}
