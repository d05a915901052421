"""Small data sets, drawn here: nothing is downloaded, and the same seed gives the same points."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.nets.arguments import whole

Data = tuple[np.ndarray, np.ndarray]  # X: (N, 2) float64, y: (N,) class numbers 0 and 1


def xor() -> Data:
    """The four points of the exclusive or, which no linear model separates (Minsky and Papert 1969).

    >>> X, y = xor()
    >>> X.tolist(), y.tolist()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> Data:
    """Two half circles, each around an end of the other, as scikit-learn's `make_moons` has them.

    Args:
        n: points in all, 2 or more; the first moon has the larger half.
        noise: the standard deviation of what is added to each coordinate.
        seed: of NumPy's generator.

    Raises:
        InputError: an argument that is none.

    >>> X, y = moons(4, noise=0.0)
    >>> X.round(3).tolist(), y.tolist()
    ([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [2.0, 0.5]], [0, 0, 1, 1])
    """
    _checked(n, noise, seed)
    first = np.linspace(0.0, math.pi, n - n // 2)
    second = np.linspace(0.0, math.pi, n // 2)
    upper = np.stack([np.cos(first), np.sin(first)], axis=1)
    lower = np.stack([1.0 - np.cos(second), 0.5 - np.sin(second)], axis=1)
    return _noisy([upper, lower], noise, seed)


def spirals(n: int = 100, turns: float = 1.5, noise: float = 0.02, seed: int = 0) -> Data:
    """Two spirals wound into each other, within the unit circle (after Lang and Witbrock 1988).

    Args:
        n: points in all, 2 or more; the first spiral has the larger half.
        turns: how often each goes round, more than 0.
        noise: the standard deviation of what is added to each coordinate.
        seed: of NumPy's generator.

    Raises:
        InputError: an argument that is none.

    >>> X, y = spirals(6, turns=1.0, noise=0.0)
    >>> np.hypot(*X.T).round(3).tolist(), y.tolist()
    ([0.0, 0.707, 1.0, 0.0, 0.707, 1.0], [0, 0, 0, 1, 1, 1])
    """
    _checked(n, noise, seed)
    if not _real(turns) or turns <= 0:
        raise InputError(f"turns={turns!r}: expected a number, more than 0")
    arms = []
    for count, side in ((n - n // 2, 1.0), (n // 2, -1.0)):
        along = np.sqrt(np.linspace(0.0, 1.0, count))  # points lie at even distances along the arm
        angle = 2.0 * math.pi * turns * along
        arms.append(side * np.stack([along * np.cos(angle), along * np.sin(angle)], axis=1))
    return _noisy(arms, noise, seed)


def _noisy(parts: list[np.ndarray], noise: float, seed: int) -> Data:
    X = np.concatenate(parts)
    y = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return X + noise * np.random.default_rng(seed).standard_normal(X.shape), y


def _checked(n: Any, noise: Any, seed: Any) -> None:
    whole("n", n, 2)
    whole("seed", seed, 0)
    if not _real(noise) or noise < 0:
        raise InputError(f"noise={noise!r}: expected a number, 0 or more")


def _real(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
