"""The array-API namespace of recorded values: NumPy's functions, and its constructors for recorded values."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.shaping import array
from symdiff.inputs.recorded import Recorded, place


class Namespace:
    """`xp = x.__array_namespace__()`: whatever is not here is NumPy's own."""

    __name__ = "numpy"

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def __repr__(self) -> str:
        return "<NumPy's functions on values that are being differentiated>"

    @staticmethod
    def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: Any = None) -> Any:
        """`np.asarray`, which takes a list of recorded values, too."""
        found = array(obj)
        if dtype is None:
            return found
        return found.astype(dtype)

    array = asanyarray = ascontiguousarray = asarray

    @staticmethod
    def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        return np.zeros(np.shape(x), dtype or x.dtype)

    @staticmethod
    def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        return np.ones(np.shape(x), dtype or x.dtype)

    @staticmethod
    def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
        if isinstance(fill_value, Recorded):
            return np.broadcast_to(fill_value, shape)
        return np.full(shape, fill_value, dtype)

    @staticmethod
    def from_dlpack(x: Any, /, **options: Any) -> Any:
        raise UnsupportedError(f"{place()}from_dlpack takes plain arrays: use the value itself")


NAMESPACE = Namespace()
