"""The losses L(f(x), y), and the empirical risk Q(w) = 1/N sum_n L(f(x_n, w), y_n) that is their mean.

Each is written here as it is in books, and compared with the net's own risk and its derivative.
"""

from __future__ import annotations

import numpy as np

import symdiff as sd


def sigmoid(u):
    return 1 / (1 + np.exp(-u))


def huber(e):
    return np.where(np.abs(e) < 1, e**2 / 2, np.abs(e) - 0.5)


def cross_entropy(u, y):
    return -np.log(np.exp(u) / np.sum(np.exp(u), axis=1, keepdims=True))[np.arange(len(y)), y]


LOSSES = {  # the loss of each example, and the labels
    "mse": (lambda u, y: np.mean((u - y) ** 2, axis=1), "numbers"),
    "absolute": (lambda u, y: np.mean(np.abs(u - y), axis=1), "numbers"),
    "huber": (lambda u, y: np.mean(huber(u - y), axis=1), "numbers"),
    "binary_cross_entropy": (
        lambda u, y: -np.mean(y * np.log(sigmoid(u)) + (1 - y) * np.log(1 - sigmoid(u)), axis=1),
        "bits",
    ),
    "softmax_cross_entropy": (cross_entropy, "classes"),
    "hinge": (lambda u, y: np.mean(np.maximum(0, 1 - y * u), axis=1), "signs"),
}


def show() -> str:
    rng, lines = np.random.default_rng(0), []
    X = rng.standard_normal((5, 3))
    labels = {
        "numbers": rng.standard_normal((5, 2)),
        "bits": rng.integers(0, 2, (5, 2)).astype(float),
        "classes": rng.integers(0, 2, 5),
        "signs": rng.choice([-1.0, 1.0], (5, 2)),
    }
    for name, (each, kind) in LOSSES.items():
        net, y = sd.mlp([3, 4, 2], "tanh", name), labels[kind]
        params = net.init(seed=0)
        risk = np.mean(each(net.forward(params, X)["u2"], y))
        np.testing.assert_allclose(net.risk(params, X, y), risk, rtol=1e-12)
        found = sd.crosscheck(net.risk, params, X, y)
        assert found.ok
        lines.append(f"{name}: Q(w) = {risk:.4f}, dQ/dw: {found.verdict}")
    return "\n".join(lines)
