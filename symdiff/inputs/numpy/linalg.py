"""Linear algebra on recorded arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements
from symdiff.inputs.recorded import place


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if axis is None and (ord is None or x.ndim == 1):
        shape = (1,) * x.ndim
        x, axis = np.ravel(x), 0
        y = np.linalg.norm(x, ord, 0)
        return np.reshape(y, shape) if keepdims else y
    two = axis is None or isinstance(axis, tuple)
    if ord is None or (ord == 2 and not two) or (ord == "fro" and two):
        return np.sqrt(np.sum(x * x, axis, keepdims=keepdims))
    if two:
        raise UnsupportedError(f"{place()}np.linalg.norm with ord={ord!r} of a matrix cannot be recorded")
    if ord == np.inf:
        return np.max(np.abs(x), axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(np.abs(x), axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(np.abs(x), axis, keepdims=keepdims)
    return np.sum(np.abs(x) ** ord, axis, keepdims=keepdims) ** (1.0 / ord)
