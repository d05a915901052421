"""Classification: counts by hand, scikit-learn's numbers, margin losses judged like any function, baselines beside."""

from __future__ import annotations

import json

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import InputError
from symdiff.learn import MULTICLASS_HINGE, SQUARED_HINGE, assess, calibration, confusion_matrix, decision_regions
from symdiff.learn.classification import chances
from symdiff.learn.data import moons, split


def linear(loss="softmax_cross_entropy", widths=(2, 2)):
    """A net that says class 1 where the first input is positive."""
    net = sd.mlp(widths, loss=loss)
    W = np.array([[-1.0, 0.0], [1.0, 0.0]]) if widths[-1] == 2 else np.array([[2.0, 0.0]])
    return net, [{"W": W, "b": np.zeros(widths[-1])}]


X = np.array([[-2.0, 0.0], [-1.0, 1.0], [1.0, 0.0], [3.0, 1.0]])


@pytest.mark.parametrize(
    ("loss", "widths", "y"),
    [
        ("softmax_cross_entropy", (2, 2), [0, 1, 1, 1]),
        ("softmax_cross_entropy", (2, 2), [[1, 0], [0, 1], [0, 1], [0, 1]]),
        ("binary_cross_entropy", (2, 1), [0.0, 1.0, 1.0, 1.0]),
        ("hinge", (2, 2), [0, 1, 1, 1]),
        ("hinge", (2, 1), [-1.0, 1.0, 1.0, 1.0]),
        (SQUARED_HINGE, (2, 1), [-1.0, 1.0, 1.0, 1.0]),
        (MULTICLASS_HINGE, (2, 2), [0, 1, 1, 1]),
    ],
)
def test_one_of_four_is_wrong_however_the_labels_are_written(loss, widths, y) -> None:
    net, params = linear(loss, widths)
    found = assess(net, params, X, np.array(y, float if np.ndim(y) == 2 else None))
    assert found.accuracy == 0.75
    assert found.confusion.tolist() == [[1, 0], [1, 2]]
    assert found.recall.tolist() == [1.0, 2 / 3]
    assert found.precision.tolist() == [0.5, 1.0]
    assert found.baselines == {"most frequent class": 0.75}
    assert (found.calibration is None) == ("hinge" in net.loss.name)
    assert "baselines: most frequent class 0.7500" in str(found)
    assert json.loads(json.dumps(found.to_dict()))["accuracy"] == 0.75


def test_with_training_data_logistic_regression_stands_beside() -> None:
    X_train, y_train, X_test, y_test = split(*moons(200, noise=0.2))
    net = sd.mlp([2, 8, 2], "tanh", "softmax_cross_entropy")
    found = assess(net, net.init(0), X_test, y_test, train=(X_train, y_train))
    plain, (layer,) = linear()
    layer.update(sd.learn.logistic_regression(X_train, y_train)[1][0])
    assert found.baselines["logistic regression"] == assess(plain, [layer], X_test, y_test).accuracy
    assert 0.7 < found.baselines["logistic regression"] < 1.0


def test_the_confusion_matrix_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    y, answers = rng.integers(0, 5, 200), rng.integers(0, 5, 200)
    assert np.array_equal(confusion_matrix(y, answers), metrics.confusion_matrix(y, answers))


def test_a_class_that_is_never_seen_has_no_recall() -> None:
    net, params = linear()
    found = assess(net, params, X[2:], np.array([1, 1]))
    assert np.isnan(found.recall[0])
    assert found.recall[1] == 1.0


def test_answers_drawn_by_their_own_chances_are_calibrated_and_sharpened_ones_are_not() -> None:
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(3), 20_000)
    y = (rng.random((20_000, 1)) > np.cumsum(p, axis=1)).sum(axis=1)
    assert calibration(p, y).error < 0.015
    sharp = p**3 / np.sum(p**3, axis=1, keepdims=True)
    found = calibration(sharp, y)
    assert found.error > 0.1
    assert sum(b.count for b in found.bins) == 20_000
    assert found.error == pytest.approx(sum(b.count * (b.confidence - b.accuracy) for b in found.bins) / 20_000)


def test_certainty_belongs_to_the_last_bin() -> None:
    found = calibration([[1.0, 0.0], [0.0, 1.0]], [0, 0], bins=4)
    assert [(b.low, b.high, b.count, b.accuracy) for b in found.bins] == [(0.75, 1.0, 2, 0.5)]
    assert (found.error, found.worst) == (0.5, 0.5)


def test_chances_are_the_softmax_also_where_it_would_overflow() -> None:
    net, _ = linear()
    np.testing.assert_allclose(chances(net, [[1000.0, 1000.0 + np.log(4.0)]]), [[0.2, 0.8]], rtol=1e-12)
    single, _ = linear("binary_cross_entropy", (2, 1))
    np.testing.assert_allclose(chances(single, [[np.log(4.0)]]), [[0.2, 0.8]], rtol=1e-12)


@pytest.mark.parametrize("loss", [SQUARED_HINGE, MULTICLASS_HINGE])
def test_a_margin_loss_is_judged_like_any_function(loss) -> None:
    net = sd.mlp([3, 4, 3], "tanh", loss)
    rng = np.random.default_rng(0)
    report = sd.crosscheck(net.risk, net.init(0), rng.standard_normal((5, 3)), rng.integers(0, 3, 5))
    assert report.ok, str(report)


def test_the_margin_losses_are_their_formulas() -> None:
    u, y = np.array([[2.0, 0.5, 1.2], [0.0, 3.0, 0.1]]), np.array([0, 2])
    others = [max(0.0, 1 + max(0.5, 1.2) - 2.0), max(0.0, 1 + 3.0 - 0.1)]
    np.testing.assert_allclose(MULTICLASS_HINGE.each(u, MULTICLASS_HINGE.target(y, 2, 3)), others, rtol=1e-15)
    squares = np.maximum(0.0, 1.0 - np.array([[1, -1, -1], [-1, -1, 1]]) * u) ** 2
    np.testing.assert_allclose(SQUARED_HINGE.each(u, SQUARED_HINGE.target(y, 2, 3)), squares.mean(axis=1), rtol=1e-15)


def test_decision_regions_are_what_the_net_says() -> None:
    net, params = linear()
    first, second, answers = decision_regions(net, params, X, points=11, margin=0.2)
    assert (first[0], first[-1], second[0], second[-1]) == pytest.approx((-3.0, 4.0, -0.2, 1.2))
    assert np.array_equal(answers, np.broadcast_to(first > 0.0, (11, 11)))


def test_forward_forward_answers_in_its_own_way() -> None:
    """Its net has the label among its inputs and no layer of outputs: the goodness of each label decides."""
    inputs, labels = moons(40)
    net = sd.mlp([4, 8, 8], ["relu", "relu"])
    params = sd.learn.train(net, inputs, labels, rule="forward_forward", epochs=2).params
    found = assess(net, params, inputs, labels, rule="forward_forward")
    goodness = sd.learn.rule("forward_forward").predict(net, params, inputs)
    assert found.accuracy == np.mean(np.argmax(goodness, axis=1) == labels)
    assert found.confusion.shape == (2, 2)
    assert found.calibration is None
    first, second, answers = decision_regions(net, params, inputs, points=5, rule="forward_forward")
    corner = np.array([[first[-1], second[0]]])
    assert answers[0, -1] == np.argmax(sd.learn.rule("forward_forward").predict(net, params, corner))


def test_what_does_not_fit_is_refused() -> None:
    net, params = linear()
    for call, said in (
        (lambda: assess(*linear("mse"), X, [0, 1, 1, 1]), "'mse' is not about classes"),
        (lambda: assess(net, params, X, [0, 1]), "a label for each of the 4 rows"),
        (lambda: chances(linear("hinge")[0], X), "say no chances"),
        (lambda: confusion_matrix([0, 3], [0, 1], 2), r"y\[1\] = 3: .* from 0 to 1"),
        (lambda: calibration([[0.5, 0.6]], [0]), "sum to 1"),
        (lambda: calibration([[0.5, 0.5]], [0], bins=0), "bins=0"),
        (lambda: calibration([[0.5, 0.5]], [2]), r"y\[0\] = 2"),
        (lambda: assess(net, params, X, [0, 1, 1, 1], train=3), "train is no pair"),
        (lambda: decision_regions(sd.mlp([3, 2]), params, X), "the net has 3"),
        (lambda: decision_regions(net, params, X, points=1), "points=1"),
    ):
        with pytest.raises(InputError, match=said):
            call()
