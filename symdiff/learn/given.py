"""What data, series and reports are given, looked at before anything is computed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symdiff.errors import InputError


def floats(values: Any, name: str, finite: bool = True) -> np.ndarray:
    """The values as a float64 array.

    Raises:
        InputError: rows of different lengths, what is no real number, one that is not finite.

    >>> floats([1, 2], "u")
    array([1., 2.])
    """
    try:
        found = np.asarray(values)
    except ValueError:
        raise InputError(f"{name} has rows of different lengths: expected an array of numbers") from None
    if found.dtype.kind not in "biuf":
        raise InputError(f"{name} is of {found.dtype}: expected real numbers")
    found = found.astype(np.float64)
    if finite and not np.all(np.isfinite(found)):
        at = np.argwhere(~np.isfinite(found))[0].tolist()
        raise InputError(f"{name}{at or ''} = {found[tuple(at)]}: expected finite numbers")
    return found


def labels(y: Any, name: str = "y", count: int | None = None) -> np.ndarray:
    """Class numbers, (N,) int64, one or more.

    Args:
        y: whole numbers, 0 or more.
        name: for the message.
        count: how many classes there are, where that is known.

    Raises:
        InputError: what is no class number.

    >>> labels([0.0, 1.0]).tolist()
    [0, 1]
    """
    found = floats(y, name)
    if found.ndim != 1 or not len(found):
        raise InputError(f"{name} has shape {found.shape}: expected (N,), a class number for each example, and some")
    bad = (found < 0.0) | (found != np.floor(found)) | (found >= (math.inf if count is None else count))
    if np.any(bad):
        at = int(np.argmax(bad))
        most = "" if count is None else f" to {count - 1}"
        raise InputError(f"{name}[{at}] = {found[at]:g}: expected class numbers, whole numbers from 0{most}")
    return found.astype(np.int64)


def real(name: str, value: Any, least: float = 0.0) -> None:
    """Raise `InputError` unless this is a finite number, `least` or more."""
    number = isinstance(value, int | float | np.floating | np.integer) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < least:
        most = "" if least == -math.inf else f", {least:g} or more"
        raise InputError(f"{name}={value!r}: expected a finite number{most}")
