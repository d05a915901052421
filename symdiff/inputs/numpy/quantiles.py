"""Quantiles of recorded values, and what else NumPy does with an order: partitions, sets, keys."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements
from symdiff.inputs.recorded import Recorded, place


@implements(np.partition)
def partition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None) -> Any:
    """In full order, which is one of the partitions: NumPy promises only the entry at `kth`."""
    return np.sort(a, axis)


@implements(np.argpartition)
def argpartition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None) -> Any:
    return np.argsort(a, axis)


@implements(np.quantile)
def quantile(a: Any, q: Any, axis: int | None = None, out: Any = None, overwrite_input: bool = False,
             method: str = "linear", keepdims: bool = False, *, weights: Any = None) -> Any:  # fmt: skip
    """Between two neighbours in the order, linearly (method 7 of R. Hyndman and Y. Fan, "Sample quantiles in
    statistical packages", 1996)."""
    if isinstance(q, Recorded):
        raise UnsupportedError(f"{place()}np.quantile by its level q cannot be recorded: give q as a plain number")
    if method != "linear" or weights is not None or isinstance(axis, tuple | list) or out is not None:
        raise UnsupportedError(f"{place()}np.quantile is recorded for method='linear', one axis and no weights or out=")
    levels = np.asarray(q, float)
    if not np.all((levels >= 0.0) & (levels <= 1.0)):
        raise ValueError("Quantiles must be in the range [0, 1]")
    shape = [1 if axis is None or k == axis % a.ndim else n for k, n in enumerate(a.shape)]
    y = np.sort(a, axis)
    along = np.moveaxis(y, 0 if axis is None else axis, 0)
    rest = along.shape[1:]
    where = levels.ravel() * (len(along) - 1)
    low = np.floor(where).astype(int)
    high, share = np.minimum(low + 1, len(along) - 1), np.reshape(where - low, (-1, *[1] * len(rest)))
    found = along[low] + (along[high] - along[low]) * share
    return np.reshape(found, (*levels.shape, *(shape if keepdims else rest)))


@implements(np.percentile)
def percentile(a: Any, q: Any, axis: int | None = None, out: Any = None, overwrite_input: bool = False,
               method: Literal["linear"] = "linear", keepdims: bool = False, *,
               weights: Any = None) -> Any:  # fmt: skip
    level = q if isinstance(q, Recorded) else np.asarray(q, float) / 100.0
    return np.quantile(a, level, axis, out, overwrite_input, method, keepdims, weights=weights)
