"""The chain: two lists of what was computed, and back through them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


def python(args: Any, data: Any, ops: int) -> Callable[..., Any]:
    sin, cos, steps = math.sin, math.cos, ops // 3

    def gradient(x: float) -> tuple[float]:
        y, before, inside = x, [], []
        for _ in range(steps):
            before.append(y)
            u = y * x + 0.3
            inside.append(u)
            y = sin(u)
        ct, slope = 1.0, 0.0
        for k in range(steps - 1, -1, -1):
            ct *= cos(inside[k])
            slope += ct * before[k]
            ct *= x
        return (slope + ct,)

    return gradient


makers = {"grad": {"python": python}}
