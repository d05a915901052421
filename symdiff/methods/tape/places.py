"""Where the arrays of a program lie: which steps share one place, and which places are there before the call.

A result is written over an argument only if that array was made by an elementwise step of this call, nobody reads
it or a view of it later, and it is laid out as a new array would be. A place that is nobody's any more is given to
a later result of the same size. What is returned to the caller is made anew in every call.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symdiff.methods.tape.reading import Reading

VIEWS = ("reshape", "transpose", "getitem", "broadcast")
ALWAYS = math.inf  # read by the caller


@dataclass(slots=True, eq=False)
class Place:
    """An array and the nodes that are it, or views of it. `first` makes it, `last` is the last step to read it.

    `kind` is "own" (there before the call), "made" (in every call anew, or an input that is given away) or "given"
    (an input, a constant).
    """

    first: int
    kind: str = "made"
    last: float = -1
    members: list[int] = field(default_factory=list)
    over: Place | None = None  # the own place whose memory this one takes when that is free


class Places:
    """`of[i]` is the place of the array node i; `shows[i]` are all the places that node i may be seen through;
    `written_over[i]` is the argument that step i is written over."""

    def __init__(self, reading: Reading) -> None:
        self.r = r = reading
        self.all: list[Place] = []
        self.of: dict[int, Place] = {}
        self.shows: dict[int, set[Place]] = {}
        self.written_over: dict[int, int] = {}
        self.last: dict[int, float] = {}  # node -> the last step that reads it
        for i in r.order:
            for a in r.args[i]:
                self.last[a] = i
        for o in r.outputs:
            self.last[o] = ALWAYS
        for i in (*r.graph.inputs, *r.known):
            self.new(i, "made" if i in r.consumed else "given")
        for i in r.order:
            self.put(i)
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
            if place.last == i and alone and r.shape(a) == r.shape(i) and r.kind(a) == "f":
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
        r = self.r
        for i in r.order:
            place = self.of.get(i)
            if place is not None and place.kind == "own" and place.first == i:
                waiting = free.get(self.size(place.first))
                place.over = waiting.pop() if waiting else None
                ending.setdefault(place.last, []).append(place)
            for done in ending.pop(i, ()):
                free.setdefault(self.size(done.first), []).append(done)

    def size(self, i: int) -> tuple[str, int]:
        return self.r.kind(i), int(np.prod(self.r.shape(i), dtype=int))
