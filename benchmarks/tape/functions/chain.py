"""A long chain of scalar ops in plain Python: products, sums and sines in turn."""

from __future__ import annotations

from typing import Any


def inputs(ops: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    return (1.1,), ()


def value(xp: Any, args: Any, data: Any, ops: int) -> Any:
    (x,) = args
    y = x
    for _ in range(ops // 3):
        y = xp.sin(y * x + 0.3)
    return y
