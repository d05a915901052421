"""Faults of the op table: every pull-back made wrong in every way, and every column off by a little."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any

import numpy as np

from symdiff import balls
from symdiff.arrays import flat
from symdiff.balls import precision
from symdiff.crosscheck.check import crosscheck
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.graph import run
from symdiff.methods import method
from symdiff.methods.base import Program, Task
from symdiff.ops import TABLE, Lacking
from symdiff.selftest.planting import (
    FACTORS,
    NotHere,
    pull_back,
    row,
    swapped_arguments,
    times,
    without_cotangent,
    wrong_axis,
)
from symdiff.selftest.probes import Probe, Site
from symdiff.selftest.score import EQUIVALENT, KILLED, SURVIVED, Mutant

Mutation = Callable[[Callable[..., Any]], Callable[..., Any]]
MUTATIONS: dict[str, Mutation] = {
    **{name: times(factor) for name, factor in FACTORS.items()},
    "without its cotangent": without_cotangent,
    "arguments swapped": swapped_arguments,
    "wrong axis": wrong_axis,
}
SHORT = ("sign", "dropped", "1e-9", "arguments swapped", "wrong axis")
OFF = {"sympy": 1e-9, "jax": 1e-6, "ball": 1e-9}  # relative; JAX's own beta function is off by up to 2e-6
ALIKE = 2.0**-900
SECOND_ORDER = ("scatter",)  # rows that only a second derivative pulls back through


def checked(probe: Probe, methods: Sequence[str] = ("tape",)) -> Report:
    """The check that a user would make."""
    operators = ("grad", "hessian") if probe.name in SECOND_ORDER else ("grad",)
    return crosscheck(probe.f, *probe.args, wrt=probe.wrt, methods=methods, operators=operators)


def pull_backs(probe: Probe, sites: Sequence[Site], full: bool) -> Iterator[Mutant]:
    """Every pull-back of these, made wrong in every way (or in a few)."""
    if not sites:
        return
    healthy = _programs(probe)
    for op, k in sites:
        binary = not TABLE[op].variadic and TABLE[op].arity > 1
        for fault, mutate in MUTATIONS.items():
            if (fault == "arguments swapped" and not binary) or not (full or fault in SHORT):
                continue
            if fault == "wrong axis" and TABLE[op].partials is not None:
                continue  # of an elementwise row no axis is its own
            where = f"{probe.name}: argument {k + 1} of {op}"
            with suppress(NotHere):
                yield _mutant(probe, where, fault, op, lambda op=op, k=k, m=mutate: pull_back(op, m, k), healthy)


def _mutant(
    probe: Probe, where: str, fault: str, op: str, plant: Callable[[], AbstractContextManager[None]],
    healthy: Shown | None,
) -> Mutant:  # fmt: skip
    with plant():
        try:
            report = checked(probe)
        except NotHere:
            raise
        except Exception as e:  # noqa: BLE001 - shapes that do not fit any more are seen by whoever meets them
            return Mutant("pull-backs", where, fault, KILLED, None, f"{type(e).__name__}: {e}"[:200])
        wrong = [f for f in report.findings if f.verdict is Verdict.DIFFER]
        if wrong:
            named = report.blame[0] if report.blame else "no step is named"
            guilty = bool(re.search(rf"= {re.escape(op)}\b", named))
            return Mutant("pull-backs", where, fault, KILLED, guilty, named)
        same = _alike(healthy, _programs(probe))
    if same:
        proof = "its program has the healthy program's value in balls, to 2**-900, at three points"
        return Mutant("pull-backs", where, fault, EQUIVALENT, proof=proof)
    return Mutant("pull-backs", where, fault, SURVIVED, said=str(report.verdict))


Shown = list[tuple[Program, tuple[float, ...]]]  # programs, and where each was written down


def _programs(probe: Probe) -> Shown | None:
    """The tape's gradient program, entry by entry, at three points; None where it cannot be shown."""
    found: Shown = []
    for scale in (1.0, 1.0009765625, 0.9990234375):
        args = [np.asarray(a) * scale for a in probe.args]
        problem = Probe(probe.name, probe.f, tuple(args)).problem().scalars(args)
        point = tuple(float(v) for v in flat(args))
        program = method("tape").answer(problem, Task("grad", tuple(range(len(point)))), point, ()).program
        if program is None:
            return None
        found.append((program, point))
    return found


def _alike(healthy: Shown | None, mutant: Shown | None) -> bool:
    """Whether the programs have one value, at their points, to 900 bits."""
    if healthy is None or mutant is None:
        return False
    with precision(1000):
        for (a, x), (b, _) in zip(healthy, mutant, strict=True):
            values = [run(p.graph, "ball", [balls.const(v) for v in x], balls.const) for p in (a, b)]
            pairs = zip(
                *([v[o].value for o in p.graph.outputs] for v, p in zip(values, (a, b), strict=True)), strict=True
            )
            if not all(abs(one - other).upper() < ALIKE for one, other in pairs):
                return False
    return True


def columns(probe: Probe) -> Iterator[Mutant]:
    """Each column of an elementwise row a little off: its check does not pass, and no other method is accused. Where
    it is the reference that is off, all of them are."""
    may_be_accused = {"sympy": {"symbolic"}, "jax": {"jax"}, "ball": {"symbolic", "tape", "jax"}}
    for column, methods in may_be_accused.items():
        if isinstance(getattr(TABLE[probe.name], column), Lacking):
            continue  # there is none to be off
        with row(probe.name, **{column: _off(getattr(TABLE[probe.name], column), OFF[column])}):
            report = checked(probe, ("symbolic", "tape", "jax"))
        accused = {f.method for f in report.findings if f.verdict is Verdict.DIFFER}
        fate = KILLED if not report.ok and accused <= methods else SURVIVED
        said = f"{report.verdict}: {', '.join(sorted(accused)) or 'nobody'} accused"
        yield Mutant("columns", f"{probe.name}: {column}", f"{OFF[column]:g}", fate, said=said)


def _off(column: Callable[..., Any], by: float) -> Callable[..., Any]:
    return lambda *args, **params: column(*args, **params) * (1 + by)
