"""Where to look: points that come from the function itself.

The point that a person picks is often special (at x1 = 1, x1**2 and x1**3 coincide). Half of the generated points are
those that the expression points at (`sharp`). The others are generic, of mixed scales, on every side of every switching
function at least twice where they can be found, and close to the places where a branch changes: all of them
are inside the domain and none is on a kink. The same seed gives the same points.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from symdiff.arrays import ArrayProblem, cut, flat
from symdiff.crosscheck.draws import around
from symdiff.crosscheck.places.sharp import LARGEST_VALUE, Chosen, Point, sharp
from symdiff.crosscheck.places.terrain import survey
from symdiff.errors import UnsupportedError
from symdiff.problem import Problem

TRIES = 40  # candidates per point wanted
MOST_STEPS = 3000  # scalar steps of a function of arrays whose special points are looked for


def chosen(problem: Problem, count: int, seed: int, around: Sequence[float] | None = None) -> list[Chosen]:
    """Up to `count` points: one half where the function itself says that something is special, with the reason, the
    sharpest first (see `sharp`); the rest generic ones, as some mistakes are seen there only."""
    generic = generate(problem, count, seed, around)
    if count < 2:
        return [Chosen(p, "") for p in generic]
    given = [tuple(np.float64(v) for v in around)] if around is not None else []
    plain = tuple(np.float64(k + 1) for k in range(len(problem.names)))  # zeros on lines through it have few digits
    bases = [p for p in (*given, plain, *generic[:2]) if _sides(problem, p) is not None]
    special = sharp(problem, count // 2, seed, bases)
    return special + [Chosen(p, "") for p in generic if p not in [c.x for c in special]][: count - len(special)]


def generate(problem: Problem, count: int, seed: int, around: Sequence[float] | None = None) -> list[Point]:
    """Up to `count` points; fewer where the function is defined almost nowhere.

    `around` is a point the caller gave: half of the candidates keep its signs and sizes.
    """
    if count <= 0 or not problem.names:
        return []
    rng = np.random.default_rng(seed)
    found: list[tuple[Point, tuple[int, ...]]] = []
    for _ in range(TRIES * count):
        if len(found) >= 4 * count:
            break
        candidate = _candidate(rng, len(problem.names), around)
        sides = _sides(problem, candidate)
        if sides is not None:
            found.append((candidate, sides))
    chosen = _every_side_twice(found, count)
    near = _near_a_branch(problem, found, count // 4)
    return (near + [p for p in chosen if p not in near])[:count] if near else chosen[:count]


def _candidate(rng: np.random.Generator, n: int, around: Sequence[float] | None) -> Point:
    if around is not None and rng.random() < 0.5:
        return tuple(_short(a * rng.uniform(0.5, 1.5) if a else rng.normal()) for a in around)
    spread = rng.choice([0.3, 1.0, 2.0])
    sizes = 10.0 ** rng.uniform(-spread, spread, n)
    signs = np.where(rng.random(n) < rng.choice([0.0, 0.3, 0.5]), -1.0, 1.0)
    return tuple(_short(v) for v in sizes * signs)


def _short(value: float) -> np.float64:
    """Four digits: a person may have to read it, and to type it again."""
    return np.float64(f"{value:.4g}")


def _sides(problem: Problem, x: Point) -> tuple[int, ...] | None:
    """The side of every switching function, or None if the point is of no use."""
    values = problem.evaluate(x)
    if not all(np.isfinite(v) and abs(v) < LARGEST_VALUE for v in values):
        return None
    terrain = survey(problem, x)
    return terrain.sides if terrain.ordinary else None


def _every_side_twice(found: list[tuple[Point, tuple[int, ...]]], count: int) -> list[Point]:
    """Points of rare branch patterns first, two of each; then the others, in the order they came."""
    seen: dict[tuple[int, ...], int] = {}
    first, later = [], []
    for point, sides in found:
        seen[sides] = seen.get(sides, 0) + 1
        (first if seen[sides] <= 2 else later).append(point)
    return [*first, *later][:count]


def _near_a_branch(problem: Problem, found: list[tuple[Point, tuple[int, ...]]], count: int) -> list[Point]:
    """Bisect between points of different sides until they are a millionth apart."""
    near: list[Point] = []
    for (a, side_a), (b, side_b) in pairwise(found):
        if len(near) >= count:
            break
        if side_a == side_b:
            continue
        low, high = np.array(a), np.array(b)
        for _ in range(24):
            middle = (low + high) / 2
            side = _sides(problem, tuple(middle))
            if side is None:
                break
            low, high = (middle, high) if side == side_a else (low, middle)
        near += [tuple(p) for p in (low, high) if tuple(p) not in (a, b)]
    return near[:count]


def chosen_arrays(
    problem: ArrayProblem, leaves: Sequence[np.ndarray], count: int, seed: int
) -> list[tuple[list[np.ndarray], str]]:
    """Up to `count` points of a function of arrays: half of them, with the reason, where its scalar steps are special,
    if it can be taken apart and is not too large for that."""
    special: list[Chosen] = []
    if count > 1 and problem.dtype == "float64":
        with contextlib.suppress(UnsupportedError):  # too large, or an op without scalar steps
            scalars, x = problem.scalars(leaves), tuple(np.float64(v) for v in flat(leaves))
            if len(scalars.graph.nodes) <= MOST_STEPS and _sides(scalars, x) is not None:
                special = sharp(scalars, count // 2, seed, [x])
    generic = generate_arrays(problem, leaves, count - len(special), seed)
    return [(cut(np.array(c.x), problem.shapes), c.why) for c in special] + [(made, "") for made in generic]


def generate_arrays(
    problem: ArrayProblem, leaves: Sequence[np.ndarray], count: int, seed: int
) -> list[list[np.ndarray]]:
    """Up to `count` points near the one that was given: its entries times 0.5 to 1.5, those that are zero
    drawn anew. Inside the domain, and off the kinks, as far as the graph's floats can tell."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(TRIES * count):
        if len(found) >= count:
            break
        moved = [_moved(rng, leaf) for leaf in leaves]
        if all(np.all(np.isfinite(y)) and np.all(np.abs(y) < LARGEST_VALUE) for y in problem.evaluate(moved)):
            found.append(moved)
    return found


def _moved(rng: np.random.Generator, leaf: np.ndarray) -> np.ndarray:
    return np.vectorize(_short, otypes=[float])(around(rng, leaf)) if leaf.size else leaf
