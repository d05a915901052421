"""From a JAX function and its arguments to a graph: traced once, before anything is differentiated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from symdiff.arrays import ArrayProblem
from symdiff.errors import InputError
from symdiff.graph import Graph
from symdiff.inputs.code import Call, Code, Recording, with_leaves
from symdiff.inputs.jax.reading import Reading
from symdiff.inputs.leaves import plain_copy
from symdiff.inputs.recorded import Recorded
from symdiff.pytrees import Tree, flatten

UNCOMPILED = 6  # calls


class Traced:
    """A JAX function as one of the leaves that it is differentiated by."""

    def __init__(
        self, f: Callable[..., Any], name: str, given: Callable[[Sequence[Any]], Sequence[Any]], kwargs: dict[str, Any]
    ) -> None:
        self.f, self.name, self.given, self.kwargs = f, name, given, kwargs
        self.answer: Tree | None = None  # the structure of its result, once it has been called
        self._calls = 0
        self._compiled: dict[bool, Callable[..., Any]] = {}
        self.has_rules = False  # whether a rule of somebody's own is in it (`jax.custom_jvp`), once it has been read
        self.rounds_constants = False  # whether it computes constants in a narrower dtype: with other bits, compiled

    def __call__(self, *leaves: Any) -> list[Any]:
        """The leaves of its result, in JAX's own language: what JAX differentiates."""
        found, self.answer = flatten(self.f(*self.given(leaves), **self.kwargs))
        return found

    def own(self, leaves: Sequence[Any]) -> list[np.ndarray]:
        """The same on arrays, in their dtype; complex ones stay complex. The first calls run the caller's code; JAX
        compiles branches and loops in it anew each time, so later ones run it compiled as a whole."""
        arrays = [np.asarray(v) for v in leaves]
        wide = all(v.dtype.itemsize >= 8 for v in arrays)
        self._calls += 1
        with jax.enable_x64(wide):
            again = self._calls > UNCOMPILED and not self.rounds_constants
            f = self if not again else self._compiled.setdefault(wide, jax.jit(self))
            return [np.asarray(y) for y in f(*map(jax.numpy.asarray, arrays))]

    def read(self, names: Sequence[str], leaves: Sequence[np.ndarray]) -> tuple[Graph, list[Any]]:
        """The function as a graph at these leaves, and what it returns there: recorded values or plain arrays.

        Raises:
            InputError: JAX cannot trace it, or it does not return floats.
            UnsupportedError: it has a primitive that symdiff has no meaning for.
        """
        graph = Graph()  # where a step is from, the jaxpr says
        values = [Recorded(graph, graph.input(n, np.shape(v)), v[()]) for n, v in zip(names, leaves, strict=True)]
        with jax.enable_x64(True):
            closed = self._jaxpr(leaves)
            for aval in closed.out_avals:
                if aval.dtype != np.float64:
                    raise InputError(f"{self.name} returns {aval.dtype}: expected floats of the dtype of its arguments")
            reading = Reading(graph, self.name)
            with np.errstate(all="ignore"):
                found = reading.read(closed, values)
            self.has_rules, self.rounds_constants = reading.has_rules, reading.rounds_constants
        return graph, found

    def _jaxpr(self, leaves: Sequence[np.ndarray]) -> Any:
        try:
            return jax.make_jaxpr(self)(*[jax.numpy.asarray(v, np.float64) for v in leaves])
        except jax.errors.TracerArrayConversionError as e:
            raise InputError(
                f"{self.name} gives an array that JAX differentiates by to a function of NumPy's: write jnp for np, in "
                f"all of it ({_first_line(e)})"
            ) from e
        except jax.errors.ConcretizationTypeError as e:
            raise InputError(
                f"{self.name} decides by the value of an array (if, while, int(x), an index), and JAX cannot trace "
                f"that: use jnp.where, jax.lax.cond or jax.lax.while_loop ({_first_line(e)})"
            ) from e


def recording(code: Code, call: Call) -> Recording:
    """A call of a JAX function, recorded by its jaxpr."""
    args, kwargs = plain_copy(call.given)  # the caller may write into his arrays
    traced = Traced(code.f, code.name, lambda leaves: with_leaves(args, call.chosen, call.trees, leaves), kwargs)
    graph, found = traced.read(call.names, call.leaves)
    assert traced.answer is not None
    paths = traced.answer.paths("result")
    graph.outputs = tuple(code.output(graph, y, path) for y, path in zip(found, paths, strict=True))
    if not graph.outputs:
        raise InputError(f"{code.name} returns no array: expected numbers or arrays; is there a return?")
    names, notes = tuple(call.names), tuple(call.notes)
    problem = ArrayProblem(graph, names, code.name, traced.own, notes, "jax", call.dtype, native=traced)
    return Recording(problem, call.chosen, call.single, call.trees, traced.answer, plain_copy(call.still))


def _first_line(e: Exception) -> str:
    return str(e).partition("\n")[0][:200]

