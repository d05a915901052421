"""Linear algebra on recorded arrays: NumPy's functions in terms of a few rows.

What has no derivative where it matters (a rank), or none that a row knows (eigenvalues of a matrix that is
not symmetric), is refused in a sentence.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from numpy.linalg._linalg import EighResult, SlogdetResult

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements, like_array, like_arrays
from symdiff.inputs.numpy.shaping import apply
from symdiff.inputs.recorded import place

WELL = 1e6  # the condition number up to which normal equations keep enough digits to be called a pseudo-inverse


def _matrices(a: Any, name: str, square: bool = True) -> Any:
    """NumPy's own errors for what is no stack of (square) matrices."""
    if a.ndim < 2:
        raise np.linalg.LinAlgError(f"{a.ndim}-dimensional array given. Array must be at least two-dimensional")
    if square and a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(f"Last 2 dimensions of the array must be square: {name} was given {a.shape}")
    return a


def _values(a: Any) -> np.ndarray:
    return np.asarray(getattr(a, "value", a))


@implements(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    """As in NumPy 2: b is one vector only if it has one axis, else a stack of matrices."""
    a, b = _matrices(like_array(a), "np.linalg.solve"), like_array(b)
    np.linalg.solve(np.broadcast_to(np.eye(a.shape[-1]), a.shape), np.zeros(b.shape))  # NumPy's errors for shapes
    if b.ndim > 1:
        return apply("solve", a, b)
    return apply("solve", a, np.reshape(b, (-1, 1)))[..., 0]


@implements(np.linalg.inv)
def inv(a: Any) -> Any:
    return apply("inv", _matrices(a, "np.linalg.inv"))


@implements(np.linalg.det)
def det(a: Any) -> Any:
    return apply("det", _matrices(a, "np.linalg.det"))


@implements(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    a = _matrices(a, "np.linalg.slogdet")
    return SlogdetResult(apply("detsign", a), apply("logabsdet", a))


@implements(np.linalg.cholesky)
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """Reads one triangle only, the lower one unless `upper`: by the other the derivative is zero."""
    a = _matrices(a, "np.linalg.cholesky")
    return np.swapaxes(apply("cholesky", np.swapaxes(a, -1, -2)), -1, -2) if upper else apply("cholesky", a)


def _lower(a: Any, UPLO: str, name: str) -> Any:
    if UPLO.upper() not in ("L", "U"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    a = _matrices(a, name)
    return a if UPLO.upper() == "L" else np.swapaxes(a, -1, -2)


@implements(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    return apply("eigvalsh", _lower(a, UPLO, "np.linalg.eigvalsh"))


@implements(np.linalg.eigh)
def eigh(a: Any, UPLO: str = "L") -> Any:
    """The sign of every vector is NumPy's, noted as a decision."""
    a = _lower(a, UPLO, "np.linalg.eigh")
    flips = apply("eigenflips", a).decided()
    return EighResult(apply("eigvalsh", a), apply("eigenvectors", a) * flips[..., None, :])


@implements(np.linalg.svdvals)
def svdvals(x: Any, /) -> Any:
    """The positive eigenvalues of [[0, x], [x^T, 0]]; unlike those of x^T x they keep all their digits.

    That matrix has |m - n| eigenvalues 0: with two of them their vectors are anybody's choice, and the roots of
    the eigenvalues of x^T x are taken: a singular value below 1e-8 of the largest has no digits left then.

    Source: G. Golub and C. Van Loan, "Matrix Computations" (4th ed., 2013), section 8.6.1.
    """
    x = _matrices(x, "np.linalg.svdvals", square=False)
    m, n = x.shape[-2:]
    if abs(m - n) > 1:
        flipped = np.swapaxes(x, -1, -2)
        return np.sqrt(np.flip(np.linalg.eigvalsh(np.matmul(flipped, x) if m > n else np.matmul(x, flipped)), -1))
    zeros = [np.zeros((*x.shape[:-2], k, k)) for k in (m, n)]
    top = np.concatenate([zeros[0], x], -1)
    both = np.concatenate([top, np.concatenate([np.swapaxes(x, -1, -2), zeros[1]], -1)], -2)
    return np.flip(np.linalg.eigvalsh(both)[..., max(m, n) :], -1)


@implements(np.linalg.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    if not compute_uv:
        return np.linalg.svdvals(a)
    raise UnsupportedError(f"{place()}the vectors of np.linalg.svd cannot be recorded: the singular values are "
                           "np.linalg.svdvals(a), the right vectors those of np.linalg.eigh(a.T @ a)")  # fmt: skip


@implements(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Any:
    a = _matrices(a, "np.linalg.matrix_power")
    if n < 0:
        a, n = np.linalg.inv(a), -n
    y = None
    while n:  # squares, of which those are multiplied that n has a binary digit for
        if n % 2:
            y = a if y is None else np.matmul(y, a)
        n //= 2
        a = np.matmul(a, a) if n else a
    return np.broadcast_to(np.eye(a.shape[-1]), a.shape) if y is None else y


@implements(np.linalg.multi_dot)
def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    """From left to right: the best order changes the time, not the value."""
    return reduce(np.dot, [like_array(a) for a in arrays])


def _full_rank(a: Any, name: str) -> Any:
    """The matrix, if its columns or rows are far from dependent."""
    a = _matrices(like_array(a), name, square=False)
    spectrum = np.linalg.svdvals(_values(a)) if a.size else np.ones(1)
    if not np.all(spectrum[..., -1] * WELL > spectrum[..., 0]):
        raise UnsupportedError(f"{place()}{name} is recorded for matrices of full rank and a condition number below "
                               f"{WELL:.0e} only: its derivative does not exist where the rank changes")  # fmt: skip
    return a


@implements(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    a = _full_rank(a, "np.linalg.pinv")
    flipped = np.swapaxes(a, -1, -2)
    if a.shape[-2] >= a.shape[-1]:
        return np.linalg.solve(np.matmul(flipped, a), flipped)
    return np.swapaxes(np.linalg.solve(np.matmul(a, flipped), a), -1, -2)


@implements(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """The solution, the sums of squared residuals (of a tall matrix), the rank and the singular values."""
    a, b = _full_rank(a, "np.linalg.lstsq"), like_array(b)
    np.linalg.lstsq(np.eye(*a.shape), np.zeros(b.shape), rcond)  # NumPy's own errors
    x = np.matmul(np.linalg.pinv(a), b)
    gap = b - np.matmul(a, x)
    left = np.sum(np.reshape(gap * gap, (len(b), -1)), 0) if a.shape[0] > a.shape[1] else np.zeros(0)
    return x, left, min(a.shape), np.linalg.svdvals(a)


@implements(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    if p in (None, 2, -2):
        spectrum = np.linalg.svdvals(x)
        return spectrum[..., 0] / spectrum[..., -1] if p != -2 else spectrum[..., -1] / spectrum[..., 0]
    return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, axis=(-2, -1))


@implements(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = like_arrays(a, b)
    for axis in axes or ():
        a = np.moveaxis(a, axis, -1)
    rest = a.shape[b.ndim :]
    return np.reshape(np.linalg.solve(np.reshape(a, (b.size, -1)), np.ravel(b)), rest)


@implements(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    rows = int(np.prod(a.shape[:ind], dtype=int))
    return np.reshape(np.linalg.inv(np.reshape(a, (rows, -1))), a.shape[ind:] + a.shape[:ind])


@implements(np.linalg.matrix_rank)
def matrix_rank(*args: Any, **kwargs: Any) -> Any:
    raise UnsupportedError(f"{place()}np.linalg.matrix_rank of a value that is being differentiated: a rank is a whole "
                           "number that rounding decides; work it out before, from the plain matrix")  # fmt: skip


@implements(np.linalg.eig, np.linalg.eigvals)
def eig(*args: Any, **kwargs: Any) -> Any:
    raise UnsupportedError(f"{place()}np.linalg.eig and eigvals cannot be recorded: their answer may be complex; of a "
                           "symmetric matrix use np.linalg.eigh or eigvalsh")  # fmt: skip


@implements(np.linalg.qr)
def qr(*args: Any, **kwargs: Any) -> Any:
    raise UnsupportedError(f"{place()}np.linalg.qr cannot be recorded: for least squares use np.linalg.lstsq, for an "
                           "orthonormal basis np.linalg.cholesky(a.T @ a)")  # fmt: skip


# -- norms ---------------------------------------------------------------------------------------------


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if axis is None and (ord is None or x.ndim == 1):
        shape = (1,) * x.ndim
        y = _of_vectors(np.ravel(x), 2 if ord is None else ord, 0)
        return np.reshape(y, shape) if keepdims else y
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
    if len(axes) == 1:
        return _of_vectors(x, 2 if ord is None else ord, axes[0], keepdims)
    if len(axes) != 2:
        raise ValueError("Improper number of dimensions to norm.")
    y = _of_matrices(np.moveaxis(x, axes, (-2, -1)), "fro" if ord is None else ord)
    places = sorted(k % x.ndim for k in axes)
    return np.expand_dims(y, tuple(places)) if keepdims else y


@implements(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    axes = tuple(range(x.ndim)) if axis is None else axis
    return _of_vectors(x, ord, axes, keepdims)


@implements(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return np.linalg.norm(x, ord, axis=(-2, -1), keepdims=keepdims)


def _of_vectors(x: Any, ord: Any, axis: Any, keepdims: bool = False) -> Any:
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    if ord == 2:
        return np.sqrt(np.sum(x * x, axis, keepdims=keepdims))
    if ord == np.inf:
        return np.max(np.abs(x), axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(np.abs(x), axis, keepdims=keepdims)
    if ord == 0:
        return np.sum(np.where(np.not_equal(x, 0.0), 1.0, 0.0), axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(np.abs(x), axis, keepdims=keepdims)
    return np.sum(np.abs(x) ** ord, axis, keepdims=keepdims) ** (1.0 / ord)


def _of_matrices(x: Any, ord: Any) -> Any:
    """The norms of the last two axes."""
    if ord == "fro":
        return np.sqrt(np.sum(x * x, (-2, -1)))
    if ord == "nuc":
        return np.sum(np.linalg.svdvals(x), -1)
    if ord in (2, -2):
        return np.linalg.svdvals(x)[..., 0 if ord == 2 else -1]
    if ord in (1, -1, np.inf, -np.inf):
        sums = np.sum(np.abs(x), -2 if abs(ord) == 1 else -1)
        return np.max(sums, -1) if ord > 0 else np.min(sums, -1)
    raise ValueError("Invalid norm order for matrices.")
