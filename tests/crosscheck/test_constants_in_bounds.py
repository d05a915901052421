"""Constants that a program works out for itself: 2.0 - 1.0 is 1.0, and nobody rounds there."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck import Verdict
from symdiff.crosscheck.certified.rounding import UNIT, bounds
from symdiff.methods.base import Program


@pytest.mark.parametrize("exponent", ["2.0", "3.0", "-2.0", "7.0"])
@pytest.mark.parametrize("x", [-0.5, -3.0, 1.25])
def test_a_base_below_zero_has_bounds(exponent: str, x: float) -> None:
    """The exponent of x**(2.0 - 1.0) is a whole number for certain; x**(1 + 1e-16) would be no number at all."""
    report = sd.crosscheck(f"x**({exponent})", at={"x": x})
    assert report.ok
    assert all(f.bound is not None and f.bound < 1e-13 * abs(f.reference or 0.0) for f in report.findings)


def test_a_wrong_claim_beside_it_is_seen() -> None:
    def f(x):
        return np.sum((x[1:] - x[:-1] ** 2.0) ** 2.0)

    def claimed(x):  # cannot be recorded: its answer is written into
        a, b = float(x[0]), float(x[1])
        return [-4.0 * a * (b - a * a) * (1 + 1e-6), 2.0 * (b - a * a)]

    report = sd.crosscheck(f, np.array([-0.5, 1.5]), claimed=claimed)
    assert [(g.method, g.index) for g in report.findings if g.verdict is Verdict.DIFFER] == [("claimed", (0,))]


@pytest.mark.parametrize(("left", "right", "rounded"), [(2.0, 1.0, False), (0.1, 0.2, True), (1e16, 1.0, True)])
def test_a_sum_of_constants_is_rounded_where_it_is_no_float64(left: float, right: float, rounded: bool) -> None:
    graph = sd.function("x").graph.copy()
    graph.outputs = (graph.apply("mul", graph.inputs[0], graph.apply("add", graph.const(left), graph.const(right))),)
    (found,) = bounds(Program(graph), [3.0])
    once = UNIT * 3.0 * (left + right)
    assert found.program == pytest.approx(2 * once if rounded else once, rel=1e-9)


def test_what_a_constant_was_rounded_to_still_counts() -> None:
    graph = sd.function("x").graph.copy()
    graph.outputs = (graph.apply("mul", graph.inputs[0], graph.apply("sub", graph.const(2.0), graph.const(0.7))),)
    tight, loose = (bounds(Program(graph, loose=frozenset(some)), [3.0])[0].program for some in ((), (0.7,)))
    assert loose > tight
