"""Plainer numbers: what to try in place of 3.7182, and which of two numbers is the plainer one."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

PLAIN = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.5, -0.5)  # from the plainest on
DIGITS = (1, 2, 3, 4, 6, 9, 12)  # how many may be kept

MOST_ENTRIES = 64  # of an array whose entries are tried one by one


def plainness(value: float) -> tuple[int, int]:
    """Smaller is plainer: first the well-known numbers, then those of few digits."""
    if value in PLAIN and repr(value) != "-0.0":
        return 0, PLAIN.index(value)
    return len(repr(float(value)).removesuffix(".0")), int(value < 0)


def plainer(value: float) -> Iterator[float]:
    """Numbers plainer than this one, the plainest first."""
    tried = {*PLAIN, value}
    for candidate in PLAIN:
        if plainness(candidate) < plainness(value):
            yield candidate
    if not math.isfinite(value):
        return
    power = 10.0 ** math.floor(math.log10(abs(value))) if value else 0.0
    for candidate in (power, -power, *(float(f"{value:.{d}g}") for d in DIGITS)):
        if candidate not in tried and plainness(candidate) < plainness(value):
            tried.add(candidate)
            yield candidate


def plainness_of(array: np.ndarray) -> tuple[int, int]:
    """The same of all entries of an array together."""
    each = [plainness(float(v)) for v in array.flat]
    return sum(a for a, _ in each), sum(b for _, b in each)


def plainer_arrays(array: np.ndarray) -> Iterator[np.ndarray]:
    """Arrays to try in place of this one: of one number, of fewer digits, with one entry plainer."""
    for value in PLAIN:
        yield np.full_like(array, value)
    for digits in DIGITS:
        rounded = [float(f"{v:.{digits}g}") for v in array.flat]
        yield np.array(rounded, array.dtype).reshape(array.shape)
    if array.size <= MOST_ENTRIES:
        for k, entry in enumerate(array.flat):
            for value in plainer(float(entry)):
                changed = array.copy()
                changed.flat[k] = value
                yield changed
