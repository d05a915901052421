"""What there is to learn, with no download: the digits that scikit-learn brings along, and the nets' small data sets.

Labels are class numbers, as the losses of `symdiff.nets` take them. Every draw has its own generator: the same seed
gives the same data, and nobody's random state is touched.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.errors import InputError, UnsupportedError
from symdiff.nets.data import moons, spirals, xor

__all__ = ["Split", "digits", "moons", "spirals", "split", "xor"]

Split = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # X_train, y_train, X_test, y_test
TEST_DIGITS = 450
GREY_LEVELS = 16.0


def digits(seed: int = 0) -> Split:
    """The 1797 digits of 8 x 8 pixels (Alpaydin and Kaynak 1998) that scikit-learn brings along, split by chance.

    Args:
        seed: of the split; every class has its share of the 1347 training and the 450 test examples.

    Returns:
        `X_train, y_train, X_test, y_test`: X float64 of shape (N, 64), grey levels from 0 to 1; y int64 of shape
        (N,), class numbers 0 to 9.

    Raises:
        InputError: a seed that is none.
        UnsupportedError: scikit-learn is not installed; it is the optional extra `examples`.

    >>> X_train, y_train, X_test, y_test = digits(seed=0)
    >>> X_train.shape, y_train.shape, X_test.shape, float(X_train.max()), np.bincount(y_test).tolist()
    ((1347, 64), (1347,), (450, 64), 1.0, [45, 46, 44, 46, 45, 46, 45, 45, 43, 45])
    """
    checked_seed(seed)
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError:
        raise UnsupportedError(
            "the digits come with scikit-learn, which is not installed: pip install 'symdiff-toolkit[examples]'; "
            "moons, spirals and xor need nothing"
        ) from None
    found: Any = load_digits(return_X_y=True)
    images, labels = np.asarray(found[0], np.float64) / GREY_LEVELS, np.asarray(found[1], np.int64)
    train, test = train_test_split(np.arange(len(labels)), test_size=TEST_DIGITS, random_state=seed, stratify=labels)
    return images[train], labels[train], images[test], labels[test]


def split(X: Any, y: Any, test: float = 0.3, seed: int = 0) -> Split:
    """Any data, split by chance into what is learned from and what is kept for the test, class by class.

    Args:
        X: inputs, an example in each row.
        y: class numbers, shape (N,).
        test: the share of each class that is kept for the test, more than 0 and less than 1, rounded to the nearest
            number of examples.
        seed: of NumPy's generator.

    Returns:
        `X_train, y_train, X_test, y_test`, rows in random order.

    Raises:
        InputError: lengths that differ, a share or a seed that is none, a part that would be empty.

    >>> X_train, y_train, X_test, y_test = split(*moons(10), test=0.4)
    >>> X_train.shape, y_test.tolist()
    ((6, 2), [1, 1, 0, 0])
    """
    X, y = np.asarray(X), np.asarray(y)
    checked_seed(seed)
    if y.ndim != 1 or X.shape[:1] != y.shape:
        raise InputError(f"X has shape {X.shape} and y {y.shape}: expected a class number for each row of X")
    if isinstance(test, bool) or not isinstance(test, int | float) or not 0.0 < test < 1.0:
        raise InputError(f"test={test!r}: expected the share kept for the test, more than 0 and less than 1")
    rng = np.random.default_rng(seed)
    kept = np.zeros(len(y), bool)
    for label in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == label))
        kept[members[: round(test * len(members))]] = True
    if not kept.any() or kept.all():
        part = "training" if kept.all() else "test"
        raise InputError(f"test={test!r} of {len(y)} examples leaves none for the {part}: expected another share")
    train, held = rng.permutation(np.flatnonzero(~kept)), rng.permutation(np.flatnonzero(kept))
    return X[train], y[train], X[held], y[held]


def checked_seed(seed: Any) -> None:
    """Raise `InputError` unless this is a seed of NumPy's generators."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**32:
        raise InputError(f"seed={seed!r}: expected a whole number, 0 or more and below 2**32")
