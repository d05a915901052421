"""The same net in small: it has the form of the large one, and every piece of it is met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.nets.activations import known
from symdiff.nets.losses import LOSSES
from symdiff.nets.small import smaller

STEPS = ("floor", "ceil", "sign")  # their slope is zero: nothing arrives below


def labels(loss: str, count: int, width: int) -> Any:
    rng = np.random.default_rng(1)
    return {
        "softmax_cross_entropy": rng.integers(0, width, count),
        "hinge": rng.choice([-1, 1], (count, width)),
        "binary_cross_entropy": rng.integers(0, 2, (count, width)),
    }.get(loss, rng.normal(size=(count, width)))


def in_small(widths: Sequence[int], activation: str, loss: str, y: Any = None, count: int = 9) -> list[Any]:
    net = sd.mlp(widths, activation, loss, l2=0.125)
    y = labels(loss, count, widths[-1]) if y is None else y
    return list(smaller(net.risk, (net.init(), np.zeros((count, widths[0])), y)))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("depth", [1, 3, 30])
def test_every_net_has_numbers_of_plain_size_and_a_gradient_in_every_layer(loss: str, depth: int) -> None:
    for activation in known():
        for risk, (params, X, y), words in in_small([7] * depth + [4], activation, loss):
            net, says = risk.net, (activation, words)
            assert (net.depth, net.loss.name, net.l2) == (depth, loss, 0.125)
            values = net.forward(params, X)
            assert max(np.max(np.abs(v)) for v in values.values()) < 50, says
            assert all(np.all(np.abs(values[f"u{i}"]) > 1e-6) for i in range(1, depth + 1)), says  # no kink of a relu
            gradient = sd.grad(risk)(params, X, y)
            if activation not in STEPS:
                assert all(np.any(layer["b"] != 0.0) for layer in gradient), says
            assert all(np.all(layer["b"] != 0.0) for layer in params), says


@pytest.mark.parametrize("widths", [[20, 40, 40, 10], [5, 5, 5], [3, 1, 3], [30, 20, 10, 5, 5, 1]])
def test_sizes_that_are_equal_stay_equal(widths: list[int]) -> None:
    for count in (1, 2, 10, 40):
        (risk, (_, X, _), _), *_ = in_small(widths, "tanh", "mse", count=count)
        before, after = [*widths, count], [*risk.net.widths, len(X)]
        assert all(after[i] == after[j] for i, a in enumerate(before) for j, b in enumerate(before) if a == b)
        assert all(a <= min(b, 3) and (a > 1) == (b > 1) for a, b in zip(after, before, strict=True))


@pytest.mark.parametrize(
    ("loss", "width", "y", "shape"),
    [
        ("softmax_cross_entropy", 4, np.array([0, 3, 1, 2], np.int32), (2,)),
        ("softmax_cross_entropy", 4, np.eye(4), (2, 2)),
        ("softmax_cross_entropy", 4, np.full((4, 4), 0.25), (2, 2)),
        ("softmax_cross_entropy", 1, np.zeros(4, int), (2,)),
        ("hinge", 4, np.array([0, 3, 1, 2]), (2,)),
        ("hinge", 1, np.array([1.0, -1.0, 1.0, 1.0]), (2,)),
        ("binary_cross_entropy", 1, np.array([True, False, True, True]), (2,)),
        ("binary_cross_entropy", 4, np.full((4, 4), 0.25, np.float32), (2, 2)),
        ("mse", 1, [0.5, 1.5, 2.5, 3.5], (2,)),
    ],
)
def test_labels_have_the_form_of_the_callers(loss: str, width: int, y: Any, shape: tuple[int, ...]) -> None:
    risk, (params, X, made), _ = in_small([6, width], "tanh", loss, y, count=4)[1]
    assert np.shape(made) == shape
    assert type(made) is type(y)
    if isinstance(y, np.ndarray):
        assert made.dtype == (y.dtype if y.dtype.kind != "f" else np.float64)
    assert np.isfinite(risk(params, X, made))
    if loss == "softmax_cross_entropy" and np.ndim(y) == 2:
        assert np.array_equal(np.sort(np.unique(made)), [0.0, 1.0]) == np.array_equal(np.unique(y), [0.0, 1.0])


def test_errors_lie_on_both_sides_of_a_losss_kinks() -> None:
    risk, (params, X, y), _ = in_small([7, 7, 4], "tanh", "huber")[0]
    error = np.abs(risk.net.forward(params, X)["z2"] - y)
    assert np.any(error < 1)
    assert np.any(error > 1)


def test_units_of_a_relu_are_on_and_off() -> None:
    risk, (params, X, _), _ = in_small([7] * 31, "relu", "mse")[1]
    values = risk.net.forward(params, X)
    for i in range(1, 30):
        assert np.any(values[f"u{i}"] > 0)
        assert np.any(values[f"u{i}"] < 0)
