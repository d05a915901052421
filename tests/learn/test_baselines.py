"""The plain methods: they are what they are called, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff.errors import InputError
from symdiff.learn.baselines import autoregression, logistic_regression, majority, persistence
from symdiff.learn.data import moons


def test_logistic_regression_is_that_of_scikit_learn() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(0)
    X = rng.standard_normal((90, 4))
    y = np.argmax(X[:, :3] + 0.5 * rng.standard_normal((90, 3)), axis=1)
    for strength in (1.0, 0.1):
        _, (layer,) = logistic_regression(X, y, strength=strength)
        wanted = linear_model.LogisticRegression(C=strength, tol=1e-10, max_iter=1000).fit(X, y)
        np.testing.assert_allclose(layer["W"], wanted.coef_, atol=2e-4)
        np.testing.assert_allclose(layer["b"] - layer["b"].mean(), wanted.intercept_, atol=2e-4)


def test_a_class_without_training_examples_has_its_output() -> None:
    X, y = moons(20)
    assert logistic_regression(X, y, classes=4)[0].widths == (2, 4)


def test_the_majority_is_that_of_the_training_examples() -> None:
    assert majority([2, 2, 1], [1, 1, 2]) == pytest.approx(1 / 3)


def test_autoregression_knows_a_linear_series_exactly_and_goes_on_with_it() -> None:
    x = np.cos(0.3 * np.arange(120)) + 2.0  # x_{t+1} = 2 cos(0.3) x_t - x_{t-1} + constant
    model = autoregression(x[:-1], x[1:], lags=2)
    np.testing.assert_allclose(model.weights[:2, 0], [2 * np.cos(0.3), -1.0], rtol=1e-10)
    np.testing.assert_allclose(model.predict(x)[:-1], x[2:], rtol=1e-12)
    np.testing.assert_allclose(model.free_run(x[:60], 40), x[60:100], rtol=1e-9)


def test_persistence_is_the_value_before() -> None:
    u = np.arange(10.0)
    assert np.array_equal(u[3:] - persistence(u, 3), np.full(7, 3.0))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: logistic_regression([[1.0]], [0, 1]), r"expected \(N, d\)"),
        (lambda: logistic_regression([[1.0], [2.0]], [0, 1], strength=0.0), "strength=0.0"),
        (lambda: logistic_regression([[1.0], [2.0]], [0, 5], classes=2), r"y\[1\] = 5: .* from 0 to 1"),
        (lambda: autoregression([1.0, 2.0], [1.0]), r"expected \(T,\) both"),
        (lambda: autoregression([1.0, 2.0], [1.0, 2.0], lags=3), "lags=3"),
        (lambda: persistence([1.0, 2.0], 2), "horizon=2"),
        (lambda: majority([], [1]), r"y_train has shape \(0,\)"),
        (lambda: logistic_regression([["a"]], [0]), "X is of <U1: expected real numbers"),
        (lambda: autoregression([1.0] * 30, [1.0] * 29 + [np.nan]), r"d\[29\] = nan"),
        (lambda: autoregression(np.arange(60.0), np.arange(60.0), 3, 1.0).free_run(np.arange(9.0), 0), "steps=0"),
    ],
)
def test_what_does_not_fit_is_refused(call, said: str) -> None:
    with pytest.raises(InputError, match=said):
        call()
