"""What a method keeps for equal functions: a function recorded anew is not derived anew, another one is."""

from __future__ import annotations

from typing import Any

import pytest

import symdiff as sd
from symdiff.inputs.text import parse
from symdiff.methods import method
from symdiff.methods.base import Task
from symdiff.methods.shared import MOST, Shared
from symdiff.methods.symbolic import method as symbolic
from tests.faults import row

GRAD = Task("grad", (0,))


def counted(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[Any]:
    """The calls of a function of a module."""
    made: list[Any] = []
    real = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *args: (made.append(args), real(*args))[1])
    return made


def test_an_equal_formula_is_derived_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = counted(monkeypatch, symbolic, "closed_form")
    entries = [method("symbolic").answer(sd.function("sin(x)*x"), GRAD, (0.5,)).entries for _ in range(2)]
    assert len(made) == 1
    assert entries[0] == entries[1]
    method("symbolic").answer(sd.function("cos(x)*x"), GRAD, (0.5,))
    assert len(made) == 2


def test_jax_traces_an_equal_formula_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from symdiff.methods.jax import method as of_jax

    made = counted(monkeypatch, of_jax, "traced")
    answers = [method("jax").answer(sd.function("sin(x)*x**3"), GRAD, (x,)).entries for x in (0.5, 0.5, 0.7)]
    assert len(made) == 1
    assert answers[0] == answers[1] != answers[2]
    method("jax").answer(sd.function("sin(x)*x**4"), GRAD, (0.5,))
    assert len(made) == 2


def test_functions_written_at_two_lines_are_two() -> None:
    """A program says at which line of the caller's a step stands."""

    def f(x: Any) -> Any:
        return x * x + x

    def g(x: Any) -> Any:
        return x * x + x

    problems = [(r := sd.function(h).recorded((0.5,), {}))[0].problem.scalars(r[1]) for h in (f, f, g)]
    graphs = [method("symbolic").answer(p, GRAD, (0.5,)).program.graph for p in problems]
    assert graphs[0] is graphs[1]
    assert graphs[0] is not graphs[2]


def test_a_row_that_is_another_one_makes_another_function() -> None:
    known, graph = Shared(), parse("sin(x)")
    before = known.of(graph, "", object)
    assert known.of(graph, "", object) is before
    with row("sin", ulp=7.0):
        assert known.of(graph, "", object) is not before


def test_the_newest_are_kept() -> None:
    known, graph = Shared(), parse("x")
    first = known.of(graph, -1, object)
    for k in range(MOST - 1):
        known.of(graph, k, object)
    assert known.of(graph, -1, object) is first
    assert known.of(parse("y"), -1, object) is not first
    for k in range(MOST):
        known.of(graph, k, object)
    assert known.of(graph, -1, object) is not first
