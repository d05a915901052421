"""Values while a jaxpr is read: recorded ones that depend on the inputs, plain arrays for all else."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.graph import Graph
from symdiff.inputs.numpy.complex import ComplexRecorded
from symdiff.inputs.recorded import Recorded, as_number
from symdiff.ops import TABLE


class Refused(UnsupportedError):
    """What an operation is asked to do here cannot be recorded; the reader adds where that is."""


class Located(UnsupportedError):
    """An error that says where it is."""


def located(e: UnsupportedError, where: str, caller: str, operation: str) -> Located:
    """What an operation objects to, said with its place in the caller's code (`model.py, line 7: `), unless it is."""
    if isinstance(e, Located):
        return e
    doing = f"{caller} calls" if isinstance(e, Refused) else "in"
    return Located(f"{where}{doing} {operation}: {e}")


def kind_of(value: Any) -> str:
    """"f", "b" or "i": what a value is made of."""
    return value.graph.nodes[value.index].kind if isinstance(value, Recorded) else np.asarray(value).dtype.kind


def is_recorded(*values: Any) -> bool:
    """Whether one of them is recorded."""
    return any(isinstance(v, Recorded | ComplexRecorded) for v in values)


def number(value: Any) -> Any:
    """A recorded truth value as 1.0 or 0.0, anything else as it is."""
    return as_number(value) if is_recorded(value) and kind_of(value) == "b" else value


def either(a: Any, b: Any) -> Any:
    """Whether exactly one of two truth values holds."""
    if not is_recorded(b):
        a, b = b, a
    if not is_recorded(a) and (np.all(a) or not np.any(a)):
        turned = np.logical_not(b) if np.all(a) else b
        return np.broadcast_to(turned, np.broadcast_shapes(np.shape(a), np.shape(b)))
    return np.logical_or(np.logical_and(a, np.logical_not(b)), np.logical_and(np.logical_not(a), b))


def plain(value: Any) -> Any:
    """A value of which the numbers are wanted: whole numbers and truth values are decisions, noted as guards."""
    if not isinstance(value, Recorded):
        return value
    if kind_of(value) == "f":
        raise Refused("its place in an array or its number of turns is computed from the arguments by float arithmetic")
    return value.decided()


def lifted(graph: Graph, value: Any) -> Any:
    """A plain float array as a constant of the graph, so that what is computed from it is a step, and not rounded."""
    if isinstance(value, Recorded):
        return value
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return value
    array = array.astype(np.float64)
    return Recorded(graph, graph.const(array if array.ndim else np.float64(array)), array[()])


def of_kind(value: Any, dtype: Any) -> Any:
    """A result as its primitive types it: whole numbers that were recorded are decisions."""
    kind = np.dtype(dtype).kind
    if not isinstance(value, Recorded):
        return np.asarray(value, dtype)
    if kind in "iu":
        return np.asarray(value.decided(), dtype)
    return value


def whole(value: Any, dtype: Any) -> Any:
    """A float as the whole number towards 0, which is a decision."""
    if not isinstance(value, Recorded):
        return np.asarray(value).astype(dtype)
    if kind_of(value) != "f":
        return np.asarray(value.decided()).astype(dtype)
    number = np.trunc(value.value)
    if not np.all(np.abs(number) < 2.0**53):
        raise Refused("a number that is no whole number of 53 bits is made one")
    TABLE["equal"](np.trunc(value), number).decided()
    return np.asarray(number).astype(dtype)
