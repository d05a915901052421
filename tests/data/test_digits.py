"""Real nets: [64, 128, 128, 10] on the 8 x 8 digits that scikit-learn brings with it, and [784, 1024, 1024, 10], the
size of a net for MNIST, on rows of chance. XOR, moons and spirals are in tests/nets/test_data.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

import symdiff as sd
from tests.data_files import FULL

BATCH = 128
LARGE_BATCH = 128 if FULL else 8
NET = sd.mlp([64, 128, 128, 10], "relu", "softmax_cross_entropy")
LARGE = sd.mlp([784, 1024, 1024, 10], "relu", "softmax_cross_entropy")
LAYERS = [(i, name) for i in range(3) for name in ("W", "b")]


def digits(dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    X, y = load_digits(return_X_y=True)
    return (X[:BATCH] / 16.0).astype(dtype), y[:BATCH]


def at_chance() -> tuple[Any, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((LARGE_BATCH, 784)).astype(np.float32)
    return LARGE.init(seed=0, dtype=np.float32), X, rng.integers(0, 10, LARGE_BATCH)


def verdicts(report: sd.Report) -> dict[tuple[str, str], tuple[str, str]]:
    """{(method, layer): (verdict, basis)}: one finding for each array of the gradient."""
    return {(f.method, array(f.argument)): (str(f.verdict), f.basis) for f in report.findings}


def array(argument: str) -> str:
    """`W2` of `W2[3, 5]`."""
    return argument.partition("[")[0]


def expected(*methods: str) -> dict[tuple[str, str], tuple[str, str]]:
    return {(m, f"{name}{i + 1}"): ("AGREE", "measured") for m in methods for i, name in LAYERS}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_all_three_methods_agree_on_every_layer(dtype: Any) -> None:
    report = sd.crosscheck(NET.risk, NET.init(seed=0, dtype=dtype), *digits(dtype))
    assert verdicts(report) == expected("symbolic", "tape", "jax")
    assert {name: lamp.state for name, lamp in report.lamps.items()} == dict.fromkeys("VDRB", "green")
    assert report.ok


def test_a_fault_in_one_layer_is_seen() -> None:
    """The sum over the examples left out of one bias, which numbers of the right size hide."""

    def claimed(params, X, y):
        gradient = sd.grad(NET.risk, method="tape")(params, X, y)
        gradient[1]["b"] = gradient[1]["b"] * (1 - 1 / BATCH)
        return gradient

    report = sd.crosscheck(NET.risk, NET.init(seed=0), *digits(), claimed=claimed, methods=["tape"])
    assert wrong(report) == {("claimed", "b2")}


def wrong(report: sd.Report) -> set[tuple[str, str]]:
    return {key for key, (verdict, _) in verdicts(report).items() if verdict != "AGREE"}


@pytest.mark.slow
def test_a_large_net_agrees_in_float32() -> None:
    report = sd.crosscheck(LARGE.risk, *at_chance(), methods=["tape", "jax"])
    assert verdicts(report) == expected("tape", "jax")
    assert {name: lamp.state for name, lamp in report.lamps.items()} == dict.fromkeys("VDRB", "green")


@pytest.mark.slow
@pytest.mark.parametrize(("layer", "name"), LAYERS if FULL else [(1, "W"), (0, "b")])
def test_a_thousandth_too_much_in_one_array_of_a_large_net_is_seen(layer: int, name: str) -> None:
    def claimed(params, X, y):
        gradient = sd.grad(LARGE.risk, method="jax")(params, X, y)
        gradient[layer][name] = gradient[layer][name] * np.float32(1 + 1e-3)
        return gradient

    report = sd.crosscheck(LARGE.risk, *at_chance(), claimed=claimed, methods=["tape", "jax"])
    guilty = f"{name}{layer + 1}"
    assert wrong(report) == {("claimed", guilty)}
    assert f"DIFFER claimed grad d/d{guilty}[" in str(report)
