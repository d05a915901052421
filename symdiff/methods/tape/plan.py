"""A graph as a compiled program: what it costs when nothing is looked up any more.

`run` reads a graph and calls the rows of the op table. A plan has done the reading once (`reading.py`), has given
every array its place (`places.py`) and has written the calls down as Python (`source.py`). It computes the same bits
as `run`.

The arrays it works in belong to one call at a time: calls in several threads do not meet. What it returns is made
anew in every call. The list is the order: no recursion.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from symdiff import straightline
from symdiff.graph import Graph
from symdiff.methods.tape import chunks
from symdiff.methods.tape.fused import Loops
from symdiff.methods.tape.reading import FLOAT64, Reading
from symdiff.methods.tape.source import Source


class Plan:
    """Call it with the inputs of the graph: it returns the outputs, arrays that nobody else has; or None where
    a guard of the graph does not hold.

    `own` are functions for ops that are no rows of the table, elementwise ones; those in `passing` may return
    an argument as it is. Inputs are arrays of `dtype` in C order, the constants are rounded to it; those at the
    positions `consumed` may be written over, those at `loose` may lie in any order. `primal` are the nodes of the
    forward pass. `ordered` says which outputs are sure to be in C order. With `fuse` elementwise steps are loops that
    numba compiles.

    Who calls it again and again within one call of his own takes a workspace: `with plan.taken() as run`.
    """

    __slots__ = ("_free", "_workspace", "dtype", "loops", "ordered", "source", "steps")

    def __init__(
        self, graph: Graph, own: Mapping[str, Callable[..., Any]] | None = None, passing: Container[str] = (),
        dtype: np.dtype = FLOAT64, title: str = "", primal: Container[int] = (), consumed: Container[int] = (),
        loose: Container[int] = (), fuse: bool = False,
    ) -> None:  # fmt: skip
        self.dtype = dtype
        reading = Reading(graph, own or {}, passing, dtype, consumed, loose)
        loops = Loops(reading) if fuse else None
        if loops is not None:
            written = Source(reading, title, primal, loops.regions().units, loops.write, loops.alone)
        else:
            written = Source(reading, title, primal, chunks.regions(reading).units, chunks.write)
        self.steps, self.loops = len(reading.order), 0 if loops is None else loops.count
        self.ordered = [o in reading.c_order for o in reading.outputs]
        self._workspace = straightline.function(written.text, "workspace", written.objects)
        self.source = written.text if loops is None else loops.source + written.text
        self._free: list[Callable[..., Any]] = []

    def workspace(self) -> Callable[..., list[np.ndarray] | None]:
        """The program with arrays of its own, for one caller at a time, who has NumPy's warnings off."""
        return self._workspace()

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray] | None:
        free = self._free
        run = free.pop() if free else straightline.quiet(self._workspace())
        try:
            return run(*inputs)
        finally:
            free.append(run)

    @contextlib.contextmanager
    def taken(self) -> Iterator[Callable[..., Any]]:
        """A workspace for many calls by one caller."""
        run = self._free.pop() if self._free else straightline.quiet(self._workspace())
        try:
            with np.errstate(all="ignore"):
                yield run
        finally:
            self._free.append(run)

    def compile(self, inputs: Sequence[np.ndarray]) -> None:
        """Run once, which has the loops compiled; the source says how long that took."""
        start = time.perf_counter()
        self(inputs)
        seconds = time.perf_counter() - start
        count = f"{self.loops} loop" + "s" * (self.loops > 1)
        self.source = f"# {count}, compiled by numba in {seconds:.2g} s\n{self.source}"

    def __len__(self) -> int:
        return self.steps
