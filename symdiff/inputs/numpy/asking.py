"""What is asked about a recorded array without computing with it: its shape, its dtype, whether it is complex."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.inputs.numpy.functions import implements
from symdiff.inputs.recorded import Recorded


@implements(np.ndim)
def ndim(a: Any) -> int:
    return a.ndim


@implements(np.shape)
def shape(a: Any) -> tuple[int, ...]:
    return a.shape


@implements(np.size)
def size(a: Any, axis: Any = None) -> int:
    axes = range(a.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    return int(np.prod([a.shape[k] for k in axes], dtype=int))


@implements(np.result_type)
def result_type(*arrays_and_dtypes: Any) -> np.dtype:
    return np.result_type(*(a.dtype if isinstance(a, Recorded) else a for a in arrays_and_dtypes))


@implements(np.can_cast)
def can_cast(from_: Any, to: Any, casting: str = "safe") -> bool:
    return np.can_cast(from_.dtype if isinstance(from_, Recorded) else from_, to, casting)  # type: ignore[arg-type]  # a dtype, after the first line


@implements(np.common_type)
def common_type(*arrays: Any) -> Any:
    return np.float64


@implements(np.iscomplexobj)
def iscomplexobj(x: Any) -> bool:
    return False


@implements(np.isrealobj)
def isrealobj(x: Any) -> bool:
    return True


@implements(np.iscomplex)
def iscomplex(x: Any) -> Any:
    return np.zeros(x.shape, bool)[()]


@implements(np.isreal)
def isreal(x: Any) -> Any:
    return np.ones(x.shape, bool)[()]


@implements(np.real, np.real_if_close)
def real(val: Any, tol: float = 100) -> Any:
    return val


@implements(np.imag)
def imag(val: Any) -> Any:
    return np.zeros(val.shape)[()]


@implements(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """pi below zero, else 0."""
    return np.where(np.less(z, 0.0), 180.0 if deg else np.pi, 0.0)


@implements(np.may_share_memory, np.shares_memory)
def shares_memory(a: Any, b: Any, /, max_work: Any = None) -> bool:
    return a is b


@implements(np.diag_indices_from)
def diag_indices_from(arr: Any) -> Any:
    return np.diag_indices_from(np.empty(arr.shape, bool))


@implements(np.tril_indices_from)
def tril_indices_from(arr: Any, k: int = 0) -> Any:
    return np.tril_indices_from(np.empty(arr.shape, bool), k)


@implements(np.triu_indices_from)
def triu_indices_from(arr: Any, k: int = 0) -> Any:
    return np.triu_indices_from(np.empty(arr.shape, bool), k)
