"""JAX on arrays: the JAX column of an array graph, differentiated by JAX's own transformations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from symdiff.arrays import ArrayProblem
from symdiff.graph import run
from symdiff.methods.base import Task


def as_jax(problem: ArrayProblem) -> Callable[..., list[Any]]:
    """The function in JAX's language, from leaves to a list of outputs."""
    graph = problem.graph
    needed = graph.live()

    def f(*leaves: Any) -> list[Any]:
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
            few = sum(v.size for v in chosen) < sum(int(np.prod(s, dtype=int)) for s in problem.answers)
            jacobian = (jax.jacfwd if few else jax.jacrev)(moving(f, leaves), every)(*chosen)
            return [block for row in jacobian for block in row]
        hessian = jax.jacfwd(jax.jacrev(moving(f, leaves), every), every)(*chosen)
        return [block for rows in hessian for row in rows for block in row]

    return entries
