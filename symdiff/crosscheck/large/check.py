"""The check of a function that is too large to be taken apart, or narrower than float64: its numbers are measured.

`noise_floor` judges float64, `narrow` what is narrower, and `whole` takes it through balls after all, where
that is asked for or takes seconds. A function that can be had in small has its rules certified there: `small`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from symdiff.crosscheck.blaming.blame import blame_large, blamed
from symdiff.crosscheck.claimed.claims import whereabouts
from symdiff.crosscheck.claimed.diagnosis import diagnosed
from symdiff.crosscheck.claimed.explained import explained
from symdiff.crosscheck.jax_scope import device_notes
from symdiff.crosscheck.large.noise_floor import Outcome
from symdiff.crosscheck.large.small import check_in_small
from symdiff.crosscheck.question import Matter
from symdiff.crosscheck.report import Finding, Lamp, Report
from symdiff.crosscheck.sites import Place, Taken, too_large
from symdiff.methods.base import count


def why_measured(taken: Taken) -> str:
    """Why a recorded function is not judged entry by entry in balls; "" if it can be, or there is no entry."""
    problem = taken[0].problem
    narrow = problem.dtype != "float64" and count(problem.shapes)
    return too_large(problem, taken[1]) or (f"balls judge float64, and this is {problem.dtype}" if narrow else "")


def check(matter: Matter, why: str) -> Report:
    """The report: every operator at every point, the rules in small, and the likely mistakes of the claims."""
    asked, code = matter.asked, matter.asked.code
    report = _judged(matter, why)
    if not asked.full:
        check_in_small(code.f, matter.taken[0], matter.operators, asked.methods, matter.claims, report, asked.seed)
    report.notes += device_notes(matter.problem, asked.methods)
    report.findings = explained(code, matter.taken, matter.claims, report.findings, asked.kwargs)
    report.findings = diagnosed(matter.taken, matter.claims, report.findings)
    report.notes += whereabouts(matter.claims, report.findings)
    return report


def _judged(matter: Matter, why: str) -> Report:
    """What the noise floor, or balls on arrays, say at every point."""
    asked, problem = matter.asked, matter.problem
    found: list[Finding] = []
    shown: list[dict[str, Any]] = []
    lit: dict[str, Lamp] = {}
    notes: list[str] = []
    for number, taken in enumerate(matter.taken):
        here, leaves = taken[0].problem, taken[1]
        outcome = _outcome(matter, taken, why, number)
        found += blamed(
            outcome.findings, asked.methods, lambda m, o, finite, p=here, x=leaves: blame_large(p, m, x, o, finite)
        )
        shown.append(dict(zip(here.names, leaves, strict=True)))  # arrays, as they are: a list would be enormous
        lit = outcome.lamps if not lit else {k: _darker(lit[k], lamp) for k, lamp in outcome.lamps.items()}
        notes = outcome.notes
    said = [*matter.notes, *notes, *matter.remarks()]
    report = Report(problem.source, problem.names, shown, found, lit, asked.methods, asked.strict, notes=said)
    report.paths, report.why, report.nothing = matter.paths, list(matter.why), bool(matter.nothing)
    return report


def _outcome(matter: Matter, taken: Taken, why: str, number: int) -> Outcome:
    """By whom the function is judged here."""
    from symdiff.crosscheck.large import narrow, noise_floor, whole

    asked, (recording, leaves, args) = matter.asked, taken
    problem = recording.problem
    claims = [replace(c, site=Place(recording, args)) for c in matter.claims]
    given = (problem, leaves, matter.operators, asked.methods, claims, why, number, asked.seed)
    if asked.full:
        return whole.check(*given, asked.progress)
    in_small = callable(getattr(asked.code.f, "smaller", None))  # its rules are certified there, and faster
    quick = None if in_small else whole.if_affordable(*given)
    return quick or (noise_floor if problem.dtype == "float64" else narrow).check(*given)


def _darker(a: Lamp, b: Lamp) -> Lamp:
    """The lamp that is more worth looking at."""
    order = ("green", "off", "unsure", "red")
    return max(a, b, key=lambda lamp: order.index(lamp.state))
