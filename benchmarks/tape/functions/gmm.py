"""The log likelihood of a Gaussian mixture with a Wishart prior, up to constants.

F. Srajer, Z. Kukelova, A. Fitzgibbon, "A benchmark of selected algorithmic differentiation tools on some problems in
computer vision and machine learning", Optimization Methods and Software 33 (2018): with Q_k lower triangular, exp(q_k)
on its diagonal and l_k below it,
    sum_i logsumexp_k(alpha_k + sum q_k - |Q_k (x_i - mu_k)|**2 / 2) - n logsumexp(alpha)
    - g**2 (|exp q|**2 + |l|**2) / 2.
All Q_k (x_i - mu_k) come from one matrix product, in every peer's program.
"""

from __future__ import annotations

from typing import Any

import numpy as np

GAMMA = 1.0


def places(d: int) -> tuple[Any, Any]:
    """Where l_k and the diagonal go in the d*d entries of Q_k, as matrices of zeros and ones."""
    columns, rows = np.triu_indices(d, 1)
    below = np.zeros((len(rows), d * d))
    below[np.arange(len(rows)), rows * d + columns] = 1.0
    diagonal = np.zeros((d, d * d))
    diagonal[np.arange(d), np.arange(d) * (d + 1)] = 1.0
    return below, diagonal


def inputs(n: int, d: int, k: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    rng = np.random.default_rng(2)
    args = rng.normal(size=k), rng.uniform(size=(k, d)), rng.normal(size=(k, d)), rng.normal(size=(k, d * (d - 1) // 2))
    return args, (rng.normal(size=(n, d)), *places(d))


def value(xp: Any, args: Any, data: Any, n: int, d: int, k: int) -> Any:
    (alpha, mu, q, below), (x, put_below, put_diagonal) = args, data
    diagonal = xp.exp(q)
    Q = xp.reshape(below @ put_below + diagonal @ put_diagonal, (k, d, d))
    Qmu = xp.reshape(xp.sum(Q * xp.reshape(mu, (k, 1, d)), axis=2), (k * d,))
    y = x @ xp.reshape(Q, (k * d, d)).T - Qmu
    squares = xp.reshape(xp.sum(xp.reshape(y * y, (n * k, d)), axis=1), (n, k))
    inner = alpha + xp.sum(q, axis=1) - 0.5 * squares
    prior = 0.5 * GAMMA**2 * (xp.sum(diagonal * diagonal) + xp.sum(below * below))
    return xp.sum(_logsumexp(xp, inner)) - n * xp.sum(_logsumexp(xp, xp.reshape(alpha, (1, k)))) - prior


def _logsumexp(xp: Any, z: Any) -> Any:
    most = xp.max(z, axis=1, keepdims=True)
    return xp.log(xp.sum(xp.exp(z - most), axis=1)) + most[:, 0]
