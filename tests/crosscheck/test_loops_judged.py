"""Functions with loops are judged like any other, entry by entry or by their noise; faults on the way back are seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.methods.tape import loops
from symdiff.methods.tape.loops import Way
from tests.faults import patched, pull_back
from tests.methods.loops import CASES

EACH = pytest.mark.parametrize("name", CASES)


@EACH
def test_a_scan_is_certified_step_by_step(name: str) -> None:
    make, args = CASES[name]
    methods = ("symbolic", "tape") if name == "traps" else None
    report = sd.assert_agree(make(sd.scan), *args, wrt=tuple(range(len(args))), methods=methods)
    assert {f.basis for f in report.findings} == {"certified"}
    assert all(lamp.state == "green" for lamp in report.lamps.values())


WIDTH, LONG = 14, 150  # more scalar steps than are looked at one by one


def long_rnn() -> Any:
    data = np.random.default_rng(1).normal(size=(LONG, WIDTH))

    def f(W: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            h = np.tanh(W @ h + x)
            return h, np.sum(h**2)

        return np.sum(sd.scan(step, np.zeros(WIDTH), data)[1])

    return f


LARGE = np.random.default_rng(2).normal(size=(WIDTH, WIDTH)) / 4.0


def test_a_long_one_is_judged_by_its_noise_and_symbolic_says_why_not() -> None:
    report = sd.crosscheck(long_rnn(), LARGE)
    verdicts = {f.method: str(f.verdict) for f in report.findings}
    assert verdicts == {"symbolic": "UNSUPPORTED", "tape": "AGREE", "jax": "AGREE"}
    assert "scalar steps" in str(report)
    assert report.ok


def without_carry(self: Way, *given: Any) -> Any:
    carry, along, totals = BACK(self, *given)
    return [v * 0.0 for v in carry], along, totals


def without_earlier_totals(self: Way, values: Any, carry: Any, given: Any, totals: Any, rules: Any) -> Any:
    return BACK(self, values, carry, given, [v * 0.0 for v in totals], rules)


def in_another_order(loop: Any, graph: Any, args: Any) -> Any:
    return [v[::-1] for v in CARRIES(loop, graph, args)]


BACK, CARRIES = Way.back, loops._carries
FAULTS = {
    "the carry dropped": lambda: patched(Way, "back", without_carry),
    "the last share only": lambda: patched(Way, "back", without_earlier_totals),
    "the order reversed": lambda: patched(loops, "_carries", in_another_order),
    "a wrong pull-back in the step": lambda: pull_back(
        "tanh", lambda rule: lambda ct, y, x: rule(ct, y, x) * (1.0 + 1e-9)
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("large", [False, True])
def test_a_planted_fault_is_seen(fault: str, large: bool) -> None:
    make, args = CASES["rnn"]
    f, given = (long_rnn(), (LARGE,)) if large else (make(sd.scan), args)
    loops._known.clear()  # what a healthy sweep has written down
    with FAULTS[fault]():
        report = sd.crosscheck(f, *given)
    loops._known.clear()
    guilty = {f.method for f in report.findings if str(f.verdict) == "DIFFER"}
    assert guilty == {"tape"}
