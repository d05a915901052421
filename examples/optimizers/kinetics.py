"""Chemistry: Robertson's reaction, the stiff test problem, whose Jacobian an implicit integrator asks for.

A -> B (slow), B + B -> B + C (very fast), B + C -> A + C (fast).
Source: H. H. Robertson (1966), as in E. Hairer and G. Wanner, "Solving Ordinary Differential Equations II", IV.1.
"""

from __future__ import annotations

import numpy as np

from examples.optimizers.case import Case, Slip

RATES = np.array([0.04, 3e7, 1e4])
Y = np.array([0.98, 3.5e-5, 0.02])


def change(y: np.ndarray, k: np.ndarray) -> np.ndarray:
    """How fast the concentrations of A, B and C change, (3,)."""
    slow, quick, back = k[0] * y[0], k[1] * y[1] ** 2, k[2] * y[1] * y[2]
    return np.stack([back - slow, slow - back - quick, quick])


def change_jacobian(y: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Its Jacobian by hand, (3, 3)."""
    return np.array([
        [-k[0], k[2] * y[2], k[2] * y[1]],
        [k[0], -k[2] * y[2] - 2 * k[1] * y[1], -k[2] * y[1]],
        [0.0, 2 * k[1] * y[1], 0.0],
    ])  # fmt: skip


def without_the_two(y: np.ndarray, k: np.ndarray) -> np.ndarray:
    """d(y**2) = y: the 2 of the second-order reaction was forgotten."""
    j = change_jacobian(y, k)
    j[1, 1], j[2, 1] = -k[2] * y[2] - k[1] * y[1], k[1] * y[1]
    return j


def transposed(y: np.ndarray, k: np.ndarray) -> np.ndarray:
    """By rows what belongs in columns, as a Fortran integrator would want it."""
    return change_jacobian(y, k).T


CASES = (
    Case(
        "Robertson's reaction", change, (Y, RATES), {"jacobian": change_jacobian},
        {
            "the 2 of a second-order reaction": Slip(
                {"jacobian": without_the_two}, frozenset({("[1]", "y[1]"), ("[2]", "y[1]")})
            ),
            "the transpose": Slip(
                {"jacobian": transposed},
                frozenset((f"[{i}]", f"y[{j}]") for i in range(3) for j in range(3) if i != j),
                "transposed",
            ),
        },
    ),
)  # fmt: skip
