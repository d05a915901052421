"""What a check asks JAX for: a derivative and, with it, the value of the function, compiled together and once.

A check runs its programs a few times each, so that compiling them is what it waits for. On a CPU it is done without
LLVM's optimisation, in a third of the time. XLA's own passes, its approximations of exp and the like, and its zeros
for subnormal numbers are the same, except cbrt, which is compiled as ever; what differs is the order in which a sum is
taken, and where a product and a sum are rounded together. So is the caller's own JAX function compiled as ever.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from jax.extend import core

from symdiff.arrays import ArrayProblem
from symdiff.methods.base import Program, Task
from symdiff.methods.jax import arrays
from symdiff.methods.jax.devices import current
from symdiff.problem import Problem

QUICKLY = {
    "xla_backend_optimization_level": 0,
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_parallel_codegen_split_count": 1,
}


LESS_ACCURATE = frozenset({"cbrt"})  # ops that lose digits so: a hundred units in the last place


@dataclass(frozen=True, slots=True)
class Part:
    """The equations that some of a jaxpr's results need: as much of a jaxpr as is looked at."""

    constvars: Sequence[Any]
    invars: Sequence[Any]
    eqns: Sequence[Any]
    outvars: Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Closed:
    jaxpr: Part
    consts: Sequence[Any]


def part(closed: core.ClosedJaxpr, outvars: Sequence[Any], given: int) -> Any:
    """The same jaxpr with these results only, which need no more than the first `given` arguments.

    >>> import jax
    >>> closed = jax.make_jaxpr(lambda x: (x * 2.0, x + 1.0))(0.5)
    >>> [str(e.primitive) for e in part(closed, closed.jaxpr.outvars[1:], 1).jaxpr.eqns]
    ['add']
    """
    jaxpr, needed, kept = closed.jaxpr, {v for v in outvars if not isinstance(v, core.Literal)}, []
    for eqn in reversed(jaxpr.eqns):
        if eqn.effects or not needed.isdisjoint(eqn.outvars):
            kept.append(eqn)
            needed.update(v for v in eqn.invars if not isinstance(v, core.Literal))
    return _Closed(Part(jaxpr.constvars, jaxpr.invars[:given], kept[::-1], outvars), closed.consts)


class Checked(arrays.Traced):
    """One derivative of a function of arrays, and its values: run together, and each shown entry by entry."""

    def __init__(self, problem: ArrayProblem, task: Task) -> None:
        self._quickly = quickly(problem)
        self._count, self._beside = len(problem.answers), task.operator != "value"
        self._last: tuple[list[np.ndarray], list[np.ndarray]] | None = None
        super().__init__(problem, task)
        outvars, n = self._whole.jaxpr.outvars, len(problem.names)
        self.value_jaxpr = part(self._whole, outvars[len(outvars) - self._count :], n)
        self._value_shown = arrays.Shown(self.value_jaxpr, problem.shapes)

    def _trace(self, problem: ArrayProblem, task: Task, arguments: Sequence[np.ndarray]) -> core.ClosedJaxpr:
        f, n = arrays.as_jax(problem), len(problem.names)
        both = arrays.derivative(problem, replace(task, operator="value_and_grad"))

        def with_values(derivative: arrays.Derivative) -> arrays.Derivative:
            if task.operator == "grad" and problem.native is None:  # JAX gives the value along with it
                return lambda *args: [*(found := both(*args))[1:], found[0]]
            return (lambda *args: [*derivative(*args), *f(*args[:n])]) if self._beside else derivative

        self._whole = arrays.trace(problem, task, arguments, with_values)
        return part(self._whole, self._entries(self._whole.jaxpr.outvars), len(arguments))

    def _entries(self, results: Sequence[Any]) -> Sequence[Any]:
        return results[: len(results) - self._count] if self._beside else results

    def run(self, leaves: Sequence[Any], vectors: Sequence[Any]) -> list[np.ndarray]:
        """The arrays of `Method.arrays`."""
        given = [np.array(a, self._dtype) for a in (*leaves, *vectors)]
        return [y.copy() for y in self._entries(self._both(given))]

    def values(self, leaves: Sequence[Any]) -> list[np.ndarray]:
        """The function's own values, from the same program."""
        given = [np.array(a, self._dtype) for a in leaves]
        rest = self._shapes[len(given) :]  # vectors, which they do not depend on
        given += self._last[0][len(given) :] if self._last else [np.zeros(s, self._dtype) for s in rest]
        found = self._both(given)
        return [y.copy() for y in found[len(found) - self._count :]]

    def value_program(self, problem: Problem, point: Sequence[float]) -> Program | None:
        """The part of the program that computes them."""
        return self._value_shown.program(problem, Task("value", ()), point)

    def _both(self, given: list[np.ndarray]) -> list[np.ndarray]:
        if self._last is None or not all(map(_same, self._last[0], given)):
            self._last = given, [np.asarray(y) for y in self._results(self._whole, given, math.inf)]
        return self._last[1]

    def _compile(self, given: Sequence[np.ndarray]) -> Callable[..., Sequence[Any]]:
        return compiled(self._whole, given, self._quickly)


class Once(arrays.Traced):
    """One derivative alone, compiled to be run once or twice."""

    def __init__(self, problem: ArrayProblem, task: Task) -> None:
        self._quickly = quickly(problem)
        super().__init__(problem, task)

    def _trace(self, problem: ArrayProblem, task: Task, arguments: Sequence[np.ndarray]) -> core.ClosedJaxpr:
        self._stages: list[Any] = []
        return arrays.trace(problem, task, arguments, lambda f: f, self._stages)

    def _compile(self, given: Sequence[np.ndarray]) -> Callable[..., Sequence[Any]]:
        if self._stages:
            return self._stages.pop().lower().compile()
        return compiled(self.jaxpr, given, self._quickly)


def quickly(problem: ArrayProblem) -> bool:
    """Whether a check may have its program compiled quickly: it is no JAX function of the caller's own."""
    return problem.native is None and LESS_ACCURATE.isdisjoint(node.op for node in problem.graph.nodes)


def compiled(closed: core.ClosedJaxpr, given: Sequence[np.ndarray], fast: bool) -> Callable[..., Sequence[Any]]:
    """The jaxpr as a compiled function of such arrays, quickly where that can be had."""
    whole = jax.jit(core.jaxpr_as_fun(closed))
    if fast and current().platform == "cpu":
        with suppress(Exception):  # another XLA has other options, and says so in its own way
            return whole.lower(*given).compile(compiler_options=QUICKLY)
    return whole


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.tobytes() == b.tobytes()  # -0.0 is not 0.0
