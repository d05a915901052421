"""JAX on numbers: the JAX column of a graph of scalar steps, differentiated by JAX's own transformations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import jax

from symdiff.methods.base import MATRICES, Task
from symdiff.methods.jax import arrays
from symdiff.methods.jax.compositions import DEFAULT, composed, of_some
from symdiff.problem import Problem


def derivative(problem: Problem, task: Task) -> Callable[..., list[Any]]:
    """The task as a JAX function of the point and the vector."""
    of, n = Function(problem, task), len(problem.names)
    return lambda *args: of.entries(args[:n], args[n:])


def with_value(problem: Problem, task: Task) -> tuple[Callable[..., list[Any]], int]:
    """The same with the function's value after the entries, from one trace, where JAX gives it along with a gradient;
    and how many values these are."""
    of = Function(problem, task)
    if task.operator not in ("grad", "jacobian") or len(of.components) != 1 or not of.once or of.once != task.wrt:
        return derivative(problem, task), 0

    def both(*x: Any) -> list[Any]:
        y, g = of.value_and_grad(0)(*x)
        return [*g, y]

    return both, 1


class Function:
    """One function of numbers, and what is asked of it."""

    def __init__(self, problem: Problem, task: Task) -> None:
        self.f, self.task, self.wrt = arrays.as_jax(problem), task, task.wrt
        self.components, self.once = range(len(problem.graph.outputs)), tuple(dict.fromkeys(task.wrt))

    def entries(self, x: Sequence[Any], v: Sequence[Any]) -> list[Any]:
        """The entries at a point, in the order of `methods.base`."""
        operator = self.task.operator
        if operator == "value":
            return self.f(*x)
        if operator == "jvp":
            return list(self.along(self.f, self.tangents_of(v))(*x))
        if operator == "vjp":
            cotangents = jax.vjp(self.f, *x)[1](list(v))
            return [cotangents[k] for k in self.wrt]
        if operator == "tvp" or self.task.modes:
            return self.by_modes(x, v)
        if operator == "hvp":
            return list(self.along(self.grad(0), self.tangents_of(v))(*x))
        if operator in ("hessian", "third"):
            return self.higher(x, MATRICES[operator])
        flat = [g for o in self.components for g in self.grad(o)(*x)]
        return [*self.f(*x), *flat] if operator == "value_and_grad" else flat

    def grad(self, o: int) -> Callable[..., tuple[Any, ...]]:
        if not self.once:  # jax.grad wants at least one variable, and none of them twice
            return lambda *x: ()
        both = self.value_and_grad(o)
        if self.once == self.wrt:
            return lambda *x: both(*x)[1]
        return lambda *x: tuple(dict(zip(self.once, both(*x)[1], strict=True))[k] for k in self.wrt)

    def value_and_grad(self, o: int) -> Callable[..., tuple[Any, tuple[Any, ...]]]:
        """Component o with its gradient; `jax.grad` is the same without the value."""
        return jax.value_and_grad(lambda *x: self.f(*x)[o], argnums=self.once)

    @staticmethod
    def along(g: Callable[..., Any], tangents: dict[int, Any]) -> Callable[..., Any]:
        """The tangent of g(x) when x moves along the given tangents."""
        moving = tuple(tangents)

        def moved(*x: Any) -> Any:
            if not moving:
                return jax.tree.map(jax.numpy.zeros_like, g(*x))
            return jax.jvp(of_some(g, x, moving), tuple(x[k] for k in moving), tuple(tangents.values()))[1]

        return moved

    def tangents_of(self, v: Sequence[Any]) -> dict[int, Any]:
        tangents: dict[int, Any] = {}
        for k, t in zip(self.wrt, v, strict=True):
            tangents[k] = tangents[k] + t if k in tangents else t
        return tangents

    def higher(self, x: Sequence[Any], order: int) -> list[Any]:
        """Forward over reverse: the gradient moved along the other variables, one after the other."""
        places, found = range(len(self.wrt)), []
        for o in self.components:
            moved: dict[tuple[int, ...], Any] = {}
            for others in product(places, repeat=order - 1):
                g = self.grad(o)
                for k in others:
                    g = self.along(g, {self.wrt[k]: 1.0})
                moved[others] = g(*x)
            found += [moved[others][k] for k, *rest in product(places, repeat=order) for others in [tuple(rest)]]
        return found

    def by_modes(self, x: Sequence[Any], v: Sequence[Any]) -> list[Any]:
        """The composition that is asked for; a variable that is chosen twice moves by both of its entries."""
        if not self.once:
            return []
        first = of_some(lambda *x: self.f(*x)[0], x, self.once)
        each = [self.tangents_of(t) for t in self.task.tangents(v)]
        tangents = [tuple(t[k] for k in self.once) for t in each]
        found = composed(first, self.task.modes or DEFAULT, tangents)(*(x[k] for k in self.once))
        return [found[self.once.index(k)] for k in self.wrt]
