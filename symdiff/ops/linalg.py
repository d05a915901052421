"""Linear algebra: solve, inv, det, its logarithm and sign, the Cholesky factor. All of them take stacks.

In scalar steps they are what a textbook does: Gaussian elimination with the pivots that the numbers choose
(any pivot that is not zero gives the same function, so that choice is no kink), and Cholesky's recurrences.

Sources of the pull-backs: M. Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008), section 2.2; for Cholesky I. Murray, "Differentiation of the Cholesky
decomposition", arXiv:1602.07527, equation (10).
"""

from __future__ import annotations

from functools import reduce
from operator import mul
from typing import Any

import numpy as np

from symdiff.ops.exponential import log
from symdiff.ops.piecewise import sign
from symdiff.ops.powers import sqrt
from symdiff.ops.reductions import add_up
from symdiff.ops.row import primitive
from symdiff.ops.shaping import Index, getitem
from symdiff.vocabulary import jla, jnp, sp

NEGLIGIBLE = 2.0**-40  # of the largest entry: a pivot that small is not divided by where there is another way
MINORS = 40  # the largest singular matrix whose cofactors are worked out one by one


def turned(x: Any) -> Any:
    """Every matrix of a stack transposed."""
    return np.swapaxes(x, -1, -2)


def on_matrices(x: Any) -> Any:
    """A number for each matrix of a stack, to be multiplied with it."""
    return np.reshape(x, (*np.shape(x), 1, 1))


def as_read(share: Any) -> Any:
    """The cotangent of a symmetric matrix of which only the lower triangle is read.

    An entry below the diagonal stands for its mirror image, too; the upper triangle is never looked at.
    """
    n = np.shape(share)[-1]
    below = np.where(np.tri(n, k=-1, dtype=bool), share + turned(share), 0.0)
    return np.where(np.eye(n, dtype=bool), share, below)


def from_lower(a: Any) -> Any:
    """JAX: the symmetric matrix whose lower triangle this is. JAX by itself would read both triangles."""
    return jnp.tril(a) + jnp.swapaxes(jnp.tril(a, -1), -1, -2)


# -- elimination in scalar steps -----------------------------------------------------------------------


def number(entry: Any) -> float:
    """The number that a scalar step is here."""
    return float(getattr(entry, "value", entry))


def _nothing(entry: Any) -> bool:
    """Whether an entry is the constant 0, as in a triangular matrix: not one that happens to be zero here."""
    if not hasattr(entry, "graph"):
        return entry == 0.0
    node = entry.graph.nodes[entry.index]
    return node.op == "const" and node.value == 0


def _subtract(rows: np.ndarray, i: int, k: int, factor: Any, start: int) -> None:
    """Row i less `factor` times row k, from column `start` on."""
    for j in range(start, rows.shape[1]):
        if not _nothing(rows[k, j]):
            product = factor * rows[k, j]
            rows[i, j] = -product if _nothing(rows[i, j]) else rows[i, j] - product


def _swap(rows: np.ndarray, i: int, k: int) -> bool:
    if i != k:
        rows[[i, k]] = rows[[k, i]]
    return i != k


def _eliminate(rows: np.ndarray, k: int) -> None:
    """The rows below row k freed of column k. LAPACK multiplies with the reciprocal, which rounds once more."""
    below = [i for i in range(k + 1, len(rows)) if not _nothing(rows[i, k])]
    if below:
        reciprocal = 1.0 / rows[k, k]
        for i in below:
            _subtract(rows, i, k, rows[i, k] * reciprocal, k + 1)


def _largest(column: np.ndarray) -> int:
    return int(np.argmax([abs(number(e)) for e in column]))


def _pivots(a: np.ndarray) -> tuple[list[Any], bool, np.ndarray]:
    """Gaussian elimination as far as there are pivots.

    Returns them, whether the permutation is odd, and the matrix that is left: it has no rows unless the
    matrix is singular, or next to it. Partial pivoting, as in LAPACK; complete where the column has none.
    """
    rows, n, odd = np.array(a, object), len(a), False
    enough = NEGLIGIBLE * max((abs(number(e)) for e in a.flat), default=0.0)
    pivots: list[Any] = []
    for k in range(n):
        best = k + _largest(rows[k:, k])
        if not abs(number(rows[best, k])) > enough:
            rest = _largest(rows[k:, k:].ravel())
            best, column = k + rest // (n - k), k + rest % (n - k)
            if not abs(number(rows[best, column])) > enough:
                return pivots, odd, rows[k:, k:]
            odd ^= _swap(rows.T, column, k)
        odd ^= _swap(rows, best, k)
        _eliminate(rows, k)
        pivots.append(rows[k, k])
    return pivots, odd, rows[n:, n:]


def _without_division(a: np.ndarray) -> Any:
    """The determinant by sums and products alone. Source: R. Bird, "A simple division-free algorithm for
    computing determinants", Information Processing Letters 111 (2011)."""
    n, x = len(a), np.array(a, object)
    for _ in range(n - 1):
        upper = np.full((n, n), 0.0, object)
        for i in range(n):
            upper[i, i] = -add_up([x[j, j] for j in range(i + 1, n)])
            upper[i, i + 1 :] = x[i, i + 1 :]
        y = np.full((n, n), 0.0, object)
        for i, j in np.ndindex(n, n):
            y[i, j] = add_up([upper[i, k] * a[k, j] for k in range(i, n) if not _nothing(upper[i, k])])
        x = y
    return x[0, 0] if n % 2 else -x[0, 0]


def of_each(a: np.ndarray, one: Any, axes: int) -> np.ndarray:
    """What `one` says of every matrix of a stack: a number, a vector or a matrix, with 0, 1 or 2 axes."""
    out = np.empty(a.shape[: a.ndim - 2 + axes], object)
    for at in np.ndindex(*a.shape[:-2]):
        out[at] = one(a[at])
    return out


def of_pairs(a: np.ndarray, b: np.ndarray, one: Any) -> np.ndarray:
    """The matrix that `one` makes of each two of two stacks, with the rows of `a` and the columns of `b`."""
    stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = np.broadcast_to(a, stack + a.shape[-2:]), np.broadcast_to(b, stack + b.shape[-2:])
    out = np.empty((*stack, a.shape[-2], b.shape[-1]), object)
    for at in np.ndindex(*stack):
        out[at] = one(a[at], b[at])
    return out


def _solved(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """One system: elimination with partial pivoting, then from the last unknown to the first."""
    n = len(a)
    rows = np.concatenate([np.asarray(a, object), np.asarray(b, object)], 1)
    for k in range(n):
        _swap(rows, k + _largest(rows[k:, k]), k)
        _eliminate(rows, k)
    x = rows[:, n:]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            if not _nothing(rows[k, j]):
                x[k] = [_less(e, rows[k, j], f) for e, f in zip(x[k], x[j], strict=True)]
        reciprocal = 1.0 / rows[k, k]
        x[k] = [e if _nothing(e) else e * reciprocal for e in x[k]]
    return x


def _less(e: Any, factor: Any, f: Any) -> Any:
    if _nothing(f):
        return e
    return -(factor * f) if _nothing(e) else e - factor * f


def _solve_scalars(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return of_pairs(a, b, _solved)


def _inv_scalars(a: np.ndarray) -> np.ndarray:
    return of_each(a, lambda m: _solved(m, np.eye(len(m)).astype(object)), 2)


def _product_of(*factors: Any) -> Any:
    return reduce(mul, factors)


def _by_logarithms(*sizes: float) -> float:
    """NumPy's determinant is exp(log|p1| + log|p2| + ...): each logarithm and each sum is rounded, and the
    exponential makes an absolute error relative. A determinant that is too small for a float is none that is exact."""
    if 0.0 in sizes:
        return 0.0
    logs = np.log(sizes)
    with np.errstate(over="ignore"):
        product = float(np.exp(np.sum(logs))) * (1 + 1e-9)
    return max(product * ((len(sizes) + 2) * float(np.sum(np.abs(logs))) + 2), 2.0**-1074)


product = primitive(
    "product", _product_of, variadic=True,
    vjp=lambda k, ct, y, *factors: reduce(mul, [f for j, f in enumerate(factors) if j != k], ct),
    sympy=lambda *factors: sp.Mul(*factors), jax=_product_of, ball=_product_of, rounding=_by_logarithms,
    doc="the product of the pivots of a matrix, which is its determinant",
)


def _det_scalars(a: np.ndarray) -> np.ndarray:
    def one(m: np.ndarray) -> Any:
        pivots, odd, left = _pivots(m)
        y = product(*pivots, *([_without_division(left)] if len(left) else [])) if len(m) else 1.0
        return -y if odd else y

    return of_each(a, one, 0)


def _logabsdet_scalars(a: np.ndarray) -> np.ndarray:
    def one(m: np.ndarray) -> Any:
        pivots, _, left = _pivots(m)
        if len(left):
            pivots = [*pivots, _without_division(left)]
        return add_up([log(p if number(p) > 0 else -p) for p in pivots])

    return of_each(a, one, 0)


def _detsign_scalars(a: np.ndarray) -> np.ndarray:
    def one(m: np.ndarray) -> Any:
        pivots, odd, left = _pivots(m)
        y: Any = -1.0 if odd else 1.0
        for p in [*pivots, *([_without_division(left)] if len(left) else [])]:
            y = y * sign(p)
        return y

    return of_each(a, one, 0)


def _cholesky_scalars(a: np.ndarray) -> np.ndarray:
    """L[i, j] = (a[i, j] - sum_k L[i, k] L[j, k]) / L[j, j], row by row; the upper triangle is not read. Divided
    is by a product with the reciprocal, as libraries do."""

    def one(m: np.ndarray) -> np.ndarray:
        factor = np.full(m.shape, 0.0, object)
        for i in range(len(m)):
            for j in range(i + 1):
                y = m[i, j]
                for k in range(j):
                    y = y - factor[i, k] * factor[j, k]
                factor[i, j] = sqrt(y) if i == j else y * (1.0 / factor[j, j])
        return factor

    return of_each(a, one, 2)


def _count(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=int))


def _cube(a: tuple[int, ...], *rest: Any) -> int:
    """About as many steps as elimination has."""
    n = a[-1]
    return _count(a[:-2]) * (2 * n**3 // 3 + n * n + 1)


# -- the pull-backs ------------------------------------------------------------------------------------


def _solve_rule_a(ct: Any, y: Any, a: Any, b: Any) -> Any:
    return -np.matmul(solve(turned(a), ct), turned(y))


def _solve_rule_b(ct: Any, y: Any, a: Any, b: Any) -> Any:
    return solve(turned(a), ct)


def _inv_rule(ct: Any, y: Any, a: Any) -> Any:
    return -np.matmul(np.matmul(turned(y), ct), turned(y))


def _cofactors(a: Any) -> Any:
    """d det(a) / da, entry by entry a determinant without one row and one column: right also where a is
    singular, and a composition of rows whose own pull-backs are right there."""
    n = np.shape(a)[-1]
    kept = np.array([[k for k in range(n) if k != i] for i in range(n)], dtype=np.intp).reshape(n, n - 1)
    rows, columns = kept[:, None, :, None], kept[None, :, None, :]
    signs = (-1.0) ** np.add.outer(np.arange(n), np.arange(n))
    return signs * det(getitem(a, index=Index((Ellipsis, rows, columns))))


def _det_rule(ct: Any, y: Any, a: Any) -> Any:
    """Giles: y a^-T, for regular matrices. Cofactors where they are as cheap, and where there is no inverse:
    two formulas of one function, so it does not matter to the derivative which the numbers choose."""
    n = np.shape(a)[-1]
    if n == 0:
        return np.zeros(np.shape(a))
    if n <= 3 or (n <= MINORS and not _regular(getattr(a, "value", a))):
        return on_matrices(ct) * _cofactors(a)
    return on_matrices(ct * y) * turned(inv(a))


def _regular(a: Any) -> bool:
    """Whether all the matrices are far enough from singular ones that their inverse has most of its digits."""
    spectrum = np.linalg.svd(a, compute_uv=False)
    return bool(np.all(spectrum[..., -1] > NEGLIGIBLE * spectrum[..., 0]))


def _cholesky_rule(ct: Any, y: Any, a: Any) -> Any:
    """L^-T phi(L^T ct) L^-1, where phi takes the lower triangle and half of the diagonal."""
    n = np.shape(y)[-1]
    inside = np.matmul(turned(y), ct)
    half = np.where(np.tri(n, k=-1, dtype=bool), inside, np.where(np.eye(n, dtype=bool), 0.5 * inside, 0.0))
    left = solve(turned(y), half)
    return as_read(turned(solve(turned(y), turned(left))))


solve = primitive(
    "solve", np.linalg.solve, vjp=(_solve_rule_a, _solve_rule_b), scalars=_solve_scalars, jax=jla.solve,
    cost=lambda a, b: int(np.prod(np.broadcast_shapes(a[:-2], b[:-2]), dtype=int))
    * (2 * a[-1] ** 3 // 3 + 2 * a[-1] ** 2 * b[-1]),
    doc="x with a x = b: (..., n, n), (..., n, k) -> (..., n, k)",
)
inv = primitive(
    "inv", np.linalg.inv, vjp=_inv_rule, scalars=_inv_scalars, jax=jla.inv,
    cost=lambda a: int(np.prod(a[:-2], dtype=int)) * 2 * a[-1] ** 3, doc="the inverse matrix",
)
det = primitive(
    "det", np.linalg.det, vjp=_det_rule, scalars=_det_scalars, jax=jla.det, cost=_cube,
    doc="the determinant",
)
logabsdet = primitive(
    "logabsdet", lambda a: np.linalg.slogdet(a)[1],
    vjp=lambda ct, y, a: on_matrices(ct) * turned(inv(a)),
    scalars=_logabsdet_scalars, jax=lambda a: jla.slogdet(a)[1], cost=_cube,
    doc="the logarithm of the modulus of the determinant",
)
detsign = primitive(
    "detsign", lambda a: np.linalg.slogdet(a)[0], vjp=None,
    scalars=_detsign_scalars, jax=lambda a: jla.slogdet(a)[0], cost=_cube,
    doc="the sign of the determinant: 1.0, -1.0 or 0.0",
)
cholesky = primitive(
    "cholesky", np.linalg.cholesky, vjp=_cholesky_rule, scalars=_cholesky_scalars,
    jax=lambda a: jla.cholesky(from_lower(a), symmetrize_input=False), cost=_cube,
    doc="the lower triangular L with L L^T = a; reads the lower triangle of a and nothing else, as NumPy does",
)
