"""What is likely wrong with a claimed derivative: its numbers beside the right ones, here and at points nearby.

First the patterns of the numbers (a sign, a factor, a transposition, one side of a kink), then the slips of the chain
rule that give just these numbers. Nobody's verdict depends on it: what cannot be named is left without a name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem
from symdiff.crosscheck.claimed.claimed_arrays import called, expected
from symdiff.crosscheck.claimed.claims import Claim
from symdiff.crosscheck.claimed.narrow_parts import narrow_part
from symdiff.crosscheck.claimed.nearness import NEAR, ROUNDING, Seen
from symdiff.crosscheck.claimed.patterns import pattern, vague_pattern
from symdiff.crosscheck.claimed.slips import Trial, slip
from symdiff.crosscheck.draws import around
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.sites import Place, Site, Taken
from symdiff.crosscheck.verdict import Verdict
from symdiff.graph import Graph
from symdiff.methods import method as find_method
from symdiff.methods.base import Task
from symdiff.methods.tape.sweep import rules_of
from symdiff.problem import Problem

FURTHER = 4  # points nearby
TRIES = 20
ASKED_ABOUT = (Verdict.DIFFER, Verdict.UNDECIDED)
Answers = Callable[[Sequence[Any]], Sequence[np.ndarray]]


def diagnosed(
    places: Sequence[Taken] | Sequence[Site], claims: Sequence[Claim], findings: Sequence[Finding]
) -> list[Finding]:
    """The findings, with the likely mistake of every claim that is wrong and has no diagnosis yet."""
    said: dict[tuple[str, str, int], str] = {}
    for claim in claims:
        for number, place in enumerate(places):
            about = [f for f in findings if (f.method, f.operator, f.point) == (claim.name, claim.operator, number)]
            open_ = [f for f in about if f.verdict in ASKED_ABOUT and f.value is not None]
            if not open_ or any(f.diagnosis for f in about):
                continue
            with suppress(Exception):  # a diagnosis is a courtesy: it must not take the check down
                said[claim.name, claim.operator, number] = _diagnosis(place, replace(claim, remarks=[]), about)
    return [
        replace(f, diagnosis=said[key]) if (key := (f.method, f.operator, f.point)) in said
        and f.verdict in ASKED_ABOUT and not f.diagnosis else f for f in findings
    ]  # fmt: skip


def _diagnosis(place: Taken | Site, claim: Claim, about: Sequence[Finding]) -> str:
    if claim.operator in ("grad", "value_and_grad"):
        return _of_a_formula(place, claim) if isinstance(place, Site) else _of_code(place, claim)
    if claim.operator in ("jacobian", "hessian") and not isinstance(place, Site):
        recording, leaves, args = place
        problem, task = recording.problem, Task(claim.operator, tuple(range(len(leaves))))
        found = called(replace(claim, site=Place(recording, args)), problem, task, leaves, [])
        right = find_method("tape").arrays(problem, task, leaves, [])
        shapes = expected(problem, task)
        names = ["it"] if len(shapes) == 1 else [f"array {k + 1}" for k in range(len(shapes))]
        right = [np.reshape(r, s) for r, s in zip(right, shapes, strict=True)]
        seen = [Seen(found, right, rounding=_rounding(problem))]
        return pattern(seen, names) or vague_pattern(seen, names)
    both = [(f.value, f.reference) for f in about if f.value is not None and f.reference is not None]
    seen = Seen([np.array([v for v, _ in both])], [np.array([r for _, r in both])])
    return pattern([seen], [""]) if len(both) == len(about) > 1 else ""


def _of_code(place: Taken, claim: Claim) -> str:
    recording, leaves, args = place
    problem: ArrayProblem = recording.problem
    exact, task = problem.in_float64(), Task(claim.operator, tuple(range(len(leaves))))
    first = int(claim.operator == "value_and_grad")

    def answers(moved: Sequence[Any]) -> Sequence[np.ndarray]:
        there = Place(recording, recording.arguments(args, moved, problem.dtype))
        return called(replace(claim, site=there), problem, task, moved, [])[first:]

    function = _Function(problem.graph, range(len(leaves)), answers, _rounding(problem))
    return _named(function, leaves, problem.names, exact.holds)


def _rounding(problem: ArrayProblem) -> float:
    return ROUNDING if problem.dtype == "float64" else NEAR


def _of_a_formula(site: Site, claim: Claim) -> str:
    problem: Problem = site.problem
    task = site.task(claim.operator)
    first = int(claim.operator == "value_and_grad")

    def answers(moved: Sequence[Any]) -> Sequence[np.ndarray]:
        entries = claim.answer(problem, task, [np.float64(v) for v in moved], ()).entries[first:]
        return [np.array(v) for v in entries]

    names = [problem.names[k] for k in site.wrt]
    function = _Function(problem.graph, site.wrt, answers)
    return _named(function, [np.float64(v) for v in site.x], names, lambda _: True)


@dataclass(frozen=True)
class _Function:
    """What is differentiated by which leaves, and what the claim answers at others."""

    graph: Graph
    wrt: Sequence[int]
    answers: Answers
    rounding: float = ROUNDING

    def at(self, leaves: Sequence[Any]) -> tuple[Trial, Seen]:
        """What is right and what is claimed at a point."""
        trial = Trial(self.graph, leaves, self.wrt)
        found = [np.asarray(v, float) for v in self.answers(leaves)]
        x = [np.asarray(leaves[k], float) for k in self.wrt]
        return trial, Seen(found, trial.gradient(rules_of), x, self.rounding)


def _named(
    function: _Function, leaves: Sequence[Any], names: Sequence[str], holds: Callable[[list[Any]], bool]
) -> str:
    """The mistake that explains what the claim says at this point and at some nearby."""
    trial, here = function.at(leaves)
    trials, seen = [trial], [here]
    for moved in _nearby(leaves, holds):
        with suppress(Exception):  # the claim may object to a point that nobody asked for
            trial, there = function.at(moved)
            if there.finite:
                trials.append(trial)
                seen.append(there)
    if not seen[0].finite:
        return ""
    graph = function.graph
    sizes = sorted({n for node in graph.nodes for n in node.shape})
    ops = {node.op for node in graph.nodes}
    narrow = partial(narrow_part, lambda t: function.at([v * (1 + t) for v in leaves])[1])
    return (
        pattern(seen, names, sizes, ops) or slip(trials, seen) or narrow() or vague_pattern(seen, names, sizes, ops)
    )


def _nearby(leaves: Sequence[Any], holds: Callable[[list[Any]], bool]) -> list[list[Any]]:
    """Points around, at which the function takes the same branches."""
    rng, found = np.random.default_rng(0), []
    for _ in range(TRIES):
        if len(found) == FURTHER:
            break
        moved = [around(rng, v)[()] for v in leaves]
        if holds([np.asarray(m) for m in moved]):
            found.append(moved)
    return found
