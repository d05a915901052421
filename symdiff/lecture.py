"""The lecture's table: every step z_i, its value, its adjoint, and the chain rule as a sum over paths.

One engine gives the numbers and the explanation: the adjoints come from the tape's own sweep, and the
formula beside each is that very sweep, written down.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from symdiff.errors import DomainError, InputError, UnsupportedError
from symdiff.graph import CONST, INPUT, Graph, number, run
from symdiff.inputs import function
from symdiff.inputs.recorded import Recorded
from symdiff.inputs.unparse import to_text
from symdiff.methods.tape.sweep import sweep
from symdiff.ops import TABLE
from symdiff.problem import Problem

MOST_PATHS = 10_000
SHOWN_PATHS = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One row: `name = expression = value`, and `dy/dname = adjoint_formula = adjoint`."""

    name: str
    expression: str
    value: float
    adjoint: float
    adjoint_formula: str


@dataclass(frozen=True, slots=True)
class Path:
    """One way from y to a variable: the steps on it, the local derivative of each edge, their product."""

    nodes: tuple[str, ...]
    factors: tuple[str, ...]
    values: tuple[float, ...]
    product: float

    def __str__(self) -> str:
        walk = " <- ".join(self.nodes)
        written = " * ".join(f"({f})" if " " in f or f.startswith("-") else f for f in self.factors) or "1"
        numbers = " * ".join(_signed(v) for v in self.values) or "1"
        return f"{walk}:  {written} = {numbers} = {_text(self.product)}"


@dataclass(frozen=True, slots=True)
class Paths:
    """The chain rule for one variable: dy/dx is the sum, over all paths from y to x, of the products."""

    variable: str
    output: str
    paths: tuple[Path, ...]
    total: float

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[Path]:
        return iter(self.paths)

    def __str__(self) -> str:
        lines = [str(p) for p in self.paths[:SHOWN_PATHS]]
        if len(self.paths) > SHOWN_PATHS:
            lines.append(f"and {len(self.paths) - SHOWN_PATHS} more paths")
        total = " + ".join(_signed(p.product) for p in self.paths[:SHOWN_PATHS]) or "0"
        more = " + ..." if len(self.paths) > SHOWN_PATHS else ""
        return "\n".join([*lines, f"d{self.output}/d{self.variable} = {total}{more} = {_text(self.total)}"])


class Steps:
    """The table of a function at a point.

    Attributes:
        rows: one `Step` per op, in the order of computation; the last is the output.
        inputs: one `Step` per variable; its adjoint is the gradient entry.
    """

    def __init__(self, problem: Problem, x: Sequence[np.float64]) -> None:
        self.problem = problem
        self._graph = problem.graph
        self._names = _names(problem)
        self._primal = len(problem.graph.nodes)
        self._tape, self._program = _tape(problem, x)
        self._output = problem.graph.outputs[0]
        seed = Recorded(self._program, self._program.input(f"{self.output}bar"), np.float64(1.0))
        with np.errstate(all="ignore"):
            self._adjoints = sweep(self._program, self._tape, {self._output: seed})
        shown = [i for i in self._graph.live() if self._graph.nodes[i].op != CONST or i == self._output]
        steps = self._steps([*shown, *[i for i in self._graph.inputs if i not in shown]])
        self.rows = [s for i, s in steps.items() if self._graph.nodes[i].op != INPUT]
        self.inputs = [steps[i] for i in self._graph.inputs]

    @property
    def output(self) -> str:
        """What the table calls the value of the function: y, if that is no variable."""
        return self._names[self._output]

    @property
    def gradient(self) -> tuple[float, ...]:
        """The adjoints of the variables, in order."""
        return tuple(s.adjoint for s in self.inputs)

    def _steps(self, shown: Sequence[int]) -> dict[int, Step]:
        """The rows, adjoints written in the order in which the sweep finds them."""
        written: dict[int, tuple[str, float]] = {}
        named = {i: self._names[i] for i in range(self._primal)}
        for i in sorted(shown, reverse=True):
            adjoint = self._adjoints[i]
            if i == self._output:
                written[i] = ("1", 1.0)
                named[adjoint.index] = f"{self.output}bar"
            elif adjoint is None:
                written[i] = ("0", 0.0)
            else:
                written[i] = (self._written(adjoint.index, named), float(adjoint.value))
                named.setdefault(adjoint.index, f"{self._names[i]}bar")
        values = {i: float(self._tape[i].value) for i in shown}
        own = {i: self._names[i] for i in range(self._primal)}
        return {
            i: Step(self._names[i], self._written(i, own, top=True), values[i], written[i][1], written[i][0])
            for i in sorted(shown)
        }

    def _written(self, i: int, named: Mapping[int, str], top: bool = False) -> str:
        """Node i as text in terms of the nodes that have names; `top`: its own name does not count."""
        if i in named and not top:
            return named[i]
        return to_text(_cut(self._program, i, named))

    def paths(self, variable: str) -> Paths:
        """The chain rule for one variable as a sum over all paths through the graph.

        Raises `InputError` for an unknown variable, `UnsupportedError` for more than 10,000 paths.

        >>> import symdiff as sd
        >>> print(sd.steps("x1**2*(x2*x3 - 2*x1**2)", at={"x1": 1, "x2": 2, "x3": 3}).paths("x2"))
        y <- z4 <- z2 <- x2:  z1 * 1 * x3 = 1 * 1 * 3 = 3
        dy/dx2 = 3 = 3
        """
        (position,) = self.problem.select(variable)
        target = self._graph.inputs[position]
        count = self._count_paths(target)
        if count > MOST_PATHS:
            raise UnsupportedError(f"there are {count} paths from {self.output} to {variable} (limit {MOST_PATHS})")
        edges = self._edges()
        found: list[Path] = []
        stack: list[tuple[int, tuple[int, ...], tuple[str, ...], tuple[float, ...]]]
        stack = [(self._output, (self._output,), (), ())]
        while stack:
            i, walk, factors, values = stack.pop()
            if i == target:
                product = float(np.prod(values)) if values else 1.0
                found.append(Path(tuple(self._names[k] for k in walk), factors, values, product))
                continue
            for a, factor, value in reversed(edges[i]):
                stack.append((a, (*walk, a), (*factors, factor), (*values, value)))
        total = float(sum(p.product for p in found))
        return Paths(self._names[target], self.output, tuple(found), total)

    def _count_paths(self, target: int) -> int:
        counts = [0] * self._primal
        for i in range(self._primal):
            counts[i] = 1 if i == target else sum(counts[a] for a in self._graph.nodes[i].args)
        return counts[self._output]

    def _edges(self) -> dict[int, list[tuple[int, str, float]]]:
        """For every step its local derivatives: (argument, as text, as a number)."""
        own = {i: self._names[i] for i in range(self._primal)}
        edges: dict[int, list[tuple[int, str, float]]] = {}
        varies = self._graph.varying()
        for i in self._graph.live():
            node = self._graph.nodes[i]
            edges[i] = []
            if not node.args:
                continue
            args, params = [self._tape[a] for a in node.args], dict(node.params)
            for a, rule in zip(node.args, TABLE[node.op].vjp, strict=True):
                if rule is None or not varies[a]:
                    continue
                with np.errstate(all="ignore"):
                    local = rule(1.0, self._tape[i], *args, **params)
                if not isinstance(local, Recorded):
                    edges[i].append((a, number(float(local)), float(local)))
                else:
                    edges[i].append((a, _factor(self._program, local.index, own), float(local.value)))
        return edges

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the function, the variables, the steps."""
        return {
            "function": self.problem.source,
            "output": self.output,
            "inputs": [asdict(s) for s in self.inputs],
            "steps": [asdict(s) for s in self.rows],
            "gradient": dict(zip(self.problem.names, self.gradient, strict=True)),
        }

    def to_json(self, indent: int | None = 2) -> str:
        """The table as JSON text."""
        return json.dumps(self.to_dict(), indent=indent)

    def to_latex(self) -> str:
        """The table as a LaTeX `array` in display mathematics."""
        from symdiff.reports.latex import steps_latex

        return steps_latex(self)

    def __str__(self) -> str:
        from symdiff.reports.table import steps_text

        return steps_text(self)


def steps(f: Any, *args: float, at: Mapping[str, float] | None = None) -> Steps:
    """The lecture's table of a formula at a point: every step z_i, its value, its adjoint.

    Args:
        f: a formula as text, a SymPy expression, a Python function of scalars, or a `Problem`; with
            one value.
        *args, at: the point, by position or by name.

    Raises:
        ExpressionError, InputError: the function or the point does not fit.
        DomainError: the function is not defined at the point.

    Source: A. Griewank and A. Walther, "Evaluating Derivatives" (2nd ed., SIAM 2008), chapter 3.

    >>> import symdiff as sd
    >>> table = sd.steps("x1**2*(x2*x3 - 2*x1**2)", at={"x1": 1, "x2": 2, "x3": 3})
    >>> [(row.name, row.value, row.adjoint) for row in table.rows]
    [('z1', 1.0, 2.0), ('z2', 6.0, 1.0), ('z3', 2.0, -1.0), ('z4', 4.0, 1.0), ('y', 4.0, 1.0)]
    >>> table.gradient
    (4.0, 3.0, 2.0)
    """
    problem = function(f)
    if problem.vector:
        raise InputError("steps needs a function with one value: take its components one by one")
    return Steps(problem, problem.point(args, at))


def _tape(problem: Problem, x: Sequence[np.float64]) -> tuple[list[Recorded], Graph]:
    """Every node as a recorded value of a growing copy of the graph. `DomainError` outside the domain."""
    graph = problem.graph.copy()
    with np.errstate(all="ignore"):
        values = run(graph, "forward", x, np.float64, needed=range(len(graph.nodes)))
    y = values[graph.outputs[0]]
    if not np.isfinite(y):
        from symdiff.crosscheck.terrain import survey

        outside = survey(problem, x).outside
        raise DomainError(f"{problem.source} is not defined here: {outside}" if outside else f"{problem.source} is {y} here")
    return [Recorded(graph, i, v) for i, v in enumerate(values)], graph


def _names(problem: Problem) -> list[str]:
    """z1, z2, ... for the steps, and y (or f, or result) for the output, if the caller gave no names."""
    graph, names = problem.graph, problem.graph.names()
    output = graph.outputs[0]
    if graph.nodes[output].args and not graph.nodes[output].name:
        names[output] = next(n for n in ("y", "f", "result", "output_") if n not in names)
    return names


def _cut(graph: Graph, wanted: int, named: Mapping[int, str]) -> Graph:
    """The expression of one node, in which every other node that has a name is an input of that name."""
    small, at = Graph(), {}
    stack = [wanted]
    while stack:
        i = stack[-1]
        node = graph.nodes[i]
        if i in at:
            stack.pop()
        elif node.op == CONST:
            at[i] = small.const(node.value)  # type: ignore[arg-type]  # a "const" always has a value
        elif node.op == INPUT or (i in named and i != wanted):
            name = named.get(i, node.name)
            same = [k for k in small.inputs if small.nodes[k].name == name]
            at[i] = same[0] if same else small.input(name)
        elif any(a not in at for a in node.args):
            stack.extend(a for a in node.args if a not in at)
        else:
            at[i] = small.apply(node.op, *[at[a] for a in node.args], params=node.params)
    small.outputs = (at[wanted],)
    return small


def _factor(graph: Graph, i: int, named: Mapping[int, str]) -> str:
    """A local derivative as text, without the seed 1 that the rule multiplied by."""
    node = graph.nodes[i]
    if node.op == "mul" and graph.nodes[node.args[0]].value == 1.0:
        i = node.args[1]
    return named[i] if i in named and graph.nodes[i].op != CONST else to_text(_cut(graph, i, named))


def _text(value: float) -> str:
    return f"{value:.10g}"


def _signed(value: float) -> str:
    return f"({_text(value)})" if value < 0 else _text(value)
