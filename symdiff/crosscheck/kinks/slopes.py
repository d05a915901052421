"""What rays say of the slopes at a point (see `singular`), and the verdict on values that are held against it.

Where there is a derivative, it is due. Where there is none, a value is a convention if it belongs to the slopes nearby
or to their convex hull, all entries that belong together as one vector.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from flint import arb

from symdiff.crosscheck.certified.rounding import Bounds
from symdiff.crosscheck.judging import nearest
from symdiff.crosscheck.kinks.hull import place
from symdiff.crosscheck.places.terrain import Terrain
from symdiff.crosscheck.verdict import A_FEW_ULPS, HALF_OF_THE_DIGITS, Judgement, Verdict, judge, ulps

LEFT_OF_A_NUDGE = 2.0**-100  # of the largest entry: limits come from differences between rays 2**-120 apart
COARSE = 1e-3  # relative: what rounding may do to a value that is still told from a wrong one

Numbers = tuple[arb, ...]


@dataclass(frozen=True, slots=True)
class Slopes:
    """What the rays say of one row of entries: the derivative, or the limits of it nearby, or why neither."""

    derivative: Numbers = ()
    nearby: tuple[Numbers, ...] = ()
    between: tuple[tuple[float, float] | None, ...] = ()  # for each entry; where slopes are infinite
    says: str = ""
    jumps: bool = False
    unclear: str = ""
    rays: int = 0
    why: str = ""  # there is a derivative, if it is not the rays that say so
    of: str = "gradient"  # whose limits they are
    sampled: bool = False  # two limits are ends among those along some rays, not both sides
    open: str = ""  # at a jump: why a number beyond these is not wrong for certain
    lower: bool = False  # not even the derivative below it exists: there is nothing for it to be
    steps: Callable[[Sequence[float]], bool] | None = None  # then: whether slopes of the steps can add up to entries


def judged(
    values: Sequence[float], bounds: Sequence[Bounds | None], slopes: Slopes, terrain: Terrain
) -> list[Judgement]:
    """The verdict on each of the entries that belong together; `bounds` say what rounding may do to them."""
    where = f"kink: {terrain.kink}"
    if slopes.unclear:
        return [Judgement(Verdict.UNDECIDED, "", f"{where}; {slopes.unclear}")] * len(values)
    if slopes.jumps:
        return _beside_a_jump(values, bounds, slopes, where)
    if slopes.between and len(slopes.between) != len(values):
        said = f"{where}; an infinite slope, and not of every entry by itself"
        return [Judgement(Verdict.UNDECIDED, "", said)] * len(values)
    if slopes.between:
        each = zip(values, slopes.between, bounds, strict=True)
        return [_in_between(v, b, may, terrain, slopes) for v, b, may in each]
    if slopes.derivative:
        each = zip(values, slopes.derivative, bounds, strict=True)
        return [_held(v, d, b, terrain, slopes) for v, d, b in each]
    return _in_the_hull(values, bounds, slopes, terrain)


def _beside_a_jump(
    values: Sequence[float], bounds: Sequence[Bounds | None], slopes: Slopes, where: str
) -> list[Judgement]:
    """Each entry by itself; between branches of the caller's code all together have to be the slopes of one, too."""
    ranges = slopes.between or [(-math.inf, math.inf)] * len(values)
    each = zip(values, ranges, bounds, strict=True)
    found = [_in_range(v, between or (-math.inf, math.inf), may, where, slopes) for v, between, may in each]
    if slopes.nearby and all(f.verdict is Verdict.KINK for f in found):
        may = [_may_be_off(*both) for both in zip(values, bounds, strict=True)]
        other = Judgement(Verdict.UNDECIDED, "", f"{where}; {slopes.says}, and the slope of no branch is this")
        return [other if f.verdict is Verdict.DIFFER else f for f in _together(values, may, slopes, where)]
    return found


def _in_range(
    value: float, between: tuple[float, float], bounds: Bounds | None, where: str, slopes: Slopes
) -> Judgement:
    """An entry beside a jump: a slope on some side, or between two, or of the code at the point."""
    low, high = between
    off = _may_be_off(value, bounds) if math.isfinite(value) else 0.0
    off = off if math.isfinite(off) else HALF_OF_THE_DIGITS * abs(value)  # nobody knows what rounding does
    if not math.isfinite(value) or low - off <= value <= high + off:
        return Judgement(Verdict.KINK, "certified", f"{where}; {_taken(value)}, {slopes.says}")
    sides = f"the slopes beside it are {low:.6g}" + (f" to {high:.6g}" if low < high else "")
    near = slopes.sampled and not _well_beyond(value, low, high)
    if near or slopes.open:
        why = slopes.open or "of some directions nobody has looked at the slopes"
        return Judgement(Verdict.UNDECIDED, "", f"{where}; {slopes.says}, {sides}, and {why}")
    basis = "measured" if slopes.sampled else "certified"
    return Judgement(Verdict.DIFFER, basis, f"{value:.6g}, but {slopes.says} and {sides} ({where})")


def _well_beyond(value: float, low: float, high: float) -> bool:
    """Whether a number lies outside by a tenth of what was found there."""
    return max(low - value, value - high) > 0.1 * max(abs(low), abs(high), high - low) + 1e-12


def _taken(value: float) -> str:
    return f"{value:.6g} is taken"


def _in_between(
    value: float, between: tuple[float, float] | None, bounds: Bounds | None, terrain: Terrain, slopes: Slopes
) -> Judgement:
    where = f"kink: {terrain.kink}"
    if between is None:
        return Judgement(Verdict.UNDECIDED, "", f"{where}; a term without such a series goes before it")
    low, high = between
    if low == high and math.isfinite(low):  # beside infinite ones
        return _held(value, arb(low), bounds, terrain, replace(slopes, says=""))
    if math.isnan(value):
        return Judgement(Verdict.KINK, "certified", f"{where}; nan is taken: in some direction the slope is infinite")
    off = A_FEW_ULPS * math.ulp(value) if math.isfinite(value) else 0.0
    if low - off <= value <= high + off:
        said = "the slope is infinite" if low == high else f"{_taken(value)}, the slopes are {low:.6g} and {high:.6g}"
        return Judgement(Verdict.KINK, "certified", f"{where}; {said}")
    one = f"the slope is {low:.6g}" if low == high else f"the slopes on both sides are {low:.6g} and {high:.6g}"
    return Judgement(Verdict.DIFFER, "certified", f"{value:.6g}, but {one} ({where})")


def _held(value: float, truth: arb, bounds: Bounds | None, terrain: Terrain, slopes: Slopes) -> Judgement:
    """There is a derivative, and this is it."""
    one = "slopes" if slopes.of == "gradient" else "series"
    function = "linear function" if slopes.of == "gradient" else "derivative's"
    why = f"f is differentiable here: {terrain.kink}, and the {one} along {slopes.rays} rays are one {function}"
    if slopes.why:
        why = f"{slopes.why} ({terrain.kink})"
    if slopes.nearby:
        why = f"so it is on all sides of the kink: {terrain.kink}"
    off = ulps(value, truth)
    if off is not None and off <= A_FEW_ULPS:
        return Judgement(Verdict.AGREE, "certified", slopes.says, off)
    if not math.isfinite(value):
        return Judgement(Verdict.DIFFER, "certified", f"{value} where the derivative is {nearest(truth):.9g}; {why}")
    if bounds is not None and math.isfinite(bounds.program):
        found = judge(value, truth, True, replace(bounds, borrowed=False))
        return replace(found, reason=f"{found.reason}; {why}") if found.verdict is Verdict.DIFFER else found
    error, size = abs(arb(value) - truth), abs(truth)
    if error > 1e-6 * size and error > 1e-6:
        return Judgement(Verdict.DIFFER, "certified", f"the derivative is {nearest(truth):.9g}; {why}", off)
    return Judgement(Verdict.UNDECIDED, "", f"kink: {terrain.kink}; what rounding may do cannot be enclosed", off)


def _in_the_hull(
    values: Sequence[float], bounds: Sequence[Bounds | None], slopes: Slopes, terrain: Terrain
) -> list[Judgement]:
    """No derivative: an entry that is one number on all sides is that number; a convention for the others is a vector
    among the limits nearby, all entries together."""
    fixed = {k for k, column in enumerate(zip(*slopes.nearby, strict=True)) if all(_near(c, column[0]) for c in column)}
    blurred = arb(0, LEFT_OF_A_NUDGE * max((abs(c).upper() for c in slopes.nearby[0]), default=0))
    found = {
        k: _held(values[k], slopes.nearby[0][k] + blurred, bounds[k], terrain, replace(slopes, says=""))
        for k in sorted(fixed)
    }
    others = [k for k in range(len(values)) if k not in fixed]
    if others:
        nearby = tuple(tuple(row[k] for k in others) for row in slopes.nearby)
        may = [_may_be_off(values[k], bounds[k]) for k in others]
        judged = _together([values[k] for k in others], may, replace(slopes, nearby=nearby), f"kink: {terrain.kink}")
        found |= dict(zip(others, judged, strict=True))
    each = [found[k] for k in range(len(values))]
    if not slopes.lower:
        return each
    if all(j.verdict not in (Verdict.DIFFER, Verdict.UNDECIDED) for j in each):
        return each
    of_steps = slopes.steps(values) if slopes.steps is not None else None
    return [_without(v, judgement, of_steps, slopes, terrain) for v, judgement in zip(values, each, strict=True)]


def _without(
    value: float, judgement: Judgement, of_steps: bool | None, slopes: Slopes, terrain: Terrain
) -> Judgement:  # fmt: skip
    """Where the derivative below does not exist, such as |x|' at 0, nan says so; numbers that are no limits of those
    nearby may still be what the conventions of the steps add up to, and beyond these they are wrong."""
    if judgement.verdict not in (Verdict.DIFFER, Verdict.UNDECIDED):
        return judgement
    if math.isfinite(value):
        if of_steps is None:
            return Judgement(Verdict.UNDECIDED, "", f"kink: {terrain.kink}; {slopes.says}, and no limit nearby is this")
        if not of_steps:
            return judgement
    return Judgement(Verdict.KINK, "certified", f"kink: {terrain.kink}; {_taken(value)}, {slopes.says}")


def _near(a: arb, b: arb) -> bool:
    """Whether two limits are one: they are known to the size of the nudge."""
    return bool(abs(a - b) <= arb(2.0**-60) * (1 + abs(b)))


def _may_be_off(value: float, bounds: Bounds | None) -> float:
    """By how much rounding may have moved a value."""
    return max(A_FEW_ULPS * math.ulp(value), math.inf if bounds is None else bounds.program)


def _together(values: Sequence[float], may: Sequence[float], slopes: Slopes, where: str) -> list[Judgement]:
    if not all(map(math.isfinite, values)):
        no_number, other = f"the slopes nearby are numbers ({where})", f"{where}; other entries are no numbers"
        return [
            Judgement(Verdict.UNDECIDED, "", other) if math.isfinite(v)
            else Judgement(Verdict.DIFFER, "certified", f"{v:.6g}, and {no_number}") for v in values
        ]  # fmt: skip
    pieces, seen_again = different(slopes.nearby)
    sizes = [max(abs(row[k]) for row in pieces) for k in range(len(values))]
    known = all(math.isfinite(m) and m <= COARSE * size for m, size in zip(may, sizes, strict=True))
    tolerance = may if known else [A_FEW_ULPS * math.ulp(v) for v in values]
    inside = place(values, pieces, tolerance).inside
    of = f"{len(slopes.nearby)} limits of the {slopes.of}" if len(pieces) == len(slopes.nearby) else (
        f"{len(pieces)} limits of the {slopes.of}, along {len(slopes.nearby)} rays"
    )  # fmt: skip
    if inside:
        return [Judgement(Verdict.KINK, "certified", f"{where}; {_taken(v)}, {slopes.says}: {of}") for v in values]
    if inside is False and len(values) == 1 and len(slopes.nearby) <= 2:  # of one variable both sides are known
        sides = " and ".join(f"{float(s[0]):.6g}" for s in slopes.nearby)
        what = f"the ends of the slopes along {slopes.rays} rays" if slopes.sampled else "the slopes on both sides"
        said = f"{values[0]:.6g} is not between {sides}, {what}"
        return [Judgement(Verdict.DIFFER, "measured" if slopes.sampled else "certified", f"{said} ({where})")]
    if inside is False and seen_again and known:
        said = f"as a whole outside the convex hull of the {of}, each of which was met more than once"
        if len(values) == 1:
            low, high = (float(end(row[0] for row in pieces)) for end in (min, max))
            said = f"{values[0]:.6g} is not between {low:.6g} and {high:.6g}, the ends of the {of}, met more than once"
        return [Judgement(Verdict.DIFFER, "measured", f"{said} ({where})")] * len(values)
    if inside is False and _far(values, slopes.nearby):
        said = f"far from all {len(slopes.nearby)} limits of the {slopes.of} that were looked at"
        return [Judgement(Verdict.DIFFER, "measured", f"{said} ({where})")] * len(values)
    said = "whether the value belongs to the slopes nearby is not decided"
    return [Judgement(Verdict.UNDECIDED, "", f"{where}; {said}")] * len(values)


def different(nearby: Sequence[Numbers]) -> tuple[list[Numbers], bool]:
    """The limits that differ, and whether each was met along more than one ray. Then pieces that no ray has met take
    up next to none of the directions (I. Good, "The population frequencies of species and the estimation of population
    parameters", Biometrika 40, 1953: the share of what was not met is about that of what was met once)."""
    found: list[Numbers] = []
    count: list[int] = []
    for limit in nearby:
        k = next((k for k, known in enumerate(found) if all(map(_near, limit, known))), len(found))
        if k == len(found):
            found.append(limit)
            count.append(0)
        count[k] += 1
    return found, min(count, default=0) > 1


def _far(values: Sequence[float], nearby: Sequence[Numbers]) -> bool:
    """Whether a vector is longer than every limit by a tenth, measured in its own direction."""
    v = np.array(values)
    reach = max(float(np.dot(v, [float(g) for g in row])) for row in nearby)
    return float(np.dot(v, v)) > 1.1 * reach + 1e-12
