"""Who is guilty, in a function of arrays: each step is a function of arrays of its own.

A step that is too large to be taken apart is cut: the op is looked at on the first entries of its arrays, in balls.
What a cut does not show, or an op that cannot be cut, is held against another method at its full size.
Where steps have names (a net's u1, z1, u2, ...), those around the guilty one say where in the function it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, entry_name, flat
from symdiff.crosscheck.blaming.single_op import CHAINING, fault
from symdiff.graph import CONST, INPUT, Graph, Node, number, run
from symdiff.methods import method as find_method
from symdiff.methods.base import TANGENTS, Task
from symdiff.methods.modes import split
from symdiff.ops import TABLE
from symdiff.scalars import steps

# what to ask of a single op, to find a fault in an operator of the whole
LOCAL = {
    "value": ("value",), "hessian": ("vjp", "hvp"), "hvp": ("vjp", "jvp"), "jvp": ("jvp",),
    "third": ("vjp", "hvp", "tvp"), "tvp": ("vjp", "hvp", "tvp"),
    "grad": ("vjp",), "value_and_grad": ("vjp",), "jacobian": ("vjp",),
}  # fmt: skip
MOST_LOOKED_AT = 20_000  # scalar steps of one op
MOST_OF_A_CUT = 500  # of one op of a large function: there are many
CUT = 4  # entries of each axis that are left of an array
APART = 1e-6  # relative to the largest entry: no rounding of a single op
TIGHT = ("**", "*", "/", "@")  # infixes that are written without blanks
RESHAPED = ("reshape", "broadcast_to")  # ops that only say which axes there are
LAYER = re.compile(r"[uz](\d+)")  # the lecture's names: u_i and z_i are those of layer i


def blame_arrays(problem: ArrayProblem, method: str, leaves: Sequence[Any], operator: str, large: bool = False) -> str:
    """Name the first step whose derivative (or value, for operator "value") `method` gets wrong. `large` says that
    the whole is too large to be taken apart."""
    if method == "jax" and problem.native is not None:
        from symdiff.crosscheck.blaming.blame_jax import blame_jax

        return blame_jax(problem, leaves, LOCAL.get(operator, (operator,)))
    graph = problem.graph
    with np.errstate(all="ignore"):
        values = run(graph, "forward", leaves, lambda c: c)
    # another method is asked last: it has to be compiled for each step
    looks = (_Step.fault_in_a_cut, _Step.against_another) if large else (_Step.fault,)
    for look in looks:
        for step in _steps(graph, values, LOCAL.get(split(operator)[0], (operator,))):
            guilty = _unless_refused(look, step, method) if large else look(step, method)
            if guilty:
                where = graph.nodes[step.i].where
                return f"{_said(graph, step.i)}{f' at {where}' if where else ''}: {guilty}"
    return CHAINING if operator != "value" else ""


def _steps(graph: Graph, values: Sequence[Any], operators: Sequence[str]) -> Iterator[_Step]:
    """The steps that have a derivative, in order."""
    varies = graph.varying()
    for i in graph.live():
        node = graph.nodes[i]
        moving = [a for a in dict.fromkeys(node.args) if varies[a] and graph.nodes[a].kind == "f"]
        if moving and node.kind == "f" and all(np.all(np.isfinite(values[a])) for a in moving):
            yield _Step(graph, i, values, moving, operators)


class _Step:
    """One op as a function of its varying arguments."""

    def __init__(
        self, graph: Graph, i: int, values: Sequence[Any], moving: Sequence[int], operators: Sequence[str]
    ) -> None:
        self.graph, self.i, self.values, self.moving, self.operators = graph, i, values, moving, operators

    def fault(self, method: str) -> str:
        """What the method says of the op that is not so, certified."""
        if steps(self.graph, [self.i]) > MOST_LOOKED_AT:
            return ""
        point = [np.asarray(self.values[a]) for a in self.moving]
        return self._certified(self._alone(self.values, self.graph.nodes[self.i].shape), method, point)

    def fault_in_a_cut(self, method: str) -> str:
        """The same without taking large arrays apart: on their first entries."""
        if steps(self.graph, [self.i]) <= MOST_OF_A_CUT:
            return self.fault(method)
        node, values = self.graph.nodes[self.i], list(self.values)
        for a in node.args:
            values[a] = np.asarray(values[a])[tuple(slice(CUT) for _ in np.shape(values[a]))]
        made = TABLE[node.op].forward(*(values[a] for a in node.args), **dict(node.params))
        alone = self._alone(values, np.shape(made))
        if steps(alone.graph) > MOST_OF_A_CUT:
            return ""
        return self._certified(alone, method, [np.asarray(values[a]) for a in self.moving])

    def _certified(self, alone: ArrayProblem, method: str, point: list[np.ndarray]) -> str:
        return fault(alone.scalars(point), method, tuple(flat(point)), self.operators)

    def against_another(self, method: str) -> str:
        """The entry by which the method and another are furthest apart, if that is no rounding."""
        alone = self._alone(self.values, self.graph.nodes[self.i].shape)
        point = [np.asarray(self.values[a]) for a in self.moving]
        other, rng = "jax" if method != "jax" else "tape", np.random.default_rng(0)
        for operator in self.operators:
            task = Task(operator, tuple(range(len(point))))
            shapes = alone.answers if operator == "vjp" else alone.shapes * TANGENTS.get(operator, 0)
            if said := self._apart(alone, task, point, [rng.uniform(0.5, 1.5, s) for s in shapes], method, other):
                return self._apart(alone, task, point, [np.ones(s) for s in shapes], method, other) or said
        return ""

    def _apart(
        self, alone: ArrayProblem, task: Task, point: list[np.ndarray], vector: list[np.ndarray], method: str,
        other: str,
    ) -> str:  # fmt: skip
        both = [find_method(m).arrays(alone, task, point, vector) for m in (method, other)]
        for k, (mine, theirs) in enumerate(zip(*both, strict=True)):
            sane = np.isfinite(theirs)
            apart = np.subtract(mine, theirs, where=sane, out=np.zeros(np.shape(theirs)))
            gap = np.nan_to_num(np.abs(apart), nan=np.inf)
            if np.max(gap, initial=0.0) > APART * np.max(np.abs(theirs), initial=0.0, where=sane):
                at = tuple(int(j) for j in np.unravel_index(int(np.argmax(gap)), gap.shape))
                pulls = task.operator in ("vjp", "hvp", "tvp")
                what = f"d/d{entry_name(alone.names[k], at)}" if pulls else "the value"
                return f"{what} is {float(theirs[at])!r} by {other}, {method} says {float(mine[at])!r}"
        return ""

    def _alone(self, values: Sequence[Any], shape: tuple[int, ...]) -> ArrayProblem:
        node, names = self.graph.nodes[self.i], _names(self.graph, self.moving)
        one = Graph()
        at = {a: one.input(name, np.shape(values[a])) for a, name in zip(self.moving, names, strict=True)}
        for a in node.args:
            if a not in at:
                value = np.asarray(values[a])
                at[a] = one.const(value if value.ndim or value.dtype.kind == "b" else float(value))
        one.nodes.append(Node(node.op, tuple(at[a] for a in node.args), node.params, None, "", node.where, shape, "f"))
        one.outputs = (len(one.nodes) - 1,)

        def own(leaves: Sequence[Any]) -> list[Any]:
            found = run(one, "forward", leaves, lambda c: c)
            return [found[o] for o in one.outputs]

        return ArrayProblem(one, tuple(one.nodes[k].name for k in one.inputs), node.op, own)


def _unless_refused(look: Callable[[_Step, str], str], step: _Step, method: str) -> str:
    try:
        return look(step, method)
    except Exception:  # noqa: BLE001 - an op may object to arrays that were cut, or to balls, as it likes
        return ""


def _said(graph: Graph, i: int) -> str:
    """The step: `z3 = matmul`; between steps with names `in layer 2, between z1 and u2: matmul with W2`."""
    op = graph.nodes[i].op
    if not _has_names(graph):
        return f"{graph.names()[i]} = {op}"
    before, after = _named_before(graph, i), _named_after(graph, i)
    of_layer = LAYER.fullmatch(after)
    parts = [f"in layer {of_layer[1]}"] if of_layer else []
    if before and after:
        parts.append(f"between {before} and {after}")
    elif before or after:
        parts.append(f"after {before}" if before else f"before {after}")
    leaves = dict.fromkeys(n for n in (_leaf(graph, a) for a in graph.nodes[i].args) if n)
    entering = f" with {' and '.join(leaves)}" if leaves else ""
    return f"{', '.join(parts)}: {op}{entering}" if parts else f"{op}{entering}"


def _has_names(graph: Graph) -> bool:
    return any(node.name and node.args for node in graph.nodes)


def _named_before(graph: Graph, i: int) -> str:
    """The latest named step that step i is made from."""
    wanted = set(graph.nodes[i].args)
    for k in range(i - 1, -1, -1):
        if k in wanted:
            if graph.nodes[k].name and graph.nodes[k].args:
                return graph.nodes[k].name
            wanted.update(graph.nodes[k].args)
    return ""


def _named_after(graph: Graph, i: int) -> str:
    """The first named step that step i goes into: itself, if it has a name."""
    reached = {i}
    for k in range(i, len(graph.nodes)):
        node = graph.nodes[k]
        if k == i or not reached.isdisjoint(node.args):
            if node.name:
                return node.name
            reached.add(k)
    return ""


def _leaf(graph: Graph, a: int) -> str:
    """The argument of the whole function that this one is, turned or reshaped at most."""
    while len(graph.nodes[a].args) == 1 and not graph.nodes[a].name:
        (a,) = graph.nodes[a].args
    return graph.nodes[a].name if graph.nodes[a].op == INPUT else ""


def _names(graph: Graph, nodes: Sequence[int]) -> list[str]:
    """Names for the arguments of a step. Where some steps have names of their own, z7 would be taken for one of
    them: then the others are said as what they are."""
    plain = graph.names()
    if _has_names(graph):
        said = [expression(graph, a) for a in nodes]
        if len(set(said)) == len(said):
            return said
    return [plain[a] for a in nodes]


def expression(graph: Graph, a: int, depth: int = 3) -> str:
    """A step as a person writes it, `matmul(z1, transpose(W2))`, `x**3*sin(x)`: to a depth that can still be read."""
    node = graph.nodes[a]
    if node.name:
        return node.name
    if node.op == CONST:
        return number(node.value)
    if node.op in RESHAPED and len(node.args) == 1:  # x @ A becomes matrices and back: the caller wrote none of it
        return expression(graph, node.args[0], depth)
    if not depth:
        return "..."
    inside = [expression(graph, b, depth - 1) for b in node.args]
    infix = TABLE[node.op].infix if node.op in TABLE else ""
    if infix and len(inside) == 2:
        left, right = (_bracketed(graph, node.args[k], said, infix, k) for k, said in enumerate(inside))
        return f"{left}{infix}{right}" if infix in TIGHT else f"{left} {infix} {right}"
    if node.op == "integer_power":
        return f"{_bracketed(graph, node.args[0], inside[0], '**', 0)}**{dict(node.params)['n']}"
    return f"{node.op}({', '.join(inside)})"


def _bracketed(graph: Graph, a: int, said: str, outer: str, position: int) -> str:
    """In brackets, where the infix around it would take it apart."""
    node = graph.nodes[a]
    while node.op in RESHAPED and len(node.args) == 1 and not node.name:
        node = graph.nodes[node.args[0]]
    inner = "**" if node.op == "integer_power" else TABLE[node.op].infix if node.op in TABLE else ""
    if not inner or node.name or said == "...":
        return said
    loose = (inner not in TIGHT and (outer in TIGHT or outer == "-")) or outer == "**"
    return f"({said})" if loose or (outer == "/" and position and inner != "**") else said
