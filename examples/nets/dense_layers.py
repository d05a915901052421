"""Dense layers: u_i = W_i z_{i-1} + b_i, z_i = sigma(u_i), from z_0 = x. The z_i are the latent representations."""

from __future__ import annotations

import numpy as np

import symdiff as sd


def show() -> str:
    net = sd.mlp([4, 3, 2, 1], activation="tanh")
    params, X = net.init(seed=0), np.random.default_rng(0).standard_normal((5, 4))
    found = net.forward(params, X)
    z = X[0]
    for i, (layer, sigma) in enumerate(zip(params, (np.tanh, np.tanh, lambda u: u), strict=True), 1):
        u = layer["W"] @ z + layer["b"]  # the lecture's line, for one example
        z = sigma(u)
        np.testing.assert_allclose(found[f"u{i}"][0], u, rtol=1e-12)
        np.testing.assert_allclose(found[f"z{i}"][0], z, rtol=1e-12)
    shapes = ", ".join(f"{name} {value.shape}" for name, value in found.items())
    return f"{net}\na batch of five: {shapes}"
