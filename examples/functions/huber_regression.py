"""Regression that does not mind outliers."""

from __future__ import annotations

import numpy as np

SIZE = (6, 3)  # observations, features


def huber_regression(w, X, y, delta=1.0):
    """The mean of Huber's loss: r^2 / 2 for small residuals, delta (|r| - delta / 2) for large ones.

    Source: Huber, Robust Estimation of a Location Parameter (1964); in this form Hastie, Tibshirani and Friedman,
    The Elements of Statistical Learning (2009), equation 10.23 (halved).
    """
    size = np.abs(y - X @ w)
    return np.mean(np.where(size <= delta, 0.5 * size**2, delta * (size - 0.5 * delta)))


def arguments(rng, size):
    n, d = size
    return rng.normal(size=d), rng.normal(size=(n, d)), 2.0 * rng.normal(size=n)
