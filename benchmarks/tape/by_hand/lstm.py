"""The LSTM: backpropagation through time. All four gates of a layer stand in one row of 4 times the width."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.tape.functions.lstm import LAYERS, WIDTH


def numpy_gradient(args: Any, data: Any, steps: int) -> Callable[..., Any]:
    start, sequence = data

    def gradient(w: Any, w2: Any) -> tuple[Any, Any]:
        state, tape = list(start), []
        for t in range(steps):
            state, kept = _forward(w, w2, state, sequence[t])
            tape.append((*kept, _logits(w2, state, sequence[t + 1])))
        ct_w, ct_w2, ct_state = np.zeros_like(w), np.zeros_like(w2), [np.zeros(WIDTH) for _ in start]
        for t in range(steps - 1, -1, -1):
            layers, top, ct_y = tape[t]
            ct_w2[1] += ct_y * top
            ct_w2[2] += ct_y
            ct_state[-2] = ct_state[-2] + ct_y * w2[1]
            ct_x, ct_state = _backward(w, ct_w, layers, ct_state)
            ct_w2[0] += ct_x * sequence[t]
        scale = -1.0 / (steps * WIDTH)
        return ct_w * scale, ct_w2 * scale

    return gradient


def _forward(w: Any, w2: Any, state: list[Any], x: Any) -> tuple[list[Any], tuple[Any, Any]]:
    x, after, layers = x * w2[0], [], []
    for k in range(LAYERS):
        h, c = state[2 * k], state[2 * k + 1]
        into = np.concatenate((x, h, x, h))
        u = into * w[2 * k] + w[2 * k + 1]
        gates = 1.0 / (1.0 + np.exp(-u[: 3 * WIDTH]))
        f, i, o = gates[:WIDTH], gates[WIDTH : 2 * WIDTH], gates[2 * WIDTH :]
        candidate = np.tanh(u[3 * WIDTH :])
        new = c * f + i * candidate
        squashed = np.tanh(new)
        layers.append((into, c, f, i, o, candidate, squashed))
        x = o * squashed
        after += [x, new]
    return after, (layers, x)


def _logits(w2: Any, state: list[Any], following: Any) -> Any:
    """The adjoint of y: following - (sum of following) exp(y) / (2 + sum exp y)."""
    e = np.exp(state[-2] * w2[1] + w2[2])
    return following - np.sum(following) * e / (2.0 + np.sum(e))


def _backward(w: Any, ct_w: Any, layers: list[Any], ct_state: list[Any]) -> tuple[Any, list[Any]]:
    before, ct_from_above = [None] * (2 * LAYERS), 0.0
    for k in range(LAYERS - 1, -1, -1):
        into, c, f, i, o, candidate, squashed = layers[k]
        ct_h = ct_state[2 * k] + ct_from_above
        ct_c = ct_state[2 * k + 1] + ct_h * o * (1.0 - squashed * squashed)
        ct_u = np.concatenate((
            ct_c * c * f * (1.0 - f), ct_c * candidate * i * (1.0 - i), ct_h * squashed * o * (1.0 - o),
            ct_c * i * (1.0 - candidate * candidate),
        ))  # fmt: skip
        ct_w[2 * k] += ct_u * into
        ct_w[2 * k + 1] += ct_u
        ct_into = ct_u * w[2 * k]
        before[2 * k + 1] = ct_c * f
        before[2 * k] = ct_into[WIDTH : 2 * WIDTH] + ct_into[3 * WIDTH :]
        ct_from_above = ct_into[:WIDTH] + ct_into[2 * WIDTH : 3 * WIDTH]
    return ct_from_above, before


makers = {"grad": {"numpy": numpy_gradient}}
