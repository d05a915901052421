"""The log likelihood of a Gaussian mixture with a Wishart prior, up to constants.

F. Srajer, Z. Kukelova, A. Fitzgibbon, "A benchmark of selected algorithmic differentiation tools on some problems in
computer vision and machine learning", Optimization Methods and Software 33 (2018): with Q_k lower triangular, exp(q_k)
on its diagonal and l_k below it,
    sum_i logsumexp_k(alpha_k + sum q_k - |Q_k (x_i - mu_k)|**2 / 2) - n logsumexp(alpha) - g**2/2 (|exp q|**2 + |l|**2).
All Q_k (x_i - mu_k) come from one matrix product, in every peer's program.
"""

from __future__ import annotations

from typing import Any

import numpy

GAMMA = 1.0


def places(d: int) -> tuple[Any, Any]:
    """Where l_k and the diagonal go in the d*d entries of Q_k, as matrices of zeros and ones."""
    columns, rows = numpy.triu_indices(d, 1)
    below = numpy.zeros((len(rows), d * d))
    below[numpy.arange(len(rows)), rows * d + columns] = 1.0
    diagonal = numpy.zeros((d, d * d))
    diagonal[numpy.arange(d), numpy.arange(d) * (d + 1)] = 1.0
    return below, diagonal


def inputs(n: int, d: int, k: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    rng = numpy.random.default_rng(2)
    args = rng.normal(size=k), rng.uniform(size=(k, d)), rng.normal(size=(k, d)), rng.normal(size=(k, d * (d - 1) // 2))
    return args, (rng.normal(size=(n, d)), *places(d))


def value(np: Any, args: Any, data: Any, n: int, d: int, k: int) -> Any:
    (alpha, mu, q, below), (x, put_below, put_diagonal) = args, data
    diagonal = np.exp(q)
    Q = np.reshape(below @ put_below + diagonal @ put_diagonal, (k, d, d))
    Qmu = np.reshape(np.sum(Q * np.reshape(mu, (k, 1, d)), axis=2), (k * d,))
    y = x @ np.reshape(Q, (k * d, d)).T - Qmu
    squares = np.reshape(np.sum(np.reshape(y * y, (n * k, d)), axis=1), (n, k))
    inner = alpha + np.sum(q, axis=1) - 0.5 * squares
    prior = 0.5 * GAMMA**2 * (np.sum(diagonal * diagonal) + np.sum(below * below))
    return np.sum(_logsumexp(np, inner)) - n * np.sum(_logsumexp(np, np.reshape(alpha, (1, k)))) - prior


def _logsumexp(np: Any, z: Any) -> Any:
    most = np.max(z, axis=1, keepdims=True)
    return np.log(np.sum(np.exp(z - most), axis=1)) + most[:, 0]
