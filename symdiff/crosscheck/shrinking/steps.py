"""A function of arrays, written down step by step: what is reduced where a rule of whole arrays is wrong.

The steps are rows of the op table, called by name: `sd.TABLE["matmul"](x, y)`. So the function that is printed is the
function that was asked about, whatever NumPy calls the caller's own code made.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symdiff.crosscheck.asked import Asked
from symdiff.crosscheck.shrinking.subjects import Subject, fewer_entries, plainer_leaves
from symdiff.errors import UnsupportedError
from symdiff.graph import CONST, INPUT, Graph, run
from symdiff.ops import TABLE
from symdiff.ops.shaping import Index

LETTERS = "xyztuvw"
MOST_ENTRIES = 64  # of an array that is written out


class Replay:
    """The graph as a function of its inputs, on arrays and on values that write down what is done with them."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.__name__ = graph, "f"
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        self.__signature__ = inspect.Signature([inspect.Parameter(n, kind) for n in _names(graph)])

    def __call__(self, *leaves: Any) -> Any:
        graph = self.graph
        values: dict[int, Any] = dict(zip(graph.inputs, leaves, strict=True))
        for i in graph.live():
            node = graph.nodes[i]
            if node.op == CONST:
                values[i] = node.value
            elif node.op != INPUT:
                values[i] = TABLE[node.op](*(values[a] for a in node.args), **dict(node.params))
        return values[graph.outputs[0]]

    @property
    def text(self) -> str:
        """The function as Python. Raises `UnsupportedError` for a loop or a large constant: neither is written out."""
        graph, said = self.graph, dict(zip(self.graph.inputs, _names(self.graph), strict=True))
        lines = [f"def f({', '.join(_names(graph))}):"]
        for i in graph.live():
            node = graph.nodes[i]
            if node.op == CONST:
                said[i] = _constant(node.value)
            elif node.op != INPUT:
                args = [said[a] for a in node.args]
                made = _written(node.op, args, dict(node.params))
                said[i] = f"z{len(lines)}"
                lines.append(f"    {said[i]} = {made}")
        return "\n".join([*lines, f"    return {said[graph.outputs[0]]}"]) + "\n"


@dataclass(frozen=True, slots=True)
class Steps(Subject):
    """A graph of arrays with one output, at its leaves. `scalar`: an output with axes is summed up."""

    graph: Graph
    leaves: tuple[np.ndarray, ...]
    scalar: bool

    @classmethod
    def of(cls, graph: Graph, leaves: Sequence[np.ndarray]) -> Steps:
        """Raises `UnsupportedError` for a graph with several outputs."""
        if len(graph.outputs) != 1:
            raise UnsupportedError("several outputs are not reduced step by step")
        start = cls(graph, tuple(map(np.asarray, leaves)), graph.nodes[graph.outputs[0]].shape == ())
        return start._rebuilt(graph.outputs[0], start._values())

    def call(self, asked: Asked) -> Asked:
        options = {k: v for k, v in asked.options.items() if k not in ("wrt", "kwargs")}
        if len(self.leaves) > 1:
            options["wrt"] = tuple(range(len(self.leaves)))
        return Asked(Replay(self.graph), tuple(leaf[()] for leaf in self.leaves), options)

    def candidates(self, blamed: str) -> Iterator[Subject]:
        graph, values = self.graph, self._values()
        (root,) = graph.outputs
        steps = [i for i in graph.live() if graph.nodes[i].args and graph.nodes[i].kind == "f"]
        changed = [self._rebuilt(i, values) for i in sorted(steps, key=lambda i: graph.nodes[i].op != blamed)]
        for i in reversed(steps[:-1]):
            changed.append(self._rebuilt(root, values, cut=i))
            alike = [a for a in graph.nodes[i].args if np.shape(values[a]) == np.shape(values[i])]
            changed += [self._rebuilt(root, values, cut=i, other=a) for a in alike if graph.nodes[a].kind == "f"]
        for candidate in changed:
            if candidate.graph.count_ops() < graph.count_ops():
                yield candidate
        for leaves in (*fewer_entries(self.leaves), *plainer_leaves(self.leaves)):
            yield replace(self, leaves=leaves)

    @property
    def key(self) -> str:
        return f"{self.graph} {[leaf.tolist() for leaf in self.leaves]}"

    def _values(self) -> list[Any]:
        with np.errstate(all="ignore"):
            return run(self.graph, "forward", self.leaves, lambda c: c)

    def _rebuilt(self, root: int, values: Sequence[Any], *, cut: int | None = None, other: int | None = None) -> Steps:
        """The steps from `root` on, in which step `cut` is a variable, or `other`."""
        old, new = self.graph, Graph()
        stands_for = {cut: other} if cut is not None and other is not None else {}
        wanted = {root}
        for i in range(root, -1, -1):
            if i in wanted and (i != cut or other is not None):
                wanted.update(stands_for.get(a, a) for a in old.nodes[i].args)
        place: dict[int, int] = {}
        leaves: list[np.ndarray] = []
        for i in sorted(wanted):
            node = old.nodes[i]
            if i == cut or node.op == INPUT:
                place[i] = new.input(f"x{len(leaves) + 1}", np.shape(values[i]))
                leaves.append(np.asarray(values[i], np.float64))
            elif node.op == CONST:
                place[i] = new.const(node.value)
            else:
                args = [place[stands_for.get(a, a)] for a in node.args]
                place[i] = new.apply(node.op, *args, params=node.params, shape=node.shape, kind=node.kind)
        last, axes = place[root], tuple(range(np.ndim(values[root])))
        new.outputs = (new.apply("sum", last, params=(("axis", axes),)) if self.scalar and axes else last,)
        return Steps(new, tuple(leaves), self.scalar)


def _names(graph: Graph) -> list[str]:
    many = len(graph.inputs) > len(LETTERS)
    return [f"x{k + 1}" if many else LETTERS[k] for k in range(len(graph.inputs))]


def _written(op: str, args: Sequence[str], params: dict[str, Any]) -> str:
    """A step as Python: x[1:] for what is taken out of an array, else the row of the table, called."""
    index = params.get("index")
    if op == "getitem" and isinstance(index, Index) and index.basic:
        return f"{args[0]}{index!r}"
    return f'sd.TABLE["{op}"]({", ".join([*args, *(f"{k}={_literal(v)}" for k, v in params.items())])})'


def _constant(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.shape:
        if value.size > MOST_ENTRIES or not np.all(np.isfinite(value)):
            raise UnsupportedError("a large constant is not written out")
        return f"np.array({value.tolist()})"
    return _literal(value.item() if isinstance(value, np.ndarray | np.generic) else value)


def _literal(value: Any) -> str:
    """A parameter as Python writes it: numbers, words, tuples of these."""
    plain = (bool, int, float, str, type(None))
    if isinstance(value, plain) or (isinstance(value, tuple) and all(map(_literal, value))):
        return repr(value)
    raise UnsupportedError(f"a parameter that is a {type(value).__name__} is not written out")
