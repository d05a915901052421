"""One leaf of a caller's argument: made float64, or refused in a sentence; and the dtype of all of them."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Iterable, Sequence
from numbers import Number
from typing import Any

import numpy as np

from symdiff.arrays import dtype_of
from symdiff.errors import InputError
from symdiff.pytrees import flatten

NARROW = ("float32", "float16", "bfloat16")


def as_leaf(value: Any, name: str) -> tuple[np.ndarray, str]:
    """`value` as a float64 array, and a note if it was something else.

    Raises `InputError` for what is not made of finite real numbers.
    """
    if "numpy.ma" in sys.modules and isinstance(value, np.ma.MaskedArray):  # NumPy loads it when it is asked for
        raise InputError(f"{name} is a masked array: expected a plain one; fill it in with {name}.filled(...)")
    if isinstance(value, np.matrix):
        raise InputError(f"{name} is a np.matrix, whose * is the matrix product: give np.asarray({name}), and write @")
    if isinstance(value, np.ndarray) and type(value).__array_ufunc__ is not np.ndarray.__array_ufunc__:
        raise InputError(f"{name} is {type(value).__name__}, an array with rules of its own: expected a plain array")
    if isinstance(value, str | bytes):
        raise InputError(f"{name} is text ({value[:40]!r}): expected a number or an array of numbers")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as e:
        raise InputError(f"{name} is {type(value).__name__}: expected a number or an array of numbers ({e})") from e
    leaf = _as_floats(array, value, name)
    # a square that is inf or nan stays in the sum for good; a finite sum has none (one may overflow: so look again)
    if not (math.isfinite(np.vdot(leaf, leaf)) or np.all(np.isfinite(leaf))):
        at = np.argwhere(~np.isfinite(np.atleast_1d(leaf)))[0].tolist()
        where = f"{name}{at if leaf.ndim else ''}"
        raise InputError(f"{where} = {float(leaf[tuple(at)] if leaf.ndim else leaf)}: expected finite numbers")
    if array.dtype == np.float64 or array.dtype.name in NARROW:
        return leaf, ""
    kind = type(value).__name__ if isinstance(value, int) else str(array.dtype)
    return leaf, f"{name} is {kind}: differentiated as float64"


def _as_floats(array: np.ndarray, value: Any, name: str) -> np.ndarray:
    """A float64 copy, or `InputError` for what is not made of real numbers."""
    kind = "f" if array.dtype.name in NARROW else array.dtype.kind  # NumPy knows bfloat16 by no letter
    if kind == "c":
        raise InputError(f"{name} is complex: expected real numbers; give real and imaginary part as two arguments")
    if kind == "V":
        fields = ", ".join(array.dtype.names or ())
        raise InputError(f"{name} is a structured array ({fields}): give its fields as a dict")
    if kind == "b":
        raise InputError(f"{name} is made of truth values: there is nothing to differentiate by; expected floats")
    if kind == "O" and isinstance(value, Number):
        what = "an integer too large for a float64" if isinstance(value, int) else type(value).__name__
        raise InputError(f"{name} is {what}: expected a float; give float({name})")
    if kind not in "fiu":
        what = type(value).__name__ if array.ndim == 0 else f"an array of {array.dtype}"
        raise InputError(f"{name} is {what}: expected real numbers")
    leaf = np.array(array, np.float64, order="C")  # the order of a sum must not depend on the caller's strides
    if kind in "iu" and array.size and np.any(np.abs(leaf) > 2.0**53):  # up to there every integer is a float64
        raise InputError(f"{name} has integers above 2**53, which no float64 holds exactly: give floats")
    return leaf


def float_dtype(value: Any) -> str:
    """The name of an array's float dtype; "" for what does not count: integers and Python's own numbers, to
    which np.float64 belongs, too."""
    if isinstance(value, int | float) or not hasattr(value, "dtype") or isinstance(value, np.matrix):
        return ""
    dtype = value.dtype
    name = _name(dtype) if isinstance(dtype, np.dtype) else getattr(dtype, "name", "")
    return name if name in NARROW or name == "float64" else ""


@functools.cache
def _name(dtype: np.dtype) -> str:
    return dtype.name  # NumPy puts it together anew each time


def common_dtype(leaves: Sequence[tuple[str, Any]], data: Iterable[tuple[str, Any]]) -> str:
    """The dtype that named leaves are differentiated in, with named arguments that they meet beside them.

    Raises `InputError` where there are two float dtypes: names one array of each.
    """
    found: dict[str, str] = {}
    for path, value in leaves:
        found.setdefault(float_dtype(value), path)
    found.pop("", None)
    if not found:
        return "float64"
    for path, value in data:
        if float_dtype(value):
            found.setdefault(float_dtype(value), path)
    if len(found) > 1:
        (one, first), (two, second) = list(found.items())[:2]
        raise InputError(f"mixed dtypes: {first} is {one}, {second} is {two}: give all arrays in one of them")
    return next(iter(found))


def rounded(leaf: np.ndarray, name: str, dtype: str) -> np.ndarray:
    """A leaf with the values it has in this dtype: a Python number beside float32 arrays is rounded."""
    if dtype == "float64":
        return leaf
    with np.errstate(over="ignore"):
        found = leaf.astype(dtype_of(dtype)).astype(np.float64)
    if not np.all(np.isfinite(found)):
        raise InputError(f"{name} has a number that is too large for {dtype}: give a smaller one, or float64 arrays")
    return found


def as_numpy(value: Any) -> Any:
    """A pytree of data with arrays that NumPy computes with: JAX's as NumPy's, bfloat16 as float64."""
    leaves, tree = flatten(value)
    return tree.build([_as_numpy(leaf) for leaf in leaves])


def _as_numpy(leaf: Any) -> Any:
    if type(leaf).__module__.partition(".")[0] in ("jax", "jaxlib"):
        leaf = np.asarray(leaf)
    return leaf.astype(np.float64) if float_dtype(leaf) == "bfloat16" else leaf


def plain_copy(value: Any) -> Any:
    """A pytree whose arrays are the caller's own no more: a function may write into its arguments."""
    leaves, tree = flatten(value)
    return tree.build([leaf.copy() if isinstance(leaf, np.ndarray) else leaf for leaf in leaves])


def close(recorded: Any, own: Any) -> bool:
    """Whether a recording gives the function's own array, up to rounding on the scale of its numbers."""
    scale = np.max(np.abs(own), initial=0.0, where=np.isfinite(own))
    return np.shape(recorded) == np.shape(own) and np.allclose(recorded, own, 1e-9, 1e-9 * scale, equal_nan=True)


def same(a: Any, b: Any) -> bool:
    """Whether two pytrees of arguments are interchangeable: equal arrays, equal values, the same objects."""
    (first, one), (second, two) = flatten(a), flatten(b)
    return one == two and all(_same_leaf(x, y) for x, y in zip(first, second, strict=True))


def _same_leaf(x: Any, y: Any) -> bool:
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return type(x) is type(y) and x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()
    return x is y or (type(x) is type(y) and isinstance(x, int | float | complex | str | bytes) and x == y)
