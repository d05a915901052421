"""Functions with derivatives written by hand, as a scientist writes them for an optimizer; one has a misprint.

`symdiff check examples.claims:rosenbrock --claimed examples.claims:misprint --range x=-2:2 --shape x=5` finds it;
`symdiff check examples/claims.symdiff.toml --allow-import` checks them all.
"""

from __future__ import annotations

import numpy as np


def rosenbrock(x: np.ndarray) -> float:
    """Rosenbrock's valley, in any number of dimensions."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_gradient(x: np.ndarray) -> np.ndarray:
    """Its gradient."""
    g = np.zeros_like(x)
    g[1:] += 200 * (x[1:] - x[:-1] ** 2)
    g[:-1] += -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    return g


def misprint(x: np.ndarray) -> np.ndarray:
    """The same with 200 where 400 belongs: the 2 of the inner square was forgotten."""
    g = np.zeros_like(x)
    g[1:] += 200 * (x[1:] - x[:-1] ** 2)
    g[:-1] += -200 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    return g


def logistic_loss(w: np.ndarray, X: np.ndarray, y: np.ndarray) -> float:
    """The mean logistic loss of a linear classifier; y is -1 or 1."""
    return np.mean(np.log1p(np.exp(-y * (X @ w))))


def logistic_gradient(w: np.ndarray, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Its gradient by w."""
    return -X.T @ (y / (1 + np.exp(y * (X @ w)))) / len(y)
