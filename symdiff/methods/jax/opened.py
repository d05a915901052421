"""JAX's derivative of the caller's own JAX function as a graph: its jaxpr, read by NumPy's names and run meanwhile.

What JAX made of the function is all in there; what XLA makes of it is not. So a function that is meant for float32 has
its rules looked at in float64 without a second compilation, which takes as long as hundreds of gradients.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from symdiff.arrays import ArrayProblem
from symdiff.errors import UnsupportedError
from symdiff.graph import Graph
from symdiff.inputs.jax.reading import Reading
from symdiff.inputs.recorded import Recorded
from symdiff.methods.base import Task
from symdiff.methods.jax import arrays

MOST = 2_000  # equations; of more, reading takes as long as compiling them


def opened(
    problem: ArrayProblem, task: Task, leaves: Sequence[Any], vectors: Sequence[Any]
) -> tuple[Graph, list[np.ndarray]]:
    """The graph of the derivative in float64, and the arrays of `Method.arrays` that it gives here.

    Raises:
        UnsupportedError: a primitive that symdiff has no meaning for, a program that is too long, or no derivative.
    """
    given = [np.asarray(v, np.float64) for v in (*leaves, *vectors)]
    names = [*problem.names, *(f"v{k + 1}" for k in range(len(vectors)))]
    graph = Graph()
    values = [Recorded(graph, graph.input(n, v.shape), v[()]) for n, v in zip(names, given, strict=True)]
    with jax.enable_x64(True), np.errstate(all="ignore"):
        closed = arrays.trace(problem.in_float64(), task, given, lambda f: f)
        if len(closed.eqns) > MOST:
            raise UnsupportedError(f"{len(closed.eqns)} equations are more than are read ({MOST})")
        found = Reading(graph, problem.source).read(closed, values)
    graph.outputs = tuple(
        v.index if isinstance(v, Recorded) else graph.const(np.asarray(v, np.float64)) for v in found
    )
    return graph, [np.array(v.value if isinstance(v, Recorded) else v, np.float64) for v in found]
