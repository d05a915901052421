"""Logistic regression with a penalty."""

from __future__ import annotations

import numpy as np

SIZE = (6, 3)  # observations, features


def logistic_regression(w, X, y, penalty=0.1):
    """The mean of log(1 + exp(-y <w, x>)) for labels y of -1 and 1, and penalty |w|^2 / 2.

    Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2009), equations 4.20 and 10.18.
    """
    return np.mean(np.logaddexp(0.0, -y * (X @ w))) + 0.5 * penalty * np.dot(w, w)


def arguments(rng, size):
    n, d = size
    return rng.normal(size=d), rng.normal(size=(n, d)), rng.choice([-1.0, 1.0], n)
