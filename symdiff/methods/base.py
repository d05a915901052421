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

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, cut, dtype_of, flat
from symdiff.errors import InputError, UnsupportedError
from symdiff.graph import Graph, Shape
from symdiff.problem import Problem

OPERATORS = ("value", "grad", "value_and_grad", "jacobian", "jvp", "vjp", "hessian", "hvp")
SCALAR_ONLY = ("grad", "value_and_grad", "hvp")


@dataclass(frozen=True, slots=True)
class Task:
    """An operator, and the positions of the variables it differentiates by.

    `fuse` asks the tape to have its program's elementwise steps compiled into loops.
    """

    operator: str
    wrt: tuple[int, ...]
    fuse: bool = False

    def check(self, problem: Problem | ArrayProblem) -> None:
        """Raise `InputError` for an unknown operator or one that needs a scalar function."""
        if self.operator not in OPERATORS:
            raise InputError(f"operator {self.operator!r} is not known: expected one of {', '.join(OPERATORS)}")
        if problem.vector and self.operator in SCALAR_ONLY:
            raise InputError(
                f"{self.operator} needs a function with one value, this one has {_how_many(problem)}: "
                "use jacobian, jvp or vjp"
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


def _how_many(problem: Problem | ArrayProblem) -> str:
    shapes = [problem.graph.nodes[o].shape for o in problem.graph.outputs]
    return f"an array of shape {shapes[0]}" if len(shapes) == 1 and shapes[0] else str(len(shapes))


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
    replays = False  # whether a recording pays that serves calls with other data: its program is compiled once

    @abstractmethod
    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Answer:
        """The entries of `task` at the point `x` (all variables, in order)."""

    def entries(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> list[float]:
        """The entries alone, for callers that do not want to see the program."""
        return self.answer(problem, task, x, vector).entries

    def program(self, problem: ArrayProblem, task: Task) -> Callable[[Sequence[Any]], list[Any] | None] | None:
        """What answers `task` from leaves of the problem's dtype alone, where the method has such a thing by now.
        It returns None where the function's code would decide otherwise than it did when it was recorded."""
        return None

    def source(self, problem: Problem | ArrayProblem, task: Task, leaves: Sequence[Any]) -> str:
        """The Python source of the program that answers `task` for such leaves."""
        raise UnsupportedError(f"method={self.name!r} writes no program of its own: ask method='tape' for one")

    def arrays(self, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]) -> list[Any]:
        """The entries of a task on arrays; `task.wrt` are positions of leaves, `vector` is one array each.

        One array per output (value, jvp) or per leaf (grad, vjp, hvp); of a Jacobian one for each output and
        leaf, of a Hessian one for each output, leaf and leaf, their shapes joined in this order. By default
        the function is taken apart and answered entry by entry.
        """
        scalars = problem.scalars(leaves)
        point, direction, dtype = tuple(flat(leaves)), tuple(flat(vector)), dtype_of(problem.dtype)
        rows = self.numbers(scalars, flat_task(problem, task), point, direction, dtype)
        n = count([problem.shapes[k] for k in task.wrt])
        if task.operator in ("jacobian", "hessian"):
            return blocks(rows.reshape(-1, *[n] * (1 if task.operator == "jacobian" else 2)), problem, task)
        of_leaves = [problem.shapes[k] for k in task.wrt]
        shapes = {"value": problem.answers, "jvp": problem.answers, "value_and_grad": [(), *of_leaves]}
        return cut(rows, shapes.get(task.operator, of_leaves))

    def numbers(
        self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float], dtype: np.dtype
    ) -> np.ndarray:
        """The entries in this dtype; by default computed in float64 and rounded to it."""
        return np.asarray(self.entries(problem, task, x, vector), dtype)

    def floor(
        self, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]
    ) -> list[np.ndarray] | None:
        """How much of each entry of `arrays` rounding may change, measured on the method's own program; None
        where the method has no such program at hand."""
        return None


def refuse_unless_numpy_computes(dtype: str) -> None:
    """Raise `UnsupportedError` for the dtypes that NumPy holds but does not compute with."""
    if dtype not in ("float64", "float32"):
        raise UnsupportedError(f"NumPy computes no {dtype}: JAX does; ask for method='jax', or give float32")


def flat_task(problem: ArrayProblem, task: Task) -> Task:
    """The task with the positions of entries in place of those of leaves."""
    starts = np.cumsum([0, *[count([s]) for s in problem.shapes]])
    return Task(task.operator, tuple(i for k in task.wrt for i in range(int(starts[k]), int(starts[k + 1]))))


def leaf_task(problem: ArrayProblem, task: Task) -> Task:
    """The other way round. All entries of a leaf are asked for, or none."""
    start, leaves = 0, []
    chosen = set(task.wrt)
    for k, shape in enumerate(problem.shapes):
        if start in chosen and count([shape]):
            leaves.append(k)
        start += count([shape])
    found = Task(task.operator, tuple(leaves))
    if flat_task(problem, found).wrt != task.wrt:
        raise InputError("of an array all entries are differentiated by, in order, or none")
    return found


def count(shapes: Sequence[Shape]) -> int:
    """How many entries arrays of these shapes have."""
    return sum(map(math.prod, shapes))


def basis(shapes: Sequence[Shape]) -> list[list[np.ndarray]]:
    """The directions e_1, e_2, ... as arrays of these shapes."""
    return [cut(row, shapes) for row in np.eye(count(shapes))]


def blocks(rows: np.ndarray, problem: ArrayProblem, task: Task) -> list[np.ndarray]:
    """A matrix of flat entries (outputs x inputs, or outputs x inputs x inputs) cut into arrays."""
    shapes, start, found = [problem.shapes[k] for k in task.wrt], 0, []
    if rows.ndim == 3:
        return _second_blocks(rows, problem.answers, shapes)
    for answer in problem.answers:
        mine = rows[start : start + count([answer])]
        start += count([answer])
        found += [part.reshape(answer + part.shape[1:]) for part in cut(mine, shapes, mine.shape[:-1])]
    return found


def _second_blocks(rows: np.ndarray, answers: Sequence[Shape], shapes: Sequence[Shape]) -> list[np.ndarray]:
    found, ends = [], np.cumsum([0, *[count([s]) for s in shapes]])
    start = 0
    for answer in answers:
        mine = rows[start : start + count([answer])]
        start += count([answer])
        for j, first in enumerate(shapes):
            for k, second in enumerate(shapes):
                block = mine[:, ends[j] : ends[j + 1], ends[k] : ends[k + 1]]
                found.append(block.reshape((*answer, *first, *second)))
    return found


def in_flat_order(found: Sequence[np.ndarray], problem: ArrayProblem, task: Task) -> np.ndarray:
    """The arrays of `Method.arrays` as flat entries: the inverse of `blocks`."""
    if task.operator not in ("jacobian", "hessian"):
        return flat(found)
    k = len(task.wrt)
    per_answer = k if task.operator == "jacobian" else k * k
    rows = []
    for o, answer in enumerate(problem.answers):
        mine, m = found[o * per_answer : (o + 1) * per_answer], count([answer])
        if task.operator == "jacobian":
            rows.append(np.concatenate([b.reshape(m, -1) for b in mine], 1) if k else np.zeros((m, 0)))
            continue
        sizes = [count([problem.shapes[j]]) for j in task.wrt]
        lines = [
            np.concatenate([mine[j * k + i].reshape(m, sizes[j], sizes[i]) for i in range(k)], 2) for j in range(k)
        ]
        rows.append(np.concatenate(lines, 1) if k else np.zeros((m, 0)))
    return np.concatenate([r.reshape(len(r), -1) for r in rows]).ravel() if rows else np.zeros(0)


def spread(wrt: Sequence[int], vector: Sequence[Any], n: int) -> tuple[Any, ...]:
    """A tangent of the chosen variables as one of all variables; chosen twice counts twice."""
    full: list[Any] = [0.0] * n
    for k, v in zip(wrt, vector, strict=True):
        full[k] += v
    return tuple(full)
