"""Training: it learns, it is the same run twice, it goes on, it stops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import InputError
from symdiff.learn import History, Rule, Step, rule, train
from symdiff.learn.backprop import Backprop
from symdiff.learn.optimizers import SGD
from symdiff.learn.saving import load, save
from symdiff.learn.vectors import packed
from symdiff.operators._data import Prepared
from tests.learn.tasks import blobs

NET = sd.mlp([2, 8, 8, 3], "tanh", "softmax_cross_entropy")
RULES = ("backprop", "feedback_alignment", "direct_feedback_alignment")


@pytest.mark.parametrize("name", RULES)
def test_it_learns(name: str) -> None:
    X, y = blobs()
    history = train(NET, X, y, name, epochs=30, batch=20, lr=0.02)
    assert history.losses[-1] < 0.2 < history.losses[0]
    assert history.accuracies[-1] > 0.95
    assert (history.epochs, history.steps, history.stopped) == (30, 90, "epochs")
    assert np.shape(history.norms) == (30, 3)


def test_a_step_is_the_gradient_by_the_learning_rate() -> None:
    X, y = blobs()
    params = NET.init(3)
    history = train(NET, X, y, optimizer="sgd", lr=0.5, epochs=1, batch=len(X), params=params)
    gradient = sd.grad(NET.risk)(params, X, y)
    np.testing.assert_allclose(packed(history.params), packed(params) - 0.5 * packed(gradient), rtol=1e-12, atol=1e-15)
    assert history.losses == [pytest.approx(NET.risk(params, X, y), rel=1e-13)]
    assert history.norms[0] == pytest.approx([np.linalg.norm(packed(layer)) for layer in gradient], rel=1e-12)


def test_an_epoch_sees_every_example_once() -> None:
    seen: list[np.ndarray] = []

    class Watching(Backprop):
        def step(self, net, params, X, y, state):
            seen.append(X[:, 0].copy())
            return super().step(net, params, X, y, state)

    X, y = blobs()
    train(NET, X, y, Watching(), epochs=2, batch=25)
    assert [len(s) for s in seen] == [25, 25, 10] * 2
    first, second = np.concatenate(seen[:3]), np.concatenate(seen[3:])
    assert np.array_equal(np.sort(first), np.sort(X[:, 0]))
    assert np.array_equal(np.sort(second), np.sort(X[:, 0]))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_a_saved_run_goes_on_bit_for_bit(name: str, optimizer: str, tmp_path: Path) -> None:
    X, y = blobs()
    whole = train(NET, X, y, name, optimizer, epochs=4, batch=16, validation=0.25, probe=3)
    half = train(NET, X, y, name, optimizer, epochs=2, batch=16, validation=0.25, probe=3)
    path = half.save(tmp_path / "run.npz")
    rest = train(NET, X, y, name, optimizer, epochs=4, batch=16, validation=0.25, probe=3, resume=path)
    assert np.array_equal(packed(rest.params), packed(whole.params))
    assert rest.to_dict() == whole.to_dict()
    assert half.epochs == 2  # what was gone on with stays as it is
    assert np.array_equal(packed(rest.best_params), packed(whole.best_params))


def test_a_run_is_gone_on_with_as_it_was(tmp_path: Path) -> None:
    X, y = blobs()
    half = train(NET, X, y, epochs=1)
    with pytest.raises(InputError, match="had rule 'backprop', this one has 'feedback_alignment'"):
        train(NET, X, y, "feedback_alignment", resume=half)
    with pytest.raises(InputError, match="'batch': 32"):
        train(NET, X, y, batch=16, resume=half)
    with pytest.raises(InputError, match="No such file"):
        train(NET, X, y, resume=tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(InputError, match="was not written by symdiff's training"):
        History.load(tmp_path / "text.npz")


def test_saving_keeps_everything(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rng.random(3)
    value = {"a": [1, 2.5, None, "x", True], "b": (np.arange(3.0), np.float32(2)), "big": 2**100, "rng": rng}
    found = load(save(tmp_path / "state", value))
    assert found["a"] == value["a"]
    assert found["big"] == 2**100
    assert isinstance(found["b"], tuple)
    assert found["b"][0].tolist() == [0.0, 1.0, 2.0]
    assert found["b"][1].dtype == np.float32
    assert found["rng"].random() == rng.random()
    with pytest.raises(InputError, match="set cannot be saved"):
        save(tmp_path / "state", {"a": {1}})
    np.savez(tmp_path / "pickled.npz", structure=np.array([{}], object))
    with pytest.raises(InputError, match="was not written by"):
        load(tmp_path / "pickled.npz")  # nothing in it is run


def test_patience_stops_and_the_best_are_kept() -> None:
    X, y = blobs(30)
    far = (X + 0.1, (y + 1) % 3)  # wrong labels: the better it learns, the worse it gets
    history = train(NET, X, y, lr=0.05, epochs=50, validation=far, patience=3)
    assert history.stopped == "patience"
    assert history.epochs == history.best_epoch + 3 < 50
    assert history.best_epoch == 1 + int(np.argmin(history.validation_losses))
    best = NET.risk(history.best_params, *far)
    assert best == pytest.approx(min(history.validation_losses), rel=1e-12)


def test_a_part_is_kept_for_validation() -> None:
    X, y = blobs(40)
    history = train(NET, X, y, epochs=2, validation=0.25)
    assert history.settings["examples"] == 30
    assert len(history.validation_losses) == len(history.validation_accuracies) == 2


def test_the_callback_may_stop() -> None:
    X, y = blobs()
    history = train(NET, X, y, epochs=9, callback=lambda h: h.epochs == 2)
    assert (history.epochs, history.stopped) == (2, "stopped by the callback")


def test_divergence_stops_with_the_step_and_the_norm() -> None:
    X, y = blobs()
    net = sd.mlp([2, 8, 1], "relu")
    with pytest.warns(RuntimeWarning, match=r"diverged at step \d+: loss .*, norm of the direction") as caught:
        history = train(net, 10 * X, y.astype(float), optimizer="sgd", lr=10.0, epochs=50)
    assert caught[0].filename == __file__
    assert history.diverged is not None
    assert history.diverged.step == history.steps + 1
    assert history.stopped == "diverged"
    assert np.all(np.isfinite(packed(history.params)))
    assert f"diverged at step {history.diverged.step}" in str(history)
    with pytest.raises(InputError, match="nothing to go on with"):
        train(net, 10 * X, y.astype(float), optimizer="sgd", lr=10.0, resume=history)


def test_the_last_good_state_is_that_before_the_step() -> None:
    """A rule whose third direction is no number: two steps were made."""

    class Breaking(Backprop):
        def step(self, net, params, X, y, state):
            found = super().step(net, params, X, y, state)
            count = (state or 0) + 1
            return Step(found.direction, np.nan if count == 3 else found.loss, count)

    X, y = blobs()
    with pytest.warns(RuntimeWarning, match="diverged at step 3"):
        broken = train(NET, X, y, Breaking(), epochs=5, batch=20)
    two: list[np.ndarray] = []

    class Counting(Backprop):
        def step(self, net, params, X, y, state):
            two.append(packed(params))
            return super().step(net, params, X, y, state)

    train(NET, X, y, Counting(), epochs=1, batch=20)
    assert np.array_equal(packed(broken.params), two[2])


def test_lbfgs_finds_the_least_of_a_convex_risk() -> None:
    """Linear regression: SciPy's line search with our gradient ends where least squares does."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3))
    y = X @ np.array([1.0, -2.0, 0.5]) + 0.3 + 0.1 * rng.standard_normal(40)
    history = train(sd.mlp([3, 1]), X, y, optimizer="lbfgs", epochs=100)
    exact = np.linalg.lstsq(np.c_[X, np.ones(40)], y, rcond=None)[0]
    np.testing.assert_allclose(np.r_[history.params[0]["W"][0], history.params[0]["b"]], exact, atol=1e-4)
    assert history.stopped == "converged"
    assert history.losses == sorted(history.losses, reverse=True)
    assert history.accuracies == []
    with pytest.raises(InputError, match="needs the gradient of what it minimises; feedback_alignment is surrogate"):
        train(NET, *blobs(), rule="feedback_alignment", optimizer="lbfgs")
    with pytest.raises(InputError, match="takes no lr"):
        train(NET, *blobs(), optimizer="lbfgs", lr=1.0)


def test_probes_measure_angles_and_change_nothing() -> None:
    X, y = blobs()
    plain = train(NET, X, y, "direct_feedback_alignment", epochs=2)
    probed = train(NET, X, y, "direct_feedback_alignment", epochs=2, probe=2,
                   probed=["direct_feedback_alignment", "backprop"])  # fmt: skip
    assert np.array_equal(packed(plain.params), packed(probed.params))
    assert [p.step for p in probed.probes] == [0, 2]
    for p in probed.probes:
        assert p.cosines["backprop"] == pytest.approx([1.0] * 3)
        assert p.cosines["direct_feedback_alignment"][2] == pytest.approx(1.0)
        assert abs(p.cosines["direct_feedback_alignment"][0]) < 0.99


@pytest.mark.parametrize("method", ["tape", "jax", "symbolic"])
def test_any_method_stands_behind_backpropagation(method: str) -> None:
    X, y = blobs(12)
    net = sd.mlp([2, 3, 3], "tanh", "softmax_cross_entropy")
    tape = train(net, X, y, optimizer=SGD(0.1), epochs=3, batch=12)
    other = train(net, X, y, rule("backprop", method=method), SGD(0.1), epochs=3, batch=12)
    np.testing.assert_allclose(packed(other.params), packed(tape.params), rtol=1e-10)


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "hinge"])
def test_one_output_is_a_class_as_well(loss: str) -> None:
    X, y = sd.nets.data.moons(60, noise=0.05)
    labels = 2.0 * y - 1.0 if loss == "hinge" else y
    history = train(sd.mlp([2, 8, 1], "tanh", loss), X, labels, epochs=100, lr=0.05)
    assert history.accuracies[-1] > 0.9


def test_a_rule_that_moves_the_parameters_itself() -> None:
    class ToZero(Rule):
        promise = "another objective"

        def step(self, net, params, X, y, state):
            return Step(params, 0.0, state)

    ToZero.name = "to zero"
    history = train(NET, *blobs(), rule=ToZero(), optimizer="none", epochs=1)
    assert not np.any(packed(history.params))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"epochs": 0}, "epochs=0: expected a whole number, 1 or more"),
        ({"batch": 2.5}, "batch=2.5"),
        ({"seed": -1}, "seed=-1"),
        ({"patience": 0}, "patience=0"),
        ({"validation": 1.5}, "a part of the training set"),
        ({"rule": "bakprop"}, "did you mean 'backprop'"),
        ({"optimizer": "adm"}, "did you mean 'adam'"),
        ({"lr": "fast"}, "lr='fast'"),
        ({"callback": 3}, "callback=3: expected a function"),
        ({"validation": (np.ones((5, 2)), np.ones(4))}, r"X of shape \(5, 2\) and y of shape \(4,\)"),
        ({"validation": (np.ones((5, 3)), np.ones(5))}, r"rows like those of X, of shape \(60, 2\)"),
        ({"validation": (np.ones((5, 2)), np.full(5, 7))}, "y"),
        ({"params": [1, 2, 3]}, r"params\[0\] is int"),
        ({"rule": "mu_lambda", "optimizer": "adam"}, "mu_lambda moves the parameters itself: its optimizer is 'none'"),
    ],
)
def test_bad_arguments_are_refused(options: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        train(NET, *blobs(), **options)


def test_data_that_do_not_fit_are_refused_by_their_names() -> None:
    X, y = blobs()
    with pytest.raises(InputError, match=r"X has shape \(60, 1\)"):
        train(NET, X[:, :1], y)
    with pytest.raises(InputError, match="is no class"):
        train(NET, X, y + 0.5)
    with pytest.raises(InputError, match=r"X has shape \(60, 2\) and y \(59,\)"):
        train(NET, X, y[:-1])
    with pytest.raises(InputError, match="makes class numbers of names"):
        train(NET, X, ["a", "b", "c"] * 20)
    with pytest.raises(InputError, match="net is str: expected a multilayer perceptron"):
        train("net", X, y)  # type: ignore[arg-type]  # the mistake itself


def test_a_run_computes_in_the_dtype_of_the_parameters() -> None:
    X, y = blobs()
    half = train(NET, X, y, epochs=1, params=NET.init(0, dtype=np.float32), validation=0.2)
    assert packed(half.params).dtype == np.float32
    assert packed(train(NET, X.astype(np.float32), y, epochs=1).params).dtype == np.float32


def test_a_rule_that_moves_takes_its_own_step_by_default() -> None:
    assert train(NET, *blobs(), rule="mu_lambda", epochs=1).optimizer == "none"


def test_the_bar_says_nothing_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    train(NET, *blobs(), epochs=2, progress=True)
    assert capsys.readouterr().out == ""


def test_a_batch_is_looked_at_once_also_where_the_last_one_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = blobs(50)
    train(NET, X, y, epochs=4, batch=20)  # programs for both sizes are there
    looks: list[int] = []
    real = Prepared.arguments
    monkeypatch.setattr(Prepared, "arguments", lambda self, *call: (looks.append(1), real(self, *call))[1])
    assert train(NET, X, y, epochs=3, batch=20).steps == len(looks) == 9
