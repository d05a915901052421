"""NumPy's functions on recorded values: which op, or which composition of ops, each of them is.

`implements(np.sum)` puts a function into the table. Its signature is NumPy's; what it does not take is
refused by name. A composition is written with NumPy on recorded values again.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.inputs.recorded import UFUNC_NAMES, Recorded, is_complex, place, record
from symdiff.ops import TABLE as ROWS

FAMILIES = (
    "asking", "calculus", "choosing", "fft", "joining", "linalg", "products", "quantiles", "reductions", "shaping",
    "ufuncs",
)

# functions that make a plain array, or say themselves what a dtype is
OF_ANY_DTYPE = frozenset({np.astype, np.zeros_like, np.ones_like, np.full_like, np.empty_like})

TABLE: dict[Any, Callable[..., Any]] = {}


def implements(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """What these functions of NumPy's do with recorded values."""

    def enter(implementation: Callable[..., Any]) -> Callable[..., Any]:
        for f in functions:
            TABLE[f] = implementation
        return implementation

    return enter


def like_array(value: Any) -> Any:
    """A recorded value as it is, everything else as a plain array."""
    return value if isinstance(value, Recorded) else np.asarray(value)


def like_arrays(*values: Any) -> tuple[Any, ...]:
    """The same for several."""
    return tuple(map(like_array, values))


def call(func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """`__array_function__`: look it up, and refuse what is not there in a sentence."""
    found = _table().get(func)
    if has_complex(args) or has_complex(tuple(kwargs.values())):
        from symdiff.inputs.numpy import complex as of_complex

        return of_complex.call(func, args, kwargs)
    if found is None:
        raise UnsupportedError(f"{place()}{name_of(func)} cannot be recorded: {_why_not(name_of(func))}")
    try:
        given = _signature(found).bind(*args, **kwargs).arguments
    except TypeError as e:
        if _refuses(func, args, kwargs):
            raise
        raise UnsupportedError(f"{place()}{name_of(func)}: {e}; this argument cannot be recorded") from None
    if given.get("out") is not None:  # it would stay as it was
        raise UnsupportedError(f"{place()}{name_of(func)}: out= cannot be recorded; use the value that is returned")
    dtype = given.get("dtype")
    if dtype not in (None, np._NoValue) and func not in OF_ANY_DTYPE and np.dtype(dtype) != np.float64:
        raise UnsupportedError(
            f"{place()}{name_of(func)}: dtype={np.dtype(dtype)} cannot be recorded; values that are differentiated "
            "are float64"
        )
    return found(*args, **kwargs)


@functools.cache
def _signature(f: Callable[..., Any]) -> inspect.Signature:
    """Of a function of the table; looking it up would take half of the time of a recording."""
    return inspect.signature(f)


def has_complex(values: Any, depth: int = 3) -> bool:
    """Whether there is a complex value among these, or in a list among them."""
    return any(
        is_complex(v) or (isinstance(v, list | tuple) and depth > 0 and has_complex(v, depth - 1)) for v in values
    )


def _refuses(func: Callable[..., Any], args: Any, kwargs: Any) -> bool:
    """Whether NumPy does not know this argument, either."""
    try:
        inspect.signature(func).bind(*args, **kwargs)
    except TypeError:
        return True
    except ValueError:  # a function without a signature
        return False
    return False


def _why_not(name: str) -> str:
    for known, why in REFUSED.items():
        if name == known or (known.endswith(".") and name.startswith(known)):
            return why
    return "no op and no composition of ops is known for it"


# what is asked for most, and what to write instead
REFUSED = {
    "np.vectorize": "call the function on the whole array, or sd.array([f(v) for v in x])",
    "np.unique": "its values are those of np.sort(x); keep the indices of a plain array for the rest",
    "np.histogram": "counts have no derivative; where they are wanted as plain numbers, take them outside",
    "np.bincount": "use a plain array of weights: np.sum(x[:, None] * (labels[:, None] == np.arange(n)), 0)",
    "np.put": "it writes into its argument; build the new array with np.where",
    "np.place": "it writes into its argument; build the new array with np.where",
    "np.putmask": "it writes into its argument; build the new array with np.where",
    "np.copyto": "it writes into its argument; use the value itself",
    "np.fill_diagonal": "it writes into its argument; build the new array with np.where(np.eye(n) > 0, value, x)",
    "np.put_along_axis": "it writes into its argument; build the new array with np.where",
    "np.roots": "the roots of a polynomial are no composition of ops here; np.linalg.eigvals of its companion "
    "matrix is the same",
    "np.polyfit": "write it as np.linalg.solve of the normal equations of np.vander(x, degree + 1)",
    "np.nanmedian": "choose the entries first: np.median(x[~np.isnan(x)])",
    "np.nanquantile": "choose the entries first: np.quantile(x[~np.isnan(x)], q)",
    "np.nanpercentile": "choose the entries first: np.percentile(x[~np.isnan(x)], q)",
    "np.nanargmax": "choose the entries first, by a mask: x[~np.isnan(x)]",
    "np.nanargmin": "choose the entries first, by a mask: x[~np.isnan(x)]",
    "np.lexsort": "sort by one key at a time, the last one first: x = x[np.argsort(key)]",
    "np.fft.": "np.fft.fft, ifft, rfft, irfft, fft2, ifft2, fftn, ifftn, fftshift and ifftshift can; for others "
    "multiply by the matrix of the transform",
}


def ufunc(self: Recorded, func: np.ufunc, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`__array_ufunc__` where the ufunc is no elementwise row called plainly."""
    from symdiff.inputs.numpy.ufuncs import method_of

    if kwargs.get("out") is not None:
        target = kwargs["out"][0] if isinstance(kwargs["out"], tuple) else kwargs["out"]
        how = "is being differentiated" if isinstance(target, Recorded) else "holds plain numbers"
        raise UnsupportedError(
            f"{place()}writing into an array (+=, out=) cannot be recorded: the array on the left {how}; "
            "write a = a + x"
        )
    kwargs = {k: v for k, v in kwargs.items() if not _says_nothing(k, v)}
    if has_complex(args):
        from symdiff.inputs.numpy import complex as of_complex

        return of_complex.ufunc(func, method, args, kwargs)
    if method != "__call__":
        found = method_of(func, method, args, kwargs)
        if found is not NotImplemented:
            return found
    elif not kwargs:
        name = UFUNC_NAMES.get(func.__name__, func.__name__)
        if name in ROWS and ROWS[name].elementwise:
            return record(self.graph, name, args)
        if func in _table():
            return _table()[func](*args)
    elif func in _table():
        try:
            return _table()[func](*args, **kwargs)
        except TypeError:
            pass
    how = "" if method == "__call__" else f".{method}"
    if kwargs and method == "__call__":
        raise UnsupportedError(
            f"{place()}np.{func.__name__} with {next(iter(kwargs))}= cannot be recorded: use np.where, or leave it out"
        )
    library = "np" if hasattr(np, func.__name__) else "special"
    name = f"{library}.{func.__name__}{how}"
    raise UnsupportedError(f"{place()}{name} cannot be recorded: the op table has no row for it")


def _says_nothing(name: str, value: Any) -> bool:
    """An option that asks for what is done anyway."""
    if name == "dtype":
        return value is None or np.dtype(value) == np.float64
    if name == "where":
        return value is True
    return name in ("out", "casting", "order", "subok") and value in (None, True, "same_kind", "K")


def name_of(func: Any) -> str:
    """`np.linalg.svd`, as the caller wrote it."""
    module = str(getattr(func, "__module__", "")).replace("numpy", "np").removesuffix("._core.multiarray")
    return f"{module}.{getattr(func, '__name__', func)}"


def _table() -> dict[Any, Callable[..., Any]]:
    for family in FAMILIES:
        _enter(family)
    if "scipy.special" in sys.modules:  # who calls SciPy's functions has imported them; nobody else waits for them
        _enter("special")
    return TABLE


@functools.cache
def _enter(family: str) -> None:
    importlib.import_module(f"symdiff.inputs.numpy.{family}")
