"""Whether a vector lies in the convex hull of enclosed gradients, as a whole.

A linear programme in floats finds the weights, or a direction that separates; neither is believed. The weights
are solved for again in balls, where what is left over has to be within what rounding may do to the vector; the
direction is tried on every gradient in balls. What neither shows stays open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb

from symdiff.crosscheck.kinks.cone import solve

SLACK = 2.0**-80  # of the largest number in an entry: what the balls themselves may leave over


@dataclass(frozen=True, slots=True)
class Place:
    """Inside (True), outside (False) or too near the edge (None); the weights of the gradients if it is inside."""

    inside: bool | None
    weights: tuple[tuple[int, float], ...] = ()


def place(vector: Sequence[float | arb], gradients: Sequence[Sequence[arb]], tolerance: Sequence[float | arb]) -> Place:
    """Where a vector lies. Each entry may be off by its tolerance; all entries and tolerances are finite."""
    gaps = [[g - arb(v) for g, v in zip(row, vector, strict=True)] for row in gradients]
    largest = [max([abs(arb(v)).upper(), *(abs(row[k]).upper() for row in gradients)]) for k, v in enumerate(vector)]
    allowed = [arb(t) + SLACK * most for t, most in zip(tolerance, largest, strict=True)]
    for j, row in enumerate(gaps):  # most methods choose one of the pieces
        if all(abs(gap) <= t for gap, t in zip(row, allowed, strict=True)):
            return Place(True, ((j, 1.0),))
    for k, t in enumerate(allowed):
        if all(row[k] > t for row in gaps) or all(row[k] < -t for row in gaps):
            return Place(False)
    floats = np.array([[float(gap.mid()) for gap in row] for row in gaps])
    scale = np.maximum(np.max(np.abs(floats), axis=0), 1e-300)
    weights, direction = _programme(floats / scale)
    sizes = [arb(float(s)) for s in scale]
    if weights is not None:
        support = [int(j) for j in np.flatnonzero(weights > 1e-9)]
        found, left = _polished([gaps[j] for j in support], allowed)
        if found is not None and all(abs(r) <= a for r, a in zip(left, allowed, strict=True)):
            return Place(True, tuple((j, float(w)) for j, w in zip(support, found, strict=True)))
        if left and _separates([r / (a * a) for r, a in zip(left, allowed, strict=True)], gaps, allowed):
            return Place(False)
    if direction is not None and _separates([arb(float(d)) / s for d, s in zip(direction, sizes, strict=True)],
                                            gaps, allowed):  # fmt: skip
        return Place(False)
    return Place(None)


def _programme(rows: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Weights with which the rows come nearest to zero, and the direction in which none of them does."""
    from scipy.optimize import linprog

    count, entries = rows.shape
    ones = np.ones((entries, 1))
    found = linprog(
        np.r_[np.zeros(count), 1.0],
        A_ub=np.block([[rows.T, -ones], [-rows.T, -ones]]), b_ub=np.zeros(2 * entries),
        A_eq=np.r_[np.ones(count), 0.0][None], b_eq=[1.0], method="highs-ds",
    )  # fmt: skip
    if found.status != 0:
        return None, None
    dual = found.ineqlin.marginals
    return found.x[:-1], -(dual[:entries] - dual[entries:])


def _polished(rows: Sequence[Sequence[arb]], allowed: Sequence[arb]) -> tuple[list[arb] | None, list[arb]]:
    """Weights of the rows, none negative and 1 in all, and what is left over; no weights where one is negative."""
    *others, last = [[e / a for e, a in zip(row, allowed, strict=True)] for row in rows]
    columns = [[e - f for e, f in zip(row, last, strict=True)] for row in others]
    weights = solve(columns, [-e for e in last])
    if weights is None:
        return None, []
    weights = [arb(w.mid()) for w in weights]
    weights.append(1 - sum(weights, arb(0)))
    left = [sum((w * row[k] for w, row in zip(weights, rows, strict=True)), arb(0)) for k in range(len(allowed))]
    return weights if all(w >= 0 for w in weights) else None, left


def _separates(direction: Sequence[arb], gaps: Sequence[Sequence[arb]], allowed: Sequence[arb]) -> bool:
    """Whether the vector, with all that it may be off by, lies certainly on one side and the hull on the other."""
    reach = sum((abs(d) * a for d, a in zip(direction, allowed, strict=True)), arb(0))
    for sign in (1, -1):
        if all(sign * sum((d * g for d, g in zip(direction, row, strict=True)), arb(0)) > reach for row in gaps):
            return True
    return False
