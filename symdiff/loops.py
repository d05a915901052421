"""A step recorded once and done many times: how it is run in each vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np

from symdiff.arrays import looks_at_numbers, run_in
from symdiff.graph import Graph, Shape, run
from symdiff.ops import TABLE
from symdiff.scalars import entry_by_entry, steps

Step = Callable[[list[Any]], list[Any]]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Loop:
    """The step as a graph: its inputs are `carries` leaves of the carry, `xs` leaves of what is scanned, and what all
    steps share; its outputs are the next carry, then what the step gives. Two loops are equal if they do the same.

    `reverse` goes from the last entry of what is scanned to the first. `keep` says what the tape keeps for the
    way back: "all" that it needs of every step, or what it takes to compute that again: "log", few of the carries;
    "nothing", the arguments.
    """

    body: Graph
    carries: int
    xs: int
    length: int
    reverse: bool = False
    keep: str = "all"
    _written: list[str] = field(default_factory=list, repr=False)  # a digest of the step, once it was asked for

    @property
    def written(self) -> str:
        """A digest of the step, for eyes and dictionaries."""
        if not self._written:
            nodes = [(n.op, n.args, n.params, n.shape, n.kind, _value(n.value)) for n in self.body.nodes]
            ends = self.body.inputs, self.body.outputs
            self._written.append(blake2b(repr((nodes, ends)).encode(), digest_size=8).hexdigest())
        return self._written[0]

    @property
    def identity(self) -> tuple[Any, ...]:
        params = tuple(n.params for n in self.body.nodes if n.params)
        return self.written, params, self.carries, self.xs, self.length, self.reverse, self.keep

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Loop) and self.identity == other.identity)

    def __hash__(self) -> int:
        return hash((self.written, self.length))

    def __repr__(self) -> str:
        more = ", backwards" * self.reverse + f", keeps {self.keep}" * (self.keep != "all")
        return f"<{self.length} steps of {self.body.count_ops()} ops{more}, {self.written}>"

    # -- what is where ---------------------------------------------------------------------------------

    @property
    def shapes(self) -> list[Shape]:
        """Those of the answer's parts: the carry, then what the steps give."""
        found = [self.body.nodes[o].shape for o in self.body.outputs]
        return [*found[: self.carries], *((self.length, *s) for s in found[self.carries :])]

    @property
    def order(self) -> range:
        """The entries of what is scanned in the order in which they are taken."""
        return range(self.length)[::-1] if self.reverse else range(self.length)

    def parts(self, answer: Any) -> list[Any]:
        """The answer's parts in their shapes; of a recorded answer they are recorded."""
        found, start = [], 0
        for shape in self.shapes:
            size = int(np.prod(shape, dtype=int))
            found.append(np.reshape(answer[start : start + size], shape) if shape else answer[start])
            start += size
        return found

    # -- running ---------------------------------------------------------------------------------------

    def step(self, column: str, given: Sequence[Any]) -> list[Any]:
        """The outputs of one step in a vocabulary."""
        values = self.values(column, given)
        return [values[o] for o in self.body.outputs]

    def values(self, column: str, given: Sequence[Any]) -> list[Any]:
        """The values of all nodes of one step; in a narrower dtype where they are given in one."""
        dtype = next((d for d in (getattr(v, "dtype", None) for v in given) if d is not None), np.dtype(float))
        if dtype == np.float64 or dtype.kind not in "fV":  # NumPy knows bfloat16 by no letter
            return run(self.body, column, given, _as_it_is)
        return run_in(self.body, column, given, np.dtype(dtype))

    def turned(self, step: Step, args: Sequence[Any]) -> tuple[list[Any], list[list[Any]]]:
        """The last carry, and for each thing that a step gives what each step gave, in the order of the scanned."""
        carry, scanned, shared = self.split(args)
        rows: list[list[Any]] = [[None] * self.length for _ in self.body.outputs[self.carries :]]
        for t in self.order:
            found = step([*carry, *[x[t] for x in scanned], *shared])
            carry = found[: self.carries]
            for row, y in zip(rows, found[self.carries :], strict=True):
                row[t] = y
        return carry, rows

    def split(self, args: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """The arguments: the carry, what is scanned, what all steps share."""
        last = self.carries + self.xs
        return list(args[: self.carries]), list(args[self.carries : last]), list(args[last:])

    # -- entry by entry --------------------------------------------------------------------------------

    def scalars(self, args: Sequence[Any]) -> np.ndarray:
        """The answer in scalar steps, from object arrays of them: every step of the loop by itself."""
        carry, rows = self.turned(lambda given: entry_by_entry(self.body, [_boxed(v) for v in given]), args)
        entries = [e for v in carry for e in v.flat] + [e for row in rows for v in row for e in v.flat]
        found = np.empty(len(entries), object)
        found[:] = entries
        return found

    def cost(self) -> int:
        """How many scalar steps that is."""
        return self.length * steps(self.body)

    def rows(self) -> tuple[Any, ...]:
        """The rows that its ops are now: what was made of other ones is not to be used."""
        inner = [row for loop in loops_of(self.body) for row in loop.rows()]
        return *dict.fromkeys(TABLE[n.op] for n in self.body.nodes if n.op in TABLE), *inner

    def looks_at_numbers(self) -> bool:
        """Whether its scalar steps depend on the numbers."""
        return looks_at_numbers(self.body)


def loops_of(graph: Graph) -> Iterator[Loop]:
    """The loops that are steps of a graph."""
    return (dict(node.params)["loop"] for node in graph.nodes if node.op == "scan")


def _value(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.str, blake2b(np.ascontiguousarray(value).data, digest_size=16).hexdigest()
    return value


def _as_it_is(value: Any) -> Any:
    return value if isinstance(value, np.ndarray) else float(value)


def _boxed(value: Any) -> np.ndarray:
    """An entry by itself as an array without axes."""
    if isinstance(value, np.ndarray):
        return value
    found = np.empty((), object)
    found[()] = value
    return found
