"""Ufuncs that are compositions of rows, and functions of SciPy's."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.inputs.numpy.functions import implements


@implements(np.square)
def square(x: Any, /) -> Any:
    return x**2


@implements(np.reciprocal)
def reciprocal(x: Any, /) -> Any:
    return 1.0 / x


@implements(np.positive)
def positive(x: Any, /) -> Any:
    return x


@implements(np.deg2rad, np.radians)
def deg2rad(x: Any, /) -> Any:
    return x * (np.pi / 180.0)


@implements(np.rad2deg, np.degrees)
def rad2deg(x: Any, /) -> Any:
    return x * (180.0 / np.pi)


@implements(np.sinc)
def sinc(x: Any) -> Any:
    y = np.pi * np.where(np.equal(x, 0.0), 1.0, x)
    return np.where(np.equal(x, 0.0), 1.0, np.sin(y) / y)


@implements(np.floor_divide)
def floor_divide(x1: Any, x2: Any, /) -> Any:
    return np.floor(x1 / x2)


@implements(np.heaviside)
def heaviside(x1: Any, x2: Any, /) -> Any:
    return np.where(np.equal(x1, 0.0), x2, np.where(x1 > 0.0, 1.0, 0.0))
