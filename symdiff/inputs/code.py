"""Python functions: recorded as they run, at the arguments they are given.

A function is recorded once for each structure, shape and set of decisions it meets; at another point the
recording is used again if the caller's code would decide everything as before, else it is made anew. So a
function must depend on its arguments only, as for `jax.jit`: a random draw or a global is read once.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Number
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, dtype_of
from symdiff.errors import InputError, UnsupportedError
from symdiff.graph import Graph
from symdiff.inputs import meeting_jax
from symdiff.inputs.around import explained, no_silent_cast
from symdiff.inputs.leaves import as_leaf, as_numpy, close, common_dtype, plain_copy, rounded, same
from symdiff.inputs.recorded import Recorded, is_complex, is_of_jax
from symdiff.problem import Wrt, nearest
from symdiff.pytrees import Tree, flatten

MOST_RECORDINGS = 16  # of one function; the oldest is forgotten


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A function recorded at some arguments.

    `chosen` are the positions of the arguments that are differentiated by, `single` says that one was asked
    for by itself; `trees` are their structures, `answer` is that of the result, `still` all other arguments.
    """

    problem: ArrayProblem
    chosen: tuple[int, ...]
    single: bool
    trees: tuple[Tree, ...]
    answer: Tree
    still: tuple[Any, ...]

    @property
    def width(self) -> int:
        """How many leaves are differentiated by."""
        return sum(tree.leaves for tree in self.trees)

    def of_variables(self, count: int, single: bool) -> Recording:
        """The recording with its first arguments as the variables; the others are data."""
        return replace(self, chosen=self.chosen[:count], trees=self.trees[:count], single=single)

    def like_arguments(self, leaves: Sequence[Any]) -> Any:
        """Leaves as the caller's arguments: bare for one that was asked for by itself, else a tuple."""
        return self.like_arguments_of([_number(v) for v in leaves])

    def like_arguments_of(self, rows: Sequence[Any]) -> Any:
        """Anything, one per leaf, in the structure of the arguments."""
        parts, start = [], 0
        for tree in self.trees:
            parts.append(tree.build(rows[start : start + tree.leaves]))
            start += tree.leaves
        return parts[0] if self.single else tuple(parts)

    def arguments(self, args: Sequence[Any], leaves: Sequence[Any], dtype: str = "") -> tuple[Any, ...]:
        """The caller's arguments with other leaves in the chosen ones, as they are or in a dtype."""
        kind = dtype_of(dtype) if dtype else None
        plain = [v if _is_open(v) else np.asarray(v, kind)[()] for v in leaves]
        return tuple(with_leaves(args, self.chosen, self.trees, plain))

    def like_answer(self, leaves: Sequence[Any]) -> Any:
        """Leaves as the function's result."""
        return self.answer.build([_number(v) for v in leaves])


def _is_open(value: Any) -> bool:
    """Whether a value writes down what is done with it, for us or for JAX, or is an array of JAX's."""
    return isinstance(value, Recorded) or is_of_jax(value)


def _number(value: Any) -> Any:
    """An array without axes as the number it is: Python's for float64, NumPy's for a narrower dtype."""
    if not isinstance(value, np.ndarray | np.generic) or np.ndim(value):
        return value
    return float(value) if value.dtype == np.float64 else np.asarray(value)[()]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A call, looked at: the arguments as NumPy takes them, and what is differentiated by."""

    args: list[Any]
    kwargs: dict[str, Any]
    given: tuple[Sequence[Any], dict[str, Any]]  # the same as they came
    chosen: tuple[int, ...]
    single: bool
    leaves: list[Any]
    trees: tuple[Tree, ...]
    names: list[str]
    notes: list[str]
    still: tuple[Any, ...]  # all other arguments
    dtype: str


@dataclass(slots=True, eq=False)
class Code:
    """A Python function and what was recorded of it."""

    f: Callable[..., Any]
    names: tuple[str, ...]  # of the positional parameters, as far as the function says
    language: str = "numpy"  # or "jax": once it was seen to be a JAX function
    recordings: list[Recording] = field(default_factory=list)
    entry_by_entry: bool = False  # whether it is recorded on arrays of objects: see `objects`
    again: dict[Any, list[Any]] = field(default_factory=dict)  # by operator and method: calls a program answers

    @property
    def name(self) -> str:
        f = self.f
        while isinstance(f, functools.partial):
            f = f.func
        return getattr(f, "__name__", type(f).__name__)

    @property
    def leaf_names(self) -> Mapping[str, str]:
        """The function's own names for the leaves of its arguments, by their paths, where it has an attribute of that
        name: `{"params[0]['W']": "W1"}`."""
        named = getattr(self.f, "leaf_names", None)
        return named if isinstance(named, Mapping) else {}

    def arguments(self, args: Sequence[Any], at: dict[str, Any]) -> tuple[Any, ...]:
        """The positional arguments, from positions and by name."""
        missing = [n for n in self.names[len(args) :] if n in at]
        unknown = [n for n in at if n not in self.names]
        if unknown and self.names:
            raise InputError(f"{unknown[0]!r} is not an argument of {self.name}" + nearest(unknown[0], self.names))
        if list(self.names[len(args) : len(args) + len(missing)]) != missing:
            gap = next(n for n in self.names[len(args) :] if n not in at)
            raise InputError(f"no value given for {gap}: the arguments are {', '.join(self.names)}")
        return (*args, *(at[n] for n in missing))

    def by_position(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """f(x=..., y=...): arguments by name are arguments, and are taken out of `kwargs`."""
        if not kwargs or len(args) >= len(self.names):
            return args
        return self.arguments(args, {k: kwargs.pop(k) for k in self.names[len(args) :] if k in kwargs})

    def select(self, wrt: Wrt, count: int) -> tuple[tuple[int, ...], bool]:
        """The positions of the arguments to differentiate by; the first unless `wrt` says."""
        wrt = 0 if wrt is None else wrt
        single = isinstance(wrt, int | str)
        if not single and not isinstance(wrt, Iterable):
            raise InputError(f"wrt={wrt!r}: expected an argument's name or position, or a sequence of them")
        chosen = [self._position(w, count) for w in ([wrt] if isinstance(wrt, int | str) else wrt)]
        for k, position in enumerate(chosen):
            if position in chosen[:k]:
                raise InputError(f"wrt={wrt!r} has argument {position} of {self.name} twice")
        return tuple(chosen), single

    def _position(self, wrt: Any, count: int) -> int:
        names = [self.names[k] if k < len(self.names) else f"argument {k}" for k in range(count)]
        if isinstance(wrt, str):
            if wrt in self.names[count:]:
                raise InputError(f"wrt={wrt!r}: {self.name} was given no value for it; a default is no point")
            if wrt not in names:
                raise InputError(f"wrt={wrt!r} is not an argument of {self.name}" + nearest(wrt, names))
            return names.index(wrt)
        if isinstance(wrt, bool) or not isinstance(wrt, int) or not -count <= wrt < count:
            raise InputError(
                f"wrt={wrt!r}: expected the name of an argument of {self.name} or a position below {count}"
            )
        return wrt % count

    def recorded(
        self, given: Sequence[Any], given_by_name: dict[str, Any], wrt: Wrt = None, fresh: bool = False
    ) -> tuple[Recording, list[np.ndarray]]:
        """The recording that holds at these arguments, and the leaves of those that are differentiated by."""
        call = self.call(given, given_by_name, wrt)
        known = None if fresh else self._known(call)
        if known is None:
            known = self._record(call)
            self.recordings = [*self.recordings[-MOST_RECORDINGS + 1 :], known]
        return known, call.leaves

    def known(self, given: Sequence[Any], wrt: Wrt = None) -> tuple[Recording | None, list[np.ndarray]]:
        """The same, but nothing is recorded: None where it would have to be."""
        call = self.call(given, {}, wrt)
        return self._known(call), call.leaves

    def call(self, given: Sequence[Any], given_by_name: dict[str, Any], wrt: Wrt) -> Call:
        """The arguments of a call, looked at: see `Call`."""
        if not given:
            raise InputError(f"{self.name} was given no argument: nothing to differentiate by")
        if not isinstance(given_by_name, dict):
            raise InputError(f"kwargs: expected a mapping of names to values, got {type(given_by_name).__name__}")
        chosen, single = self.select(wrt, len(given))
        args = [a if k in chosen else as_numpy(a) for k, a in enumerate(given)]
        kwargs = {name: as_numpy(a) for name, a in given_by_name.items()}
        dtype, leaves, trees, names, notes = self._leaves(given, chosen, given_by_name)
        still = tuple(a for k, a in enumerate(args) if k not in chosen) + tuple(sorted(kwargs.items()))
        by_name = (given, given_by_name)
        return Call(args, kwargs, by_name, chosen, single, leaves, trees, names, notes, still, dtype)

    def _known(self, call: Call) -> Recording | None:
        for known in self.recordings:
            if (
                (known.chosen, known.trees, known.problem.dtype) == (call.chosen, call.trees, call.dtype)
                and known.problem.shapes == [np.shape(v) for v in call.leaves]
                and same(known.still, call.still)
                and known.problem.holds(call.leaves)
            ):
                return known if known.single == call.single else replace(known, single=call.single)
        return None

    def _leaves(
        self, args: Sequence[Any], chosen: Sequence[int], kwargs: dict[str, Any]
    ) -> tuple[str, list[Any], tuple[Tree, ...], list[str], list[str]]:
        leaves: list[Any] = []
        given: list[tuple[str, Any]] = []
        trees, names, notes = [], [], []
        for k in dict.fromkeys(chosen):
            root = self.names[k] if k < len(self.names) else f"arg{k}"
            values, tree = flatten(args[k])
            if args[k] is None:
                raise InputError(f"{root} is None: expected a number, an array or a pytree of them")
            for value, path in zip(values, tree.paths(root), strict=True):
                leaf, remark = as_leaf(value, path)
                leaves.append(leaf)
                given.append((path, value))
                names.append(self.leaf_names.get(path, path))
                notes += [remark] if remark else []
            trees.append(tree)
        dtype = common_dtype(given, self._data(args, chosen, kwargs))
        leaves = [rounded(v, name, dtype) for v, name in zip(leaves, names, strict=True)]
        return dtype, leaves, tuple(trees), names, [n.replace("as float64", f"as {dtype}") for n in notes]

    def _data(self, args: Sequence[Any], chosen: Sequence[int], kwargs: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """The leaves of all other arguments, with their names."""
        names = [*self.names, *(f"arg{k}" for k in range(len(self.names), len(args)))]
        still = [(names[k], a) for k, a in enumerate(args) if k not in chosen]
        for root, value in (*still, *kwargs.items()):
            values, tree = flatten(value)
            yield from zip(tree.paths(root), values, strict=True)

    def _record(self, call: Call) -> Recording:
        """As NumPy runs it, or, where it calls JAX, by its jaxpr."""
        if self.language == "jax":
            return self._traced(call)
        if self.entry_by_entry:
            from symdiff.inputs.objects import recording

            return recording(self, call)
        ran: Recording | None = None
        try:
            ran = self.ran(call)
            if not ran.problem.graph.met_jax:
                return ran
        except Exception as e:
            sure = meeting_jax.objects(e)
            if not (sure or meeting_jax.among(call.given)):
                raise
            try:
                found = self._traced(call)
            except Exception:
                if sure:
                    raise
                raise e from None  # a NumPy function that was given an array of JAX's
        else:
            try:
                found = self._traced(call)
            except Exception:  # noqa: BLE001 - NumPy runs it, and JAX does not, for whatever reason
                return ran
        self.language = "jax"
        return found

    def _traced(self, call: Call) -> Recording:
        from symdiff.inputs.jax.tracing import recording

        return recording(self, call)

    def ran(self, call: Call, given: Callable[[Recorded], Any] = lambda v: v) -> Recording:
        """The function as NumPy runs it on recorded values, each of which it is `given` in some form."""
        args, kwargs, chosen, trees, leaves = call.args, call.kwargs, call.chosen, call.trees, call.leaves
        graph = Graph(places=True)
        values = [Recorded(graph, graph.input(n, np.shape(v)), v[()]) for n, v in zip(call.names, leaves, strict=True)]
        with np.errstate(all="ignore"), explained(self.name):
            result = self.f(*with_leaves(args, chosen, trees, [given(v) for v in values]), **kwargs)
        found, answer = flatten(result)
        paths = answer.paths("result")
        graph.outputs = tuple(self.output(graph, y, path) for y, path in zip(found, paths, strict=True))
        if not graph.outputs:
            raise InputError(f"{self.name} returns {kind_of(result)}: expected numbers or arrays; is there a return?")
        graph.places = False

        own = functools.partial(self.own, call)
        problem = ArrayProblem(graph, tuple(call.names), self.name, own, tuple(call.notes), dtype=call.dtype)
        if graph.wrote:
            self._look_again(problem, leaves)
        still = plain_copy(call.still)  # the caller may write into his arrays
        return Recording(problem, chosen, call.single, trees, answer, still)

    def _look_again(self, problem: ArrayProblem, leaves: Sequence[Any]) -> None:
        """Where the code writes into an array (y += x), every name and view of that array changes with NumPy, and
        only y in the recording: refuse it where that makes a difference."""
        for recorded, own in zip(problem.evaluate(leaves), problem.own(leaves), strict=True):
            if not close(recorded, own):
                raise UnsupportedError(
                    f"{problem.graph.wrote}: this writes into an array that has another name, too, or is a view of "
                    "another one (y = x; y += 1): write y = y + 1, or copy first"
                )

    def _truth_values(self, path: str) -> str:
        return f"{self.name} returns truth values as {path}: they have no derivative; expected floats"

    def own(self, call: Call, leaves: Sequence[Any]) -> list[Any]:
        """The arrays that the function itself gives at other leaves of a call; it is given copies of all."""
        return [np.asarray(y) for y in flatten(self.answer(call, [np.array(v)[()] for v in leaves]))[0]]

    def answer(self, call: Call, leaves: Sequence[Any]) -> Any:
        """What the function returns with these leaves, and with copies of what else the call holds."""
        others = [None if k in call.chosen else plain_copy(a) for k, a in enumerate(call.args)]
        args = with_leaves(others, call.chosen, call.trees, leaves)
        with np.errstate(all="ignore"), no_silent_cast(leaves):
            return self.f(*args, **call.kwargs)

    def output(self, graph: Graph, y: Any, path: str) -> int:
        """The node of one leaf of the result, or `InputError` for what is no number."""
        if graph.objects:
            from symdiff.inputs.objects import together

            y = together(y)
        if isinstance(y, Recorded):
            if y.graph is not graph:
                raise InputError(f"{self.name} returns a value of another recording: it keeps values between calls")
            if graph.nodes[y.index].kind == "b":
                raise InputError(self._truth_values(path))
            return y.index if graph.nodes[y.index].kind == "f" else (y * 1.0).index
        if is_complex(y):
            raise InputError(
                f"{self.name} returns complex values as {path}: expected real ones; return y.real or np.abs(y)"
            )
        if hasattr(y, "cr_await"):
            y.close()  # a coroutine that nobody will wait for
            raise InputError(f"{self.name} is an async function: expected a plain one, that returns numbers or arrays")
        array = np.asarray(y)
        if array.dtype.kind == "b":
            raise InputError(self._truth_values(path))
        if array.dtype.kind not in "fiu" or not isinstance(y, Number | np.ndarray | np.generic):
            raise InputError(f"{self.name} returns {kind_of(y)} as {path}: expected numbers or arrays of them")
        return graph.const(array.astype(np.float64) if array.ndim else float(array))


def with_leaves(args: Sequence[Any], chosen: Sequence[int], trees: Sequence[Tree], leaves: Sequence[Any]) -> list[Any]:
    """The arguments with other leaves in the chosen ones."""
    given, start = list(args), 0
    for k, tree in zip(dict.fromkeys(chosen), trees, strict=True):
        given[k] = tree.build(leaves[start : start + tree.leaves])
        start += tree.leaves
    return given


def kind_of(value: Any) -> str:
    if value is None:
        return "None"
    return f"an array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__


def from_code(f: Callable[..., Any]) -> Code:
    """A Python function, ready to be recorded."""
    language = "jax" if meeting_jax.is_jax_function(f) else "numpy"
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        return Code(f, (), language)
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return Code(f, tuple(p.name for p in signature.parameters.values() if p.kind in kinds), language)
