"""A claimed derivative of a Python function: called with the function's own arguments, read as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import product
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, cut, dtype_of
from symdiff.crosscheck.certified.rounding import bounds
from symdiff.crosscheck.claimed import claimed_jax
from symdiff.crosscheck.claimed.claim_faults import LONGER, ClaimFault, asked, linear, repeated, untouched
from symdiff.errors import InputError, SymdiffError, UnsupportedError
from symdiff.graph import CONST, Graph, is_short, run
from symdiff.inputs.leaves import close, plain_copy
from symdiff.inputs.meeting_jax import among
from symdiff.inputs.objects import MOST_ENTRIES, elements, together
from symdiff.inputs.recorded import Recorded
from symdiff.methods.base import MATRICES, TANGENTS, Answer, Program, Task, count, in_flat_order, leaf_task
from symdiff.methods.disturbance import UNITS
from symdiff.pytrees import Tree, flatten
from symdiff.scalars import MOST_OF_A_PROGRAM, to_scalars

LIKE_THE_ARGUMENTS = ("grad", "vjp", "hvp", "tvp")  # operators whose entries have the structure of the arguments


def answer(claim: Any, task: Task, vector: Sequence[float]) -> Answer:
    """The claimed entries in flat order, and the claim's program if it can be recorded."""
    recording, site = claim.site.recording, claim.site
    problem: ArrayProblem = recording.problem
    task = leaf_task(problem, task)
    shapes = problem.answers if task.operator == "vjp" else problem.shapes * TANGENTS.get(task.operator, 0)
    vectors = cut(np.asarray(vector), shapes) if len(vector) else []
    leaves = problem.leaves(site.x)
    found = examined(claim, problem, task, leaves, vectors)
    flat_entries = in_flat_order(found, problem, task)
    return Answer([float(v) for v in flat_entries], _program(claim, problem, task, leaves, vectors, found))


def called(
    claim: Any, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vectors: Sequence[Any]
) -> list[np.ndarray]:
    """What the claim returns, as the arrays of `Method.arrays`."""
    given, others = [np.array(v) for v in leaves], [plain_copy(a) for a in claim.site.args]
    with _scope(problem):
        arguments = _arguments(claim, *_as_given(claim, given, vectors), others)
        result = asked(lambda: _call(claim, arguments, problem), claim, _as(claim, problem))
    if problem.dtype == "float64" and problem.native is None:
        claimed_jax.remark_64_bits(claim, result)
    untouched(claim, given, leaves, problem.names)
    mine, theirs = flatten(others)[0], flatten(list(claim.site.args))[0]
    untouched(claim, mine, theirs, ["that is not differentiated"] * len(mine))
    if result is None:
        raise ClaimFault(f"{claim.name} returns None for {claim.operator}: expected arrays; is there a return?")
    _check_keys(result, claim)
    _check_none(result, claim)
    shapes = expected(problem, task)
    names = problem.names if claim.operator in LIKE_THE_ARGUMENTS and len(problem.names) > 1 else [""] * len(shapes)
    matched = _matched(result, claim, shapes)
    return [_array(v, claim, s, name) for (v, s), name in zip(matched, names, strict=True)]


def _call(claim: Any, arguments: Sequence[Any], problem: ArrayProblem) -> Any:
    if problem.dtype != "float64":
        return claim.call(*arguments)
    return claimed_jax.in_64_bits(lambda: claim.call(*arguments))


def _scope(problem: ArrayProblem) -> AbstractContextManager[Any]:
    """What a claim about a JAX function is run in: the scope in which JAX computes the function itself."""
    if problem.native is None:
        return nullcontext()
    import jax

    return jax.enable_x64(problem.dtype == "float64")


def _as_given(claim: Any, leaves: Sequence[Any], vectors: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The numbers as arrays of JAX's, if the caller's were some: a claim may ask for x.at[0]."""
    if not among(claim.site.args):
        return list(leaves), list(vectors)
    import jax

    return [jax.numpy.asarray(v) for v in leaves], [jax.numpy.asarray(v) for v in vectors]


def examined(
    claim: Any, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vectors: Sequence[Any]
) -> list[np.ndarray]:
    """What the claim returns, after a second call has shown that it returns it again, and a third that it is linear."""
    found = called(claim, problem, task, leaves, vectors)
    repeated(claim, found, called(claim, problem, task, leaves, vectors), UNITS[problem.dtype])
    if vectors:
        longer = [np.asarray(LONGER * np.asarray(v), np.asarray(v).dtype) for v in vectors]
        factor = LONGER ** TANGENTS.get(task.operator, 1)
        linear(claim, found, called(claim, problem, task, leaves, longer), factor)
    return found


def _as(claim: Any, problem: ArrayProblem) -> str:
    takes = dict.fromkeys(TANGENTS, ", then the tangents") | {"vjp": ", then the cotangent"}
    return f", with the arguments of {problem.source}{takes.get(claim.operator, '')},"


def expected(problem: ArrayProblem, task: Task) -> list[tuple[int, ...]]:
    """The shapes of the entries, in the order of `Method.arrays`."""
    inputs, outputs = problem.shapes, problem.answers
    return {
        "value": outputs, "jvp": outputs, "grad": inputs, "vjp": inputs, "hvp": inputs, "tvp": inputs,
        "value_and_grad": [(), *inputs],
    }.get(task.operator) or [
        sum(shapes, o) for o in outputs for shapes in product(inputs, repeat=MATRICES.get(task.operator, 0))
    ]  # fmt: skip


def _arguments(
    claim: Any, leaves: Sequence[Any], vectors: Sequence[Any], others: Sequence[Any] | None = None
) -> tuple[Any, ...]:
    """As the operator itself takes them: the arguments (`others` are copies of all of them, in which the leaves take
    their places); for jvp, vjp and hvp the vector after them."""
    recording = claim.site.recording
    args = recording.arguments(others if others is not None else [plain_copy(a) for a in claim.site.args], leaves)
    vectors = [np.asarray(v)[()] if isinstance(v, np.ndarray) else v for v in vectors]
    if claim.operator == "vjp":
        return (*args, recording.answer.build(vectors))
    count = TANGENTS.get(claim.operator, 0)
    if count:
        each = len(vectors) // count
        tangents = [recording.like_arguments_of(vectors[k * each : (k + 1) * each]) for k in range(count)]
        return (*args, *tangents)
    return args


def _wanted(claim: Any) -> Tree | None:
    """The structure that the claim has to return, where it is that of the arguments."""
    if claim.operator not in LIKE_THE_ARGUMENTS:
        return None
    recording = claim.site.recording
    return recording.trees[0] if recording.single else flatten(recording.like_arguments_of(recording.problem.names))[1]


def _check_keys(result: Any, claim: Any) -> None:
    """A dict with other keys than the argument's would be matched with the wrong entries."""
    wanted, mine = _wanted(claim), flatten(result)[1]
    other = _other_keys(mine, wanted) if wanted is not None else None
    if wanted is not None and wanted.kind is None and mine.kind is not None and issubclass(mine.kind, dict):
        other = mine, wanted
    if other is not None:
        mine, theirs = other
        raise ClaimFault(f"{claim.name} returns {mine} for {claim.operator}: expected {theirs}, as in the argument")


def _check_none(result: Any, claim: Any) -> None:
    """None is no leaf, as in JAX: a derivative that was left out would only be one too few."""
    place = _none_in(result)
    if place is not None and claim.operator in LIKE_THE_ARGUMENTS:
        recording = claim.site.recording
        whose = recording.problem.names[0].partition("[")[0] if recording.single else ""
        raise ClaimFault(
            f"{claim.name} returns None for {claim.operator} by {whose}{place}: expected numbers, zeros where it does "
            "not matter"
        )


def _none_in(result: Any) -> str | None:
    """Where in dicts, lists and tuples there is a None: `['v']`."""
    if result is None:
        return ""
    parts = result.items() if isinstance(result, dict) else enumerate(result) if type(result) in (list, tuple) else ()
    found = ((key, _none_in(v)) for key, v in parts)
    return next((f"[{key!r}]{inner}" for key, inner in found if inner is not None), None)


def _other_keys(mine: Tree, theirs: Tree) -> tuple[Tree, Tree] | None:
    dicts = all(t.kind is not None and issubclass(t.kind, dict) for t in (mine, theirs))
    if dicts and set(mine.keys) != set(theirs.keys):
        return mine, theirs
    if len(mine.parts) != len(theirs.parts):
        return None
    parts = (_other_keys(a, b) for a, b in zip(mine.parts, theirs.parts, strict=True))
    return next((p for p in parts if p is not None), None)


def _matched(result: Any, claim: Any, shapes: Sequence[tuple[int, ...]]) -> list[tuple[Any, tuple[int, ...]]]:
    found, tree = flatten(result)
    if len(found) != len(shapes):
        if len(shapes) == 1:  # a list of numbers for an array
            return [(found, shapes[0])]
        wanted = _wanted(claim)
        if wanted is not None and str(wanted) != str(tree):
            like = "as the argument is" if claim.site.recording.single else "one for each argument of wrt="
            raise ClaimFault(f"{claim.name} returns {tree} for {claim.operator}: expected {wanted}, {like}")
        raise ClaimFault(f"{claim.name} returns {len(found)} array(s) for {claim.operator}, expected {len(shapes)}")
    return list(zip(found, shapes, strict=True))


def _array(value: Any, claim: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    asked = f"{claim.operator} by {name}" if name else claim.operator
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, SymdiffError):
        array = np.asarray(None)
    own = dtype_of(claim.site.recording.problem.dtype)  # NumPy does not know bfloat16 for a float
    if array.dtype.kind not in "fiu" and array.dtype != own:
        kind = type(value).__name__ if array.dtype.kind == "O" else f"an array of {array.dtype}"
        raise ClaimFault(f"{claim.name} returns {kind} for {asked}: expected real numbers")
    if array.shape != shape and not (array.size == 1 and shape == ()):
        turned = "; it is the transpose" if array.shape == shape[::-1] and array.ndim > 1 else ""
        raise ClaimFault(f"{claim.name} returns shape {array.shape} for {asked}, expected {shape}{turned}")
    if array.dtype.kind not in "iu" and array.dtype.itemsize < own.itemsize:
        claim.remark(f"{claim.name} returns {array.dtype}, whose digits do not do for a {own}: compute it in {own}")
    return array.astype(np.float64).reshape(shape)


def _program(
    claim: Any,
    problem: ArrayProblem,
    task: Task,
    leaves: Sequence[Any],
    vectors: Sequence[Any],
    entries: Sequence[np.ndarray],
) -> Program | None:
    """The recorded claim entry by entry, if it can be recorded, gives the same `entries` and is not too long."""
    shapes = expected(problem, task)
    few = count([np.shape(v) for v in (*leaves, *vectors)]) <= MOST_ENTRIES
    given = [*leaves, *vectors]
    graph = recorded(claim, problem, task, leaves, vectors, elements if few else None)
    try:
        scalars = to_scalars(graph, given, MOST_OF_A_PROGRAM) if graph is not None else None
    except UnsupportedError:
        scalars = None
    if graph is None or scalars is None or not (same(graph, given, entries) or _rounded(scalars, given, entries)):
        return _traced_program(claim, problem, task, leaves, vectors, entries)
    sizes = np.cumsum([0, *(count([s]) for s in shapes)])
    places = [np.array(scalars.outputs[a:b]).reshape(s) for a, b, s in zip(sizes[:-1], sizes[1:], shapes, strict=True)]
    scalars.outputs = tuple(int(i) for i in in_flat_order(places, problem, task))
    own = written(problem.graph)
    literals = {v for v in written(scalars) - own if not is_short(v)}
    return Program(scalars, tuple(scalars.guards), loose=frozenset(literals))


def traced(claim: Any, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vectors: Sequence[Any]) -> Any:
    """The jaxpr of a claim's arrays, if it computes with JAX; else None."""
    shapes = expected(problem, task)

    def entries(*given: Any) -> list[Any]:
        result = claim.call(*_arguments(claim, given[: len(leaves)], given[len(leaves) :]))
        import jax

        return [jax.numpy.reshape(jax.numpy.asarray(v), s) for v, s in _matched(result, claim, shapes)]

    return claimed_jax.traced(entries, [*leaves, *vectors])


def _traced_program(
    claim: Any, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vectors: Sequence[Any],
    entries: Sequence[np.ndarray],
) -> Program | None:  # fmt: skip
    closed = traced(claim, problem, task, leaves, vectors)
    if closed is None:
        return None
    given = [np.asarray(v, np.float64) for v in (*leaves, *vectors)]

    def flat_order(found: Sequence[np.ndarray]) -> np.ndarray:
        return in_flat_order(found, problem, task)

    return claimed_jax.opened(closed, claim.site.problem, given, flat_order, flat_order(entries))


def same(graph: Graph, leaves: Sequence[Any], entries: Sequence[np.ndarray]) -> bool:
    """Whether the recorded claim is the one that was called. One that writes into an array which has another
    name, too, or that asks for the type of its argument, may not be."""
    with np.errstate(all="ignore"):
        values = run(graph, "forward", leaves, lambda c: c)
    return all(
        close(np.broadcast_to(values[o], plain.shape), plain)
        for o, plain in zip(graph.outputs, entries, strict=True)
    )


def _rounded(scalars: Graph, leaves: Sequence[Any], entries: Sequence[np.ndarray]) -> bool:
    """Whether rounding explains what the recorded claim gives otherwise: the product of a matrix that lies in memory
    the other way round is added up in another order, and beside a minimum little but rounding is left of a gradient."""
    point = np.concatenate([np.ravel(v) for v in (*leaves, np.zeros(0))]).tolist()
    with np.errstate(all="ignore"):
        values = run(scalars, "forward", point, np.float64)
    found, plain = [float(values[o]) for o in scalars.outputs], np.concatenate([np.ravel(e) for e in entries])
    limits = bounds(Program(scalars, tuple(scalars.guards)), point)
    return all(abs(a - b) <= 2 * limit.program for a, b, limit in zip(found, plain, limits, strict=True))


def recorded(
    claim: Any, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vectors: Sequence[Any],
    second: Callable[[Recorded], Any] | None = None, form: Callable[[Recorded], Any] = lambda v: v,
) -> Graph | None:  # fmt: skip
    """The claim's own program as a graph: it is run once more on recorded values, in a form; and where these are
    refused, in a second one. Whatever stops that only closes the program."""
    graph = Graph()
    names = [*problem.names, *(f"v{k + 1}" for k in range(len(vectors)))]
    given = [np.asarray(v) for v in (*leaves, *vectors)]
    values = [form(Recorded(graph, graph.input(n, v.shape), v[()])) for n, v in zip(names, given, strict=True)]

    try:
        with np.errstate(all="ignore"), _scope(problem):
            result = claim.call(*_arguments(claim, values[: len(leaves)], values[len(leaves) :]))
            shapes = expected(problem, task)
            found = [_node(graph, v, s) for v, s in _matched(result, claim, shapes)]
    except UnsupportedError:
        return recorded(claim, problem, task, leaves, vectors, None, second) if second is not None else None
    except (Exception, SystemExit):  # noqa: BLE001 - the user's code may object to a recorded value in any way it likes
        return None
    graph.outputs = tuple(found)
    return graph


def _node(graph: Graph, value: Any, shape: tuple[int, ...]) -> int:
    if isinstance(value, list):
        from symdiff.inputs.numpy.shaping import array

        value = array(value)
    if graph.objects:
        value = together(value)
    if not isinstance(value, Recorded):
        return graph.const(np.broadcast_to(np.asarray(value, np.float64), shape).copy() if shape else float(value))
    if value.shape != shape:
        raise InputError("another shape than before")
    return value.index


def written(graph: Graph) -> set[float]:
    """The numbers that stand in a program."""
    found: set[float] = set()
    for node in graph.nodes:
        if node.op == CONST and node.kind == "f":
            found.update(np.ravel(node.value).tolist() if isinstance(node.value, np.ndarray) else [float(node.value)])
    return found
