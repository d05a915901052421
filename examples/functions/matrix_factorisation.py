"""Recommending by matrix factorisation."""

from __future__ import annotations

import numpy as np

SIZE = (4, 3)  # users, items


def matrix_factorisation(factors, ratings, known, penalty=0.05):
    """The squared errors of the known ratings under U V^T, and a penalty. factors: (U, V).

    Source: Koren, Bell and Volinsky, Matrix Factorization Techniques for Recommender Systems (2009), equation 2.
    """
    U, V = factors
    errors = np.where(known, ratings - U @ V.T, 0.0)
    return np.sum(errors**2) + penalty * (np.sum(U**2) + np.sum(V**2))


def arguments(rng, size):
    n, m = size
    factors = rng.normal(size=(n, 2)), rng.normal(size=(m, 2))
    return factors, rng.uniform(1.0, 5.0, (n, m)), rng.random((n, m)) < 0.7
