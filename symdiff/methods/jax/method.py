"""The JAX method: trace JAX's derivative once, then run its jaxpr primitive by primitive.

Running the traced program eagerly is what pays for small formulas: compiling one costs as much as
thousands of evaluations. For long programs, and many points, the same jaxpr is compiled with `jax.jit`.

64-bit numbers are a scope (`jax.enable_x64(True)` as a context), never a change of the user's setting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import jax
import numpy as np
from jax.extend import core

from symdiff.arrays import ArrayProblem, cut, dtype_of
from symdiff.errors import UnsupportedError
from symdiff.graph import Graph
from symdiff.methods.base import Answer, Method, Program, Task, in_flat_order, leaf_task
from symdiff.methods.disturbance import UNITS
from symdiff.methods.jax import arrays, noise
from symdiff.methods.jax.checked import Checked, Once, part
from symdiff.methods.jax.compositions import traced
from symdiff.methods.jax.devices import current
from symdiff.methods.jax.jaxpr import evaluate
from symdiff.methods.jax.numbers import with_value
from symdiff.methods.jax.opened import opened
from symdiff.methods.jax.reading import to_graph
from symdiff.methods.shared import Shared
from symdiff.problem import Problem

MOST_OPS = 20_000  # tracing takes JAX about half a millisecond an op
SLACK = 16.0  # times the root mean square of what rounding does
CHECKED = "a derivative with its value"
JIT_AFTER = 50_000  # primitives run so far, above which compiling has paid for itself


@dataclass(slots=True)
class _Run:
    """A jaxpr on numbers, what has been run of it, and what it gave last."""

    jaxpr: core.ClosedJaxpr
    runs: int = 0
    compiled: Callable[..., Any] | None = None
    last: tuple[bytes, list[float]] = (b"never", [])

    def at(self, point: list[float]) -> list[float]:
        given = np.array(point).tobytes()  # -0.0 is not 0.0
        last = self.last
        if last[0] != given:
            self.runs += 1
            if self.compiled is None and self.runs * len(self.jaxpr.eqns) > JIT_AFTER:
                self.compiled = jax.jit(core.jaxpr_as_fun(self.jaxpr))
            results = self.compiled(*point) if self.compiled else evaluate(self.jaxpr, point)
            self.last = last = given, [float(r) for r in results]
        return last[1]


@dataclass(slots=True)
class _Traced:
    """One derivative, or the value beside it: some of a jaxpr's results, and the program of these."""

    run: _Run
    results: slice
    program: Program | None


class Jax(Method):
    """`jax.grad` and its siblings on the JAX column of the graph; the caller's own function if it is JAX's."""

    name = "jax"
    composes = True
    replays = True

    def __init__(self) -> None:
        self._arrays: WeakKeyDictionary[Graph, dict[Any, Any]] = WeakKeyDictionary()
        self._shared = Shared()
        self._traced: WeakKeyDictionary[Graph, dict[Any, _Traced]] = WeakKeyDictionary()

    def forget(self) -> None:
        self._shared.clear()

    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Answer:
        origin = problem.origin
        if origin is not None and (origin.native is not None or not origin.of_numbers):
            return self._on_arrays(problem, task, x, vector)
        with jax.enable_x64(True), arrays.refusing_leaks():
            known = self.trace(problem, task)
            return Answer(known.run.at([float(v) for v in (*x, *vector)])[known.results], known.program)

    def arrays(self, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]) -> list[Any]:
        with _wide(problem.dtype):
            return self._shared_trace(problem, task).run(leaves, vector)

    def digits(
        self, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]
    ) -> list[np.ndarray]:
        known, key = self._arrays.setdefault(problem.graph, {}), ("once", task, problem.dtype, *_setting())
        with _wide(problem.dtype):
            if key not in known:
                known[key] = self._shared_or(problem, key, lambda: Once(problem, task))
            return known[key].run(leaves, vector)

    def rules(
        self, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]
    ) -> list[np.ndarray]:
        """Of a caller's own JAX function without compiling it, where its jaxpr can be read."""
        if problem.native is not None:
            with suppress(UnsupportedError):
                return opened(problem, task, leaves, vector)[1]
        return super().rules(problem, task, leaves, vector)

    def floor(
        self, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]
    ) -> list[np.ndarray] | None:
        with jax.enable_x64(True):  # disturbed by the narrower unit in float64, so that nothing else is lost
            jaxpr = self._array_trace(problem.in_float64(), task).jaxpr
            return noise.floor(jaxpr, [*leaves, *vector], unit=UNITS[problem.dtype])

    def of_constants(self, problem: ArrayProblem, leaves: Sequence[Any]) -> list[np.ndarray]:
        """For each output of a JAX function, what rounding does to it by way of the constants that it computes in a
        narrower dtype: see `noise.of_constants`."""
        with jax.enable_x64(True), np.errstate(all="ignore"):
            given = [np.asarray(v, np.float64) for v in leaves]
            return noise.of_constants(jax.make_jaxpr(arrays.as_jax(problem))(*given), given)

    def per_example(
        self, problem: ArrayProblem, task: Task, leaves: Sequence[Any], rows: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        """The first `leaves` of the function as they are, the others row by row, stacked: `jax.vmap`, compiled once."""
        known = self._arrays.setdefault(problem.graph, {})
        key = ("per example", task, len(leaves), problem.dtype, _precision())
        dtype = dtype_of(problem.dtype)
        with _wide(problem.dtype):
            if key not in known:
                axes = (*[None] * len(leaves), *[0] * len(rows))
                known[key] = jax.jit(jax.vmap(arrays.derivative(problem, task), in_axes=axes))
            return [np.array(y) for y in known[key](*[np.asarray(v, dtype) for v in (*leaves, *rows)])]

    def _on_arrays(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float]) -> Answer:
        """The arrays are differentiated as arrays; JAX's program is shown entry by entry where it can be read."""
        origin = problem.origin
        task = leaf_task(origin, task)
        vectors = cut(np.asarray(vector), arrays.vector_shapes(origin, task))
        point, leaves = [float(v) for v in (*x, *vector)], origin.leaves(x)
        with jax.enable_x64(True):
            if task.operator == "value":
                known = self._with_values(origin)
                found, program = known.values(leaves), known.value_program(problem, point)
                closed = known.value_jaxpr
            else:
                known = self._checked(origin, task)
                found, program = known.run(leaves, vectors), known.program(problem, task, point)
                closed = known.jaxpr
            slack: list[Any] = []
            if origin.rounds_constants:
                slack = [SLACK * y for y in noise.of_constants(closed, [*leaves, *vectors])]
        return Answer(
            [float(v) for v in in_flat_order(found, origin, task)], program,
            tuple(float(v) for v in in_flat_order(slack, origin, task)) if slack else (),
        )  # fmt: skip

    def _checked(self, problem: ArrayProblem, task: Task) -> Checked:
        """The derivative and the value of a function, compiled once for equal functions, as `_shared_trace` does."""
        known = self._arrays.setdefault(problem.graph, {})
        key = ("checked", task, *_setting())
        if key not in known:
            known[key] = known[CHECKED, *_setting()] = self._shared_or(problem, key, lambda: Checked(problem, task))
        return known[key]

    def _with_values(self, problem: ArrayProblem) -> Checked:
        """Whatever of this function has been compiled to be checked has its value, too."""
        known = self._arrays.setdefault(problem.graph, {})
        return known.get((CHECKED, *_setting())) or self._checked(problem, Task("value", ()))

    def _shared_trace(self, problem: ArrayProblem, task: Task) -> arrays.Traced:
        """The same for equal functions: a net recorded anew for every check is compiled once. A row that is another
        one now, and another way of tracing, is another function. So is every JAX function of a caller's."""
        known, setting = self._arrays.setdefault(problem.graph, {}), (task, problem.dtype, _precision())
        if setting not in known:
            known[setting] = self._shared_or(problem, setting, lambda: arrays.Traced(problem, task))
        return known[setting]

    def _shared_or(self, problem: ArrayProblem, setting: tuple[Any, ...], new: Callable[[], Any]) -> Any:
        """What is known for an equal function in this setting, else a new one, which is kept."""
        if problem.native is not None:
            return new()
        return self._shared.of(problem.graph, (setting, arrays.derivative), new)

    def _array_trace(self, problem: ArrayProblem, task: Task) -> arrays.Traced:
        """The jaxpr of the derivative of arrays, traced once per function, task, dtype and precision."""
        known = self._arrays.setdefault(problem.graph, {})
        key = (task, problem.dtype, _precision())  # all of it goes into the trace
        if key not in known:
            known[key] = arrays.Traced(problem, task)
        return known[key]

    def trace(self, problem: Problem, task: Task) -> _Traced:
        """The jaxpr of the derivative, traced once per function and task (inside the 64-bit scope); that of a gradient
        has the value, too."""
        known = self._traced.setdefault(problem.graph, {})
        key = (task, _precision())
        if key not in known:
            size = problem.graph.count_ops()
            if size > MOST_OPS:
                raise UnsupportedError(f"{size} ops are more than JAX is asked to trace ({MOST_OPS})")
            of, value = self._shared.of(problem.graph, (key, with_value), lambda: _new(problem, task))
            known[key] = of
            if value is not None:
                known.setdefault((Task("value", ()), key[1]), value)
        return known[key]


def _new(problem: Problem, task: Task) -> tuple[_Traced, _Traced | None]:
    """The derivative traced, and the value where it comes with it."""
    n, m = len(problem.names), task.vector_length(problem)
    f, values = with_value(problem, task)
    closed = traced(f, *[0.5] * (n + m))
    run, outvars = _Run(closed), closed.jaxpr.outvars

    def some(results: slice) -> _Traced:
        return _Traced(run, results, to_graph(part(closed, outvars[results], n + m), problem, m).program)

    first = len(outvars) - values
    return some(slice(0, first)), some(slice(first, None)) if values else None


def _precision() -> Any:
    """That of matrix products, which goes into a trace."""
    return jax.config.jax_default_matmul_precision  # type: ignore[attr-defined]  # JAX makes its settings at run time


def _setting() -> tuple[Any, ...]:
    """What goes into a compiled program of JAX's besides the function."""
    return _precision(), current()


def _wide(dtype: str) -> Any:
    """The scope in which a dtype stays what it is: with 64 bits on, JAX makes float64 of literal arrays."""
    return jax.enable_x64(dtype == "float64")
