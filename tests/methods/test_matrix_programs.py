"""Matrix programs of the symbolic method: against the tape, on their own, and with faults planted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.arrays import ArrayProblem
from symdiff.crosscheck.noise import Disturbed
from symdiff.inputs.code import from_code
from symdiff.methods import method
from symdiff.methods.base import Task
from symdiff.methods.symbolic import matrices, structural
from symdiff.methods.symbolic.matrices import array_program
from symdiff.methods.symbolic.runner import Runner
from symdiff.methods.symbolic.templates import template
from symdiff.nets.activations import known
from symdiff.nets.losses import LOSSES
from symdiff.nets.mlp import mlp
from symdiff.ops import TABLE

JUMPS = ("ceil", "floor")  # SymPy has no derivative of them
# Two correct programs differ by at most both of their roundings; the floor is a root mean square of four runs, with
# a quarter of the neighbours' mean under it: 8 standard deviations of each, times 4 for that quarter.
DEVIATIONS = 2 * 8 * 4


def net_and_data(widths: list[int], activation: str, loss: str, l2: float = 0.1) -> tuple[Any, ...]:
    rng = np.random.default_rng(5)
    net, count = mlp(widths, activation=activation, loss=loss, l2=l2), 7
    shape = (count, widths[-1])
    y = {"hinge": rng.choice([-1.0, 1.0], shape), "softmax_cross_entropy": rng.integers(0, widths[-1], count)}
    return net, net.init(seed=2), rng.normal(size=(count, widths[0])), y.get(loss, rng.random(shape))


def recorded(f: Any, *args: Any) -> tuple[ArrayProblem, list[np.ndarray], Task]:
    recording, leaves = from_code(f).recorded(args, {}, 0)
    return recording.problem, leaves, Task("grad", tuple(range(len(leaves))))


def differences(problem: ArrayProblem, leaves: list[np.ndarray], task: Task) -> float:
    """The largest difference to the tape, in units of what rounding may do."""
    graph = array_program(problem, task)
    graph.check()
    mine = Runner(graph)(leaves)
    assert mine is not None
    theirs, floors = method("tape").arrays(problem, task, leaves, ()), Disturbed(graph, leaves).floor()
    worst = 0.0
    for a, b, floor in zip(mine, theirs, floors, strict=True):
        assert a.shape == b.shape
        assert np.isfinite(a).all()
        worst = max(worst, float(np.max(np.abs(a - b) / (DEVIATIONS * floor + 1e-300))))
    return worst


@pytest.mark.parametrize("activation", [a for a in known() if a not in JUMPS])
def test_every_activation(activation: str) -> None:
    net, params, X, y = net_and_data([4, 6, 5, 3], activation, "mse")
    assert differences(*recorded(net.risk, params, X, y)) <= 1.0


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_every_loss(loss: str) -> None:
    net, params, X, y = net_and_data([4, 6, 3], "tanh", loss)
    assert differences(*recorded(net.risk, params, X, y)) <= 1.0


@pytest.mark.parametrize("depth", [1, 2, 5, 30])
def test_every_depth(depth: int) -> None:
    net, params, X, y = net_and_data([6] * depth + [3], "silu", "softmax_cross_entropy")
    assert differences(*recorded(net.risk, params, X, y)) <= 1.0


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "binary_cross_entropy"])
def test_logits_of_a_thousand(loss: str) -> None:
    net, params, X, y = net_and_data([4, 6, 3], "tanh", loss)
    params[-1]["W"] = params[-1]["W"] * 3000.0
    assert np.max(np.abs(net.forward(params, X)["z2"])) > 1000.0
    assert differences(*recorded(net.risk, params, X, y)) <= 1.0


@pytest.mark.parametrize("rule", ["matmul", "transpose", "sum", "logsumexp"])
def test_a_wrong_rule_is_seen(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = structural.RULES[rule]

    def wrong(build: Any, i: int, ct: int) -> Any:
        half = build.graph.const(1.0 + 1e-9)
        return [(a, build("mul", share, half)) for a, share in right(build, i, ct)]

    net, params, X, y = net_and_data([4, 6, 3], "tanh", "softmax_cross_entropy")
    monkeypatch.setitem(structural.RULES, rule, wrong)
    assert differences(*recorded(net.risk, params, X, y)) > 1.0


def test_without_the_tables_pull_backs(monkeypatch: pytest.MonkeyPatch) -> None:
    net, params, X, y = net_and_data([4, 6, 3], "gelu", "softmax_cross_entropy")
    problem, leaves, task = recorded(net.risk, params, X, y)
    expected = Runner(array_program(problem, task))(leaves)
    template.cache_clear()
    for name, row in TABLE.items():
        torn = None if row.partials is None else (lambda *a, **k: pytest.fail("a partial of the table was used"),)
        monkeypatch.setitem(TABLE, name, replace(row, vjp=(None,) * len(row.vjp), partials=torn))
    found = Runner(array_program(problem, task))(leaves)
    assert expected is not None
    assert found is not None
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_large_functions_are_answered_by_it() -> None:
    net, params, X, y = net_and_data([40, 60, 60, 10], "relu", "softmax_cross_entropy")
    asked = sd.grad(net.risk, method="symbolic")
    for _ in range(3):
        found, expected = asked(params, X, y), sd.grad(net.risk)(params, X, y)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a["W"], b["W"], rtol=0, atol=1e-13 * np.max(np.abs(b["W"])))


def test_what_it_cannot_do_is_named() -> None:
    with pytest.raises(sd.UnsupportedError, match="no rule for einsum"):
        sd.grad(lambda x: np.sum(np.einsum("ij,jk->ik", x, x)), method="symbolic")(np.ones((200, 200)))


def test_float32_stays_float32() -> None:
    net, params, X, y = net_and_data([4, 6, 3], "relu", "mse", l2=0.1)
    problem, leaves, task = recorded(lambda p: net.risk(p, X, y), params)
    found = Runner(array_program(problem, task))([np.float32(v) for v in leaves])
    assert found is not None
    assert {a.dtype for a in found} == {np.dtype(np.float32)}


@pytest.mark.parametrize("operator", ["hvp", "jvp"])
def test_second_walk(operator: str) -> None:
    net, params, X, y = net_and_data([4, 6, 3], "tanh", "softmax_cross_entropy")
    problem, leaves, task = recorded(net.risk, params, X, y)
    task = Task(operator, task.wrt)
    v = [np.random.default_rng(1).normal(size=x.shape) for x in leaves]
    graph = array_program(problem, task)
    mine, theirs = Runner(graph)([*leaves, *v]), method("tape").arrays(problem, task, leaves, v)
    assert mine is not None
    for a, b, floor in zip(mine, theirs, Disturbed(graph, [*leaves, *v]).floor(), strict=True):
        assert np.all(np.abs(a - b) <= DEVIATIONS * floor)


def test_too_large_a_graph_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, _, task = recorded(lambda x: np.sum(x * x), np.ones(3))
    monkeypatch.setattr(matrices, "LARGEST", 1)
    with pytest.raises(sd.UnsupportedError, match="steps, more than 1"):
        array_program(problem, task)
