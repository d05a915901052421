"""Forward-forward: its local gradients three ways, that nothing goes back, its predictions, labels it cannot know."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import InputError
from symdiff.learn import rule, train
from symdiff.learn.forward_forward import ForwardForward, normalised, objective
from symdiff.learn.vectors import packed
from symdiff.nets.activations import Activation
from tests.learn.tasks import blobs

CLASSES = 3


def task(count: int = 6, activation: str = "relu", l2: float = 0.0) -> tuple[Any, Any, np.ndarray, np.ndarray]:
    """(net, parameters, X, y): four numbers an example, three classes."""
    net = sd.mlp([4 + CLASSES, 5, 6], [activation] * 2, l2=l2)
    rng = np.random.default_rng(0)
    return net, net.init(1), rng.standard_normal((count, 4)), rng.integers(0, CLASSES, count)


@pytest.mark.parametrize(("activation", "l2"), [("relu", 0.0), ("tanh", 0.1)])
def test_every_layers_gradient_is_that_of_its_own_loss(activation: str, l2: float) -> None:
    """By SymPy and JAX beside the tape."""
    net, params, X, y = task(6, activation, l2)
    contract = rule("forward_forward").check(net, params, X, y)
    assert contract.ok, str(contract)
    assert [claim.what.split(", as ")[1].split()[0] for claim in contract.claims] == ["symbolic", "jax"] * 2


def test_the_local_loss_is_certified_in_balls() -> None:
    net, params, X, y = task(2)
    chosen = ForwardForward()
    layer, right, wrong = chosen.layers(net, params, X, y, chosen.start(net, params, 0))[0]
    report = sd.crosscheck(objective(*chosen.goal(net, 0)), layer, right, wrong)
    assert {(f.method, str(f.verdict)) for f in report.findings} == {(m, "AGREE") for m in ("symbolic", "tape", "jax")}


@pytest.mark.parametrize("fault", ["sign", "layer", "threshold"])
def test_a_wrong_direction_breaks_the_contract(fault: str) -> None:
    class Wrong(ForwardForward):
        def step(self, net, params, X, y, state):
            found = (ForwardForward(threshold=2.0) if fault == "threshold" else ForwardForward()).step(
                net, params, X, y, state
            )
            if fault != "threshold":
                layer = found.direction[1 if fault == "layer" else 0]
                layer["b"] = -layer["b"] if fault == "sign" else layer["b"] * (1.0 + 1e-9)
            return found

    contract = Wrong().check(*task())
    assert not contract.ok
    broken = {claim.what.split(" by ")[0] for claim in contract.claims if not claim.ok}
    assert broken == {"sign": {"layer 1"}, "layer": {"layer 2"}, "threshold": {"layer 1", "layer 2"}}[fault]


def test_the_local_loss_is_its_definition() -> None:
    rng = np.random.default_rng(1)
    layer = {"W": rng.standard_normal((5, 4)), "b": rng.standard_normal(5)}
    right, wrong = rng.standard_normal((2, 3, 4))
    plus, minus = (np.sum(np.maximum(v @ layer["W"].T + layer["b"], 0) ** 2, axis=1) for v in (right, wrong))
    wanted = np.mean(np.log1p(np.exp(5.0 - plus)) + np.log1p(np.exp(minus - 5.0))) / 2
    assert objective(Activation("relu"), 5.0)(layer, right, wrong) == pytest.approx(wanted, rel=1e-12)


def test_nothing_goes_back() -> None:
    """A layer's direction does not know the layers behind it, and its input's length does not matter."""
    net, params, X, y = task()
    chosen = rule("forward_forward")
    state = chosen.start(net, params, 3)
    first = chosen.step(net, params, X, y, state)
    other = [params[0], {k: v + 1.0 for k, v in params[1].items()}]
    second = chosen.step(net, other, X, y, state)
    assert packed(first.direction[0]).tobytes() == packed(second.direction[0]).tobytes()
    assert not np.allclose(packed(first.direction[1]), packed(second.direction[1]))
    assert np.mean(normalised(X) ** 2, axis=1) == pytest.approx(np.ones(len(X)))
    assert first.state == {"seed": 3, "step": 1}


@pytest.mark.parametrize("scale", [1e-250, 1e-170, 1.0, 1e170, 1e300])
def test_inputs_of_any_size_are_of_size_one(scale: float) -> None:
    rows = np.array([[3.0, -4.0], [0.0, 0.0], [1.0 / scale, 1.0 / scale]]) * scale
    found = normalised(rows)
    np.testing.assert_allclose(found, np.array([[0.6, -0.8], [0.0, 0.0], [0.5**0.5] * 2]) * 2**0.5, rtol=1e-15)


def test_a_wrong_label_is_never_the_right_one() -> None:
    net, params, X, y = task(200)
    chosen = ForwardForward()
    seen = set()
    for step in range(3):
        _, right, wrong = chosen.layers(net, params, X, y, {"seed": 0, "step": step})[0]
        assert (np.argmax(right[:, :CLASSES] > 0, axis=1) == y).all()
        labels = np.argmax(wrong[:, :CLASSES] > 0, axis=1)
        assert (labels != y).all()
        seen |= set(zip(y.tolist(), labels.tolist(), strict=True))
    assert len(seen) == CLASSES * (CLASSES - 1)  # and every other label comes


def test_prediction_is_the_goodness_of_each_label() -> None:
    net, params, X, _ = task(1000)
    found = rule("forward_forward").predict(net, params, X)  # more rows than go through the net at once
    one = np.concatenate([[0.0, 1.0, 0.0], X[700]])
    z, total = one, 0.0
    for layer in params:
        z = np.maximum(layer["W"] @ (z / np.sqrt(np.mean(z**2))) + layer["b"], 0.0)
        total += z @ z
    assert found.shape == (1000, CLASSES)
    assert found[700, 1] == pytest.approx(total, rel=1e-12)


def test_it_learns() -> None:
    X, y = blobs()
    net = sd.mlp([2 + 3, 16, 16], ["relu"] * 2)
    history = train(net, X, y, "forward_forward", epochs=30, batch=20, lr=0.01)
    assert history.accuracies[-1] > 0.95
    one_hot = train(net, X, np.eye(3)[y], "forward_forward", epochs=1, batch=20, lr=0.01, score=False)
    assert one_hot.losses[0] == history.losses[0]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0, 1, 2, 0, 3, 1], r"y\[4\] = 3 is a label unknown to forward-forward: .* 3 classes, 0 to 2"),
        ([0, -1, 2, 0, 1, 1], r"y\[1\] = -1 is a label unknown"),
        ([0.0, 1.0, 0.5, 0, 0, 0], r"y\[2\] = 0.5 is a label unknown"),
        (["a", "b", "a", "b", "a", "b"], r"y\[0\] = a is a label unknown"),
        ([0, 1, 2], r"y has shape \(3,\): forward-forward expected \(6,\)"),
        (np.full((6, 3), 1 / 3), r"y has shape \(6, 3\): .* one-hot"),
    ],
)
def test_labels_unknown_to_it_are_refused(y: Any, message: str) -> None:
    net, params, X, _ = task()
    with pytest.raises(InputError, match=message):
        rule("forward_forward").step(net, params, X, y, {"seed": 0, "step": 0})


def test_it_has_no_angle_to_the_gradient() -> None:
    X, y = blobs()
    with pytest.raises(InputError, match="forward_forward has an objective of its own"):
        train(sd.mlp([2 + 3, 4], ["relu"]), X, y, "forward_forward", probe=10)


def test_a_net_without_room_for_the_label_is_refused() -> None:
    net, params, X, y = task()
    plain = sd.mlp([4, 5, 3], "relu", "softmax_cross_entropy")
    with pytest.raises(InputError, match="first width is 4 plus the number of classes"):
        train(plain, X, y, "forward_forward")
    with pytest.raises(InputError, match="not finite"):
        rule("forward_forward").step(net, params, X * np.nan, y, {"seed": 0, "step": 0})
    with pytest.raises(InputError, match="threshold=0"):
        rule("forward_forward", threshold=0)
