"""The lecture's function of three numbers: x1**2 (x2 x3 - 2 x1**2)."""

from __future__ import annotations

from typing import Any


def inputs() -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    return (1.3, 2.1, 2.7), ()


def value(xp: Any, args: Any, data: Any) -> Any:
    x1, x2, x3 = args
    return x1**2 * (x2 * x3 - 2 * x1**2)
