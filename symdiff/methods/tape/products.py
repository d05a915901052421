"""Jacobians and Hessians by products with vectors: as few as the pattern of the function allows."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, cut, dtype_of, flat
from symdiff.graph import Graph
from symdiff.methods.base import Task, basis, blocks, count
from symdiff.methods.tape.sparsity import Groups, hessian_groups, jacobian_groups

# a value must not hold on to its key: no Products knows its problem
_known: weakref.WeakKeyDictionary[Graph, dict[Task, Products]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Products:
    """The operator that is asked for, the vectors it is asked for with, and how their answers make the matrix."""

    task: Task
    once: Task  # jvp: columns of a Jacobian; vjp: rows; hvp: columns of a Hessian
    vectors: list[list[np.ndarray]]
    groups: Groups | None

    def matrix(self, problem: ArrayProblem, found: Sequence[Sequence[np.ndarray]]) -> list[np.ndarray]:
        """The blocks of the matrix, from the answer for each vector."""
        task = self.task
        width, height = count([problem.shapes[k] for k in task.wrt]), count(problem.answers)
        if not self.vectors:
            shape = (1, 0, 0) if task.operator == "hessian" else (height, width)
            return blocks(np.zeros(shape, problem.dtype), problem, task)
        rows = np.array([answer[0].ravel() if len(answer) == 1 else flat(answer) for answer in found])
        full = rows if self.groups is None else self.groups.matrix(rows).T
        if len(problem.answers) == len(task.wrt) == 1:
            shape = problem.answers[0] + problem.shapes[task.wrt[0]] * (2 if task.operator == "hessian" else 1)
            return [np.ascontiguousarray(full if self.once.operator == "vjp" else full.T).reshape(shape)]
        if self.once.operator == "hvp":
            return blocks(full.T[None], problem, task)
        return blocks(full.T if self.once.operator == "jvp" else full, problem, task)

    def with_program(
        self, problem: ArrayProblem, program: Callable[[Sequence[Any]], list[Any] | None]
    ) -> Callable[..., list[Any] | None]:
        """The matrix as a function of the leaves, from the program of one product."""

        def answer(leaves: Sequence[Any]) -> list[Any] | None:
            taken = getattr(program, "taken", None)  # one workspace for all of them; a program of numbers has none
            with taken() if taken is not None else nullcontext(lambda *inputs: program(inputs)) as run:
                found = [run(*leaves, *vector) for vector in self.vectors]
            whole = [product for product in found if product is not None]
            return self.matrix(problem, whole) if len(whole) == len(found) else None

        return answer


def products_of(problem: ArrayProblem, task: Task, leaves: Sequence[Any]) -> Products:
    """The cheapest way to a Jacobian or a Hessian of one number; found once for a recording."""
    known = _known.setdefault(problem.graph, {})
    if task not in known:
        known[task] = _found(problem, task, leaves)
    return known[task]


def known_products(problem: ArrayProblem, task: Task) -> Products | None:
    """The same, if it has been found before."""
    return _known.get(problem.graph, {}).get(task)


def _found(problem: ArrayProblem, task: Task, leaves: Sequence[Any]) -> Products:
    whole = task.wrt == tuple(range(len(problem.shapes)))  # the pattern is by all inputs in their order
    inputs = [problem.shapes[k] for k in task.wrt]
    if task.operator == "hessian":
        return _products(problem, task, "hvp", inputs, hessian_groups(problem, leaves) if whole else None)
    columns, rows = jacobian_groups(problem, leaves) if whole else (None, None)
    by_columns, by_rows = (
        len(g.directions) if g is not None else count(shapes)
        for g, shapes in ((columns, inputs), (rows, problem.answers))
    )
    if by_columns < by_rows:
        return _products(problem, task, "jvp", inputs, columns)
    return _products(problem, task, "vjp", problem.answers, rows)


def _products(problem: ArrayProblem, task: Task, once: str, shapes: Sequence[Any], groups: Groups | None) -> Products:
    vectors = basis(shapes) if groups is None else [cut(d, shapes) for d in groups.directions]
    dtype = dtype_of(problem.dtype)
    vectors = [[np.asarray(v, dtype, order="C") for v in vector] for vector in vectors]
    return Products(task, Task(once, task.wrt, task.fuse), vectors, groups)
