"""The graph of a step, and how values of several graphs meet: that of a step and those that it is a step of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.graph import Graph
from symdiff.inputs.recorded import Recorded, as_number


class Body(Graph):
    """The graph of a step. `outer` is the graph that it is a step of; `shared` are the values of that graph that it
    uses, each an input here."""

    __slots__ = ("_known_outside", "outer", "shared")

    def __init__(self, outer: Graph) -> None:
        super().__init__(places=outer.places)
        self.outer = outer
        self.shared: list[Recorded] = []
        self._known_outside: dict[int, Recorded] = {}

    def taken(self, value: Recorded) -> Any:
        """A value from outside, as the step sees it."""
        if value.graph is not self.outer:
            value = self.outer.taken(value)  # type: ignore[attr-defined]  # a step within a step
            if not isinstance(value, Recorded):
                return value
        kind = self.outer.nodes[value.index].kind
        if kind == "i":
            return value.decided()  # an index: a decision outside
        found = self._known_outside.get(value.index)
        if found is None:
            number = as_number(value) if kind == "b" else value
            found = self.given(f"shared{len(self.shared)}", number.value)
            self._known_outside[value.index] = found
            self.shared.append(number)
        return found != 0.0 if kind == "b" else found

    def given(self, name: str, value: Any) -> Recorded:
        return Recorded(self, self.input(name, np.shape(value)), value)


def innermost(values: Sequence[Recorded]) -> Any:
    """The graph that the others are around of: None of no values. Raises `InputError` for two that never meet."""
    graph: Any = None
    for value in values:
        if graph is None or graph in _around(value.graph):
            graph = value.graph
        elif value.graph not in _around(graph):
            raise InputError("a value of another recording: the function keeps values between calls")
    return graph


def _around(graph: Any) -> list[Any]:
    """A graph and those that it is a step of."""
    found = [graph]
    while isinstance(found[-1], Body):
        found.append(found[-1].outer)
    return found


def meeting(args: Sequence[Any]) -> tuple[Graph, tuple[Any, ...]]:
    """The graph in which recorded values of several meet, and the values there."""
    graph = innermost([a for a in args if isinstance(a, Recorded)])
    return graph, tuple(graph.taken(a) if isinstance(a, Recorded) and a.graph is not graph else a for a in args)
