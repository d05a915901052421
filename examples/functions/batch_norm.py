"""Batch normalisation."""

from __future__ import annotations

import numpy as np

SIZE = (4, 2)  # observations, features


def batch_norm(X, gamma, beta, epsilon=1e-5):
    """Every column of X with mean zero and variance one, then scaled and shifted.

    Source: Ioffe and Szegedy, Batch Normalization (2015), algorithm 1.
    """
    return gamma * (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + epsilon) + beta


def arguments(rng, size):
    n, d = size
    return rng.normal(size=(n, d)), rng.uniform(0.5, 1.5, d), rng.normal(size=d)
