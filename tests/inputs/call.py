"""Calls of NumPy's functions on tricky shapes: what the front end is held against.

A call is a name, a function and the shapes of its arguments. The name starts with the function's, so that a
test can tell which functions nobody calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """`ulps`: how far NumPy may be off, where it adds up or multiplies in another order than the recording."""

    name: str
    f: Callable[..., Any]
    shapes: tuple[Shape, ...]
    draw: str = "any"
    ulps: float = 0.0

    def arguments(self, seed: int) -> list[np.ndarray]:
        rng = np.random.default_rng([seed, len(self.name)])
        low, high = {"any": (-2.0, 2.0), "positive": (0.2, 3.0), "unit": (-0.9, 0.9), "above": (1.1, 3.0)}[self.draw]
        return [np.asarray(rng.uniform(low, high, s)) for s in self.shapes]


CALLS: list[Call] = []


def call(name: str, f: Callable[..., Any], *shapes: Shape, draw: str = "any", ulps: float = 0.0) -> None:
    CALLS.append(Call(f"{name} {len(CALLS)}", f, shapes, draw, ulps))
