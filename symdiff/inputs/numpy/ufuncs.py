"""Ufuncs that are compositions of rows, and what `ufunc.reduce` and its siblings are.

They are exact where NumPy is: a whole number is taken off before anything is rounded.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements, like_arrays
from symdiff.inputs.recorded import Recorded, place
from symdiff.ops import TABLE


@implements(np.square)
def square(x: Any, /) -> Any:
    return x**2


@implements(np.reciprocal)
def reciprocal(x: Any, /) -> Any:
    return 1.0 / x


@implements(np.positive, np.conjugate)
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
    return TABLE["sinc"](x)


@implements(np.floor_divide)
def floor_divide(x1: Any, x2: Any, /) -> Any:
    """The quotient that belongs to the remainder: 1.0 // 0.1 is 9, though 1.0 / 0.1 rounds to 10."""
    return np.floor((x1 - np.mod(x1, x2)) / x2 + 0.5)


@implements(np.divmod)
def divmod(x1: Any, x2: Any, /) -> Any:
    return np.floor_divide(x1, x2), np.mod(x1, x2)


@implements(np.fmod)
def fmod(x1: Any, x2: Any, /) -> Any:
    """The remainder with the sign of x1, as C has it."""
    rest = np.mod(np.abs(x1), np.abs(x2))
    return np.where(np.less(x1, 0.0), -rest, rest)


@implements(np.trunc, np.fix)
def trunc(x: Any, /) -> Any:
    return np.where(np.less(x, 0.0), np.ceil(x), np.floor(x))


@implements(np.modf)
def modf(x: Any, /) -> Any:
    whole = np.trunc(x)
    return x - whole, whole


@implements(np.rint)
def rint(x: Any, /) -> Any:
    """The nearest whole number, the even one of two."""
    y = np.floor(x + 0.5)
    gap = y - x
    too_high = np.greater(gap, 0.5)  # x + 0.5 was rounded up
    y = np.where(too_high, y - 1.0, y) if np.any(too_high) else y
    tie = np.equal(gap, 0.5)
    if not np.any(tie):  # that is a decision: whether a number is even has a jump at every even number
        return y
    return np.where(np.logical_and(tie, np.equal(np.mod(y, 2.0), 1.0)), y - 1.0, y)


@implements(np.round, np.around)
def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    if out is not None:
        raise UnsupportedError(f"{place()}np.round: out= cannot be recorded; use the value that is returned")
    scale = 10.0 ** abs(decimals)
    if not decimals:
        return np.rint(a)
    return np.rint(a * scale) / scale if decimals > 0 else np.rint(a / scale) * scale


@implements(np.heaviside)
def heaviside(x1: Any, x2: Any, /) -> Any:
    return np.where(np.equal(x1, 0.0), x2, np.where(np.greater(x1, 0.0), 1.0, 0.0))


@implements(np.signbit)
def signbit(x: Any, /) -> Any:
    number = x.value if isinstance(x, Recorded) else x
    if number is not None and np.any(np.signbit(number) & np.equal(number, 0.0)):
        raise UnsupportedError(f"{place()}the sign of -0.0 cannot be recorded: no comparison tells it from 0.0")
    return np.less(x, 0.0)


@implements(np.copysign)
def copysign(x1: Any, x2: Any, /) -> Any:
    size = np.abs(x1)
    return np.where(np.signbit(x2), -size, size)


@implements(np.fmax)
def fmax(x1: Any, x2: Any, /) -> Any:
    """The larger one, or the one that is a number."""
    return np.where(np.isnan(x1), x2, np.where(np.isnan(x2), x1, np.maximum(x1, x2)))


@implements(np.fmin)
def fmin(x1: Any, x2: Any, /) -> Any:
    return np.where(np.isnan(x1), x2, np.where(np.isnan(x2), x1, np.minimum(x1, x2)))


@implements(np.logaddexp2)
def logaddexp2(x1: Any, x2: Any, /) -> Any:
    return np.logaddexp(x1 * np.log(2.0), x2 * np.log(2.0)) / np.log(2.0)


@implements(np.logical_xor, np.bitwise_xor)
def logical_xor(x1: Any, x2: Any, /) -> Any:
    one, two = (np.not_equal(x, 0.0) for x in (x1, x2))
    return np.logical_and(np.logical_or(one, two), np.logical_not(np.logical_and(one, two)))


# Every finite number lies between these two; a comparison of x with itself would be a kink everywhere, and
# infinity is no number for SymPy.
LARGEST = float(np.finfo(np.float64).max)


@implements(np.isnan)
def isnan(x: Any, /) -> Any:
    return np.logical_not(np.logical_or(np.less_equal(x, LARGEST), np.greater(x, LARGEST)))


@implements(np.isposinf)
def isposinf(x: Any, out: Any = None) -> Any:
    return np.greater(x, LARGEST)


@implements(np.isneginf)
def isneginf(x: Any, out: Any = None) -> Any:
    return np.less(x, -LARGEST)


@implements(np.isinf)
def isinf(x: Any, /) -> Any:
    return np.logical_or(np.greater(x, LARGEST), np.less(x, -LARGEST))


@implements(np.isfinite)
def isfinite(x: Any, /) -> Any:
    return np.logical_and(np.less_equal(x, LARGEST), np.greater_equal(x, -LARGEST))


@implements(np.matvec)
def matvec(x1: Any, x2: Any, /) -> Any:
    return np.matmul(x1, np.expand_dims(x2, -1))[..., 0]


@implements(np.vecmat)
def vecmat(x1: Any, x2: Any, /) -> Any:
    return np.matmul(np.expand_dims(x1, -2), x2)[..., 0, :]


# -- reduce, accumulate, outer -------------------------------------------------------------------------

_REDUCED = {
    np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min,
    np.logical_and: np.all, np.logical_or: np.any,
}  # fmt: skip
_TWO = (np.logaddexp, np.logaddexp2, np.hypot, np.subtract, np.divide, np.fmax, np.fmin)


def method_of(func: np.ufunc, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`np.add.reduce(x)` and the like; NotImplemented for those that cannot be recorded."""
    if method == "reduce" and func in _REDUCED:
        names = ("axis", "dtype", "out", "keepdims", "initial", "where")
        options = dict(zip(names, args[1:], strict=False)) | kwargs
        options.setdefault("axis", 0)
        return _REDUCED[func](args[0], **{k: v for k, v in options.items() if v is not None or k == "axis"})
    if method == "accumulate" and func in (np.add, np.multiply):
        return (np.cumsum if func is np.add else np.cumprod)(*args, **{"axis": 0} | kwargs)
    if method in ("reduce", "accumulate") and (func in _TWO or (method == "accumulate" and func.nin == 2)):
        return _one_by_one(func, method, *args, **kwargs)
    if method == "outer" and len(args) == 2 and not kwargs:
        a, b = like_arrays(*args)
        return func(np.reshape(a, (*a.shape, *[1] * b.ndim)), b)
    return NotImplemented


def _one_by_one(func: np.ufunc, method: str, a: Any, axis: Any = 0, *, keepdims: bool = False) -> Any:
    """The ufunc of the first two, of that and the third, and so on."""
    if axis is None or isinstance(axis, tuple):
        if method == "accumulate" or not (axis is None or len(axis) == 1):
            raise UnsupportedError(f"{place()}np.{func.__name__}.{method} is recorded along one axis: axis=0")
        a, axis = (np.ravel(a), 0) if axis is None and not keepdims else (a, (axis or (0,))[0])
    lines = list(np.moveaxis(a, axis, 0))
    if not lines:
        raise ValueError(f"zero-size array to reduction operation {func.__name__}")
    running = [lines[0]]
    for line in lines[1:]:
        running.append(func(running[-1], line))
    if method == "accumulate":
        return np.moveaxis(np.stack(running), 0, axis)
    return np.expand_dims(running[-1], axis) if keepdims else running[-1]
