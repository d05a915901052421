"""A graph as a list of NumPy calls: what a program costs when nothing is looked up any more.

`run` reads a graph and calls the rows of the op table. A plan has done the reading once: every step is a
function and the slots of its arguments. It computes the same bits as `run`, by these rules:

- a step is left out only where it does nothing to the bits: steps without an input in them (done here,
  once), a product with 1.0, entries repeated for an elementwise step that repeats them anyway;
- a function is exchanged only for one that computes the same (`np.sum` for the `np.add.reduce` it calls);
- a result is written over an argument only if that array was made by an elementwise step of this call, is
  used for the last time, cannot be seen through a view, and is laid out as a new array would be.

All arrays are made anew in every call, so calls in several threads do not meet. The list is the order: no
recursion. A value is let go as soon as no later step needs it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np

from symdiff.arrays import narrow
from symdiff.graph import CONST, INPUT, Graph, Node, Shape
from symdiff.ops import TABLE
from symdiff.ops.arithmetic import mul
from symdiff.ops.piecewise import where
from symdiff.ops.powers import integer_power
from symdiff.ops.products import matmul
from symdiff.ops.reductions import sum_
from symdiff.ops.shaping import broadcast_to, getitem, reshape, scatter, transpose

FLOAT64 = np.dtype(np.float64)


class DecidedOtherwise(Exception):
    """A guard does not hold: not an error, the way out of a plan."""


# By what a row computes with and not by its name: a row that says something else is left alone.
UFUNCS: dict[Any, np.ufunc] = {
    operator.add: np.add, operator.sub: np.subtract, operator.mul: np.multiply, operator.neg: np.negative,
}  # fmt: skip
SAME: dict[Any, Callable[..., Callable[..., Any]]] = {  # parameters -> a function with less around it
    sum_.forward: lambda axis: lambda x: np.add.reduce(x, axis),
    reshape.forward: lambda shape: lambda x: np.asarray(x).reshape(shape),
    transpose.forward: lambda axes: lambda x: x.transpose(axes),
    getitem.forward: lambda index: lambda x: x[index.key],
    where.forward: lambda: np.where,
    integer_power.forward: lambda n: np.square if n == 2 else partial(integer_power.forward, n=n),
}
FRESH = {matmul.forward, scatter.forward, sum_.forward}  # no view of an argument; as all elementwise steps
VIEWS = {reshape.forward, getitem.forward, broadcast_to.forward}  # C order stays C order


class Plan:
    """Call it with the inputs of the graph: it returns the outputs, arrays that nobody else has; or None where
    a guard of the graph does not hold.

    `own` are functions for ops that are no rows of the table, elementwise ones; those in `passing` may return
    an argument as it is. Inputs are arrays of `dtype` in C order, the constants are rounded to it.
    """

    __slots__ = ("_copied", "_inputs", "_outputs", "_steps", "_values")

    def __init__(
        self, graph: Graph, own: dict[str, Callable[..., Any]] | None = None, passing: Container[str] = (),
        dtype: np.dtype = FLOAT64,
    ) -> None:  # fmt: skip
        slots = _Slots(_Reading(graph, own or {}, passing, dtype))
        self._values, self._steps = slots.values, slots.steps
        self._inputs, self._outputs, self._copied = slots.inputs, slots.outputs, slots.copied

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray] | None:
        values = self._values.copy()
        for slot, value in zip(self._inputs, inputs, strict=True):
            values[slot] = value
        try:
            with np.errstate(all="ignore"):
                for f, target, args, dropped in self._steps:
                    if args.__class__ is int:
                        values[target] = f(values[args])
                    else:
                        values[target] = f(*args(values))
                    for k in dropped:
                        values[k] = None
        except DecidedOtherwise:
            return None
        found = [values[k] for k in self._outputs]
        return [np.array(y) if copied else y for y, copied in zip(found, self._copied, strict=True)]

    def __len__(self) -> int:
        return len(self._steps)


class _Reading:
    """What is known of every node before anything runs."""

    def __init__(
        self, graph: Graph, own: dict[str, Callable[..., Any]], passing: Container[str], dtype: np.dtype
    ) -> None:
        self.dtype = dtype
        self.graph, self.nodes, self.passing = graph, graph.nodes, passing
        self.guards: dict[int, list[Any]] = {}
        for i, was in graph.guards:
            self.guards.setdefault(i, []).append(was)
        self.known: dict[int, Any] = {}  # the values of nodes without an input in them
        self.exact: dict[int, Any] = {}  # pi and numbers made of it, not rounded: in a rule, Python's
        self.same: dict[int, int] = {}  # nodes that are another node, bit for bit
        self.args: dict[int, list[int]] = {}
        self.functions: dict[int, Callable[..., Any]] = {}
        self.elementwise: set[int] = set()  # steps on numbers, entry by entry
        self.fresh: set[int] = set()  # steps that return a new array
        self.c_order: set[int] = set()
        self.zero_d: dict[int, int] = {}
        self.more = len(graph.nodes)  # names for further constants
        with np.errstate(all="ignore"):
            for i in graph.live([*graph.outputs, *self.guards]):
                self.read(i, self.nodes[i], own)
        self.outputs = [self.same.get(o, o) for o in graph.outputs]
        self.order = self.needed()

    def shape(self, i: int) -> Shape:
        return self.nodes[i].shape if i < len(self.nodes) else ()

    def read(self, i: int, node: Node, own: dict[str, Callable[..., Any]]) -> None:
        if node.op == INPUT:
            self.c_order.add(i)
            return
        if node.op == CONST:
            self.know(i, node.value)
            return
        args = [self.same.get(a, a) for a in node.args]
        row, params = TABLE.get(node.op), dict(node.params)
        forward = own[node.op] if row is None else row.forward
        if all(a in self.known for a in args):
            if node.shape == () and (not args or any(a in self.exact for a in args)):
                self.exact[i] = forward(*[self.exactly(a) for a in args], **params)
            self.know(i, self.exact[i] if i in self.exact else forward(*[self.known[a] for a in args], **params))
            return
        elementwise = (row is None or row.elementwise) and node.shape != ()
        if elementwise and forward is mul.forward and (other := self.times_one(node, args)) is not None:
            self.same[i] = other
            return
        self.args[i] = self.lean(node, args) if elementwise and row is not None else args
        function = UFUNCS.get(forward, forward) if elementwise else forward
        if node.shape != () or any(self.shape(a) for a in args):
            bound = partial(function, **params) if params else function
            function = SAME[forward](**params) if forward in SAME else bound
        elif params:
            function = partial(function, **params)
        self.functions[i] = function
        self.layout(i, node, forward, elementwise)

    def know(self, i: int, value: Any) -> None:
        if self.dtype != FLOAT64:
            value = narrow(value, self.dtype)
        self.known[i] = value
        if isinstance(value, np.ndarray) and value.flags.c_contiguous:
            self.c_order.add(i)

    def exactly(self, i: int) -> Any:
        """A constant before it was rounded to the dtype."""
        if i in self.exact:
            return self.exact[i]
        return self.nodes[i].value if self.nodes[i].op == CONST else self.known[i]

    def times_one(self, node: Node, args: list[int]) -> int | None:
        """The other factor, if one is 1.0 everywhere and the other has all the entries, laid out as a new array."""
        for one, other in (args, args[::-1]):
            if one in self.known and self.shape(other) == node.shape and self.is_new(other):
                number = uniform(self.known[one])
                if number is not None and number == 1.0:
                    return other
        return None

    def is_new(self, i: int) -> bool:
        """Whether a copy of node i would look like node i: numbers, and not a view."""
        return self.nodes[i].kind == "f" and (i in self.fresh or self.nodes[i].op == INPUT)

    def lean(self, node: Node, args: list[int]) -> list[int]:
        """The arguments of an elementwise step before they were repeated along axes, if the step does it."""
        lean = list(args)
        for k, a in enumerate(args):
            number = uniform(self.known[a]) if a in self.known else None
            small = self.constant(a, number) if number is not None else self.unrepeated(a)
            trial = [*lean[:k], small, *lean[k + 1 :]]
            if small != a and np.broadcast_shapes(*map(self.shape, trial)) == node.shape:
                lean = trial
        return lean

    def unrepeated(self, a: int) -> int:
        while a < len(self.nodes) and a not in self.known and self.functions.get(a) is not None:
            node = self.nodes[a]
            row = TABLE.get(node.op)
            if row is None or row.forward is not broadcast_to.forward:
                break
            a = self.args[a][0]
        return a

    def constant(self, a: int, number: Any) -> int:
        """A number as an array without axes: NumPy takes it up faster."""
        if a not in self.zero_d:
            self.zero_d[a] = self.more
            self.know(self.more, np.array(number))
            self.more += 1
        return self.zero_d[a]

    def layout(self, i: int, node: Node, forward: Any, elementwise: bool) -> None:
        """Whether step i makes an array of its own, and whether that is in C order."""
        ordered = all(a in self.c_order or not self.shape(a) for a in self.args[i])
        if elementwise:
            self.elementwise.add(i)
        if (elementwise and node.op not in self.passing) or forward in FRESH:
            self.fresh.add(i)
            sure = forward is not sum_.forward and (forward is not matmul.forward or len(node.shape) == 2)
            if len(node.shape) < 2 or (ordered and sure):
                self.c_order.add(i)
        elif forward in VIEWS and ordered and (forward is not getitem.forward or _forwards(node)):
            self.c_order.add(i)

    def needed(self) -> list[int]:
        """The steps that are left, in order."""
        wanted = {*self.outputs, *(self.same.get(g, g) for g in self.guards)}
        for i in sorted(self.args, reverse=True):
            if i in wanted:
                wanted.update(self.args[i])
        return [i for i in sorted(self.args) if i in wanted]


class _Slots:
    """The steps with places for their values: a place is free again when no later step reads it."""

    def __init__(self, reading: _Reading) -> None:
        self.reading = r = reading
        self.values: list[Any] = []
        self.steps: list[tuple[Any, int, Any, tuple[int, ...]]] = []
        self.slot: dict[int, int] = {}
        self.free: list[int] = []
        self.inputs = [self.place(i) for i in r.graph.inputs]
        last: dict[int, int] = {}  # node -> the last step that reads it
        for i in r.order:
            for a in r.args[i]:
                last[a] = i
        self.ends: dict[int, list[int]] = {}
        kept = {*r.outputs, *r.known}
        for a, i in last.items():
            if a not in kept:
                self.ends.setdefault(i, []).append(a)
        self.seen = self.behind_views()
        for i in r.order:
            self.step(i)
        for o in r.outputs:
            self.place(o)
        self.outputs = [self.slot[o] for o in r.outputs]
        self.copied = [o not in r.fresh or not r.shape(o) or o in r.outputs[:k] for k, o in enumerate(r.outputs)]
        self.values = [r.known.get(i) for i in self.values]

    def place(self, i: int) -> int:
        """The slot of node i. (`values` holds, while this is going on, the constant that a slot begins with.)"""
        if i not in self.slot:
            if i in self.reading.known or not self.free:
                self.slot[i] = len(self.values)
                self.values.append(i if i in self.reading.known else -1)
            else:
                self.slot[i] = self.free.pop()
        return self.slot[i]

    def behind_views(self) -> set[int]:
        """The nodes whose array another value may be a view of."""
        r = self.reading
        return {a for i in r.order if i not in r.fresh for a in r.args[i]}

    def step(self, i: int) -> None:
        r = self.reading
        args = r.args[i]
        places = [self.place(a) for a in args]
        ending = self.ends.get(i, [])
        over = self.written_over(i, ending)
        dropped = [self.slot[a] for a in ending]
        if over is not None:
            places.append(self.slot[over])
        if dropped:
            target = self.slot[over] if over is not None else dropped[-1]
            dropped.remove(target)
            self.slot[i] = target
        else:
            target = self.place(i)
        where_from = places[0] if len(places) == 1 else itemgetter(*places)
        self.steps.append((r.functions[i], target, where_from, tuple(dropped)))
        self.free += dropped
        for was in r.guards.get(i, ()):
            self.steps.append((_same_decision(was), self.guard_slot(), target, ()))

    def guard_slot(self) -> int:
        if -1 not in self.slot:
            self.slot[-1] = len(self.values)
            self.values.append(-1)
        return self.slot[-1]

    def written_over(self, i: int, ending: list[int]) -> int | None:
        """The argument whose array may hold the result."""
        r = self.reading
        if i not in r.elementwise or not isinstance(r.functions[i], np.ufunc) or r.nodes[i].kind != "f":
            return None
        if not all(a in r.c_order or not r.shape(a) for a in r.args[i]):
            return None
        for a in ending:
            if a in r.elementwise and a in r.fresh and a in r.c_order and a not in self.seen:
                if r.shape(a) == r.shape(i) and r.nodes[a].kind == "f":
                    return a
        return None


def _same_decision(was: Any) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        if not np.array_equal(value, was):
            raise DecidedOtherwise

    def check_number(value: Any) -> None:
        if not value == was:
            raise DecidedOtherwise

    return check if np.ndim(was) else check_number


def uniform(value: Any) -> Any:
    """The number that all entries are, if that is plain from how the value is stored."""
    if not isinstance(value, np.ndarray):
        return value if isinstance(value, float | np.floating) else None
    if value.dtype.kind != "f" or not value.size:
        return None
    if all(stride == 0 or n == 1 for stride, n in zip(value.strides, value.shape, strict=True)):
        return value[(0,) * value.ndim]
    return None


def _forwards(node: Node) -> bool:
    """Whether an index keeps the order of what it takes: numbers and slices that go up."""
    index = dict(node.params)["index"]
    return index.basic and all(not isinstance(k, slice) or k.step is None or k.step > 0 for k in index.key)
