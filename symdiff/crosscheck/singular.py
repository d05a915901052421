"""A point where some step has no slope (sqrt at 0, 0/0, a jump): does the whole have a derivative there, and which?

Series along rays answer (`expansions`): both ways along every axis, and along random directions. Where the slopes of
all are those of one linear function, that is the derivative: a finite value is due, and nan is wrong. Where f jumps, or
its slopes depend on the direction, there is none: a value is a convention if it belongs to the slopes nearby, their
limits along random directions and the convex hull of these. That rests on the directions that were looked at, and the
finding says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from flint import arb

from symdiff.balls import precision
from symdiff.crosscheck.branches import limits_of
from symdiff.crosscheck.edges import Unclear
from symdiff.crosscheck.expansions import TERMS, Along, Outside, Q, nought
from symdiff.crosscheck.germs import Germs
from symdiff.crosscheck.hull import place
from symdiff.crosscheck.judging import Case, borrowed, nearest
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.rounding import Bounds
from symdiff.crosscheck.terrain import Terrain
from symdiff.crosscheck.verdict import A_FEW_ULPS, Judgement, Verdict, judge, ulps
from symdiff.graph import run
from symdiff.methods.ball import order
from symdiff.methods.base import Answer, spread

FIRST = ("grad", "value_and_grad", "jacobian", "jvp", "vjp")
HIGHER = ("hessian", "hvp", "third", "tvp")
BITS, CLOSE = 512, 2.0**-200
MOST_STEPS = 20_000  # of all rays together: some seconds
NUDGE = 2.0**-120  # of a direction: how the slope moves with it
COARSE = 1e-3  # relative: what rounding may do to a value that is still told from a wrong one
JUMP = 1e-9  # relative: more than the rounding of f's own value

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
    of: str = "gradient"  # whose limits they are
    lower: bool = False  # not even the derivative below it exists: there is nothing for it to be
    steps: Callable[[Sequence[float]], bool] | None = None  # then: whether slopes of the steps can add up to entries


def decidable(case: Case, terrain: Terrain) -> bool:
    """Whether this operator at this point is looked at here."""
    inputs, task, graph = len(case.task.wrt), case.task, case.problem.graph
    if terrain.outside or (graph.guards and case.again is None) or not inputs or len(set(task.wrt)) < inputs:
        return False
    rays = math.comb(inputs + order(task), order(task)) if task.operator in HIGHER else 3 * inputs
    return task.operator in (*FIRST, *HIGHER) and len(graph.outputs) * rays * len(graph.nodes) <= MOST_STEPS


def findings(case: Case, answers: Mapping[str, Answer], terrain: Terrain) -> list[Finding]:
    """The verdict on every entry of every method and claim."""
    with precision(BITS, TERMS):
        rows = [(entries, slopes) for entries, slopes in _rows(case)]
    limits, _ = limits_of(case, answers)
    found: dict[tuple[str, int], Finding] = {}
    with precision(BITS, 1):
        for name, answer in answers.items():
            for entries, slopes in rows:
                values = [answer.entries[e] for e in entries]
                bounds = [limits[name][e] if name in limits else borrowed(name, limits, e) for e in entries]
                for k, (e, judgement) in enumerate(zip(entries, _judged(values, bounds, slopes, terrain), strict=True)):
                    truth = nearest(slopes.derivative[k]) if slopes.derivative else None
                    found[name, e] = replace(case.finding(name, e, values[k], judgement), reference=truth)
    return [found[name, e] for name in answers for e in range(len(case.indices))]


def _rows(case: Case) -> list[tuple[list[int], Slopes]]:
    """The entries that belong together, and the slopes that they should be."""
    n, operator, outputs = len(case.task.wrt), case.task.operator, range(len(case.problem.graph.outputs))
    germs = Germs(case.problem.graph, case.x, case.again)
    if operator in HIGHER:
        from symdiff.crosscheck.higher import higher  # it stands on the rays

        size = len(case.indices) // len(outputs)
        each = (higher(Rays(case, o, germs), case.task, case.vector) for o in outputs)
        return [(list(range(o * size, (o + 1) * size)), slopes) for o, slopes in zip(outputs, each, strict=True)]
    if operator in ("jvp", "vjp"):
        return _products(case, [Rays(case, o, germs).first() for o in outputs])
    rows: list[tuple[list[int], Slopes]] = []
    first = 0
    if operator == "value_and_grad":
        with np.errstate(all="ignore"):
            value = run(case.problem.graph, "forward", case.x, np.float64)[case.problem.graph.outputs[0]]
        rows, first = [([0], Slopes(derivative=(arb(float(value)),)))], 1
    for o in outputs:
        rows.append((list(range(first + o * n, first + (o + 1) * n)), Rays(case, o, germs).first()))
    return rows


def _products(case: Case, each: Sequence[Slopes]) -> list[tuple[list[int], Slopes]]:
    """The entries of jvp and vjp, where every component has a derivative."""
    n, v = len(case.task.wrt), [arb(w) for w in case.vector]
    if case.task.operator == "jvp":
        return [([o], _along(s, v) or _product(s, lambda s=s: [_dot(s.derivative, v)])) for o, s in enumerate(each)]
    if len(each) == 1 and (each[0].nearby or each[0].jumps):  # of one value: its own gradient, times a number
        nearby = tuple(tuple(v[0] * d for d in row) for row in each[0].nearby)
        return [(list(range(n)), replace(each[0], nearby=nearby))]
    without = next((s for s in each if not s.derivative), each[0])
    columns = [*zip(*(s.derivative for s in each), strict=False)]  # one without a derivative leaves none
    return [(list(range(n)), _product(without, lambda: [_dot(column, v) for column in columns]))]


def _along(slopes: Slopes, v: Sequence[arb]) -> Slopes | None:
    """The slopes along a vector where they depend on the direction, or f jumps; None where there is a derivative, or
    nothing is known."""
    if not (slopes.nearby or slopes.jumps):
        return None
    return replace(slopes, nearby=tuple((_dot(row, v),) for row in slopes.nearby))


def _product(slopes: Slopes, numbers: Callable[[], Sequence[arb]]) -> Slopes:
    if not slopes.derivative:
        return Slopes(unclear=slopes.unclear or slopes.says)
    return replace(slopes, derivative=tuple(numbers()))


@dataclass(eq=False)
class Rays:
    """One component of the function along rays from the point."""

    case: Case
    output: int
    germs: Germs
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    count: int = 0

    @property
    def n(self) -> int:
        return len(self.case.task.wrt)

    def axis(self, i: int, by: int = 1) -> list[arb]:
        return [arb(by if k == i else 0) for k in range(self.n)]

    def random(self) -> list[arb]:
        return [arb(float(v)) for v in self.rng.uniform(0.5, 1.5, self.n) * self.rng.choice([-1.0, 1.0], self.n)]

    def along(self, direction: Sequence[arb]) -> Along | None:
        """The series; None where f is not defined that way."""
        self.count += 1
        try:
            return self.germs.along(self._whole(direction))[self.output]
        except Outside:
            return None

    def _whole(self, direction: Sequence[arb]) -> list[arb]:
        return list(spread(self.case.task.wrt, direction, len(self.case.x)))

    def first(self) -> Slopes:
        try:
            return replace(self.first_slopes(), rays=self.count)
        except Unclear as e:
            return Slopes(unclear=str(e))

    # -- first derivatives ---------------------------------------------------------------------------------------

    def first_slopes(self) -> Slopes:
        right = [self.along(self.axis(i)) for i in range(self.n)]
        left = [self.along(self.axis(i, -1)) for i in range(self.n)]
        others = [(v, self.along(v)) for v in (self.random() for _ in range(0 if self.n == 1 else 6))]
        jumps = self._jumps([*right, *left, *(s for _, s in others)])
        if jumps and not self.case.problem.graph.guards:
            return Slopes(says="f jumps here", jumps=True)
        up, down = ([None if s is None else slope(s, 1) for s in some] for some in (right, left))
        if jumps:  # between the branches of the caller's code: the slope is that of one of them
            return Slopes(nearby=tuple(self._nearby(up, down)), says="f jumps here", jumps=True)
        if any(d is None and u is None for u, d in zip(up, down, strict=True)):
            raise Unclear("f is defined on neither side")
        if any(isinstance(s, float) for s in (*up, *down)):
            return self._infinite(up, down)
        g = tuple(arb(u if u is not None else -d) for u, d in zip(up, down, strict=True))  # type: ignore[operator]  # one is there
        both = all(u is None or d is None or close(u, -d) for u, d in zip(up, down, strict=True))  # type: ignore[operator]  # no floats
        if both and all(s is None or close(finite(s, 1), _dot(g, v)) for v, s in others):
            one_sided = any(s is None for s in (*up, *down))
            return Slopes(derivative=g, says="the one-sided derivative" if one_sided else "")
        return Slopes(nearby=tuple(self._nearby(up, down)), says="its slope depends on the direction")

    def _jumps(self, rays: Sequence[Along | None]) -> bool:
        """Whether f tends to another value than its own along one of them."""
        with np.errstate(all="ignore"):
            values = run(self.case.problem.graph, "forward", self.case.x, np.float64)
        own = float(values[self.case.problem.graph.outputs[self.output]])
        for ray in rays:
            if ray is None or ray.zero:
                limit = 0.0
                if ray is None:
                    continue
            elif ray.val < 0:
                return True
            else:
                limit = float(ray.power(0))
            if not abs(limit - own) <= JUMP * max(abs(limit), abs(own)):
                return True
        return False

    def _infinite(self, up: Sequence[arb | float | None], down: Sequence[arb | float | None]) -> Slopes:
        between = []
        for u, d in zip(up, down, strict=True):
            sides = [float(s) for s in (u, None if d is None else -d) if s is not None]
            between.append((min(sides), max(sides)))
        return Slopes(between=tuple(between), says="its slope is infinite")

    def _nearby(self, up: Sequence[arb | float | None], down: Sequence[arb | float | None]) -> list[Numbers]:
        """Limits of the gradient along directions."""
        if self.n == 1:
            return [(arb(s),) for s in (up[0], None if down[0] is None else -down[0]) if s is not None]
        found, directions = [], 6 * self.n + 12
        each = 1 if self.case.problem.graph.guards else self.n + 1
        if directions * each * len(self.case.problem.graph.nodes) > 2 * MOST_STEPS:
            raise Unclear("its slope depends on the direction, of which there are too many")
        for _ in range(directions):
            v = self.random()
            limit = self.limit(v)
            if limit is not None:
                found.append(limit)
        return found

    def limit(self, v: Sequence[arb]) -> Numbers | None:
        """The gradient's limit along v: that of the recording there, or how the slope moves with the direction, by a
        very small nudge."""
        rows = self.germs.slopes(self._whole(v), self.case.task.wrt) if self.case.problem.graph.guards else None
        if rows is not None:
            return tuple(rows[self.output])
        at = self.along(v)
        if at is None:
            return None
        base, found = finite(at, 1), []
        for i in range(self.n):
            nudged = self.along([d + arb(NUDGE) if k == i else d for k, d in enumerate(v)])
            if nudged is None:
                return None
            found.append(((finite(nudged, 1) - base) / arb(NUDGE)).mid())
        return tuple(found)


def slope(ray: Along, order: int) -> arb | float:
    """The coefficient of t**order; infinite where a lower power (but for whole ones) goes before it."""
    low = [
        Fraction(ray.val + k, Q) for k, c in enumerate(ray.coefficients[: TERMS // 2])
        if not nought(c) and order - 1 < Fraction(ray.val + k, Q) < order
    ]  # fmt: skip
    if low:
        c = ray.power(low[0])
        if c.contains(0):
            raise Unclear("whether the slope is infinite cannot be told")
        return math.inf if c > 0 else -math.inf
    return ray.power(order)


def finite(ray: Along, order: int) -> arb:
    found = slope(ray, order)
    if not isinstance(found, arb):
        raise Unclear("the slope is infinite in some direction")
    return found


def close(a: arb, b: arb) -> bool:
    """Certainly no further apart than the precision would leave two numbers that are one."""
    gap = abs(a - b)
    return bool(gap <= arb(CLOSE) * (1 + abs(a) + abs(b)))


def _dot(g: Sequence[arb], v: Sequence[arb]) -> arb:
    total = arb(0)
    for a, b in zip(g, v, strict=True):
        total += a * b
    return total


# -- the verdicts ------------------------------------------------------------------------------------------------


def _judged(
    values: Sequence[float], bounds: Sequence[Bounds | None], slopes: Slopes, terrain: Terrain
) -> list[Judgement]:
    where = f"kink: {terrain.kink}"
    if slopes.unclear:
        return [Judgement(Verdict.UNDECIDED, "", f"{where}; {slopes.unclear}")] * len(values)
    if slopes.nearby and slopes.jumps:
        found = _together(values, [_may_be_off(*both) for both in zip(values, bounds, strict=True)], slopes, where)
        other = Judgement(Verdict.UNDECIDED, "", f"{where}; {slopes.says}, and the slope of no branch is this")
        return [other if f.verdict is Verdict.DIFFER else f for f in found]
    if slopes.jumps:
        return [Judgement(Verdict.KINK, "certified", f"{where}; {_taken(v)}, {slopes.says}") for v in values]
    if slopes.between and len(slopes.between) != len(values):
        said = f"{where}; an infinite slope, and not of every entry by itself"
        return [Judgement(Verdict.UNDECIDED, "", said)] * len(values)
    if slopes.between:
        return [_in_between(v, b, where) for v, b in zip(values, slopes.between, strict=True)]
    if slopes.derivative:
        each = zip(values, slopes.derivative, bounds, strict=True)
        return [_held(v, d, b, terrain, slopes) for v, d, b in each]
    return _in_the_hull(values, bounds, slopes, terrain)


def _taken(value: float) -> str:
    return f"{value:.6g} is taken"


def _in_between(value: float, between: tuple[float, float] | None, where: str) -> Judgement:
    if between is None:
        return Judgement(Verdict.UNDECIDED, "", f"{where}; a term without such a series goes before it")
    low, high = between
    if low == high and math.isfinite(low):
        if math.isfinite(value) and abs(value - low) <= A_FEW_ULPS * math.ulp(low):
            return Judgement(Verdict.AGREE, "certified", "")
        return Judgement(Verdict.DIFFER, "certified", f"{value:.6g}, and it is {low:.6g} ({where})")
    if math.isnan(value):
        return Judgement(Verdict.KINK, "certified", f"{where}; nan is taken: in some direction the slope is infinite")
    if low <= value <= high:
        said = "the slope is infinite" if low == high else f"{_taken(value)}, the slopes are {low:.6g} and {high:.6g}"
        return Judgement(Verdict.KINK, "certified", f"{where}; {said}")
    one = f"the slope is {low:.6g}" if low == high else f"the slopes on both sides are {low:.6g} and {high:.6g}"
    return Judgement(Verdict.DIFFER, "certified", f"{value:.6g}, but {one} ({where})")


def _held(value: float, truth: arb, bounds: Bounds | None, terrain: Terrain, slopes: Slopes) -> Judgement:
    """There is a derivative, and this is it."""
    one = "slopes" if slopes.of == "gradient" else "series"
    function = "linear function" if slopes.of == "gradient" else "derivative's"
    why = f"f is differentiable here: {terrain.kink}, and the {one} along {slopes.rays} rays are one {function}"
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
    found = {
        k: _held(values[k], slopes.nearby[0][k], bounds[k], terrain, replace(slopes, says="")) for k in sorted(fixed)
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
    if inside is False and len(values) == 1:  # of one variable both sides are known
        sides = " and ".join(f"{float(s[0]):.6g}" for s in slopes.nearby)
        said = f"{values[0]:.6g} is not between {sides}, the slopes on both sides"
        return [Judgement(Verdict.DIFFER, "certified", f"{said} ({where})")]
    if inside is False and seen_again and known:
        said = f"as a whole outside the convex hull of the {of}, each of which was met more than once"
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
