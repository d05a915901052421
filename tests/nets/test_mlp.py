"""The net itself: its latent representations, losses and inits by their definitions, and what is said of bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, log_softmax, softmax

import symdiff as sd

RNG = np.random.default_rng(0)
NET = sd.mlp([4, 3, 2], "tanh", "softmax_cross_entropy")
PARAMS = NET.init(seed=0)
X, LABELS = RNG.normal(size=(5, 4)), RNG.integers(0, 2, 5)


def test_every_latent_representation_has_the_lectures_name() -> None:
    found = NET.forward(PARAMS, X)
    assert list(found) == ["z0", "u1", "z1", "u2", "z2"]
    u1 = X @ PARAMS[0]["W"].T + PARAMS[0]["b"]
    u2 = np.tanh(u1) @ PARAMS[1]["W"].T + PARAMS[1]["b"]
    for name, wanted in {"z0": X, "u1": u1, "z1": np.tanh(u1), "u2": u2, "z2": u2}.items():
        np.testing.assert_allclose(found[name], wanted, rtol=1e-14)


SCORES, NUMBERS = RNG.normal(size=(6, 3)) * 2.0, RNG.normal(size=(6, 3))
CLASSES, ONES = RNG.integers(0, 3, 6), RNG.integers(0, 2, (6, 3))
LOSSES: dict[str, tuple[Any, Callable[[np.ndarray], Any]]] = {
    "mse": (NUMBERS, lambda z: np.mean((z - NUMBERS) ** 2)),
    "absolute": (NUMBERS, lambda z: np.mean(np.abs(z - NUMBERS))),
    "huber": (NUMBERS, lambda z: np.mean(np.where(np.abs(z - NUMBERS) <= 1, 0.5 * (z - NUMBERS) ** 2,
                                                  np.abs(z - NUMBERS) - 0.5))),
    "softmax_cross_entropy": (CLASSES, lambda z: -np.mean(log_softmax(z, 1)[np.arange(6), CLASSES])),
    "binary_cross_entropy": (ONES, lambda z: -np.mean(np.where(ONES == 1, np.log(expit(z)), np.log(expit(-z))))),
    "hinge": (2 * ONES - 1, lambda z: np.mean(np.maximum(0, 1 - (2 * ONES - 1) * z))),
}  # fmt: skip


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_its_definition(loss: str) -> None:
    """The mean over examples and outputs. The net is the identity: one linear layer with W = I."""
    net = sd.mlp([3, 3], loss=loss)
    labels, wanted = LOSSES[loss]
    found = net.risk([{"W": np.eye(3), "b": np.zeros(3)}], SCORES, labels)
    assert found == pytest.approx(wanted(SCORES), rel=1e-12)


def test_the_gradient_of_the_lectures_last_layer() -> None:
    """u_bar = (softmax(u) - t)/N."""
    W = RNG.normal(size=(3, 4))
    net, x = sd.mlp([4, 3], loss="softmax_cross_entropy"), RNG.normal(size=(6, 4))
    ubar = (softmax(x @ W.T, 1) - np.eye(3)[CLASSES]) / 6
    found = sd.grad(net.risk)([{"W": W, "b": np.zeros(3)}], x, CLASSES)
    np.testing.assert_allclose(found[0]["W"], ubar.T @ x, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found[0]["b"], ubar.sum(0), rtol=1e-12, atol=1e-15)


def test_inits_are_what_they_are_called() -> None:
    net = sd.mlp([300, 200, 400], "tanh")
    for scheme, spread in {"xavier": (2 / 500) ** 0.5, "he": (2 / 300) ** 0.5, "normal": 0.01}.items():
        first = net.init(seed=1, scheme=scheme)[0]["W"]
        assert np.std(first) == pytest.approx(spread, rel=0.02)
        assert abs(np.mean(first)) < spread / 50
    for layer in net.init(seed=1, scheme="orthogonal"):
        w = layer["W"] if layer["W"].shape[0] <= layer["W"].shape[1] else layer["W"].T
        np.testing.assert_allclose(w @ w.T, np.eye(len(w)), atol=1e-12)
    assert not any(np.any(layer["W"]) for layer in net.init(scheme="zeros"))
    assert net.init(seed=2)[0]["W"].tobytes() == net.init(seed=2)[0]["W"].tobytes()


def with_nan() -> np.ndarray:
    found = X.copy()
    found[2, 1] = np.nan
    return found


def one_output(loss: str, labels: Any) -> Any:
    net = sd.mlp([4, 3, 1], "tanh", loss)
    return net.risk(net.init(), X, labels)


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "activation": (lambda: sd.mlp([4, 3, 2], "rleu"), "'rleu' is not known: did you mean 'relu'.* tanh"),
    "activation of no layer": (lambda: sd.mlp([4, 2], "rleu"), "'rleu' is not known"),
    "loss": (lambda: sd.mlp([4, 3, 2], loss="mean"), "loss 'mean' is not known: the known ones are absolute"),
    "one width": (lambda: sd.mlp([4]), "expected two or more"),
    "width zero": (lambda: sd.mlp([4, 0, 2]), "0 is no width"),
    "too many activations": (lambda: sd.mlp([4, 3, 2], ["tanh"] * 4), "4 activations given"),
    "penalty": (lambda: sd.mlp([4, 2], l2=-1), "l2=-1"),
    "init": (lambda: NET.init(scheme="xavir"), "did you mean 'xavier'"),
    "seed": (lambda: NET.init(seed=-1), "seed=-1"),
    "shapes that do not chain": (
        lambda: NET.risk([PARAMS[0], {"W": np.ones((2, 4)), "b": np.zeros(2)}], X, LABELS), r"W2 = .*expected \(2, 3\)"
    ),
    "too few layers": (lambda: NET.risk(PARAMS[:1], X, LABELS), "params has 1 layers: this net has 2"),
    "no bias": (lambda: NET.risk([{"W": PARAMS[0]["W"]}, PARAMS[1]], X, LABELS), r"params\[0\] is \['W'\]"),
    "one example": (lambda: NET.risk(PARAMS, X[0], LABELS), r"a batch of one, x\[None, :\]"),
    "a batch of zero": (lambda: NET.risk(PARAMS, X[:0], LABELS[:0]), "a batch of no examples has no mean"),
    "nan": (lambda: NET.risk(PARAMS, with_nan(), LABELS), "row 2 of X is not finite"),
    "nan, differentiated": (lambda: sd.grad(NET.risk)(PARAMS, with_nan(), LABELS), "row 2 of X is not finite"),
    "nan, checked": (lambda: sd.crosscheck(NET.risk, PARAMS, with_nan(), LABELS), "row 2 of X is not finite"),
    "class out of range": (lambda: NET.risk(PARAMS, X, LABELS - 1), "out of range: the 2 outputs are classes 0 to 1"),
    "half a class": (lambda: NET.risk(PARAMS, X, LABELS + 0.5), "is no class"),
    "too few labels": (lambda: NET.risk(PARAMS, X, LABELS[:3]), "a label for each of the 5 rows"),
    "not one-hot": (lambda: NET.risk(PARAMS, X, np.full((5, 2), 0.3)), "not one-hot"),
    "mixed dtypes": (lambda: sd.grad(NET.risk)(PARAMS, X.astype(np.float32), LABELS), "mixed dtypes"),
    "binary labels": (lambda: one_output("binary_cross_entropy", [0, 1, 2, 0, 1]), r"y\[2\] = 2 is out of range"),
    "hinge labels": (lambda: one_output("hinge", [0, 1, 1, 0, 1]), "labels -1 or 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence(name: str) -> None:
    call, says = BAD[name]
    with pytest.raises(sd.InputError, match=says) as raised:
        call()
    assert "\n" not in str(raised.value)
