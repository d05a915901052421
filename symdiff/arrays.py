"""A function of arrays, ready for every method."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from symdiff.graph import CONST, INPUT, Graph, Shape, run
from symdiff.ops import TABLE
from symdiff.problem import Problem
from symdiff.scalars import entry_name, to_scalars


@dataclass(slots=True, eq=False)
class ArrayProblem:
    """A function of named arrays, recorded at a point.

    Attributes:
        graph: the computational graph; its inputs are the leaves, its outputs those of the answer.
        names: the leaves in order: `x`, `params['W1']`, or what the function itself calls them (`Code.leaf_names`).
        source: the function as the caller wrote it, for reports.
        own: the caller's own callable (leaves -> list of arrays), which never saw the graph.
        notes: what was done to the arguments: integers made floats.
        language: "numpy" or "jax": whose native path comes first.
        dtype: what the methods compute in: "float64", "float32", "float16" or "bfloat16". Leaves are handed
            around as float64 arrays that hold the exact values; the constants of the graph are float64.
            `dataclasses.replace(problem, dtype="float64")` is the same function at the same points in float64.
        native: the caller's function in the language of one method (a JAX function of the leaves, which returns the
            leaves of its result), or None.
    """

    graph: Graph
    names: tuple[str, ...]
    source: str
    own: Callable[..., list[Any]]
    notes: tuple[str, ...] = ()
    language: str = "numpy"
    dtype: str = "float64"
    native: Callable[..., list[Any]] | None = None
    _flat: dict[bytes, Problem] = field(default_factory=dict, repr=False)

    @property
    def shapes(self) -> list[Shape]:
        return [self.graph.nodes[i].shape for i in self.graph.inputs]

    @property
    def answers(self) -> list[Shape]:
        """The shapes of the outputs."""
        return [self.graph.nodes[o].shape for o in self.graph.outputs]

    @property
    def vector(self) -> bool:
        """Whether the function has anything but one number as its value."""
        return self.answers != [()]

    @property
    def of_numbers(self) -> bool:
        """Whether there is no array in it at all."""
        return all(not node.shape for node in self.graph.nodes)

    @property
    def rounds_constants(self) -> bool:
        """Whether it is a JAX function that computes constants in a narrower dtype: JAX gives them other bits when it
        compiles what is around them."""
        return getattr(self.native, "rounds_constants", False)

    def evaluate(self, leaves: Sequence[Any]) -> list[Any]:
        """The outputs of the graph with NumPy."""
        with np.errstate(all="ignore"):
            values = run(self.graph, "forward", leaves, lambda c: c)
        return [values[o] for o in self.graph.outputs]

    def holds(self, leaves: Sequence[np.ndarray]) -> bool:
        """Whether the caller's code would decide everything as it did when the graph was recorded."""
        guards = self.graph.guards
        if not guards:
            return True
        try:
            with np.errstate(all="ignore"):
                values = run(self.graph, "forward", leaves, lambda c: c, self.graph.live([g for g, _ in guards]))
        except np.linalg.LinAlgError:  # the caller's code would stop there
            return False
        return all(np.array_equal(values[g], was) for g, was in guards)

    def scalars(self, leaves: Sequence[np.ndarray]) -> Problem:
        """The function entry by entry, as a `Problem` of its own, for the decisions taken at `leaves`."""
        key = flat(leaves).tobytes() if self._depends() else b""
        if key not in self._flat:
            self._flat.clear()  # one point at a time
            graph = to_scalars(self.graph, leaves)
            names = tuple(graph.nodes[i].name for i in graph.inputs)
            self._flat[key] = Problem(
                graph, names, self.source, self.language, own=self._own, vector=self.vector, origin=self.in_float64()
            )
        return self._flat[key]

    def in_float64(self) -> ArrayProblem:
        """The same function, computed in float64."""
        return self if self.dtype == "float64" else replace(self, dtype="float64")

    def _depends(self) -> bool:
        """Whether taking apart looks at the numbers: pivots, orders."""
        return looks_at_numbers(self.graph)

    def component(self, k: int) -> str:
        """Entry k of the outputs as the caller would write it: `[3]`, `[1][0, 2]` of the second output."""
        o, at = place(self.answers, k)
        which = f"[{o}]" if len(self.answers) > 1 else ""
        return entry_name(which, at)

    def place(self, component: int | None, variables: Sequence[int]) -> tuple[int, ...]:
        """The index of an entry in its own array: within the output, then within each leaf."""
        index = () if component is None else place(self.answers, component)[1]
        return index + tuple(i for v in variables for i in place(self.shapes, v)[1])

    def _own(self, *entries: Any) -> Any:
        values = [np.ravel(y) for y in self.own(self.leaves(np.array(entries)))]
        together = list(np.concatenate(values)) if values else []
        return together if self.vector else together[0]

    def leaves(self, entries: Sequence[Any] | np.ndarray) -> list[Any]:
        """Flat entries as arrays, one per leaf."""
        return cut(np.asarray(entries), self.shapes)


def dtype_of(name: str) -> np.dtype:
    """NumPy's dtype of this name; "bfloat16" is the one that comes with JAX."""
    if name == "bfloat16":
        import ml_dtypes  # NumPy has none of its own

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)


def run_in(graph: Graph, column: str, inputs: Sequence[Any], dtype: np.dtype, needed: Any = None) -> list[Any]:
    """`run` in a narrower dtype: constants are rounded to it, and so is a step that comes out wider."""
    values: list[Any] = [None] * len(graph.nodes)
    for i, value in zip(graph.inputs, inputs, strict=True):
        values[i] = value
    for i in graph.live() if needed is None else needed:
        node = graph.nodes[i]
        if node.op == CONST:
            values[i] = narrow(node.value, dtype)
        elif node.op != INPUT:
            meaning = getattr(TABLE[node.op], column)
            values[i] = narrow(meaning(*[values[a] for a in node.args], **dict(node.params)), dtype)
    return values


def narrow(value: Any, dtype: np.dtype) -> Any:
    """A float, or an array of floats, in this dtype; truth values and indices as they are."""
    kind = getattr(value, "dtype", None)
    if kind is None:
        return value if isinstance(value, bool) else dtype.type(float(value))  # a float or a Fraction
    if kind == dtype or kind.kind in "biu":
        return value
    with np.errstate(over="ignore"):
        return value.astype(dtype)


# ops whose scalar steps depend on the numbers
LOOKS_AT_NUMBERS = frozenset(
    "solve inv det logabsdet detsign eigenvectors eigenflips argmax argsort searchsorted".split()
)


def looks_at_numbers(graph: Graph) -> bool:
    """Whether a graph, or the step of a loop in it, has such an op."""
    loops = (value for node in graph.nodes if node.op == "scan" for _, value in node.params)
    return any(node.op in LOOKS_AT_NUMBERS for node in graph.nodes) or any(loop.looks_at_numbers() for loop in loops)


def place(shapes: Sequence[Shape], k: int) -> tuple[int, tuple[int, ...]]:
    """Which array flat entry k is in, and where."""
    for number, shape in enumerate(shapes):
        size = math.prod(shape)
        if k < size:
            return number, tuple(int(i) for i in np.unravel_index(k, shape)) if shape else ()
        k -= size
    raise IndexError(k)


def flat(leaves: Sequence[Any]) -> np.ndarray:
    """All entries of all leaves, one after the other."""
    return np.concatenate([np.ravel(leaf) for leaf in leaves]) if leaves else np.zeros(0)


def cut(entries: np.ndarray, shapes: Sequence[Shape], lead: Shape = ()) -> list[np.ndarray]:
    """The last axis cut into arrays of these shapes."""
    parts, start = [], 0
    for shape in shapes:
        size = math.prod(shape)
        parts.append(entries[..., start : start + size].reshape(lead + tuple(shape)))
        start += size
    return parts
