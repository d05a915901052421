"""JAX on arrays: the JAX column of an array graph, differentiated by JAX's own transformations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend import core

from symdiff.arrays import ArrayProblem, dtype_of, run_in
from symdiff.errors import BrokenRule, UnsupportedError
from symdiff.graph import Shape, run
from symdiff.methods.base import Program, Task, count, in_flat_order
from symdiff.methods.jax.jaxpr import evaluate
from symdiff.methods.jax.reading import to_graph
from symdiff.problem import Problem


def as_jax(problem: Problem | ArrayProblem) -> Callable[..., list[Any]]:
    """The function in JAX's language, from numbers or leaves to a list of outputs: the caller's own one, if it is
    JAX's, else the JAX column of its graph."""
    if isinstance(problem, ArrayProblem) and problem.native is not None:
        return problem.native
    graph = problem.graph
    needed = graph.live()
    dtype = getattr(problem, "dtype", "float64")

    def f(*leaves: Any) -> list[Any]:
        if dtype != "float64":
            values = run_in(graph, "jax", leaves, dtype_of(dtype), needed)
            return [jax.numpy.asarray(values[o], dtype_of(dtype)) for o in graph.outputs]
        values = run(graph, "jax", leaves, _constant, needed)
        return [jax.numpy.asarray(values[o], dtype=float) for o in graph.outputs]

    return f


def _constant(value: Any) -> Any:
    return value if isinstance(value, np.ndarray) else float(value)


def derivative(problem: ArrayProblem, task: Task) -> Callable[..., list[Any]]:
    """The task as a JAX function of the leaves and the vectors; the entries in the order of `Method.arrays`."""
    f, n, wrt, operator = as_jax(problem), len(problem.names), task.wrt, task.operator

    def first(*leaves: Any) -> Any:
        return f(*leaves)[0]

    def moving(g: Callable[..., Any], leaves: tuple[Any, ...]) -> Callable[..., Any]:
        """g as a function of the chosen leaves alone."""

        def of_chosen(*chosen: Any) -> Any:
            full = list(leaves)
            for k, value in zip(wrt, chosen, strict=True):
                full[k] = value
            return g(*full)

        return of_chosen

    def entries(*args: Any) -> list[Any]:
        leaves, vector = args[:n], tuple(args[n:])
        chosen = tuple(leaves[k] for k in wrt)
        every = tuple(range(len(wrt)))
        if operator == "value":
            return f(*leaves)
        if operator == "vjp":
            return list(jax.vjp(moving(f, leaves), *chosen)[1](list(vector)))
        if not wrt:
            zero = jax.tree.map(jax.numpy.zeros_like, f(*leaves))
            return [f(*leaves)[0]] if operator == "value_and_grad" else zero if operator == "jvp" else []
        if operator == "jvp":
            return list(jax.jvp(moving(f, leaves), chosen, vector)[1])
        if operator == "grad":
            return list(jax.grad(moving(first, leaves), every)(*chosen))
        if operator == "value_and_grad":
            y, g = jax.value_and_grad(moving(first, leaves), every)(*chosen)
            return [y, *g]
        if operator == "hvp":
            return list(jax.jvp(jax.grad(moving(first, leaves), every), chosen, vector)[1])
        if operator == "jacobian":
            few = sum(v.size for v in chosen) < count(problem.answers)
            jacobian = _jacobian(moving(f, leaves), every, chosen, few)
            return [block for row in jacobian for block in row]
        hessian = jax.jacfwd(jax.jacrev(moving(f, leaves), every), every)(*chosen)
        return [block for rows in hessian for row in rows for block in row]

    return entries


def _jacobian(f: Callable[..., Any], every: tuple[int, ...], chosen: tuple[Any, ...], forward: bool) -> Any:
    """Forwards or in reverse; the other way where the caller's function can be differentiated in that one only: a
    `jax.custom_vjp`, a `jax.lax.while_loop`."""
    first, second = (jax.jacfwd, jax.jacrev) if forward else (jax.jacrev, jax.jacfwd)
    try:
        return first(f, every)(*chosen)
    except (TypeError, ValueError) as e:
        if not _one_way(e):
            raise
    return second(f, every)(*chosen)


def _one_way(e: Exception) -> bool:
    """Whether JAX says that a function is differentiated forwards only, or in reverse only."""
    return any(words in str(e) for words in ("everse-mode differentiation", "orward-mode"))


def vector_shapes(problem: ArrayProblem, task: Task) -> list[Shape]:
    """The shapes of the arrays that a tangent or cotangent is made of."""
    if task.operator in ("jvp", "hvp"):
        return [problem.shapes[k] for k in task.wrt]
    return problem.answers if task.operator == "vjp" else []


def _traced(problem: ArrayProblem, task: Task, arguments: Sequence[np.ndarray]) -> core.ClosedJaxpr:
    """The derivative's jaxpr; `UnsupportedError` where JAX has none of the caller's own function."""
    try:
        return jax.make_jaxpr(derivative(problem, task))(*arguments)
    except Exception as e:
        if problem.native is None:
            raise
        why = f"{type(e).__name__}: {str(e).partition(chr(10))[0][:300]}"
        if _one_way(e) or isinstance(e, NotImplementedError):
            raise UnsupportedError(f"JAX has no {task.operator} of it: {why}") from e
        # it could be traced, so this is no fault of the function's
        raise BrokenRule(f"JAX cannot differentiate {problem.source}, a rule of its own (custom_jvp, custom_vjp) fails: {why}") from e


LONG, OFTEN = 1_000, 100  # equations of a program, whose compilation takes as long as so many runs without it


class Traced:
    """One derivative of a function of arrays as a jaxpr: compiled it runs, and entry by entry it is shown.

    A loop of the caller's comes as one long program, and compiling that takes XLA minutes: it is run equation
    by equation until it has been asked for often.
    """

    def __init__(self, problem: ArrayProblem, task: Task) -> None:
        self._shapes = [*problem.shapes, *vector_shapes(problem, task)]
        self._dtype = dtype_of(problem.dtype)
        arguments = [np.zeros(shape, self._dtype) for shape in self._shapes]
        self.jaxpr = _traced(problem, task, arguments)
        self._compiled = jax.jit(core.jaxpr_as_fun(self.jaxpr))
        self._runs = 0
        self._program: Program | None = None
        self._read: tuple[float, ...] | str = "never"  # the point it was read for, "always" for any

    def run(self, leaves: Sequence[Any], vectors: Sequence[Any]) -> list[np.ndarray]:
        """The arrays of `Method.arrays`."""
        given = [np.asarray(a, self._dtype) for a in (*leaves, *vectors)]
        self._runs += 1
        eagerly = len(self.jaxpr.eqns) > LONG and self._runs < OFTEN
        return [np.array(y) for y in (evaluate(self.jaxpr, given) if eagerly else self._compiled(*given))]

    def program(self, problem: Problem, task: Task, point: Sequence[float]) -> Program | None:
        """The program with one output for each flat entry; `problem` is the function entry by entry."""
        if self._read not in ("always", tuple(point)):
            numbers = len(point) - len(problem.names)
            read = to_graph(self.jaxpr, problem, numbers, self._shapes, point)
            self._read = tuple(point) if read.here_only else "always"
            self._program = read.program
            if read.program is not None:
                outputs = in_flat_order(read.results, problem.origin, task)
                read.program.graph.outputs = tuple(int(i) for i in outputs)
        return self._program
