"""Linear regression with a penalty."""

from __future__ import annotations

import numpy as np

SIZE = (6, 3)  # observations, features


def ridge_regression(w, X, y, penalty=0.1):
    """|y - X w|^2 + penalty |w|^2.

    Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2009), equation 3.43.
    """
    residuals = y - X @ w
    return residuals @ residuals + penalty * np.linalg.norm(w) ** 2


def arguments(rng, size):
    n, d = size
    return rng.normal(size=d), rng.normal(size=(n, d)), rng.normal(size=n)
