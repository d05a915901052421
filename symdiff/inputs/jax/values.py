"""Values while a jaxpr is read: recorded ones that depend on the inputs, plain arrays for all else."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.graph import Graph
from symdiff.inputs.numpy.complex import ComplexRecorded
from symdiff.inputs.recorded import Recorded
from symdiff.ops import TABLE


class Refused(UnsupportedError):
    """What a primitive is asked to do here cannot be recorded; the reader adds where that is."""


def kind_of(value: Any) -> str:
    """"f", "b" or "i": what a value is made of."""
    return value.graph.nodes[value.index].kind if isinstance(value, Recorded) else np.asarray(value).dtype.kind


def is_recorded(*values: Any) -> bool:
    """Whether one of them is recorded."""
    return any(isinstance(v, Recorded | ComplexRecorded) for v in values)


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
