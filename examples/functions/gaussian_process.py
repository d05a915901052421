"""Regression with a Gaussian process."""

from __future__ import annotations

import numpy as np

SIZE = (4, 2)  # observations, features


def gaussian_process(theta, X, y):
    """The log marginal likelihood of y. theta holds the logarithms of amplitude, noise and the length scales.

    Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), equation 2.30 and algorithm 2.1,
    with the squared exponential kernel of equation 5.1.
    """
    amplitude, noise, lengths = np.exp(theta[0]), np.exp(theta[1]), np.exp(theta[2:])
    gaps = (X[:, None, :] - X[None, :, :]) / lengths
    K = amplitude**2 * np.exp(-0.5 * np.sum(gaps**2, axis=-1)) + noise**2 * np.eye(len(y))
    L = np.linalg.cholesky(K)
    alpha = np.linalg.solve(L.T, np.linalg.solve(L, y))
    return -0.5 * y @ alpha - np.sum(np.log(np.diag(L))) - 0.5 * len(y) * np.log(2 * np.pi)


def arguments(rng, size):
    n, d = size
    return rng.uniform(-1.0, 0.5, 2 + d), rng.normal(size=(n, d)), rng.normal(size=n)
