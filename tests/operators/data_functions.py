"""Functions of variables w and data X, y that look at their data in every way there is.

Each is (w, X, y) -> number, with w of shape (3,), X of shape (n, 3), y of shape (n,).
"""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import symdiff as sd


def line(w: Any, X: Any, y: Any) -> Any:
    return np.mean((X @ w - y) ** 2)


def standardised(w: Any, X: Any, y: Any) -> Any:
    return line(w, (X - np.mean(X, axis=0)) / (1.0 + np.std(X, axis=0)), y - y.mean())


def elementwise(w: Any, X: Any, y: Any) -> Any:
    return np.sum(np.tanh(np.exp(-np.abs(X)) @ w) * np.log1p(y**2) + np.where(X[:, 0] > 0.0, y, 0.0) * w[0])


def masked(w: Any, X: Any, y: Any) -> Any:
    inside = (X[:, 0] > 0.0) & (y < 1.0)
    return np.sum(inside * (X @ w)) / (1.0 + np.sum(inside)) + np.sum(np.where(inside, 0.0, X @ w**2))


def moved(w: Any, X: Any, y: Any) -> Any:
    both = np.concatenate([X, X[::-1] * 0.5]).T
    return np.sum((w @ both).reshape(2, -1) ** 2) + np.sum(np.stack([y, 2.0 * y]) * w[1])


def branch(w: Any, X: Any, y: Any) -> Any:
    return line(w, X, y) if np.max(y) > 1.5 else line(w**2, X, -y)


def loop(w: Any, X: Any, y: Any) -> Any:
    total, size = 0.0 * w[0], 1.0
    while size < np.sum(X**2):
        total, size = total + np.sum(w) * size, 2.0 * size
    return total


def picked(w: Any, X: Any, y: Any) -> Any:
    return np.sum((X[y > 0.0] @ w) ** 2) + w[int(np.argmax(X[0]))]


def sorted_data(w: Any, X: Any, y: Any) -> Any:
    return np.sum(np.sort(y) * (X @ w))


def largest_row(w: Any, X: Any, y: Any) -> Any:
    return np.sum((max(list(X), key=lambda row: row[0]) * w) ** 2)


def in_a_table(w: Any, X: Any, y: Any) -> Any:
    return w[0] * {True: 2.0, False: 3.0}[bool(y[0] > 0.0)] + w[1] * {0.25: 5.0}.get(y[1], 7.0)


def as_float(w: Any, X: Any, y: Any) -> Any:
    return line(w, X, y) * math.exp(float(np.mean(y)))


def as_int(w: Any, X: Any, y: Any) -> Any:
    return np.sum(w[: 1 + int(abs(y[0])) % 2]) + np.sum(X.astype(int) @ w)


def as_list(w: Any, X: Any, y: Any) -> Any:
    return sum(v * w[0] for v in y.tolist())


def as_array(w: Any, X: Any, y: Any) -> Any:
    return line(w, np.asarray(X, dtype=float), np.array(list(y)))


def in_place(w: Any, X: Any, y: Any) -> Any:
    Z = X.copy()
    Z -= 1.0
    out = np.zeros(len(y))
    out += y
    out[0] = 3.0
    return line(w, Z, out)


def by_type(w: Any, X: Any, y: Any) -> Any:
    return line(w, X, y) if isinstance(X, np.ndarray) else np.sum(w)


def by_exact_type(w: Any, X: Any, y: Any) -> Any:
    return line(w, X, y) if type(X * 2.0) is np.ndarray else np.sum(w)


def checked_by_exact_type(w: Any, X: Any, y: Any) -> Any:
    return line(w, X, Checker(4.0).checked(y))


class Checker:
    def __init__(self, most: float) -> None:
        self.most = most

    def checked(self, y: Any) -> Any:
        if self.is_array(y) and np.any(y > self.most):
            raise ValueError("y is too large")
        return y

    def is_array(self, y: Any) -> bool:
        return type(y) is np.ndarray


def by_class(w: Any, X: Any, y: Any) -> Any:
    return line(w, X, y) if (X + y[:, None]).__class__ is np.ndarray else np.sum(w)


def by_attribute(w: Any, X: Any, y: Any) -> Any:
    return line(w, X, y) if hasattr(X, "strides") and getattr(y.sum(), "nbytes", 0) else np.sum(w)


def by_error(w: Any, X: Any, y: Any) -> Any:
    try:
        first = float(X[0, 0])
    except sd.SymdiffError:
        first = 100.0
    return line(w, X, y) * first


@functools.singledispatch
def kind_of(value: Any) -> float:
    return 100.0


@kind_of.register
def _(value: np.ndarray) -> float:
    return 1.0


def by_dispatch(w: Any, X: Any, y: Any) -> Any:
    return line(w, X, y) * kind_of(X)


def by_text(w: Any, X: Any, y: Any) -> Any:
    return line(w, X, y) * len(f"{y[0]:.3f}") + len(str(X))


def by_identity(w: Any, X: Any, y: Any) -> Any:
    return line(w, X, X[:, 0]) if y is X else line(w, X, y if y.ndim == 1 else y[:, 0] * 3.0)


def by_deep_copy(w: Any, X: Any, y: Any) -> Any:
    return line(w, X, y) if bool(copy.deepcopy(y)[0] > 0.0) else np.sum(w)


def checked_by_type(w: Any, X: Any, y: Any) -> Any:
    """Refuses what it only looks at in an array."""
    if isinstance(y, np.ndarray) and np.any(y > 4.0):
        raise ValueError(f"y has {np.max(y)}")
    return line(w, X, y)


def checked(w: Any, X: Any, y: Any) -> Any:
    if np.any(y > 4.0):
        raise ValueError("y is too large")
    return line(w, X, y)


def truth_added(w: Any, X: Any, y: Any) -> Any:
    return np.sum(((X[:, 0] > 0.0) + (X[:, 1] > 0.0)) * (X @ w))


def counted(w: Any, X: Any, y: Any) -> Any:
    return w[0] * (np.sum(y > 0.0) // 2) + w[1] * (np.sum(y > 0.0) % 3) + w[2] * (y[0] // 1.0)


def solved(w: Any, X: Any, y: Any) -> Any:
    return np.sum(np.linalg.inv(X.T @ X) @ w)


def complex_data(w: Any, X: Any, y: Any) -> Any:
    return np.sum(np.abs(X @ w * np.exp(1j * y)) ** 2)


def of_data_alone(w: Any, X: Any, y: Any) -> Any:
    return np.sum(y) + 0.0 * w[0]


def a_part(w: Any, X: Any, y: Any) -> Any:
    return w @ X[0] * y[-1]


def mean_of_rows(w: Any, X: Any, y: Any) -> Any:
    return sum(np.sum(row * w) * t for row, t in zip(X, y, strict=False))


def random_function(seed: int) -> Callable[..., Any]:
    """Steps on w, X, y and on what came of them, drawn at random; some decide by a number."""

    def f(w: Any, X: Any, y: Any) -> Any:
        rng = np.random.default_rng(seed)
        rows = [y, X @ w, X[:, 0], np.sum(X * X, axis=1)]
        for _ in range(8):
            a, b = (rows[int(k)] for k in rng.integers(0, len(rows), 2))
            steps: Sequence[Callable[[], Any]] = [
                lambda a=a, b=b: a + b, lambda a=a, b=b: a * np.tanh(b), lambda a=a, b=b: np.where(a > b, a, 2.0 * b),
                lambda a=a, b=b: a - np.mean(b), lambda a=a, b=b: np.maximum(a, b[::-1]), lambda a=a: np.cumsum(a),
                lambda a=a, b=b: a if np.sum(b) > 0.3 else -a, lambda a=a: a * (np.max(a) < 2.0),
                lambda a=a, b=b: a / (1.0 + b * b), lambda a=a, b=b: a[np.newaxis, :] @ b[:, np.newaxis] * y[0] + a,
                lambda a=a, b=b: a * float(isinstance(b, np.ndarray)), lambda a=a, b=b: sd.TABLE["sigmoid"](a - b),
            ]  # fmt: skip
            rows.append(np.reshape(steps[int(rng.integers(0, len(steps)))](), (len(y),)))
        return np.sum(rows[-1] * rows[-2] * 0.1 + np.sum(w * X[0]))

    f.__name__ = f"random_{seed}"
    return f


def labels_compared(w: Any, X: Any, y: Any) -> Any:
    scores = X * w
    chances = scores - np.log(np.sum(np.exp(scores), axis=1))[:, None]
    return -np.mean(np.sum(np.where(y.reshape(-1)[:, None] == np.arange(3), chances, 0.0), axis=1))


def labels_as_numbers(w: Any, X: Any, y: Any) -> Any:
    return line(w, X, y) + np.sum(X.T @ y * w)


def labels_as_indices(w: Any, X: Any, y: Any) -> Any:
    return np.sum((X * w)[np.arange(len(y)), y]) + np.sum(w[y])


def labels_made_one_hot(w: Any, X: Any, y: Any) -> Any:
    return np.sum(np.eye(4)[y][:, :3] * (X * w))


def labels_as_signs(w: Any, X: Any, y: Any) -> Any:
    return np.mean((2 * y - 1) * (X @ w))


def bits(w: Any, X: Any, y: Any) -> Any:
    return w[0] * np.sum(~y) + w[1] * np.sum(y & 1) + np.sum((X @ w) * (y ^ 2))


def whole_division(w: Any, X: Any, y: Any) -> Any:
    return np.sum((X @ w) * (y // 2 + y % 2)) + np.sum(w * y[0] ** 2) - w[1] * np.sum(-y)


def whole_power(w: Any, X: Any, y: Any) -> Any:
    return np.sum(w ** y[0]) + np.sum(X @ w)


def whole_chosen(w: Any, X: Any, y: Any) -> Any:
    return np.sum(np.where(y > 0, y, 0) // 2 * (X @ w))


def truth(w: Any, X: Any, y: Any) -> Any:
    chosen = y == 1
    return np.sum((chosen + chosen) * (X @ w)) + np.sum(~chosen * w[0]) + np.sum(chosen & (X[:, 0] > 0)) * w[1]


def whole_sum(w: Any, X: Any, y: Any) -> Any:
    return w[0] * (np.sum(y) // 2) + w[1] / (1 + np.sum(y)) + w[2] * np.max(y)


def size_from_data(w: Any, X: Any, y: Any) -> Any:
    return np.sum(w[: int(y[0])]) + sum(w[1] for _ in range(y[1])) + np.sum(np.zeros(int(np.max(y)) + 1) + w[0])


LABELLED: Sequence[Callable[..., Any]] = [
    labels_compared, labels_as_numbers, labels_as_indices, labels_made_one_hot, labels_as_signs, bits, whole_division,
    whole_power, whole_chosen, truth, whole_sum, size_from_data,
]  # fmt: skip
FUNCTIONS: Sequence[Callable[..., Any]] = [
    f for f in list(globals().values())
    if callable(f) and getattr(f, "__module__", "") == __name__
    and f not in (kind_of, _, Checker, random_function, *LABELLED)
]  # fmt: skip
