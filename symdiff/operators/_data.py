"""Data as arguments: arrays that a call is not differentiated by, and that come new with every minibatch.

Recorded as a call is by default, they are constants, and new ones are a new recording. Here the same call is seen
as one of another function, whose data stand behind the variables and are inputs of its graph; the task
differentiates by the first ones alone. `Template` does that for any function, `Prepared` for those that say
themselves how their data are checked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symdiff.arrays import dtype_of
from symdiff.errors import InputError, SymdiffError
from symdiff.inputs.asking import asks_for_types
from symdiff.inputs.code import MOST_RECORDINGS, Code, Recording
from symdiff.inputs.datum import as_data
from symdiff.inputs.leaves import as_numpy, common_dtype, float_dtype, plain_copy, same
from symdiff.inputs.recorded import Recorded
from symdiff.problem import Wrt
from symdiff.pytrees import flatten

MOST_IN_VAIN = 4  # recordings one after the other that took the place of others, and no call came back to
MOST_SHAPES = 64  # that are remembered to have come before


class Template:
    """Calls that differ in the numbers of their arrays alone. All else, also which arrays are one and the same
    object, is part of the template: Python's numbers, texts, objects.

    It is used only where a recording with data as inputs was proven: the answer was that of the recording with
    constants, and the caller's code did nothing on the way that an array would have answered otherwise.
    """

    def __init__(self, code: Code, args: Sequence[Any], kwargs: dict[str, Any], recording: Recording) -> None:
        self.chosen, self.count = recording.chosen, len(args)
        self.single = recording.single
        self.dtype = recording.problem.dtype
        self.proven: list[Recording] = []
        self.in_vain = 0
        values, self._tree = self._others(args, kwargs)
        self._moving, self._which, data = self._cut(values)
        self._place = [k for k, _ in self._moving]
        self._still = plain_copy([None if k in self._place else v for k, v in enumerate(values)])
        self._f = code.f
        self._seen = [[*recording.problem.shapes, *map(np.shape, data)]]
        names = [code.names[k] if k < len(code.names) else f"arg{k}" for k in self.chosen]
        self.code = Code(self._call, tuple(names))

    @property
    def useful(self) -> bool:
        """Whether there are data that may come new, and recordings of them came to be used."""
        return bool(self._moving) and self.in_vain <= MOST_IN_VAIN

    def learn(self, given: Sequence[Any], reproduced: Callable[[Recording, Sequence[Any]], bool]) -> None:
        """Record this call with its data as inputs, the second time that its shapes come; what cannot be proven now
        is not tried again."""
        try:
            _, leaves = self.code.known(given, range(len(given)))
        except SymdiffError:  # numbers that are not finite are no input of any recording
            return
        shapes = [np.shape(v) for v in leaves]
        if shapes not in self._seen:
            self._seen = [*self._seen[-MOST_SHAPES:], shapes]
            return
        full = len(self.proven) == MOST_RECORDINGS
        self.in_vain += full or any(known.problem.shapes == shapes for known in self.proven)
        if not self.proven and asks_for_types(self._f):
            self._give_up()
            return
        with contextlib.suppress(Exception):  # the user's code may object to recorded data in any way it likes
            recording, leaves = self.code.recorded(given, {}, range(len(given)))
            graph = recording.problem.graph
            rounded = self.dtype != "float64" and bool(graph.guards)  # decisions are taken in float64
            if not (graph.asked or graph.wrote or rounded) and reproduced(recording, leaves) and self.useful:
                self.proven = [*self.proven[-MOST_RECORDINGS + 1 :], recording]
                return
        self._give_up()

    def _give_up(self) -> None:
        self.in_vain = MOST_IN_VAIN + 1
        self.proven, self.code.recordings = [], []

    def holding(self, given: Sequence[Any]) -> tuple[Recording | None, Sequence[Any]]:
        """The proven recording that holds for these arguments, and its leaves."""
        variables = given[: len(self.chosen)]
        if not self.proven or not self._of_dtype(variables):
            return None, ()
        try:
            recording, leaves = self.code.known(given, range(len(given)))
        except SymdiffError:  # the call itself will say what is wrong
            return None, ()
        if not any(recording is known for known in self.proven):
            return None, ()
        self.in_vain = 0
        return recording, leaves

    def arguments(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, ...] | None:
        """The variables, then the data; None for a call that this is no template of."""
        if len(args) != self.count:
            return None
        values, tree = self._others(args, kwargs)
        if tree != self._tree:
            return None
        moving, which, data = self._cut(values)
        if moving != self._moving or which != self._which:
            return None
        for k, (was, v) in enumerate(zip(self._still, values, strict=True)):
            if k not in self._place and not same(was, v):
                return None
        return (*(args[k] for k in self.chosen), *data)

    def _of_dtype(self, variables: Sequence[Any]) -> bool:
        """Whether the variables alone say the dtype, as they do where data are constants."""
        return self.dtype == "float64" or any(float_dtype(v) for a in variables for v in flatten(a)[0])

    def _others(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[list[Any], Any]:
        """The leaves of all other arguments."""
        positional = [as_numpy(a) for k, a in enumerate(args) if k not in self.chosen]
        return flatten((positional, {name: as_numpy(a) for name, a in kwargs.items()}))

    def _cut(self, values: Sequence[Any]) -> tuple[list[tuple[int, str]], list[int], list[np.ndarray]]:
        """Which of the leaves are data, and of what dtype; which of the data each one is; the data as floats."""
        dtype, place = dtype_of(self.dtype), {}
        moving: list[tuple[int, str]] = []
        which: list[int] = []
        data: list[np.ndarray] = []
        for k, v in enumerate(values):
            if type(v) is np.ndarray and v.ndim and v.size and (v.dtype == dtype or _exact(v, dtype)):
                if id(v) not in place:
                    place[id(v)] = len(data)
                    data.append(v.astype(dtype, copy=False))
                which.append(place[id(v)])
                moving.append((k, v.dtype.str))
        return moving, which, data

    def _call(self, *given: Any) -> Any:
        """The function: called with recorded values where it is recorded, with arrays where it is run."""
        width = len(self.chosen)
        values = [v.copy() if isinstance(v, np.ndarray) else v for v in self._still]
        seen: dict[int, Any] = {}  # one array given twice is one object
        for (k, kind), w in zip(self._moving, self._which, strict=True):
            if w not in seen:
                v = given[width + w]
                recorded, letter = isinstance(v, Recorded), np.dtype(kind).kind
                seen[w] = as_data(v, letter) if recorded else v if letter == "f" else v.astype(np.dtype(kind))
            values[k] = seen[w]
        positional, kwargs = self._tree.build(values)
        others = iter(positional)
        variables = dict(zip(self.chosen, given[:width], strict=True))
        args = [variables[k] if k in variables else next(others) for k in range(self.count)]
        return self._f(*args, **kwargs)


def _exact(v: np.ndarray, dtype: np.dtype) -> bool:
    """Whether these integers or truth values are floats of this dtype, every one."""
    if v.dtype.kind == "b":
        return True
    if v.dtype.kind not in "iu" or dtype.itemsize < 4:
        return False
    most = 2**24 if dtype.itemsize == 4 else 2**53
    return v.dtype.itemsize <= dtype.itemsize // 2 or (-most <= int(np.min(v)) and int(np.max(v)) <= most)


class Prepared:
    """Calls of a function that says how its data are checked and made numbers. Its `__symdiff_data__` takes the
    arguments and returns them with arrays of floats as the data, for its `__symdiff_prepared__`; or it raises what
    the function raises. What it returns can be recorded with inputs: it decides nothing by the data any more.
    """

    def __init__(self, code: Code, chosen: tuple[int, ...], single: bool) -> None:
        self.chosen, self.single, self.in_vain = chosen, single, 0
        f: Any = code.f
        self._check = f.__symdiff_data__
        self.code = Code(f.__symdiff_prepared__, code.names)

    @staticmethod
    def of(code: Code, wrt: Wrt) -> Prepared | None:
        """Where the function has such a way, and is differentiated by its first argument."""
        if getattr(code.f, "__symdiff_data__", None) is None:
            return None
        try:
            chosen, single = code.select(wrt, len(code.names))
        except InputError:
            return None
        return Prepared(code, chosen, single) if chosen == (0,) else None

    def arguments(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, ...] | None:
        """The variables, then the data; None where something is wrong with them: the call itself will say what."""
        if kwargs or len(args) != len(self.code.names):
            return None
        first, *data = args
        try:
            data = [v if type(v) is np.ndarray else as_numpy(v) for v in data]
            leaves = [("", v) for v in flatten(first)[0]]
            dtype = dtype_of(common_dtype(leaves, [("", v) for d in args[1:] for v in flatten(d)[0]]))
            checked = self._check(first, *data)[1:]
        except Exception:  # noqa: BLE001 - whatever is wrong with them, the call itself will say it
            return None
        if not all(type(v) is np.ndarray and v.dtype.kind in "fiub" for v in checked):
            return None
        return (first, *(v.astype(dtype, copy=False) for v in checked))

    def holding(self, given: Sequence[Any]) -> tuple[Recording | None, Sequence[Any]]:
        """The recording for these arguments, and its leaves."""
        try:
            return self.code.recorded(given, {}, range(len(given)))
        except SymdiffError:  # the call itself will say what is wrong
            return None, ()


Way = Template | Prepared
