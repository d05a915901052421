"""A hidden Markov model."""

from __future__ import annotations

import numpy as np

SIZE = (5, 2)  # observations, states


def hidden_markov(parameters, observed):
    """The log-likelihood of a sequence of symbols, by the forward algorithm with scaling.

    Source: Rabiner, A Tutorial on Hidden Markov Models (1989), equations 19 to 21 and 103.
    """
    start, move, emit = (softmax(parameters[name]) for name in ("start", "move", "emit"))
    total = 0.0
    alpha = start * emit[:, observed[0]]
    for symbol in observed[1:]:
        scale = np.sum(alpha)
        total = total + np.log(scale)
        alpha = (alpha / scale) @ move * emit[:, symbol]
    return total + np.log(np.sum(alpha))


def softmax(a):
    e = np.exp(a)
    return e / e.sum(axis=-1, keepdims=True)


def arguments(rng, size):
    n, k = size
    parameters = {"start": rng.normal(size=k), "move": rng.normal(size=(k, k)), "emit": rng.normal(size=(k, 3))}
    return parameters, rng.integers(0, 3, n)
