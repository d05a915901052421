"""What a plain method reaches: beside every report, so that a result says what it is worth.

A net below logistic regression has learned nothing that a linear model does not know; an echo state network at the
error of AR(20) is a linear model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.learn.given import floats, labels
from symdiff.learn.readout import least_squares
from symdiff.learn.train import train
from symdiff.nets.arguments import positive, whole
from symdiff.nets.mlp import MLP, Params, mlp

LAGS = 20


def majority(y_train: Any, y_test: Any) -> float:
    """The accuracy of always saying the most frequent class of the training examples.

    >>> majority([0, 1, 1], [1, 0])
    0.5
    """
    counts = np.bincount(labels(y_train, "y_train"))
    return float(np.mean(labels(y_test, "y_test") == np.argmax(counts)))


def logistic_regression(X: Any, y: Any, classes: int | None = None, strength: float = 1.0) -> tuple[MLP, Params]:
    """Multinomial logistic regression: a net of one layer, the softmax cross-entropy, SciPy's L-BFGS with our gradient.

    Args:
        X: inputs, (N, d).
        y: class numbers, (N,).
        classes: how many there are; by default the largest number and one.
        strength: scikit-learn's C, the weight of the data beside |W|^2 / 2; biases are not penalised.

    Returns:
        The net and its parameters, as `sd.mlp` and `net.init` have them; of one class only, two outputs all the same.

    Raises:
        InputError: labels that are no classes, data that do not fit.

    >>> net, params = logistic_regression([[-1.0], [-2.0], [1.0], [2.0]], [0, 0, 1, 1])
    >>> np.argmax(net.forward(params, np.array([[-3.0], [3.0]]))["z1"], axis=1).tolist()
    [0, 1]
    """
    X, y = floats(X, "X"), labels(y, count=classes)
    if X.ndim != 2 or y.shape != X.shape[:1]:
        raise InputError(f"X has shape {X.shape} and y {y.shape}: expected (N, d) and a class number for each row")
    positive("strength", strength)
    width = max(2, int(np.max(y)) + 1) if classes is None else classes
    net = mlp([X.shape[1], width], loss="softmax_cross_entropy", l2=1.0 / (strength * len(y)))
    zeros = net.init(scheme="zeros")
    return net, train(net, X, y, optimizer="lbfgs", epochs=1000, params=zeros, score=False).params


def persistence(u: Any, horizon: int = 1) -> np.ndarray:
    """The forecast that nothing changes: for each value of u from the `horizon`-th on, the one `horizon` steps before.

    >>> persistence([1.0, 2.0, 3.0]).tolist()
    [1.0, 2.0]
    """
    u = floats(u, "u")
    if u.ndim != 1:
        raise InputError(f"u has shape {u.shape}: expected (T,)")
    if isinstance(horizon, bool) or not isinstance(horizon, int | np.integer) or not 0 < horizon < len(u):
        raise InputError(f"horizon={horizon!r}: expected a whole number from 1 to {len(u) - 1}")
    return u[:-horizon]


@dataclass(frozen=True, slots=True, eq=False)
class Autoregression:
    """y_t = w^T [u_t; u_{t-1}; ...; 1], linear in the last `lags` inputs: AR(20) by default. See `autoregression`."""

    weights: np.ndarray
    lags: int

    def predict(self, u: Any) -> np.ndarray:
        """y_t for every t from `lags` - 1 on: shape (T - lags + 1,)."""
        return (_lagged(floats(u, "u"), self.lags) @ self.weights)[:, 0]

    def free_run(self, u: Any, steps: int) -> np.ndarray:
        """What comes after u, every prediction the next input."""
        whole("steps", steps, 1)
        last = floats(u, "u")[-self.lags :].tolist()
        for _ in range(steps):
            last.append(float(self.predict(last[-self.lags :])[0]))
        return np.array(last[self.lags :])


def autoregression(u: Any, d: Any, lags: int = LAGS, ridge: float = 0.0) -> Autoregression:
    """The linear model of the last `lags` inputs, by least squares.

    Args:
        u, d: inputs and targets, shape (T,); d_t is to be said when u_t has been seen.
        lags: how many inputs, u_t the first of them.
        ridge: as for `least_squares`.

    Raises:
        InputError: series of different lengths, or shorter than the lags.

    >>> u = np.random.default_rng(0).standard_normal(60)
    >>> model = autoregression(u[1:], 2.0 * u[1:] - u[:-1] + 3.0, lags=2)
    >>> model.weights[:, 0].round(12).tolist()
    [2.0, -1.0, 3.0]
    """
    u, d = floats(u, "u"), floats(d, "d")
    if u.ndim != 1 or u.shape != d.shape:
        raise InputError(f"u has shape {u.shape} and d {d.shape}: expected (T,) both")
    return Autoregression(least_squares(_lagged(u, lags), d[lags - 1 :], ridge).weights, lags)


def _lagged(u: np.ndarray, lags: int) -> np.ndarray:
    if isinstance(lags, bool) or not isinstance(lags, int | np.integer) or not 0 < lags <= len(u):
        raise InputError(f"lags={lags!r}: expected a whole number from 1 to the length of the series, {len(u)}")
    windows = np.lib.stride_tricks.sliding_window_view(u, int(lags))[:, ::-1]
    return np.concatenate([windows, np.ones((len(windows), 1))], axis=1)
