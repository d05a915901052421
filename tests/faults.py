"""What tests that plant faults share, beside `symdiff.selftest.planting`."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import textwrap
from collections.abc import Callable
from typing import Any

from jax import lax

from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.inputs import function
from symdiff.problem import Problem
from symdiff.selftest.planting import FACTORS, Rule, forget, patched, pull_back, row, times, without_cotangent
from tests.second_reading import second_reading

LAMPS = "VDRB"
__all__ = [
    "FACTORS", "Rule", "accused", "forget", "patched", "pull_back", "red", "rewritten", "row", "sines_for_cosines",
    "states", "times", "with_second_reading", "without_cotangent",
]  # fmt: skip


def red(report: Report) -> str:
    """The lamps that are red, by name: "D", "RB", "" for none."""
    return "".join(name for name in LAMPS if report.lamps[name].state == "red")


def states(report: Report) -> str:
    """All four lamps: "green green off off"."""
    return " ".join(report.lamps[name].state for name in LAMPS)


def accused(report: Report) -> set[str]:
    """The methods with a DIFFER."""
    return {f.method for f in report.findings if f.verdict is Verdict.DIFFER}


def rewritten(function: Callable[..., Any], *edits: tuple[str, str]) -> Callable[..., Any]:
    """The function (or class) with its source changed: a fault as a person would make it.

    What is to be changed must be there, once, or the fault would not be planted.
    """
    source = inspect.getsource(function)
    for old, new in edits:
        assert source.count(old) == 1, f"{old!r} is {source.count(old)} times in {function.__name__}"
        source = source.replace(old, new)
    space = dict(vars(sys.modules[function.__module__]))
    exec(compile("from __future__ import annotations\n" + textwrap.dedent(source), "<fault>", "exec"), space)
    return space[function.__name__]


def sines_for_cosines(make_jaxpr: Callable[..., Any]) -> Callable[..., Any]:
    """`jax.make_jaxpr`, in whose jaxprs every cosine is a sine; those of a derivative: the primal values stay."""

    def corrupted(f: Any) -> Any:
        def trace(*args: Any) -> Any:
            closed = make_jaxpr(f)(*args)
            eqns = [e.replace(primitive=lax.sin_p) if e.primitive is lax.cos_p else e for e in closed.jaxpr.eqns]
            assert eqns != closed.jaxpr.eqns
            return closed.replace(jaxpr=closed.jaxpr.replace(eqns=eqns))

        return trace

    return corrupted


def with_second_reading(text: str, variables: tuple[str, ...] | None = None) -> Problem:
    """The text as a problem whose own callable is a reading that shares nothing with the parser."""
    problem = function(text, variables)
    reading = second_reading(text, problem.names)

    def own(*values: Any) -> float:
        if any(isinstance(v, complex) for v in values):
            raise TypeError("read at real numbers only")
        return float(reading(**dict(zip(problem.names, map(float, values), strict=True))))

    return dataclasses.replace(problem, own=own)
