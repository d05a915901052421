"""Small nets and data for the tests of learning."""

from __future__ import annotations

from typing import Any

import numpy as np

import symdiff as sd


def classification(
    widths: tuple[int, ...] = (5, 4, 4, 3), activation: str = "tanh", count: int = 6, seed: int = 1, **options: Any
) -> tuple[Any, Any, np.ndarray, np.ndarray]:
    """(net, parameters, X, y) with class numbers."""
    net = sd.mlp(widths, activation, "softmax_cross_entropy", **options)
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((count, widths[0])), rng.integers(0, widths[-1], count)
    return net, net.init(seed), X, y


def blobs(count: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three clouds of points in the plane, which a straight line does not separate, but nearly."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 3
    centres = np.array([[0.0, 2.0], [-2.0, -1.0], [2.0, -1.0]])
    return centres[y] + 0.5 * rng.standard_normal((count, 2)), y
