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

from symdiff.graph import Shape
from symdiff.methods.tape.kernels import chosen
from symdiff.methods.tape.reading import Reading
from symdiff.methods.tape.regions import Region, Regions, Segment, entries, is_scatter, read_through, segments

if TYPE_CHECKING:
    from symdiff.methods.tape.fused import Loops
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
        if call.f in (np.where, chosen):
            return [r.kind(a) for a in r.args[i]] == ["b", "f", "f"]
        return is_scatter(r, i) or (i in r.elementwise and call.kind == "ufunc" and r.kind(i) in "fb")

    def worth(region: Region) -> bool:
        calls = sum(not is_scatter(r, i) for i in region.members)
        if calls < len(region.members):  # no arrays of zeros to add to
            return calls > 0
        return entries(region.shape) * (calls - FEW) >= WORK

    return Regions(reading, joins, worth, again=lambda region: False)


def write(source: Source, region: Region, loops: Loops | None = None) -> None:
    """Add a region to the source; with `loops`, steps that can be a loop together are one."""
    for segment in segments(source.r, region):
        _Chunks(source, region, segment, loops).write()


def _rows(rows: int, inner: int) -> int:
    """How many rows a chunk has: all chunks as long as one another but for the last few rows."""
    most = max(1, CHUNK // max(1, inner))
    even = -(-rows // -(-rows // most))
    step = VECTOR // math.gcd(VECTOR, max(1, inner))
    return min(rows, -(-even // step) * step)


class _Chunks:
    """The calls for one segment of a region."""

    def __init__(self, source: Source, region: Region, segment: Segment, loops: Loops | None) -> None:
        self.loops = loops
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
        groups = self.groups()
        last = {a: k for k, group in enumerate(groups) for i in group for a in self.arguments(i)}
        free: dict[str, list[str]] = {}
        for k, group in enumerate(groups):
            done = dict.fromkeys(a for i in group for a in self.arguments(i) if last[a] == k and a in self.scraps)
            given = [[self.argument(a, i, group) for a in self.read(i)] for i in group]
            targets = self.targets(group, [i for i in group if last.get(i, k) > k or i in self.outputs], [*done], free)
            if len(group) == 1:
                (i,) = group
                self.lines.append(self.call(i, given[0], targets[i]) + source.remark(i))
            else:
                self.lines.append(self.loop(group, given, targets))
            for a in done:
                if self.scraps[a] not in [self.scraps.get(i) for i in group]:
                    free.setdefault(self.r.kind(a), []).append(self.scraps[a])
        starts = [*range(segment.low, segment.high - self.rows, self.rows), segment.high - self.rows]
        pieces = [tuple(slice(s + a, s + self.rows + b) for a, b in self.slices) for s in starts]
        names = ", ".join(self.slices.values())
        whole = source.constant([p[0] for p in pieces] if len(self.slices) == 1 else pieces)
        source.body.append(f"for {names} in {whole}:")
        source.body += [f"    {name} = {text}" for text, name in self.parts.items()]
        source.body += [f"    {line}" for line in self.lines]

    def groups(self) -> list[list[int]]:
        """The steps in order; those that are one loop together."""
        found: list[list[int]] = []
        for i in self.order:
            if found and self.goes_on(found[-1], i):
                found[-1].append(i)
            else:
                found.append([i])
        return found

    def goes_on(self, group: list[int], i: int) -> bool:
        """Whether step i can be in the loop of the steps before: the same rows, each read where it is computed."""
        if self.loops is None or any(is_scatter(self.r, k) or not self.loops.joins(k) for k in (group[-1], i)):
            return False
        places = [read_through(self.r, a, self.hull[i][0], self.inside, self.segment.low) for a in self.read(i)]
        shifted = any(p is not None and p[0] in group and p[1] != self.hull[p[0]][0] for p in places)
        return self.hull[i] == self.hull[group[-1]] and not shifted

    def targets(self, group: list[int], kept: list[int], done: list[int], free: dict[str, list[str]]) -> dict[int, str]:
        """Where the results of a group go that others read."""
        found: dict[int, str] = {}
        for i in kept or group[-1:]:
            if i in self.outputs:
                found[i] = self.part(self.source.name(i), self.hull[i])
                continue
            self.scraps[i] = self.scrap(i, done, free)
            done = [a for a in done if self.scraps[a] != self.scraps[i]]
            found[i] = self.view(self.scraps[i], 0, self.length(i))
        return found

    def loop(self, group: list[int], given: list[list[str]], targets: dict[int, str]) -> str:
        """The call of a loop through the steps of a group."""
        from symdiff.methods.tape.fused import Body, index

        assert self.loops is not None
        body, names, loaded = Body(self.r, self.source), dict[int, str](), dict[str, str]()
        axes = len(self.inner) + 1
        for i, texts in zip(group, given, strict=True):
            args = []
            for a, text in zip(self.read(i), texts, strict=True):
                found = read_through(self.r, a, self.hull[i][0], self.inside, self.segment.low)
                if found is None:
                    args.append("zero")
                elif found[0] in names:
                    args.append(names[found[0]])
                elif not self.r.shape(found[0]):
                    args.append(body.number(found[0]))
                else:
                    if text not in loaded:
                        loaded[text] = body.value(f"{body.array(text)}[{index(self.shape(found[0], text), axes)}]")
                    args.append(loaded[text])
            names[i] = body.step(i, args)
        for i, target in targets.items():
            body.stores.append(f"{body.array(target)}[{index((0, *self.inner), axes)}] = {names[i]}")
        body.end([self.length(group[0]), *self.inner])
        return self.loops.called(body)

    def shape(self, a: int, text: str) -> Shape:
        """The shape of what stands for `a` in a call; of rows it has more than one."""
        shape = self.r.shape(a)
        return (0, *shape[1:]) if a in self.inside or text != self.source.name(a) else shape

    def read(self, i: int) -> list[int]:
        return [i] if is_scatter(self.r, i) else self.r.args[i]

    def arguments(self, i: int) -> list[int]:
        """The steps of this segment that step i reads."""
        found = [read_through(self.r, a, self.hull[i][0], self.inside, self.segment.low) for a in self.read(i)]
        return [f[0] for f in found if f is not None and f[0] in self.hull]

    def length(self, i: int) -> int:
        low, high = self.hull[i]
        return self.rows + high - low

    def argument(self, a: int, i: int, group: list[int]) -> str:
        """The rows of `a` that step i reads; nothing for what is computed in the same loop."""
        low, high = self.hull[i]
        found = read_through(self.r, a, low, self.inside, self.segment.low)
        if found is None:
            self.source.objects["zero"] = np.zeros((), self.r.dtype)
            return "zero"
        b, first = found
        if b in group and b != i:
            return ""
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
        if is_scatter(self.r, i) or self.r.calls[i].f in (np.where, chosen):  # it lies as its arguments do
            made = args[0] if is_scatter(self.r, i) else f"{source.function(chosen)}({', '.join(args)})"
            return f"{source.function(np.copyto)}({target}, {made})"
        return source.call_into(i, args, target)
