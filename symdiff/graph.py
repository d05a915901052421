"""The computational graph: nodes z_i = op(z_a, z_b), in the order in which they were computed.

Equal subexpressions are one node (hash-consing): that is the lecture's z1, used twice, with adjoint 2.
Nothing else is ever folded, reordered or simplified. The list is the order: no recursion, no sorting.

A node has a shape: () in the graph of a formula, anything in the graph of a NumPy function.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from symdiff.errors import SymdiffError
from symdiff.ops import TABLE

INPUT, CONST = "input", "const"
SHORT = 30  # bits of a constant that nobody had to round to a double
Params = tuple[tuple[str, Any], ...]  # names and values; every value can be hashed
Shape = tuple[int, ...]


@dataclass(slots=True, eq=False)
class Node:
    """One step of the computation.

    `op` is a name of the op table, "input" or "const"; `args` are indices of earlier nodes. `value`
    is the constant of a "const": a float, a Fraction where a program knows it exactly, or an array.
    `name` is the input's, or the step's if the caller named it; `where` the place in the caller's source.
    `kind` is NumPy's letter for what the entries are: "f", or "b" and "i" for truth values and indices.
    """

    op: str
    args: tuple[int, ...] = ()
    params: Params = ()
    value: Any = None
    name: str = ""
    where: str = ""
    shape: Shape = ()
    kind: str = "f"


@dataclass(slots=True, eq=False, weakref_slot=True)
class Graph:
    """Nodes, the indices of the inputs in calling order, and the indices of the outputs.

    `guards` are the decisions that the caller's code made on the way, by an `if`, a `while` or an index:
    (node, the value it had). The graph is the caller's function only where they come out the same.
    `makers` has the nodes of which somebody can say more than the ops do: see `inputs.made`.
    """

    nodes: list[Node] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: tuple[int, ...] = ()
    guards: list[tuple[int, Any]] = field(default_factory=list)
    makers: dict[int, Any] = field(default_factory=dict, repr=False)
    places: bool = False  # whether nodes note the line of the caller that made them
    wrote: str = ""  # the line where the caller's code wrote into an array that it had made: y += x
    met_jax: bool = False  # whether an array of JAX's went into it
    objects: bool = False  # whether its values may stand in NumPy's arrays of objects, entry by entry
    kept: dict[int, Any] | None = None  # what the nodes are that are being recorded, where somebody wants to know
    asked: list[str] | None = None  # what was done with inputs that are data and is not the same with an array
    _known: dict[tuple[Any, ...], int] = field(default_factory=dict, repr=False)

    # -- building ---------------------------------------------------------------------------------

    def input(self, name: str, shape: Shape = ()) -> int:
        """Add an input and return its index."""
        self.inputs.append(len(self.nodes))
        self.nodes.append(Node(INPUT, name=name, shape=shape))
        return self.inputs[-1]

    def const(self, value: float | Fraction | np.ndarray | np.bool_) -> int:
        """The node of a constant. +0.0 and -0.0 are two constants, 1.0 and True, too; an array is copied."""
        if isinstance(value, np.ndarray | np.bool_):
            return self._array(np.asarray(value))
        new = len(self.nodes)
        index = self._known.setdefault((CONST, value, value == 0 and str(value)[0] == "-"), new)
        if index == new:
            self.nodes.append(Node(CONST, value=value))
        return index

    def _array(self, value: np.ndarray) -> int:
        new = len(self.nodes)
        index = self._known.setdefault((CONST, value.dtype.str, value.shape, _digest(value)), new)
        if index == new:
            frozen = value.copy()
            frozen.flags.writeable = False
            self.nodes.append(Node(CONST, value=frozen, shape=value.shape, kind=value.dtype.kind))
        return index

    def apply(
        self, op: str, *args: int, params: Params = (), where: str = "", shape: Shape = (), kind: str = "f"
    ) -> int:
        """The node op(*args): the one that is there already, or a new one."""
        new = len(self.nodes)
        index = self._known.setdefault((op, args, params), new)
        if index == new:
            self.nodes.append(Node(op, args, params, None, "", where, shape, kind))
        return index

    def apply_each(self, op: str, args: Iterable[tuple[int, ...]], params: Params = (), where: str = "") -> list[int]:
        """`apply` of an op of numbers to one tuple of arguments after the other."""
        known, nodes, found = self._known, self.nodes, []
        for each in args:
            new = len(nodes)
            index = known.setdefault((op, each, params), new)
            if index == new:
                nodes.append(Node(op, each, params, None, "", where))
            found.append(index)
        return found

    def copy(self) -> Graph:
        """A graph to go on building on: the nodes are shared, the lists are not."""
        return Graph(
            nodes=list(self.nodes), inputs=list(self.inputs), outputs=self.outputs, guards=list(self.guards),
            _known=dict(self._known),
        )  # fmt: skip

    # -- reading ----------------------------------------------------------------------------------

    @property
    def ends(self) -> list[int]:
        """The outputs, and what the caller's code has decided by."""
        return [*self.outputs, *(g for g, _ in self.guards)]

    def live(self, outputs: Iterable[int] | None = None) -> list[int]:
        """The indices of the nodes that the outputs need, in order."""
        nodes, kept = self.nodes, []
        wanted = bytearray(len(nodes))
        for i in self.outputs if outputs is None else outputs:
            wanted[i] = True
        for i in range(len(nodes) - 1, -1, -1):
            if wanted[i]:
                kept.append(i)
                for a in nodes[i].args:
                    wanted[a] = True
        return kept[::-1]

    def varying(self, inputs: Container[int] | None = None) -> list[bool]:
        """For each node, whether it depends on an input: on any of them, or on one of these."""
        varies: list[bool] = []
        for i, node in enumerate(self.nodes):
            for a in node.args:
                if varies[a]:
                    varies.append(True)
                    break
            else:
                varies.append(node.op == INPUT and (inputs is None or i in inputs))
        return varies

    def content(self) -> tuple[Any, ...]:
        """What the graph computes: equal for equal functions, whoever recorded them, and hashable."""
        nodes: list[Any] = []
        for n in self.nodes:
            if n.op == CONST:
                number = (n.value.dtype.str, _digest(n.value)) if isinstance(n.value, np.ndarray) else repr(n.value)
                nodes.append((n.op, number, n.shape, n.kind))
            else:
                nodes.append((n.op, n.args, n.params, n.shape, n.kind, n.name if n.op == INPUT else ""))
        return (*nodes, *self.inputs, *self.outputs)

    def count_ops(self) -> int:
        """How many ops the outputs need; inputs and constants are free."""
        return sum(bool(self.nodes[i].args) for i in self.live())

    def names(self) -> list[str]:
        """A name for every node, the lecture's: inputs by name, steps z1, z2, ... in order.

        Constants are named by their value. A step the caller named keeps its name.
        """
        taken = {node.name for node in self.nodes if node.name}
        names, k = [], 0
        for node in self.nodes:
            if node.name:
                names.append(node.name)
            elif node.op == CONST:
                names.append(number(node.value))
            else:
                k += 1
                while f"z{k}" in taken:
                    k += 1
                names.append(f"z{k}")
        return names

    def __str__(self) -> str:
        """The text form, one node a line: `z3: f64 = mul(2, z1)`."""
        names, rows = self.names(), []
        for i in sorted({*self.live(), *self.inputs}):
            node = self.nodes[i]
            size = f"[{', '.join(map(str, node.shape))}]" if node.shape else ""
            if node.op == INPUT:
                rows.append(f"{names[i]}: f64{size} = input")
            elif node.op != CONST:
                kind = "bool" if TABLE[node.op].boolean else {"f": "f64", "b": "bool", "i": "int"}[node.kind]
                inside = [names[a] for a in node.args] + [f"{k}={v}" for k, v in node.params]
                rows.append(f"{names[i]}: {kind}{size} = {node.op}({', '.join(inside)})")
        rows += [f"where {names[i]} is {value}" for i, value in self.guards]
        rows.append("return " + ", ".join(names[o] for o in self.outputs))
        return "\n".join(rows)

    def check(self) -> None:
        """Raise `SymdiffError` if this is not a legal graph: order, arity, known ops, outputs."""
        for i, node in enumerate(self.nodes):
            if node.op in (INPUT, CONST):
                if node.args:
                    raise SymdiffError(f"node {i} ({node.op}) has arguments")
                continue
            row = TABLE.get(node.op)
            if row is None:
                raise SymdiffError(f"node {i}: the op table has no {node.op!r}")
            if len(node.args) != row.arity and not row.variadic:
                raise SymdiffError(f"node {i} ({node.op}): {len(node.args)} arguments, expected {row.arity}")
            if any(not 0 <= a < i for a in node.args):
                raise SymdiffError(f"node {i} ({node.op}) uses a later node")
            if tuple(k for k, _ in node.params) != row.params:
                raise SymdiffError(f"node {i} ({node.op}): parameters {node.params}, expected {row.params}")
        if any(not 0 <= o < len(self.nodes) for o in self.outputs):
            raise SymdiffError("an output is not a node of the graph")
        if any(self.nodes[i].op != INPUT for i in self.inputs):
            raise SymdiffError("an input is not an input node")
        if any(not 0 <= i < len(self.nodes) for i, _ in self.guards):
            raise SymdiffError("a guard is not a node of the graph")


def _digest(array: np.ndarray) -> bytes:
    """Stands for the entries of an array: no two arrays that anybody meets share it."""
    return hashlib.blake2b(np.ascontiguousarray(array).data, digest_size=16).digest()


def number(value: float | Fraction | np.ndarray | None) -> str:
    """A constant as a person writes it: 2, 0.5, 1/3. An array is written out where it is short."""
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, np.ndarray):
        whole = np.array2string(value, separator=", ", threshold=6).replace("\n", "")
        return whole if len(whole) <= 40 else f"const[{', '.join(map(str, value.shape))}]"
    as_float = float(value) if value is not None else float("nan")
    if as_float.is_integer() and abs(as_float) < 1e16 and repr(as_float) != "-0.0":
        return str(int(as_float))
    return repr(as_float)


def is_short(value: float | Fraction, bits: int = SHORT) -> bool:
    """Whether nobody had to round this constant: few significant bits, like 2, 0.5 or -0.75. 1.4 is not."""
    if not math.isfinite(value):
        return True  # a sentinel, not a rounded number
    mantissa = math.frexp(float(value))[0] * 2.0**bits
    return mantissa == math.floor(mantissa)


def rewritten(
    graph: Graph, written: Callable[[Graph, int, list[int]], int]
) -> tuple[Graph, dict[int, int]]:
    """The graph written anew, and where each node is now; `written(new, i, args)` writes step i, whose arguments are
    at `args` in the new graph. Inputs, constants, names, outputs and guards go with it."""
    new, place = Graph(), dict[int, int]()
    for i in graph.inputs:
        place[i] = new.input(graph.nodes[i].name, graph.nodes[i].shape)
    for i in graph.live(graph.ends):
        if i in place:
            continue
        node = graph.nodes[i]
        if node.op == CONST:
            place[i] = new.const(node.value)
            continue
        place[i] = written(new, i, [place[a] for a in node.args])
        new.nodes[place[i]].name = new.nodes[place[i]].name or node.name
    new.outputs = tuple(place[o] for o in graph.outputs)
    new.guards = [(place[g], was) for g, was in graph.guards]
    return new, place


def run(
    graph: Graph,
    column: str,
    inputs: Sequence[Any],
    const: Callable[[float | Fraction], Any],
    needed: Iterable[int] | None = None,
) -> list[Any]:
    """Evaluate the graph in one vocabulary (a column of the table: "forward", "jax", "ball", ...).

    Returns the value of every node, None for nodes the outputs do not need. `const` turns a
    constant into a value of the vocabulary.
    """
    values: list[Any] = [None] * len(graph.nodes)
    for i, value in zip(graph.inputs, inputs, strict=True):
        values[i] = value
    nodes, value_of = graph.nodes, values.__getitem__
    for i in graph.live() if needed is None else needed:
        node = nodes[i]
        if node.op == CONST:
            values[i] = const(node.value)  # type: ignore[arg-type]  # a "const" always has a value
        elif node.op != INPUT:
            meaning, args = getattr(TABLE[node.op], column), map(value_of, node.args)
            values[i] = meaning(*args, **dict(node.params)) if node.params else meaning(*args)
    return values
