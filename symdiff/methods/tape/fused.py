"""Regions as loops that numba compiles: every entry goes through all steps before the next one is looked at.

A loop has what IEEE 754 rounds in one way only (+, -, *, /, square roots) and what is not rounded at all, in the
order of the steps and without fused multiply-adds: its bits are those of NumPy's calls. exp, tanh and their like
stay NumPy's: its vector kernels are other bits than the libm a loop would call, and faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff import straightline
from symdiff.errors import InputError
from symdiff.graph import Shape
from symdiff.methods.tape import chunks
from symdiff.methods.tape.kernels import chosen, to_the_larger
from symdiff.methods.tape.reading import FLOAT64, Reading
from symdiff.methods.tape.regions import Region, Regions, Segment, entries, is_scatter, read_through, segments

if TYPE_CHECKING:
    from symdiff.methods.tape.source import Source

SMALL, ALONE = 256, 4096  # entries: a loop for two calls pays from here on; one for one call, which repeats an array

# one, minus, zero, half: numbers of the program's dtype, because a plain 1.0 would make float32 wider
WRITTEN: dict[Any, str] = {
    np.add: "{0} + {1}", np.subtract: "{0} - {1}", np.multiply: "{0} * {1}", np.divide: "{0} / {1}",
    np.negative: "-{0}", np.square: "{0} * {0}", np.sqrt: "sqrt({0})", np.abs: "abs({0})",
    np.sign: "one if {0} > zero else (minus if {0} < zero else ({0} if {0} != {0} else zero))",
    np.less: "{0} < {1}", np.less_equal: "{0} <= {1}", np.greater: "{0} > {1}", np.greater_equal: "{0} >= {1}",
    np.equal: "{0} == {1}", np.not_equal: "{0} != {1}",
    np.where: "{1} if {0} else {2}", chosen: "{1} if {0} else {2}",
    to_the_larger: "{0} if {1} > {2} else ({0} * half if {1} == {2} else zero)",
}  # fmt: skip
OF_CONDITIONS: dict[Any, str] = {
    np.logical_and: "{0} and {1}", np.logical_or: "{0} or {1}", np.logical_not: "not {0}",
}  # fmt: skip
# which of two zeros is the larger one, -0.0 or 0.0, NumPy leaves to the processor
TIES = {
    np.maximum: ("{0} if {0} > {1} or {0} != {0} else {1}", "{0} if {0} >= {1} or {0} != {0} else {1}"),
    np.minimum: ("{0} if {0} < {1} or {0} != {0} else {1}", "{0} if {0} <= {1} or {0} != {0} else {1}"),
}


def numba() -> Any:
    """The module. Raises `InputError` where it is not installed."""
    try:
        import numba  # type: ignore[import-not-found]  # an extra
    except ImportError as e:
        raise InputError(
            f"fuse=True compiles loops with numba, which cannot be imported here ({e}): "
            "install symdiff-toolkit[fast], or leave fuse out"
        ) from e
    return numba


@cache
def text_of(f: Any, conditions: bool) -> str | None:
    """How a loop writes a function of NumPy's, of conditions or of numbers; None where it does not."""
    if f in TIES and not conditions:
        which = _which(f)
        return None if which is None else TIES[f][which]
    return (OF_CONDITIONS if conditions else WRITTEN).get(f)


def _which(f: np.ufunc) -> int | None:
    """0 if of two zeros the second one is NumPy's answer, 1 if the first is; None if that depends."""
    seen = set()
    for n in (*range(1, 20), 256):
        for dtype in (np.float64, np.float32):
            for sign in (1.0, -1.0):
                first, second = np.full(n, 0.0 * sign, dtype), np.full(n, -0.0 * sign, dtype)
                for found in (f(first, second), f(first, second[0]), f(first[0], second)):
                    seen.update((np.signbit(found) == np.signbit(first)).tolist())
    return int(seen.pop()) if len(seen) == 1 else None


class Loops:
    """The loops of one program: `source` is all of them, `count` how many."""

    def __init__(self, reading: Reading) -> None:
        self.r, self.source, self.count = reading, "", 0
        self._compiled = numba().njit(error_model="numpy", nogil=True)

    def regions(self) -> Regions:
        """Loops, and chunks where that long arrays go through other calls as well."""
        mixed = [u for u in chunks.regions(self.r).units if isinstance(u, Region) and not self.alone(u)]
        in_chunks = {i for region in mixed for i in region.steps}
        return Regions(self.r, lambda i: self.joins(i) or i in in_chunks, self.worth, self.alone)

    def alone(self, region: Region) -> bool:
        """Whether all of its steps can be a loop."""
        return all(map(self.joins, region.steps))

    def joins(self, i: int) -> bool:
        """Whether a step can be in a loop."""
        r, call = self.r, self.r.calls[i]
        if not entries(r.shape(i)) or not r.shape(i) or r.kind(i) not in "fb":
            return False
        if not all(self.may_be_read(a) for a in r.args[i]):
            return False
        if is_scatter(r, i):
            return True
        kinds = [r.kind(a) for a in r.args[i]]
        if call.f in (np.where, chosen):
            return kinds == ["b", "f", "f"]
        if call.f is to_the_larger:
            return kinds == ["f", "f", "f"]
        same = set(kinds)
        return call.kind == "ufunc" and len(same) == 1 and text_of(call.f, same == {"b"}) is not None

    def may_be_read(self, a: int) -> bool:
        """Whether a loop reads `a` as it is: float32 and a number of the program would be float64."""
        if self.r.shape(a):
            return a in self.r.c_order
        return a in self.r.known or self.r.dtype == FLOAT64

    def worth(self, region: Region) -> bool:
        many = len(region.members)
        if all(is_scatter(self.r, i) for i in region.members):
            return False
        if many == 1:  # NumPy repeats a row with a call of its own for each
            shapes = [self.r.shape(a) for a in self.r.args[region.members[0]]]
            return entries(region.shape) >= ALONE and any(s not in ((), region.shape) for s in shapes)
        return many > 2 or entries(region.shape) >= SMALL

    def write(self, source: Source, region: Region) -> None:
        """Add a region to the source: the call of its loop, or chunks where there are other calls among its steps."""
        if not self.alone(region):
            chunks.write(source, region, self)
            return
        call = self.called(_Loop(self.r, region, source))
        remarks = {source.remark(o) for o in region.outputs} - {""}
        source.body.append(call + (remarks.pop() if len(remarks) == 1 else ""))

    def called(self, loop: Body) -> str:
        """Have a loop compiled; the text of its call."""
        self.count += 1
        name = f"loop_{self.count}"
        text = f"def {name}({', '.join(loop.given.values())}):\n" + "".join(f"    {line}\n" for line in loop.lines)
        self.source += text
        loop.source.objects[name] = self._compiled(straightline.function(text, name, loop.objects))
        return f"{name}({', '.join(loop.given)})"


class Body:
    """The lines of one loop, the objects they need and what the loop is called with."""

    def __init__(self, r: Reading, source: Source) -> None:
        self.r, self.source = r, source
        dtype = r.dtype.type
        self.objects: dict[str, Any] = {
            "range": range, "abs": abs, "sqrt": np.sqrt, "one": dtype(1), "minus": dtype(-1), "zero": dtype(0),
            "half": dtype(0.5),
        }  # fmt: skip
        self.given: dict[str, str] = {}  # what the loop is called with -> its name in the loop
        self.lines: list[str] = []
        self.steps: list[str] = []  # of one entry
        self.stores: list[str] = []
        self.values = 0

    def array(self, text: str) -> str:
        return self.given.setdefault(text, f"a{len(self.given)}")

    def number(self, a: int) -> str:
        if a in self.r.known:
            name = f"c{a}"
            self.objects[name] = np.asarray(self.r.known[a])[()]
            return name
        self.source.objects["number"] = _number
        return self.array(f"number({self.source.name(a)})")

    def value(self, text: str) -> str:
        self.values += 1
        self.steps.append(f"t{self.values} = {text}")
        return f"t{self.values}"

    def step(self, i: int, args: Sequence[str]) -> str:
        text = text_of(self.r.calls[i].f, all(self.r.kind(a) == "b" for a in self.r.args[i]))
        assert text is not None
        return self.value(text.format(*args))

    def end(self, ranges: Sequence[Any]) -> None:
        """The steps are those of every entry. All is read before anything is written."""
        self.lines += [f"{'    ' * k}for i{k} in range({n}):" for k, n in enumerate(ranges)]
        self.lines += ["    " * len(ranges) + line for line in self.steps + self.stores]
        self.steps, self.stores, self.values = [], [], 0


def index(shape: Shape, axes: int, shift: int = 0) -> str:
    """Where the entry of an array is that belongs to this one; an axis of length one is the same for all."""
    place = []
    for k, n in enumerate(shape, axes - len(shape)):
        moved = f"i{k}" if k or not shift else f"i0 {'+' if shift > 0 else '-'} {abs(shift)}"
        place.append("0" if n == 1 else moved)
    return ", ".join(place)


class _Loop(Body):
    """A region as a loop by itself."""

    def __init__(self, r: Reading, region: Region, source: Source) -> None:
        super().__init__(r, source)
        self.region, self.inside = region, {*region.steps}
        self.flat = len(region.shape) > 1 and self.whole()
        for segment in segments(r, region):
            self.segment(segment)
            ends = f"{segment.low}, {segment.high}" if segment.low else segment.high
            self.end([entries(region.shape)] if self.flat else [ends, *region.shape[1:]])
        if self.flat:
            arrays = [name for text, name in self.given.items() if not text.startswith("number(")]
            self.lines[:0] = [f"{name} = {name}.reshape({entries(region.shape)})" for name in arrays]

    def whole(self) -> bool:
        """Whether all arrays are in C order without gaps and as large as the region: then they may lie flat."""
        r, region = self.r, self.region
        steps = [*region.steps, *(a for i in region.steps for a in r.args[i] if r.shape(a))]
        return all(r.shape(a) == region.shape and r.without_gaps(a) for a in steps) and not any(
            is_scatter(r, i) for i in region.members
        )

    def segment(self, segment: Segment) -> None:
        r, names = self.r, dict[tuple[int, int], str]()

        def read(a: int, shift: int) -> str:
            found = read_through(r, a, shift, self.inside, segment.low)
            if found is None:
                return "zero"
            if found not in names and found[0] not in self.inside:
                if not r.shape(found[0]):
                    return self.number(found[0])
                names[found] = self.value(self.entry(*found))
            return names[found]

        for i in self.region.steps:
            for shift in sorted(segment.at.get(i, ())):
                if is_scatter(r, i):
                    known = read(i, shift)
                else:
                    known = names[i, shift] = self.step(i, [read(a, shift) for a in r.args[i]])
                if i in self.region.outputs:
                    self.stores.append(f"{self.entry(i, 0)} = {known}")

    def entry(self, a: int, shift: int) -> str:
        place = "i0" if self.flat else index(self.r.shape(a), len(self.region.shape), shift)
        return f"{self.array(self.source.name(a))}[{place}]"


def _number(value: Any) -> Any:
    """A number that may have come as an array without axes."""
    return value if isinstance(value, np.generic) else np.asarray(value)[()]
