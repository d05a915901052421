"""The loss of a small LSTM that predicts a sequence, with gates of vectors instead of matrices.

S. Hochreiter, J. Schmidhuber, "Long short-term memory" (1997), with a forget gate; the benchmark's form (see gmm):
every gate is an elementwise a * w + b, of the input for the forget and output gates, of the state for the others.
    c' = c f + i t,   h' = o tanh(c'),   loss = -mean of s_{t+1} (y_t - log(2 + sum exp y_t))
"""

from __future__ import annotations

from typing import Any

import numpy as np

LAYERS, WIDTH = 2, 14


def inputs(steps: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    rng, width = np.random.default_rng(5), WIDTH
    args = rng.random((2 * LAYERS, 4 * width)), rng.random((3, width))
    return args, (rng.random((2 * LAYERS, width)), (rng.random((steps + 1, width)) > 0.5).astype(float))


def gates(w: Any) -> list[list[tuple[Any, Any]]]:
    """For every layer, weight and bias of the gates f, i, o and of the candidate t."""
    cuts = [slice(k * WIDTH, (k + 1) * WIDTH) for k in range(4)]
    return [[(w[2 * k, cut], w[2 * k + 1, cut]) for cut in cuts] for k in range(LAYERS)]


def step(xp: Any, of: Any, ends: Any, state: Any, x: Any, following: Any) -> tuple[list[Any], Any]:
    """The state after one step, and its share of the loss."""
    into, out, bias = ends
    x, after = x * into, []
    for k, ((wf, bf), (wi, bi), (wo, bo), (wt, bt)) in enumerate(of):
        h, c = state[2 * k], state[2 * k + 1]
        c = c * _sigmoid(xp, x * wf + bf) + _sigmoid(xp, h * wi + bi) * xp.tanh(h * wt + bt)
        x = _sigmoid(xp, x * wo + bo) * xp.tanh(c)
        after += [x, c]
    y = x * out + bias
    return after, xp.sum(following * (y - xp.log(2.0 + xp.sum(xp.exp(y)))))


def value(xp: Any, args: Any, data: Any, steps: int) -> Any:
    (w, w2), (start, sequence) = args, data
    of, ends = gates(w), (w2[0], w2[1], w2[2])
    state, total = [start[k] for k in range(2 * LAYERS)], 0.0
    for t in range(steps):
        state, share = step(xp, of, ends, state, sequence[t], sequence[t + 1])
        total = total + share
    return -total / (steps * WIDTH)


def _sigmoid(xp: Any, u: Any) -> Any:
    return 1.0 / (1.0 + xp.exp(-u))
