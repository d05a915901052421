"""Margin losses beside the hinge loss of `symdiff.nets`: `sd.mlp(widths, loss=sd.learn.MULTICLASS_HINGE)`.

A loss like any other: composed of ops, so that every method differentiates it and `sd.crosscheck` judges it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.nets.losses import LOSSES, Loss
from symdiff.ops.activations import relu


def _squared_hinge(u: Any, t: Any) -> Any:
    """The mean over the outputs; it has a slope everywhere."""
    short = relu(1.0 - t * u)
    return np.sum(short * short, axis=1) / u.shape[1]


def _multiclass_hinge(u: Any, t: Any) -> Any:
    """The right class itself is among those that are compared, with a margin of 0: the loss is never negative."""
    return np.max(u + (1.0 - t), axis=1) - np.sum(t * u, axis=1)


SQUARED_HINGE = Loss(
    "squared_hinge", _squared_hinge, LOSSES["hinge"].target, "max(0, 1 - y u)^2, labels -1 and 1 or class numbers"
)
MULTICLASS_HINGE = Loss(
    "multiclass_hinge", _multiclass_hinge, LOSSES["softmax_cross_entropy"].target,
    "max_k (u_k + [k is not y]) - u_y, class numbers or one-hot (Crammer and Singer 2001)",
)  # fmt: skip
