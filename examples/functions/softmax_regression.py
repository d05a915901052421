"""Multinomial logistic regression."""

from __future__ import annotations

import numpy as np

SIZE = (6, 3)  # observations, features


def softmax_regression(W, X, y):
    """Mean cross-entropy of softmax(X W^T) against the labels y. W: (classes, features).

    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.4, equation 4.108; the largest
    score is subtracted first, so that exp does not overflow.
    """
    scores = X @ W.T
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(log_probabilities[np.arange(len(y)), y])


def arguments(rng, size):
    n, d = size
    classes = d + 1
    return rng.normal(size=(classes, d)), rng.normal(size=(n, d)), rng.integers(0, classes, n)
