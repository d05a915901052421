"""An array graph, entry by entry: the same function as a graph of scalar steps.

SymPy differentiates these steps, the balls run through them, and the rounding bounds are theirs. What an
array op means entry by entry is the column `scalars` of its row; an elementwise op is itself, once for
every entry. Where the caller's code decided something (a branch, a sorting order) the scalar graph is made
for that decision, and says so in its guards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.graph import CONST, INPUT, Graph, Node, Shape, run
from symdiff.ops import TABLE, Op
from symdiff.ops.piecewise import where
from symdiff.overloads import Operators, note

MOST_STEPS = 60_000  # scalar steps of a function
MOST_OF_A_PROGRAM = 400_000  # of a derivative of one: more takes minutes in balls


class Scalar(Operators):
    """One entry of an array on its way into the scalar graph, with the number that it is here."""

    __slots__ = ("graph", "index", "value")
    __array_ufunc__ = None  # NumPy leaves + and * to this class

    def __init__(self, graph: Graph, index: int, value: Any) -> None:
        self.graph, self.index, self.value = graph, index, value

    def _apply(self, name: str, args: tuple[Any, ...], params: tuple[tuple[str, Any], ...] = ()) -> Any:
        return _step(self.graph, name, args, params)

    def __symdiff_apply__(self, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        return _step(self.graph, op.name, args, tuple(params.items()))

    def __bool__(self) -> bool:
        note(self.graph, self.index, bool(self.value))
        return bool(self.value)


def _step(graph: Graph, name: str, args: Sequence[Any], params: tuple[tuple[str, Any], ...]) -> Scalar:
    numbers = [a.value if isinstance(a, Scalar) else a for a in args]
    value = TABLE[name].forward(*numbers, **dict(params))
    return Scalar(graph, graph.apply(name, *[_node(graph, a) for a in args], params=params), value)


def _node(graph: Graph, entry: Any) -> int:
    """The node of an entry; a plain number is a constant, a plain truth value one that is never in doubt."""
    if isinstance(entry, Scalar):
        return entry.index
    if isinstance(entry, bool | np.bool_):
        return graph.apply("greater", graph.const(1.0 if entry else 0.0), graph.const(0.5))
    return graph.const(float(entry))


def steps(graph: Graph, of: Sequence[int] | None = None) -> int:
    """How many scalar steps the graph has, or some of its nodes by themselves, without taking it apart."""
    count = 0
    for i in graph.live([*graph.outputs, *[g for g, _ in graph.guards]]) if of is None else of:
        node = graph.nodes[i]
        row, args = TABLE.get(node.op), [graph.nodes[a] for a in node.args]
        if row is None:
            continue
        if row.cost is not None:
            count += row.cost(*[a.shape for a in args], **dict(node.params))
        elif args:
            count += _size(node)
        count += sum(map(_size, _truths(node, args)))
    return count


def _size(node: Node) -> int:
    return math.prod(node.shape)


def _truths(node: Node, args: Sequence[Node]) -> list[Node]:
    """The arguments whose truth values an array op joins or multiplies with numbers: they become 1 and 0.

    For an elementwise op the recording has done this.
    """
    return [] if node.kind == "b" or TABLE[node.op].elementwise else [a for a in args if a.kind == "b"]


def to_scalars(graph: Graph, leaves: Sequence[np.ndarray], most: int | None = None) -> Graph:
    """The graph entry by entry, for the decisions taken at `leaves` (one array per input).

    Inputs and outputs are the entries of the array graph's, in order. Raises `UnsupportedError` if there
    are more than `most` steps, by default `MOST_STEPS`.
    """
    most, count = MOST_STEPS if most is None else most, steps(graph)
    if count > most:
        raise UnsupportedError(f"entry by entry this is {count:,} scalar steps, more than {most:,}")
    result = Graph()
    needed = graph.live([*graph.outputs, *[g for g, _ in graph.guards]])
    with np.errstate(all="ignore"):
        numbers = run(graph, "forward", leaves, lambda c: c, needed)
        entries: list[Any] = [None] * len(graph.nodes)
        for i, leaf in zip(graph.inputs, leaves, strict=True):
            entries[i] = _inputs(result, graph.nodes[i], np.asarray(leaf))
        _take_apart(result, graph, numbers, entries, needed)
    for i, value in graph.guards:
        for entry, was in zip(entries[i].flat, np.ravel(value), strict=True):
            if isinstance(entry, Scalar):
                note(result, entry.index, bool(was))
    result.outputs = tuple(_node(result, e) for o in graph.outputs for e in entries[o].flat)
    return result


def entry_by_entry(graph: Graph, given: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The outputs of a graph whose inputs are scalar steps of another, as further steps of that one."""
    result = next(e.graph for v in given for e in v.flat if isinstance(e, Scalar))
    needed = graph.live()
    leaves = [np.array([getattr(e, "value", e) for e in v.flat], float).reshape(v.shape) for v in given]
    numbers = run(graph, "forward", leaves, lambda c: c, needed)
    entries: list[Any] = [None] * len(graph.nodes)
    for i, v in zip(graph.inputs, given, strict=True):
        entries[i] = v
    _take_apart(result, graph, numbers, entries, needed)
    return [entries[o] for o in graph.outputs]


def _take_apart(
    result: Graph, graph: Graph, numbers: Sequence[Any], entries: list[Any], needed: Sequence[int]
) -> None:
    """Fill in the entries of every node that is needed; those of the inputs are there."""
    for i in needed:
        node = graph.nodes[i]
        if node.op == CONST:
            entries[i] = _constants(result, node)
        elif node.op != INPUT:
            truths = _truths(node, [graph.nodes[a] for a in node.args])
            args = [_numbers(entries[a]) if graph.nodes[a] in truths else entries[a] for a in node.args]
            entries[i] = _entries(result, node, args, numbers[i])


def _inputs(result: Graph, node: Node, leaf: np.ndarray) -> np.ndarray:
    out = np.empty(node.shape, object)
    for at in np.ndindex(*node.shape):
        out[at] = Scalar(result, result.input(entry_name(node.name, at)), leaf[at])
    return out


def entry_name(name: str, at: tuple[int, ...]) -> str:
    """`x[1, 2]`; a number has no brackets."""
    return f"{name}[{', '.join(map(str, at))}]" if at else name


def _constants(result: Graph, node: Node) -> np.ndarray:
    out = np.empty(node.shape, object)
    if node.kind == "b":
        for at in np.ndindex(*node.shape):
            out[at] = bool(node.value[at] if node.shape else node.value)
        return out
    for at in np.ndindex(*node.shape):
        value = float(node.value[at]) if node.shape else node.value
        out[at] = Scalar(result, result.const(value), value)
    return out


def _numbers(truths: np.ndarray) -> np.ndarray:
    out = np.empty(truths.shape, object)
    for at in np.ndindex(*truths.shape):
        out[at] = where(truths[at], 1.0, 0.0)
    return out


def _entries(result: Graph, node: Node, args: list[np.ndarray], number: Any) -> np.ndarray:
    row = TABLE[node.op]
    if row.scalars is not None:
        found = row.scalars(*args, **dict(node.params))
        if isinstance(found, np.ndarray):
            return found
        return _array([found], ())
    columns = [(a if a.shape == node.shape else np.broadcast_to(a, node.shape)).ravel().tolist() for a in args]
    out: list[Any] = [None] * _size(node)
    places: Sequence[int] = range(len(out))
    if node.op == "where":
        for k, (condition, yes, no) in enumerate(zip(*columns, strict=True)):
            out[k] = None if isinstance(condition, Scalar) else yes if condition else no
        places = [k for k, condition in enumerate(columns[0]) if isinstance(condition, Scalar)]
        columns = [[c[k] for k in places] for c in columns]
    nodes = [[e.index if isinstance(e, Scalar) else _node(result, e) for e in c] for c in columns]
    made = result.apply_each(node.op, zip(*nodes, strict=True) if nodes else [()] * len(out), node.params, node.where)
    numbers = np.ravel(number if np.shape(number) == node.shape else np.broadcast_to(number, node.shape))
    for k, index in zip(places, made, strict=True):
        out[k] = Scalar(result, index, numbers[k])
    return _array(out, node.shape)


def _array(entries: list[Any], shape: Shape) -> np.ndarray:
    """Objects as an array, whatever they are."""
    out = np.empty(len(entries), object)
    out[:] = entries
    return out.reshape(shape)
