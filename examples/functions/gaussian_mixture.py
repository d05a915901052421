"""A mixture of normal distributions."""

from __future__ import annotations

import numpy as np

SIZE = (5, 2)  # observations, dimensions


def gaussian_mixture(parameters, X):
    """The log-likelihood of the rows of X. parameters: weights before softmax, means, logarithms of the deviations.

    Source: Bishop, Pattern Recognition and Machine Learning (2006), equation 9.14, with diagonal covariances.
    """
    weights, means, log_deviations = parameters["weights"], parameters["means"], parameters["log_deviations"]
    z = (X[:, None, :] - means) * np.exp(-log_deviations)
    log_densities = -0.5 * np.sum(z**2, axis=-1) - np.sum(log_deviations, axis=-1)
    log_densities = log_densities - 0.5 * X.shape[1] * np.log(2 * np.pi)
    return np.sum(logsumexp(weights - logsumexp(weights) + log_densities))


def logsumexp(a):
    largest = np.max(a, axis=-1, keepdims=True)
    return np.squeeze(largest, axis=-1) + np.log(np.sum(np.exp(a - largest), axis=-1))


def arguments(rng, size):
    n, d = size
    parameters = {
        "weights": rng.normal(size=3),
        "means": rng.normal(size=(3, d)),
        "log_deviations": 0.3 * rng.normal(size=(3, d)),
    }
    return parameters, rng.normal(size=(n, d))
