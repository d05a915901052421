"""The six comparisons, by how two numbers lie: -1 where the first is smaller, 0 where they are equal, else 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

HOLDS: dict[str, Callable[[int], bool]] = {
    "less": lambda s: s < 0, "less_equal": lambda s: s <= 0, "greater": lambda s: s > 0,
    "greater_equal": lambda s: s >= 0, "equal": lambda s: s == 0, "not_equal": lambda s: s != 0,
}  # fmt: skip


def by_order(order: Callable[[Any, Any], int]) -> dict[str, Callable[[Any, Any], bool]]:
    """The comparisons of anything of which `order` says how two of it lie."""
    return {op: lambda a, b, holds=holds: holds(order(a, b)) for op, holds in HOLDS.items()}
