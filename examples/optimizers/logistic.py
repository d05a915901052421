"""Machine learning: the gradient by which scikit-learn fits its logistic regression.

It is compiled code of the private class `LinearModelLoss`. Judged twice: against the loss in a line of NumPy, which is
opened and certified, and against scikit-learn's own loss, a black box.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from examples.optimizers.case import Case, Slip

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(20, 3))
LABELS = (RNG.random(20) < 0.5).astype(float)
W = np.array([0.3, -0.8, 0.5, 0.1])  # the last one is the intercept
PENALTY = 0.2


def loss(w: np.ndarray) -> float:
    """The mean logistic loss with a ridge penalty on the weights, and none on the intercept."""
    z = FEATURES @ w[:-1] + w[-1]
    return np.mean(np.log1p(np.exp(z)) - LABELS * z) + PENALTY / 2 * np.sum(w[:-1] ** 2)


def of_sklearn() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """scikit-learn's loss and gradient of the same. ImportError where it is not installed, or is another version."""
    from sklearn._loss.loss import HalfBinomialLoss
    from sklearn.linear_model._linear_loss import LinearModelLoss

    model = LinearModelLoss(base_loss=HalfBinomialLoss(), fit_intercept=True)

    def sklearn_loss(w: np.ndarray) -> float:
        return model.loss(w, FEATURES, LABELS, l2_reg_strength=PENALTY)

    def sklearn_gradient(w: np.ndarray) -> np.ndarray:
        return model.gradient(w, FEATURES, LABELS, l2_reg_strength=PENALTY)

    return sklearn_loss, sklearn_gradient


def cases() -> tuple[Case, ...]:
    """The two checks; none where scikit-learn is not there."""
    try:
        black_box, gradient = of_sklearn()
    except ImportError:
        return ()

    def without_the_penalty(w: np.ndarray) -> np.ndarray:
        return gradient(w) - PENALTY * np.append(w[:-1], 0.0)

    weights = frozenset(("", f"w[{k}]") for k in range(3))
    slips = {"the penalty is missing": Slip({"grad": without_the_penalty}, weights)}
    return (
        Case("scikit-learn's gradient of the logistic loss", loss, (W,), {"grad": gradient}, slips),
        Case("the same against its own compiled loss", black_box, (W,), {"grad": gradient}, slips),
    )
