"""`check_grad` with the signature of `scipy.optimize.check_grad`, against the certified gradient."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symdiff.crosscheck import Report, crosscheck
from symdiff.crosscheck.report import Finding
from symdiff.errors import InputError
from symdiff.operators import grad as grad_of
from symdiff.operators import jacobian as jacobian_of


def check_grad(
    func: Callable[..., Any], grad: Callable[..., Any], x0: Any, *args: Any, epsilon: float | None = None,
    direction: str = "all", rng: Any = None, seed: Any = None,
) -> float:  # fmt: skip
    """How far a hand-written gradient is from the true one at a point: a drop-in for `scipy.optimize.check_grad`.

    To migrate, change the import: `from symdiff import check_grad`. What was compared with forward differences, and
    came out as 1e-7 for a right gradient, is compared with the certified gradient, and comes out as rounding: 0, or
    1e-16 times its size. A bound that was tuned to differences may become a tight one; `sd.assert_agree(func, x0,
    *args, claimed=grad)` needs none, and says which entry is wrong and why.

    Args:
        func: `func(x0, *args)`, with one value, or with several: then `grad` is its Jacobian.
        grad: `grad(x0, *args)`.
        x0: the point.
        *args: further arguments of both.
        epsilon: has no meaning here, as there is no step; a warning says so.
        direction: "all", or "random": along one random direction.
        rng: a generator or a seed for that direction; `seed` is its old name.

    Returns:
        The 2-norm of the difference. nan where there is no derivative to compare with, or where it is not known, and
        a warning says why. A function that cannot be recorded is a black box (see `crosscheck`): the norm then is no
        better than the estimate.

    Raises:
        InputError: `grad` raises or returns another shape, an option does not fit.

    >>> import symdiff as sd
    >>> sd.check_grad(lambda x: x[0]**2 - 0.5 * x[1]**3, lambda x: [2 * x[0], -1.5 * x[1]**2], [1.5, -1.5])
    0.0
    """
    if direction not in ("all", "random"):
        raise InputError(f"direction={direction!r}: expected 'all' or 'random'")
    if epsilon is not None:
        warnings.warn("epsilon has no meaning here: nothing is differenced, so there is no step", stacklevel=2)
    if rng is not None and seed is not None:
        raise InputError("give rng=, or seed=, its old name, and not both")
    x = np.array(x0, float)
    report = crosscheck(func, x, *args, claimed=grad, methods=())
    found = [f for f in report.findings if f.method == "claimed"]
    fault = next((f.reason for f in found if f.value is None), "")
    if fault:
        raise InputError(fault.replace("claimed", "grad", 1))
    with np.errstate(all="ignore"):  # the check has called both already
        gap = _differences(report, found, func, grad, x, args)
    if direction == "random":
        along = np.random.default_rng(seed if rng is None else rng).standard_normal(x.shape)
        if gap.shape != (x.size,):
            raise InputError("direction='random' needs a function with one value, as in SciPy")
        return float(abs(gap @ along.ravel()))
    return float(np.sqrt(np.sum(gap**2)))


def _differences(
    report: Report, found: Sequence[Finding], func: Callable[..., Any], grad: Callable[..., Any], x: np.ndarray,
    args: Sequence[Any],
) -> np.ndarray:  # fmt: skip
    """Claimed minus true, flat; nan where the truth is not known."""
    outputs = np.asarray(func(np.array(x), *args)).size
    if len(found) < x.size * outputs:  # too large for balls: a finding for each array, and not for each entry
        true = (grad_of if found and found[0].operator == "grad" else jacobian_of)(func)(x, *args)
        return np.ravel(np.asarray(grad(np.array(x), *args), float) - np.asarray(true, float))
    unknown = next((f for f in found if f.reference is None), None)
    if unknown is not None:
        why = unknown.reason or str(unknown.verdict)
        warnings.warn(f"check_grad: there is no derivative to compare with at {unknown.argument}: {why}", stacklevel=3)
    return np.array([np.nan if f.reference is None or f.value is None else f.value - f.reference for f in found])
