"""The per-layer view: its norms against the gradient itself, its theory against what is measured."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.integrate

import symdiff as sd
from symdiff.errors import InputError, UnsupportedError
from symdiff.nets import vanishing
from symdiff.nets.report import adjoints_of, mean_field, norm
from tests.data_files import FULL


def batch(d: int = 5, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((7, d)), rng.integers(0, classes, 7)


@pytest.mark.parametrize("method", ["tape", "jax"])
@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_the_norms_are_those_of_the_gradient(method: str, l2: float) -> None:
    net = sd.mlp([5, 4, 6, 3], "tanh", "softmax_cross_entropy", l2=l2)
    params, (X, y) = net.init(seed=1), batch()
    report = net.report(params, X, y, method=method)
    for layer, gradient in zip(report.layers, sd.grad(net.risk)(params, X, y), strict=True):
        assert layer.weight == pytest.approx(np.linalg.norm(gradient["W"]), rel=1e-12)
        assert layer.bias == pytest.approx(np.linalg.norm(gradient["b"]), rel=1e-12)


def test_the_adjoints_obey_the_delta_recursion() -> None:
    """dL/dz_i = (dL/du_{i+1}) W_{i+1}, dL/du_i = sigma'(u_i) o dL/dz_i, dL/dW_i = (dL/du_i)^T z_{i-1}."""
    net = sd.mlp([5, 4, 6, 3], "tanh", "softmax_cross_entropy")
    params, (X, y) = net.init(seed=1), batch()
    found, values = adjoints_of(net, params, X, y), net.forward(params, X)
    for i in (1, 2):
        np.testing.assert_allclose(found[f"z{i}"], found[f"u{i + 1}"] @ params[i]["W"], rtol=1e-12)
        np.testing.assert_allclose(found[f"u{i}"], found[f"z{i}"] * (1 - values[f"z{i}"] ** 2), rtol=1e-12)
        np.testing.assert_allclose(found[f"W{i}"], found[f"u{i}"].T @ values[f"z{i - 1}"], rtol=1e-10, atol=1e-15)
    report = net.report(params, X, y)
    assert report.layers[0].factor == pytest.approx(norm(found["u1"]) / norm(found["u2"]), rel=1e-12)
    assert report.layers[0].mean == pytest.approx(np.mean(values["z1"]), rel=1e-12)
    assert report.layers[-1].factor is report.layers[-1].mean_field is None


def test_dead_and_saturated_units_are_counted() -> None:
    X, y = np.array([[1.0], [2.0]]), np.array([0.0, 1.0])
    params: list[dict[str, Any]] = [
        {"W": np.array([[1.0], [-1.0], [1.0], [-1.0]]), "b": np.array([0.0, 0.0, -1.5, 9.0])},
        {"W": np.ones((1, 4)), "b": np.zeros(1)},
    ]
    hidden = sd.mlp([1, 4, 1], "relu").report(params, X, y).layers[0]
    assert (hidden.dead, hidden.saturated, hidden.steepest) == (1 / 4, 3 / 8, 1.0)
    smooth = sd.mlp([1, 4, 1], "sigmoid").report(params, X, y).layers[0]  # at 7 and 8 it is below 1 % of 1/4
    assert (smooth.dead, smooth.saturated, smooth.steepest) == (0.0, 2 / 8, 0.25)


def test_leaky_relu_of_any_slope_is_seen_through() -> None:
    net = sd.mlp([5, 4, 3], "leaky_relu", "softmax_cross_entropy", alpha=3.0)
    assert net.report(net.init(), *batch()).layers[0].steepest == 3.0


def test_a_norm_of_numbers_whose_squares_are_none() -> None:
    assert norm(np.array([3e-200, 4e-200])) == pytest.approx(5e-200, rel=1e-15)
    assert norm(np.zeros((2, 2))) == 0.0
    assert norm(np.array([1.0, np.nan])) != norm(np.array([1.0, 1.0]))


# -- theory and measurement --------------------------------------------------------------------------


def test_mean_field_theory_agrees_within_three_percent() -> None:
    found = vanishing((10,), seeds=5)
    assert len(found.rows) == 4 * 3
    for row in found.rows:
        assert row.factor == pytest.approx(row.mean_field, rel=0.03), row


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "leaky_relu"] if FULL else ["relu"])
def test_mean_field_theory_agrees_to_depth_fifty(activation: str) -> None:
    """At width 128: theory is of infinitely wide nets, and the chance of one draw goes with depth over width."""
    if not FULL:
        found = vanishing((50,), [activation], ["he"], width=128, seeds=5)
        assert found.rows[0].factor == pytest.approx(found.rows[0].mean_field, rel=0.03)
        return
    inits = ["normal", "xavier", "he", *([("normal", 1.0)] if activation in ("sigmoid", "tanh") else [])]
    found = vanishing((10, 20, 50), [activation], inits, width=128, seeds=5)
    assert len(found.rows) == 3 * len(inits)
    for row in found.rows:
        assert row.factor == pytest.approx(row.mean_field, rel=0.03), row


def test_theory_is_held_against_something_else() -> None:
    """The factor of one init is not the theory of another: a few per cent tell them apart."""
    xavier, wider = vanishing((10,), ["tanh"], ["xavier", ("normal", 0.15)], seeds=3).rows
    assert xavier.factor != pytest.approx(wider.mean_field, rel=0.03)


def test_the_fixed_points_of_theory() -> None:
    """sqrt(chi) of relu is sqrt(s_w^2 / 2): 1/sqrt(2) with Xavier and 1 with He, wherever q lies."""
    found = vanishing((4,), ["relu"], ["xavier", "he"], width=256, seeds=1)
    assert [row.mean_field for row in found.rows] == pytest.approx([0.5**0.5, 1.0], rel=0.01)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3, 1e5])
def test_theory_holds_for_inputs_of_any_size(size: float) -> None:
    """chi_1 = s_w^2 E[(1 - tanh(u)^2)^2] for u of standard deviation `spread`, by SciPy's quadrature."""
    net, X = sd.mlp([5, 8, 8, 3], "tanh"), batch()[0] * size
    params = net.init(seed=1)
    gain = [np.sum(layer["W"] ** 2) / len(layer["W"]) for layer in params]
    spread = float(np.sqrt(gain[0] * np.mean(X**2)))
    near = min(12.0 * spread, 30.0)  # beyond it the slope is below 1e-50

    def weighed(u: float) -> float:
        return np.cosh(u) ** -4 * np.exp(-0.5 * (u / spread) ** 2) / (spread * np.sqrt(2 * np.pi))

    truth = 2.0 * scipy.integrate.quad(weighed, 0.0, near, epsabs=0.0, epsrel=1e-10)[0]
    assert mean_field(net, params, X)[0] == pytest.approx(np.sqrt(gain[1] * truth), rel=1e-9)


def test_the_weights_hide_what_the_delta_shows() -> None:
    row, kept = vanishing((30,), ["relu"], ["xavier", "he"], seeds=3).rows
    assert 0.1 < row.weight_ratio < 10
    assert row.delta_ratio < 1e-3
    assert (row.word, kept.word) == ("vanishes", "keeps")


def test_a_gradient_explodes() -> None:
    (row,) = vanishing((10,), ["tanh"], [("normal", 1.0)], seeds=3).rows
    assert (row.init, row.word) == ("normal(1)", "explodes")


def test_vanishing_takes_data_of_ones_own() -> None:
    X, y = batch()
    (row,) = vanishing((3,), ["sigmoid"], ["xavier"], 6, 1, X, y).rows
    net = sd.mlp([5, 6, 6, 6, int(y.max()) + 1], "sigmoid", "softmax_cross_entropy")
    report = net.report(net.init(0, "xavier"), X, y)
    assert row.delta_ratio == pytest.approx(report.layers[0].before / report.layers[2].before, rel=1e-12)


@pytest.mark.parametrize(
    "given", [{"depths": (1,)}, {"depths": (True,)}, {"seeds": 0}, {"X": np.ones((2, 2))}, {"activations": ["rely"]}]
)
def test_bad_arguments_of_vanishing(given: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        vanishing(**given)


# -- how it is shown ---------------------------------------------------------------------------------


def test_it_prints_and_writes_itself() -> None:
    net = sd.mlp([5, 4, 3], "relu", "softmax_cross_entropy")
    report = net.report(net.init(), *batch())
    lines = str(report).splitlines()
    assert lines[2].split()[:3] == ["layer", "|dL/dW|", "|dL/db|"]
    assert lines[3].split()[:5] == ["1", "5", "->", "4", "relu"]
    assert "below 1 % of its largest value (relu 1, linear 1)" in str(report)
    assert max(map(len, lines)) <= 160
    assert json.loads(json.dumps(report.to_dict()))["layers"][0]["widths"] == [5, 4]
    table = vanishing((2,), ["relu"], ["he"], width=4, seeds=1)
    assert str(table).splitlines()[1].split()[:3] == ["relu", "he", "2"]
    assert json.loads(json.dumps(table.to_dict()))["rows"][0]["word"] == "keeps"


def test_it_draws_itself(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    net = sd.mlp([5, 4, 3], "relu", "softmax_cross_entropy")
    for k, shown in enumerate((net.report(net.init(), *batch()), vanishing((2, 3), ["relu"], ["he"], 4, 1))):
        path = shown.plot(tmp_path / f"{k}.png")
        assert path.read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    net = sd.mlp([5, 4, 3], "relu", "softmax_cross_entropy")
    with pytest.raises(UnsupportedError, match=r"needs matplotlib.*symdiff-toolkit\[plot\]"):
        net.report(net.init(), *batch()).plot(tmp_path / "x.png")


def test_bad_input_is_refused_as_by_the_risk() -> None:
    net = sd.mlp([5, 4, 3], "relu", "softmax_cross_entropy")
    with pytest.raises(InputError, match="X has shape"):
        net.report(net.init(), np.ones((2, 4)), np.array([0, 1]))
