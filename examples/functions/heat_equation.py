"""Heat in a rod, integrated in time."""

from __future__ import annotations

import numpy as np

SIZE = (4, 6)  # time steps, points along the rod


def heat_equation(u, conductivity, steps, dt=0.1):
    """The temperatures after some explicit steps, the ends held fixed. conductivity: of each cell between points.

    Source: LeVeque, Finite Difference Methods for Ordinary and Partial Differential Equations (2007), section 2.15 and
    equation 9.5, with a conductivity that depends on the temperature, k (1 + u^2 / 10).
    """
    for _ in range(steps):
        middle = 0.5 * (u[1:] + u[:-1])
        flux = conductivity * (1.0 + 0.1 * middle**2) * np.diff(u)
        u = np.concatenate([u[:1], u[1:-1] + dt * np.diff(flux), u[-1:]])
    return u


def arguments(rng, size):
    steps, n = size
    return rng.normal(size=n + 1), rng.uniform(0.5, 1.5, n), steps
