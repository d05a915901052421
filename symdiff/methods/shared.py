"""What a method has made of a function, kept for equal functions: one recorded anew for every check is derived once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from symdiff.graph import Graph
from symdiff.ops import TABLE

MOST = 16  # results that are kept


class Shared:
    """The newest results. A row of the op table that is another one now makes another function."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def of(self, graph: Graph, setting: Hashable, new: Callable[[], Any]) -> Any:
        """What is known for an equal graph in this setting, else a new result, which is kept."""
        key = setting, tuple([TABLE.get(node.op) for node in graph.nodes]), graph.content()
        found = self._known.pop(key, None)
        self._known[key] = found = new() if found is None else found  # the newest last
        while len(self._known) > MOST:
            self._known.pop(next(iter(self._known)))
        return found

    def clear(self) -> None:
        self._known.clear()
