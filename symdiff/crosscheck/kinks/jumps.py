"""A point where f jumps: there is no derivative, and a number that is taken all the same is a slope beside the jump.

Every entry is looked at by itself. It may be a slope of a side, or lie between those of two; or what the code has at
the very point, where a step that jumps is the number that it is there: 5 of where(x == 0, 5*x, x + 1) at 0. Of one
input both sides are known, of more the slopes along some rays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flint import arb

from symdiff.crosscheck.kinks.edges import Unclear, without_clip
from symdiff.crosscheck.kinks.slopes import Numbers, Slopes
from symdiff.crosscheck.kinks.step_slopes import StepSlopes

if TYPE_CHECKING:
    from symdiff.crosscheck.kinks.singular import Rays

SAYS = "f jumps here"
STEADY = 2.0**-200  # what a height may be off that does not hang on the direction
BRANCHES = "the slope of no branch is this"


def beside(rays: Rays, up: Sequence[arb | float | None], down: Sequence[arb | float | None]) -> Slopes:
    """The slopes beside a jump, entry by entry, from those along every axis."""
    if rays.n > 1 and not _steady(rays):
        return Slopes(says=SAYS, jumps=True)  # as of atan2 at (0, 0): the slopes have no bound nearby
    open_ = ""
    try:
        limits = rays.nearby(up, down) if rays.n > 1 else []
    except Unclear as e:
        limits, open_ = [], str(e)
    own = _own(rays)
    if own is None:
        open_ = open_ or BRANCHES
    ranges = []
    for i, sides in enumerate(zip(up, down, strict=True)):
        each = [by * float(s) for s, by in zip(sides, (1, -1), strict=True) if s is not None]
        each += [float(limit[i]) for limit in limits]
        each += [float(end) for end in (own[i].lower(), own[i].upper())] if own else []
        ranges.append((min(each), max(each)))
    branches = tuple(limits) if rays.case.problem.graph.guards else ()
    return Slopes(nearby=branches, between=tuple(ranges), says=SAYS, jumps=True, sampled=rays.n > 1, open=open_)


def higher(rays: Rays, m: int) -> Slopes:
    """The m-th derivatives beside a jump, of one input; of more, any number is taken for one."""
    from symdiff.crosscheck.kinks.singular import finite  # it stands on this

    if rays.n > 1:
        return Slopes(says=SAYS, jumps=True, rays=rays.count)
    sides = [(by, ray) for by in (1, -1) if (ray := rays.along(rays.axis(0, by))) is not None]
    each = [float(math.factorial(m) * by**m * finite(ray, m)) for by, ray in sides]
    own = _own(rays, m)
    each += [float(end) for end in (own[0].lower(), own[0].upper())] if own else []
    open_ = "" if own else BRANCHES
    return Slopes(between=((min(each), max(each)),), says=SAYS, jumps=True, rays=rays.count, open=open_)


def _steady(rays: Rays) -> bool:
    """Whether f goes to the same height along rays that lie close together."""
    v = rays.random()
    heights = [ray.power(0) for w in (v, *rays.beside(v)) if (ray := rays.along(w)) is not None]
    return all(abs(h - heights[0]) <= STEADY for h in heights)


def _own(rays: Rays, order: int = 1) -> Numbers | None:
    """What the code has at the point itself, input by input; None where that is not known."""
    graph = without_clip(rays.case.problem.graph)
    form = StepSlopes(graph, rays.case.x, rays.case.task.wrt, rays.output, order).form_of_all()
    found = tuple(form[(i,) * order] for i in range(rays.n)) if form is not None else ()
    return found if found and all(math.isfinite(float(end)) for c in found for end in (c.lower(), c.upper())) else None
