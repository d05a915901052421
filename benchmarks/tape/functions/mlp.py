"""The empirical risk of a multilayer perceptron: softmax cross-entropy of a batch of rows.

z_i = sigma(z_{i-1} W_i + b_i); the last layer has no sigma. The parameters are a list W_1, b_1, W_2, b_2, ...
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

SHAPES = {
    "tiny": ((2, 16, 16, 2), 32),
    "medium": ((64, 128, 128, 10), 128),
    "big": ((784, 1024, 1024, 10), 256),
}  # layers, batch


def inputs(net: str, activation: str, dtype: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    (layers, batch), rng = SHAPES[net], np.random.default_rng(0)
    params = []
    for rows, columns in itertools.pairwise(layers):
        params += [rng.normal(size=(rows, columns)) / rows**0.5, 0.1 * rng.normal(size=columns)]
    X, labels = rng.normal(size=(batch, layers[0])), rng.integers(0, layers[-1], batch)
    Y = np.eye(layers[-1])[labels]
    return ([p.astype(dtype) for p in params],), (X.astype(dtype), Y.astype(dtype))


def value(xp: Any, args: Any, data: Any, net: str, activation: str, dtype: str) -> Any:
    (params,), (z, Y) = args, data
    for k in range(0, len(params) - 2, 2):
        u = z @ params[k] + params[k + 1]
        if activation == "relu":
            z = xp.maximum(u, 0.0)
        else:
            z = xp.tanh(u) if activation == "tanh" else 1.0 / (1.0 + xp.exp(-u))
    u = z @ params[-2] + params[-1]
    u = u - xp.max(u, axis=1, keepdims=True)
    return xp.mean(xp.log(xp.sum(xp.exp(u), axis=1)) - xp.sum(u * Y, axis=1))


def flop_ratio(net: str) -> float:
    """Products of a gradient over those of the function: three per layer, but no adjoint of the data."""
    layers, _ = SHAPES[net]
    each = [a * b for a, b in itertools.pairwise(layers)]
    return 3 - each[0] / sum(each)
