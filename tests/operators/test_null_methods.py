"""The suite can fail: methods that answer nothing, or the right numbers in the wrong places, do."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from types import ModuleType

import pytest

import symdiff as sd
from symdiff import methods
from symdiff.methods.base import Answer, Method, Task
from symdiff.problem import Problem
from tests.operators.scenarios import ALL, BY_NAME, Scenario, check, leaves, result, truth


class Zero(Method):
    """Says 0 to everything."""

    name = "zero"

    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Answer:
        return Answer([0.0 for _ in task.indices(problem)])


class Shuffled(Method):
    """The tape's numbers, each in its neighbour's place."""

    name = "shuffled"

    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Answer:
        entries = methods.method("tape").entries(problem, task, x, vector)
        return Answer([*entries[1:], *entries[:1]])


class Single(Method):
    """The tape's numbers in single precision: wrong by a hundred millionth."""

    name = "single"

    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Answer:
        return Answer([e * (1 + 2.0**-24) for e in methods.method("tape").entries(problem, task, x, vector)])


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As a third party would do it: one line in the registry for each."""
    module = ModuleType("null_methods_of_a_test")
    for each in (Zero, Shuffled, Single):
        setattr(module, each.__name__, each)
        monkeypatch.setitem(methods.BUILT_IN, each.name, f"{module.__name__}:{each.__name__}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    yield
    methods.method.cache_clear()


def blind(scenario: Scenario, operator: str, method: str) -> bool:
    """Whether nobody could tell this wrong answer from the right one."""
    wrong = leaves(result(scenario, operator, method))
    return wrong in (leaves(truth(scenario.name, operator)), leaves(result(scenario, operator, "tape")))


@pytest.mark.parametrize("method", ["zero", "shuffled", "single"])
@pytest.mark.usefixtures("registered")
def test_a_null_method_fails_every_scenario(method: str) -> None:
    passed, unseen = [], 0
    for scenario, operator in ALL:
        if blind(scenario, operator, method):
            unseen += 1
            continue
        try:
            check(scenario, operator, method)
        except AssertionError:
            continue
        passed.append((scenario.name, operator))
    assert passed == []
    assert unseen < len(ALL) / 2


@pytest.mark.parametrize("method", ["zero", "shuffled", "single"])
@pytest.mark.usefixtures("registered")
def test_a_null_method_is_told_by_a_check(method: str) -> None:
    report = sd.crosscheck(BY_NAME["the lecture"].formula, 1.25, 2.5, 3.75, methods=["tape", method])
    assert {str(f.verdict) for f in report.findings if f.method == "tape"} == {"AGREE"}
    assert "AGREE" not in {str(f.verdict) for f in report.findings if f.method == method}
    assert not report.ok


@pytest.mark.usefixtures("registered")
def test_the_registry_offers_it_by_name() -> None:
    with pytest.raises(sd.InputError, match=r"method 'zro' is not known: expected one of .*shuffled"):
        sd.grad("x", method="zro")
