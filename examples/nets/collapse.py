"""Linear layers are one: W_n(...(W_1 x + b_1)...) + b_n = W x + b, with W = W_n ... W_1.

The lecture leaves b out: it is the sum of (W_n ... W_{i+1}) b_i. So depth without activations adds nothing.
"""

from __future__ import annotations

import numpy as np

import symdiff as sd


def show() -> str:
    net = sd.mlp([4, 5, 3, 2], activation="linear")
    one = net.collapse()
    assert one.proved
    params, X = net.init(seed=0, scheme="normal", scale=1.0), np.random.default_rng(0).standard_normal((6, 4))
    layer = net.collapse(params)
    np.testing.assert_allclose(net.forward(params, X)["z3"], X @ layer["W"].T + layer["b"], rtol=1e-12, atol=1e-12)
    return f"{one}\nproved for all shapes: {one.proved}; {net} and one layer of shape {layer['W'].shape} agree"
