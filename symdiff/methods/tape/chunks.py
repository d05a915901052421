"""Regions on long arrays with NumPy alone: every call on some thousand rows at a time, which stay in the cache.

A step of a region whose array nobody else reads has only a scrap of it, as long as a chunk. The chunks of a segment
are all of one length; the last one begins earlier instead, and computes some rows once more. A step that is read at
several rows is computed at all of them. Elementwise functions of NumPy's do not look at where an entry stands, so the
bits are those of the whole call.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from symdiff.methods.tape.reading import Reading
from symdiff.methods.tape.regions import Region, Regions, Segment, entries, is_scatter, read_through, segments

if TYPE_CHECKING:
    from symdiff.methods.tape.source import Source

LONG = 65_536  # entries: what is shorter fits in the cache as it is
FEW, WORK = 3, 3_000_000  # a region with so many calls gains nothing; entries times further calls that pay
CHUNK = 16_384  # entries
VECTOR = 64  # entries: a multiple of what every vector unit takes at once


def regions(reading: Reading) -> Regions:
    """The steps of a program that are run in chunks, by the sizes of their arrays."""
    r = reading

    def joins(i: int) -> bool:
        shape, call = r.shape(i), r.calls[i]
        if not shape or entries(shape) < LONG or entries(shape[1:]) > CHUNK:
            return False
        if not all(a in r.c_order or not r.shape(a) for a in r.args[i]):
            return False
        if call.f is np.where:
            return [r.kind(a) for a in r.args[i]] == ["b", "f", "f"]
        return is_scatter(r, i) or (i in r.elementwise and call.kind == "ufunc" and r.kind(i) in "fb")

    def worth(region: Region) -> bool:
        calls = sum(not is_scatter(r, i) for i in region.members)
        if calls < len(region.members):  # no arrays of zeros to add to
            return calls > 0
        return entries(region.shape) * (calls - FEW) >= WORK

    return Regions(reading, joins, worth, again=False)


def write(source: Source, region: Region) -> None:
    """Add a region to the source."""
    for segment in segments(source.r, region):
        _Chunks(source, region, segment).write()


def _rows(rows: int, inner: int) -> int:
    """How many rows a chunk has: all chunks as long as one another but for the last few rows."""
    most = max(1, CHUNK // max(1, inner))
    even = -(-rows // -(-rows // most))
    step = VECTOR // math.gcd(VECTOR, max(1, inner))
    return min(rows, -(-even // step) * step)


class _Chunks:
    """The calls for one segment of a region."""

    def __init__(self, source: Source, region: Region, segment: Segment) -> None:
        self.source, self.r, self.segment = source, source.r, segment
        self.inside, self.outputs = {*region.steps}, {*region.outputs}
        self.inner = region.shape[1:]
        self.rows = _rows(segment.high - segment.low, entries(self.inner))
        self.order = [i for i in region.steps if i in segment.at]
        self.hull = {i: (min(at), max(at)) for i, at in segment.at.items()}
        self.longest = self.rows + max(high - low for low, high in self.hull.values())
        self.slices: dict[tuple[int, int], str] = {}
        self.parts: dict[str, str] = {}  # of arrays from outside: the text that takes them -> their name
        self.scraps: dict[int, str] = {}
        self.views: dict[tuple[str, int, int], str] = {}
        self.lines: list[str] = []

    def write(self) -> None:
        source, segment = self.source, self.segment
        last = {a: k for k, i in enumerate(self.order) for a in self.arguments(i)}
        free: dict[str, list[str]] = {}
        for k, i in enumerate(self.order):
            args = [self.argument(a, i) for a in self.read(i)]
            if i in self.outputs:
                target = self.part(source.name(i), self.hull[i])
            else:
                self.scraps[i] = self.scrap(i, [a for a in self.arguments(i) if last[a] == k], free)
                target = self.view(self.scraps[i], 0, self.length(i))
            self.lines.append(self.call(i, args, target) + source.remark(i))
            mine = self.scraps.get(i)
            for a in {a for a in self.arguments(i) if last[a] == k and a in self.scraps}:
                if self.scraps[a] != mine:
                    free.setdefault(self.r.kind(a), []).append(self.scraps[a])
        starts = [*range(segment.low, segment.high - self.rows, self.rows), segment.high - self.rows]
        pieces = [tuple(slice(s + a, s + self.rows + b) for a, b in self.slices) for s in starts]
        names = ", ".join(self.slices.values())
        whole = source.constant([p[0] for p in pieces] if len(self.slices) == 1 else pieces)
        source.body.append(f"for {names} in {whole}:")
        source.body += [f"    {name} = {text}" for text, name in self.parts.items()]
        source.body += [f"    {line}" for line in self.lines]

    def read(self, i: int) -> list[int]:
        return [i] if is_scatter(self.r, i) else self.r.args[i]

    def arguments(self, i: int) -> list[int]:
        """The steps of this segment that step i reads."""
        found = [read_through(self.r, a, self.hull[i][0], self.inside, self.segment.low) for a in self.read(i)]
        return [f[0] for f in found if f is not None and f[0] in self.hull]

    def length(self, i: int) -> int:
        low, high = self.hull[i]
        return self.rows + high - low

    def argument(self, a: int, i: int) -> str:
        """The rows of `a` that step i reads."""
        low, high = self.hull[i]
        found = read_through(self.r, a, low, self.inside, self.segment.low)
        if found is None:
            self.source.objects["zero"] = np.zeros((), self.r.dtype)
            return "zero"
        b, first = found
        if b in self.scraps:
            return self.view(self.scraps[b], first - self.hull[b][0], self.length(i))
        shape = self.r.shape(b)
        if b != a or (len(shape) == len(self.inner) + 1 and shape[0] == self.r.shape(i)[0]):
            return self.part(self.source.name(b), (first, first + high - low))
        return self.source.name(b)

    def part(self, name: str, rows: tuple[int, int]) -> str:
        """Some rows of an array from outside."""
        index = self.slices.setdefault(rows, f"j{len(self.slices)}")
        text = f"{name}[{index}]"
        if text not in self.parts:
            self.parts[text] = self.source.another("p")
        return self.parts[text]

    def view(self, scrap: str, first: int, length: int) -> str:
        if (first, length) == (0, self.longest):
            return scrap
        key = scrap, first, length
        if key not in self.views:
            self.views[key] = self.source.another("u")
            self.source.setup.append(f"{self.views[key]} = {scrap}[{first}:{first + length}]")
        return self.views[key]

    def scrap(self, i: int, done: list[int], free: dict[str, list[str]]) -> str:
        """Where the result of step i goes: over an argument that nobody reads later, or where nobody's rows are."""
        kind = self.r.kind(i)
        for a in done:
            if a in self.scraps and self.hull[a] == self.hull[i] and self.r.kind(a) == kind:
                return self.scraps[a]
        if free.get(kind):
            return free[kind].pop()
        name = self.source.another("s")
        self.source.setup.append(f"{name} = empty({(self.longest, *self.inner)}, {self.source.type(kind)})")
        return name

    def call(self, i: int, args: list[str], target: str) -> str:
        source = self.source
        if is_scatter(self.r, i) or self.r.calls[i].f is np.where:  # it takes no place for its result
            made = args[0] if is_scatter(self.r, i) else f"{source.function(np.where)}({', '.join(args)})"
            return f"{source.function(np.copyto)}({target}, {made})"
        return source.call_into(i, args, target)
