"""Lamp R: does the graph replay the caller's own function, at the point and elsewhere?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, flat
from symdiff.balls import precision
from symdiff.crosscheck.certified.rounding import Bounds, bounds
from symdiff.crosscheck.large.noise import FACTOR, of_constants
from symdiff.crosscheck.places.terrain import FIRST_BITS, Terrain, survey
from symdiff.crosscheck.report import Lamp
from symdiff.crosscheck.sites import Site
from symdiff.crosscheck.verdict import lost
from symdiff.graph import run
from symdiff.methods.ball import enclosures
from symdiff.methods.base import Arithmetic, Program, Task
from symdiff.problem import Problem

NO_CALLABLE = "text has no callable of its own"
NOT_A_FUNCTION = "own function gives another value every time it is called: a random draw, or a state it keeps"
ELSEWHERE = (1e-9, 1e-3, -1e-3, 0.3, -0.3)  # steps away from the point, relative; to both sides
FURTHER = (3.0, -3.0)  # where the point itself tells nothing, as its values are lost


@dataclass(frozen=True, slots=True)
class Gap:
    """A component in which the own function is further from the graph than rounding takes it. `why` says what explains
    it all the same, floats that overflow or underflow; "" where nothing does."""

    own: float
    graph: float
    why: str


def replay(sites: Sequence[tuple[Site, Terrain]]) -> Lamp:
    """R: the caller's own function against the certified value of the graph; where that is out of the reach of floats,
    against the graph's floats."""
    lamp = Lamp("off", "no point inside the domain")
    for site, terrain in sites:
        if site.problem.own is None:
            return Lamp("off", NO_CALLABLE)
        if terrain.outside or terrain.unsure:
            lamp = lamp if lamp.state in ("green", "unsure") or terrain.outside else Lamp("off", terrain.unsure)
            continue
        found = _here(site, terrain)
        if found.state != "red" and site.problem.origin is not None:
            elsewhere = _elsewhere(site, ELSEWHERE if found.state == "green" else ELSEWHERE + FURTHER)
            found = elsewhere if found.state == "green" or elsewhere.state == "red" else found
        if found.state == "red":
            return found
        lamp = lamp if lamp.state == "unsure" else found
    return lamp


def _here(site: Site, terrain: Terrain) -> Lamp:
    gap = _gap(site.problem, site.x, terrain.bits)
    if gap is None:
        return Lamp("green")
    if math.isnan(gap.own) and site.problem.language == "sympy":  # log|gamma| is real where loggamma is not
        return Lamp("unsure", f"SymPy's own value is not real at {_at(site)}")
    if site.recording is not None and not _repeats(site):
        return Lamp("red", NOT_A_FUNCTION)
    says = f"own function gives {gap.own!r}, the graph {gap.graph!r} at {_at(site)}"
    return Lamp("unsure", f"{says}: {gap.why}") if gap.why else Lamp("red", says)


def _gap(problem: Problem, x: Sequence[float], bits: int) -> Gap | None:
    """The first component in which the own function is further from the graph than rounding takes it; one that nothing
    explains goes before one that something does."""
    with precision(bits):
        truth = enclosures(problem, Task("value", ()), x, ())
    limits: list[Bounds] = []
    allowed: np.ndarray | None = None
    found: Gap | None = None
    floats: list[float] = []
    for k, (y, own) in enumerate(zip(truth, components(problem, x), strict=True)):
        if own == float(y):  # inf, too, of which no difference can be taken
            continue
        error, ulps = (abs(own - float(y)) if math.isfinite(own) else math.inf), 4 * math.ulp(float(y))
        if error <= ulps < math.inf:  # near enough, whatever rounding may do
            continue
        limits = limits or bounds(as_run(problem), x)
        explicable = 2 * limits[k].program + ulps
        if error <= explicable < math.inf:
            continue
        allowed = _of_constants(problem, x) if allowed is None else allowed
        if error <= explicable + allowed[k] < math.inf:
            continue
        floats = floats or list(map(float, problem.evaluate(x)))
        if math.isinf(limits[k].program) and own == floats[k] and math.isfinite(floats[k]):
            continue  # no digit is left of either, and they are the same
        why = _explained(problem, x, k, float(own), float(y), limits[k], floats[k])
        if not why:
            return Gap(float(own), float(y), "")
        found = found or Gap(float(own), float(y), why)
    return found


def as_run(problem: Problem) -> Program:
    """The graph as the own function is run: XLA takes subnormal numbers for zero."""
    if problem.language != "jax":
        return Program(problem.graph)
    from symdiff.methods.jax.accuracy import XLA  # JAX's room is entered where the function is JAX's

    return Program(problem.graph, arithmetic=Arithmetic(tiny=XLA.tiny))


def _explained(
    problem: Problem, x: Sequence[float], k: int, own: float, truth: float, limit: Bounds, floats: float
) -> str:
    """Which loss of the floats explains a value that is no rounding of the graph's; "" for none. `floats` is the value
    that the graph has in floats."""
    if limit.overflow and not math.isfinite(own) and _same(own, floats):
        return f"{limit.overflow} overflows on the way"
    if math.isinf(limit.program):
        return lost(limit)
    lost_range = own == 0.0 or not math.isfinite(own)
    if lost_range and not _same(own, floats) and problem.origin is not None and _same(own, _on_arrays(problem, x, k)):
        return "the graph's floats overflow or underflow on the way, too, before it is taken apart"
    if abs(_in_long_double(problem, x, k) - truth) <= limit.program + 4 * math.ulp(truth):
        return "in long double it gives the graph's value: float64 overflows, underflows or loses digits on the way"
    return _in_another_order(problem, x, k) if lost_range else ""


def _in_another_order(problem: Problem, x: Sequence[float], k: int) -> str:
    """Which product of three factors or more leaves the range if it is multiplied in another order, as JAX may do: the
    recording of a product has an order of its own, and JAX no long double to ask."""
    graph = problem.graph
    with np.errstate(all="ignore"):
        values = run(graph, "forward", x, np.float64)
    small: dict[int, float] = {}  # the logarithm of the smallest and of the largest product of some of the factors
    large: dict[int, float] = {}
    for i in graph.live([graph.outputs[k]]):
        args = graph.nodes[i].args
        if graph.nodes[i].op != "mul":
            size = math.log2(abs(values[i])) if graph.nodes[i].kind == "f" and 0.0 < abs(values[i]) < math.inf else 0.0
            small[i], large[i] = min(size, 0.0), max(size, 0.0)
            continue
        small[i], large[i] = (sum(of[a] for a in args) for of in (small, large))
        if any(graph.nodes[a].op == "mul" for a in args) and (small[i] < -1022 or large[i] > 1024):
            return f"{graph.names()[i]} = mul leaves the range of float64 if its factors come in another order"
    return ""


def _on_arrays(problem: Problem, x: Sequence[float], k: int) -> float:
    """A component by the graph before it was taken apart, which adds and multiplies in another order."""
    return float(flat(problem.origin.evaluate(problem.origin.leaves(x)))[k])


def _in_long_double(problem: Problem, x: Sequence[float], k: int) -> float:
    """A component of the own function given numbers of a wider range and more digits; nan where it takes none."""
    try:
        return float(components(problem, [np.longdouble(v) for v in x])[k])
    except Exception:  # noqa: BLE001 - the caller's code may not like such numbers, in any way
        return math.nan


def _same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def _of_constants(problem: Problem, x: Sequence[float]) -> np.ndarray:
    """How far rounding may take each component by way of constants in a narrower dtype."""
    origin = problem.origin
    if origin is None or not origin.rounds_constants:
        return np.zeros(len(problem.graph.outputs))
    return FACTOR * flat(of_constants(origin, origin.leaves(x)))


def _repeats(site: Site) -> bool:
    first, second = components(site.problem, site.x), components(site.problem, site.x)
    return np.array_equal(first, second, equal_nan=True)


def _elsewhere(site: Site, steps: Sequence[float]) -> Lamp:
    """The recorded graph at other points than the one where it was recorded: a random draw, a global that was
    read once, a branch that was taken unnoticed are constants of the graph, and not of the function."""
    problem = site.problem.origin
    if not _repeats(site):
        return Lamp("red", NOT_A_FUNCTION)
    rng, leaves = np.random.default_rng(0), problem.leaves(site.x)
    direction = [rng.uniform(-1, 1, np.shape(v)) for v in leaves]
    for step in steps:
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
        if gap is None or gap.why:  # what floats lose there says nothing about the graph
            continue
        if not math.isfinite(gap.own) and survey(scalars, x).outside:
            continue  # it is not defined there, and the own function says so: nan, or the infinity of 0**-1
        return Lamp(
            "red",
            f"{abs(step):.0e} away from the point, where it was recorded, the own function gives {gap.own:.9g}, the "
            f"graph {gap.graph:.9g}: it depends on more than its arguments, or took a branch that was not seen",
        )
    return Lamp("green")


def _gives_the_same(problem: ArrayProblem, leaves: Sequence[np.ndarray]) -> bool:
    """Whether the own function's floats are the graph's, bit by bit: then no enclosure is needed. An overflow is one
    in both, and tells nothing."""
    with np.errstate(all="ignore"):
        try:
            own, graph = (flat([np.asarray(v, float) for v in f(leaves)]) for f in (problem.own, problem.evaluate))
        except Exception:  # noqa: BLE001 - the caller's code may not like that point, in any way
            return False
    return np.array_equal(own, graph, equal_nan=True)


def components(problem: Problem, x: Sequence[Any]) -> list:
    """The own function's value, one entry a component."""
    assert problem.own is not None
    with np.errstate(all="ignore"):  # overflow is an answer here, and no warning
        result = problem.own(*x)
    return list(result) if problem.vector else [result]


def _at(site: Site) -> str:
    shown = [f"{n} = {float(v):.6g}" for n, v in zip(site.problem.names, site.x, strict=True)]
    return ", ".join(shown[:6]) + (", ..." if len(shown) > 6 else "")
