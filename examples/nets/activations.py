"""The activations of the lecture and their derivatives: sigmoid, tanh, ReLU and Leaky ReLU, each as one writes it.

sigma' = sigma (1 - sigma), tanh' = 1 - tanh^2, ReLU' is 1 above zero and 0 below, Leaky ReLU' is alpha below.
"""

from __future__ import annotations

import numpy as np

import symdiff as sd
from symdiff import TABLE

ALPHA = 0.1


def sigmoid(u):
    return 1 / (1 + np.exp(-u))


ACTIVATIONS = {
    "sigmoid": (TABLE["sigmoid"], lambda u: sigmoid(u) * (1 - sigmoid(u))),
    "tanh": (np.tanh, lambda u: 1 - np.tanh(u) ** 2),
    "relu": (TABLE["relu"], lambda u: np.where(u > 0, 1.0, 0.0)),
    "leaky_relu": (lambda u: TABLE["leaky_relu"](u, ALPHA), lambda u: np.where(u > 0, 1.0, ALPHA)),
}


def show() -> str:
    u, lines = np.array([-1.25, 0.5, 2.0]), []
    for name, (sigma, slope) in ACTIVATIONS.items():
        right = sd.crosscheck(lambda u, f=sigma: np.sum(f(u)), u, claimed=slope)
        wrong = sd.crosscheck(lambda u, f=sigma: np.sum(f(u)), u, claimed=lambda u, f=sigma, s=slope: s(f(u)))
        assert right.ok
        # of ReLU and its kin the derivative at z = sigma(u) is that at u: both have the same sign
        assert str(wrong.verdict) == ("DIFFER" if name in ("sigmoid", "tanh") else str(right.verdict))
        lines.append(f"{name}': {right.verdict}; sigma'(z) for sigma'(u): {wrong.verdict}")
    return "\n".join(lines)
