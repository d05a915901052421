"""Random numbers that stand for rounding errors, for programs that are run disturbed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

UNIT = 2.0**-53  # unit roundoff of float64
UNITS = {"float64": UNIT, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
BANK = 1 << 16


def bank(rng: np.random.Generator) -> np.ndarray:
    """Normal numbers to draw from."""
    return rng.standard_normal(BANK)


def drawn(numbers: np.ndarray, y: Any, rng: np.random.Generator) -> np.ndarray:
    """A random number for every entry, the same for equal entries: their rounding errors are the same, too, and
    add up where independent ones would cancel.

    The bits of an entry, multiplied by a random odd number, say where in the bank its number is.
    """
    bits = np.ascontiguousarray(y, np.float64).view(np.int64)
    places = bits * np.int64(int(rng.integers(1, 2**62)) | 1)
    places >>= 64 - BANK.bit_length() + 1  # half of them below zero: counted from the end
    return numbers[places].reshape(np.shape(y))


def systematic(terms: float) -> float:
    """What the rounding of a sum of so many terms may be, in units of the sum of their magnitudes.

    The square-root law of the terms' own errors, with room: errors of independent terms would be a root of that
    smaller; those of equal terms all go one way until the sum doubles (measured: 91 units for 400 equal terms).
    """
    return max(1.0, math.sqrt(terms))
