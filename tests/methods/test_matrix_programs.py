"""Matrix programs of the symbolic method: against the tape, on their own, and with faults planted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.arrays import ArrayProblem
from symdiff.crosscheck.large.noise import FACTOR, MANY_RUNS, Disturbed
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


def net_and_data(widths: list[int], activation: str, loss: str, l2: float = 0.1) -> tuple[Any, ...]:
    rng = np.random.default_rng(5)
    net, count = mlp(widths, activation=activation, loss=loss, l2=l2), 7
    shape = (count, widths[-1])
    y = {"hinge": rng.choice([-1.0, 1.0], shape), "softmax_cross_entropy": rng.integers(0, widths[-1], count)}
    return net, net.init(seed=2), rng.normal(size=(count, widths[0])), y.get(loss, rng.random(shape))


def recorded(f: Any, *args: Any) -> tuple[ArrayProblem, list[np.ndarray], Task]:
    recording, leaves = from_code(f).recorded(args, {}, 0)
    return recording.problem, leaves, Task("grad", tuple(range(len(leaves))))


def differences(problem: ArrayProblem, leaves: list[np.ndarray], task: Task, vector: Any = ()) -> float:
    """The largest difference to the tape and to JAX, in units of what two right programs may lie apart.

    Many runs of the noise: in four of them an entry of a deep net may by chance not move at all.
    """
    graph = array_program(problem, task)
    graph.check()
    point = [*leaves, *vector]
    mine, floors = Runner(graph)(point), Disturbed(graph, point).floor(runs=MANY_RUNS)
    assert mine is not None
    worst = 0.0
    for other in ("tape", "jax"):
        theirs = method(other).arrays(problem, task, leaves, vector)
        for a, b, floor in zip(mine, theirs, floors, strict=True):
            assert a.shape == b.shape
            assert np.isfinite(a).all()
            worst = max(worst, float(np.max(np.abs(a - b) / (FACTOR * floor + 1e-300), initial=0.0)))
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


def plant(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every share of the rule wrong in the twelfth digit."""
    right = structural.RULES[rule]

    def wrong(build: Any, i: int, ct: int) -> Any:
        nearly = build.graph.const(1.0 + 1e-12)
        return [(a, build("mul", share, nearly)) for a, share in right(build, i, ct)]

    monkeypatch.setitem(structural.RULES, rule, wrong)


@pytest.mark.parametrize("rule", ["matmul", "transpose", "sum", "logsumexp"])
def test_a_wrong_rule_is_seen(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net, params, X, y = net_and_data([4, 6, 3], "tanh", "softmax_cross_entropy")
    plant(rule, monkeypatch)
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
    with pytest.raises(sd.UnsupportedError, match="no rule for det"):
        sd.grad(lambda x: np.sum(np.linalg.det(x)), method="symbolic")(np.ones((200, 200)))


def test_what_it_cannot_do_is_found_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(
        "symdiff.methods.symbolic.method.array_program", lambda *given: asked.append(1) or array_program(*given)
    )
    problem, leaves, task = recorded(lambda x: np.sum(np.linalg.det(x)), np.ones((200, 200)))
    said = []
    for _ in range(3):
        with pytest.raises(sd.UnsupportedError) as refused:
            method("symbolic").arrays(problem, task, leaves, ())
        said.append(str(refused.value))
    assert len(asked) == 1
    assert said == said[:1] * 3
    other = Task("value_and_grad", task.wrt)
    with pytest.raises(sd.UnsupportedError):
        method("symbolic").arrays(problem, other, leaves, ())
    assert len(asked) == 2


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
    v = [np.random.default_rng(1).normal(size=x.shape) for x in leaves]
    assert differences(problem, leaves, Task(operator, task.wrt), v) <= 1.0


def test_too_large_a_graph_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, _, task = recorded(lambda x: np.sum(x * x), np.ones(3))
    monkeypatch.setattr(matrices, "LARGEST", 1)
    with pytest.raises(sd.UnsupportedError, match="steps, more than 1"):
        array_program(problem, task)


DRAWN = np.random.default_rng(11)
TABLE_OF_NUMBERS, OTHER, THIRD = DRAWN.normal(size=(4, 3)), DRAWN.normal(size=(3, 5)), DRAWN.normal(size=(5, 4))
REGULAR, STACK = DRAWN.normal(size=(4, 4)) + 4 * np.eye(4), DRAWN.normal(size=(2, 3, 3)) + 3 * np.eye(3)
FUNCTIONS: dict[str, tuple[str, Any, np.ndarray]] = {
    "a product": ("einsum", lambda a: np.sum(np.sin(np.einsum("ij,jk->ik", a, OTHER))), TABLE_OF_NUMBERS),
    "both factors": ("einsum", lambda a: np.sum(np.einsum("ij,ik->jk", a, a) ** 2), TABLE_OF_NUMBERS),
    "three factors": ("einsum", lambda a: np.einsum("ij,jk,ki->", np.exp(a), OTHER, THIRD), TABLE_OF_NUMBERS),
    "a label that one factor has alone": (
        "einsum", lambda a: np.sum(np.exp(np.einsum("ij->i", a)) * np.einsum("ij,kl->l", a, THIRD)), TABLE_OF_NUMBERS
    ),
    "running sums": ("cumsum", lambda a: np.sum(np.cumsum(a, axis=0) ** 3), TABLE_OF_NUMBERS),
    "running sums of the last axis": (
        "cumsum", lambda a: np.sum(np.cumsum(a, axis=-1) ** 2 * np.cumsum(np.sin(a), axis=0)[-1]), TABLE_OF_NUMBERS
    ),
    "linear equations": ("solve", lambda a: np.sum(np.linalg.solve(a, np.sin(a)) ** 2), REGULAR),
    "one vector": ("solve", lambda a: np.sum(np.linalg.solve(a, np.exp(a[:, 0])) ** 2), REGULAR),
    "a stack of equations, one right side": (
        "solve", lambda a: np.sum(np.linalg.solve(a, np.cos(a[0])) ** 2), STACK
    ),
    "inverses": ("inv", lambda a: np.sum(np.linalg.inv(a) ** 3), STACK),
}  # fmt: skip


@pytest.mark.parametrize("operator", ["grad", "jvp", "hvp"])
@pytest.mark.parametrize("case", FUNCTIONS)
def test_other_ops_of_arrays(case: str, operator: str) -> None:
    op, f, x = FUNCTIONS[case]
    problem, leaves, task = recorded(f, x)
    assert op in {node.op for node in problem.graph.nodes}
    v = [] if operator == "grad" else [np.random.default_rng(2).normal(size=x.shape)]
    assert differences(problem, leaves, Task(operator, task.wrt), v) <= 1.0


@pytest.mark.parametrize("case", FUNCTIONS)
def test_other_ops_against_the_complex_step(case: str) -> None:
    """The plain function, and no rule of anybody: f(x + i h v) = f(x) + i h f'(x) v for tiny h."""
    _, f, x = FUNCTIONS[case]
    problem, leaves, task = recorded(f, x)
    (slope,) = Runner(array_program(problem, task))(leaves) or [None]
    v = np.random.default_rng(3).normal(size=x.shape)
    assert np.sum(slope * v) == pytest.approx(np.imag(f(x + 1e-100j * v)) / 1e-100, rel=1e-12)


@pytest.mark.parametrize("case", FUNCTIONS)
def test_a_wrong_rule_for_them_is_seen(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    op, f, x = FUNCTIONS[case]
    plant(op, monkeypatch)
    assert differences(*recorded(f, x)) > 1.0
