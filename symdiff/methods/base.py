"""What a method is: it answers a task at a point, and shows the program it did it with.

Entries are flat. Which entry is which is fixed here, once, for every operator:

| operator       | entries, in order                              | vector       |
|----------------|------------------------------------------------|--------------|
| value          | y_o for each component o                       |              |
| grad           | dy/dx_k for k in wrt                           |              |
| value_and_grad | y, then dy/dx_k                                |              |
| jacobian       | dy_o/dx_k, by component                        |              |
| jvp            | sum_k dy_o/dx_k v_k                            | v, len(wrt)  |
| vjp            | sum_o c_o dy_o/dx_k                            | c, components|
| hessian        | d2y/dx_k dx_l, by row (by component, first)    |              |
| hvp            | sum_l d2y/dx_k dx_l v_l                        | v, len(wrt)  |
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from symdiff.errors import InputError
from symdiff.graph import Graph
from symdiff.problem import Problem

OPERATORS = ("value", "grad", "value_and_grad", "jacobian", "jvp", "vjp", "hessian", "hvp")
SCALAR_ONLY = ("grad", "value_and_grad", "hvp")


@dataclass(frozen=True, slots=True)
class Task:
    """An operator, the positions of the variables it differentiates by, and whether it takes a vector."""

    operator: str
    wrt: tuple[int, ...]

    def check(self, problem: Problem) -> None:
        """Raise `InputError` for an unknown operator or one that needs a scalar function."""
        if self.operator not in OPERATORS:
            raise InputError(f"operator {self.operator!r} is not known: expected one of {', '.join(OPERATORS)}")
        if problem.vector and self.operator in SCALAR_ONLY:
            raise InputError(
                f"{self.operator} needs a function with one value, this one has "
                f"{len(problem.graph.outputs)}: use jacobian, jvp or vjp"
            )

    def vector_length(self, problem: Problem) -> int:
        """How many numbers the tangent or cotangent has; 0 where the operator takes none."""
        if self.operator in ("jvp", "hvp"):
            return len(self.wrt)
        return len(problem.graph.outputs) if self.operator == "vjp" else 0

    def indices(self, problem: Problem) -> list[tuple[int, ...]]:
        """One index per entry: component first where the function is a vector, then positions in wrt."""
        outputs, inputs = range(len(problem.graph.outputs)), range(len(self.wrt))
        component: list[range] = [outputs] if problem.vector else []
        kinds = {
            "value": [*component], "jvp": [*component],
            "grad": [inputs], "vjp": [inputs], "hvp": [inputs],
            "jacobian": [*component, inputs], "hessian": [*component, inputs, inputs],
        }  # fmt: skip
        if self.operator == "value_and_grad":
            return [(), *product(inputs)]
        return list(product(*kinds[self.operator]))


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How accurately a library computes: its error is `factor` times the bound in the row of the op, or
    what `ulps` says of the op; results below `tiny` may be lost."""

    factor: float = 1.0
    tiny: float = 2.0**-1074
    ulps: tuple[tuple[str, float], ...] = ()


NUMPY = Arithmetic()


@dataclass(frozen=True, slots=True)
class Program:
    """A derivative program: a graph whose inputs are the point, then the vector, and whose outputs are
    the entries.

    `guards` are the branches it was made for: (boolean node, what it was). `loose` are constants whose
    exact value is not known, only their double: a library's own literals.
    """

    graph: Graph
    guards: tuple[tuple[int, bool], ...] = ()
    loose: frozenset[float] = frozenset()
    arithmetic: Arithmetic = NUMPY


@dataclass(frozen=True, slots=True)
class Answer:
    """The entries in float64, and the very program that produced them where the method can show it."""

    entries: list[float]
    program: Program | None = None


class Method(ABC):
    """One way of differentiating.

    `answer` raises `UnsupportedError`, with the reason, for a function or operator it cannot do.
    """

    name: str

    @abstractmethod
    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Answer:
        """The entries of `task` at the point `x` (all variables, in order)."""

    def entries(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> list[float]:
        """The entries alone, for callers that do not want to see the program."""
        return self.answer(problem, task, x, vector).entries


def spread(wrt: Sequence[int], vector: Sequence[float], n: int) -> tuple[float, ...]:
    """A tangent of the chosen variables as one of all variables; chosen twice counts twice."""
    full = [0.0] * n
    for k, v in zip(wrt, vector, strict=True):
        full[k] += v
    return tuple(full)
