"""Which steps of a program may run together, a part of their arrays at a time.

Elementwise steps of one shape that follow one another need their intermediate results one part at a time only: a
part that stays in the cache. A region is such a run of steps. What stands between them and does not depend on them
is done before, what needs their results is done after.

The adjoint of a slice is a scatter: the same entries, some rows further on, zeros elsewhere. A region may read
through it: then the steps before the slice are of the region, too, at rows of their own, and the rows are cut into
segments in which every scatter is entries or zeros throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from symdiff.graph import Shape
from symdiff.methods.tape.reading import Reading
from symdiff.ops import TABLE
from symdiff.ops.shaping import scatter

LONGEST = 200  # steps: numba's time grows faster than they; a longer run is several regions
MOST_SCATTERS = 4  # in a region that reads through them: each may cut its rows once more


@dataclass(slots=True, eq=False)
class Region:
    """Steps of one shape, in order; `outputs` are those that others read.

    `pulled` are steps of other shapes before them, read through a scatter.
    """

    shape: Shape
    members: list[int]
    outputs: list[int] = field(default_factory=list)
    pulled: list[int] = field(default_factory=list)

    @property
    def steps(self) -> list[int]:
        return [*self.pulled, *self.members]


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows `low` to `high` of a region. `at[i]` are the rows of step i that are needed, less those of the region."""

    low: int
    high: int
    at: dict[int, frozenset[int]]


class Regions:
    """`units` are the steps of a program in a new order, some of them as regions.

    `joins` says whether a step may be of a region, `worth` whether a region is one. What is read through a
    scatter is computed a second time for it where `again` says so; else only if nobody else needs it.
    """

    def __init__(
        self, reading: Reading, joins: Callable[[int], bool], worth: Callable[[Region], bool],
        again: Callable[[Region], bool],
    ) -> None:  # fmt: skip
        self.r, self.worth, self.again = reading, worth, again
        self.units: list[int | Region] = []
        self._run(joins)
        self._outputs()
        self._pull()
        self.units = [v for unit in self.units for v in self._kept(unit)]

    def _run(self, joins: Callable[[int], bool]) -> None:
        r, members = self.r, list[int]()
        inside, late, after = set[int](), set[int](), list[int]()

        def close() -> None:
            if members:
                self.units.append(Region(r.shape(members[0]), [*members]))
            self.units.extend(after)
            for some in (members, inside, late, after):
                some.clear()

        for i in r.order:
            waits = any(a in late for a in r.args[i])
            if joins(i) and i not in r.guards:
                if members and (waits or r.shape(i) != r.shape(members[0]) or len(members) == LONGEST):
                    close()
                members.append(i)
                inside.add(i)
            elif i in r.guards:
                close()
                self.units.append(i)
            elif waits or any(a in inside for a in r.args[i]):
                after.append(i)
                late.add(i)
            else:
                self.units.append(i)
        close()

    def _outputs(self) -> None:
        """The members that are read by anybody else."""
        wanted = {*self.r.outputs}
        for unit in self.units:
            mine = set(unit.members) if isinstance(unit, Region) else set()
            wanted.update(a for a in reads(self.r, unit) if a not in mine)
        for unit in self.units:
            if isinstance(unit, Region):
                unit.outputs = [i for i in unit.members if i in wanted]

    def _pull(self) -> None:
        """Regions behind a scatter into the region that reads them through it."""
        of = {i: unit for unit in self.units if isinstance(unit, Region) for i in unit.members}
        for unit in self.units:
            if not isinstance(unit, Region):
                continue
            scatters = [i for i in unit.members if is_scatter(self.r, i)]
            before = {id(of[a]): of[a] for i in scatters for a in self.r.args[i] if a in of and of[a] is not unit}
            if not before or len(scatters) > MOST_SCATTERS:
                continue
            for other in before.values():
                if self._may_be_pulled(other, unit):
                    needed = self._needed([a for i in scatters for a in self.r.args[i]], other)
                    unit.pulled += needed if len(unit.steps) + len(needed) <= LONGEST else []
        self._outputs()

    def _may_be_pulled(self, other: Region, unit: Region) -> bool:
        """Whether `unit` reads `other` through scatters only, and nobody else does, or it may be computed again."""
        if other.pulled or any(is_scatter(self.r, i) for i in other.members):
            return False
        mine = set(other.outputs)
        if any(mine.intersection(self.r.args[i]) for i in unit.members if not is_scatter(self.r, i)):
            return False
        if self.again(other):
            return True
        others = [some for some in self.units if some is not other and some is not unit]
        return not mine.intersection(self.r.outputs) and not any(mine.intersection(reads(self.r, v)) for v in others)

    def _needed(self, ends: Iterable[int], other: Region) -> list[int]:
        wanted, found = {*ends}, list[int]()
        for i in reversed(other.members):
            if i in wanted:
                wanted.update(self.r.args[i])
                found.append(i)
        return found[::-1]

    def _kept(self, unit: int | Region) -> list[int | Region]:
        if not isinstance(unit, Region):
            return [unit]
        if not unit.outputs:  # all of it is computed where it is read
            return []
        return [unit] if self.worth(unit) or unit.pulled else [*unit.members]


def reads(r: Reading, unit: int | Region) -> list[int]:
    """What must be there before a step or a region."""
    if not isinstance(unit, Region):
        return r.args[unit]
    mine = {*unit.steps}
    return [a for i in unit.steps for a in r.args[i] if a not in mine]


def is_scatter(r: Reading, i: int) -> bool:
    """Whether step i puts an array among zeros: rows one after the other, from some row on."""
    row = TABLE.get(r.nodes[i].op)
    if row is None or row.forward is not scatter.forward or not r.shape(i):
        return False
    key = dict(r.nodes[i].params)["index"].key
    return len(key) == 1 and isinstance(key[0], slice) and key[0].step in (None, 1) and r.kind(i) == "f"


def first_row(r: Reading, i: int) -> int:
    """Where scatter i puts the first row of its argument."""
    key = dict(r.nodes[i].params)["index"].key
    return key[0].indices(r.shape(i)[0])[0]


def read_through(r: Reading, a: int, shift: int, region: set[int], low: int) -> tuple[int, int] | None:
    """The step whose rows are read where `a` is, and which; None where these are zeros.

    `low` is a row of the segment: all rows of it are alike.
    """
    while a in region and is_scatter(r, a):
        start, (a,) = first_row(r, a), r.args[a]
        shift -= start
        if not 0 <= low + shift < r.shape(a)[0]:
            return None
    return a, shift


def segments(r: Reading, region: Region) -> list[Segment]:
    """The rows of a region, cut where a scatter begins or ends."""
    rows = region.shape[0]
    ends = {0, rows}
    for i in region.members:
        if is_scatter(r, i):
            start = first_row(r, i)
            ends.update((start, start + r.shape(r.args[i][0])[0]))
    cuts = sorted(e for e in ends if 0 <= e <= rows)
    return [_segment(r, region, a, b) for a, b in pairwise(cuts)]


def _segment(r: Reading, region: Region, low: int, high: int) -> Segment:
    inside = {*region.steps}
    at: dict[int, set[int]] = {o: {0} for o in region.outputs}
    for i in reversed(region.steps):
        for shift in at.get(i, ()):
            args = [i] if is_scatter(r, i) else r.args[i]
            for a in args:
                found = read_through(r, a, shift, inside, low)
                if found is not None and found[0] in inside and found[0] != i:
                    at.setdefault(found[0], set()).add(found[1])
    return Segment(low, high, {i: frozenset(at[i]) for i in region.steps if i in at})


def entries(shape: Shape) -> int:
    """How many entries an array of this shape has."""
    return int(np.prod(shape, dtype=int))
