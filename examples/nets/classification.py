"""Classification: softmax cross-entropy, whose gradient by the outputs u is softmax(u) minus one-hot, over N.

Source: Bishop, Pattern Recognition and Machine Learning (2006), equation 4.109.
"""

from __future__ import annotations

import numpy as np

import symdiff as sd
from symdiff.nets.losses import loss


def risk(u, y):
    return np.sum(loss("softmax_cross_entropy").each(u, y)) / u.shape[0]


def softmax(u):
    e = np.exp(u - np.max(u, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def closed_form(u, y):
    return (softmax(u) - y) / len(u)


def wrong_axis(u, y):
    return (softmax(u.T).T - y) / len(u)


def show() -> str:
    u, y = np.random.default_rng(0).standard_normal((4, 3)), np.eye(3)[[0, 2, 1, 1]]
    right = sd.crosscheck(risk, u, y, claimed=closed_form)
    wrong = sd.crosscheck(risk, u, y, claimed=wrong_axis)
    assert right.ok
    assert str(wrong.verdict) == "DIFFER"
    return f"(softmax(u) - y)/N: {right.verdict}\nthe softmax taken over the examples: {wrong.verdict}"
