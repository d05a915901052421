"""Reads a jaxpr as a graph of table ops, entry by entry: the program that a check runs in balls.

A value is an array. What the inputs do not touch, as long as it is made of whole numbers or truth values,
stays a plain array of them (positions, masks); everything else is an object array of nodes of the graph.
A primitive that is not known here makes its results opaque, and the program too, if it needs them: JAX
moves its primitives between versions, and an opaque program is judged by its numbers.

What arithmetic a primitive does stands in `elementwise.py` and `sums.py`, which entries it moves where in
`moving.py`, how it solves linear equations in `solving.py`, what it does for which numbers in `deciding.py`, what it
asks of the bits of one in `bits.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jax.extend import core

from symdiff.graph import CONST, Graph, Shape, is_short
from symdiff.methods.base import Program
from symdiff.methods.jax import bits, deciding, elementwise, moving, solving, sums
from symdiff.methods.jax.accuracy import XLA
from symdiff.methods.jax.baked import baked
from symdiff.methods.jax.jaxpr import CALLS, library_name, scan_parts, walk
from symdiff.methods.jax.nodes import Nodes, Opaque, TooLarge, is_plain
from symdiff.ops import approximations
from symdiff.problem import Problem
from symdiff.scalars import MOST_STEPS

Reader = Callable[[Nodes, Any, list[Any]], list[Any]]
_SURPRISES = (KeyError, AttributeError, TypeError, ValueError, IndexError, NotImplementedError)
_WHOLE = frozenset({"exp_neg_sq"})  # JAX's own functions that are read as one step
_MOST_TURNS = 10_000  # of a loop

_FOLDED: dict[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "max": np.maximum, "min": np.minimum, "neg": np.negative,
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal,
    "ne": np.not_equal, "and": np.bitwise_and, "or": np.bitwise_or, "not": np.invert, "xor": np.bitwise_xor,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the program, None if it is opaque, and its results as arrays of nodes. `here_only` says
    that the numbers at the point had a say in it."""

    program: Program | None
    results: list[np.ndarray]
    here_only: bool


def to_graph(
    closed: core.ClosedJaxpr,
    problem: Problem,
    vector: int,
    shapes: Sequence[Shape] | None = None,
    point: Sequence[float] | None = None,
    most: int = MOST_STEPS,
) -> Reading:
    """The jaxpr as a graph of table ops, as far as it can be read.

    Args:
        closed: the jaxpr of a derivative; read inside the 64-bit scope.
        problem: the function, entry by entry: the names of the inputs, and the constants that are the caller's own.
        vector: how many numbers the tangent or cotangent has.
        shapes: those of the jaxpr's arguments, whose entries are the inputs in order; () each by default.
        point: where the program runs. If what it does depends on the numbers (an order, a pivot, a loop's
            end), it is read for what they say here, with guards; without a point that is opaque.
        most: nodes to stop at.
    """
    approximated = approximations(node.op for node in problem.graph.nodes)
    if not all(c.opened for c in approximated):
        return Reading(None, [], False)
    graph = Graph()
    inputs = [graph.input(name) for name in problem.names] + [graph.input(f"v{k + 1}") for k in range(vector)]
    nodes = Nodes(graph, point, most)
    args = _arguments(nodes, inputs, [()] * len(inputs) if shapes is None else shapes)
    try:
        results = _Walk(nodes, _own(problem)).opened(closed, args)
    except TooLarge:
        return Reading(None, [], False)
    if any(r is None for r in results):
        return Reading(None, [], nodes.asked)
    found = [nodes.entries(r) for r in results]
    graph.outputs = tuple(i for r in found for i in r.ravel().tolist())
    program = Program(graph, tuple(nodes.guards.items()), frozenset(nodes.loose), XLA, bool(approximated))
    return Reading(program, found, nodes.asked)


def _own(problem: Problem) -> set[float]:
    """The numbers that the caller wrote, and JAX does not."""
    own = {float(node.value) for node in problem.graph.nodes if node.op == CONST and node.value is not None}
    if not all(map(is_short, own)):  # the same double may be the caller's number and JAX's
        own = own.difference(*(baked(op) for op in {node.op for node in problem.graph.nodes}))
    return own


def _arguments(nodes: Nodes, inputs: Sequence[int], shapes: Sequence[Shape]) -> list[np.ndarray]:
    """The inputs as arrays of these shapes, one after another."""
    args, start = [], 0
    for shape in shapes:
        size = int(np.prod(shape, dtype=int))
        args.append(nodes.array(inputs[start : start + size], shape))
        start += size
    return args


class _Walk:
    """A walk through a jaxpr and those inside it, that makes nodes. `own` are the caller's numbers: all others that had
    to be rounded are the library's."""

    def __init__(self, nodes: Nodes, own: set[float]) -> None:
        self.nodes, self.own = nodes, own

    def opened(self, inner: core.ClosedJaxpr, args: Sequence[Any]) -> list[Any]:
        return walk(inner.jaxpr, inner.consts, args, self._literal, self._apply, _WHOLE)

    def _literal(self, value: Any) -> np.ndarray | None:
        try:
            array = np.asarray(value)
        except TypeError:  # a key of random numbers
            return None
        if array.dtype.kind in "iub":
            return array
        if array.dtype != np.float64:
            return None
        nodes, numbers = self.nodes, [float(v) for v in array.ravel()]
        nodes.loose.update(v for v in numbers if v not in self.own and not is_short(v))
        return nodes.array([nodes.graph.const(v) for v in numbers], array.shape)

    def _apply(self, eqn: Any, inputs: list[Any]) -> list[Any]:
        try:
            found = _read(self.nodes, eqn, inputs, self.opened)
        except (Opaque, *_SURPRISES):
            return [None] * len(eqn.outvars)
        if len(self.nodes.graph.nodes) > self.nodes.most:
            raise TooLarge
        return found


def _read(nodes: Nodes, eqn: Any, inputs: list[Any], opened: Callable[..., list[Any]]) -> list[Any]:
    """The results of one equation."""
    name = eqn.primitive.name
    if name in _OPENED:
        return _OPENED[name](nodes, eqn, inputs, opened)
    if any(v is None for v in inputs):
        raise Opaque
    if all(is_plain(v) for v in inputs) and all(np.dtype(v.aval.dtype).kind in "iub" for v in eqn.outvars):
        return READERS[name](nodes, eqn, inputs) if name in moving.OF_PLAIN else _fold(eqn, inputs)
    try:
        if name in READERS:
            return READERS[name](nodes, eqn, inputs)
        if name in elementwise.NAMES or library_name(eqn) in _WHOLE:
            return [elementwise.read(nodes, eqn, inputs)]
        raise Opaque
    except Opaque:  # arithmetic on whole numbers that depend on the inputs: on what they are here
        if all(np.dtype(v.aval.dtype).kind in "iub" for v in (*eqn.invars, *eqn.outvars)):
            decided = [nodes.plain(v).astype(e.aval.dtype) for v, e in zip(inputs, eqn.invars, strict=True)]
            return _fold(eqn, decided)
        raise


def _fold(eqn: Any, inputs: list[Any]) -> list[Any]:
    """Whole numbers and truth values are computed at once."""
    name = eqn.primitive.name
    if eqn.effects:
        raise Opaque
    if name in _FOLDED:
        return [np.asarray(_FOLDED[name](*inputs))]
    results = eqn.primitive.bind(*[np.asarray(v) for v in inputs], **eqn.params)
    return [np.asarray(r) for r in (results if eqn.primitive.multiple_results else [results])]


# -- what has jaxprs of its own -----------------------------------------------------------------------


def _cond(nodes: Nodes, eqn: Any, inputs: list[Any], opened: Callable[..., list[Any]]) -> list[Any]:
    branches = eqn.params["branches"]
    which = min(max(int(nodes.whole(inputs[0])), 0), len(branches) - 1)
    return opened(branches[which], inputs[1:])


def _while(nodes: Nodes, eqn: Any, inputs: list[Any], opened: Callable[..., list[Any]]) -> list[Any]:
    test, body = eqn.params["cond_jaxpr"], eqn.params["body_jaxpr"]
    a, b = eqn.params["cond_nconsts"], eqn.params["cond_nconsts"] + eqn.params["body_nconsts"]
    carry = inputs[b:]
    for _ in range(_MOST_TURNS):
        (go_on,) = opened(test, [*inputs[:a], *carry])
        if not nodes.whole(go_on):
            return carry
        carry = opened(body, [*inputs[a:b], *carry])
    raise Opaque


def _scan(nodes: Nodes, eqn: Any, inputs: list[Any], opened: Callable[..., list[Any]]) -> list[Any]:
    closed, carried, still, turns = scan_parts(eqn)
    if len(turns) > _MOST_TURNS:
        raise Opaque
    consts, carry, xs = inputs[: still - carried], inputs[still - carried : still], inputs[still:]
    rows: list[list[Any]] = [[None] * len(turns) for _ in eqn.outvars[carried:]]
    for k in turns:
        now = [None if x is None else x[k : k + 1].reshape(x.shape[1:]) for x in xs]
        results = opened(closed, [*consts, *carry, *now])
        carry = results[:carried]
        for row, y in zip(rows, results[carried:], strict=True):
            row[k] = y
    stacked = []
    for row, v in zip(rows, eqn.outvars[carried:], strict=True):
        stacked.append(None if any(y is None for y in row) else nodes.stacked(row, v.aval))
    return [*carry, *stacked]


def _linear_solve(nodes: Nodes, eqn: Any, inputs: list[Any], opened: Callable[..., list[Any]]) -> list[Any]:
    """JAX's solve with the derivative of a solution: the solver it is given is what runs."""
    lengths, solve = eqn.params["const_lengths"], eqn.params["jaxprs"].solve
    start = lengths.matvec + lengths.vecmat
    known = inputs[start : start + lengths.solve]
    return opened(solve, [*known, *inputs[start + lengths.solve + lengths.transpose_solve :]])


_OPENED = {"cond": _cond, "while": _while, "scan": _scan, "custom_linear_solve": _linear_solve}
READERS: dict[str, Reader] = {
    **moving.READERS, **sums.READERS, **solving.READERS, **deciding.READERS, **bits.READERS,
}  # fmt: skip


def primitives() -> frozenset[str]:
    """The names of the primitives that are read."""
    return frozenset({*CALLS, *_OPENED, *READERS, *elementwise.NAMES, *_FOLDED})
