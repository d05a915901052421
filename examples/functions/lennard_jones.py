"""The energy of a cluster of atoms."""

from __future__ import annotations

import numpy as np

SIZE = (4, 3)  # atoms, dimensions of space


def lennard_jones(positions, epsilon=1.0, sigma=1.0):
    """The sum over all pairs of 4 epsilon ((sigma/r)^12 - (sigma/r)^6). positions: (atoms, dimensions).

    Source: Jones, On the Determination of Molecular Fields II (1924); in this form Allen and Tildesley, Computer
    Simulation of Liquids (2017), equation 1.6.
    """
    i, j = np.triu_indices(len(positions), k=1)
    gaps = positions[i] - positions[j]
    s6 = (sigma**2 / np.sum(gaps**2, axis=1)) ** 3
    return 4.0 * epsilon * np.sum(s6**2 - s6)


def arguments(rng, size):
    n, d = size
    grid = np.stack(np.meshgrid(*[np.arange(n)] * d, indexing="ij"), axis=-1).reshape(-1, d)
    chosen = rng.choice(len(grid), size=n, replace=False)
    return (1.2 * grid[chosen] + 0.1 * rng.normal(size=(n, d)),)
