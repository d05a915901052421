"""Large functions whose rules are certified in small: what the noise floor hides is seen there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.crosscheck.large import check as large
from symdiff.crosscheck.large import small
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.methods.symbolic import matrices, structural
from symdiff.ops import TABLE
from tests.faults import accused, patched, pull_back, red, row, times
from tests.nets.backpropagation import Fault, Student

ULP = 1 + 2.0**-52  # no noise floor sees it
THREE = ("symbolic", "tape", "jax")
CERTIFIED = "certified in balls on the same net with widths"


def arguments(net: Any, count: int = 30, dtype: Any = np.float64) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(7)
    params = [{k: rng.normal(size=v.shape).astype(dtype) / 4 for k, v in layer.items()} for layer in net.init()]
    X = rng.normal(size=(count, net.widths[0])).astype(dtype)
    return params, X, rng.integers(0, net.widths[-1], count)


def a_net(sigma: str = "tanh", l2: float = 0.125) -> Any:
    return sd.mlp([20, 40, 40, 10], sigma, "softmax_cross_entropy", l2=l2)


def check(net: Any = None, claimed: Any = None, dtype: Any = np.float64, **options: Any) -> Report:
    net = a_net() if net is None else net
    report = sd.crosscheck(net.risk, *arguments(net, dtype=dtype), claimed=claimed, **options)
    assert any("measured noise" in note for note in report.notes)
    return report


def said(report: Report, words: str) -> list[str]:
    return [note for note in report.notes if words in note]


def by_hand(fault: Fault | None = None, l2: float = 0.125) -> Student:
    return Student(("tanh", "tanh", "linear"), "softmax_cross_entropy", l2, fault)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_method_is_certified_and_the_report_says_on_what(dtype: Any) -> None:
    report = check(dtype=dtype)
    assert report.ok, str(report)
    (note,) = said(report, CERTIFIED)
    assert note == f"rules {CERTIFIED} 3, 3, 3, 2 and a batch of 2: symbolic, tape, jax"
    assert note[:60] in str(report)
    assert {f.basis for f in report.findings} == {"measured"}  # their numbers still are


@pytest.mark.parametrize("operator", ["value_and_grad", "jvp", "vjp", "hvp"])
def test_every_operator_has_its_rules_certified(operator: str) -> None:
    report = check(operators=[operator])
    assert report.ok, str(report)
    assert said(report, CERTIFIED)[0].endswith(": symbolic, tape, jax")
    with pull_back("tanh", times(ULP)):
        assert accused(check(operators=[operator])) == {"tape"}


def test_a_rounded_literal_of_a_right_rule_is_no_mistake() -> None:
    """gelu_tanh has sqrt(2/pi) in it, of which the matrix program has the nearest double."""
    report = check(a_net("gelu_tanh"))
    assert report.ok, str(report)
    assert said(report, CERTIFIED)[0].endswith(": symbolic, tape, jax")


def test_of_several_operators_each_is_named() -> None:
    report = check(operators=["grad", "jvp"])
    assert [note.split(" certified")[0] for note in said(report, CERTIFIED)] == ["rules of grad", "rules of jvp"]


def matmul_rule(excess: float) -> AbstractContextManager[None]:
    """What the matrix program does to an adjoint at a matrix product: it adds a share of it once more."""
    healthy = structural.RULES["matmul"]

    def wrong(build: Any, i: int, ct: int) -> Any:
        shares = healthy(build, i, ct)
        return [(a, build("add", share, build("mul", build.graph.const(excess), share))) for a, share in shares]

    return patched(matrices, "RULES", {**structural.RULES, "matmul": wrong})


# who is wrong, and what is planted: each in the last place, or below it
FAULTS: dict[str, tuple[str, Callable[[], AbstractContextManager[None]]]] = {
    "activation": ("tape", lambda: pull_back("tanh", times(ULP))),
    "matrix product": ("tape", lambda: pull_back("matmul", times(ULP), 1)),
    "softmax": ("tape", lambda: pull_back("logsumexp", times(ULP))),
    "penalty": ("tape", lambda: pull_back("integer_power", times(ULP))),
    "template": ("symbolic", lambda: row("tanh", sympy=lambda u: sp.tanh(u) + sp.sin(u) * sp.Rational(1, 2**60))),
    "matrix rule": ("symbolic", lambda: matmul_rule(2.0**-60)),
    "column": ("jax", lambda: row("tanh", jax=lambda u: jnp.tanh(u) + u * 2.0**-56)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_rule_that_is_wrong_below_the_noise_is_seen_in_small_and_there_alone(fault: str) -> None:
    guilty, plant = FAULTS[fault]
    with plant():
        report = check()
        with patched(large, "check_in_small", lambda *given: None):
            at_large = check()
    assert at_large.ok
    assert accused(at_large) == set()
    assert accused(report) == {guilty}
    assert red(report) == "D"
    wrong = [f for f in report.findings if f.verdict is Verdict.DIFFER]
    assert {f.basis for f in wrong} == {"certified"}
    assert all(f.reason.startswith("the rule is wrong: d/d") for f in wrong)
    assert all("on the same net with widths 3, 3, 3, 2" in f.reason for f in wrong)
    others = ", ".join(m for m in THREE if m != guilty)
    assert said(report, CERTIFIED) == [f"rules {CERTIFIED} 3, 3, 3, 2 and a batch of 2: {others}"]


def test_only_the_arrays_that_the_rule_goes_into_are_accused_and_the_layer_is_named() -> None:
    with pull_back("tanh", times(ULP)):
        report = check()
    assert {f.array for f in report.findings if f.verdict is Verdict.DIFFER} == {"W1", "b1", "W2", "b2"}
    (said_of,) = report.blame
    assert said_of.startswith("in layer 1, between u1 and z1: tanh at ")


@pytest.mark.parametrize("depth", [10, 30])
def test_a_deep_net_is_certified_within_its_budget(depth: int) -> None:
    net = sd.mlp([16] * depth + [10], "sigmoid", "softmax_cross_entropy")
    report = check(net)
    assert report.ok, str(report)
    assert said(report, CERTIFIED)[0].endswith(": symbolic, tape, jax")
    with pull_back("sigmoid", times(ULP)):
        assert accused(check(net)) == {"tape"}


def test_what_is_too_large_even_in_small_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "AIM", 10)
    monkeypatch.setattr(small, "MOST", 20)
    report = check()
    assert report.ok
    (note,) = said(report, "no rule is certified in small")
    assert "even the same net with widths 2, 2, 2, 2 and a batch of 1 has" in note
    assert note.endswith(" scalar steps, more than 20")


def test_second_derivatives_of_a_deep_net_are_too_long_for_it() -> None:
    net = sd.mlp([16] * 10 + [10], "tanh", "softmax_cross_entropy")
    report = check(net, operators=["hvp"], methods=("tape", "jax"))
    assert report.ok
    assert said(report, "the rules of hvp are not certified in small")


# -- claims ---------------------------------------------------------------------------------------------------


def test_a_right_claim_is_certified() -> None:
    report = check(claimed=by_hand())
    assert report.ok, str(report)
    assert said(report, "claimed is certified in balls on the same net with widths 3, 3, 3, 2 and a batch of 2")


@pytest.mark.parametrize(("l2", "dtype"), [(1e-17, np.float64), (1e-10, np.float32)])
def test_a_claim_that_is_wrong_below_the_noise_is_accused(l2: float, dtype: Any) -> None:
    net, wrong = a_net(l2=l2), by_hand(Fault("penalty missing", 2, ()), l2)
    report = check(net, wrong, dtype)
    assert accused(report) == {"claimed"}
    (found,) = [f for f in report.findings if f.verdict is Verdict.DIFFER]
    assert (found.array, found.basis) == ("W2", "certified")
    # what nobody can see in the numbers has no name; 1e-10 can be seen in float64
    assert all("the term through sum(W2**2)" in why for why in report.diagnosis)
    assert len(report.diagnosis) == (dtype == np.float32)
    assert check(net, by_hand(None, l2), dtype).ok
    with patched(large, "check_in_small", lambda *given: None):
        assert check(net, wrong, dtype).ok


def test_a_claim_that_is_plainly_wrong_is_what_it_was() -> None:
    report = check(claimed=by_hand(Fault("sign", 1, ())))
    wrong = [f for f in report.findings if f.verdict is Verdict.DIFFER]
    assert {(f.method, f.array) for f in wrong} == {("claimed", "W1"), ("claimed", "b1")}
    assert all("times the measured noise" in f.reason for f in wrong)
    assert "u1bar has the wrong sign" in report.diagnosis[0]


def test_a_claim_for_one_batch_size_is_right_here_and_no_more_than_doubtful() -> None:
    right = by_hand()

    def written_out(params: Any, X: Any, y: Any) -> Any:
        found = right(params, X, y)
        return [{k: (g - 0.125 * w[k] * (k == "W")) * len(X) / 30 + 0.125 * w[k] * (k == "W") for k, g in layer.items()}
                for layer, w in zip(found, params, strict=True)]  # fmt: skip

    report = check(claimed=written_out)
    assert report.ok
    assert accused(report) == set()
    assert report.lamps["D"].state == "unsure"
    (note,) = said(report, "does it hold for these sizes alone?")
    assert "claimed is right here, and not on the same net with widths 3, 3, 3, 2" in note


def test_a_claim_that_does_not_take_the_small_arguments_is_left_to_the_noise_floor() -> None:
    right = by_hand()

    def particular(params: Any, X: Any, y: Any) -> Any:
        if X.shape != (30, 20):
            raise KeyError("no such batch")
        return right(params, X, y)

    report = check(claimed=particular)
    assert report.ok
    (note,) = said(report, "claimed is judged by the noise floor alone")
    assert note.endswith("KeyError: 'no such batch'")
    wrong = check(claimed=lambda params, X, y: particular({}, X, y) if X.shape != (30, 20) else params)
    assert accused(wrong) == {"claimed"}


def test_the_digits_of_a_float32_claim_are_not_those_of_float64() -> None:
    right = by_hand()

    def narrow(params: Any, X: Any, y: Any) -> Any:
        params = [{k: np.asarray(v).astype(np.float32) for k, v in layer.items()} for layer in params]
        return right(params, np.asarray(X).astype(np.float32), y)

    assert check(claimed=narrow, dtype=np.float32).ok
    assert accused(check(claimed=narrow)) == {"claimed"}  # in float64 they are wanted


# -- what is remembered ---------------------------------------------------------------------------------------


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Grows by one for every check in small that was not remembered."""
    count: list[Any] = []
    healthy = small.certified

    def counted(*given: Any) -> Any:
        count.append(given)
        return healthy(*given)

    monkeypatch.setattr(small, "certified", counted)
    small.forget()
    yield count
    small.forget()


def test_a_check_in_small_is_remembered_for_the_same_steps_and_rows(judged: list[Any]) -> None:
    alone: dict[str, Any] = {"methods": ("tape",)}
    check(**alone)
    check(sd.mlp([20, 40, 40, 10], "tanh", "softmax_cross_entropy", l2=0.125), dtype=np.float32, **alone)
    assert len(judged) == 1
    others = [a_net("sigmoid"), a_net(l2=0.25), sd.mlp([20, 40, 40, 40, 10], "tanh", "softmax_cross_entropy", l2=0.125)]
    for net in others:
        check(net, **alone)
    check(methods=("symbolic",))
    check(operators=["vjp"], **alone)
    assert len(judged) == 6
    with row("tanh", doc="another row"):
        check(**alone)
    check(**alone)
    assert len(judged) == 8  # planting a fault forgets everything, too


def test_a_row_that_is_another_one_is_not_taken_for_the_old_one(judged: list[Any]) -> None:
    """Even where nobody says that something was planted."""
    assert check().ok
    healthy = TABLE["tanh"]
    rule = healthy.vjp[0]
    TABLE["tanh"] = dataclasses.replace(healthy, vjp=(lambda ct, y, u: rule(ct, y, u) * ULP,))
    try:
        assert accused(check()) == {"tape"}
    finally:
        TABLE["tanh"] = healthy
    assert check().ok


def test_only_so_many_are_remembered(judged: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "MOST_KNOWN", 1)
    for net in (a_net(), a_net("sigmoid"), a_net()):
        check(net, methods=("tape",))
    assert len(judged) == 3


# -- the protocol, for any function ---------------------------------------------------------------------------


class Large:
    """Something large, that can be had in small as `offers` says."""

    __name__ = "large"

    def __init__(self, offers: Callable[[Any], Any]) -> None:
        self.smaller = offers

    def __call__(self, x: Any) -> Any:
        return np.sum(np.sin(x) * x)


def other(y: Any) -> Any:
    return np.sum(np.sin(y))


def at_a_kink(x: Any) -> Any:
    return np.sum(np.abs(x))


def refuses(args: Any) -> Any:
    raise RuntimeError("no idea")


FEW = (np.array([0.5, 0.25]),)


@pytest.mark.parametrize(
    ("offers", "words"),
    [
        (lambda args: [(Large(refuses), FEW, "two numbers")], "rules certified in balls on two numbers: tape, jax"),
        (refuses, "no rule is certified in small: RuntimeError: no idea"),
        (lambda args: [], "no rule is certified in small: the function offers none"),
        (lambda args: [(other, FEW, "another")], "no rule is certified in small: it has other arguments"),
        (lambda args: [(at_a_kink, (np.zeros(2),), "a kink")], "no rule is certified in small: "),
        (lambda args: 7, "no rule is certified in small: TypeError"),
    ],
)
def test_any_function_may_be_had_in_small(offers: Callable[[Any], Any], words: str) -> None:
    x = np.random.default_rng(0).normal(size=40_000)
    report = sd.crosscheck(Large(offers), x, methods=("tape", "jax"))
    assert report.ok
    assert len([note for note in report.notes if note.startswith(words)]) == 1


def test_what_is_taken_through_balls_whole_is_not_looked_at_in_small(judged: list[Any]) -> None:
    net = sd.mlp([300, 200, 2], "tanh", "softmax_cross_entropy")
    report = sd.crosscheck(net.risk, *arguments(net, 1), methods=("tape",), full=True)
    assert said(report, "the whole function was run in balls")
    assert judged == []
