"""A point where some step has no slope (sqrt at 0, 0/0, a jump): does the whole have a derivative there, and which?

Series along rays answer (`expansions`): both ways along every axis, and along random directions. Where the slopes of
all are those of one linear function, that is the derivative: a finite value is due, and nan is wrong. Where f jumps, or
its slopes depend on the direction, there is none: a value is a convention if it belongs to the slopes nearby, their
limits along random directions and the convex hull of these. That rests on the directions that were looked at, and the
finding says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from flint import arb

from symdiff import balls
from symdiff.balls import precision
from symdiff.crosscheck.draws import weights
from symdiff.crosscheck.judging import Case, borrowed, nearest
from symdiff.crosscheck.kinks.branches import limits_of
from symdiff.crosscheck.kinks.edges import Unclear
from symdiff.crosscheck.kinks.expansions import TERMS, Outside
from symdiff.crosscheck.kinks.general_series import Series
from symdiff.crosscheck.kinks.germs import Germs
from symdiff.crosscheck.kinks.jumps import beside
from symdiff.crosscheck.kinks.slopes import Numbers, Slopes, judged
from symdiff.crosscheck.places.terrain import Terrain
from symdiff.crosscheck.report import Finding
from symdiff.graph import run
from symdiff.methods.base import Answer, spread
from symdiff.ops import TABLE

FIRST = ("grad", "value_and_grad", "jacobian", "jvp", "vjp")
HIGHER = ("hessian", "hvp", "third", "tvp")
BITS, CLOSE = 512, 2.0**-200
MOST_STEPS = 20_000  # of all rays together: some seconds
NUDGE = 2.0**-120  # of a direction: how the slope moves with it
JUMP = 1e-9  # relative: more than the rounding of f's own value


def decidable(case: Case, terrain: Terrain) -> bool:
    """Whether this operator at this point is looked at here."""
    from symdiff.crosscheck.kinks.summands import cost  # it stands on the rays

    inputs, task, case = len(case.task.wrt), case.task, settled(case, terrain)
    if terrain.outside or not inputs or len(set(task.wrt)) < inputs:
        return False
    if case.problem.graph.guards and case.again is None:
        return False
    return task.operator in (*FIRST, *HIGHER) and cost(case) <= MOST_STEPS


def settled(case: Case, terrain: Terrain) -> Case:
    """The case without what the caller's code decides, if no tie and no jump has a part in it: then it decides the same
    all around the point."""
    graph = case.problem.graph
    if not graph.guards or terrain.unsure:
        return case
    rows = [TABLE[graph.nodes[i].op] for i in set(graph.live([g for g, _ in graph.guards])).intersection(terrain.kinks)]
    if any(row.kink is not None and row.kink.jump for row in rows):
        return case
    alone = graph.copy()
    alone.guards = []
    return replace(case, problem=replace(case.problem, graph=alone), again=None)


def findings(case: Case, answers: Mapping[str, Answer], terrain: Terrain) -> list[Finding]:
    """The verdict on every entry of every method and claim."""
    from symdiff.crosscheck.kinks.summands import rows as rows_of  # it stands on the rays

    with precision(BITS, TERMS):
        rows = rows_of(settled(case, terrain))
    limits, _ = limits_of(case, answers)
    found: dict[tuple[str, int], Finding] = {}
    with precision(BITS, 1):
        for name, answer in answers.items():
            for entries, slopes in rows:
                values = [answer.entries[e] for e in entries]
                bounds = [limits[name][e] if name in limits else borrowed(name, limits, e) for e in entries]
                for k, (e, judgement) in enumerate(zip(entries, judged(values, bounds, slopes, terrain), strict=True)):
                    truth = nearest(slopes.derivative[k]) if slopes.derivative else None
                    found[name, e] = replace(case.finding(name, e, values[k], judgement), reference=truth)
    return [found[name, e] for name in answers for e in range(len(case.indices))]


@dataclass(eq=False)
class Rays:
    """One component of the function along rays from the point."""

    case: Case
    output: int
    germs: Germs
    steps: int  # of the function, that depend on the inputs
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    count: int = 0

    @property
    def n(self) -> int:
        return len(self.case.task.wrt)

    def axis(self, i: int, by: int = 1) -> list[arb]:
        return [arb(by if k == i else 0) for k in range(self.n)]

    def random(self) -> list[arb]:
        return [arb(float(v)) for v in weights(self.rng, self.n)]

    def skew(self) -> list[arb]:
        """Some entries small beside others: where a step weighs two against each other, a side may be that narrow."""
        sizes = 10.0 ** self.rng.uniform(-2.5, 0.0, self.n)
        return [arb(float(v)) for v in sizes * self.rng.choice([-1.0, 1.0], self.n)]

    def along(self, direction: Sequence[arb]) -> Series | None:
        """The series; None where f is not defined that way."""
        self.count += 1
        try:
            return self.germs.along(self._whole(direction))[self.output]
        except Outside:
            return None

    def _whole(self, direction: Sequence[arb]) -> list[arb]:
        return list(spread(self.case.task.wrt, direction, len(self.case.x)))

    def straight(self, v: Sequence[arb]) -> Slopes:
        """The slopes along one direction, both ways."""
        try:
            up, down = (slope(ray, 1) for w in (v, [-d for d in v]) if (ray := self.along(w)) is not None)
        except (Unclear, ValueError) as e:
            return Slopes(unclear=str(e) if isinstance(e, Unclear) else "f is not defined on both sides")
        if not isinstance(up, float) and not isinstance(down, float):
            return Slopes(unclear="its slope is infinite in other directions")
        ends = float(up), -float(down)
        return Slopes(between=((min(ends), max(ends)),), says="its slope is infinite", rays=self.count)

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
        if jumps and any(s is not None and s.val < 0 for s in (*right, *left, *(s for _, s in others))):
            return Slopes(says="f jumps here", jumps=True)  # to where there is no slope
        up, down = ([None if s is None else slope(s, 1) for s in some] for some in (right, left))
        if any(d is None and u is None for u, d in zip(up, down, strict=True)):
            raise Unclear("f is defined on neither side")
        if jumps:
            return beside(self, up, down)
        if any(isinstance(s, float) for s in (*up, *down)):
            return self._infinite(up, down)
        g = tuple(arb(u if u is not None else -d) for u, d in zip(up, down, strict=True))  # type: ignore[operator]  # one is there
        both = all(u is None or d is None or close(u, -d) for u, d in zip(up, down, strict=True))  # type: ignore[operator]  # no floats
        if both and all(s is None or close(finite(s, 1), dot(g, v)) for v, s in others):
            one_sided = any(s is None for s in (*up, *down))
            return Slopes(derivative=g, says="the one-sided derivative" if one_sided else "")
        return Slopes(nearby=tuple(self.nearby(up, down)), says="its slope depends on the direction")

    def _jumps(self, rays: Sequence[Series | None]) -> bool:
        """Whether f tends to another value than its own along one of them."""
        graph = self.case.problem.graph
        end = graph.outputs[self.output]
        with precision(BITS, 0):
            exact = run(graph, "ball", [balls.const(v) for v in self.case.x], balls.const, graph.live([end]))[end].value
        if exact.is_finite():
            known = (ray for ray in rays if ray is not None)
            return any(ray.val < 0 or not close(ray.power(0), exact) for ray in known)
        with np.errstate(all="ignore"):
            own = float(run(graph, "forward", self.case.x, np.float64)[end])
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

    def nearby(self, up: Sequence[arb | float | None], down: Sequence[arb | float | None]) -> list[Numbers]:
        """Limits of the gradient along directions."""
        if self.n == 1:
            return [(arb(s),) for s in (up[0], None if down[0] is None else -down[0]) if s is not None]
        found, directions = [], 6 * self.n + 12
        each = 1 if self.case.problem.graph.guards else self.n + 1
        if directions * each * self.steps > 2 * MOST_STEPS:
            raise Unclear("its slope depends on the direction, of which there are too many")
        for k in range(directions):
            limit = self.limit(self.skew() if k % 2 else self.random())
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
        for direction in self.beside(v):
            nudged = self.along(direction)
            if nudged is None:
                return None
            found.append(((finite(nudged, 1) - base) / arb(NUDGE)).mid())
        return tuple(found)

    def beside(self, v: Sequence[arb]) -> list[list[arb]]:
        """The directions very near to one, an axis each."""
        return [[d + arb(NUDGE) if k == i else d for k, d in enumerate(v)] for i in range(self.n)]


def slope(ray: Series, order: int) -> arb | float:
    """The coefficient of t**order; infinite where a lower power, but for whole ones, or a logarithm goes before it."""
    for p, j, c in ray.terms(order - 1, order):
        regular = (p == order and not j) or (p == order - 1 and not (j and p))
        if not regular:
            if c.contains(0):
                raise Unclear("whether the slope is infinite cannot be told")
            return math.inf if (c > 0) == (j % 2 == 0) else -math.inf
    return ray.power(order)


def finite(ray: Series, order: int) -> arb:
    found = slope(ray, order)
    if not isinstance(found, arb):
        raise Unclear("the slope is infinite in some direction")
    return found


def close(a: arb, b: arb) -> bool:
    """Certainly no further apart than the precision would leave two numbers that are one."""
    gap = abs(a - b)
    return bool(gap <= arb(CLOSE) * (1 + abs(a) + abs(b)))


def dot(g: Sequence[arb], v: Sequence[arb]) -> arb:
    """The scalar product."""
    total = arb(0)
    for a, b in zip(g, v, strict=True):
        total += a * b
    return total
