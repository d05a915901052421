"""Optimisation problems of CUTEst, each run step by step on a NumPy vector: gradients and Hessians against those
that others wrote by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck import Verdict
from tests.data_files import FULL, cases, say, wrong

ROUNDING = 1e-13  # relative to the norm; plus ten times what the file says two implementations differ by
SHORT = {"symbolic": 500, "tape": 500, "jax": 28}  # steps of the longest programs in the short form: JAX compiles


def program(case: dict[str, Any]) -> Callable[[Any], Any]:
    """The problem as a plain Python function of a vector."""
    unary = {"neg": np.negative, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos}
    binary = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power}

    def f(x: Any) -> Any:
        z: list[Any] = []
        for op, *args in case["ssa"]:
            if op == "in":
                z.append(x[args[0]])
            elif op == "const":
                z.append(args[0])
            elif op == "ipow":
                z.append(z[args[0]] ** args[1])
            else:
                z.append((unary | binary)[op](*[z[a] for a in args]))
        return z[case["out"]]

    f.__name__ = case["name"]
    return f


@pytest.fixture(scope="module")
def problems() -> list[dict[str, Any]]:
    return cases("cutest_ssa")


def up_to(problems: list[dict[str, Any]], steps: int) -> list[dict[str, Any]]:
    """The problems of so many steps at most; in full all 69 of them."""
    return [case for case in problems if FULL or case["ops"] <= steps]


def gap(ours: Any, theirs: Any) -> float:
    """Relative to the norm."""
    return float(np.linalg.norm(np.subtract(ours, theirs)) / (np.linalg.norm(theirs) or 1.0))


@pytest.mark.parametrize("method", ["symbolic", "tape", "jax"])
def test_gradients_and_hessians_are_those_of_the_file(problems: list[dict[str, Any]], method: str) -> None:
    start, faults, worst = time.perf_counter(), [], 0.0
    problems = up_to(problems, SHORT[method])
    for case in problems:
        f = program(case)
        for point in case["points"] if FULL else case["points"][:1]:
            x = np.array(point["x"])
            for letter, operator in {"f": sd.value, "g": sd.grad, "H": sd.hessian}.items():
                found = gap(operator(f, method=method)(x), point[letter])
                known = 10 * point["independent_rel_diff"][letter]
                worst = max(worst, found if known < ROUNDING else 0.0)
                if not found <= known + ROUNDING:
                    faults.append((case["name"], letter, found))
    seconds = time.perf_counter() - start
    say(f"CUTEst, {method}: {len(problems)} problems in {seconds:.1f} s, none further off than {worst:.0e}")
    assert faults == []


def test_every_method_agrees_about_gradients_and_hessians(problems: list[dict[str, Any]]) -> None:
    start, faults = time.perf_counter(), []
    problems = up_to(problems, SHORT["jax"])
    for case in problems:
        point = case["points"][-1]
        report = sd.crosscheck(program(case), np.array(point["x"]), operators=["grad", "hessian"])
        faults += wrong(report) if report.ok else [f"{case['name']} {report.verdict}", *wrong(report)]
        assert {f.method for f in report.findings} == {"symbolic", "tape", "jax"}
    say(f"CUTEst, verdicts: {len(problems)} problems in {time.perf_counter() - start:.1f} s")
    assert faults == []


def test_a_gradient_written_by_hand_is_told_from_a_wrong_one(problems: list[dict[str, Any]]) -> None:
    """The file's own gradient as a claim, and with the sign of one entry turned round."""
    cases = {case["name"]: case for case in problems}
    for name in ("ROSENBR", "HATFLDA", "DIAGIQB"):
        point = cases[name]["points"][-1]
        for k in (None, *range(cases[name]["n"])):
            claimed = [-g if i == k else g for i, g in enumerate(point["g"])]
            report = sd.crosscheck(
                program(cases[name]), np.array(point["x"]), claimed=lambda x, g=claimed: g, methods=["tape"]
            )
            accused = [f.index for f in report.findings if f.verdict is Verdict.DIFFER]
            assert accused == ([] if k is None or point["g"][k] == 0.0 else [(k,)])
