"""Data as inputs of a graph: a recorded value that no variable is in, only arrays that come new with every call.

Without a recording it would be a plain array. What is done with it must mean the same here, or be noticed: a
plain array can be converted, hashed, asked for its type. Whatever is not known to be the same is written into
`graph.asked`. A recording in which something was asked is given up, and its data stay constants.
"""

from __future__ import annotations

import functools
import sys
from types import FrameType
from typing import Any

import numpy as np

from symdiff.graph import Graph
from symdiff.inputs.recorded import Recorded
from symdiff.ops import TABLE, Op

_OWN = {"graph", "index", "value", "decided"}
# attributes and methods that mean what they mean for an array of float64
SAFE_ATTRIBUTES = frozenset(
    "shape ndim size T mT sum mean max min dot reshape ravel flatten transpose squeeze swapaxes clip std var all any "
    "prod cumsum repeat trace diagonal round copy".split()
)
SAFE_FUNCTIONS = frozenset(
    {
        np.shape, np.ndim, np.size, np.sum, np.mean, np.max, np.min, np.std, np.var, np.prod, np.cumsum, np.any,
        np.all, np.average, np.dot, np.vdot, np.inner, np.outer, np.einsum, np.tensordot, np.trace, np.linalg.norm,
        np.reshape, np.ravel, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.broadcast_to,
        np.concatenate, np.stack, np.vstack, np.hstack, np.column_stack, np.where, np.clip, np.repeat, np.tile,
        np.diagonal, np.zeros_like, np.ones_like, np.round,
    }
)  # fmt: skip
# steps that only move entries, add them up or pick the largest: they cannot fail, and JAX's are NumPy's
SAFE_ROWS = frozenset(
    "total product sum amax amin logsumexp cumsum any all reshape transpose broadcast_to getitem concatenate matmul "
    "einsum".split()
)
# with these a count of truth values, whole for NumPy, is not the number it is here
UNSAFE_UFUNCS = frozenset("remainder mod fmod floor_divide divmod bitwise_xor invert".split())
# steps that leave every entry as it is
MOVING_ROWS = frozenset("reshape transpose broadcast_to getitem concatenate".split())
LOGICAL_ROWS = frozenset("logical_and logical_or logical_not".split())  # of integers, & and ~ are bits

# rooms that record; whoever else handles a value, a net or SciPy, asks what the caller asks
_RECORDING = frozenset("graph inputs ops overloads pytrees".split())
_PASSING_ON = frozenset("abc functools typing".split())  # modules that ask for others: isinstance of abstract classes


class Datum(Recorded):
    """A recorded value that depends on data alone."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        if name not in SAFE_ATTRIBUTES and name not in _OWN and from_outside(sys._getframe(1)):
            _ask(self, name)  # `isinstance(x, np.ndarray)` is such a question, too: for `__class__`
        return super().__getattribute__(name)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
        plain = method == "__call__" and not kwargs and ufunc.__name__ not in UNSAFE_UFUNCS
        if not plain and from_outside(sys._getframe(1)):
            _ask(self, f"{ufunc.__name__}.{method}")
        return super().__array_ufunc__(ufunc, method, *args, **kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func not in SAFE_FUNCTIONS and from_outside(sys._getframe(1)):
            _ask(self, func.__name__)
        return super().__array_function__(func, types, args, kwargs)

    def __bool__(self) -> bool:
        if np.size(self.value) != 1:  # not the error that NumPy raises
            _ask(self, "bool")
        return super().__bool__()

    def __hash__(self) -> int:  # an array has none
        if from_outside(sys._getframe(1)):
            _ask(self, "hash")
        return object.__hash__(self)


class Whole(Datum):
    """Data that are integers for NumPy and floats here: the same where they meet floats or are compared, and
    nowhere else."""

    __slots__ = ()


def _asking(name: str, always: bool) -> Any:
    """A method of Python's that a plain array answers with its numbers, or not as a recorded value does."""
    of_recorded = getattr(Recorded, name)

    def method(self: Datum, *args: Any) -> Any:
        if always or from_outside(sys._getframe(1)):
            _ask(self, name)
        return of_recorded(self, *args)

    method.__name__ = name
    return method


_REFUSED = "__float__ __int__ __index__ __complex__ __array__ __setitem__".split()
_OTHERWISE = (
    "__repr__ __format__ __floordiv__ __rfloordiv__ __mod__ __rmod__ __divmod__ __rdivmod__ __xor__ __rxor__ __round__ "
    "__contains__"
).split()
for _name in (*_REFUSED, *_OTHERWISE):
    setattr(Datum, _name, _asking(_name, _name in _REFUSED))


def from_outside(frame: FrameType | None) -> bool:
    """Whether this frame is of code that takes the value for an array."""
    while frame is not None and frame.f_globals.get("__name__") in _PASSING_ON:
        frame = frame.f_back
    return frame is None or not _records(str(frame.f_globals.get("__name__", "")))


@functools.lru_cache(maxsize=1024)
def _records(module: str) -> bool:
    package, _, rest = module.partition(".")
    return package == "symdiff" and rest.partition(".")[0] in _RECORDING


def result(graph: Graph, index: int, value: Any, row: Op, args: tuple[Any, ...]) -> Recorded:
    """Node `index`, a step that only data went into: `args` are data and plain numbers."""
    whole = [isinstance(a, Whole) for a in args]
    made = (Whole if row.name in MOVING_ROWS and all(whole) else Datum)(graph, index, value)
    if not (row.elementwise or row.name in SAFE_ROWS) or graph.nodes[index].kind == "i":
        _ask(made, row.name)  # it can fail where another batch does not, or counts where NumPy counts in integers
    elif isinstance(made, Whole):
        if not made.shape:
            _ask(made, "a whole number")  # x**n of such a one is another step
    elif row.name in LOGICAL_ROWS and any(whole):
        _ask(made, f"{row.name} of integers")
    elif not row.boolean and not any(map(_is_float, args[row.name == "where" :])) and not _of_truth(row, args):
        _ask(made, f"{row.name} of integers or truth values")  # True + True is True
    return made


def _is_float(a: Any) -> bool:
    if isinstance(a, Recorded):
        return a.graph.nodes[a.index].kind == "f" and not isinstance(a, Whole)
    return np.asarray(a).dtype.kind == "f"


def _of_truth(row: Op, args: tuple[Any, ...]) -> bool:
    """Whether truth values are moved and stay what they are."""
    return row.name in MOVING_ROWS and all(isinstance(a, Recorded) and not isinstance(a, Whole) for a in args)


def _ask(x: Recorded, what: str) -> None:
    asked = object.__getattribute__(x, "graph").asked
    if asked is not None:
        asked.append(what)


def as_data(x: Recorded, kind: str) -> Any:
    """An input that is data of this kind, NumPy's letter; from now on its graph notes what is asked."""
    if x.graph.asked is None:
        x.graph.asked = []
    if kind in "iu":
        return Whole(x.graph, x.index, x.value)
    datum = Datum(x.graph, x.index, x.value)
    return datum if kind == "f" else datum != 0.0


assert SAFE_ROWS <= set(TABLE)
