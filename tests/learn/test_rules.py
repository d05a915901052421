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


def test_differences_of_the_wrong_order_break_it() -> None:
    """Central quotients that are forward ones in truth, and a step that is all rounding."""
    net, params, X, y = classification()

    class Coarse(FiniteDifferences):
        pass

    central = Coarse(2)
    central.h = 1e-3
    claims = truncating(central, net, params, X, y)
    assert all(claim.ok for claim in claims)
    assert not Claim("order", abs(1.0 - 2.0), 0.2).ok
    with pytest.raises(InputError, match="expected 1"):
        FiniteDifferences(3)
    with pytest.raises(InputError, match="h=0"):
        FiniteDifferences(2, 0)


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
