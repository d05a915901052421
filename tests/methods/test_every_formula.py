"""The programs of the formulas that lie beside the checkout, in ../shared/data, are the reverse sweep bit for bit with
NumPy's functions; without the folder there is nothing to test. All antiderivatives with SYMDIFF_FULL=1.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import ExpressionError
from symdiff.methods.base import Task
from symdiff.methods.tape.known import same_bits
from symdiff.methods.tape.method import _swept
from symdiff.methods.tape.numbers import WRITTEN, NumberPlan
from symdiff.methods.tape.program import planned
from tests.data.test_activations import DEFINITIONS, ROWS
from tests.data.test_antiderivatives import pairs, problems
from tests.data_files import cases, floats, named_steps, plain


def of_feynman(case: dict[str, Any]) -> tuple[Any, list[list[float]]]:
    f = sd.function(case["formula"], [name for name, _, _ in case["variables"]])
    return f, [[float(v) for v in point["x"]] for point in case["points"]]


def of_activations(case: dict[str, Any]) -> tuple[Any, list[list[float]]]:
    return sd.function({**ROWS, **DEFINITIONS}[case["name"]], ["x"]), [[float(v)] for v in case["x"]]


def of_antiderivatives(case: dict[str, Any]) -> tuple[Any, list[list[float]]]:
    f, _ = problems(case)
    return f, [[floats(point["at"])[name] for name in f.names] for point in case["points"]]


def of_cutest(case: dict[str, Any]) -> tuple[Any, list[list[float]]]:
    names = plain([f"x{k}" for k in range(case["n"])])
    return sd.function(named_steps(case["ssa"], names, [case["out"]])[0], names), [p["x"] for p in case["points"]]


# how a list is read, and how many of its formulas there are to compare at least
LISTS = {"feynman": (of_feynman, 120), "activations": (of_activations, 33), "cutest_ssa": (of_cutest, 69),
         "antiderivatives": (of_antiderivatives, 130)}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_the_program_of_every_formula_of_a_list_is_the_sweep(name: str) -> None:
    reading, least = LISTS[name]
    compared = 0
    for case in pairs() if name == "antiderivatives" else cases(name):
        try:
            problem, points = reading(case)
        except ExpressionError:  # a power of -1 that is written out, and not real
            assert name == "antiderivatives"
            continue
        the_program_is_the_sweep(problem, points[:6])
        compared += 1
    assert compared >= least


def the_program_is_the_sweep(problem: Any, points: list[list[float]]) -> None:
    task = Task("value_and_grad", tuple(range(len(problem.names))))
    plan = planned(problem, task, points[0], [])
    assert isinstance(plan, NumberPlan)
    for x in (*points, points[0]):
        found = plan.with_numpy(*x)
        if found is None:  # a branch goes the other way; never where the program was written
            assert x is not points[0]
            continue
        wanted = _swept(problem, task, x)
        assert all(map(same_bits, map(np.array, found), map(np.array, wanted))), (problem.source, x)


def test_a_planted_fault_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = sd.function("x/y - y", ["x", "y"])
    the_program_is_the_sweep(problem, [[1.5, 0.3]])
    monkeypatch.setitem(WRITTEN, operator.sub, "{1} - {0}")
    with pytest.raises(AssertionError, match="x/y - y"):
        the_program_is_the_sweep(problem, [[1.5, 0.3]])
