"""The table of directions: its numbers, by hand."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import InputError
from symdiff.learn import Rule, Step, directions, rule
from symdiff.learn.backprop import Backprop
from symdiff.learn.vectors import packed
from tests.learn.tasks import classification


class Noisy(Rule):
    """The gradient and normal numbers, new ones at each step: the variance is their number."""

    promise = "unbiased"

    def __init__(self, size: float, bias: float = 0.0) -> None:
        self.size, self.bias = size, bias

    def start(self, net, params, seed):
        return {"seed": seed, "step": 0}

    def step(self, net, params, X, y, state):
        found = Backprop().step(net, params, X, y, None)
        rng = np.random.default_rng([state["seed"], state["step"]])
        noisy = [
            {k: (1.0 + self.bias) * v + self.size * rng.standard_normal(v.shape) for k, v in layer.items()}
            for layer in found.direction
        ]
        return Step(noisy, found.loss, state | {"step": state["step"] + 1})

    def relative_error(self, parameters):
        return 0.5


Noisy.name = "noisy"


def test_bias_and_variance_are_those_of_the_noise() -> None:
    net, params, X, y = classification((5, 16, 16, 3), count=20)
    g = packed(sd.grad(net.risk)(params, X, y))
    size = 0.3 * np.linalg.norm(g) / g.size**0.5
    row = directions(net, params, X, y, [Noisy(size)], draws=400)["noisy"]
    assert row.variance == pytest.approx(0.09, rel=0.05)
    assert row.bias == pytest.approx(row.by_chance, rel=0.2)
    assert row.by_chance == pytest.approx((row.variance / 400) ** 0.5)
    assert row.scale == pytest.approx(1.0, abs=0.01)
    assert (row.theory, row.draws) == (0.5, 400)
    biased = directions(net, params, X, y, [Noisy(size, bias=0.5)], draws=400)["noisy"]
    assert biased.bias == pytest.approx(0.5, abs=0.01)
    assert biased.scale == pytest.approx(1.5, abs=0.01)


def test_angles_are_per_layer_and_rules_that_draw_nothing_are_asked_once() -> None:
    net, params, X, y = classification()

    class Turned(Backprop):
        def step(self, net, params, X, y, state):
            found = super().step(net, params, X, y, state)
            direction = [{k: -v for k, v in found.direction[0].items()}, *found.direction[1:]]
            direction[1] = {k: 0.0 * v for k, v in direction[1].items()}
            return Step(direction, found.loss, state)

    row = directions(net, params, X, y, [Turned()]).rows[0]
    assert row.angles[0] == pytest.approx(180.0, abs=1e-5)
    assert np.isnan(row.angles[1])
    assert row.angles[2] == pytest.approx(0.0, abs=1e-5)
    assert (row.draws, row.variance, row.theory) == (1, 0.0, None)


def test_the_table_has_every_rule_and_says_why_one_is_missing() -> None:
    net, params, X, y = classification()
    found = directions(net, params, X, y, ["backprop", "direct_feedback_alignment", "complex_step",
                                           rule("finite_differences", order=1)])  # fmt: skip
    text = str(found)
    assert "complex_step: no numbers, the complex step does not pass through" in text
    assert "59 parameters, 6 examples" in text
    assert found["backprop"].angles == (0.0, 0.0, 0.0)
    assert found["direct_feedback_alignment"].angles[2] == 0.0
    assert found["finite_differences"].bias < 1e-5
    assert found["finite_differences"].cost == "60 values"
    assert found.to_dict()["rows"][0]["rule"] == "backprop"
    with pytest.raises(KeyError, match="spsaa"):
        _ = found["spsaa"]


def test_where_the_gradient_is_zero_there_is_no_angle() -> None:
    net = sd.mlp([2, 1])
    X = np.eye(2)
    row = directions(net, net.init(scheme="zeros"), X, np.zeros(2), ["backprop", "feedback_alignment"])["backprop"]
    assert np.isnan([row.angle, *row.angles, row.scale, row.bias]).all()


def test_bad_input_is_refused() -> None:
    net, params, X, y = classification()
    with pytest.raises(InputError, match="draws=1"):
        directions(net, params, X, y, ["backprop"], draws=1)
    with pytest.raises(InputError, match="did you mean 'backprop'"):
        directions(net, params, X, y, ["backpropp"])
    with pytest.raises(InputError, match="X has shape"):
        directions(net, params, X[:, :2], y, "backprop")
