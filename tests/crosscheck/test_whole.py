"""Large functions certified in arrays of balls: faults are seen, what is right is not accused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flint import ctx

import symdiff as sd
from symdiff import balls
from symdiff.crosscheck.claimed.claims import claims
from symdiff.crosscheck.large import ball_arrays, jaxpr_balls, whole
from symdiff.crosscheck.large.noise_floor import Outcome
from symdiff.crosscheck.sites import recordings
from symdiff.crosscheck.verdict import RULE, Verdict
from symdiff.errors import InputError
from symdiff.inputs import function
from symdiff.methods.ball import enclosures
from symdiff.methods.base import Task
from symdiff.methods.tape.record_arrays import ArrayRecorder
from symdiff.nets.activations import known
from symdiff.nets.losses import LOSSES
from symdiff.nets.mlp import mlp
from symdiff.ops import TABLE
from tests.faults import row, without_cotangent

SMALL = [8, 8, 8, 3]
LITERAL = {"sinc"}  # JAX's pi is one, and met again in every layer: too wide in balls to certify by


def recorded(net: Any, widths: list[int] = SMALL, count: int = 5) -> tuple[Any, list[np.ndarray]]:
    rng = np.random.default_rng(1)
    args = (net.init(0), rng.normal(size=(count, widths[0])), labels(net, rng, count, widths[-1]))
    recording, leaves, _ = recordings(function(net.risk), args, {}, None, None, 0, 0)[0][0]
    return recording.problem, leaves


def labels(net: Any, rng: np.random.Generator, count: int, width: int) -> np.ndarray:
    if net.loss.name == "binary_cross_entropy":
        return rng.integers(0, 2, (count, width)).astype(float)
    if net.loss.name in ("softmax_cross_entropy", "hinge"):
        return rng.integers(0, width, count)
    return rng.normal(size=(count, width))


def checked(net: Any, methods: tuple[str, ...] = ("tape",), progress: Any = None) -> Outcome:
    problem, leaves = recorded(net)
    return whole.check(problem, leaves, ["grad"], methods, claims(None, problem, ["grad"]), "", progress=progress)


def verdicts(outcome: Outcome, method: str = "tape") -> set[Verdict]:
    return {f.verdict for f in outcome.findings if f.method == method}


def certified(outcome: Outcome) -> bool:
    return all(f.verdict is Verdict.AGREE and f.basis == "certified" for f in outcome.findings)


def certificate(net: Any) -> tuple[Any, list[np.ndarray], whole.Certificate]:
    problem, leaves = recorded(net)
    recorder = ArrayRecorder(problem, Task("grad", tuple(range(len(leaves)))), leaves, [])
    recorder.graph.outputs = tuple(e.index for e in recorder.entries())
    return problem, leaves, whole.certificate(problem.graph, recorder.graph, leaves)


def test_every_entry_meets_the_scalar_paths_own_taylor_sweeps() -> None:
    problem, leaves, found = certificate(mlp(SMALL, "tanh", "softmax_cross_entropy"))
    scalars = problem.scalars(leaves)
    x = np.concatenate([v.ravel() for v in leaves])
    chosen = tuple(range(0, len(x), 7))
    with balls.precision(128, 1):
        truth = enclosures(scalars, Task("grad", chosen), tuple(x), ())
    mine = np.concatenate([g.ravel() for g in found.gradient])
    assert found.right is True
    assert all(mine[k].overlaps(t) and mine[k].rad() < 1e-30 for k, t in zip(chosen, truth, strict=True))


@pytest.mark.parametrize("name", known())
def test_every_activation_is_certified(name: str) -> None:
    net = mlp(SMALL, name, "mse")
    outcome = checked(net)
    assert certified(outcome), [(f.verdict, f.reason) for f in outcome.findings]


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_certified(name: str) -> None:
    outcome = checked(mlp(SMALL, "sigmoid", name))
    assert certified(outcome), [(f.verdict, f.reason) for f in outcome.findings]


@pytest.mark.parametrize("act", known())
def test_jaxs_own_program_is_certified_with_every_activation(act: str) -> None:
    outcome = checked(mlp(SMALL, act, "mse"), ("tape", "jax"))
    if act in LITERAL:
        assert verdicts(outcome, "jax") == {Verdict.AGREE}
        outcome.findings[:] = [f for f in outcome.findings if f.method != "jax"]
    assert certified(outcome), [(f.method, f.verdict, f.basis, f.reason) for f in outcome.findings]


@pytest.mark.parametrize("name", LOSSES)
def test_jaxs_own_program_is_certified_with_every_loss(name: str) -> None:
    outcome = checked(mlp(SMALL, "tanh", name, l2=0.1), ("tape", "jax"))
    assert certified(outcome), [(f.method, f.verdict, f.basis, f.reason) for f in outcome.findings]


@pytest.mark.parametrize(("act", "primitive"), [("erf", "exp"), ("gelu", "erfc"), ("asinh", "rsqrt"), ("cbrt", "cbrt")])
def test_the_rounding_of_jaxs_literals_excuses_no_more_than_that(
    act: str, primitive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = jaxpr_balls.ENTRYWISE[primitive]
    monkeypatch.setitem(jaxpr_balls.ENTRYWISE, primitive, lambda a: right(a) * (1 + 2.0**-44))
    outcome = checked(mlp(SMALL, act, "mse"), ("tape", "jax"))
    wrong = [f for f in outcome.findings if f.verdict is Verdict.DIFFER]
    assert {(f.method, f.reason) for f in wrong} == {("jax", RULE)}
    assert {f.array for f in wrong} >= {"W1", "b1"}


def test_jaxs_program_is_wrong_where_a_primitive_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jaxpr_balls.ENTRYWISE, "tanh", balls.sigmoid)
    outcome = checked(mlp(SMALL, "tanh", "mse"), ("tape", "jax"))
    assert {(f.verdict, f.reason) for f in outcome.findings if f.method == "jax"} == {(Verdict.DIFFER, RULE)}


def test_a_planted_pull_back_is_the_tapes_fault_alone() -> None:
    with row("tanh", vjp=tuple(without_cotangent(rule) for rule in TABLE["tanh"].vjp)):
        outcome = checked(mlp(SMALL, "tanh", "mse"), ("tape", "jax"))
    wrong = {f.array for f in outcome.findings if f.method == "tape" and f.verdict is Verdict.DIFFER}
    assert wrong == {"W1", "b1", "W2", "b2"}  # the last layer has no tanh
    assert {f.reason for f in outcome.findings if f.verdict is Verdict.DIFFER} == {RULE}
    assert verdicts(outcome, "jax") == {Verdict.AGREE}


def test_a_wrong_product_rule_certifies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ball_arrays.product

    def halved(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        if balls.terms() < 2:
            return right(a, b)
        still = ball_arrays.each(lambda e: balls.const(e.value), b)
        return right(a, still)  # a b' is forgotten

    monkeypatch.setattr(ball_arrays, "product", halved)
    assert Verdict.AGREE not in verdicts(checked(mlp(SMALL, "tanh", "mse")))


@pytest.mark.parametrize("wrong", [True, False])
def test_a_claim_wrong_by_a_billionth_in_one_entry_is_named(wrong: bool) -> None:
    net = mlp([64, 128, 128, 10], "tanh", "softmax_cross_entropy")
    rng = np.random.default_rng(1)

    def claim(params: Any, X: Any, y: Any) -> Any:
        found = sd.grad(net.risk)(params, X, y)
        found[0]["W"][1, 2] *= 1 + 1e-9 * wrong
        return found

    point = net.init(0), rng.normal(size=(16, 64)), rng.integers(0, 10, 16)
    seen: list[tuple[int, int]] = []
    report = sd.crosscheck(
        net.risk, *point, claimed=claim, full=True, methods=["tape"], progress=lambda *p: seen.append(p)
    )
    accused = [f for f in report.findings if f.verdict is Verdict.DIFFER]
    assert [(f.method.startswith("claimed"), f.argument) for f in accused] == [(True, "W1[1, 2]")] * wrong
    assert all(f.basis == "certified" for f in report.findings if f.method == "tape")
    assert seen[-1][0] == seen[-1][1]
    assert [d for d, _ in seen] == sorted(d for d, _ in seen)


def test_an_interruption_leaves_the_precision_as_it_was() -> None:
    before = ctx.prec, ctx.cap

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checked(mlp(SMALL, "tanh", "mse"), progress=stop)
    assert (ctx.prec, ctx.cap) == before


def test_the_value_beside_the_gradient_is_certified_too() -> None:
    problem, leaves = recorded(mlp(SMALL, "tanh", "mse"))
    outcome = whole.check(problem, leaves, ["value_and_grad"], ["tape", "jax"], [], "")
    assert len(outcome.findings) == 2 * (1 + len(leaves))
    assert certified(outcome), [(f.method, f.verdict, f.basis, f.reason) for f in outcome.findings]


def test_other_operators_are_refused() -> None:
    problem, leaves = recorded(mlp(SMALL, "tanh", "mse"))
    with pytest.raises(InputError, match="hvp cannot be checked with full=True"):
        whole.check(problem, leaves, ["hvp"], ["tape"], [], "")
