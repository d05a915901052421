"""The four lamps: what agreement of three methods cannot see by itself.

V  the values agree between the methods;       D  the derivatives agree with the reference;
R  the graph replays the caller's function;    B  a black-box derivative of the caller's function, which
                                                  never saw the graph, agrees with the reference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from symdiff.balls import precision
from symdiff.crosscheck.judging import Case, findings
from symdiff.crosscheck.report import Finding, Lamp
from symdiff.crosscheck.rounding import bounds
from symdiff.crosscheck.sites import Site
from symdiff.crosscheck.terrain import Terrain, survey
from symdiff.crosscheck.verdict import DECIDED, Verdict
from symdiff.errors import UnsupportedError
from symdiff.methods import method as find_method
from symdiff.methods.ball import enclosures
from symdiff.methods.base import Task
from symdiff.methods.black_box import Slope, reach
from symdiff.methods.complex_step import ComplexStep
from symdiff.methods.finite_difference import FiniteDifference
from symdiff.problem import Problem

NO_CALLABLE = "text has no callable of its own"
MANY, DIRECTIONS = 12, 2
REPLAYED = 1e-6  # of the largest entry: NumPy adds up a little differently for other memory layouts
BLACK_BOX_POINTS = 3  # black-box derivatives cost dozens of calls of the caller's function each


def values(sites: Sequence[tuple[Site, Terrain]], methods: Sequence[str]) -> Lamp:
    """V: each method's value of the function, judged like any other entry."""
    found: list[Finding] = []
    for site, terrain in sites:
        found += findings(Case(site.problem, Task("value", ()), site.x, (), site.number), methods, [], terrain)
    return from_findings(found)


def from_findings(found: Sequence[Finding]) -> Lamp:
    """The lamp that a set of findings lights: red for a DIFFER, unsure where nothing could be decided."""
    wrong = [f for f in found if f.verdict is Verdict.DIFFER]
    if wrong:
        methods = ", ".join(dict.fromkeys(f.method for f in wrong))
        return Lamp("red", f"{methods}: {wrong[0].reason}")
    lost = [f for f in found if f.verdict is Verdict.INACCURATE and not math.isfinite(f.value or 0.0)]
    if lost:
        return Lamp("unsure", f"{lost[0].method}: {lost[0].value}, {lost[0].reason}")
    if any(f.verdict in DECIDED for f in found):
        return Lamp("green")
    open_ = [f for f in found if f.verdict is Verdict.UNDECIDED]
    return Lamp("unsure", open_[0].reason) if open_ else Lamp("off", found[0].reason if found else "nothing to look at")


def replay(sites: Sequence[tuple[Site, Terrain]]) -> Lamp:
    """R: the caller's own function against the certified value of the graph."""
    lamp = Lamp("off", "no point inside the domain")
    for site, terrain in sites:
        if site.problem.own is None:
            return Lamp("off", NO_CALLABLE)
        if terrain.outside or terrain.unsure:
            continue
        found = _replayed(site, terrain)
        if found.state != "green":
            return found
        lamp = found
    return lamp


def _replayed(site: Site, terrain: Terrain) -> Lamp:
    problem, x, task = site.problem, site.x, Task("value", ())
    program = find_method("tape").answer(problem, task, x).program
    if program is None:
        return Lamp("unsure", "the function is too long to be run in balls")
    limits = bounds(program, x)
    with precision(terrain.bits):
        truth = enclosures(problem, task, x, ())
    for y, own, limit in zip(truth, _components(problem, x), limits, strict=True):
        if own == float(y):  # inf, too, of which no difference can be taken
            continue
        if math.isnan(own) and problem.language == "sympy":  # log|gamma| is real where loggamma is not
            return Lamp("unsure", f"SymPy's own value is not real at {_at(site)}")
        error = abs(own - float(y)) if math.isfinite(own) else math.inf
        if not error <= 2 * limit.program + 4 * math.ulp(float(y)) or math.isinf(error):
            return Lamp("red", f"own function gives {own!r}, the graph {float(y)!r} at {_at(site)}")
    return elsewhere(site) if problem.origin is not None else Lamp("green")


def elsewhere(site: Site) -> Lamp:
    """The recorded graph at other points than the one where it was recorded: a random draw, a global that was
    read once, a branch that was taken unnoticed are constants of the graph, and not of the function."""
    problem = site.problem.origin
    rng = np.random.default_rng(0)
    for step in (0.0, 1e-9, 1e-4, 1e-2, 0.3):
        moved = [np.asarray(v * (1 + step * rng.uniform(-1, 1, np.shape(v)))) for v in problem.leaves(site.x)]
        if not problem.holds(moved):
            continue
        try:
            own = problem.own(moved)
        except Exception as e:
            if step == 0.0:
                raise
            return Lamp("green", f"not replayed elsewhere: {type(e).__name__}")
        for graph, theirs in zip(problem.evaluate(moved), own, strict=True):
            if np.shape(graph) != np.shape(theirs):
                return Lamp("red", f"own function gives shape {np.shape(theirs)}, the graph {np.shape(graph)}")
            scale = max(float(np.max(np.abs(graph), initial=0.0)), 1e-300)
            gap = np.abs(graph - theirs)
            if np.any(gap > REPLAYED * scale) or np.any(np.isnan(graph) != np.isnan(theirs)):
                if step == 0.0:
                    return Lamp("red", "own function gives another value when it is called again: a random draw?")
                return Lamp("red", f"{step:.0e} away from the point the own function gives another value than the "
                            "graph recorded there: it depends on more than its arguments, or a branch was not seen")  # fmt: skip
    return Lamp("green")


def black_box(sites: Sequence[tuple[Site, Terrain]], seed: int = 0) -> Lamp:
    """B: extrapolated differences of the caller's own function against the reference.

    A witness: it can accuse, beyond ten times its own estimated error; it cannot certify. A function of many
    numbers is looked at along random directions, in which no wrong entry can hide.
    """
    lamp = Lamp("off", "no point without a kink")
    ordinary = [s for s in sites if s[1].ordinary]
    if sites and sites[0][0].problem.own is None:
        return Lamp("off", NO_CALLABLE)
    for site, terrain in ordinary[:BLACK_BOX_POINTS]:
        many = len(site.wrt) > MANY or site.problem.origin is not None
        rng = np.random.default_rng([seed, site.number])
        for _ in range(DIRECTIONS if many else 1):
            vector = tuple(rng.uniform(0.5, 1.5, len(site.wrt)) * rng.choice([-1.0, 1.0], len(site.wrt))) if many else ()
            task = Task("jvp" if many else "jacobian", site.wrt)
            with precision(terrain.bits, order=1):
                truth = [float(t) for t in enclosures(site.problem, task, site.x, vector)]
            lamp = _compared(site, task, vector, truth, lamp)
            if lamp.state == "red":
                return lamp
    return lamp


def _compared(site: Site, task: Task, vector: Sequence[float], truth: list[float], lamp: Lamp) -> Lamp:
    seen = _witness(site.problem, task, site.x, vector)
    for k, t, value, error in zip(range(len(truth)), truth, *seen, strict=True):
        if not error <= 0.1 * min(abs(t), abs(value)) + 1e-8:
            lamp = Lamp("unsure", "the differences do not settle")
        elif not abs(value - t) <= 10 * error + 1e-6 * abs(t):
            if task.operator == "jvp":
                by = "along a random direction"
            else:
                by = f"by {site.problem.names[site.wrt[k % len(site.wrt)]]}"
            return Lamp("red", f"differences of the own function {by} give {value:.9g}, not {t:.9g}")
        elif lamp.state == "off":
            lamp = Lamp("green")
    return lamp


def _witness(problem: Problem, task: Task, x: Sequence[float], v: Sequence[float]) -> tuple[list[float], list[float]]:
    """Differences of the caller's own function; the complex step where it agrees with them."""
    def own(point: Sequence[complex]) -> list[complex]:
        # a Python complex: NumPy's would be cast to real with a warning, this one with a TypeError
        plain = [complex(v) if isinstance(v, complex) else v for v in point]
        try:
            return _components(problem, plain)
        except (ArithmeticError, ValueError):  # math.log(-1), 1/0: not defined there
            return [math.nan] * len(problem.graph.outputs)

    seen = _settled(*[FiniteDifference(within).estimate(own, task, x, v) for within in _reaches(problem)])
    try:
        sharper = ComplexStep().estimate(own, task, x, v)
    except (TypeError, ValueError, UnsupportedError):  # it takes no complex numbers
        return seen.values, seen.errors
    both = zip(seen.values, seen.errors, sharper.values, strict=True)
    pick = [(s, 0.0) if abs(d - s) <= 10 * e < math.inf else (d, e) for d, e, s in both]
    return [v for v, _ in pick], [e for _, e in pick]


def _settled(wide: Slope, close: Slope) -> Slope:
    """Two grids that tell different slopes have both missed the function: it oscillates between them."""
    errors = []
    for a, b, e, d in zip(wide.values, close.values, wide.errors, close.errors, strict=True):
        errors.append(e if abs(a - b) <= 10 * (e + d) + 1e-6 * abs(a) else math.inf)
    return Slope(wide.values, errors)


def _reaches(problem: Problem) -> list[Callable[[Sequence[float], Sequence[float]], float]]:
    """How far the differences may go: not across a branch of the function, and once far less than that."""

    def within(x: Sequence[float], direction: Sequence[float]) -> float:
        step, here = reach(x, direction), survey(problem, x).sides
        for _ in range(20):
            ends = [[a + s * step * d for a, d in zip(x, direction, strict=True)] for s in (-1, 1)]
            around = [survey(problem, end) for end in ends]
            if all(t.ordinary and t.sides == here for t in around):
                break
            step /= 8
        return step

    def close(x: Sequence[float], direction: Sequence[float]) -> float:
        step = within(x, direction)
        free = step > reach(x, direction) / 64  # far from a branch; near one the digits do not last for more
        return step * (2.0**-16 if free else 2.0**-3)

    return [within, close]


def _components(problem: Problem, x: Sequence[complex]) -> list:
    assert problem.own is not None
    with np.errstate(all="ignore"):  # overflow is an answer here, and no warning
        result = problem.own(*x)
    return list(result) if problem.vector else [result]


def _at(site: Site) -> str:
    shown = [f"{n} = {float(v):.6g}" for n, v in zip(site.problem.names, site.x, strict=True)]
    return ", ".join(shown[:6]) + (", ..." if len(shown) > 6 else "")
