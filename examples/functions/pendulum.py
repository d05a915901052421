"""A swinging pendulum, integrated in time."""

from __future__ import annotations

import numpy as np

SIZE = (5, 1)  # time steps, pendulums


def pendulum(state, time, steps, g=9.81, length=1.0):
    """Angles and angular velocities after `time`, by the classical Runge-Kutta method. state: (2, pendulums).

    Source: theta'' = -(g/length) sin theta, with the scheme of Kutta (1901); in this form Hairer, Norsett and
    Wanner, Solving Ordinary Differential Equations I (1993), table II.1.2.
    """

    def slope(s):
        return np.stack([s[1], -g / length * np.sin(s[0])])

    h = time / steps
    for _ in range(steps):
        k1 = slope(state)
        k2 = slope(state + h / 2 * k1)
        k3 = slope(state + h / 2 * k2)
        k4 = slope(state + h * k3)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return state


def arguments(rng, size):
    steps, n = size
    return rng.uniform(-1.0, 1.0, (2, n)), 0.05 * steps, steps
