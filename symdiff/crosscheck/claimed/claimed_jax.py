"""A claim that computes with JAX: called with 64 bits, and opened by its jaxpr.

JAX is never imported for it: who claims something with JAX has imported it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symdiff.graph import run
from symdiff.inputs.leaves import close
from symdiff.methods.base import Program
from symdiff.problem import Problem
from symdiff.pytrees import flatten
from symdiff.scalars import MOST_OF_A_PROGRAM


def in_64_bits(call: Callable[[], Any]) -> Any:
    """What the call returns, where JAX computes in 64 bits meanwhile: a float64 function has a float64 derivative."""
    if "jax" not in sys.modules:
        result = call()
        if "jax" not in sys.modules:
            return result
    import jax

    with jax.enable_x64(True):
        return call()


def remark_64_bits(claim: Any, result: Any) -> None:
    """Say so where the caller's own JAX would have computed in 32."""
    if "jax" not in sys.modules:
        return
    import jax

    wide = jax.config.jax_enable_x64  # type: ignore[attr-defined]  # JAX makes its settings at run time
    if not wide and any(isinstance(v, jax.Array) for v in flatten(result)[0]):
        claim.remark(f"{claim.name} computes with JAX: it was called with 64 bits, as within jax.enable_x64(True)")


def traced(entries: Callable[..., Sequence[Any]], given: Sequence[np.ndarray]) -> Any:
    """The jaxpr of a claim's arrays, a function of the leaves and the vectors; None where JAX cannot trace it: it is
    somebody else's, or it decides by its numbers."""
    if "jax" not in sys.modules:
        return None
    import jax

    def arrays(*values: Any) -> list[Any]:
        return [jax.numpy.asarray(v) for v in entries(*values)]

    try:
        with np.errstate(all="ignore"), jax.enable_x64(True):
            return jax.make_jaxpr(arrays)(*given)
    except (Exception, SystemExit):  # noqa: BLE001 - the user's code may object to a traced value in any way it likes
        return None


def opened(
    closed: Any,
    problem: Problem,
    given: Sequence[np.ndarray],
    flat_order: Callable[[list[np.ndarray]], np.ndarray],
    entries: np.ndarray,
) -> Program | None:
    """The jaxpr as a program, entry by entry; None where it cannot be read, or does not give these `entries`.

    `problem` is the function entry by entry, `given` are the leaves and the vectors, and `flat_order` puts the nodes
    of the result's arrays in the order of the entries.
    """
    import jax

    from symdiff.methods.jax.reading import to_graph

    point = [float(v) for a in given for v in np.ravel(a)]
    shapes = [np.shape(a) for a in given]
    with jax.enable_x64(True):
        read = to_graph(closed, problem, len(point) - len(problem.names), shapes, point, MOST_OF_A_PROGRAM)
    if read.program is None:
        return None
    graph = read.program.graph
    graph.outputs = tuple(int(i) for i in flat_order(read.results).tolist())
    with np.errstate(all="ignore"):
        values = run(graph, "forward", point, lambda c: np.float64(float(c)))
    found = np.array([float(values[o]) for o in graph.outputs])
    return read.program if close(found, entries) else None


def same_jaxpr(closed: Any, given: Sequence[np.ndarray], entries: Sequence[np.ndarray]) -> bool:
    """Whether a traced claim is the one that was called."""
    import jax
    from jax.extend import core

    with jax.enable_x64(True):
        found = core.jaxpr_as_fun(closed)(*[jax.numpy.asarray(v, float) for v in given])
    return all(close(np.asarray(f), e) for f, e in zip(found, entries, strict=True))
