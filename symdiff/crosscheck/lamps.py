"""The four lamps: what agreement of three methods cannot see by itself.

V  the values agree between the methods;       D  the derivatives agree with the reference;
R  the graph replays the caller's function;    B  a black-box derivative of the caller's function, which
                                                  never saw the graph, agrees with the reference.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from symdiff.balls import precision
from symdiff.crosscheck.judging import Case, findings
from symdiff.crosscheck.report import Finding, Lamp
from symdiff.crosscheck.rounding import bounds
from symdiff.crosscheck.terrain import Terrain
from symdiff.crosscheck.verdict import DECIDED, Verdict
from symdiff.errors import UnsupportedError
from symdiff.methods import method as find_method
from symdiff.methods.ball import enclosures
from symdiff.methods.base import Task
from symdiff.problem import Problem

NO_CALLABLE = "text has no callable of its own"
BLACK_BOX_POINTS = 3  # black-box derivatives cost dozens of calls of the caller's function each


def values(problem: Problem, points: Sequence[tuple[tuple[float, ...], Terrain]], methods: Sequence[str]) -> Lamp:
    """V: each method's value of the function, judged like any other entry."""
    found: list[Finding] = []
    for number, (x, terrain) in enumerate(points):
        found += findings(Case(problem, Task("value", ()), x, (), number), methods, [], terrain)
    return from_findings(found)


def from_findings(found: Sequence[Finding]) -> Lamp:
    """The lamp that a set of findings lights: red for a DIFFER, unsure where nothing could be decided."""
    wrong = [f for f in found if f.verdict is Verdict.DIFFER]
    if wrong:
        methods = ", ".join(dict.fromkeys(f.method for f in wrong))
        return Lamp("red", f"{methods}: {wrong[0].reason}")
    if any(f.verdict in DECIDED for f in found):
        return Lamp("green")
    open_ = [f for f in found if f.verdict is Verdict.UNDECIDED]
    return Lamp("unsure", open_[0].reason) if open_ else Lamp("off", found[0].reason if found else "nothing to look at")


def replay(problem: Problem, points: Sequence[tuple[tuple[float, ...], Terrain]]) -> Lamp:
    """R: the caller's own function against the certified value of the graph."""
    if problem.own is None:
        return Lamp("off", NO_CALLABLE)
    task, lamp = Task("value", ()), Lamp("off", "no point inside the domain")
    for x, terrain in points:
        if terrain.outside or terrain.unsure:
            continue
        program = find_method("tape").answer(problem, task, x).program
        assert program is not None  # the tape always shows its program
        limits = bounds(program, x)
        with precision(terrain.bits):
            truth = enclosures(problem, task, x, ())
        for y, own, limit in zip(truth, _components(problem, x), limits, strict=True):
            if own == float(y):  # inf, too, of which no difference can be taken
                continue
            error = abs(own - float(y)) if math.isfinite(own) else math.inf
            if not error <= 2 * limit.program + 4 * math.ulp(float(y)) or math.isinf(error):
                return Lamp("red", f"own function gives {own!r}, the graph {float(y)!r} at {_at(problem, x)}")
        lamp = Lamp("green")
    return lamp


def black_box(problem: Problem, wrt: tuple[int, ...], points: Sequence[tuple[tuple[float, ...], Terrain]]) -> Lamp:
    """B: extrapolated differences of the caller's own function against the reference.

    A witness: it can accuse, beyond ten times its own estimated error; it cannot certify.
    """
    if problem.own is None:
        return Lamp("off", NO_CALLABLE)
    task, lamp = Task("jacobian", wrt), Lamp("off", "no point without a kink")
    for x, terrain in [p for p in points if p[1].ordinary][:BLACK_BOX_POINTS]:
        with precision(terrain.bits, order=1):
            truth = [float(t) for t in enclosures(problem, task, x, ())]
        seen = _witness(problem, task, x)
        for k, t, value, error in zip(range(len(truth)), truth, *seen, strict=True):
            if not error <= 0.1 * abs(t) + 1e-8:
                lamp = Lamp("unsure", "the differences do not settle")
            elif not abs(value - t) <= 10 * error + 1e-6 * abs(t):
                name = problem.names[wrt[k % len(wrt)]]
                return Lamp("red", f"differences of the own function give d/d{name} = {value:.9g}, not {t:.9g}")
            elif lamp.state == "off":
                lamp = Lamp("green")
    return lamp


def _witness(problem: Problem, task: Task, x: Sequence[float]) -> tuple[list[float], list[float]]:
    """Differences of the caller's own function; the complex step where it agrees with them."""
    from symdiff.methods.black_box import BlackBox

    differences, step = find_method("finite_difference"), find_method("complex_step")
    assert isinstance(differences, BlackBox)
    assert isinstance(step, BlackBox)

    def own(point: Sequence[complex]) -> list[complex]:
        # a Python complex: NumPy's would be cast to real with a warning, this one with a TypeError
        plain = [complex(v) if isinstance(v, complex) else v for v in point]
        try:
            return _components(problem, plain)
        except (ArithmeticError, ValueError):  # math.log(-1), 1/0: not defined there
            return [math.nan] * len(problem.graph.outputs)

    seen = differences.estimate(own, task, x)
    try:
        sharper = step.estimate(own, task, x)
    except (TypeError, ValueError, UnsupportedError):  # it takes no complex numbers
        return seen.values, seen.errors
    agree = [abs(a - b) <= 10 * e for a, b, e in zip(seen.values, sharper.values, seen.errors, strict=True)]
    pick = [
        (s, 0.0) if ok else (d, e) for ok, s, d, e in zip(agree, sharper.values, seen.values, seen.errors, strict=True)
    ]
    return [v for v, _ in pick], [e for _, e in pick]


def _components(problem: Problem, x: Sequence[complex]) -> list:
    assert problem.own is not None
    with np.errstate(all="ignore"):  # overflow is an answer here, and no warning
        result = problem.own(*x)
    return list(result) if problem.vector else [result]


def _at(problem: Problem, x: Sequence[float]) -> str:
    return ", ".join(f"{n} = {float(v):.6g}" for n, v in zip(problem.names, x, strict=True))
