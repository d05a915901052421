"""Cases of the rows that answer with an index: ties, one entry, none; numbers below, between and above."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .array_case import ArrayCase, backwards, some, turned


def _along(name: str, choices: Iterable[tuple[np.ndarray, int]]) -> list[ArrayCase]:
    return [ArrayCase(name, (x,), {"axis": axis}) for x, axis in choices]


def _places() -> list[ArrayCase]:
    ascending, ties = np.sort(some(5)), np.array([0.0, 1.0, 1.0, 2.0])
    numbers = [some(3), some(2, 2), some(), np.array([-9.0, 9.0]), ascending[::2], some(0), backwards(2)]
    return [
        *(ArrayCase("searchsorted", (ascending, v), {"side": s}) for v in numbers for s in ("left", "right")),
        *(ArrayCase("searchsorted", (ties, ties), {"side": s}) for s in ("left", "right")),
        ArrayCase("searchsorted", (some(0), some(2)), {"side": "left"}),
        ArrayCase("searchsorted", (some(1), some(2)), {"side": "right"}),
    ]


ORDERS: dict[str, list[ArrayCase]] = {
    "argmax": _along("argmax", [
        (some(5), 0), (some(1), 0), (some(3, 3), 0), (some(3, 3), 1), (turned(2, 3), 0), (backwards(3, 2), 1),
        (np.array([1.0, 2.0, 2.0]), 0), (np.zeros(3), 0), (some(2, 3, 2), 1), (some(0, 2), 1),
    ]),
    "argsort": _along("argsort", [
        (some(5), 0), (some(1), 0), (some(3, 3), 0), (some(3, 3), 1), (turned(2, 3), 0), (backwards(3, 2), 1),
        (np.array([1.0, 2.0, 1.0, 2.0]), 0), (np.array([0.0, -0.0]), 0), (some(2, 3, 2), 1), (some(0), 0),
        (some(0, 2), 1),
    ]),
    "searchsorted": _places(),
}  # fmt: skip
