"""A claimed derivative of a Python function: called with the function's own arguments, read as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, cut
from symdiff.errors import InputError, SymdiffError, UnsupportedError
from symdiff.graph import CONST, Graph, is_short
from symdiff.inputs.leaves import plain_copy
from symdiff.inputs.recorded import Recorded
from symdiff.methods.base import Answer, Program, Task, count, in_flat_order, leaf_task
from symdiff.pytrees import flatten
from symdiff.scalars import MOST_OF_A_PROGRAM, to_scalars


def answer(claim: Any, task: Task, vector: Sequence[float]) -> Answer:
    """The claimed entries in flat order, and the claim's program if it can be recorded."""
    recording, site = claim.site.recording, claim.site
    problem: ArrayProblem = recording.problem
    task = leaf_task(problem, task)
    shapes = problem.answers if task.operator == "vjp" else problem.shapes
    vectors = cut(np.asarray(vector), shapes) if len(vector) else []
    leaves = problem.leaves(site.x)
    found = called(claim, problem, task, leaves, vectors)
    flat_entries = in_flat_order(found, problem, task)
    return Answer([float(v) for v in flat_entries], _program(claim, problem, task, leaves, vectors))


def called(
    claim: Any, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vectors: Sequence[Any]
) -> list[np.ndarray]:
    """What the claim returns, as the arrays of `Method.arrays`."""
    with np.errstate(all="ignore"):
        result = claim.call(*_arguments(claim, leaves, vectors))
    if result is None:
        raise InputError(f"{claim.name} returns None for {claim.operator}: expected arrays; is there a return?")
    return [_array(v, claim, s) for v, s in _matched(flatten(result)[0], claim, expected(problem, task))]


def expected(problem: ArrayProblem, task: Task) -> list[tuple[int, ...]]:
    """The shapes of the entries, in the order of `Method.arrays`."""
    inputs, outputs = problem.shapes, problem.answers
    return {
        "value": outputs, "jvp": outputs, "grad": inputs, "vjp": inputs, "hvp": inputs,
        "value_and_grad": [(), *inputs],
        "jacobian": [o + i for o in outputs for i in inputs],
        "hessian": [o + i + j for o in outputs for i in inputs for j in inputs],
    }[task.operator]  # fmt: skip


def _arguments(claim: Any, leaves: Sequence[Any], vectors: Sequence[Any]) -> tuple[Any, ...]:
    """As the operator itself takes them: the arguments; for jvp, vjp and hvp the vector after them."""
    recording = claim.site.recording
    args = recording.arguments([plain_copy(a) for a in claim.site.args], leaves)
    if claim.operator == "vjp":
        return (*args, recording.answer.build([np.asarray(v)[()] for v in vectors]))
    if claim.operator in ("jvp", "hvp"):
        return (*args, recording.like_arguments_of([np.asarray(v)[()] for v in vectors]))
    return args


def _matched(found: Sequence[Any], claim: Any, shapes: Sequence[tuple[int, ...]]) -> list[tuple[Any, tuple[int, ...]]]:
    if len(found) != len(shapes):
        if len(shapes) == 1:  # a list of numbers for an array
            return [(found, shapes[0])]
        raise InputError(f"{claim.name} returns {len(found)} array(s) for {claim.operator}, expected {len(shapes)}")
    return list(zip(found, shapes, strict=True))


def _array(value: Any, claim: Any, shape: tuple[int, ...]) -> np.ndarray:
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, SymdiffError):
        array = np.asarray(None)
    if array.dtype.kind not in "fiu":
        kind = type(value).__name__ if array.dtype.kind == "O" else f"an array of {array.dtype}"
        raise InputError(f"{claim.name} returns {kind} for {claim.operator}: expected real numbers")
    if array.shape != shape and not (array.size == 1 and shape == ()):
        turned = "; it is the transpose" if array.shape == shape[::-1] and array.ndim > 1 else ""
        raise InputError(f"{claim.name} returns shape {array.shape} for {claim.operator}, expected {shape}{turned}")
    return array.astype(np.float64).reshape(shape)


def _program(
    claim: Any, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vectors: Sequence[Any]
) -> Program | None:
    """The recorded claim entry by entry, if it can be recorded and is not too long."""
    shapes = expected(problem, task)
    graph = recorded(claim, problem, task, leaves, vectors)
    try:
        scalars = to_scalars(graph, [*leaves, *vectors], MOST_OF_A_PROGRAM) if graph is not None else None
    except UnsupportedError:
        scalars = None
    if scalars is None:
        return None
    sizes = np.cumsum([0, *(count([s]) for s in shapes)])
    places = [np.array(scalars.outputs[a:b]).reshape(s) for a, b, s in zip(sizes[:-1], sizes[1:], shapes, strict=True)]
    scalars.outputs = tuple(int(i) for i in in_flat_order(places, problem, task))
    own = _written(problem.graph)
    written = {v for v in _written(scalars) - own if not is_short(v)}
    return Program(scalars, tuple(scalars.guards), loose=frozenset(written))


def recorded(
    claim: Any, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vectors: Sequence[Any]
) -> Graph | None:
    """The claim's own program as a graph: it is run once more on recorded values. Whatever stops that only
    closes the program."""
    graph = Graph()
    names = [*problem.names, *(f"v{k + 1}" for k in range(len(vectors)))]
    named = zip(names, [*leaves, *vectors], strict=True)
    values = [Recorded(graph, graph.input(n, np.shape(v)), np.asarray(v)[()]) for n, v in named]
    try:
        with np.errstate(all="ignore"):
            result = claim.call(*_arguments(claim, values[: len(leaves)], values[len(leaves) :]))
            shapes = expected(problem, task)
            found = [_node(graph, v, s) for v, s in _matched(flatten(result)[0], claim, shapes)]
    except Exception:  # noqa: BLE001 - the user's code may object to a recorded value in any way it likes
        return None
    graph.outputs = tuple(found)
    return graph


def _node(graph: Graph, value: Any, shape: tuple[int, ...]) -> int:
    if isinstance(value, list):
        from symdiff.inputs.numpy.shaping import array

        value = array(value)
    if not isinstance(value, Recorded):
        return graph.const(np.broadcast_to(np.asarray(value, np.float64), shape).copy() if shape else float(value))
    if value.shape != shape:
        raise InputError("another shape than before")
    return value.index


def _written(graph: Graph) -> set[float]:
    """The numbers that stand in a program."""
    found: set[float] = set()
    for node in graph.nodes:
        if node.op == CONST and node.kind == "f":
            found.update(np.ravel(node.value).tolist() if isinstance(node.value, np.ndarray) else [float(node.value)])
    return found
