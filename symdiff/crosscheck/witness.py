"""Lamp B: a black-box derivative of the caller's own function, which never saw the graph."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Sequence

import numpy as np

from symdiff.balls import precision
from symdiff.crosscheck.certified.rounding import bounds
from symdiff.crosscheck.draws import weights
from symdiff.crosscheck.places.terrain import Terrain, array_sides, smooth_everywhere, survey
from symdiff.crosscheck.replay import NO_CALLABLE, as_run, components
from symdiff.crosscheck.report import Lamp
from symdiff.crosscheck.sites import Site
from symdiff.methods.ball import enclosures
from symdiff.methods.base import Task, spread
from symdiff.methods.black_box import Slope, reach
from symdiff.methods.complex_step import ComplexStep
from symdiff.methods.finite_difference import FiniteDifference
from symdiff.problem import Problem

DIRECTIONS = 2  # of an array function; no wrong entry can hide from a random one, so a second where that is not settled
NEIGHBOUR, NEIGHBOURS = 2.0**-40, 8  # how far, relatively, neighbouring points lie apart, and how many are asked
SHORTEST, CLEAR = 2.0**-44, 16.0  # the shortest step, relatively; how many times the noise it must show
NOTHING = 1e-8  # the error that settles a slope of no size: of 1, or of the usual slope where that is less
FLAT = 2.0**-1022  # values that are smaller are no size
FEW_DIGITS = 1e-3  # relative noise of a value of which three digits are left
BLACK_BOX_POINTS = 3  # black-box derivatives cost dozens of calls of the caller's function each


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
        many = site.problem.origin is not None and not site.problem.origin.of_numbers
        rng = np.random.default_rng([seed, site.number])
        noise = _noise(site.problem, site.x)
        for _ in range(DIRECTIONS if many else 1):
            n = len(site.wrt)
            vector = tuple(weights(rng, n)) if many else ()
            task = Task("jvp" if many else "jacobian", site.wrt)
            with precision(terrain.bits, order=1):
                truth = [float(t) for t in enclosures(site.problem, task, site.x, vector)]
            lamp = _compared(site, task, vector, truth, noise, lamp)
            if lamp.state == "red":
                return lamp
            if lamp.state == "green" or n == 1:  # another direction would say the same
                break
    return lamp


def _compared(
    site: Site, task: Task, vector: Sequence[float], truth: list[float], noise: list[float] | None, lamp: Lamp
) -> Lamp:
    if noise is None:
        return Lamp("unsure", "the differences do not settle") if truth else lamp
    seen = _witness(site.problem, task, site.x, vector, truth, noise)
    usual = functools.cache(functools.partial(_usual, site.problem, site.x))  # of all components at once
    for k, t, value, error in zip(range(len(truth)), truth, *seen, strict=True):
        if not math.isfinite(t):
            lamp = Lamp("unsure", "the slope is larger than a float64 can hold")
            continue
        direction, o = _direction(site, task, vector, k)
        if not (error <= 0.1 * min(abs(t), abs(value)) or error <= NOTHING * min(1.0, usual(direction)[o])):
            lamp = Lamp("unsure", "the differences do not settle")
        elif not abs(value - t) <= 10 * error + 1e-6 * abs(t):
            if why := _in_doubt(site.problem, site.x, direction, o, (value, t), noise[o]):
                lamp = Lamp("unsure", why)
                continue
            name = "" if task.operator == "jvp" else f"d/d{site.problem.names[site.wrt[k % len(site.wrt)]]} = "
            along = " along a random direction" if task.operator == "jvp" else ""
            return Lamp("red", f"differences of the own function{along} give {name}{value:.9g}, not {t:.9g}")
        elif lamp.state == "off":
            lamp = Lamp("green")
    return lamp


def _direction(site: Site, task: Task, vector: Sequence[float], k: int) -> tuple[tuple[float, ...], int]:
    """Along which direction entry k is a slope, and of which component."""
    n, width = len(site.x), len(site.wrt)
    if task.operator == "jvp":
        return tuple(spread(site.wrt, vector, n)), k
    return tuple(1.0 if j == site.wrt[k % width] else 0.0 for j in range(n)), k // width


def _usual(problem: Problem, x: Sequence[float], direction: Sequence[float]) -> list[float]:
    """The slopes that would make the values of each component what they are, across the steps of the differences."""
    own, step = _own(problem), reach(x, direction)
    values = np.array([np.real(own(_moved(x, direction, t))) for t in (0.0, step / 8, -step / 8)], float)
    return (np.max(np.abs(values), axis=0, initial=FLAT, where=np.isfinite(values)) / step).tolist()


def _moved(x: Sequence[float], direction: Sequence[float], t: float) -> list[np.float64]:
    return [np.float64(a + t * d) for a, d in zip(x, direction, strict=True)]


def _in_doubt(
    problem: Problem, x: Sequence[float], direction: Sequence[float], o: int, slopes: tuple[float, float], noise: float
) -> str:
    """Why the differences must not accuse: what they saw, and the slope that is due, in this order; "" if they may.

    What they saw is the slope across their steps. A function that turns more often than that has another one at
    the point: so the shortest step that can tell the two slopes apart must side with what they saw, too. And
    where a value has hardly a digit that is not noise, no step tells anything.
    """
    seen, due = slopes
    gap, own = abs(seen - due), _own(problem)
    widest = _reaches(problem)[0](x, direction) / 4
    step = reach(x, direction) * SHORTEST
    for _ in range(4):  # the noise of a value that is 0 grows with the step
        step = max(step, 2 * CLEAR * noise / gap)
        if not step <= widest:
            return "the own function's values are too noisy for differences"
        noise = max(noise, *(_noise_at(problem, _moved(x, direction, t))[o] for t in (-step, step)))
        if CLEAR * noise <= step * gap:
            break
    else:
        return "the own function's values are too noisy for differences"
    steps = (step, -step, 0.0, widest, -widest)
    values = np.array([np.real(own(_moved(x, direction, t))[o]) for t in steps], float)
    if noise > FEW_DIGITS * np.max(np.abs(values), initial=0.0, where=np.isfinite(values)):
        return "moving the point in its last place changes the value by more than 0.1 %: differences tell nothing"
    if not abs((values[0] - values[1]) / (2 * step) - due) > gap / 2:
        return "the own function turns faster than the steps of the differences"
    return ""


def _own(problem: Problem) -> Callable[[Sequence[complex]], list[complex]]:
    """The caller's own function, nan where it is not defined."""

    def own(point: Sequence[complex]) -> list[complex]:
        # a Python complex: NumPy's would be cast to real with a warning, this one with a TypeError
        plain = [complex(v) if isinstance(v, complex) else v for v in point]
        try:
            return components(problem, plain)
        except (ArithmeticError, ValueError):  # math.log(-1), 1/0: not defined there
            return [math.nan] * len(problem.graph.outputs)

    return own


def _noise(problem: Problem, x: Sequence[float]) -> list[float] | None:
    """How uncertain each value of the function is; None where the own function jumps by more than that."""
    noise = _noise_at(problem, x)
    return None if _is_rough(problem, _own(problem), x, noise) else noise


def _noise_at(problem: Problem, x: Sequence[float]) -> list[float]:
    """Rounding of each value, and what x itself rounded makes of it."""
    return [2 * (b.program + b.problem) for b in bounds(as_run(problem), x)]


def _witness(
    problem: Problem, task: Task, x: Sequence[float], v: Sequence[float], truth: Sequence[float], noise: list[float]
) -> tuple[list[float], list[float]]:
    """Differences of the caller's own function; the complex step where it agrees with them and with the reference."""
    own = _own(problem)
    seen = _settled(*[FiniteDifference(within, noise).estimate(own, task, x, v) for within in _reaches(problem)])
    try:
        with warnings.catch_warnings():  # a cast that drops the imaginary part is a refusal
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            sharper = ComplexStep().estimate(own, task, x, v)
    except Exception:  # noqa: BLE001 - it takes no complex numbers, and says so in any way it likes
        return seen.values, seen.errors
    # A share of the slope that was dropped on the way (abs, norm, slogdet take real parts) may be less than the
    # differences see: so it confirms the reference where these are too noisy to, and never accuses.
    both = zip(seen.values, seen.errors, sharper.values, truth, strict=True)
    pick = [(s, 0.0) if abs(d - s) <= 10 * e and s and abs(s - t) <= 1e-6 * abs(t) else (d, e) for d, e, s, t in both]
    return [v for v, _ in pick], [e for _, e in pick]


def _is_rough(
    problem: Problem, own: Callable[[Sequence[complex]], list[complex]], x: Sequence[float], noise: Sequence[float]
) -> bool:
    """Whether the own function jumps between neighbouring points by more than rounding explains. What it jumps
    by is noise that no difference quotient is aware of."""
    moves = [[np.float64(a + k * NEIGHBOUR * a) for a in x] for k in range(NEIGHBOURS)]
    sides = _sides(problem)
    here = sides(x)
    if not all(sides(p) == here for p in (moves[1], moves[-1])):
        return False
    values = np.array([np.real(own(p)) for p in moves], float)
    with np.errstate(all="ignore"):
        bends = np.abs(np.diff(values, 2, axis=0))  # a smooth function's are far below any rounding
    return bool(np.any(bends > 4.0 * np.asarray(noise)))


def _settled(wide: Slope, close: Slope) -> Slope:
    """Two grids that tell different slopes have both missed the function: it oscillates between them."""
    errors = []
    for a, b, e, d in zip(wide.values, close.values, wide.errors, close.errors, strict=True):
        errors.append(e if abs(a - b) <= 10 * (e + d) + 1e-6 * abs(a) else math.inf)
    return Slope(wide.values, errors)


def _sides(problem: Problem) -> Callable[[Sequence[float]], object]:
    """Which branch the function is on at a point, or something equal to nothing where it is on none."""
    if problem.origin is not None:
        leaves, of_arrays = problem.origin.leaves, array_sides(problem.origin)
        return lambda x: of_arrays(leaves(x))
    if smooth_everywhere(problem.graph):
        return lambda x: ()

    def sides(x: Sequence[float]) -> object:
        found = survey(problem, x)
        return found.sides if found.ordinary else object()

    return sides


def _reaches(problem: Problem) -> list[Callable[[Sequence[float], Sequence[float]], float]]:
    """How far the differences may go: not across a branch of the function, and once far less than that."""
    sides = _sides(problem)
    known: dict[tuple[float, ...], float] = {}  # the two grids ask for the same

    def within(x: Sequence[float], direction: Sequence[float]) -> float:
        key = (*x, *direction)
        if key not in known:
            known[key] = furthest(x, direction)
        return known[key]

    def furthest(x: Sequence[float], direction: Sequence[float]) -> float:
        step, here = reach(x, direction), sides(x)
        for _ in range(20):
            ends = [[a + s * step * d for a, d in zip(x, direction, strict=True)] for s in (-1, 1)]
            if all(sides(end) == here for end in ends):
                break
            step /= 8
        return step

    def close(x: Sequence[float], direction: Sequence[float]) -> float:
        step = within(x, direction)
        free = step > reach(x, direction) / 64  # far from a branch; near one the digits do not last for more
        return step * (2.0**-16 if free else 2.0**-3)

    return [within, close]
