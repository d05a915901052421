"""A cubic spline, evaluated."""

from __future__ import annotations

import numpy as np

SIZE = (4, 5)  # points, knots


def cubic_spline(x, knots, values, slopes):
    """The piecewise cubic with these values and slopes at the knots, at the points x between the first and the last.

    Source: de Boor, A Practical Guide to Splines (2001), chapter IV, equations 5 and 6.
    """
    i = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, len(knots) - 2)
    h = knots[i + 1] - knots[i]
    t = (x - knots[i]) / h
    return (
        (1 + 2 * t) * (1 - t) ** 2 * values[i]
        + t * (1 - t) ** 2 * h * slopes[i]
        + t**2 * (3 - 2 * t) * values[i + 1]
        + t**2 * (t - 1) * h * slopes[i + 1]
    )


def arguments(rng, size):
    n, m = size
    knots = np.cumsum(rng.uniform(0.5, 1.5, max(m, 2)))
    return rng.uniform(knots[0], knots[-1], n), knots, rng.normal(size=len(knots)), rng.normal(size=len(knots))
