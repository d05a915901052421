"""Leaky ReLU is x above zero and alpha x below. The lecture's max(alpha x, x) is the same for alpha <= 1 only."""

from __future__ import annotations

import numpy as np

import symdiff as sd
from symdiff import TABLE

X = np.array([-2.0, 2.0])


def lecture(x, alpha):
    return np.maximum(alpha * x, x)


def show() -> str:
    leaky, lines = TABLE["leaky_relu"], []
    for alpha in (-0.5, 0.1, 1.0, 2.0):
        right, written = leaky(X, alpha), lecture(X, alpha)
        np.testing.assert_array_equal(right, np.where(X > 0, X, alpha * X))
        assert np.array_equal(right, written) == (alpha <= 1)
        slopes = sd.grad(lambda x, a=alpha: np.sum(leaky(x, a)))(X)
        np.testing.assert_array_equal(slopes, [alpha, 1.0])
        lines.append(f"alpha {alpha:4}: leaky_relu(-2, 2) = {right.tolist()}, max(alpha x, x) = {written.tolist()}")
    return "\n".join(lines)
