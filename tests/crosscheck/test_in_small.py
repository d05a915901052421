"""Large functions whose rules are certified in small: what the noise floor hides is seen there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck import small
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.methods import method
from symdiff.methods.symbolic import structural
from symdiff.methods.tape import sweep as sweeping
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


def test_of_several_operators_each_is_named() -> None:
    report = check(operators=["grad", "jvp"])
    assert [note.split(" certified")[0] for note in said(report, CERTIFIED)] == ["rules of grad", "rules of jvp"]


def only_symbolic(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the matrix rules of SymPy's program, in the last place."""
    healthy = structural.RULES["matmul"]
    monkeypatch.setitem(
        structural.RULES, "matmul",
        lambda build, *given: [build("mul", build.graph.const(ULP), g) for g in healthy(build, *given)],
    )  # fmt: skip
