"""The Kalman filter: one prediction and one update."""

from __future__ import annotations

import numpy as np

SIZE = (1, 2)  # measured quantities, state variables


def kalman_step(state, z, F, H, Q, R):
    """The mean and the covariance of the state after the measurement z, from those before it.

    Source: Kalman, A New Approach to Linear Filtering and Prediction Problems (1960); in this form Welch and
    Bishop, An Introduction to the Kalman Filter (2006), equations 1.9 to 1.13.
    """
    mean, covariance = state
    mean = F @ mean
    covariance = F @ covariance @ F.T + Q
    S = H @ covariance @ H.T + R
    gain = np.linalg.solve(S.T, (covariance @ H.T).T).T
    mean = mean + gain @ (z - H @ mean)
    covariance = (np.eye(len(mean)) - gain @ H) @ covariance
    return mean, covariance


def arguments(rng, size):
    m, d = size
    A = rng.normal(size=(d, d))
    state = rng.normal(size=d), A @ A.T + np.eye(d)
    F = np.eye(d) + 0.1 * rng.normal(size=(d, d))
    return state, rng.normal(size=m), F, rng.normal(size=(m, d)), 0.1 * np.eye(d), 0.5 * np.eye(m)
