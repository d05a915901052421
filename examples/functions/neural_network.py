"""A small neural network for regression."""

from __future__ import annotations

import itertools

import numpy as np

SIZE = (4, 2)  # observations, features


def neural_network(layers, X, y):
    """The mean squared error of a network with tanh between its layers. layers: a list of (W, b).

    Source: Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.1; the derivative is Rumelhart, Hinton
    and Williams, Learning Representations by Back-propagating Errors (1986).
    """
    z = X
    for W, b in layers[:-1]:
        z = np.tanh(z @ W.T + b)
    W, b = layers[-1]
    return np.mean((z @ W.T + b - y) ** 2)


def arguments(rng, size):
    n, d = size
    widths = [d, 3, 1]
    layers = [(rng.normal(size=(k, j)), rng.normal(size=k)) for j, k in itertools.pairwise(widths)]
    return layers, rng.normal(size=(n, d)), rng.normal(size=(n, 1))
