"""Matrices: transposes, symmetric parts, traces, determinants, inverses and solutions."""

from __future__ import annotations

from typing import Any

from benchmarks.trust.battery.case import Family

FAMILY = Family("linear_algebra")
wrong, right = FAMILY.wrong, FAMILY.right
A = [[2.0, -1.0, 0.5], [0.3, 1.7, -0.2], [-0.6, 0.4, 3.1]]
SPD = [[4.0, 1.0, 0.5], [1.0, 3.0, -0.3], [0.5, -0.3, 2.0]]
X3, Y3 = [0.7, -1.3, 2.1], [1.1, 0.4, -0.8]
NEAR_SINGULAR = [[1.0, 2.0], [1.0, 2.0 + 2.0**-30]]
BOOK = "https://www.math.uwaterloo.ca/~hwolkowi/matrixcookbook.pdf"


def quadratic(np: Any, x: Any) -> Any:
    return x @ np.asarray(A) @ x


def bilinear(np: Any, a: Any, x: Any) -> Any:
    return np.asarray(Y3) @ (a @ x)


def least_squares(np: Any, x: Any) -> Any:
    r = np.asarray([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]]) @ x - np.asarray([1.0, 0.3, -2.0])
    return 0.5 * (r @ r)


def frobenius(np: Any, a: Any) -> Any:
    return np.sum((a @ np.asarray(A)) ** 2)


def solution(np: Any, a: Any) -> Any:
    return np.asarray(X3) @ np.linalg.solve(a, np.asarray(Y3))


def determinant(np: Any, a: Any) -> Any:
    return np.linalg.det(a)


def log_determinant(np: Any, a: Any) -> Any:
    return np.linalg.slogdet(a)[1]


def inverse_entry(np: Any, a: Any) -> Any:
    return np.linalg.inv(a)[0, 1]


def rayleigh(np: Any, x: Any) -> Any:
    return (x @ np.asarray(SPD) @ x) / (x @ x)


def cosine(np: Any, x: Any) -> Any:
    y = np.asarray(Y3)
    return (x @ y) / (np.sqrt(x @ x) * np.sqrt(y @ y))


def trace_of_square(np: Any, a: Any) -> Any:
    return np.trace(a @ a)


def adjugate(np: Any, a: Any) -> Any:
    return np.array([[a[1, 1], -a[1, 0]], [-a[0, 1], a[0, 0]]])


def _of_rayleigh(np: Any, x: Any) -> Any:
    return 2 * (np.asarray(SPD) @ x - rayleigh(np, x) * x) / (x @ x)


def _of_solution(np: Any, a: Any) -> Any:
    return -np.outer(np.linalg.solve(a.T, np.asarray(X3)), np.linalg.solve(a, np.asarray(Y3)))


wrong("x'Ax as 2Ax for a matrix that is not symmetric", quadratic, lambda np, x: 2 * np.asarray(A) @ x, X3,
      "(A + A')x.", source=BOOK)
wrong("x'Ax as Ax", quadratic, lambda np, x: np.asarray(A) @ x, X3, "The second use of x is forgotten.")
wrong("least squares: residual with the wrong sign", least_squares,
      lambda np, x: np.asarray([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]]).T @ (np.asarray([1.0, 0.3, -2.0])
                    - np.asarray([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]]) @ x), [0.4, 0.9], "b - Ax for Ax - b.")
wrong("least squares: the half was forgotten", least_squares,
      lambda np, x: 2 * np.asarray([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]]).T
      @ (np.asarray([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]]) @ x - np.asarray([1.0, 0.3, -2.0])), [0.4, 0.9],
      "Twice the gradient.")
wrong("y'Ax: by A the outer product is transposed", bilinear,
      lambda np, a, x: (np.outer(x, np.asarray(Y3)), a.T @ np.asarray(Y3)), (A, X3), "y x', not x y'.")
wrong("y'Ax: by x without the transpose", bilinear,
      lambda np, a, x: (np.outer(np.asarray(Y3), x), a @ np.asarray(Y3)), (A, X3),
      "A'y, not Ay; square matrices hide it from the shapes.")
wrong("|AB|^2: multiplied from the wrong side", frobenius, lambda np, a: 2 * np.asarray(A).T @ (a @ np.asarray(A)),
      SPD, "2(AB)B'.")
wrong("|AB|^2: B is not transposed", frobenius, lambda np, a: 2 * (a @ np.asarray(A)) @ np.asarray(A), SPD,
      "2(AB)B', and B is not symmetric.")
wrong("det: not transposed", determinant, lambda np, a: np.linalg.det(a) * np.linalg.inv(a), A, "det(A) A^-T.",
      source=BOOK)
wrong("log det: the determinant is left in", log_determinant, lambda np, a: np.linalg.det(a) * np.linalg.inv(a).T, A,
      "A^-T alone.", source=BOOK)
wrong("log det of a symmetric matrix, off-diagonal doubled", log_determinant,
      lambda np, a: 2 * np.linalg.inv(a) - np.linalg.inv(a) * np.eye(3), SPD,
      "That is the gradient by the free entries of a symmetric matrix; here the entries are independent.", source=BOOK)
wrong("trace(AA) as 2A", trace_of_square, lambda np, a: 2 * a, A, "2A'.", source=BOOK)
wrong("inverse: the sign is missing", inverse_entry,
      lambda np, a: np.outer(np.linalg.inv(a)[0], np.linalg.inv(a)[:, 1]), A, "d(A^-1) = -A^-1 dA A^-1.")
wrong("inverse: rows for columns", inverse_entry,
      lambda np, a: -np.outer(np.linalg.inv(a)[:, 0], np.linalg.inv(a)[1]), A, "Row 0 and column 1 of the inverse.")
wrong("solve: the adjoint system is not transposed", solution,
      lambda np, a: -np.outer(np.linalg.solve(a, np.asarray(X3)), np.linalg.solve(a, np.asarray(Y3))), A,
      "A'w = x is to be solved.")
wrong("Rayleigh quotient: the norm held fixed", rayleigh, lambda np, x: 2 * np.asarray(SPD) @ x / (x @ x), X3,
      "-2 rho x/(x'x) is dropped.")
wrong("cosine similarity: not projected", cosine,
      lambda np, x: np.asarray(Y3) / (np.sqrt(x @ x) * np.sqrt(np.asarray(Y3) @ np.asarray(Y3))), X3,
      "The norm of x was held fixed.")

right("x'Ax in its kernel", lambda np, x: (x[0] - x[1]) ** 2,
      lambda np, x: 2 * (x[0] - x[1]) * np.array([1.0, -1.0]), [3.0, 3.0], "A gradient of exact zeros away from 0.")
right("det of a matrix of rank 1", determinant, adjugate, [[1.0, 2.0], [2.0, 4.0]],
      "det(A) A^-T is 0 times infinity; the adjugate is right.")
right("det of the zero matrix", determinant, adjugate, [[0.0, 0.0], [0.0, 0.0]], "All cofactors are 0.")
right("det of a nearly singular matrix", determinant, adjugate, NEAR_SINGULAR,
      "The determinant is 1e-9, its gradient of size 2.")
right("log det of a nearly singular matrix", log_determinant,
      lambda np, a: adjugate(np, a) * 2.0**30, NEAR_SINGULAR, "A gradient of 1e9; the determinant is a power of two.")
right("log det of a large well-conditioned diagonal", log_determinant, lambda np, a: np.linalg.inv(a).T,
      [[1e100, 0.0, 0.0], [0.0, 1e100, 0.0], [0.0, 0.0, 1e120]],
      "The determinant is 1e320, which float64 has not; its logarithm is harmless.")
right("det of entries of 1e-90", determinant, adjugate, [[3e-90, 1e-90], [1e-90, 2e-90]], "A determinant of 5e-180.")
right("solve with a permutation", solution, _of_solution, [[0.0, 0.0, 2.0], [4.0, 0.0, 0.0], [0.0, -8.0, 0.0]],
      "No pivot without exchanges.")
right("solve with badly scaled rows", solution, _of_solution, [[1e8, 0.0, 0.0], [0.0, 1e-8, 0.0], [0.0, 0.0, 1.0]],
      "A condition of 1e16 by scaling alone.")
right("x'x of 1e-170", lambda np, x: x @ x, lambda np, x: 2 * x, [1e-170, -2e-170],
      "The value underflows to 0; the gradient does not.")
right("x'x of 1e150", lambda np, x: x @ x, lambda np, x: 2 * x, [1e150, -2e150], "A value of 5e300.")
right("Rayleigh quotient at an eigenvector", lambda np, x: (x[0] ** 2 * 2 + x[1] ** 2 * 5) / (x @ x),
      lambda np, x: 2 * np.array([2.0, 5.0]) * x / (x @ x) - 2 * (x[0] ** 2 * 2 + x[1] ** 2 * 5) * x / (x @ x) ** 2,
      [0.0, 4.0], "Stationary: the gradient is exactly 0.")
right("cosine of parallel vectors", cosine, lambda np, x: 0 * x, [2.2, 0.8, -1.6],
      "The cosine's maximum: its gradient is exactly 0.")
right("norm at 1e-160 by scaling", lambda np, x: np.hypot(x[0], x[1]),
      lambda np, x: np.stack([0.6 + 0 * x[0], 0.8 + 0 * x[1]]), [3 * 2.0**-560, 4 * 2.0**-560],
      "The squares underflow.")
right("trace of a product of far scales", lambda np, a: np.trace(a @ a.T), lambda np, a: 2 * a,
      [[1e8, 1e-8], [1e-8, 1.0]], "Entries of the gradient span 1e16.")
right("largest eigenvalue of a 2 by 2", lambda np, x: (x[0] + x[2]) / 2 + np.hypot((x[0] - x[2]) / 2, x[1]),
      lambda np, x: np.stack([0.5 + (x[0] - x[2]) / 4 / np.hypot((x[0] - x[2]) / 2, x[1]),
      x[1] / np.hypot((x[0] - x[2]) / 2, x[1]), 0.5 - (x[0] - x[2]) / 4 / np.hypot((x[0] - x[2]) / 2, x[1])]),
      [2.0, 1e-7, 2.0], "Two eigenvalues 2e-7 apart: a step of 1e-6 swaps them.")
