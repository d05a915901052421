"""A gradient program of arrays certified by FLINT: run in balls, and held against slopes along random directions.

Its rule is right where its product with the directions lies in FLINT's own forward derivative of the function along
them (see `reference`); no partial and no pull-back of ours takes part in that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

from symdiff import balls
from symdiff.crosscheck.certified.reference import CERTAIN, PROJECTIONS, full_direction
from symdiff.crosscheck.large.ball_arrays import cost_of, entries, run_in_balls, variables
from symdiff.crosscheck.large.ball_programs import values
from symdiff.graph import Graph

BITS, MOST_BITS = 128, 512
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Certificate:
    """`right`: True, False, or None where the balls were too wide. The tape's entries and, for each direction,
    the direction and FLINT's slope, with so many bits."""

    right: bool | None
    value: arb
    gradient: list[np.ndarray]
    slopes: list[tuple[list[np.ndarray], arb]]
    bits: int


def certificate(
    primal: Graph, program: Graph, leaves: Sequence[np.ndarray], progress: Progress | None = None
) -> Certificate:
    """Run the gradient program in balls and hold it against FLINT's forward derivative of the primal."""
    total = cost_of(program) + PROJECTIONS * cost_of(primal)
    bits = BITS
    while True:
        done = 0

        def tick(units: int) -> None:
            nonlocal done
            done += units
            if progress is not None:
                progress(done, total)

        found = _certificate(primal, program, leaves, bits, tick)
        if found.right is not None or bits >= MOST_BITS:
            return found
        bits *= 2


def _certificate(
    primal: Graph, program: Graph, leaves: Sequence[np.ndarray], bits: int, tick: Callable[[int], None]
) -> Certificate:
    with balls.precision(bits, 0):
        outputs = run_in_balls(program, [entries(v) for v in leaves], tick)
        gradient = [values(y) for y in outputs[-len(leaves) :]]
    slopes, right, value = [], [], arb.nan()
    with balls.precision(bits, 1):
        for seed in range(PROJECTIONS):
            line = np.array(full_direction(sum(v.size for v in leaves), seed), object)
            cuts = np.cumsum([v.size for v in leaves])[:-1]
            v = [d.reshape(leaf.shape) for d, leaf in zip(np.split(line, cuts), leaves, strict=True)]
            (y,) = run_in_balls(primal, [variables(x, d) for x, d in zip(leaves, v, strict=True)], tick)
            value, slope = y.flat[0][0], y.flat[0][1]
            right.append(holds(gradient, v, slope))
            slopes.append((v, slope))
    verdict = False if False in right else None if None in right else True
    return Certificate(verdict, value, gradient, slopes, bits)


def holds(gradient: Sequence[np.ndarray], direction: Sequence[np.ndarray], slope: arb) -> bool | None:
    """False: disjoint, the rule is wrong. None: too wide to say."""
    terms = [e * d for g, v in zip(gradient, direction, strict=True) for e, d in zip(g.flat, v.flat, strict=True)]
    total = sum(terms, arb(0))
    if not (total.is_finite() and slope.is_finite()):
        return None
    if not total.overlaps(slope):
        return False
    size = sum((abs(t).abs_upper() for t in terms), arb(0)) + abs(slope).abs_upper()
    return True if total.rad() <= CERTAIN * size and slope.rad() <= CERTAIN * size else None


def fits(
    found: Sequence[np.ndarray], floor: Sequence[np.ndarray], direction: Sequence[Any], slope: arb, times: float
) -> bool:
    """Whether numbers have the slope along a direction, within so many times their noise."""
    with balls.precision(BITS):
        total, noise = arb(0), 0.0
        for a, f, v in zip(found, floor, direction, strict=True):
            for x, n, d in zip(a.flat, np.ravel(f), v.flat, strict=True):
                total += arb(float(x)) * d
                noise += float(n) * abs(float(d))
        return bool(abs(total - slope) <= times * noise)
