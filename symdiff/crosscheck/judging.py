"""One operator at one point: every method and claim answers, and every entry gets its verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from flint import arb

from symdiff.balls import precision
from symdiff.crosscheck.certified.fusion import fused
from symdiff.crosscheck.certified.rounding import Bounds, bounds, of_constants
from symdiff.crosscheck.certified.stage1 import WITNESSES, Certified, certify
from symdiff.crosscheck.claimed.claim_faults import ClaimFault
from symdiff.crosscheck.claimed.claims import Claim
from symdiff.crosscheck.places.terrain import LAST_BITS, Terrain
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.verdict import Judgement, Verdict, judge
from symdiff.errors import BrokenRule, UnsupportedError
from symdiff.graph import Graph
from symdiff.methods import method as find_method
from symdiff.methods.ball import order
from symdiff.methods.base import Answer, Program, Task
from symdiff.problem import Problem

FOLDED = 8.0  # last places by which a constant may be off that was computed from the function's own
LIBRARY = 8.0  # how much less accurate than NumPy's a library's own functions may be, where it cannot be opened


@dataclass(frozen=True)
class Case:
    """What is judged: an operator of a function at a numbered point, with a vector where it takes one. `again` records
    the caller's function at another point, entry by entry; None for a formula."""

    problem: Problem
    task: Task
    x: tuple[float, ...]
    vector: tuple[float, ...] = ()
    number: int = 0
    again: Callable[[Sequence[float]], Graph] | None = None

    @cached_property
    def indices(self) -> list[tuple[int, ...]]:
        """The index of every entry."""
        return self.task.indices(self.problem)

    def finding(
        self, method: str, k: int, value: float | None, judgement: Judgement, reference: float | None = None,
        bound: float | None = None,
    ) -> Finding:  # fmt: skip
        argument, index, component = self._said[k]
        return Finding(
            method, self.task.name, argument, index, self.number, value, reference, judgement.error_ulps, bound,
            judgement.basis, judgement.verdict, judgement.reason, component=component,
        )  # fmt: skip

    @cached_property
    def _said(self) -> list[tuple[str, tuple[int, ...], str]]:
        """What a finding says of every entry: argument, place in its array, component."""
        names, origin, wrt, result = self.problem.names, self.problem.origin, self.task.wrt, []
        for index in self.indices:
            component, by = self._split(index)
            place = origin.place(component, [wrt[j] for j in by]) if origin else index
            result.append(("; ".join(names[wrt[j]] for j in by), place, self._component(component)))
        return result

    def faults(self, method: str, why: str) -> list[Finding]:
        """What is wrong with an answer as a whole, said of every entry; once, and of none, where there is no entry."""
        judgement = Judgement(Verdict.DIFFER, "", why)
        if self.indices:
            return [self.finding(method, k, None, judgement) for k in range(len(self.indices))]
        at = (self.task.name, "", (), self.number)
        return [Finding(method, *at, None, None, None, None, "", Verdict.DIFFER, why)]

    def places(self) -> dict[tuple[str, str, tuple[int, ...]], tuple[int, ...]]:
        """The index of every entry by what a finding says of it: component, argument, place in its array."""
        each = zip(self._said, self.indices, strict=True)
        return {(component, argument, place): i for (argument, place, component), i in each}

    def _split(self, index: tuple[int, ...]) -> tuple[int | None, tuple[int, ...]]:
        """An entry's index as the component of the function and the positions of the variables."""
        if self.problem.vector and self.task.operator != "vjp":
            return index[0], () if self.task.operator in ("value", "jvp") else index[1:]
        return None, () if self.task.operator in ("value", "jvp") else index

    def _component(self, component: int | None) -> str:
        if component is None:
            return ""
        return self.problem.origin.component(component) if self.problem.origin else f"[{component}]"


def findings(case: Case, methods: Iterable[str], claims: Sequence[Claim], terrain: Terrain) -> list[Finding]:
    """Judge every method's and every claim's entries."""
    answers: dict[str, Answer] = {}
    refused: dict[str, str] = {}
    faulty: dict[str, str] = {}
    for name in methods:
        try:
            answers[name] = find_method(name).answer(case.problem, case.task, case.x, case.vector)
        except BrokenRule as e:
            faulty[name] = str(e)
        except UnsupportedError as e:
            refused[name] = str(e)
        except RecursionError:
            refused[name] = "the expression is nested too deeply for this method's library"
    for claim in claims:
        if claim.operator == case.task.name:
            try:
                theirs = claim.answer(case.problem, case.task, case.x, case.vector)
                answers[claim.name] = replace(theirs, slack=_slack(case, answers))
            except ClaimFault as e:
                faulty[claim.name] = str(e)
    count = range(len(case.indices))
    result = [
        case.finding(m, k, None, Judgement(Verdict.UNSUPPORTED, "", why)) for m, why in refused.items() for k in count
    ]
    result += [fault for m, why in faulty.items() for fault in case.faults(m, why)]
    if terrain.ordinary or (case.task.operator == "value" and not terrain.outside):
        return result + _ordinary(case, answers, terrain)
    if terrain.kink and not terrain.outside:
        from symdiff.crosscheck.kinks import kinked  # it judges by what is here

        if kinked.decidable(case, terrain):
            return result + kinked.findings(case, answers, terrain)
        from symdiff.crosscheck.kinks import singular

        if singular.decidable(case, terrain):
            return result + singular.findings(case, answers, terrain)
    return result + [_special(case, m, k, a.entries[k], terrain) for m, a in answers.items() for k in count]


def _slack(case: Case, answers: Mapping[str, Answer]) -> tuple[float, ...]:
    """What the constants that a JAX function computes in a narrower dtype leave open for everybody."""
    origin = case.problem.origin
    if origin is None or not origin.rounds_constants:
        return ()
    if "jax" in answers:
        return answers["jax"].slack
    try:
        return find_method("jax").answer(case.problem, case.task, case.x, case.vector).slack
    except UnsupportedError:
        return ()


def _ordinary(case: Case, answers: dict[str, Answer], terrain: Terrain) -> list[Finding]:
    """At a point without kinks; a step may have no second or third derivative there, as x**2.5 at 0."""
    found = certified(case, answers, terrain)
    if order(case.task) > 1 and any(f.reference is None and f.verdict is Verdict.UNDECIDED for f in found):
        from symdiff.crosscheck.kinks import singular

        if singular.decidable(case, terrain):
            return singular.findings(case, answers, replace(terrain, kink="f, of this order,"))
    return found


def _special(case: Case, method: str, k: int, value: float, terrain: Terrain) -> Finding:
    """At a point where there is nothing to compare with: what kind of point, and who answered all the same."""
    if terrain.outside:
        answered = f"; {method} returns {value:.6g} all the same" if math.isfinite(value) else ""
        judgement = Judgement(Verdict.OUTSIDE_DOMAIN, "certified", terrain.outside + answered)
    elif terrain.kink:
        judgement = Judgement(Verdict.UNDECIDED, "", f"kink: {terrain.kink}")
    else:
        judgement = Judgement(Verdict.UNDECIDED, "", terrain.unsure)
    return case.finding(method, k, value, judgement)


def certified(
    case: Case, answers: dict[str, Answer], terrain: Terrain, last_bits: int = LAST_BITS
) -> list[Finding]:  # fmt: skip
    """The findings on these answers at an ordinary point, with `last_bits` at most (see `certify`)."""
    found = _certified(case, answers, terrain, last_bits, {})
    doubted = (Verdict.DIFFER, Verdict.UNDECIDED)
    accused = {f.method for f in found if f.verdict in doubted and f.method.startswith("claimed")}
    suspects = {n: a for n, a in answers.items() if n in accused and a.program is not None}
    folded = _folded(case, answers) if suspects else []
    if not folded:
        return found
    both = {n: a for n, a in answers.items() if n in suspects or n in WITNESSES}  # of many entries, the truth is theirs
    again = iter(_certified(case, both, terrain, last_bits, dict.fromkeys(suspects, folded)))
    later = [next(again) if f.method in both else f for f in found]
    return [new if new.method in suspects else old for old, new in zip(found, later, strict=True)]


def _folded(case: Case, answers: Mapping[str, Answer]) -> list[float]:
    """How far off an entry of a claim may be because of what NumPy computed from the function's own constants before
    anything could be recorded, the mean of given weights for instance. Empty where that is nothing.

    What is computed in a few steps is what it would be exactly, for constants that are off by a few last places
    (backward errors: Higham, section 1.5).
    """
    program = _tapes(case, answers)
    moves = [FOLDED * m for m in of_constants(program, [*case.x, *case.vector])] if program is not None else []
    return moves if any(moves) and all(map(math.isfinite, moves)) else []


def _certified(
    case: Case, answers: dict[str, Answer], terrain: Terrain, last_bits: int, allowed: Mapping[str, Sequence[float]]
) -> list[Finding]:  # fmt: skip
    programs = {name: a.program for name, a in answers.items() if a.program is not None}
    point = [*case.x, *case.vector]
    limits = {name: bounds(program, point) for name, program in with_lender(case, answers).items()}
    for name, more in allowed.items():
        limits[name] = [replace(b, program=b.program + m) for b, m in zip(limits[name], more, strict=True)]
    at = (case.problem, case.task, case.x, case.vector)
    rules = {name: a.slack for name, a in answers.items() if a.slack} | dict(allowed)
    known = certify(*at, programs, limits, terrain.bits, last_bits=last_bits, allowed=rules)
    limits |= fused(answers, limits, known, point)
    for name, program in programs.items():
        if program.approximate:  # what is missing of a series may be as much again: see `stage1.hidden`
            limits[name] = [replace(b, program=2 * b.program) for b in limits[name]]
    with precision(known.bits):
        return [
            judged(case, name, k, value, known, limits, answer.slack[k] if answer.slack else 0.0)
            for name, answer in answers.items()
            for k, value in enumerate(answer.entries)
        ]


def with_lender(case: Case, answers: Mapping[str, Answer]) -> dict[str, Program]:
    """The programs that can be opened; the tape's among them where a closed one has to be lent its bounds."""
    programs = {name: a.program for name, a in answers.items() if a.program is not None}
    if len(programs) < len(answers) and "tape" not in programs:
        lender = _tapes(case, answers)
        programs |= {"tape": lender} if lender is not None else {}
    return programs


def _tapes(case: Case, answers: Mapping[str, Answer]) -> Program | None:
    """The tape's program, whether it was among the methods or not."""
    if "tape" in answers:
        return answers["tape"].program
    try:
        return find_method("tape").answer(case.problem, case.task, case.x, case.vector).program
    except UnsupportedError:  # it has no rule for this derivative
        return None


def judged(
    case: Case, name: str, k: int, value: float, certified: Certified, limits: Mapping[str, list[Bounds]],
    slack: float = 0.0,
) -> Finding:  # fmt: skip
    """The finding on one entry from what is certified of it and what rounding may do; see `Answer` for `slack`."""
    truth = certified.reference[k]
    rule = certified.rules[name][k] if name in certified.rules else None
    limit = limits[name][k] if name in limits else borrowed(name, limits, k)
    if limit is not None:  # the problem is the same for all: what the least excited program shows of it
        problem = min([each[k].problem for each in limits.values()])
        limit = replace(limit, program=limit.program + slack, problem=problem + slack)
    why = certified.reasons.get(name, "")
    if name not in limits and not name.startswith("claimed"):
        why = f"{name}'s own program cannot be opened"
    if truth is None:
        why = why or "the reference cannot be enclosed narrowly here"
    judgement = judge(value, truth, rule, limit, why)
    return case.finding(name, k, value, judgement, nearest(truth), limit.program if limit is not None else None)


def borrowed(name: str, limits: Mapping[str, list[Bounds]], k: int) -> Bounds | None:
    """A program that cannot be opened is held against the tape's bound (a library's own arithmetic allowed for)."""
    if "tape" not in limits:
        return None
    limit = replace(limits["tape"][k], borrowed=True)
    return limit if name.startswith("claimed") else replace(limit, program=limit.program * LIBRARY)


def nearest(truth: arb | None) -> float | None:
    if truth is None:
        return None
    return 0.0 if truth.contains(0) else float(truth)  # it is narrow: a true zero, then
