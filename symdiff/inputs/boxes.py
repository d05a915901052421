"""A Python function that cannot be recorded, as a black box: its arguments, its answer, and no steps in between."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem
from symdiff.errors import InputError, UnsupportedError
from symdiff.graph import Graph
from symdiff.inputs.code import Code, Recording, kind_of
from symdiff.inputs.leaves import plain_copy
from symdiff.problem import Wrt
from symdiff.pytrees import flatten


def boxed(
    code: Code, given: Sequence[Any], kwargs: dict[str, Any], wrt: Wrt = None
) -> tuple[Recording, list[np.ndarray]]:
    """The function at these arguments with what a claim about it needs to know: names, shapes, structures.

    Its graph has the arguments and, as constants, the answer: nothing may be differentiated with it.

    Raises:
        InputError: the arguments do not fit, or the answer is not made of floats.
        UnsupportedError: it is another library's function.
        Exception: whatever the function itself raises at this point.
    """
    call = code.call(given, kwargs, wrt)

    placed = [np.array(v)[()] for v in call.leaves]
    try:
        result = code.answer(call, placed)
    except Exception as e:
        e.add_note(f"({code.name} raised this itself, called with plain NumPy arguments at the point of the check)")
        raise
    found, answer = flatten(result)
    foreign = next((y for y in found if type(y).__module__.partition(".")[0] in ("jax", "jaxlib", "torch")), None)
    if foreign is not None:  # a JAX function is opened or refused, with the primitive's name
        raise UnsupportedError(f"{code.name} returns {type(foreign).__name__}, which is no black box of NumPy's")
    if not found:
        raise InputError(f"{code.name} returns {kind_of(result)}: expected numbers or arrays; is there a return?")
    graph = Graph()
    for name, leaf in zip(call.names, call.leaves, strict=True):
        graph.input(name, np.shape(leaf))
    graph.outputs = tuple(
        graph.const(_floats(y, path, code.name)) for y, path in zip(found, answer.paths("result"), strict=True)
    )
    notes = [*call.notes]
    if any(not np.array_equal(a, b) for a, b in zip(placed, call.leaves, strict=True)):
        notes.append(f"{code.name} writes into its argument: here it was given copies, an optimizer does not do that")
    own = partial(code.own, call)
    problem = ArrayProblem(graph, tuple(call.names), code.name, own, tuple(notes), dtype=call.dtype)
    return Recording(problem, call.chosen, call.single, call.trees, answer, plain_copy(call.still)), call.leaves


def _floats(value: Any, path: str, name: str) -> Any:
    """One array of the answer, or `InputError`."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        array = np.asarray(None)
    if array.dtype.kind in "iub":
        raise InputError(
            f"{name} returns {_integers(value, array)} as {path}: whole numbers have no slope; let it compute in floats"
        )
    if array.dtype.kind != "f":
        raise InputError(f"{name} returns {kind_of(value)} as {path}: expected real numbers or arrays of them")
    wide = array.astype(np.float64)
    return wide if wide.ndim else float(wide)


def _integers(value: Any, array: np.ndarray) -> str:
    return f"an array of {array.dtype}" if array.ndim else f"the {type(value).__name__} {value}"
