"""Simpler expressions: what to try in place of a graph of numbers, the greatest cuts first.

A step becomes the whole; a step in it becomes one of its own arguments, a variable with the value that the step
has at the point, or a constant. A cut that puts a variable in the place of a step leaves all numbers
around it as they are, so a wrong rule there stays wrong.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain, count

import numpy as np

from symdiff.crosscheck.shrinking.numbers import plainer, plainness
from symdiff.errors import UnsupportedError
from symdiff.graph import CONST, INPUT, Graph, run
from symdiff.inputs.tokens import name_fault
from symdiff.inputs.unparse import to_text
from symdiff.ops import TABLE

LETTERS = "xyztuvwabc"
ONE = 1.0


@dataclass(frozen=True, slots=True)
class Formula:
    """A graph of numbers with one output, at a point: the value of every input by its name."""

    graph: Graph
    at: dict[str, float]

    @classmethod
    def of(cls, graph: Graph, output: int, point: Sequence[float]) -> Formula:
        """One output of a graph of numbers; inputs whose names text cannot say get other names."""
        live = set(graph.live([output]))
        taken = {graph.nodes[i].name for i in live if graph.nodes[i].op == INPUT}
        new, place, at = Graph(), dict[int, int](), dict[str, float]()
        for i, value in zip(graph.inputs, point, strict=True):
            if i in live:
                name = graph.nodes[i].name
                if name_fault(name):
                    taken.add(name := _next_letter(taken))
                place[i], at[name] = new.input(name), float(value)
        for i in sorted(live - place.keys()):
            node = graph.nodes[i]
            if node.op == CONST:
                place[i] = new.const(node.value)
            elif node.op == "total":  # a sum of many in one step, which text has not
                place[i] = reduce(lambda a, b: new.apply("add", a, b), (place[a] for a in node.args))
            else:
                place[i] = new.apply(node.op, *(place[a] for a in node.args), params=node.params)
        new.outputs = (place[output],)
        return cls(new, at)

    @property
    def text(self) -> str:
        return to_text(self.graph)

    def size(self) -> tuple[int, int, int, int]:
        """Smaller is simpler: steps, variables, what the numbers look like, and how long the text is."""
        graph = self.graph
        nodes = [graph.nodes[i] for i in graph.live()]
        variables = sum(node.op == INPUT for node in nodes)
        numbers = [float(node.value) for node in nodes if node.op == CONST]
        numbers += [float(n) for node in nodes for _, n in node.params]
        return graph.count_ops(), variables, sum(10 * a + b for a, b in map(plainness, numbers)), len(self.text)


def simpler(formula: Formula, blamed: str = "") -> Iterator[Formula]:
    """Formulas that are simpler than this one, the greatest cuts first; `blamed` is the op that is to stay."""
    for candidate in _candidates(formula, blamed):
        try:
            if candidate.size() < formula.size():
                yield candidate
        except UnsupportedError:  # a constant that text cannot say: nan, or inf
            continue


def _candidates(formula: Formula, blamed: str) -> Iterator[Formula]:
    graph = formula.graph
    with np.errstate(all="ignore"):
        values = run(graph, "forward", [formula.at[graph.nodes[i].name] for i in graph.inputs], np.float64)
    (root,) = graph.outputs
    steps = [i for i in graph.live() if graph.nodes[i].args and not _is_true_or_false(graph, i)]
    yield from (_rebuilt(formula, i) for i in sorted(steps, key=lambda i: graph.nodes[i].op != blamed) if i != root)
    inner = [i for i in reversed(steps) if i != root]
    for i in inner:
        if np.isfinite(values[i]):
            yield _rebuilt(formula, root, i, variable=float(values[i]))
    for i in inner:
        for a in dict.fromkeys(graph.nodes[i].args):
            if not _is_true_or_false(graph, a):
                yield _rebuilt(formula, root, i, other=a)
    for i in [*inner, *graph.inputs]:
        for number in (ONE, float(values[i])):
            if np.isfinite(number):
                yield _rebuilt(formula, root, i, constant=number)
    for i in graph.live():
        node = graph.nodes[i]
        if node.op == CONST:
            yield from (_rebuilt(formula, root, i, constant=v) for v in plainer(float(node.value)))
        elif len(node.params) == 1 and isinstance(node.params[0][1], int):
            name, n = node.params[0]
            yield from (_rebuilt(formula, root, i, params=((name, k),)) for k in (2, 1, 0, -1) if abs(k) < abs(n))


def _rebuilt(
    formula: Formula, root: int, at: int | None = None, *, other: int | None = None, variable: float | None = None,
    constant: float | None = None, params: tuple[tuple[str, int], ...] | None = None,
) -> Formula:  # fmt: skip
    """The formula from `root` on, with another node, a variable, a constant or other parameters at node `at`."""
    old, new = formula.graph, Graph()
    stands_for = {at: other} if other is not None and at is not None else {}
    cut = {at} if variable is not None or constant is not None else set()
    wanted = {root}
    for i in range(root, -1, -1):
        if i in wanted and i not in cut:
            wanted.update(stands_for.get(a, a) for a in old.nodes[i].args)
    names = {old.nodes[i].name for i in wanted if old.nodes[i].op == INPUT and i not in cut}
    place: dict[int, int] = {}
    point: dict[str, float] = {}
    for i in sorted(wanted):
        node = old.nodes[i]
        if i in cut and variable is not None:
            name = _free_name(old, i, names)
            place[i], point[name] = new.input(name), variable
        elif i in cut:
            place[i] = new.const(constant if constant is not None else ONE)
        elif node.op == INPUT:
            place[i], point[node.name] = new.input(node.name), formula.at[node.name]
        elif node.op == CONST:
            place[i] = new.const(node.value)
        else:
            args = [place[stands_for.get(a, a)] for a in node.args]
            place[i] = new.apply(node.op, *args, params=params if i == at and params is not None else node.params)
    new.outputs = (place[root],)
    return Formula(new, point)


def _free_name(graph: Graph, i: int, taken: set[str]) -> str:
    """The name of a variable that step i was made from, if it is free now; else the next letter."""
    made_from = [graph.nodes[k].name for k in graph.live([i]) if graph.nodes[k].op == INPUT]
    return next((name for name in made_from if name not in taken), None) or _next_letter(taken)


def _next_letter(taken: Container[str]) -> str:
    numbered = (f"{LETTERS[0]}{k}" for k in count(1))
    return next(name for name in chain(LETTERS, numbered) if name not in taken)


def _is_true_or_false(graph: Graph, i: int) -> bool:
    row = TABLE.get(graph.nodes[i].op)
    return row is not None and row.boolean
