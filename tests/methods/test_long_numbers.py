"""Numbers that take many steps, such as the factors of a matrix that is data, do not swell in the symbolic method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.report import Report
from symdiff.inputs.code import from_code
from symdiff.methods.symbolic import program, templates
from symdiff.methods.symbolic.program import CONSTANT_OPS, STEP_OPS, steps
from tests.faults import patched

W = np.random.default_rng(0).standard_normal((20, 20))
HILBERT = 1 / (np.arange(10)[:, None] + np.arange(10) + 1.0)


def solving(matrix: np.ndarray) -> Callable[[Any], Any]:
    return lambda b: np.linalg.solve(matrix, b)[0]


def accused(report: Report) -> set[str]:
    return {f.method for f in report.findings if f.verdict == "DIFFER"}


@pytest.mark.parametrize("n", [3, 8, 20])
def test_every_step_is_small(n: int) -> None:
    """Counted and not timed: written out, the steps at n = 8 had millions of ops."""
    recording, leaves = from_code(solving(W[:n, :n])).recorded((np.ones(n),), {}, 0)
    graph = recording.problem.scalars(leaves).graph
    found = steps(graph)
    assert max(program._written_out(graph, step) for step in found) <= STEP_OPS
    numbers = [step for step in found if not graph.varying()[step.target]]
    assert max(program._written_out(graph, step) for step in numbers) <= 3 * CONSTANT_OPS


@pytest.mark.parametrize("n", [3, 5, 8, 10])
def test_solving_with_a_matrix_that_is_data(n: int) -> None:
    report = sd.crosscheck(solving(W[:n, :n]), np.ones(n))
    assert report.verdict == "AGREE"
    assert {f.verdict for f in report.findings if f.method == "symbolic"} == {"AGREE"}


def test_hilberts_matrix_of_ten() -> None:
    """Of condition 1e13: what SymPy's program loses is said, and nobody is accused."""
    report = sd.crosscheck(solving(HILBERT), np.ones(10))
    assert not accused(report)
    assert {f.verdict for f in report.findings if f.method == "symbolic"} == {"INACCURATE"}


@pytest.mark.parametrize("what", ["partials", "value"])
def test_a_fault_in_the_steps_is_seen(what: str) -> None:
    """SymPy's partials, and its meaning of the numbers that are steps of their own: each is still looked at."""

    def corrupt(shape: Any, arity: int) -> templates.Template:
        ready = templates.template(shape, arity)
        graph = (ready.graph if what == "partials" else ready.value).copy()
        graph.outputs = tuple(graph.apply("mul", o, graph.const(1 + 1e-9)) for o in graph.outputs)
        if what == "partials":
            return replace(ready, graph=graph, constant=(None,) * arity)
        return replace(ready, value=graph)

    with patched(program, "template", corrupt):
        report = sd.crosscheck(solving(W[:8, :8]), np.ones(8))
    if what == "partials":
        assert accused(report) == {"symbolic"}
    else:
        assert report.lamps["V"].state == "red"
        assert "symbolic" in report.lamps["V"].note


def test_a_condition_of_numbers_stays_a_condition() -> None:
    """A comparison at the end of a long number is SymPy's condition; its sides are numbers by themselves."""

    def f(x: Any) -> Any:
        long = sd.array([1.25])[0]
        for k in range(12):
            long = long * 1.01 + np.where(long > 1.3, 0.1, 0.2) / (k + 1.5)
        return np.sum(np.where(long > 0, x, -x) ** 2 * long)

    assert sd.crosscheck(f, np.array([0.5, -2.0])).verdict == "AGREE"
