"""NumPy's functions on recorded values: which op, or which composition of ops, each of them is.

`implements(np.sum)` puts a function into the table. Its signature is NumPy's; what it does not take is
refused by name. A composition is written with NumPy on recorded values again.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.inputs.recorded import Recorded, place, record

FAMILIES = ("choosing", "linalg", "products", "quantiles", "reductions", "shaping", "special")

TABLE: dict[Any, Callable[..., Any]] = {}


def implements(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """What these functions of NumPy's do with recorded values."""

    def enter(implementation: Callable[..., Any]) -> Callable[..., Any]:
        for f in functions:
            TABLE[f] = implementation
        return implementation

    return enter


def call(self: Recorded, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """`__array_function__`: look it up, and refuse what is not there in a sentence."""
    found = _table().get(func)
    if found is None:
        raise UnsupportedError(f"{place()}{name_of(func)} cannot be recorded: no op and no composition of ops is known for it")
    try:
        inspect.signature(found).bind(*args, **kwargs)
    except TypeError as e:
        raise UnsupportedError(f"{place()}{name_of(func)}: {e}; this argument cannot be recorded") from None
    return found(*args, **kwargs)


def ufunc(self: Recorded, func: np.ufunc, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`__array_ufunc__` where the ufunc is no elementwise row called plainly."""
    if method == "reduce":
        known = {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min,
                 np.logical_and: np.all, np.logical_or: np.any}  # fmt: skip
        if func in known:
            kwargs.setdefault("axis", 0)
            return known[func](*args, **{k: v for k, v in kwargs.items() if v is not None or k == "axis"})
    if method == "accumulate" and func in (np.add, np.multiply):
        return (np.cumsum if func is np.add else np.cumprod)(*args, **{"axis": 0} | kwargs)
    if method == "outer" and len(args) == 2 and not kwargs:
        a, b = (x if isinstance(x, Recorded) else np.asarray(x) for x in args)
        return func(np.reshape(a, (*a.shape, *[1] * b.ndim)), b)
    found = _table().get(func) if method == "__call__" else None
    out = kwargs.pop("out", None)
    if out is not None:
        raise UnsupportedError(
            f"{place()}writing into an array (+=, out=) cannot be recorded: the array on the left holds plain numbers; "
            "write a = a + x"
        )
    if kwargs.get("where", True) is True:
        kwargs.pop("where", None)
    if kwargs.get("dtype") in (None, float, np.float64):
        kwargs.pop("dtype", None)
    if found is None and method == "__call__" and not kwargs:
        from symdiff.inputs.recorded import _UFUNC_NAMES
        from symdiff.ops import TABLE as ROWS

        name = _UFUNC_NAMES.get(func.__name__, func.__name__)
        if name in ROWS and ROWS[name].elementwise:
            return record(self.graph, name, args)
    if found is None:
        how = "" if method == "__call__" else f".{method}"
        raise UnsupportedError(f"{place()}np.{func.__name__}{how} cannot be recorded: the op table has no row for it")
    return found(*args, **kwargs)


def name_of(func: Any) -> str:
    """`np.linalg.svd`, as the caller wrote it."""
    module = str(getattr(func, "__module__", "")).replace("numpy", "np").removesuffix("._core.multiarray")
    return f"{module}.{getattr(func, '__name__', func)}"


@functools.cache
def _table() -> dict[Any, Callable[..., Any]]:
    for family in FAMILIES:
        importlib.import_module(f"symdiff.inputs.numpy.{family}")
    return TABLE
