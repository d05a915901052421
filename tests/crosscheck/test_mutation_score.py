"""The mutation score: every pull-back that a formula uses is made wrong, and every wrong one is told.

A mutant that survives must be equivalent: its program has the healthy program's value in balls, to
2**-900, at several points. One part in 10**12 is told as surely as a flipped sign: stage 1 has no tolerance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from symdiff import balls, crosscheck
from symdiff.balls import precision
from symdiff.crosscheck.verdict import Verdict
from symdiff.graph import run
from symdiff.inputs import function
from symdiff.methods import method
from symdiff.methods.base import Program, Task
from symdiff.ops import TABLE
from symdiff.problem import Problem
from tests.faults import FACTORS, pull_back, times

# formula: a generic point of its domain
FORMULAS: dict[str, tuple[float, ...]] = {
    "x**2*(x*y - 2*x**2)": (1.37, 0.61),
    "sin(x)*cos(y) - tan(x*y)": (0.7, 0.4),
    "exp(-x**2/2)/sqrt(2*pi)": (0.83,),
    "log(x)*log2(y) + log10(x*y)": (1.7, 2.3),
    "log1p(x)*expm1(y) + exp2(x)": (0.3, 0.9),
    "logaddexp(x, 2*y)*x": (0.7, 0.2),
    "asin(x)*acos(y) + atan(x*y)": (0.3, 0.6),
    "atan2(y, x)*hypot(x, y)": (1.2, 0.7),
    "sinh(x)*cosh(y) + tanh(x*y)": (0.8, 0.5),
    "asinh(x) + acosh(1 + y)*atanh(x/2)": (0.6, 0.9),
    "x**y + y**2.5": (1.3, 0.8),
    "cbrt(x)*x**-2 + sqrt(y)": (1.9, 0.8),
    "erf(x)*erfc(y)": (0.4, 0.7),
    "gamma(x)*lgamma(y)": (2.3, 3.1),
    "digamma(x) + polygamma(1, y)*x": (1.9, 2.7),
    "beta(x, y)": (1.3, 2.2),
    "abs(x - y)*max(x, y)": (0.4, 1.1),
    "min(x, y)**2 + clip(x*y, -1, 1)": (0.4, 0.9),
    "where(x > y, x*y, x + y)/y": (1.4, 0.9),
    "mod(x*y, 1.3) - floor(x)*y": (2.6, 1.7),
    "sigmoid(x)*softplus(y)": (0.9, -0.3),
    "relu(x)*leaky_relu(y) + silu(x)": (0.9, -0.3),
    "elu(-x)*selu(y)": (0.7, -0.6),
    "gelu(x)*gelu_tanh(y)": (0.8, -0.4),
    "-(x/(y + x))**3": (0.7, 0.4),
    "z1 = sin(x); z2 = z1*z1; z3 = z2*y; z3 - z1/z3": (0.7, 1.6),
}
MUTATIONS: dict[str, Callable[[Any], Any]] = {name: times(f) for name, f in FACTORS.items()}


def sites(problem: Problem) -> Iterator[tuple[str, int]]:
    """The pull-backs that the tape uses: (op, argument), where something varies."""
    varies, seen = problem.graph.varying(), set()
    for i in problem.graph.live():
        node = problem.graph.nodes[i]
        for k, a in enumerate(node.args):
            site = node.op, k
            if node.op != "where" and varies[a] and TABLE[node.op].vjp[k] is not None and site not in seen:
                seen.add(site)
                yield site


def told(text: str, point: Sequence[float]) -> bool:
    report = crosscheck(text, *point, methods=("tape",))
    return any(f.verdict is Verdict.DIFFER for f in report.findings)


def nearby(point: Sequence[float]) -> list[tuple[float, ...]]:
    return [tuple(v * s for v in point) for s in (1.0, 1.0009765625, 0.9990234375)]


def program(text: str, point: Sequence[float]) -> Program:
    problem = function(text)
    found = method("tape").answer(problem, Task("grad", tuple(range(len(point)))), point).program
    assert found is not None
    return found


def is_equivalent(healthy: Program, mutant: Program, point: Sequence[float]) -> bool:
    """Whether two programs have one value: at several points, to 900 bits."""
    for x in nearby(point):
        with precision(1000):
            values = [run(p.graph, "ball", [balls.const(v) for v in x], balls.const) for p in (healthy, mutant)]
            pairs = zip(
                *([v[o].value for o in p.graph.outputs] for v, p in zip(values, (healthy, mutant), strict=True)),
                strict=True,
            )
            if not all(abs(a - b).upper() < 2.0**-900 for a, b in pairs):
                return False
    return True


def test_every_mutant_is_told_or_equivalent() -> None:
    killed, equivalent, survived, per_mutation = 0, [], [], dict.fromkeys(MUTATIONS, 0)
    for text, point in FORMULAS.items():
        assert not told(text, point), text
        healthy = program(text, point)
        for op, k in sites(function(text)):
            for name, mutate in MUTATIONS.items():
                with pull_back(op, mutate, k):
                    if told(text, point):
                        killed += 1
                        per_mutation[name] += 1
                        continue
                    same = is_equivalent(healthy, program(text, point), point)
                (equivalent if same else survived).append((text, op, k, name))
    print(f"mutants: {killed} killed, {len(equivalent)} equivalent, {len(survived)} survived")  # noqa: T201 -- the figures, for whoever runs it with -s
    print(per_mutation, *equivalent, sep="\n")  # noqa: T201 -- the figures, for whoever runs it with -s
    assert survived == []
    assert killed >= 900
    assert len(equivalent) <= 30
    ops = {op for text in FORMULAS for op, _ in sites(function(text))}
    assert len(ops) >= 45, sorted(ops)


# -- the same as somebody's own derivative ---------------------------------------------------------------


def claim(text: str, op: str, k: int, mutate: Callable[[Any], Any], *, recordable: bool) -> Callable[..., Any]:
    """The tape's program with one faulty rule, as a function that a user hands over."""
    problem = function(text)
    task = Task("grad", tuple(range(len(problem.names))))

    def gradient(*x: Any) -> Any:
        at = tuple(FORMULAS[text])
        with pull_back(op, mutate, k):
            found = method("tape").answer(problem, task, at).program
        assert found is not None
        if not recordable:
            x = tuple(float(v) for v in x)  # a recorded value is no float: the claim stays closed
        with np.errstate(all="ignore"):
            values = run(found.graph, "__call__", x, float)
        return [values[o] for o in found.graph.outputs]

    return gradient


CLAIMED = [
    ("x**2*(x*y - 2*x**2)", "mul", 0), ("sin(x)*cos(y) - tan(x*y)", "tan", 0),
    ("exp(-x**2/2)/sqrt(2*pi)", "exp", 0),
    ("atan2(y, x)*hypot(x, y)", "hypot", 1), ("x**y + y**2.5", "power", 1), ("erf(x)*erfc(y)", "erfc", 0),
    ("sigmoid(x)*softplus(y)", "sigmoid", 0), ("gelu(x)*gelu_tanh(y)", "gelu", 0),
    ("log1p(x)*expm1(y) + exp2(x)", "exp2", 0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "op", "k"), CLAIMED)
@pytest.mark.parametrize("recordable", [True, False], ids=["recordable", "closed"])
def test_a_wrong_claim_is_told_and_a_right_one_is_not(text: str, op: str, k: int, recordable: bool) -> None:
    """A closed claim has stage 2 only: one part in 10**12 is still hundreds of ulps."""
    healthy = crosscheck(text, *FORMULAS[text], claimed=claim(text, op, k, times(1.0), recordable=recordable))
    assert {f.verdict for f in healthy.findings if f.method == "claimed"} == {Verdict.AGREE}
    for name, mutate in MUTATIONS.items():
        report = crosscheck(
            text,
            *FORMULAS[text],
            claimed=claim(text, op, k, mutate, recordable=recordable),
            methods=("tape",),
        )
        verdicts = {f.verdict for f in report.findings if f.method == "claimed"}
        assert Verdict.DIFFER in verdicts, name


@pytest.mark.parametrize("wrong", [1 + 2.0**-29, 1 + 2.0**-49, 1 + 1e-14])
def test_a_recordable_claim_is_told_below_what_floats_can_show(wrong: float) -> None:
    report = crosscheck("sin(x)*y", 0.7, 1.3, claimed=lambda x, y: (np.cos(x) * y * wrong, np.sin(x)))
    first, second = (f for f in report.findings if f.method == "claimed")
    assert first.verdict is Verdict.DIFFER
    assert first.reason == "the rule is wrong"
    assert second.verdict is Verdict.AGREE


@pytest.mark.parametrize(
    "claimed", [lambda x: np.exp2(x) * np.log(2.0), "0.6931471805599453*exp2(x)"], ids=["code", "text"]
)
def test_a_right_claim_with_a_rounded_literal_is_not_accused(claimed: Any) -> None:
    """log 2 is no double: a claim can only know it to its last place."""
    report = crosscheck("exp2(x)", 0.7, claimed=claimed)
    assert {f.verdict for f in report.findings} == {Verdict.AGREE}


def test_a_rounded_literal_is_no_excuse_for_a_wrong_one() -> None:
    report = crosscheck("exp2(x)", 0.7, claimed=lambda x: np.exp2(x) * 0.69314718056)
    assert report.findings[-1].verdict is Verdict.DIFFER
