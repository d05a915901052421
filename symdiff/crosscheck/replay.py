"""Lamp R: does the graph replay the caller's own function, at the point and elsewhere?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from symdiff.arrays import ArrayProblem, flat
from symdiff.balls import precision
from symdiff.crosscheck.certified.rounding import Bounds, bounds
from symdiff.crosscheck.large.noise import FACTOR, of_constants
from symdiff.crosscheck.places.terrain import FIRST_BITS, Terrain, survey
from symdiff.crosscheck.report import Lamp
from symdiff.crosscheck.sites import Site
from symdiff.methods.ball import enclosures
from symdiff.methods.base import Program, Task
from symdiff.problem import Problem

NO_CALLABLE = "text has no callable of its own"
NOT_A_FUNCTION = "own function gives another value every time it is called: a random draw, or a state it keeps"
ELSEWHERE = (1e-9, 1e-3, -1e-3, 0.3, -0.3)  # steps away from the point, relative; to both sides


def replay(sites: Sequence[tuple[Site, Terrain]]) -> Lamp:
    """R: the caller's own function against the certified value of the graph."""
    lamp = Lamp("off", "no point inside the domain")
    for site, terrain in sites:
        if site.problem.own is None:
            return Lamp("off", NO_CALLABLE)
        if terrain.outside or terrain.unsure:
            lamp = lamp if lamp.state == "green" or terrain.outside else Lamp("off", terrain.unsure)
            continue
        found = _here(site, terrain)
        if found.state == "green" and site.problem.origin is not None:
            found = _elsewhere(site)
        if found.state != "green":
            return found
        lamp = found
    return lamp


def _here(site: Site, terrain: Terrain) -> Lamp:
    gap = _gap(site.problem, site.x, terrain.bits)
    if gap is None:
        return Lamp("green")
    own, truth = gap
    if math.isnan(own) and site.problem.language == "sympy":  # log|gamma| is real where loggamma is not
        return Lamp("unsure", f"SymPy's own value is not real at {_at(site)}")
    if site.recording is not None and not _repeats(site):
        return Lamp("red", NOT_A_FUNCTION)
    if not math.isfinite(own) and _overflows(site.problem, site.x):
        return Lamp("unsure", f"own function gives {float(own)!r}, and so do the graph's floats: overflow on the way")
    return Lamp("red", f"own function gives {own!r}, the graph {truth!r} at {_at(site)}")


def _gap(problem: Problem, x: Sequence[float], bits: int) -> tuple[float, float] | None:
    """The first component in which the own function is further from the graph than rounding takes it."""
    with precision(bits):
        truth = enclosures(problem, Task("value", ()), x, ())
    limits: list[Bounds] = []
    allowed: np.ndarray | None = None
    for k, (y, own) in enumerate(zip(truth, components(problem, x), strict=True)):
        if own == float(y):  # inf, too, of which no difference can be taken
            continue
        error, ulps = (abs(own - float(y)) if math.isfinite(own) else math.inf), 4 * math.ulp(float(y))
        if error <= ulps and not math.isinf(error):  # near enough, whatever rounding may do
            continue
        limits = limits or bounds(Program(problem.graph), x)
        if not error <= 2 * limits[k].program + ulps or math.isinf(error):
            allowed = _of_constants(problem, x) if allowed is None else allowed
            if math.isinf(error) or not error <= 2 * limits[k].program + ulps + allowed[k]:
                return float(own), float(y)
    return None


def _of_constants(problem: Problem, x: Sequence[float]) -> np.ndarray:
    """How far rounding may take each component by way of constants in a narrower dtype."""
    origin = problem.origin
    if origin is None or not origin.rounds_constants:
        return np.zeros(len(problem.graph.outputs))
    return FACTOR * flat(of_constants(origin, origin.leaves(x)))


def _overflows(problem: Problem, x: Sequence[float]) -> bool:
    """Whether the own function's floats and the graph's leave the range on the way, the ones like the others."""
    own, graph = np.array(components(problem, x), float), np.array(problem.evaluate(x), float)
    limits = bounds(Program(problem.graph), x)
    lost = ~np.isfinite(graph) & np.array([bool(limit.overflow) for limit in limits])
    return bool(lost.any()) and np.array_equal(own[lost], graph[lost], equal_nan=True)


def _repeats(site: Site) -> bool:
    first, second = components(site.problem, site.x), components(site.problem, site.x)
    return np.array_equal(first, second, equal_nan=True)


def _elsewhere(site: Site) -> Lamp:
    """The recorded graph at other points than the one where it was recorded: a random draw, a global that was
    read once, a branch that was taken unnoticed are constants of the graph, and not of the function."""
    problem = site.problem.origin
    if not _repeats(site):
        return Lamp("red", NOT_A_FUNCTION)
    rng, leaves = np.random.default_rng(0), problem.leaves(site.x)
    direction = [rng.uniform(-1, 1, np.shape(v)) for v in leaves]
    for step in ELSEWHERE:
        moved = [np.asarray(v * (1 + step * d)) for v, d in zip(leaves, direction, strict=True)]
        if not problem.holds(moved):
            continue  # the caller's code decides otherwise there, and it was noted
        if _gives_the_same(problem, moved):
            continue
        try:
            scalars, x = problem.scalars(moved), tuple(flat(moved))
            gap = _gap(scalars, x, FIRST_BITS)
        except Exception as e:  # noqa: BLE001 - the caller's code may not like that point, in any way
            return Lamp("green", f"not replayed {abs(step):.0e} away: {type(e).__name__}")
        if gap is not None and not math.isfinite(gap[0]) and survey(scalars, x).outside:
            continue  # it is not defined there, and the own function says so: nan, or the infinity of 0**-1
        if gap is not None and (math.isfinite(gap[0]) or not _overflows(scalars, x)):
            return Lamp(
                "red",
                f"{abs(step):.0e} away from the point, where it was recorded, the own function gives {gap[0]:.9g}, the "
                f"graph {gap[1]:.9g}: it depends on more than its arguments, or took a branch that was not seen",
            )
    return Lamp("green")


def _gives_the_same(problem: ArrayProblem, leaves: Sequence[np.ndarray]) -> bool:
    """Whether the own function's floats are the graph's, finite, and bit by bit: then no enclosure is needed."""
    with np.errstate(all="ignore"):
        try:
            own, graph = (flat([np.asarray(v, float) for v in f(leaves)]) for f in (problem.own, problem.evaluate))
        except Exception:  # noqa: BLE001 - the caller's code may not like that point, in any way
            return False
    return bool(np.isfinite(own).all()) and np.array_equal(own, graph)


def components(problem: Problem, x: Sequence[complex]) -> list:
    """The own function's value, one entry a component."""
    assert problem.own is not None
    with np.errstate(all="ignore"):  # overflow is an answer here, and no warning
        result = problem.own(*x)
    return list(result) if problem.vector else [result]


def _at(site: Site) -> str:
    shown = [f"{n} = {float(v):.6g}" for n, v in zip(site.problem.names, site.x, strict=True)]
    return ", ".join(shown[:6]) + (", ..." if len(shown) > 6 else "")
