"""The gradient of the empirical risk is the mean of the gradients of the examples."""

from __future__ import annotations

import numpy as np

import symdiff as sd
from symdiff.pytrees import flatten


def show() -> str:
    net = sd.mlp([2, 4, 3], "tanh", "softmax_cross_entropy")
    rng = np.random.default_rng(0)
    params, X, y = net.init(seed=0), rng.standard_normal((6, 2)), rng.integers(0, 3, 6)
    gradient = sd.grad(net.risk)
    whole, _ = flatten(gradient(params, X, y))
    single = [flatten(gradient(params, X[n : n + 1], y[n : n + 1]))[0] for n in range(6)]
    for k, array in enumerate(whole):
        np.testing.assert_allclose(array, np.mean([each[k] for each in single], axis=0), rtol=1e-12, atol=1e-15)
    apart = np.std([each[0][0, 0] for each in single])
    return f"dQ/dW_1[0, 0] = {whole[0][0, 0]:.6f}, the mean of six, whose standard deviation is {apart:.6f}"
