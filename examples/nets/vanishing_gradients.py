"""Why gradients vanish, dL/dz_{i-1} = W_i^T (sigma'(u_i) o dL/dz_i), and two misprints of the lecture beside it.

Its line dL/dz_i = dL/du sigma'(u_i) du/dz_i counts sigma' twice, since dL/du has it already; and it writes
u_i = W_i z_i where layer i takes z_{i-1}.
"""

from __future__ import annotations

import numpy as np

import symdiff as sd
from symdiff.nets import vanishing
from symdiff.nets.report import adjoints_of


def show() -> str:
    net = sd.mlp([4, 3, 2, 1], activation="sigmoid")
    rng = np.random.default_rng(0)
    params, X, y = net.init(seed=0), rng.standard_normal((1, 4)), rng.standard_normal((1, 1))
    by, values = adjoints_of(net, params, X, y), net.forward(params, X)
    W, z = params[1]["W"], values["z2"][0]
    slope = z * (1 - z)
    right = W.T @ (slope * by["z2"][0])
    twice = W.T @ (slope * slope * by["z2"][0])
    np.testing.assert_allclose(right, by["z1"][0], rtol=1e-12)
    assert not np.allclose(twice, by["z1"][0], rtol=0.1)
    try:
        W @ z  # W_2 is (2, 3): it takes z_1, of three numbers, and not z_2, of two
    except ValueError:
        index = "W_2 z_2 has no meaning: W_2 is (2, 3) and z_2 has 2 entries"
    else:
        raise AssertionError("W_2 z_2 chains")
    table = vanishing((2, 10, 30), ["sigmoid", "relu"], ["xavier", "he"], width=32, seeds=3)
    words = {(row.activation, row.init, row.depth): row.word for row in table.rows}
    assert words["sigmoid", "xavier", 30] == "vanishes"
    assert words["relu", "he", 30] == "keeps"
    lines = [f"dL/dz_1 = {by['z1'][0]}", f"W_2^T (sigma'(u_2) o dL/dz_2) = {right}", f"sigma' twice: {twice}", index]
    return "\n".join([*lines, "", str(table)])
