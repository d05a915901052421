"""What is known of every step of a program before it is written: which call it is, and where its array lies.

A step is left out only where it does nothing to the bits: steps without an input in them (done here, once), a
product with 1.0, entries repeated for an elementwise step that repeats them anyway, the sign of what an absolute
value is taken of. A function is exchanged only for one that computes the same (`np.sum` for `np.add.reduce`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from symdiff.arrays import narrow
from symdiff.graph import CONST, INPUT, Graph, Node, Shape
from symdiff.methods.tape.kernels import LONG, chosen, to_the_larger
from symdiff.ops import TABLE
from symdiff.ops.arithmetic import mul
from symdiff.ops.piecewise import absolute, where
from symdiff.ops.powers import integer_power
from symdiff.ops.products import matmul
from symdiff.ops.reductions import amax, amin, logsumexp, sum_
from symdiff.ops.shaping import broadcast_to, getitem, reshape, scatter, transpose

FLOAT64 = np.dtype(np.float64)

# By what a row computes with and not by its name: a row that says something else is left alone.
UFUNCS: dict[Any, np.ufunc] = {
    operator.add: np.add, operator.sub: np.subtract, operator.mul: np.multiply, operator.neg: np.negative,
}  # fmt: skip
EXTREMES = {amax.forward: np.maximum.reduce, amin.forward: np.minimum.reduce}
SHAPING = {reshape.forward: "reshape", transpose.forward: "transpose", getitem.forward: "getitem",
           broadcast_to.forward: "broadcast"}  # fmt: skip
# no view of an argument; as all elementwise steps
FRESH = {matmul.forward, scatter.forward, sum_.forward, logsumexp.forward, amax.forward, amin.forward}
IN_ORDER = {"reshape", "getitem", "broadcast"}  # C order stays C order


class Call(NamedTuple):
    """How a step is written: "ufunc", "matmul", "sum" and "kernel" have a place for their result; "reshape",
    "transpose", "getitem" and "broadcast" may be views; "number" is a step on numbers, "call" anything else."""

    kind: str
    f: Callable[..., Any]
    param: Any = None


ONE = Call("number", float)


class Reading:
    """A graph, read once. `own` are functions for ops that are no rows of the table, elementwise ones; those in
    `passing` may return an argument as it is. The inputs at positions `consumed` are nobody's any more, those at
    `loose` may lie in any order."""

    def __init__(
        self, graph: Graph, own: Mapping[str, Callable[..., Any]], passing: Container[str], dtype: np.dtype,
        consumed: Container[int] = (), loose: Container[int] = (),
    ) -> None:  # fmt: skip
        self.dtype = dtype
        self.graph, self.nodes, self.passing = graph, graph.nodes, passing
        self.guards: dict[int, list[Any]] = {}
        for i, was in graph.guards:
            self.guards.setdefault(i, []).append(was)
        self.known: dict[int, Any] = {}  # the values of nodes without an input in them
        self.exact: dict[int, Any] = {}  # pi and numbers made of it, not rounded: in a rule, Python's
        self.same: dict[int, int] = {}  # nodes that are another node, bit for bit
        self.args: dict[int, list[int]] = {}
        self.calls: dict[int, Call] = {}
        self.elementwise: set[int] = set()  # steps on numbers, entry by entry
        self.fresh: set[int] = set()  # steps that return a new array
        self.c_order: set[int] = set()
        self.zero_d: dict[int, int] = {}
        self.consumed = {i for k, i in enumerate(graph.inputs) if k in consumed and self.nodes[i].shape}
        self.loose = {i for k, i in enumerate(graph.inputs) if k in loose}
        self.more = len(graph.nodes)  # names for further constants
        with np.errstate(all="ignore"):
            for i in graph.live([*graph.outputs, *self.guards]):
                self.read(i, self.nodes[i], own)
        self.outputs = [self.same.get(o, o) for o in graph.outputs]
        self.order = self.needed()

    def shape(self, i: int) -> Shape:
        return self.nodes[i].shape if i < len(self.nodes) else ()

    def kind(self, i: int) -> str:
        return self.nodes[i].kind if i < len(self.nodes) else "f"

    def read(self, i: int, node: Node, own: Mapping[str, Callable[..., Any]]) -> None:
        if node.op == INPUT:
            if i not in self.loose:
                self.c_order.add(i)
            if i in self.consumed:
                self.fresh.add(i)
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
        other = self.does_nothing(node, forward, args, params)
        if other is not None:
            self.same[i] = other
            return
        if elementwise and row is not None:
            args = self.lean(node, args)
        if forward is absolute.forward and self.calls.get(args[0]) == Call("ufunc", np.negative):
            args = self.args[args[0]]
        self.args[i] = args
        self.calls[i] = self.call(node, forward, params, elementwise, args)
        self.layout(i, node, forward, elementwise)

    def call(
        self, node: Node, forward: Callable[..., Any], params: dict[str, Any], elementwise: bool, args: list[int]
    ) -> Call:
        if node.shape == () and not any(self.shape(a) for a in node.args):
            return Call("number", forward, params)
        if elementwise:
            squared, long = forward is integer_power.forward and params["n"] == 2, _size(node.shape) >= LONG
            asking = chosen if long else np.where
            function = np.square if squared else asking if forward is where.forward else UFUNCS.get(forward, forward)
            if isinstance(function, np.ufunc):
                return Call("ufunc", function)
            if function in (chosen, to_the_larger) and long:
                return Call("kernel", function)
        elif forward in SHAPING:
            (param,) = params.values()
            return Call(SHAPING[forward], forward, param)
        elif forward is matmul.forward:
            return Call("matmul", np.dot if self.by_dot(args) else np.matmul)
        elif forward is sum_.forward:
            return Call("sum", np.add.reduce, params["axis"])
        elif forward in EXTREMES:
            return Call("sum", EXTREMES[forward], params["axis"])
        else:
            function = forward
        return Call("call", partial(function, **params) if params and function is not np.square else function)

    def by_dot(self, args: list[int]) -> bool:
        """Whether a product is the same call of BLAS by `np.dot`, which is there sooner: matrices, no
        side of length 1 (there the two call others), each in C order or the transpose of one that is."""
        if self.dtype.itemsize < 4 or any(len(self.shape(a)) != 2 or min(self.shape(a)) < 2 for a in args):
            return False
        return all(self.without_gaps(a) or self.turned(a) for a in args)

    def turned(self, a: int) -> bool:
        """Whether a matrix is the transpose of one without gaps."""
        if a in self.known:
            return bool(self.known[a].flags.f_contiguous)
        return a in self.calls and self.calls[a].kind == "transpose" and self.without_gaps(self.args[a][0])

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

    def does_nothing(self, node: Node, forward: Any, args: list[int], params: dict[str, Any]) -> int | None:
        """The node that the step returns as it is: times 1.0 everywhere, indexed by nothing, turned around twice."""
        if forward is getitem.forward:
            return args[0] if params["index"].key == () and self.is_new(args[0]) else None
        if forward is transpose.forward and self.calls.get(args[0], ONE).kind == "transpose":
            axes = [self.calls[args[0]].param[k] for k in params["axes"]]
            return self.args[args[0]][0] if axes == sorted(axes) else None
        if forward is not mul.forward or node.shape == ():
            return None
        for one, other in (args, args[::-1]):
            if one in self.known and self.shape(other) == node.shape and self.is_new(other):
                number = self.everywhere(one, [other])
                if number is not None and number == 1.0:
                    return other
        return None

    def is_new(self, i: int) -> bool:
        """Whether a copy of node i would look like node i: numbers, and not a view."""
        return self.kind(i) == "f" and (i in self.fresh or (i < len(self.nodes) and self.nodes[i].op == INPUT))

    def without_gaps(self, i: int) -> bool:
        """Whether node i is sure to be an array in C order whose entries follow one another in memory."""
        if i in self.known:
            return isinstance(self.known[i], np.ndarray) and self.known[i].flags.c_contiguous
        return i in self.c_order and (i in self.fresh or self.nodes[i].op == INPUT)

    def lean(self, node: Node, args: list[int]) -> list[int]:
        """The arguments of an elementwise step before they were repeated along axes, if the step does it."""
        lean = list(args)
        for k, a in enumerate(args):
            number = self.everywhere(a, args) if a in self.known else None
            small = self.constant(a, number) if number is not None else self.unrepeated(a)
            trial = [*lean[:k], small, *lean[k + 1 :]]
            if small != a and np.broadcast_shapes(*map(self.shape, trial)) == node.shape:
                lean = trial
        return lean

    def everywhere(self, a: int, others: list[int]) -> Any:
        """The number that a constant is everywhere, if as an array it has no say in how the result is laid out."""
        number = uniform(self.known[a])
        if number is None and self.shape(a) and all(b in self.c_order or not self.shape(b) for b in (a, *others)):
            first = self.known[a].flat[0] if self.known[a].size and self.kind(a) == "f" else None
            if first is not None and self.known[a].tobytes() == np.full(self.shape(a), first).tobytes():
                return first
        return number

    def unrepeated(self, a: int) -> int:
        while a not in self.known and a in self.calls and self.calls[a].kind == "broadcast":
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
            product = forward is matmul.forward and len(node.shape) == 2  # in C order whatever its arguments are
            sure = ordered and (elementwise or forward is scatter.forward)
            if len(node.shape) < 2 or product or sure:
                self.c_order.add(i)
        elif self.calls[i].kind in IN_ORDER and ordered and (forward is not getitem.forward or _forwards(node)):
            self.c_order.add(i)

    def needed(self) -> list[int]:
        """The steps that are left, in order."""
        wanted = {*self.outputs, *(self.same.get(g, g) for g in self.guards)}
        for i in sorted(self.args, reverse=True):
            if i in wanted:
                wanted.update(self.args[i])
        return [i for i in sorted(self.args) if i in wanted]


def _size(shape: Shape) -> int:
    return int(np.prod(shape, dtype=int))


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
