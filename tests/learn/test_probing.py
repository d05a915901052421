"""The rules that guess: conditioned on what was drawn, each direction is what it must be; a planted fault is seen."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import InputError
from symdiff.learn import Step, rule, train
from symdiff.learn.evolution import Evolution
from symdiff.learn.forward_gradient import ForwardGradient
from symdiff.learn.mu_lambda import MuLambda
from symdiff.learn.population import risks
from symdiff.learn.spsa import SPSA
from symdiff.learn.vectors import packed, unpacked
from symdiff.nets.losses import LOSSES
from tests.learn.tasks import classification

GUESSING = {
    "evolution": {},
    "unranked evolution": {"shaping": "none", "population": 10},
    "mu_lambda": {},
    "spsa": {"probes": 3},
    "forward_gradient": {"probes": 3},
    "signed forward_gradient": {"probes": 2, "draw": "signs", "method": "jax"},
}


def made(name: str) -> Any:
    return rule(name.rpartition(" ")[2], **GUESSING[name])


@pytest.mark.parametrize("name", GUESSING)
def test_a_contract_is_kept(name: str) -> None:
    contract = made(name).check(*classification(l2=0.01))
    assert contract.ok, str(contract)


@pytest.mark.parametrize("name", GUESSING)
def test_a_contract_is_kept_in_float32(name: str) -> None:
    net, _, X, y = classification()
    contract = made(name).check(net, net.init(1, dtype=np.float32), X.astype(np.float32), y)
    assert contract.ok, str(contract)


def tampered(kind: type, how: str) -> Any:
    """A rule of this kind with a fault."""

    class Wrong(kind):
        def step(self, net, params, X, y, state):
            step = kind.step(self, net, params, X, y, state)
            vector = packed(step.direction)
            if how == "factor":
                vector = vector * 1.001
            elif how == "sign":
                vector = -vector
            else:  # one layer is left out
                vector[: step.direction[0]["W"].size] = 0.0
            return Step(unpacked(vector, params), step.loss, step.state)

    return Wrong


@pytest.mark.parametrize("how", ["factor", "sign", "layer"])
@pytest.mark.parametrize("kind", [Evolution, SPSA, ForwardGradient, MuLambda])
def test_a_fault_breaks_it(kind: type, how: str) -> None:
    contract = tampered(kind, how)().check(*classification())
    assert not contract.ok


def test_a_rule_that_reads_more_than_the_order_breaks_its_contract() -> None:
    class Weighted(MuLambda):
        def step(self, net, params, X, y, state):
            found = super().step(net, params, X, y, state)
            return Step(unpacked(packed(found.direction) * (1.0 + 1e-3 * found.loss), params), found.loss, found.state)

    broken = [claim.what for claim in Weighted().check(*classification()).claims if not claim.ok]
    assert any("arctan" in what for what in broken)


def test_kinks_are_reported_and_not_promised() -> None:
    contract = rule("spsa").check(*classification(activation="relu"))
    assert contract.ok
    assert contract.claims[0].allowed is None


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_the_population_is_one_net_after_another(loss: str) -> None:
    net = sd.mlp([3, 4, 5, 1], ["tanh", "leaky_relu"], loss, l2=0.1)
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((7, 3)), rng.integers(0, 1 if loss == "softmax_cross_entropy" else 2, 7).astype(float)
    y = 2 * y - 1 if loss == "hinge" else y
    nets = [net.init(seed) for seed in range(6)]
    stack = unpacked(np.stack([packed(p) for p in nets]), nets[0])
    found = risks(net, stack, X, net.risk.target(y, 7))
    np.testing.assert_allclose(found, [net.risk(p, X, y) for p in nets], rtol=1e-13)


def test_mirrored_differences_on_a_quadratic_are_slopes_at_any_distance() -> None:
    net = sd.mlp([3, 2])
    rng = np.random.default_rng(0)
    X, y, params = rng.standard_normal((6, 3)), rng.standard_normal((6, 2)), net.init(0)
    gradient = packed(sd.grad(net.risk)(params, X, y))
    for sigma in (1e-2, 1.0, 10.0):
        chosen = Evolution(4, sigma, "none")
        e = chosen.drawn(gradient.size, {"seed": 0, "step": 0})
        found = packed(chosen.step(net, params, X, y, {"seed": 0, "step": 0}).direction)
        np.testing.assert_allclose(found, (e @ gradient) @ e / 2, rtol=1e-10)


@pytest.mark.parametrize("draw", ["gaussian", "signs"])
def test_the_squared_error_is_what_theory_has(draw: str) -> None:
    """(d + 1)/n and (d - 1)/n: the mean over 400 fixed draws, within what 400 draws leave open."""
    net, params, X, y = classification((3, 4, 2))
    gradient = packed(sd.grad(net.risk)(params, X, y))
    chosen = ForwardGradient(draw=draw)
    off = []
    for step in range(400):
        v = chosen.drawn(gradient.size, {"seed": 1, "step": step})
        off.append(np.sum(((v @ gradient) @ v - gradient) ** 2) / (gradient @ gradient))
    spread = np.std(off) / 20
    assert abs(np.mean(off) - chosen.relative_error(gradient.size)) < 3 * spread < 0.5 * np.mean(off)


@pytest.mark.parametrize("name", GUESSING)
def test_a_step_can_be_drawn_again_and_the_next_is_another(name: str) -> None:
    net, params, X, y = classification()
    chosen = made(name)
    state = chosen.start(net, params, 5)
    first, again = (chosen.step(net, params, X, y, state) for _ in range(2))
    following = chosen.step(net, params, X, y, first.state)
    assert packed(first.direction).tobytes() == packed(again.direction).tobytes()
    assert not np.array_equal(packed(first.direction), packed(following.direction))
    assert first.loss == pytest.approx(net.risk(params, X, y), rel=1e-12)


@pytest.mark.parametrize(("given", "found"), [(np.int64, np.float64), (np.float16, np.float16)])
def test_other_dtypes_get_directions_in_floats(given: Any, found: Any) -> None:
    net = sd.mlp([2, 1])
    params = [{"W": np.ones((1, 2), given), "b": np.zeros(1, given)}]
    X, y = np.array([[1.0, 2.0], [0.0, 1.0]], found), np.array([1.0, 2.0], found)
    for name in ("evolution", "mu_lambda", "spsa"):
        step = rule(name).step(net, params, X, y, rule(name).start(net, params, 0))
        assert step.direction[0]["W"].dtype == found
        assert packed(step.direction).any()


def test_a_flat_loss_moves_nothing() -> None:
    """Equal risks have equal ranks: there is no direction among them."""
    net = sd.mlp([2, 1], ["relu"], "mse")
    params = [{"W": np.zeros((1, 2)), "b": np.array([-100.0])}]
    step = Evolution(8, 0.1).step(net, params, np.ones((3, 2)), np.zeros(3), {"seed": 0, "step": 0})
    assert not packed(step.direction).any()


def test_nets_that_overflow_are_the_worst() -> None:
    net = sd.mlp([1, 1])
    params, X, y = net.init(scheme="zeros"), np.array([[1e200]]), np.array([0.0])
    step = MuLambda(2, 6, sigma=1.0).step(net, params, X, y, {"seed": 0, "step": 0, "sigma": 1.0})
    assert step.loss == 0.0
    assert np.isfinite(packed(step.direction)).all()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("evolution", {"population": 3}, "population=3: expected an even number"),
        ("evolution", {"sigma": 0.0}, "sigma=0.0: expected a number, more than 0"),
        ("evolution", {"shaping": "rank"}, "expected 'ranks' or 'none'"),
        ("mu_lambda", {"mu": 7, "children": 7}, "fewer parents than children"),
        ("spsa", {"probes": 0}, "probes=0"),
        ("spsa", {"c": -1.0}, "c=-1.0"),
        ("forward_gradient", {"draw": "normal"}, "expected 'gaussian' or 'signs'"),
        ("cma_es", {"population": 2}, "population=2"),
    ],
)
def test_options_that_are_none_are_refused(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        rule(name, **options)


def test_a_dtype_or_a_method_that_is_none_is_refused() -> None:
    net, params, X, y = classification()
    with pytest.raises(InputError, match="dtype='half'"):
        rule("evolution", dtype="half").step(net, params, X, y, {"seed": 0, "step": 0})
    with pytest.raises(InputError, match="tapee"):
        rule("forward_gradient", method="tapee").step(net, params, X, y, {"seed": 0, "step": 0})
    with pytest.raises(InputError, match=r"y\[0\] = 9"):
        rule("spsa").step(net, params, X, np.full(len(X), 9), {"seed": 0, "step": 0})


@pytest.mark.parametrize(
    ("name", "optimizer", "lr", "steps", "options"),
    [
        ("evolution", "adam", 0.05, 150, {"population": 32, "sigma": 0.1}),
        ("mu_lambda", "none", None, 100, {"sigma": 0.3}),
        ("spsa", "adam", 0.03, 400, {"probes": 8}),
        ("forward_gradient", "adam", 0.03, 400, {"probes": 8}),
    ],
)
def test_they_learn_xor(name: str, optimizer: str, lr: float | None, steps: int, options: dict[str, Any]) -> None:
    X, y = sd.nets.data.xor()
    net = sd.mlp([2, 4, 2], "tanh", "softmax_cross_entropy")
    history = train(net, X, y, rule(name, **options), optimizer, lr=lr, epochs=steps, batch=4, seed=1)
    assert history.accuracies[-1] == 1.0


def test_cma_es_is_the_packages_own() -> None:
    pytest.importorskip("cma")
    net, params, X, y = classification((3, 3, 2))
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002 - the state that must stay as it is
    contract = rule("cma_es").check(net, params, X, y)
    assert contract.ok, str(contract)
    wrong = tampered(type(rule("cma_es")), "factor")().check(net, params, X, y)
    assert not wrong.ok
    X, y = sd.nets.data.xor()
    xor = sd.mlp([2, 4, 2], "tanh", "softmax_cross_entropy")
    history = train(xor, X, y, rule("cma_es", sigma=0.5), "none", epochs=60, batch=4, seed=0)
    assert history.accuracies[-1] == 1.0
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002 - the same


def test_without_the_package_cma_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from symdiff.errors import UnsupportedError

    monkeypatch.setitem(sys.modules, "cma", None)
    with pytest.raises(UnsupportedError, match="pip install cma, or take 'evolution'"):
        train(*classification()[:1], *classification()[2:], "cma_es", "none")


def test_rules_are_data() -> None:
    """Frozen, and equal where their options are: what was asked of a run can be compared."""
    assert rule("spsa", probes=2) == SPSA(2) != SPSA(3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        rule("spsa").probes = 4
