"""Sums whose summands have other inputs: a kink of one says nothing of the others, and of itself all that it can.

Each function has a step without a slope (sqrt at 0, norm at 0, cbrt), so that rays decide. What is due is worked out by
hand; a wrong derivative at the same point is seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.balls import precision
from symdiff.crosscheck.judging import Case
from symdiff.crosscheck.kinks.expansions import TERMS
from symdiff.crosscheck.kinks.singular import BITS
from symdiff.crosscheck.kinks.slopes import judged
from symdiff.crosscheck.kinks.summands import parts, rows
from symdiff.crosscheck.places.terrain import Terrain
from symdiff.crosscheck.verdict import Verdict
from symdiff.inputs import function
from symdiff.methods.base import Task

ORIGIN = np.zeros(2)
AGREE, DIFFER, KINK = Verdict.AGREE, Verdict.DIFFER, Verdict.KINK


def of(f: Any, x: Any, entries: Any, operator: str = "grad", **options: Any) -> list[Verdict]:
    """The verdicts on a claim of these entries, in their order."""
    claimed = {operator: lambda *_: np.array(entries, float)}
    report = crosscheck(f, x, claimed=claimed, methods=("tape",), operators=(operator,), **options)
    return [f.verdict for f in report.findings if f.method == "claimed"]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("x*y + z", [(0, 1), (2,)]), ("2*(x - y)/3 + -z", [(0,), (1,), (2,)]), ("(x + y)**2 + z*x", [(0, 1, 2)]),
        ("x/(y + 2) + 0*z", [(0, 1), (2,)]), ("exp(x) + max(y, z)", [(0,), (1, 2)]),
        ("where(x > 0, y, z)", [(0, 1, 2)]),
        ("(x + 1)*3 - (y*2 - 3*(z + y))", [(0,), (1,), (2,)]), ("3 + x**2", [(0,)]),
    ],
)  # fmt: skip
def test_inputs_that_some_summand_has_together(text: str, groups: list[tuple[int, ...]]) -> None:
    problem: Any = function(text, variables=("x", "y", "z"))  # Any: a formula is never a piece of code
    graph = problem.graph
    assert sorted(part.inputs for part in parts(graph, graph.outputs, range(3))) == groups


def norm_and_more(x: Any) -> Any:
    """The tip of a cone in x[0] and x[1]; smooth in the others."""
    return np.sqrt(x[0] ** 2 + x[1] ** 2) + np.sum(np.tanh(x[2:]) * x[2:]) / 2


POINT = np.array([0.0, 0.0, *np.linspace(-1.0, 1.0, 30)])
SMOOTH = (np.tanh(POINT[2:]) + POINT[2:] / np.cosh(POINT[2:]) ** 2) / 2


@pytest.mark.parametrize(("first", "verdict"), [((0.0, 0.0), KINK), ((0.3, -0.2), KINK), ((1.0, 1.0), DIFFER)])
def test_a_cone_beside_many_smooth_inputs(first: tuple[float, float], verdict: Verdict) -> None:
    found = of(norm_and_more, POINT, [*first, *SMOOTH])
    assert found[:2] == [verdict] * 2
    assert set(found[2:]) == {AGREE}
    for wrong in (1e-9, math.nan):
        off = SMOOTH.copy()
        off[7] += wrong
        assert of(norm_and_more, POINT, [0.0, 0.0, *off])[9] is DIFFER


def test_second_derivatives_by_inputs_of_two_summands_are_zero() -> None:
    def f(x: Any) -> Any:
        return np.sqrt(x[0] ** 4) + np.exp(x[1]) * x[2]

    x, e = np.array([0.0, 0.5, 2.0]), math.exp(0.5)
    due = np.array([[2.0, 0.0, 0.0], [0.0, 2 * e, e], [0.0, e, 0.0]])
    assert set(of(f, x, due, "hessian")) == {AGREE}
    for at in ((0, 0), (0, 1), (1, 2), (2, 2)):
        wrong = due.copy()
        wrong[at] += 1e-6
        found = dict(zip(np.ndindex(3, 3), of(f, x, wrong, "hessian"), strict=True))
        assert found[at] is DIFFER, at
        assert found[at[::-1]] is (DIFFER if at[0] == at[1] else AGREE), at


@pytest.mark.parametrize(
    ("text", "x", "v", "verdicts"),
    [
        ("sqrt(x**2) + 3*sqrt(y**2)", (0.0, 0.0), (1.0, 2.0), {0.0: KINK, 7.0: KINK, -7.0: KINK, 7.1: DIFFER}),
        ("sqrt(x**2) + y**2", (0.0, 3.0), (0.5, 1.0), {6.0: KINK, 6.5: KINK, 5.5: KINK, 6.6: DIFFER, 0.5: DIFFER}),
        ("cbrt(x) + y", (0.0, 3.0), (2.0, 1.0), {math.inf: KINK, math.nan: KINK, 1.0: DIFFER, -math.inf: DIFFER}),
        ("cbrt(x) + y", (0.0, 3.0), (-2.0, 1.0), {-math.inf: KINK, math.inf: DIFFER}),
        ("sqrt(x**4) + y", (0.0, 3.0), (2.0, 1.0), {1.0: AGREE, 1.1: DIFFER, math.nan: DIFFER}),
    ],
)  # fmt: skip
def test_along_a_vector(text: str, x: tuple[float, float], v: Any, verdicts: dict[float, Verdict]) -> None:
    problem: Any = function(text)  # Any: a formula is never a piece of code
    for value, verdict in verdicts.items():
        with precision(BITS, TERMS):
            ((entries, slopes),) = rows(Case(problem, Task("jvp", (0, 1)), x, v))
            (found,) = judged([value], [None], slopes, Terrain(kink="here"))
        assert (entries, found.verdict) == ([0], verdict), value


def test_a_kink_beside_an_order_without_ties() -> None:
    """What the sort decides it decides all around the point: nothing need be recorded there."""

    def f(x: Any) -> Any:
        return np.sum(np.sort(np.abs(x) ** 3 + np.array([0.0, 5.0, 1.0, 9.0])) * np.arange(4.0))

    x = np.array([0.0, 1.0, 2.0, 0.5])  # 0 and 5 + 1 and 1 + 8 and 9.125: 0, 6, 9, 9.125 in their order
    report = crosscheck(f, x, operators="hessian", methods=("tape",))
    assert Verdict.UNDECIDED not in {f.verdict for f in report.findings}, str(report)
    truth = np.diag([6 * 0.0, 6 * 1.0 * 1, 6 * 2.0 * 2, 6 * 0.5 * 3])
    assert set(of(f, x, truth, "hessian")) == {AGREE}
    for wrong in (truth[::-1, ::-1], truth + 1e-9, np.full_like(truth, math.nan)):
        assert DIFFER in of(f, x, wrong, "hessian")


@pytest.mark.parametrize(
    ("f", "basis"),
    [
        (lambda x: np.sqrt(x[0] ** 2) + np.sqrt(x[1] ** 2), "certified"),
        (lambda x: np.sqrt(x[0] ** 2 + x[1] ** 2) + np.sqrt(x[2] ** 2), "measured"),
        (lambda x: np.sqrt(x[0] ** 2 + x[1] ** 2) + np.sqrt(x[2] ** 2 + x[3] ** 2), "measured"),
    ],
)
def test_what_rays_show_of_a_summand_is_measured(f: Callable[..., Any], basis: str) -> None:
    """Of one input both sides are known; of more, the slopes along some rays are."""
    n = 2 if basis == "certified" else 4
    report = crosscheck(f, np.zeros(n), claimed={"jvp": lambda x, v: 9.0 * np.sum(np.abs(v))})
    wrong = [found for found in report.findings if found.method == "claimed"]
    assert [(str(found.verdict), found.basis) for found in wrong] == [("DIFFER", basis)]
