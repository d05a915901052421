"""The lecture's table: every step z_i, its value, its adjoint, and the chain rule as a sum over paths.

One engine gives the numbers and the explanation: the adjoints come from the tape's own sweep, and the
formula beside each is that very sweep, written down.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from symdiff.errors import DomainError, InputError, UnsupportedError
from symdiff.graph import CONST, INPUT, Graph, number, run
from symdiff.inputs import formula_of
from symdiff.inputs.recorded import Recorded
from symdiff.inputs.unparse import to_text
from symdiff.methods.tape.sweep import slopes, sweep
from symdiff.ops import TABLE
from symdiff.problem import Problem
from symdiff.reports.table import clip, cut, factor, fresh, leaf, value_text, written_as

MOST_PATHS = 10_000
SHOWN_PATHS = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One row: `name = expression = value`, and `dy/dname = adjoint_formula = adjoint`.

    A step that moves with no variable (pi, 2*pi, a condition) has no adjoint: None, and no formula. The
    value of a condition is True or False.
    """

    name: str
    expression: str
    value: float
    adjoint: float | None
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
        return f"{walk}:  {written} = {numbers} = {value_text(self.product)}"


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
        return "\n".join([*lines, f"d{self.output}/d{self.variable} = {total}{more} = {value_text(self.total)}"])


class Steps:
    """The table of a function at a point.

    Attributes:
        rows: one `Step` per op, in the order of computation; the last is the output.
        inputs: one `Step` per variable; its adjoint is the gradient entry.
        notes: what the numbers do not show: which slope the adjoint takes at a kink.
    """

    def __init__(self, problem: Problem, x: Sequence[np.float64]) -> None:
        self.problem = problem
        graph = self._graph = problem.graph
        self._root = graph.outputs[0]
        self._names = _names(problem)
        self._varies = graph.varying()
        # a function that is just a variable or a number still has a last row: y = x
        self._plain = graph.nodes[self._root].op in (INPUT, CONST)
        self.output = output_name(problem) if self._plain else self._names[self._root]
        self.bar = _bar({*self._names, self.output})
        self._tape, self._program = _tape(problem, x)
        seed = Recorded(self._program, self._program.input(self.output + self.bar), np.float64(1.0))
        with np.errstate(all="ignore"):
            self._adjoints = sweep(self._program, self._tape, {self._root: seed})
        live = [i for i in graph.live() if graph.nodes[i].op not in (INPUT, CONST)]
        self.drawn: dict[str, tuple[Graph | None, Graph | None]] = {}  # by name: the expression, the adjoint
        steps = self._steps([*live, *graph.inputs], seed)
        self.rows = [steps[i] for i in live]
        if self._plain:
            value = float(self._tape[self._root].value)
            self.rows.append(Step(self.output, self._names[self._root], value, 1.0, "1"))
            self.drawn[self.output] = leaf(graph.nodes[self._root]), None
        self.inputs = [steps[i] for i in graph.inputs]
        self.notes = self._kinks(live)

    @property
    def gradient(self) -> tuple[float, ...]:
        """The adjoints of the variables, in order."""
        return tuple(0.0 if s.adjoint is None else s.adjoint for s in self.inputs)

    def _steps(self, shown: Sequence[int], seed: Recorded) -> dict[int, Step]:
        """The rows, adjoints written in the order in which the sweep finds them."""
        own = dict(enumerate(self._names))
        named = {**own, seed.index: self.output + self.bar}
        taken = set(self._names)
        written: dict[int, tuple[str, float | None]] = {}
        for i in sorted(shown, reverse=True):
            adjoint, name = self._adjoints[i], self._names[i]
            known = isinstance(adjoint, Recorded)
            drawn = cut(self._program, adjoint.index, named, taken) if known else None
            self.drawn[name] = (None, drawn)
            if i == self._root and not self._plain:
                written[i], self.drawn[name] = ("1", 1.0), (None, None)
            elif drawn is not None:
                written[i] = (written_as(self._program, adjoint.index, named, drawn), float(adjoint.value))
                named.setdefault(adjoint.index, name + self.bar)
            elif self._varies[i] and not self._truth(i):  # no path leads here: a branch not taken, a jump
                written[i] = ("0", 0.0)
            else:
                written[i] = ("", None)
        steps = {}
        for i in sorted(shown):
            name, value = self._names[i], self._tape[i].value
            drawn = cut(self._program, i, own, taken, top=True)
            self.drawn[name] = (drawn, self.drawn[name][1])
            exact = bool(value) if self._truth(i) else float(value)
            steps[i] = Step(name, to_text(drawn), exact, written[i][1], written[i][0])
        return steps

    def _truth(self, i: int) -> bool:
        """Whether step i is true or false."""
        row = TABLE.get(self._graph.nodes[i].op)
        return row is not None and row.boolean

    def _kinks(self, live: Sequence[int]) -> list[str]:
        """A sentence for every step that has no derivative here: which slope the adjoint takes."""
        notes = []
        for i in live:
            node = self._graph.nodes[i]
            kink = TABLE[node.op].kink
            reached = self._adjoints[i] is not None or self._truth(i)
            if kink is None or not reached or not any(self._varies[a] for a in node.args):
                continue
            with np.errstate(all="ignore"):
                at = kink.at(*[self._tape[a].value for a in node.args], **dict(node.params))
            if all(side != 0 for side in (at if isinstance(at, tuple) else (at,))):
                continue
            step = f"{self._names[i]} = {node.op}" + (f" (at {node.where})" if node.where else "")
            if self._truth(i):
                notes.append(f"{step}: a branch changes exactly here; the adjoints are those of the branch taken")
                continue
            taken = [f"{s:.6g}" for s in kink.slope if s is not None]
            takes = f"the slope{'s' * (len(taken) > 1)} {' and '.join(taken)}" if taken else "a slope by convention"
            notes.append(f"{step} has no derivative here; the adjoint takes {takes} ({kink.why})")
        return notes

    def paths(self, variable: str) -> Paths:
        """The chain rule for one variable as a sum over all paths through the graph.

        Raises `InputError` for an unknown variable, `UnsupportedError` for more than 10,000 paths.

        >>> import symdiff as sd
        >>> print(sd.steps("x1**2*(x2*x3 - 2*x1**2)", at={"x1": 1, "x2": 2, "x3": 3}).paths("x2"))
        y <- z4 <- z2 <- x2:  z1 * 1 * x3 = 1 * 1 * 3 = 3
        dy/dx2 = 3 = 3
        """
        positions = self.problem.select(variable)
        if len(positions) != 1:
            raise InputError(f"paths takes one variable at a time, got {len(positions)}")
        target = self._graph.inputs[positions[0]]
        edges = self._edges()
        counts = dict.fromkeys(edges, 0)  # how many paths lead from each step to the variable
        for i in sorted(edges):
            counts[i] = 1 if i == target else sum(counts[a] for a, _, _ in edges[i])
        many = counts.get(self._root, 0)
        if many > MOST_PATHS:
            about = str(many) if many < 10**9 else f"about 10**{int(math.log10(2) * many.bit_length())}"
            raise UnsupportedError(f"there are {about} paths from {self.output} to {variable} (limit {MOST_PATHS})")
        found: list[Path] = []
        stack: list[tuple[int, tuple[str, ...], tuple[str, ...], tuple[float, ...]]] = []
        if many and self._plain:
            stack.append((self._root, (self.output, self._names[self._root]), ("1",), (1.0,)))
        elif many:
            stack.append((self._root, (self.output,), (), ()))
        with np.errstate(all="ignore"):
            while stack:
                i, walk, factors, values = stack.pop()
                if i == target:
                    found.append(Path(walk, factors, values, float(np.prod(values))))
                    continue
                for a, factor, value in reversed(edges[i]):
                    if counts[a]:  # a way that ends elsewhere is not walked
                        stack.append((a, (*walk, self._names[a]), (*factors, factor), (*values, value)))
        return Paths(self._names[target], self.output, tuple(found), float(sum(p.product for p in found)))

    def _edges(self) -> dict[int, list[tuple[int, str, float]]]:
        """For every step its local derivatives: (argument, as text, as a number)."""
        own = dict(enumerate(self._names))
        edges: dict[int, list[tuple[int, str, float]]] = {}
        for i in self._graph.live():
            node = self._graph.nodes[i]
            edges[i] = []
            if node.op == "where":  # as in the sweep: 0 times the slope of the other branch may be nan
                taken = node.args[1] if self._tape[node.args[0]] else node.args[2]
                edges[i] = [(taken, "1", 1.0)] if self._varies[taken] else []
                continue
            with np.errstate(all="ignore"):
                found = slopes(self._graph, i, self._tape, self._varies)
            for a, local in found:
                if not isinstance(local, Recorded):
                    edges[i].append((a, number(float(local)), float(local)))
                else:
                    edges[i].append((a, factor(self._program, local.index, own), float(local.value)))
        return edges

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the function, the variables, the steps. inf and nan are strings, as JSON has none."""
        gradient = dict(zip(self.problem.names, self.gradient, strict=True))
        return {
            "function": self.problem.source,
            "output": self.output,
            "inputs": [_finite(asdict(s)) for s in self.inputs],
            "steps": [_finite(asdict(s)) for s in self.rows],
            "gradient": _finite(gradient),
            "notes": self.notes,
        }

    def to_json(self, indent: int | None = 2) -> str:
        """The table as JSON text."""
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

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
    problem = formula_of(f)
    if problem.vector:
        raise InputError("steps needs a function with one value: take its components one by one")
    return Steps(problem, problem.point(args, at))


def output_name(problem: Problem) -> str:
    """What to call the value of a function: y, or f, result, y_1 ... if a variable or a step is called so."""
    taken = set(problem.graph.names()) | set(problem.names)
    return fresh(("y", "f", "result"), "y_", taken)


def _tape(problem: Problem, x: Sequence[np.float64]) -> tuple[list[Recorded], Graph]:
    """Every node as a recorded value of a growing copy of the graph. `DomainError` outside the domain."""
    graph = problem.graph.copy()
    with np.errstate(all="ignore"):
        values = run(graph, "forward", x, np.float64, needed=range(len(graph.nodes)))
    y = values[graph.outputs[0]]
    if not np.isfinite(y):
        from symdiff.crosscheck.places.terrain import survey

        outside, source = survey(problem, x).outside, clip(problem.source, 100)
        raise DomainError(f"{source} is not defined here: {outside}" if outside else f"{source} is {y} here")
    return [Recorded(graph, i, v) for i, v in enumerate(values)], graph


def _names(problem: Problem) -> list[str]:
    """z1, z2, ... for the steps, and y (or f, or result) for the output, if the caller gave no names."""
    graph, names = problem.graph, problem.graph.names()
    output = graph.nodes[graph.outputs[0]]
    if output.op not in (INPUT, CONST) and not output.name:
        names[graph.outputs[0]] = output_name(problem)
    return names


def _bar(names: Collection[str]) -> str:
    """What makes the name of an adjoint out of that of a step: "bar", unless somebody is called x1bar."""
    for bar in ("bar", "_bar", *(f"_bar{k}" for k in range(len(names)))):
        if not any(n + bar in names for n in names):
            return bar
    raise AssertionError("n names cannot block n + 2 endings")


def _finite(record: dict[str, Any]) -> dict[str, Any]:
    return {k: str(v) if isinstance(v, float) and not math.isfinite(v) else v for k, v in record.items()}


def _signed(value: float) -> str:
    return f"({value_text(value)})" if value < 0 else value_text(value)
