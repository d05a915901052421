"""net.formula(..., expanded=True): every entry written out, equal to the tape's numbers; what is too large says so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symdiff as sd


def at_numbers(net: Any, params: Any, X: np.ndarray, t: np.ndarray) -> dict[str, Any]:
    """The value of every symbol."""
    tables = {"z0": X[0] if len(X) == 1 else X, "t": t[0] if len(X) == 1 else t}
    for i, layer in enumerate(params, 1):
        tables |= {f"W{i}": layer["W"], f"b{i}": layer["b"]}
    return {"l2": sp.Float(net.l2, 30)} | {
        f"{name}_{''.join(str(k + 1) for k in at)}": sp.Float(float(table[at]), 30)
        for name, table in tables.items()
        for at in np.ndindex(*table.shape)
    }


@pytest.mark.parametrize(("activation", "loss"), [("tanh", "mse"), ("relu", "softmax_cross_entropy"), ("elu", "huber")])
@pytest.mark.parametrize("examples", [1, 2])
def test_the_entries_are_the_derivative(activation: str, loss: str, examples: int) -> None:
    net = sd.mlp([2, 2, 2], activation, loss, l2=0.25)
    params, rng = net.init(seed=3), np.random.default_rng(5)
    X, t = rng.standard_normal((examples, 2)), np.eye(2)[:examples]
    layers, into = sd.grad(net.risk, wrt=(0, 1))(params, X, t)
    numbers = at_numbers(net, params, X, t)
    expected = {"W1": layers[0]["W"], "b1": layers[0]["b"], "W2": layers[1]["W"], "x": into}
    for name, right in expected.items():
        shown = net.formula(name, expanded=True, examples=examples)
        entries, known = shown.entries, dict(numbers)
        for c, e in shown.conditions.items():
            known[c] = e.xreplace({s: known[s.name] for s in e.free_symbols})
        found = [float(e.xreplace({s: known[s.name] for s in e.free_symbols})) for e in entries.flat]
        np.testing.assert_allclose(np.reshape(found, entries.shape), right, rtol=1e-12)


def test_text_and_latex() -> None:
    found = sd.mlp([1, 1, 1], "sin").formula("W1", expanded=True)
    inside = "W1_11*z0_1 + b1_1"
    assert str(found) == f"W1bar_11 = 2*W2_11*z0_1*(W2_11*sin({inside}) + b2_1 - t_1)*cos({inside})"
    assert found.latex().splitlines()[1].startswith(r"\bar{W}_{1;11} &= 2 W_{2;11} z_{0;1} \left(W_{2;11} \sin")
    assert str(sd.mlp([1, 1], l2=0.5).formula("W1", expanded=True)).startswith("W1bar_11 = W1_11*l2 + ")


def test_what_is_too_large_says_so_at_once() -> None:
    for widths, ops in (([64, 128, 128, 10], "2.1e"), ([2] * 31, "5.1e")):
        with pytest.raises(sd.UnsupportedError, match=rf"^UNSUPPORTED: written out, the .* by W1 has {ops}"):
            sd.mlp(widths, "tanh").formula("W1", expanded=True)


def test_conditions_that_have_pieces_are_written_apart() -> None:
    found = sd.mlp([1, 1, 1, 1], "relu").formula("b2", expanded=True)
    relu = "Piecewise((W1_11*z0_1 + b1_1, W1_11*z0_1 + b1_1 > 0), (0, True))"
    assert str(found).splitlines()[1] == f"c1 = W2_11*{relu} + b2_1"
    assert "c1 > 0" in str(found).splitlines()[0]


def test_bad_arguments_are_refused() -> None:
    net = sd.mlp([1, 1, 1], "tanh")
    with pytest.raises(sd.InputError, match=r"W3.*known ones are"):
        net.formula("W3", expanded=True)
    with pytest.raises(sd.InputError, match="examples=0"):
        net.formula("W1", expanded=True, examples=0)
