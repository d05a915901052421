"""The weights of rounding errors for many entries at once: one reverse sweep with a vector for each node.

What `rounding` does entry by entry in ball arithmetic is done here in midpoints and radii that are floats,
every operation's own rounding added to the radius. An order of magnitude faster from a few dozen entries on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from flint import arb

from symdiff.graph import INPUT, Graph

SLACK = 2.0**-50  # of each product and sum: what the floats of this sweep themselves may be off by
SMALLEST = 2.0**-1074
AT_ONCE = 512  # entries; a vector of this length per live node is kept


def sums(
    graph: Graph,
    order: Sequence[int],
    outputs: Sequence[int],
    sizes: dict[int, float],
    errors: dict[int, float],
    slopes: Callable[[int], list[tuple[int, arb]]],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each output: sum of |weight| error over the steps; of |weight| |value| over the inputs; and of
    |weight| |value| over both. `sizes` are the |values|."""
    if len(outputs) > AT_ONCE:
        chunks = [outputs[k : k + AT_ONCE] for k in range(0, len(outputs), AT_ONCE)]
        parts = [sums(graph, order, chunk, sizes, errors, slopes) for chunk in chunks]
        total, problem, magnitude = (np.concatenate(p) for p in zip(*parts, strict=True))
        return total, problem, magnitude
    count = len(outputs)
    total, problem, magnitude = np.zeros(count), np.zeros(count), np.zeros(count)
    mids: dict[int, np.ndarray] = {}
    radii: dict[int, np.ndarray] = {}
    for k, o in enumerate(outputs):
        mids.setdefault(o, np.zeros(count))[k] = 1.0
        radii.setdefault(o, np.zeros(count))
    with np.errstate(all="ignore"):
        for i in reversed(order):
            if i not in mids:
                continue
            mid, radius = mids.pop(i), radii.pop(i)
            size = np.abs(mid) + radius
            reach = _times(size, sizes[i])
            magnitude += reach
            if graph.nodes[i].op == INPUT:
                problem += reach
                continue
            if errors[i]:
                total += _times(size, errors[i])
            for a, slope in slopes(i):
                m, r = _share(mid, radius, size, slope)
                if a in mids:
                    m = mids[a] + m
                    r = radii[a] + r + SLACK * np.abs(m)
                mids[a], radii[a] = m, r
    return total, problem, magnitude


def _times(size: np.ndarray, factor: float) -> np.ndarray:
    """A product in which zero is zero, whatever the other factor."""
    return size * factor if np.isfinite(factor) else np.where(size == 0.0, 0.0, np.inf)


def _share(
    mid: np.ndarray, radius: np.ndarray, size: np.ndarray, slope: arb
) -> tuple[np.ndarray, np.ndarray]:
    """The weight times the slope, as midpoints and radii."""
    m, r = float(slope.mid()), float(slope.rad()) * (1 + SLACK)
    if not (np.isfinite(m) and np.isfinite(r)):
        return np.zeros_like(mid), np.where(size == 0.0, 0.0, np.nan)
    product = mid * m
    spread = radius * (abs(m) + r) + np.abs(mid) * r + SLACK * np.abs(product)
    lost = (product == 0.0) & (mid != 0.0)  # underflow
    return product, np.where(lost, spread + SMALLEST, spread) if m and lost.any() else spread
