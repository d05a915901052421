"""Random numbers that a check draws: weights without special entries, and points around one."""

from __future__ import annotations

from typing import Any

import numpy as np


def weights(rng: np.random.Generator, shape: Any) -> np.ndarray:
    """What a tangent, a cotangent or a direction is made of: no 0, no 1, both signs."""
    return rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)


def around(rng: np.random.Generator, leaf: Any) -> np.ndarray:
    """Each entry times 0.5 to 1.5; those that are zero are drawn anew."""
    shape = np.shape(leaf)
    return np.where(np.asarray(leaf) == 0, rng.normal(size=shape), leaf * rng.uniform(0.5, 1.5, shape))
