"""Rules by name, exact and truncating directions, and their contracts."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import InputError, UnsupportedError
from symdiff.learn import RULES, Claim, Contract, Rule, Step, rule
from symdiff.learn.backprop import Backprop
from symdiff.learn.differences import FiniteDifferences
from symdiff.learn.promises import exact, truncating
from symdiff.learn.vectors import packed
from tests.learn.tasks import classification


def test_names_that_are_not_known_have_neighbours() -> None:
    with pytest.raises(InputError, match="did you mean 'backprop'"):
        rule("backporp")
    with pytest.raises(InputError, match="unexpected keyword argument 'sigma'"):
        rule("backprop", sigma=1)
    with pytest.raises(InputError, match="give them where it is made"):
        rule(Backprop(), method="jax")
    with pytest.raises(InputError, match="method 'tapee' is not known: did you mean 'tape'"):
        rule("backprop", method="tapee")
    assert isinstance(sd.learn.rule("feedback_alignment"), sd.learn.Rule)


@pytest.mark.parametrize("name", ["backprop", "jax", "symbolic", "complex_step"])
def test_the_exact_rules_give_the_gradient(name: str) -> None:
    net = sd.mlp([3, 4, 2], "tanh", l2=0.1)
    rng = np.random.default_rng(0)
    X, y, params = rng.standard_normal((5, 3)), rng.standard_normal((5, 2)), net.init(0)
    step = rule(name).step(net, params, X, y, None)
    np.testing.assert_allclose(packed(step.direction), packed(sd.grad(net.risk)(params, X, y)), rtol=1e-12)
    assert step.loss == pytest.approx(net.risk(params, X, y), rel=1e-14)


def test_complex_step_says_what_it_does_not_pass_through() -> None:
    with pytest.raises(UnsupportedError, match="not analytic"):
        rule("complex_step").check(*classification())


def test_backpropagation_keeps_its_promise() -> None:
    contract = rule("backprop").check(*classification())
    assert contract.ok, str(contract)


def test_a_gradient_with_a_forgotten_factor_breaks_it() -> None:
    net, params, X, y = classification()

    class Forgetful(Rule):
        promise = "exact"

        def step(self, net, params, X, y, state):
            found = Backprop().step(net, params, X, y, state)
            found.direction[0]["W"] = found.direction[0]["W"] * 2
            return found

    assert any(not claim.ok for claim in exact(Forgetful(), net, params, X, y, 0))


@pytest.mark.parametrize("order", [1, 2])
def test_differences_have_their_order(order: int) -> None:
    contract = rule("finite_differences", order=order).check(*classification())
    assert contract.ok, str(contract)
    assert f"observed order {order}.0" in contract.claims[0].what


class OneSided(FiniteDifferences):
    """Central differences by name, forward ones in truth."""

    def step(self, net, params, X, y, state):
        return FiniteDifferences(1, self.h).step(net, params, X, y, state)


class Shifted(FiniteDifferences):
    """Quotients that are handed to the next parameter."""

    def step(self, net, params, X, y, state):
        found = super().step(net, params, X, y, state)
        direction = [{k: np.roll(v, 1) for k, v in layer.items()} for layer in found.direction]
        return Step(direction, found.loss, state)


@pytest.mark.parametrize("wrong", [OneSided(2), Shifted(2)], ids=["order", "place"])
def test_what_breaks_the_promise_of_differences(wrong: FiniteDifferences) -> None:
    order, _ = truncating(wrong, *classification())
    assert not order.ok


def test_a_step_that_is_all_rounding_is_allowed_as_much() -> None:
    _, error = truncating(FiniteDifferences(2, h=1e-13), *classification())
    assert error.ok
    assert error.found > 1e-4


def test_orders_and_steps_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="expected 1"):
        FiniteDifferences(3)
    with pytest.raises(InputError, match="h=0"):
        FiniteDifferences(2, 0)


def test_differences_of_a_parabola_are_exact_and_have_no_order() -> None:
    net = sd.mlp([3, 2])
    rng = np.random.default_rng(0)
    data = rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    contract = rule("finite_differences").check(net, net.init(0), *data)
    assert contract.ok, str(contract)
    assert "no order to be seen" in contract.claims[0].what


def test_kinks_are_reported_and_not_asserted() -> None:
    claims = rule("finite_differences").check(*classification(activation="relu")).claims
    assert [claim.allowed for claim in claims] == [None, None]


def test_a_rule_without_a_check_says_so() -> None:
    class Other(Rule):
        promise = "another objective"

        def step(self, net, params, X, y, state):
            return Step(params, 0.0, state)

    Other.name = "other"
    with pytest.raises(UnsupportedError, match="write its check"):
        Other().check(*classification())


def test_a_rule_of_one_s_own_is_known_by_its_name() -> None:
    class Half(Backprop):
        name = "half the gradient"

    assert isinstance(rule("half the gradient"), Half)
    with pytest.raises(InputError, match="a rule of the name 'backprop' is there already: Backprop"):

        class Another(Backprop):
            name = "backprop"

    del RULES["half the gradient"]


def test_a_contract_says_what_is_broken() -> None:
    contract = Contract("mine", "exact", (Claim("off by", 0.5, 0.1), Claim("angle", 60.0)))
    assert not contract.ok
    assert "BROKEN    off by: 0.5 (allowed 0.1)" in str(contract)
    assert "reported  angle: 60" in str(contract)
    assert not Contract("mine", "exact", (Claim("angle", 60.0),)).ok  # nothing was promised
    assert not Claim("no number", float("nan"), 1.0).ok
