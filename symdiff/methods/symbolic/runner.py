"""A matrix program laid out as a list of NumPy calls, in the precision of its leaves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from symdiff.arrays import narrow
from symdiff.graph import CONST, INPUT, Graph
from symdiff.ops import TABLE


class Runner:
    """Call it with the inputs of the graph: the outputs, arrays that nobody else has; None where a decision of the
    caller's code comes out otherwise than when it was recorded. A value is let go after its last use.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        kept = {*graph.outputs, *(g for g, _ in graph.guards)}
        order = graph.live(kept)
        last = {a: i for i in order for a in graph.nodes[i].args}
        ends: dict[int, list[int]] = {}
        for a, i in last.items():
            if a not in kept:
                ends.setdefault(i, []).append(a)
        self.steps: list[tuple[int, Any, tuple[int, ...], tuple[int, ...]]] = []
        for i in order:
            node = graph.nodes[i]
            if node.op not in (INPUT, CONST):
                forward = TABLE[node.op].forward
                f = partial(forward, **dict(node.params)) if node.params else forward
                self.steps.append((i, f, node.args, tuple(ends.get(i, ()))))
        self.numbers = [i for i in order if graph.nodes[i].op == CONST]
        self.constants: dict[np.dtype, dict[int, Any]] = {}

    def __call__(self, inputs: Sequence[Any]) -> list[np.ndarray] | None:
        arrays = [np.asarray(v) for v in inputs]
        single = bool(arrays) and all(a.dtype == np.float32 for a in arrays)
        dtype = np.dtype(np.float32 if single else np.float64)
        values = dict(zip(self.graph.inputs, (np.asarray(a, dtype) for a in arrays), strict=True))
        values |= self.known(dtype)
        with np.errstate(all="ignore"):
            for i, f, args, dropped in self.steps:
                values[i] = f(*[values[a] for a in args])
                for a in dropped:
                    del values[a]
        if not all(np.array_equal(values[g], was) for g, was in self.graph.guards):
            return None
        mine: set[int] = {id(values[i]) for i in (*self.graph.inputs, *self.numbers) if i in values}
        return [_own(values[o], mine) for o in self.graph.outputs]

    def known(self, dtype: np.dtype) -> dict[int, Any]:
        """The constants in this precision: float32 leaves stay float32."""
        if dtype not in self.constants:
            self.constants[dtype] = {i: narrow(self.graph.nodes[i].value, dtype) for i in self.numbers}
        return self.constants[dtype]


def _own(value: Any, mine: set[int]) -> np.ndarray:
    """An array that is no view, and no one else's."""
    array = np.asarray(value)
    if array.base is not None or id(array) in mine:
        array = np.array(array)
    mine.add(id(array))
    return array
