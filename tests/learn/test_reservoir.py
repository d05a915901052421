"""The echo state network: its states follow its equation, its goals hold, and bad input is said to be bad."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from symdiff.errors import InputError
from symdiff.learn import EchoStateNetwork, mackey_glass, narma10, nrmse, reservoir

NARMA = {"spectral_radius": 0.95, "input_scale": 0.05, "bias": 0.5}
MACKEY_GLASS = {"spectral_radius": 0.9, "input_scale": 1.0, "leak": 0.7}


def small(**options) -> EchoStateNetwork:
    x = mackey_glass(300) - 1.0
    return EchoStateNetwork(20, washout=50, **options).fit(x[:-1], x[1:], ridge=1e-8)


def test_the_states_follow_the_equation() -> None:
    esn, u = small(leak=0.6), mackey_glass(30) - 1.0
    W, into, b = esn._drawn
    x = np.zeros(20)
    for now, found in zip(u, esn.states(u), strict=True):
        x = 0.4 * x + 0.6 * np.tanh(W @ x + into[:, 0] * now + b)
        np.testing.assert_allclose(found, x, rtol=1e-13, atol=1e-15)


def test_the_matrix_has_the_radius_and_the_zeros_that_were_asked_for() -> None:
    W = EchoStateNetwork(200, spectral_radius=0.7, sparsity=0.8).fit(*narma10(400))._drawn[0]
    assert np.max(np.abs(np.linalg.eigvals(W))) == pytest.approx(0.7, rel=1e-12)
    assert np.mean(W == 0.0) == pytest.approx(0.8, abs=0.01)


def test_a_sparse_product_is_the_same_reservoir(monkeypatch: pytest.MonkeyPatch) -> None:
    u, dense = mackey_glass(60) - 1.0, small()
    monkeypatch.setattr(reservoir, "SPARSE_FROM", 10)
    np.testing.assert_allclose(small().states(u), dense.states(u), rtol=1e-12, atol=1e-15)
    x = mackey_glass(300) - 1.0
    np.testing.assert_allclose(small().free_run(x, 5, at=[60, 80]), dense.free_run(x, 5, at=[60, 80]), rtol=1e-6)


def test_a_free_run_is_prediction_upon_prediction() -> None:
    """Three steps of it are those of teacher forcing with its own predictions put in."""
    esn, x = small(), mackey_glass(200) - 1.0
    run = esn.free_run(x, 3)
    own = x
    for value in run:
        assert value == pytest.approx(esn.predict(own)[-1], rel=1e-10)
        own = np.append(own, value)
    np.testing.assert_allclose(esn.free_run(x, 3, at=[120, 200])[1], run, rtol=1e-12)
    np.testing.assert_allclose(esn.free_run(x, 3, at=[120])[0], esn.free_run(x[:120], 3), rtol=1e-12)


def test_a_small_radius_forgets_its_start_and_a_large_one_does_not() -> None:
    x = mackey_glass(300) - 1.0
    found = {}
    for radius in (0.3, 0.9, 0.999, 3.0):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            esn = EchoStateNetwork(50, spectral_radius=radius, input_scale=0.1, bias=0.0)
        found[radius] = esn.fit(x[:-1], x[1:], ridge=1e-8).forgets(x)
    assert found[0.3] < 1e-14
    assert found[0.3] < found[0.9] < found[0.999] < found[3.0]
    assert found[0.9] < 1e-3
    assert found[3.0] > 0.1


def test_rows_of_several_values_stay_rows() -> None:
    x = mackey_glass(200) - 1.0
    pairs = np.stack([x[:-1], x[1:]], axis=1)
    esn = EchoStateNetwork(15, washout=20).fit(pairs[:-1], pairs[1:], ridge=1e-6)
    assert esn.predict(pairs).shape == (199, 2)
    assert esn.free_run(pairs, 4).shape == (4, 2)
    assert esn.free_run(pairs, 4, at=[50, 60, 70]).shape == (3, 4, 2)


def test_narma10_within_the_goal() -> None:
    """The mean of five reservoirs of 200 units: .20 or less, where the last 20 inputs alone reach .41."""
    u, y = narma10(5000)
    u = 2.0 * u - 0.5
    found = []
    for seed in range(5):
        esn = EchoStateNetwork(200, seed=seed, **NARMA).fit(u[:2000], y[:2000], ridge=1e-8)
        found.append(nrmse(esn.predict(u)[2000:], y[2000:]))
    assert np.mean(found) <= 0.20


def test_mackey_glass_runs_free_within_the_goal() -> None:
    x = mackey_glass(6100) - 1.0
    starts = 3000 + 60 * np.arange(50)
    esn = EchoStateNetwork(400, **MACKEY_GLASS).fit(x[:3000], x[1:3001], ridge=1e-11)
    ends = esn.free_run(x[: starts[-1]], 84, at=starts)[:, -1]
    assert np.sqrt(np.mean((ends - x[starts + 83]) ** 2) / np.var(x)) <= 3.5e-4


def test_the_readout_keeps_its_promise_three_ways() -> None:
    x = mackey_glass(300) - 1.0
    esn = small()
    found = esn.check(x[:-1], x[1:])
    assert found.ok, str(found)
    assert [claim.what.split(", ")[-1] for claim in found.claims[:3]] == ["symbolic", "tape", "jax"]
    wrong = esn.check(x[:-1], x[:-1])  # other targets than it was fitted to
    assert not wrong.ok


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"spectral_radius": 1.25}, r"spectral_radius=1.25 is outside \(0, 1\).*may not forget"),
        ({"spectral_radius": 0.0}, "spectral_radius=0 is outside"),
        ({"leak": 1.5}, r"leak=1.5 is outside \(0, 1\].*overshoots"),
        ({"leak": 0.0}, "leak=0 is outside.*never moves"),
        ({"leak": -0.5}, "leak=-0.5 is outside.*grow without bound"),
    ],
)
def test_out_of_range_is_a_warning_with_the_number(options, said: str) -> None:
    with pytest.warns(UserWarning, match=said) as caught:
        EchoStateNetwork(10, **options)
    assert caught[0].filename == __file__  # the caller's line, not one of ours


def test_in_range_is_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        EchoStateNetwork(10, spectral_radius=0.99, leak=1.0)


def test_states_that_are_all_alike_are_a_rank_deficient_readout() -> None:
    x = mackey_glass(300)
    with pytest.warns(UserWarning, match="leak=0"):
        esn = EchoStateNetwork(10, leak=0.0)
    with pytest.warns(UserWarning, match="rank 2 of 12 columns") as caught:
        esn.fit(x[:-1], x[1:])
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"units": 0}, "units=0"),
        ({"units": 10, "spectral_radius": -0.5}, "spectral_radius=-0.5"),
        ({"units": 10, "sparsity": 1.0}, "sparsity=1.0: expected the share of zeros, below 1"),
        ({"units": 10, "leak": float("nan")}, "leak=nan"),
        ({"units": 10, "seed": -1}, "seed=-1"),
        ({"units": 10, "washout": 2.5}, "washout=2.5"),
    ],
)
def test_what_is_no_reservoir_is_refused(options, said: str) -> None:
    with pytest.raises(InputError, match=said):
        EchoStateNetwork(**options)


def test_what_is_no_series_is_refused() -> None:
    x = mackey_glass(300)
    esn = small()
    two = EchoStateNetwork(10, washout=20).fit(x, np.stack([x, x], axis=1), ridge=1e-6)
    for call, said in (
        (lambda: EchoStateNetwork(10, washout=300).fit(x, x), "has 300 steps and the washout is 300"),
        (lambda: EchoStateNetwork(10).fit(x, x[:-1]), "u has 300 steps and d 299"),
        (lambda: EchoStateNetwork(10).fit(np.append(x, np.nan), np.append(x, 0.0)), r"u\[300\] = nan"),
        (lambda: EchoStateNetwork(10).predict(x), "learned nothing yet"),
        (lambda: esn.predict(np.ones((5, 2))), "u has 2 values a step"),
        (lambda: esn.free_run(x, 0), "steps=0"),
        (lambda: esn.forgets(x[:49]), "u has 49 steps and the washout is 50"),
        (lambda: esn.free_run(x, 3, at=[20]), "more values than the washout"),
        (lambda: two.free_run(x, 3), "2 outputs and the reservoir 1 inputs"),
        (lambda: EchoStateNetwork(4, sparsity=0.999, washout=5).fit(x, x), "no cycle"),
    ):
        with pytest.raises(InputError, match=said):
            call()


def test_a_run_that_does_not_come_back_is_stopped() -> None:
    x = mackey_glass(300) - 1.0
    esn = small()
    esn.readout.weights[-2] = 3.0  # a feedback of three times the last value
    with pytest.raises(InputError, match="times larger than u at step"):
        esn.free_run(x, 100)
    with pytest.warns(UserWarning, match="leak=3"):
        growing = EchoStateNetwork(10, leak=3.0, washout=10)
    with pytest.raises(InputError, match="grow without bound"):
        growing.fit(np.ones(2000), np.ones(2000))
