"""The linear readout: least squares by QR or SVD, and the proof that its gradient is zero.

Minimise q(w) = |A w - d|^2 / 2 + ridge |w|^2 / 2, which is the plain least-squares problem of the augmented system
[A; sqrt(ridge) I] w = [d; 0]. The normal equations square its condition number and are never formed: at condition
4e5 they leave seven digits where QR and SVD leave twelve, and the gradient is zero for both (Higham, Accuracy and
Stability of Numerical Algorithms, 2nd ed., chapter 20). So the weights of two solvers are compared as well.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.learn.contracts import Claim, Contract
from symdiff.learn.given import floats, real
from symdiff.learn.vectors import off
from symdiff.nets.activations import suggestion
from symdiff.operators import grad

SOLVERS = ("qr", "svd")
UNIT = float(np.finfo(np.float64).eps) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Readout:
    """Weights and how they were found.

    Attributes:
        weights: (columns, outputs).
        ridge: the factor of |w|^2 / 2; 0 is unregularised least squares.
        solver: "qr" or "svd".
        rank: of the (augmented) system, counted as NumPy's `matrix_rank` does.
        columns: how many weights an output has; with a rank below that, the weights are those of minimum norm.
        largest: the largest singular value of the (augmented) system.
        condition: that over the smallest one that counts.
    """

    weights: np.ndarray
    ridge: float
    solver: str
    rank: int
    columns: int
    largest: float
    condition: float

    def __str__(self) -> str:
        how = f"ridge {self.ridge:g}" if self.ridge else "unregularised"
        full = "full rank" if self.rank == self.columns else "minimum norm"
        return (f"readout by {self.solver.upper()}, {how}: rank {self.rank} of {self.columns} ({full}), "
                f"condition {self.condition:.1e}")  # fmt: skip


def least_squares(A: Any, d: Any, ridge: float = 0.0, solver: str = "qr") -> Readout:
    """The weights w that minimise |A w - d|^2 + ridge |w|^2, by an orthogonal factorisation of the augmented system.

    Args:
        A: (rows, columns), a row for each example.
        d: (rows,) or (rows, outputs).
        ridge: 0 or more; every weight is penalised alike.
        solver: "qr" or "svd".

    Returns:
        A `Readout`; `weights` has shape (columns, outputs).

    Raises:
        InputError: shapes that do not fit, an entry that is not finite, a ridge below 0, an unknown solver.

    Warns:
        UserWarning: the system has not full rank; the weights are those of minimum norm.

    >>> fit = least_squares([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [1.0, 3.0, 5.0])
    >>> fit.weights.round(12).tolist(), fit.rank
    ([[1.0], [2.0]], 2)
    """
    A, d = _table(A, "A"), _table(d, "d")
    if len(A) != len(d) or not A.size:
        raise InputError(f"A has shape {A.shape} and d {d.shape}: expected one row of A for each row of d, and some")
    real("ridge", ridge)
    if solver not in SOLVERS:
        raise InputError(f"solver {solver!r} is not known{suggestion(solver, SOLVERS)}")
    columns = A.shape[1]
    weights, s, rank = _solved(*_augmented(A, d, float(ridge)), solver)
    if rank < columns:
        warnings.warn(
            f"the readout's system of {len(A)} rows has rank {rank} of {columns} columns: the weights of minimum norm "
            "were taken; with ridge > 0, or more rows, there is one answer",
            UserWarning,
            stacklevel=3,
        )
    condition = float(s[0] / s[rank - 1]) if rank else math.inf
    return Readout(weights, float(ridge), solver, rank, columns, float(s[0]), condition)


def _augmented(A: np.ndarray, d: np.ndarray, ridge: float) -> tuple[np.ndarray, np.ndarray]:
    """[A; sqrt(ridge) I] and [d; 0]."""
    if not ridge:
        return A, d
    columns = A.shape[1]
    return (
        np.concatenate([A, math.sqrt(ridge) * np.eye(columns)]),
        np.concatenate([d, np.zeros((columns, d.shape[1]))]),
    )


def _solved(A: np.ndarray, d: np.ndarray, solver: str) -> tuple[np.ndarray, np.ndarray, int]:
    """The weights, the singular values, and how many of them count. R has those of A and is small."""
    R, turned = A, d
    if solver == "qr":
        Q, R = np.linalg.qr(A)
        turned = Q.T @ d
    u, s, vt = np.linalg.svd(R, full_matrices=False)
    rank = int(np.sum(s > s[0] * max(A.shape) * 2 * UNIT))
    if solver == "qr" and rank == A.shape[1]:
        from scipy.linalg import solve_triangular

        return solve_triangular(R, turned), s, rank
    return vt[:rank].T @ ((u[:, :rank].T @ turned) / s[:rank, None]), s, rank


def objective(w: Any, A: Any, d: Any, ridge: float) -> Any:
    """q(w) = |A w - d|^2 / 2 + ridge |w|^2 / 2: what the operators differentiate."""
    left = A @ w - d
    return 0.5 * np.sum(left * left) + 0.5 * ridge * np.sum(w * w)


def relative_gradient(readout: Readout, A: Any, d: Any, method: str = "tape") -> float:
    """|grad q(w)| / |grad q(0)| at the readout's weights, by one of the methods: zero, but for rounding.

    >>> A, d = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 3.0, 4.0])
    >>> fit = least_squares(A, d)
    >>> [relative_gradient(fit, A, d, method) < 1e-14 for method in ("symbolic", "tape", "jax")]
    [True, True, True]
    """
    A, d = _table(A, "A"), _table(d, "d")
    slope = grad(objective, method=method)
    here = slope(readout.weights, A, d, readout.ridge)
    at_zero = slope(np.zeros_like(readout.weights), A, d, readout.ridge)
    return float(np.linalg.norm(here) / np.linalg.norm(at_zero))


def check(readout: Readout, A: Any, d: Any, methods: Sequence[str] = ("symbolic", "tape", "jax")) -> Contract:
    """Whether the readout is where its gradient is zero, by each method, and whether both solvers' weights agree.

    The gradient alone cannot tell good weights from bad ones where the system is ill conditioned: it is small along the
    directions in which the weights are uncertain. What is allowed follows from a backward error of
    e = sqrt(rows columns) u, u the unit roundoff (Higham and Mary 2019): of the gradient e |A| (|A| |w| + |d|), of the
    weights Wedin's e k (2 + (k + 1) |r| / (|A| |w|)), with condition k and residual r (Higham 2002, theorem 20.1).
    """
    A, d = _table(A, "A"), _table(d, "d")
    wide, long = _augmented(A, d, readout.ridge)
    error = math.sqrt(wide.size) * UNIT
    w, size = readout.weights, readout.largest * float(np.linalg.norm(readout.weights))
    pull = float(np.linalg.norm(A.T @ d)) or math.inf
    gradient = error * readout.largest * (size + float(np.linalg.norm(d))) / pull
    claims = [
        Claim(f"relative gradient at the weights, {method}", relative_gradient(readout, A, d, method), gradient)
        for method in methods
    ]
    other = _solved(wide, long, "svd" if readout.solver == "qr" else "qr")[0]
    apart = off(w, other)
    k, left = readout.condition, float(np.linalg.norm(wide @ w - long))
    allowed = error * k * (2.0 + (k + 1.0) * left / (size or math.inf))
    unique = readout.rank == readout.columns  # else which singular values count may differ: reported, not promised
    claims.append(Claim(f"weights by QR and by SVD, condition {k:.1e}", apart, allowed if unique else None))
    return Contract("readout", "another objective", tuple(claims))


def _table(values: Any, name: str) -> np.ndarray:
    found = floats(values, name)
    if found.ndim == 1 and name == "d":
        found = found[:, None]
    if found.ndim != 2:
        raise InputError(f"{name} has shape {found.shape}: expected two axes, a row for each example")
    return found
