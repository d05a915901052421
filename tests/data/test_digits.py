"""A real net on real data: [64, 128, 128, 10] on the 8 x 8 digits that scikit-learn brings with it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

import symdiff as sd

BATCH = 128


def digits() -> tuple[np.ndarray, np.ndarray]:
    X, y = load_digits(return_X_y=True)
    return X[:BATCH] / 16.0, y[:BATCH]


@pytest.fixture(scope="module")
def report() -> sd.Report:
    net = sd.mlp([64, 128, 128, 10], "relu", "softmax_cross_entropy")
    return sd.crosscheck(net.risk, net.init(seed=0), *digits())


def test_the_tape_and_jax_agree_on_every_layer(report: sd.Report) -> None:
    for method in ("tape", "jax"):
        found = [f for f in report.findings if f.method == method]
        assert len(found) == 6
        assert {(str(f.verdict), f.basis) for f in found} == {("AGREE", "measured")}


def test_no_method_is_wrong_and_no_lamp_is_red(report: sd.Report) -> None:
    assert "DIFFER" not in {str(f.verdict) for f in report.findings}
    assert "red" not in {lamp.state for lamp in report.lamps.values()}
    assert report.ok


def test_a_fault_in_one_layer_is_seen() -> None:
    """The sum over the examples left out of one bias, which numbers of the right size hide."""
    net = sd.mlp([64, 128, 128, 10], "relu", "softmax_cross_entropy")
    params = net.init(seed=0)

    def claimed(params, X, y):
        gradient = sd.grad(net.risk, method="tape")(params, X, y)
        gradient[1]["b"] = gradient[1]["b"] * (1 - 1 / BATCH)
        return gradient

    report = sd.crosscheck(net.risk, params, *digits(), claimed=claimed, methods=["tape"])
    found = {f.argument for f in report.findings if f.method == "claimed" and str(f.verdict) == "DIFFER"}
    assert len(found) == 1
    assert found.pop().startswith("b2[")
