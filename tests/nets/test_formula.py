"""net.formula: the delta recursion as it is written, for every net; and that its steps are the derivative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.methods.symbolic.notation import entries
from symdiff.nets.activations import known
from symdiff.nets.formula import derived
from symdiff.nets.losses import LOSSES
from symdiff.nets.mlp import MLP, mlp

JUMPS = ("ceil", "floor")  # SymPy has no derivative of them
SMOOTH = [a for a in known() if a not in JUMPS]


def data(net: MLP, count: int = 3) -> tuple[Any, np.ndarray, np.ndarray]:
    """Parameters, inputs and the target table of a batch."""
    rng = np.random.default_rng(7)
    shape = (count, net.widths[-1])
    t = {
        "hinge": rng.choice([-1.0, 1.0], shape),
        "softmax_cross_entropy": np.eye(shape[1])[rng.integers(0, shape[1], 3)],
    }
    params = [{"W": p["W"], "b": rng.normal(size=p["b"].shape)} for p in net.init(seed=1, scheme="xavier")]
    return params, rng.normal(size=(count, net.widths[0])), t.get(net.loss.name, rng.random(shape))


def decimals(array: np.ndarray, columns: bool = False) -> np.ndarray:
    table = np.vectorize(lambda x: sp.Float(float(x), 30), otypes=[object])(array)
    return table.T if columns else table


def evaluated(net: MLP, rows: bool) -> dict[str, np.ndarray]:
    """Every step of the recursion on a small batch, in 30 digits; what has examples in columns is turned back."""
    params, X, t = data(net)
    whole = derived(net) if rows else derived(net).columns()
    values = {"z0": decimals(X, not rows), "t": decimals(t, not rows)}
    sizes: dict[Any, Any] = {sp.Symbol("N", integer=True, positive=True): sp.Integer(len(X))}
    sizes |= {sp.Symbol(f"d{i}", integer=True, positive=True): sp.Integer(d) for i, d in enumerate(net.widths)}
    sizes |= {sp.Symbol("l2", positive=True): sp.Float(net.l2, 30)}
    for i, layer in enumerate(params, 1):
        values |= {f"W{i}": decimals(layer["W"]), f"b{i}": decimals(layer["b"])[:, None]}
    for name, e in (*whole.forward, *whole.adjoint):
        values[name] = entries(e, values, sizes)
    plain = {name: value.astype(float) for name, value in values.items()}
    return {name: v.T if not rows and name in whole.batch else v for name, v in plain.items()}


def agrees(net: MLP, rows: bool = False) -> None:
    params, X, t = data(net)
    found, (expected, into) = evaluated(net, rows), sd.grad(net.risk, wrt=(0, 1))(params, X, t)
    for i, layer in enumerate(expected, 1):
        np.testing.assert_allclose(found[f"W{i}bar"], layer["W"], rtol=1e-11, atol=1e-14)
        np.testing.assert_allclose(found[f"b{i}bar"][:, 0], layer["b"], rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(found["z0bar"], into, rtol=1e-11, atol=1e-14)


# -- what is written ---------------------------------------------------------------------------------


def test_the_delta_recursion_of_the_lecture() -> None:
    net = mlp([64, 128, 128, 10], "tanh", "softmax_cross_entropy", l2=0.1)
    assert str(net.formula("W1")).splitlines() == [
        "u3bar = (softmax(u3) - t)/N",
        "u2bar = (W3^T u3bar) o sigma'(u2)",
        "u1bar = (W2^T u2bar) o sigma'(u1)",
        "W1bar = u1bar z0^T + l2 W1",
        "sigma'(u) = 1 - tanh(u)**2",
    ]
    assert str(net.formula("b2")).splitlines()[-2] == "b2bar = u2bar 1"
    assert str(net.formula("z1")).splitlines()[-2] == "z1bar = W2^T u2bar"
    assert str(net.formula("u3")) == "u3bar = (softmax(u3) - t)/N"
    assert str(net.formula("x")).splitlines()[-2] == "z0bar = W1^T u1bar"
    assert str(net.formula("x")) == str(net.formula("z0"))


def test_rows_as_they_are_computed() -> None:
    formula = mlp([3, 4, 2], "sigmoid").formula("W1", rows=True)
    assert str(formula).splitlines()[:3] == [
        "u2bar = 2 (u2 - t)/(N d2)",
        "u1bar = (u2bar W2) o sigma'(u1)",
        "W1bar = u1bar^T z0",
    ]


def test_latex() -> None:
    assert mlp([3, 4, 2], "tanh", "softmax_cross_entropy", l2=0.1).formula("W1").latex().splitlines() == [
        r"\begin{aligned}",
        r"\bar{u}_{2} &= \frac{\operatorname{softmax}(u_{2}) - t}{N} \\",
        r"\bar{u}_{1} &= \left(W_{2}^{\top}\, \bar{u}_{2}\right) \odot \sigma'(u_{1}) \\",
        r"\bar{W}_{1} &= \bar{u}_{1}\, z_{0}^{\top} + l_{2}\, W_{1} \\",
        r"\sigma'(u) &= 1 - \tanh^{2}{\left(u \right)}",
        r"\end{aligned}",
    ]


@pytest.mark.parametrize(
    ("loss", "first", "last"),
    [
        ("mse", "u1bar = 2 (u1 - t)/(N d1)", ""),
        ("absolute", "u1bar = l'(u1 - t)/(N d1)", "l'(e) = -1 if e < 0, 1 otherwise"),
        ("huber", "u1bar = l'(u1 - t)/(N d1)", "l'(e) = -1 if e <= -1, e if e <= 1, 1 otherwise"),
        ("binary_cross_entropy", "u1bar = (sigmoid(u1) - t)/(N d1)", ""),
        ("softmax_cross_entropy", "u1bar = (softmax(u1) - t)/N", ""),
        ("hinge", "u1bar = l'(u1, t)/(N d1)", "l'(u, t) = -t if t*u < 1, 0 otherwise"),
    ],
)
def test_the_top_is_the_slope_of_the_loss(loss: str, first: str, last: str) -> None:
    lines = str(mlp([2, 3], loss=loss).formula("u1")).splitlines()
    assert lines == [first, last] if last else lines == [first]


def test_layers_of_several_activations() -> None:
    net = mlp([2, 3, 3, 1], ["tanh", "linear", "tanh"])
    assert str(net.formula("W1")).splitlines() == [
        "u3bar = (2 (z3 - t)/(N d3)) o sigma'(u3)",
        "u2bar = W3^T u3bar",
        "u1bar = (W2^T u2bar) o sigma'(u1)",
        "W1bar = u1bar z0^T",
        "sigma'(u) = 1 - tanh(u)**2",
    ]
    assert str(net.formula("W3")).splitlines()[1] == "W3bar = u3bar z2^T"
    assert "sigma1'(u) = sigma3'(u) =" in str(mlp([2, 3, 3, 1], ["tanh", "sin", "tanh"]).formula("W1"))


def test_the_widths_do_not_matter() -> None:
    assert str(mlp([10, 10, 3]).formula("W1")) == str(mlp([4000, 4000, 3]).formula("W1"))


def test_a_name_that_is_none_and_an_activation_without_a_derivative() -> None:
    net = mlp([2, 3, 1], "tanh")
    for name in ("W3", "w1", "", 1, "zz", "u1bar"):
        with pytest.raises(sd.InputError, match=r"known ones are W1, W2, b1, b2, z0, u1, z1, u2, z2, and x for z0"):
            net.formula(name)  # type: ignore[arg-type]  # that is the point
    for jump in JUMPS:
        with pytest.raises(sd.UnsupportedError, match="SymPy has no derivative of"):
            mlp([2, 3, 1], jump).formula("W1")


# -- what it says ------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", SMOOTH)
def test_every_activation_evaluated(activation: str) -> None:
    agrees(mlp([2, 3, 2], activation))


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("last", ["linear", "tanh"])
def test_every_loss_evaluated(loss: str, last: str) -> None:
    agrees(mlp([2, 3, 2], ["sin", last], loss, l2=0.3))


@pytest.mark.parametrize(("depth", "rows"), [(1, False), (1, True), (4, True), (30, False)])
def test_every_depth_evaluated(depth: int, rows: bool) -> None:
    agrees(mlp([2] * (depth + 1), "silu", "softmax_cross_entropy", l2=0.1), rows)


def test_linear_layers_evaluated() -> None:
    agrees(mlp([2, 3, 4, 2], ["linear", "neg", "sign"], "huber", l2=0.2))
