"""The lecture's function, in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def python(args: Any, data: Any) -> Callable[..., Any]:
    def gradient(x1: float, x2: float, x3: float) -> tuple[float, float, float]:
        z1 = x1 * x1
        z4 = x2 * x3 - 2.0 * z1
        return 2.0 * x1 * (z4 - 2.0 * z1), z1 * x3, z1 * x2

    return gradient


makers = {"grad": {"python": python}}
