"""Blame: the guilty step is named, with its op, its column, and the two numbers side by side."""

from __future__ import annotations

import importlib
import re

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.blaming.blame import CHAINING
from symdiff.crosscheck.blaming.blame_arrays import blame_arrays
from symdiff.crosscheck.large import whole
from symdiff.inputs import function
from symdiff.methods.tape import record
from symdiff.ops import TABLE
from tests.crosscheck.test_mutation_score import FORMULAS, sites
from tests.crosscheck.test_planted_sweep import faulty_sweep
from tests.faults import patched, pull_back, row, times


def blamed(text: str, point: tuple[float, ...], **options: object) -> list[str]:
    return sd.crosscheck(text, *point, **options).blame


def test_over_many_faults_the_guilty_op_is_named_with_its_column() -> None:
    named, missed, without_column = 0, [], []
    for text, point in FORMULAS.items():
        for op, k in sites(function(text)):
            for factor in (-1.0, 1 + 1e-3, 1 + 1e-9):
                with pull_back(op, times(factor), k):
                    said = blamed(text, point, methods=("tape",))
                if not said:
                    continue  # equivalent: the mutation score counts those
                if re.match(rf"\S+ = {op} at ", said[0]):
                    named += 1
                    if not re.search(r"at column \d+: d/d\S+ is \S+, tape says \S+$", said[0]):
                        without_column.append(said[0])
                else:
                    missed.append((text, op, factor, said[0]))
    print(f"{named} of {named + len(missed)} faults blamed on the guilty op")  # noqa: T201 -- the figures, for whoever runs it with -s
    print(*missed, sep="\n")  # noqa: T201 -- the figures, for whoever runs it with -s
    assert named >= 350
    assert len(missed) <= named // 100
    assert without_column == []


@pytest.mark.parametrize(("column", "method"), [("vjp", "tape"), ("sympy", "symbolic"), ("jax", "jax")])
def test_the_guilty_op_of_each_method(column: str, method: str) -> None:
    with row("tanh", **{column: getattr(TABLE["atan"], column)}):
        said = blamed("sin(x)*tanh(x*y) + y", (0.7, 1.3))
    assert len(said) == 1
    assert said[0].startswith("z3 = tanh at column 8")
    assert f", {method} says " in said[0]


def test_the_numbers_are_the_steps_own() -> None:
    """d tanh(u)/du at u = x y = 0.5, not the derivative of the whole."""
    with pull_back("tanh", times(2.0)):
        (said,) = blamed("3*tanh(x*y)", (0.5, 1.0), methods=("tape",))
    truth, claimed = map(float, re.findall(r"is (\S+), tape says (\S+)$", said)[0])
    assert truth == pytest.approx(0.7864477329659274)
    assert claimed == pytest.approx(2 * truth)


def test_the_first_guilty_step_is_named() -> None:
    with pull_back("sin", times(2.0)):
        (said,) = blamed("sin(y)*cos(sin(x))", (0.7, 1.3), methods=("tape",))
    assert said.startswith("z1 = sin at column 1")


def test_a_named_step_is_blamed_by_its_name() -> None:
    with pull_back("exp", times(2.0)):
        (said,) = blamed("speed = exp(x); speed*y", (0.7, 1.3), methods=("tape",))
    assert said.startswith("speed = exp at column 9")


@pytest.mark.parametrize(
    "fault", ["adjoint overwritten instead of summed", "first adjoint kept", "adjoints subtracted"]
)
def test_a_fault_of_the_sweep_is_not_blamed_on_a_step(fault: str) -> None:
    with patched(record, "sweep", faulty_sweep(fault)):
        assert blamed("sin(x)*exp(y) + x/y", (0.7, 1.3), methods=("tape",)) == [CHAINING]


def large(x):
    return np.sum(np.tanh(x[1:] * x[:-1]) ** 2)


X = np.linspace(-2.0, 2.0, 20_000)  # more steps than are taken apart


@pytest.mark.parametrize(
    ("op", "argument", "words"),
    [
        ("mul", 1, r"z3 = mul at .*: d/dz2\[\d+\] is "),
        ("tanh", 0, r"z4 = tanh at .*: d/dz3\[\d+\] is "),
        ("integer_power", 0, r"z5 = integer_power at .*: d/dz4\[\d+\] is "),
        ("sum", 0, r"z6 = sum at .*: d/dz5\[\d+\] is "),
    ],
)
@pytest.mark.parametrize("factor", [-1.0, 1 + 1e-9])
def test_a_step_of_a_large_function_is_blamed_too(
    op: str, argument: int, words: str, factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    if op != "tanh" or factor < 0:
        monkeypatch.setattr(whole, "AFFORDABLE", 0)  # blamed alike, without the seconds of the whole in balls
    with pull_back(op, times(factor), argument):
        (said,) = sd.crosscheck(large, X, methods=("tape", "jax")).blame
    assert re.match(words, said), said
    assert "tape says" in said


@pytest.mark.parametrize("factor", [2.0, np.nan])
def test_a_fault_in_entries_that_a_cut_leaves_out_is_seen_against_another_method(factor: float) -> None:
    def wrong_in_the_middle(rule):
        return lambda ct, y, x: rule(ct, y, x) * np.where(x < 0.1, factor, 1.0)

    recording, leaves = function(large).recorded((X,), {})
    with pull_back("tanh", wrong_in_the_middle):
        said = blame_arrays(recording.problem, "tape", leaves, "grad", large=True)
    assert re.match(r"z4 = tanh at .*: d/dz3\[\d+\] is \S+ by jax, tape says ", said), said


def test_a_step_that_refuses_balls_does_not_take_the_check_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> str:
        raise RuntimeError("no balls here")

    monkeypatch.setattr(whole, "AFFORDABLE", 0)
    monkeypatch.setattr(importlib.import_module("symdiff.crosscheck.blaming.blame_arrays"), "fault", refuse)
    with pull_back("tanh", times(2.0)):
        (said,) = sd.crosscheck(large, X, methods=("tape", "jax")).blame
    assert "z4 = tanh at " in said
    assert " by jax, tape says " in said


def test_nobody_is_blamed_for_agreement_or_for_a_claim() -> None:
    assert blamed("sin(x)*y", (0.7, 1.3)) == []
    assert blamed("sin(x)*y", (0.7, 1.3), claimed=lambda x, y: (1.0, 2.0)) == []


def test_the_report_prints_the_blame() -> None:
    with pull_back("exp", times(2.0)):
        report = sd.crosscheck("exp(x)*y", 0.7, 1.3, methods=("tape",))
    assert report.blame[0] in str(report)
    assert report.blame[0] in report.to_json()
