"""A multivariate normal distribution, through the Cholesky factor of its covariance."""

from __future__ import annotations

import numpy as np

SIZE = (4, 3)  # observations, dimensions


def gaussian_likelihood(covariance, mean, X):
    """The log-likelihood of the rows of X.

    Source: Bishop, Pattern Recognition and Machine Learning (2006), equation 2.118. With covariance = L L^T the
    quadratic form is |L^-1 (x - mean)|^2 and log det is 2 sum log L_ii.
    """
    n, d = X.shape
    L = np.linalg.cholesky(covariance)
    z = np.linalg.solve(L, (X - mean).T)
    return -0.5 * np.sum(z**2) - n * np.sum(np.log(np.diag(L))) - 0.5 * n * d * np.log(2 * np.pi)


def arguments(rng, size):
    n, d = size
    A = rng.normal(size=(d, d))
    return A @ A.T + d * np.eye(d), rng.normal(size=d), rng.normal(size=(n, d))
