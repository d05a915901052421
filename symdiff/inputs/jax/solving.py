"""Primitives of linear algebra: factorisations and triangular systems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symdiff.inputs.jax.values import Refused, is_recorded


def _cholesky(eqn: Any, a: Any) -> Any:
    return np.linalg.cholesky(a)


def _triangular(eqn: Any, a: Any, b: Any) -> Any:
    p = eqn.params
    n = np.shape(a)[-1]
    keep = np.tri(n, dtype=bool) if p["lower"] else np.tri(n, dtype=bool).T
    if p["unit_diagonal"]:
        a = np.where(keep & ~np.eye(n, dtype=bool), a, np.eye(n))
    else:
        a = np.where(keep, a, 0.0)
    turned = p["transpose_a"] not in (0, False)
    if p["left_side"]:
        return np.linalg.solve(np.swapaxes(a, -1, -2) if turned else a, b)
    # x a = b is a^T x^T = b^T
    found = np.linalg.solve(a if turned else np.swapaxes(a, -1, -2), np.swapaxes(b, -1, -2))
    return np.swapaxes(found, -1, -2)


def _lu(eqn: Any, a: Any) -> Any:
    """L and U in one matrix, the pivots, the permutation: of each column the largest entry left is the pivot, which is
    a decision. Source: G. Golub and C. Van Loan, "Matrix Computations" (4th ed., 2013), algorithm 3.4.1."""
    if np.ndim(a) != 2:
        raise Refused("a stack of matrices: use one matrix at a time")
    m, n = np.shape(a)
    order, pivots = np.arange(m), []
    for k in range(min(m, n)):
        p = k + (int(np.argmax(np.abs(a[k:, k]))) if k + 1 < m else 0)
        pivots.append(p)
        swap = np.arange(m)
        swap[[k, p]] = p, k
        a, order = a[swap], order[swap]
        if k + 1 < m:
            factors = a[k + 1 :, k] / a[k, k]
            left = a[k + 1 :, k + 1 :] - factors[:, None] * a[k, k + 1 :]
            below = np.concatenate([a[k + 1 :, :k], factors[:, None], left], 1)
            a = np.concatenate([a[: k + 1], below], 0)
    kinds = [v.aval.dtype for v in eqn.outvars]
    return a, np.asarray(pivots, kinds[1]), order.astype(kinds[2])


def _pivots_to_permutation(eqn: Any, pivots: Any) -> Any:
    order = np.arange(eqn.params["permutation_size"])
    for k, p in enumerate(np.asarray(pivots).tolist()):
        order[[k, p]] = order[[p, k]]
    return order.astype(eqn.outvars[0].aval.dtype)


def _eigh(eqn: Any, a: Any) -> Any:
    """Vectors, then values: JAX's order."""
    a = a if eqn.params.get("lower", True) else np.swapaxes(a, -1, -2)
    found = np.linalg.eigh(a)
    return [found.eigenvectors, found.eigenvalues]


def _svd(eqn: Any, a: Any) -> Any:
    if eqn.params["compute_uv"]:
        raise Refused("the vectors of a singular value decomposition: the singular values alone can be had")
    return [np.linalg.svdvals(a)]


def _real_only(f: Callable[..., Any]) -> Callable[..., Any]:
    def read(eqn: Any, *args: Any) -> Any:
        if any(np.dtype(v.aval.dtype).kind == "c" for v in eqn.invars) or not is_recorded(*args):
            raise Refused("complex matrices")
        return f(eqn, *args)

    return read


READERS: dict[str, Callable[..., Any]] = {
    "cholesky": _real_only(_cholesky), "triangular_solve": _real_only(_triangular), "lu": _real_only(_lu),
    "lu_pivots_to_permutation": _pivots_to_permutation, "eigh": _real_only(_eigh), "svd": _real_only(_svd),
}  # fmt: skip
