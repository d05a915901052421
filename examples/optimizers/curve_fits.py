"""Curve fitting: models of NIST's reference data for nonlinear regression, with their Jacobians by hand.

The data are at https://www.itl.nist.gov/div898/strd; here are a few rows to look at. The tests read all rows of the
problems Misra1a, MGH09, Eckerle4 and Rat42 where they lie beside the checkout.
"""

from __future__ import annotations

import numpy as np

from examples.optimizers.case import Case, Slip

X = np.array([0.5, 1.0, 2.5, 4.0])


def saturation(b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """b1 (1 - exp(-b2 x)): Misra1a, BoxBOD."""
    return b[0] * (1 - np.exp(-b[1] * x))


def saturation_jacobian(b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """By b, (len(x), 2)."""
    e = np.exp(-b[1] * x)
    return np.stack([1 - e, b[0] * x * e], axis=1)


def chain_rule_forgotten(b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """exp(-b2 x) differentiated without its inner derivative."""
    e = np.exp(-b[1] * x)
    return np.stack([1 - e, b[0] * e], axis=1)


def rational(b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """b1 (x**2 + b2 x) / (x**2 + b3 x + b4): MGH09, by Kowalik and Osborne."""
    return b[0] * (x**2 + b[1] * x) / (x**2 + b[2] * x + b[3])


def rational_jacobian(b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """By b, (len(x), 4)."""
    top, below = x**2 + b[1] * x, x**2 + b[2] * x + b[3]
    return np.stack([top / below, b[0] * x / below, -b[0] * top * x / below**2, -b[0] * top / below**2], axis=1)


def quotient_rule_forgotten(b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The square of the denominator was forgotten."""
    j, below = rational_jacobian(b, x), x**2 + b[2] * x + b[3]
    return np.concatenate([j[:, :2], j[:, 2:] * below[:, None]], axis=1)


def _column(*columns: int) -> frozenset[tuple[str, str]]:
    return frozenset((f"[{row}]", f"b[{k}]") for row in range(len(X)) for k in columns)


CASES = (
    Case(
        "A saturation curve", saturation, (np.array([2.4, 0.6]), X), {"jacobian": saturation_jacobian},
        {"an inner derivative is missing": Slip({"jacobian": chain_rule_forgotten}, _column(1) - {("[1]", "b[1]")})},
    ),
    Case(
        "A quotient of polynomials", rational, (np.array([0.19, 0.19, 0.12, 0.14]), X), {"jacobian": rational_jacobian},
        {"a square is missing": Slip({"jacobian": quotient_rule_forgotten}, _column(2, 3))},
    ),
)  # fmt: skip
