"""A long short-term memory over a sequence: a loop that is recorded as one step."""

from __future__ import annotations

import numpy as np

import symdiff as sd
from examples.functions.lstm_cell import arguments as of_a_cell
from examples.functions.lstm_cell import lstm_cell

SIZE = (1, 3)  # hidden units, steps


def lstm(parameters, sequence, targets):
    """The mean squared error of the last hidden unit as a prediction of what comes next.

    Source: Hochreiter and Schmidhuber, Long Short-Term Memory (1997).
    """

    def step(state, now):
        x, target = now
        h, c = lstm_cell(parameters, x, *state)
        return (h, c), (h[-1] - target) ** 2

    rest = np.zeros(len(parameters["b"]) // 4)
    _, errors = sd.scan(step, (rest, rest), (sequence, targets))
    return np.mean(errors)


def arguments(rng, size):
    units, steps = size
    parameters, *_ = of_a_cell(rng, (units, 2))
    return parameters, rng.normal(size=(steps, 2)), rng.normal(size=steps)
