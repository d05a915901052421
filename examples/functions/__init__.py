"""Functions as people write them, in plain NumPy: every one of them is checked by `python -m examples.functions`.

A module `name` has the function `name`, `arguments(rng, size)` that draws arguments for it, and `SIZE`, the size
it is shown at. Sizes are pairs; what the two numbers count stands beside `SIZE`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Example:
    """A function with what it takes to run it at any size."""

    name: str
    function: Callable[..., Any]
    draw: Callable[[np.random.Generator, tuple[int, int]], tuple[Any, ...]]
    size: tuple[int, int]

    def arguments(self, size: tuple[int, int] | None = None, seed: int = 0) -> tuple[Any, ...]:
        """Arguments of this size; of the example's own by default."""
        return self.draw(np.random.default_rng(seed), self.size if size is None else size)


def examples() -> list[Example]:
    """All of them, by name."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return [Example(n, getattr(m, n), m.arguments, m.SIZE) for n, m in zip(names, modules, strict=True)]
