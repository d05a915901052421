"""Where a planet is: Kepler's equation, solved by Newton's method."""

from __future__ import annotations

import numpy as np

SIZE = (3, 1)  # mean anomalies of each planet, planets


def kepler(eccentricity, mean_anomaly):
    """The eccentric anomalies E with E - e sin E = M. eccentricity: (planets,); mean_anomaly: (times, planets).

    Source: Danby, Fundamentals of Celestial Mechanics (1988), section 6.6, with the start E = M + e sin M.
    """
    E = mean_anomaly + eccentricity * np.sin(mean_anomaly)
    step = np.ones_like(E)
    while np.max(np.abs(step)) > 1e-12:
        step = (E - eccentricity * np.sin(E) - mean_anomaly) / (1.0 - eccentricity * np.cos(E))
        E = E - step
    return E


def arguments(rng, size):
    n, planets = size
    return rng.uniform(0.05, 0.6, planets), rng.uniform(0.3, 2.8, (n, planets))
