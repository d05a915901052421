"""The attention of a transformer."""

from __future__ import annotations

import numpy as np

SIZE = (3, 2)  # queries, features


def attention(Q, K, V):
    """softmax(Q K^T / sqrt(d)) V, row by row.

    Source: Vaswani et al., Attention Is All You Need (2017), equation 1.
    """
    scores = Q @ K.T / np.sqrt(Q.shape[-1])
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return weights @ V


def arguments(rng, size):
    n, d = size
    return rng.normal(size=(n, d)), rng.normal(size=(n + 1, d)), rng.normal(size=(n + 1, 2))
