"""SciPy's own Rosenbrock function and its derivatives, which SciPy's manual recommends to try optimizers on.

`rosen` makes plain arrays of its argument, and its derivatives fill in arrays entry by entry: they are recorded so,
and certified. `rosen_der` is itself a function with a Jacobian: the Hessian.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import rosen, rosen_der, rosen_hess, rosen_hess_prod

from examples.optimizers.case import Case, Slip

X = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
BY_HAND = {"grad": rosen_der, "hessian": rosen_hess, "hvp": rosen_hess_prod}


def valley(x: np.ndarray) -> float:
    """Rosenbrock's function in a line of NumPy."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def without_the_ends(x: np.ndarray) -> np.ndarray:
    """The gradient with the formula of the inner entries only: the last one was forgotten."""
    g = rosen_der(x)
    g[-1] = 0.0
    return g


def upper_triangle(x: np.ndarray) -> np.ndarray:
    """The Hessian as some routines store it: one half of it is missing."""
    return np.triu(rosen_hess(x))


LOWER = frozenset(("", f"x[{k + 1}]; x[{k}]") for k in range(len(X) - 1))
SLIPS = {
    "the last entry is missing": Slip({"grad": without_the_ends}, frozenset({("", "x[4]")})),
    "half of the Hessian is missing": Slip({"hessian": upper_triangle}, LOWER),
}
CASES = (
    Case("Rosenbrock's function, as SciPy has it", rosen, (X,), BY_HAND, SLIPS),
    Case("Rosenbrock's function in a line", valley, (X,), BY_HAND, SLIPS),
    Case("Its gradient, and the Hessian as a Jacobian", rosen_der, (X,), {"jacobian": rosen_hess}),
)
