"""The programs of the formulas that lie beside the checkout, in ../shared/data, are the reverse sweep bit for bit with
NumPy's functions; without the folder there is nothing to test. In full with SYMDIFF_FULL=1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import SymdiffError
from symdiff.methods.base import Task
from symdiff.methods.tape.known import same_bits
from symdiff.methods.tape.method import _swept
from symdiff.methods.tape.numbers import NumberPlan
from symdiff.methods.tape.program import planned
from tests.data_files import cases, floats, named_steps, plain, sample


def of_feynman(case: dict[str, Any]) -> tuple[Any, list[list[float]]]:
    f = sd.function(case["formula"], [name for name, _, _ in case["variables"]])
    return f, [[float(v) for v in point["x"]] for point in case["points"]]


def of_activations(case: dict[str, Any]) -> tuple[Any, list[list[float]]]:
    return sd.function(case["f"], ["x"]), [[float(v)] for v in case["x"]]


def of_antiderivatives(case: dict[str, Any]) -> tuple[Any, list[list[float]]]:
    points = [floats(point["at"]) for point in case["points"]]
    return sd.function(case["antiderivative"], list(points[0])), [list(point.values()) for point in points]


def of_cutest(case: dict[str, Any]) -> tuple[Any, list[list[float]]]:
    names = plain([f"x{k}" for k in range(case["n"])])
    return sd.function(named_steps(case["ssa"], names, [case["out"]])[0], names), [p["x"] for p in case["points"]]


LISTS = {"feynman": of_feynman, "activations": of_activations, "antiderivatives": of_antiderivatives,
         "cutest_ssa": of_cutest}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_the_program_of_every_formula_of_a_list_is_the_sweep(name: str) -> None:
    compared = 0
    for case in sample(cases(name), 150):
        try:
            problem, points = LISTS[name](case)
        except SymdiffError:  # a function that the text language has not
            continue
        task = Task("value_and_grad", tuple(range(len(problem.names))))
        plan = planned(problem, task, points[0], [])
        assert isinstance(plan, NumberPlan)
        for x in (*points[:6], points[0]):
            found = plan.with_numpy(*x)
            if found is not None:
                wanted = _swept(problem, task, x)
                assert all(map(same_bits, map(np.array, found), map(np.array, wanted))), (case, x)
                compared += 1
        assert plan.with_numpy(*points[0]) is not None
    assert compared > 60
