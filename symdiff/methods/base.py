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
| third          | d3y/dx_k dx_l dx_m (by component, first)       |              |
| tvp            | sum_lm d3y/dx_k dx_l dx_m u_l v_m              | u, then v    |

The tape and JAX can be asked for hvp and tvp in one composition of modes: `hvp[reverse-over-forward]`; see `modes`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, cut, dtype_of, flat
from symdiff.errors import InputError, UnsupportedError
from symdiff.graph import Graph, Shape
from symdiff.methods.modes import joined, split
from symdiff.problem import Problem

OPERATORS = ("value", "grad", "value_and_grad", "jacobian", "jvp", "vjp", "hessian", "hvp", "third", "tvp")
SCALAR_ONLY = ("grad", "value_and_grad", "hvp", "tvp")
MATRICES = {"jacobian": 1, "hessian": 2, "third": 3}  # how often the variables are among the axes of the answer
TANGENTS = {"jvp": 1, "hvp": 1, "tvp": 2}  # how many tangents the operator takes


@dataclass(frozen=True, slots=True)
class Task:
    """An operator, and the positions of the variables it differentiates by.

    `fuse` asks the tape to have its program's elementwise steps compiled into loops. `modes` is the composition of
    forward and reverse mode that is asked for, () for the method's own.
    """

    operator: str
    wrt: tuple[int, ...]
    fuse: bool = False
    modes: tuple[str, ...] = ()

    @classmethod
    def named(cls, name: str, wrt: tuple[int, ...]) -> Task:
        """The task of an operator's name: `grad`, `hvp[forward-over-reverse]`."""
        operator, modes = split(name)
        return cls(operator, wrt, modes=modes)

    @property
    def name(self) -> str:
        """The operator as a report has it, with its modes."""
        return joined(self.operator, self.modes)

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
        if self.operator in TANGENTS:
            return TANGENTS[self.operator] * len(self.wrt)
        return len(problem.graph.outputs) if self.operator == "vjp" else 0

    def tangents(self, vector: Sequence[Any]) -> list[Sequence[Any]]:
        """The vector cut into one tangent after the other, each with an entry (or array) for every position of wrt."""
        n = len(self.wrt)
        return [vector[k * n : (k + 1) * n] for k in range(TANGENTS.get(self.operator, 0))]

    def indices(self, problem: Problem) -> list[tuple[int, ...]]:
        """One index per entry: component first where the function is a vector, then positions in wrt."""
        outputs, inputs = range(len(problem.graph.outputs)), range(len(self.wrt))
        component: list[range] = [outputs] if problem.vector else []
        kinds = {
            "value": [*component], "jvp": [*component],
            "grad": [inputs], "vjp": [inputs], "hvp": [inputs], "tvp": [inputs],
        } | {name: [*component, *[inputs] * axes] for name, axes in MATRICES.items()}  # fmt: skip
        if self.operator == "value_and_grad":
            return [(), *product(inputs)]
        return list(product(*kinds[self.operator]))


def _how_many(problem: Problem | ArrayProblem) -> str:
    shapes = [problem.graph.nodes[o].shape for o in problem.graph.outputs]
    return f"an array of shape {shapes[0]}" if len(shapes) == 1 and shapes[0] else str(len(shapes))


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How accurately a library computes: its error is `factor` times the bound in the row of the op, or
    what `ulps` says of the op; results below `tiny` may be lost. A compiler that `fuses` may compute a step anew for
    each of its uses, and round it another way each time. One that `multiplies` takes a whole power apart: x**n is
    rounded up to n times."""

    factor: float = 1.0
    tiny: float = 2.0**-1074
    ulps: tuple[tuple[str, float], ...] = ()
    fuses: bool = False
    multiplies: bool = False


NUMPY = Arithmetic()


@dataclass(frozen=True, slots=True)
class Program:
    """A derivative program: a graph whose inputs are the point, then the vector, and whose outputs are
    the entries.

    `guards` are the branches it was made for: (boolean node, what it was). `loose` are constants whose
    exact value is not known, only their double: a library's own literals. One that is `approximate` has a series in it
    that is cut off.
    """

    graph: Graph
    guards: tuple[tuple[int, bool], ...] = ()
    loose: frozenset[float] = frozenset()
    arithmetic: Arithmetic = NUMPY
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The entries in float64, and the very program that produced them where the method can show it. `slack` is how far
    off each may be because of constants that the caller's code computes in a narrower dtype; () for none."""

    entries: list[float]
    program: Program | None = None
    slack: tuple[float, ...] = ()


class Method(ABC):
    """One way of differentiating.

    `answer` raises `UnsupportedError`, with the reason, for a function or operator it cannot do.
    """

    name: str
    composes = False  # whether it differentiates by forward and reverse mode, and can be asked for a composition
    replays = False  # whether a recording pays that serves calls with other data: its program is compiled once

    def forget(self) -> None:  # noqa: B027 - most methods remember nothing
        """Forget what is remembered of functions that may be met again, recorded anew."""

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

        One array per output (value, jvp) or per leaf (grad, vjp, hvp, tvp); of a Jacobian one for each output and
        leaf, of a Hessian one for each output, leaf and leaf, their shapes joined in this order, and so on. By
        default the function is taken apart and answered entry by entry.
        """
        scalars = problem.scalars(leaves)
        point, direction, dtype = tuple(flat(leaves)), tuple(flat(vector)), dtype_of(problem.dtype)
        rows = self.numbers(scalars, flat_task(problem, task), point, direction, dtype)
        n = count([problem.shapes[k] for k in task.wrt])
        if task.operator in MATRICES:
            return blocks(rows.reshape(-1, *[n] * MATRICES[task.operator]), problem, task)
        of_leaves = [problem.shapes[k] for k in task.wrt]
        shapes = {"value": problem.answers, "jvp": problem.answers, "value_and_grad": [(), *of_leaves]}
        return cut(rows, shapes.get(task.operator, of_leaves))

    def digits(
        self, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]
    ) -> list[np.ndarray]:
        """`arrays`, by a program that is asked for once or twice: what a check holds against the truth."""
        return self.arrays(problem, task, leaves, vector)

    def rules(
        self, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]
    ) -> list[np.ndarray]:
        """`arrays` in float64, of a function that is computed in a narrower dtype: to look at its rules. A method that
        compiles may have a quicker way to it."""
        return self.digits(problem.in_float64(), task, leaves, vector)

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


def refuse_narrow(dtype: str) -> None:
    """Raise `UnsupportedError` for what is narrower than float32: NumPy's linear algebra has no such dtype, nor have
    SciPy's special functions, and what NumPy computes in one differs from operation to operation."""
    if dtype not in ("float64", "float32"):
        raise UnsupportedError(
            f"symdiff's NumPy programs compute in float64 and float32, not in {dtype}: JAX does; ask for "
            "method='jax', or give float32"
        )


def refuse_modes(method: str, task: Task) -> None:
    """Raise `UnsupportedError` for a composition of modes, for a method that has none."""
    if task.modes:
        raise UnsupportedError(f"{method} has no forward or reverse mode: ask for {task.operator} alone")


def flat_task(problem: ArrayProblem, task: Task) -> Task:
    """The task with the positions of entries in place of those of leaves."""
    starts = np.cumsum([0, *[count([s]) for s in problem.shapes]])
    return replace(task, wrt=tuple(i for k in task.wrt for i in range(int(starts[k]), int(starts[k + 1]))))


def leaf_task(problem: ArrayProblem, task: Task) -> Task:
    """The other way round. All entries of a leaf are asked for, or none."""
    start, leaves = 0, []
    chosen = set(task.wrt)
    for k, shape in enumerate(problem.shapes):
        if start in chosen and count([shape]):
            leaves.append(k)
        start += count([shape])
    found = replace(task, wrt=tuple(leaves))
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
    """Flat entries, outputs x inputs (x inputs ...), cut into arrays."""
    shapes = [problem.shapes[k] for k in task.wrt]
    ends, start, found = np.cumsum([0, *[count([s]) for s in shapes]]), 0, []
    for answer in problem.answers:
        mine = rows[start : start + count([answer])]
        start += count([answer])
        for leaves in product(range(len(shapes)), repeat=rows.ndim - 1):
            block = mine[(slice(None), *(slice(ends[j], ends[j + 1]) for j in leaves))]
            found.append(block.reshape((*answer, *(n for j in leaves for n in shapes[j]))))
    return found


def in_flat_order(found: Sequence[np.ndarray], problem: ArrayProblem, task: Task) -> np.ndarray:
    """The arrays of `Method.arrays` as flat entries: the inverse of `blocks`."""
    if task.operator not in MATRICES:
        return flat(found)
    leaves, axes = len(task.wrt), MATRICES[task.operator]
    sizes, each, rows = [count([problem.shapes[j]]) for j in task.wrt], leaves**axes, []
    for o, answer in enumerate(problem.answers):
        mine, m = found[o * each : (o + 1) * each], count([answer])
        shaped = [
            b.reshape(m, *(sizes[j] for j in at))
            for b, at in zip(mine, product(range(leaves), repeat=axes), strict=True)
        ]
        rows.append(_together(shaped, leaves, 1).ravel() if leaves else np.zeros(0))
    return np.concatenate(rows) if rows else np.zeros(0)


def _together(parts: Sequence[np.ndarray], leaves: int, axis: int) -> np.ndarray:
    """Blocks in the order of their leaves as one array, the first leaf along `axis`, the next along the one after."""
    if len(parts) == 1:
        return parts[0]
    each = len(parts) // leaves
    return np.concatenate([_together(parts[j * each : (j + 1) * each], leaves, axis + 1) for j in range(leaves)], axis)


def spread(wrt: Sequence[int], vector: Sequence[Any], n: int) -> tuple[Any, ...]:
    """A tangent of the chosen variables as one of all variables; chosen twice counts twice."""
    full: list[Any] = [0.0] * n
    for k, v in zip(wrt, vector, strict=True):
        full[k] += v
    return tuple(full)
