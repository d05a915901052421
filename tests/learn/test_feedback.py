"""Feedback alignment and direct feedback alignment: what is true of them to the last bit, and the formula."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import InputError
from symdiff.learn import RULES, Step, rule
from symdiff.learn.feedback import DirectFeedbackAlignment, FeedbackAlignment
from symdiff.learn.promises import apart, surrogate
from tests.learn.tasks import classification

BOTH = ("feedback_alignment", "direct_feedback_alignment")


def same(direction, gradient) -> list[bool]:
    """By layer: whether the two are the same, bit for bit."""
    return [all(np.array_equal(d[k], g[k]) for k in ("W", "b")) for d, g in zip(direction, gradient, strict=True)]


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "linear"])
def test_feedback_through_the_weights_is_backpropagation(activation: str) -> None:
    net, params, X, y = classification((5, 7, 6, 4, 3), activation)
    weights = [layer["W"] for layer in params[1:]]
    step = FeedbackAlignment(matrices=weights).step(net, params, X, y, weights)
    value, gradient = sd.value_and_grad(net.risk)(params, X, y)
    assert same(step.direction, gradient) == [True] * 4
    assert step.loss == value


@pytest.mark.parametrize("name", BOTH)
def test_random_feedback_is_backpropagation_in_the_last_layer_only(name: str) -> None:
    net, params, X, y = classification()
    one = rule(name)
    step = one.step(net, params, X, y, one.start(net, params, 0))
    assert same(step.direction, sd.grad(net.risk)(params, X, y)) == [False, False, True]
    assert all(np.any(layer["W"]) for layer in step.direction)


def test_the_formula_of_direct_feedback() -> None:
    """dW_l = ((B_l e) o phi'(u_l)) z_{l-1}^T, written out for tanh and the softmax."""
    net, params, X, y = classification((5, 4, 6, 3))
    dfa = DirectFeedbackAlignment()
    B = dfa.start(net, params, 3)
    values = net.forward(params, X)
    chances = np.exp(values["u3"]) / np.sum(np.exp(values["u3"]), axis=1, keepdims=True)
    e = (chances - np.eye(3)[y]) / len(X)
    found = dfa.step(net, params, X, y, B).direction
    for i in (1, 2):
        delta = (e @ B[i - 1]) * (1.0 - values[f"z{i}"] ** 2)
        np.testing.assert_allclose(found[i - 1]["W"], delta.T @ values[f"z{i - 1}"], rtol=1e-12, atol=1e-16)
        np.testing.assert_allclose(found[i - 1]["b"], np.sum(delta, axis=0), rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_jax_with_a_rule_of_its_own_finds_the_same(name: str, l2: float) -> None:
    """Feedback alignment as JAX users write it: a custom_vjp that goes back through B."""
    net, params, X, y = classification((5, 4, 6, 3), l2=l2)
    one = rule(name)
    B = one.start(net, params, 3)

    @jax.custom_vjp
    def layer(z, W, b, M):
        return z @ W.T + b

    layer.defvjp(
        lambda z, W, b, M: (layer(z, W, b, M), (z, M)),
        lambda kept, g: (g @ kept[1], g.T @ kept[0], g.sum(0), None),
    )

    @jax.custom_vjp
    def straight(u, zs, Bs):
        return u

    straight.defvjp(lambda u, zs, Bs: (u, Bs), lambda Bs, g: (g, [g @ M for M in Bs], None))

    def risk(params):
        z, hidden = X, []
        for i, p in enumerate(params):
            if name == "feedback_alignment" and i:
                u = layer(z, p["W"], p["b"], B[i - 1])
            else:
                u = (jax.lax.stop_gradient(z) if i else z) @ p["W"].T + p["b"]
            z = jnp.tanh(u) if i < 2 else u
            hidden.append(z)
        u = straight(z, hidden[:-1], B) if name == "direct_feedback_alignment" else z
        penalty = 0.5 * l2 * sum(jnp.sum(p["W"] ** 2) for p in params)
        return jnp.mean(jax.nn.logsumexp(u, axis=1) - u[jnp.arange(len(y)), y]) + penalty

    with jax.enable_x64(True):
        value, wanted = jax.value_and_grad(risk)([{k: jnp.asarray(v) for k, v in p.items()} for p in params])
    step = one.step(net, params, X, y, B)
    assert step.loss == pytest.approx(float(value), rel=1e-13)
    for d, w in zip(step.direction, wanted, strict=True):
        for k in ("W", "b"):
            np.testing.assert_allclose(d[k], w[k], rtol=1e-11, atol=1e-15)


def test_matrices_that_do_not_fit_are_refused() -> None:
    net, params, *_ = classification()
    with pytest.raises(InputError, match=r"takes \[\(3, 4\), \(3, 4\)\], one for each hidden layer"):
        DirectFeedbackAlignment(matrices=[np.ones((4, 3))] * 2).start(net, params, 0)
    with pytest.raises(InputError, match="scale=0"):
        rule("feedback_alignment", scale=0)
    with pytest.raises(InputError, match="feedback goes through the layers on the tape or in JAX"):
        rule("feedback_alignment", method="symbolic")


@pytest.mark.parametrize("name", BOTH)
def test_the_contract_is_kept(name: str) -> None:
    contract = rule(name).check(*classification())
    assert contract.ok, str(contract)
    assert sum(claim.allowed is None for claim in contract.claims) == 3  # the angles are reported


class BackpropInDisguise(DirectFeedbackAlignment):
    """The bug of several packages: the rule runs as backpropagation."""

    def step(self, net, params, X, y, state):
        loss, gradient = sd.value_and_grad(net.risk)(params, X, y)
        return Step(gradient, float(loss), state)


class Zeroed(DirectFeedbackAlignment):
    """Another one: hidden layers learn nothing."""

    def signal(self, matrix, error, delta):
        return 0.0 * (error @ matrix)


class LastLayerToo(DirectFeedbackAlignment):
    """A third: the random matrix reaches the last layer."""

    def step(self, net, params, X, y, state):
        found = super().step(net, params, X, y, state)
        found.direction[-1]["W"] = -found.direction[-1]["W"]
        return found


@pytest.mark.parametrize("wrong", [BackpropInDisguise, Zeroed, LastLayerToo])
def test_the_contract_is_broken_by(wrong: type[DirectFeedbackAlignment]) -> None:
    net, params, X, y = classification()
    assert [claim for claim in surrogate(wrong(), net, params, X, y, 0) if not claim.ok]
    assert RULES["direct_feedback_alignment"] is DirectFeedbackAlignment  # a rule without a name of its own is nobody's


def test_a_layer_of_nans_is_not_near() -> None:
    ones = np.ones(2)
    assert np.isnan(apart([ones, np.array([np.nan, 1.0])], [ones, ones]))
    assert np.isnan(apart([np.array([np.nan, 1.0]), ones], [ones, ones]))
