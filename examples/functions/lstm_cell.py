"""One step of a long short-term memory."""

from __future__ import annotations

import numpy as np

SIZE = (1, 2)  # hidden units, inputs


def lstm_cell(parameters, x, h, c):
    """The next h and c. The rows of W, U and b are those of the input, forget and output gate and the candidate.

    Source: Hochreiter and Schmidhuber, Long Short-Term Memory (1997), with the forget gate of Gers, Schmidhuber and
    Cummins, Learning to Forget (2000).
    """
    gates = parameters["W"] @ x + parameters["U"] @ h + parameters["b"]
    i, f, o, g = np.split(gates, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def sigmoid(u):
    return 1.0 / (1.0 + np.exp(-u))


def arguments(rng, size):
    n, d = size
    parameters = {"W": rng.normal(size=(4 * n, d)), "U": rng.normal(size=(4 * n, n)), "b": rng.normal(size=4 * n)}
    return parameters, rng.normal(size=d), rng.normal(size=n), rng.normal(size=n)
