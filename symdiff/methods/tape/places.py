"""Where the arrays of a program lie: which steps share one place, and which places are there before the call.

A result is written over an argument only if that array was made by an elementwise step of this call, nobody reads
it or a view of it later, and it is laid out as a new array would be. A place that is nobody's any more is given to
a later result of the same size. What is returned to the caller is made anew in every call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symdiff.methods.tape.reading import Reading
from symdiff.methods.tape.regions import Region, is_scatter, reads

VIEWS = ("reshape", "transpose", "getitem", "broadcast")
ALWAYS = math.inf  # read by the caller


@dataclass(slots=True, eq=False)
class Place:
    """An array and the nodes that are it, or views of it. `first` makes it, `last` is the last step to read it.

    `kind` is "own" (there before the call), "made" (in every call anew, or an input that is given away) or "given"
    (an input, a constant). `viewed` says whether there are views of it.
    """

    first: int
    kind: str = "made"
    last: float = -1
    members: list[int] = field(default_factory=list)
    over: Place | None = None  # the own place whose memory this one takes when that is free
    viewed: bool = False


class Places:
    """`of[i]` is the place of the array node i; `shows[i]` are all the places that node i may be seen through;
    `written_over[i]` is the argument that step i is written over. What is inside a region has no place.

    `when[i]` is the time at which step i is done: its place in `units`. An output of a region may be written over what
    the region reads where `in_place` says so.
    """

    def __init__(self, reading: Reading, units: Sequence[int | Region], in_place: Callable[[Region], bool]) -> None:
        self.r = r = reading
        self.units, self.in_place = units, in_place
        self.when: dict[int, int] = {}
        self.all: list[Place] = []
        self.of: dict[int, Place] = {}
        self.shows: dict[int, set[Place]] = {}
        self.written_over: dict[int, int] = {}
        self.last: dict[int, float] = {}  # node -> when it is read for the last time
        for time, unit in enumerate(units):
            self.when.update(dict.fromkeys(unit.outputs if isinstance(unit, Region) else [unit], time))
            self.last.update(dict.fromkeys(reads(r, unit), time))
        for o in r.outputs:
            self.last[o] = ALWAYS
        for i in (*r.graph.inputs, *r.known):
            self.new(i, "made" if i in r.consumed else "given")
        for unit in units:
            if isinstance(unit, Region):
                self.put_region(unit)
            else:
                self.put(unit)
        self.returned = self.to_return()
        for place in self.all:
            if place.kind == "made" and self.has_out(place.first) and place not in self.returned:
                place.kind = "own"
        self.reuse()

    def new(self, i: int, kind: str = "made") -> None:
        place = Place(i, kind)
        self.all.append(place)
        self.join(place, i)

    def join(self, place: Place, i: int) -> None:
        self.of[i] = place
        self.shows[i] = {place}
        place.members.append(i)
        place.last = max(place.last, self.last.get(i, -1))

    def put(self, i: int) -> None:
        r = self.r
        if i not in r.fresh:  # a view, an op that may return an argument, or a number
            seen = {p for a in r.args[i] for p in self.shows.get(a, ())}
            for place in seen:
                place.last = max(place.last, self.last.get(i, -1))
                place.viewed = True
            self.shows[i] = seen
            if seen and r.calls[i].kind in VIEWS:
                self.of[i] = self.of.get(r.args[i][0], next(iter(seen)))
        elif r.shape(i):
            over = self.over(i)
            if over is None:
                self.new(i)
            else:
                self.written_over[i] = over
                self.join(self.of[over], i)

    def put_region(self, region: Region) -> None:
        """Every entry of an output is written when all that is read there has been read: it may take the place of
        what nobody sees otherwise."""
        r, time = self.r, self.when[region.outputs[0]]
        free: list[int] = []
        if self.in_place(region) and not region.pulled and not any(is_scatter(r, i) for i in region.members):
            for a in dict.fromkeys(reads(r, region)):
                place = self.of.get(a)
                whole = a in r.fresh and a in r.c_order and r.shape(a) == region.shape and r.kind(a) == "f"
                if whole and place is not None and place.last == time and not place.viewed:
                    free.append(a)
        for o in region.outputs:
            over = free.pop(0) if free and r.kind(o) == "f" else None
            if over is None:
                self.new(o)
            else:
                self.written_over[o] = over
                self.join(self.of[over], o)

    def over(self, i: int) -> int | None:
        """The argument whose array may hold the result."""
        r = self.r
        if i not in r.elementwise or r.calls[i].kind != "ufunc" or r.kind(i) != "f" or not self.ordered(i):
            return None
        for a in r.args[i]:
            if a not in r.fresh or a not in r.c_order or a not in self.of:
                continue
            place = self.of[a]
            alone = all(b == a or place not in self.shows.get(b, ()) for b in r.args[i])
            if place.last == self.when[i] and alone and r.shape(a) == r.shape(i) and r.kind(a) == "f":
                return a
        return None

    def to_return(self) -> dict[Place, int]:
        """The places that go to the caller as they are, and as which output: the first to show all of one that is
        made in the call, whole or turned around."""
        found: dict[Place, int] = {}
        for k, o in enumerate(self.r.outputs):
            shown = self.shows.get(o, set())
            place = next(iter(shown), None)
            if place is None or len(shown) > 1 or place.kind == "given" or o not in self.of or not self.r.shape(o):
                continue
            whole = o in self.r.fresh or self.r.calls[o].kind in ("transpose", "reshape")
            if whole and self.size(o) == self.size(place.first):
                found.setdefault(place, k)
        return found

    def ordered(self, i: int) -> bool:
        return all(a in self.r.c_order or not self.r.shape(a) for a in self.r.args[i])

    def is_own(self, i: int) -> bool:
        """Whether node i is an array that is there before the call, whole."""
        return i in self.r.fresh and i in self.of and self.of[i].kind == "own"

    def has_out(self, i: int) -> bool:
        """Whether the step that makes a place can write into an array that is there."""
        r = self.r
        if i in r.consumed:
            return False
        kind = r.calls[i].kind
        if kind == "ufunc":
            return self.ordered(i) and r.kind(i) in "fb"
        if kind == "kernel":
            return self.ordered(i) and r.kind(i) == "f"
        return kind in ("matmul", "sum") and i in r.c_order and r.kind(i) == "f"

    def reuse(self) -> None:
        """Memory that is nobody's any more, for the next place of its size."""
        free: dict[Any, list[Place]] = {}
        ending: dict[float, list[Place]] = {}
        for time, unit in enumerate(self.units):
            for i in unit.outputs if isinstance(unit, Region) else [unit]:
                place = self.of.get(i)
                if place is not None and place.kind == "own" and place.first == i:
                    waiting = free.get(self.size(place.first))
                    place.over = waiting.pop() if waiting else None
                    ending.setdefault(place.last, []).append(place)
            for done in ending.pop(time, ()):
                free.setdefault(self.size(done.first), []).append(done)

    def size(self, i: int) -> tuple[str, int]:
        return self.r.kind(i), int(np.prod(self.r.shape(i), dtype=int))
