"""Eigenvalues and eigenvectors of symmetric matrices; only the lower triangle is read.

No finite number of arithmetic steps gives an eigenvalue, so entry k of the answer is one scalar step of all
the entries of the matrix: rigorous in balls, and without a closed form for SymPy from 3 x 3 on.

The row `eigenvectors` picks the sign of every vector by a rule of its own, so that all vocabularies mean the
same; NumPy's choice is `eigenflips` times that, a decision.

Source of the pull-backs: M. Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008), section 3.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.ops.linalg import as_read, from_lower, number, of_each, turned
from symdiff.ops.row import primitive
from symdiff.vocabulary import arb, jla, jnp, sp

GOLDEN = 0.6180339887498949


def _lower(entries: Any, n: int) -> np.ndarray:
    """The matrix whose lower triangle is `entries`, row by row."""
    a = np.zeros((n, n))
    a[np.tril_indices(n)] = entries
    return a


def _weights(n: int) -> np.ndarray:
    """What an eigenvector has a positive product with. Rough: no vector of a pattern is orthogonal to it."""
    return 0.5 + (np.arange(1, n + 1) * GOLDEN) % 1.0


def signs(vectors: Any) -> Any:
    """1 or -1 for every column: what turns it to the side that the row means."""
    return np.where(_weights(np.shape(vectors)[-1]) @ vectors < 0, -1.0, 1.0)


def _eigenvectors(a: Any) -> np.ndarray:
    vectors = np.linalg.eigh(a)[1]
    return vectors * signs(vectors)[..., None, :]


def _jax_eigenvectors(a: Any) -> Any:
    vectors = jla.eigh(from_lower(a), symmetrize_input=False)[1]
    weights = 0.5 + (jnp.arange(1, a.shape[-1] + 1) * GOLDEN) % 1.0
    sides = jnp.where(weights @ vectors < 0, -1.0, 1.0)
    return vectors * sides[..., None, :]


def _no_closed_form(*entries: Any, **params: Any) -> Any:
    raise UnsupportedError("SymPy has no closed form of the eigenvectors of a matrix of symbols")


def _sympy_eigenvalue(*entries: Any, n: int, k: int) -> Any:
    if n == 1:
        return entries[0]
    if n > 2:
        raise UnsupportedError(f"SymPy has no closed form of the eigenvalues of a {n} x {n} matrix of symbols")
    a, b, c = entries
    root = sp.sqrt((a - c) ** 2 + 4 * b**2)
    return (a + c + root) / 2 if k else (a + c - root) / 2


def _not_alone(*args: Any, **params: Any) -> Any:
    raise UnsupportedError("the tape pulls back all eigenvalues of a matrix at once, not one by itself")


def _size(*sizes: float, n: int) -> float:
    """The error of LAPACK's symmetric eigensolvers in units u: N. J. Higham, as in rounding.py, and the users'
    guide, section 4.7: a modest multiple of the norm."""
    return 8.0 * n * 2.0 * float(np.linalg.norm(sizes))


eigenvalue = primitive(
    "eigenvalue", lambda *entries, n, k: np.linalg.eigvalsh(_lower(entries, n))[k], vjp=_not_alone, variadic=True,
    sympy=_sympy_eigenvalue, jax=lambda *entries, n, k: _jax_one(entries, n)[0][k], ball=arb.eigenvalue,
    params=("n", "k"), rounding=lambda *sizes, n, k: _size(*sizes, n=n),
    doc="eigenvalue k of a symmetric matrix given by its lower triangle, row by row",
)
eigenvector = primitive(
    "eigenvector", lambda *entries, n, k, row, gap: _eigenvectors(_lower(entries, n))[row, k], vjp=_not_alone,
    variadic=True, sympy=_no_closed_form, jax=lambda *entries, n, k, row, gap: _jax_one(entries, n)[1][row, k],
    ball=arb.eigenvector, params=("n", "k", "row", "gap"),
    rounding=lambda *sizes, n, k, row, gap: _size(*sizes, n=n) / gap if gap else np.inf,
    doc="entry `row` of the unit eigenvector of eigenvalue k, whose neighbours are `gap` away or more",
)


def _jax_one(entries: Any, n: int) -> Any:
    a = jnp.zeros((n, n)).at[jnp.tril_indices(n)].set(jnp.stack([jnp.asarray(e) for e in entries]))
    return jla.eigvalsh(from_lower(a), symmetrize_input=False), _jax_eigenvectors(a)


def _entries(m: np.ndarray) -> list[Any]:
    return list(m[np.tril_indices(len(m))])


def _gaps(m: np.ndarray) -> list[float]:
    return gaps_between(_lower([number(e) for e in _entries(m)], len(m)))


def gaps_between(a: np.ndarray) -> list[float]:
    """For every eigenvalue of a matrix of numbers, how far its nearest neighbour is."""
    values = np.linalg.eigvalsh(a)
    apart = np.concatenate([[np.inf], np.diff(values), [np.inf]])
    return np.minimum(apart[:-1], apart[1:]).tolist()


def _eigvalsh_scalars(a: np.ndarray) -> np.ndarray:
    n = a.shape[-1]
    return of_each(a, lambda m: [eigenvalue(*_entries(m), n=n, k=k) for k in range(n)], 1)


def _eigenvectors_scalars(a: np.ndarray) -> np.ndarray:
    n = a.shape[-1]

    def one(m: np.ndarray) -> np.ndarray:
        out, gaps = np.empty((n, n), object), _gaps(m)
        for row, k in np.ndindex(n, n):
            out[row, k] = eigenvector(*_entries(m), n=n, k=k, row=row, gap=gaps[k])
        return out

    return of_each(a, one, 2)


def _flips(a: Any) -> np.ndarray:
    return signs(np.linalg.eigh(a)[1]).astype(int)


def _flips_scalars(a: np.ndarray) -> np.ndarray:
    return of_each(a, lambda m: _flips(_lower([number(e) for e in _entries(m)], len(m))).tolist(), 1)


def _eigvalsh_rule(ct: Any, y: Any, a: Any) -> Any:
    vectors = eigenvectors(a)
    return as_read(np.matmul(vectors * ct[..., None, :], turned(vectors)))


def _eigenvectors_rule(ct: Any, y: Any, a: Any) -> Any:
    """V (F o (V^T ct)) V^T, where F[i, j] = 1 / (x_j - x_i), and 0 on the diagonal: the vectors keep their length."""
    diagonal = np.eye(np.shape(a)[-1], dtype=bool)
    values = eigvalsh(a)
    gaps = np.where(diagonal, 1.0, values[..., None, :] - values[..., :, None])
    inside = np.where(diagonal, 0.0, np.matmul(turned(y), ct) / gaps)
    return as_read(np.matmul(np.matmul(y, inside), turned(y)))


def _shape_cost(a: tuple[int, ...]) -> int:
    return int(np.prod(a[:-1], dtype=int))


eigvalsh = primitive(
    "eigvalsh", np.linalg.eigvalsh, vjp=_eigvalsh_rule, scalars=_eigvalsh_scalars,
    jax=lambda a: jla.eigvalsh(from_lower(a), symmetrize_input=False), cost=_shape_cost,
    doc="the eigenvalues of a symmetric matrix in ascending order; reads the lower triangle only",
)
eigenvectors = primitive(
    "eigenvectors", _eigenvectors, vjp=_eigenvectors_rule, scalars=_eigenvectors_scalars, jax=_jax_eigenvectors,
    cost=lambda a: int(np.prod(a, dtype=int)),
    doc="unit eigenvectors of a symmetric matrix, one a column, with a sign that all vocabularies agree on",
)
eigenflips = primitive(
    "eigenflips", _flips, vjp=None, scalars=_flips_scalars, whole=True, cost=_shape_cost,
    jax=lambda a: jnp.ones(a.shape[:-1], int), ulp=0.0,
    doc="1 or -1: NumPy's eigenvectors are `eigenvectors` times this",
)
