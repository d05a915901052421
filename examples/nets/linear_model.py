"""The linear model a(x) = <w, x> and its empirical risk Q(w) = 1/N sum_n (<w, x_n> - y_n)^2."""

from __future__ import annotations

import numpy as np

import symdiff as sd


def risk(w, X, y):
    return np.mean((X @ w - y) ** 2)


def closed_form(w, X, y):
    """dQ/dw = 2/N X^T (X w - y)."""
    return 2 / len(X) * X.T @ (X @ w - y)


def without_the_mean(w, X, y):
    return 2 * X.T @ (X @ w - y)


def show() -> str:
    rng = np.random.default_rng(0)
    w, X, y = rng.standard_normal(3), rng.standard_normal((5, 3)), rng.standard_normal(5)
    right = sd.crosscheck(risk, w, X, y, claimed=closed_form)
    wrong = sd.crosscheck(risk, w, X, y, claimed=without_the_mean)
    assert right.ok
    assert str(wrong.verdict) == "DIFFER"
    return f"dQ/dw = 2/N X^T (X w - y): {right.verdict}\ndQ/dw = 2 X^T (X w - y): {wrong.verdict}"
