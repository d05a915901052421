"""XOR, moons and spirals: what they are, and nets on them, by all three methods."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import InputError
from symdiff.nets.data import moons, spirals, xor

NETS = {
    "xor": (xor(), sd.mlp([2, 4, 1], "tanh", "binary_cross_entropy")),
    "moons": (moons(12), sd.mlp([2, 4, 2], "relu", "softmax_cross_entropy")),
    "spirals": (spirals(12), sd.mlp([2, 4, 2], "sigmoid", "softmax_cross_entropy")),
}


@pytest.mark.parametrize("name", NETS)
def test_all_three_methods_agree(name: str) -> None:
    (X, y), net = NETS[name]
    report = sd.crosscheck(net.risk, net.init(seed=1), X, y)
    assert {(f.method, str(f.verdict)) for f in report.findings} == {(m, "AGREE") for m in ("symbolic", "tape", "jax")}


def test_plain_gradient_descent_learns_xor() -> None:
    (X, y), net = NETS["xor"]
    params, step = net.init(seed=1), sd.value_and_grad(net.risk)
    start = float(net.risk(params, X, y))
    for _ in range(300):
        _, gradient = step(params, X, y)
        params = [{k: layer[k] - g[k] for k in layer} for layer, g in zip(params, gradient, strict=True)]
    logits = net.forward(params, X)["u2"][:, 0]
    assert net.risk(params, X, y) < 0.05 < 0.5 < start
    assert ((logits > 0) == y).all()


def test_moons_are_those_of_scikit_learn() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    X, y = moons(22, noise=0.0)
    theirs, labels = datasets.make_moons(22, shuffle=False, noise=None)
    np.testing.assert_allclose(X, theirs, atol=1e-15)
    np.testing.assert_array_equal(y, labels)


@pytest.mark.parametrize("draw", [moons, spirals])
def test_a_seed_is_a_draw(draw: Any) -> None:
    for n in (2, 7, 50):
        X, y = draw(n, seed=3)
        assert X.shape == (n, 2)
        assert np.bincount(y).tolist() == [n - n // 2, n // 2]
        np.testing.assert_array_equal(X, draw(n, seed=3)[0])
        assert not np.array_equal(X, draw(n, seed=4)[0])


def test_one_spiral_is_the_other_turned_half_round() -> None:
    X, _ = spirals(40, noise=0.0)
    np.testing.assert_array_equal(X[:20], -X[20:])


@pytest.mark.parametrize(
    ("draw", "given"),
    [(moons, {"n": 1}), (moons, {"n": 2.5}), (moons, {"noise": -1.0}), (moons, {"noise": float("nan")}),
     (spirals, {"seed": -1}), (spirals, {"turns": 0}), (spirals, {"turns": "two"}), (spirals, {"n": True})],
)  # fmt: skip
def test_bad_arguments_are_named(draw: Any, given: dict[str, Any]) -> None:
    ((name, _),) = given.items()
    with pytest.raises(InputError, match=f"^{name}="):
        draw(**given)
