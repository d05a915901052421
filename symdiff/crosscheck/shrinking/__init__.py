"""A failure, reduced: the smallest expression and the plainest point that still show it, as code to paste.

Greedy: of the candidates, the greatest cuts first, the first that still shows the same failure is taken, until none
does. Every candidate is asked by `crosscheck` itself, in the very call that is printed in the end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symdiff.arrays import flat
from symdiff.crosscheck.asked import Asked
from symdiff.crosscheck.claimed.claims import labelled
from symdiff.crosscheck.report import Finding, Report
from symdiff.crosscheck.shrinking.expressions import Formula
from symdiff.crosscheck.shrinking.question import Failure, Question, again, worst
from symdiff.crosscheck.shrinking.reproduction import code
from symdiff.crosscheck.shrinking.steps import Steps
from symdiff.crosscheck.shrinking.subjects import AsGiven, AsText, Called, Subject
from symdiff.crosscheck.sites import Taken, calls_of, recordings
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import InputError, UnsupportedError
from symdiff.inputs import function
from symdiff.inputs.code import Code
from symdiff.problem import Problem

TRIES = 2000
FEW_TRIES, MOMENT = 20, 1.0  # of a message: checks, seconds
MOST_LINES, MOST_TEXT = 30, 2000  # of a program in a message
LOST = "what was found to be simpler does not fail when it is asked again: this is the failure as it was"
ONLY_TOGETHER = "on its own the failing entry does not fail: this is the check as it was"
KEPT = ("kwargs", "wrt", "seed", "strict", "full", "device", "platform", "accuracy")


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A failure in its plainest form.

    Attributes:
        expression: the function as text, or its name where it is the caller's own.
        point: where it fails, by name.
        finding: what is wrong there.
        code: the same as a program, to paste.
        report: the report of that program.
        tries: how many checks it took to find.
        note: why it was not reduced; "" if it was.
    """

    expression: str
    point: dict[str, Any]
    finding: Finding
    code: str
    report: Report
    tries: int
    note: str = ""

    def __str__(self) -> str:
        shown = ", ".join(f"{name} = {_number(value)}" for name, value in self.point.items())
        found, by = self.finding, f" d/d{self.finding.argument}" if self.finding.argument else ""
        what = f"{found.method} {found.operator}{found.component}{by}"
        lines = [f"smallest failure ({self.tries} checks): {self.expression}" + (f" at {shown}" if shown else "")]
        value, truth = _number(found.value), _number(found.reference)
        lines.append(f"{found.verdict} {what}: {value}, truth {truth}: {found.reason}")
        lines += [f"  blame: {found.blame}"] if found.blame else []
        lines += [self.note] if self.note else []
        return "\n".join([*lines, "", self.code])


def _number(value: Any) -> str:
    return repr(float(value)).removesuffix(".0") if isinstance(value, float) else "-" if value is None else str(value)


def shrink(report: Report, tries: int = TRIES, seconds: float | None = None, longest: float = 0.0) -> Shrunk:
    """Reduce the first failure of a report: see `Report.shrink`. `longest` is how long one check may be expected to
    take, where that is known."""
    if isinstance(tries, bool) or not isinstance(tries, int) or tries < 1:
        raise InputError(f"tries={repr(tries)[:60]}: expected a whole number, 1 or more")
    finding, asked = worst(report), report.asked
    if finding is None:
        raise InputError(f"there is nothing to shrink: no derivative differs, the report says {report.verdict}")
    if asked is None:
        raise InputError("there is nothing to shrink by: this report does not know the check that it came from")
    question = Question(_alone(asked, finding, report.methods), Failure.of(finding), tries, seconds, longest)
    for start in _starts(report, finding, asked):
        found = question.shows(start)
        if found is not None:
            best = _search(start, question)
            with contextlib.suppress(UnsupportedError):  # a loop in it, or a large constant: it cannot be written out
                return _verified(best, report, finding, question, tries)
    return _unchanged(report, finding, tries - question.tries, ONLY_TOGETHER)


def in_short(report: Report) -> str:
    """What a message can say of how to see the first DIFFER again, after a few tries; "" where it is no few words."""
    finding = worst(report)
    if finding is None or finding.verdict is not Verdict.DIFFER or report.asked is None:
        return ""
    found = shrink(report, FEW_TRIES, MOMENT, report.seconds / max(1, len(report.points)))
    if found.code.count("\n") > MOST_LINES or len(found.code) > MOST_TEXT:
        return "\n\nreport.shrink() reduces it"
    return f"\n\nto see it again, at {'a plainer' if not found.note else 'the same'} point:\n\n{found.code}"


def _alone(asked: Asked, finding: Finding, known: Sequence[str]) -> Asked:
    """The check of the method and the operator of the finding, and of nothing else."""
    options = {k: v for k, v in asked.options.items() if k in KEPT}
    options["operators"] = (finding.operator,)
    if finding.method.startswith("claimed"):
        claimed, methods = asked.options.get("claimed"), asked.options.get("methods")
        claimed = claimed[finding.operator] if isinstance(claimed, Mapping) else claimed
        if isinstance(claimed, Mapping):  # several under one operator, each with its label
            claimed = {finding.operator: labelled(claimed, finding.method)}
        options["claimed"] = claimed
        if methods is not None and not methods:
            options["methods"] = ()
        elif known:  # a black box has none
            options["methods"] = ("tape",) if methods is None or "tape" in methods else methods
    else:
        options["methods"] = (finding.method,)
    return replace(asked, options=options)


def _starts(report: Report, finding: Finding, asked: Asked) -> Iterator[Subject]:
    """Where to start from: with what can be reduced furthest."""
    given, claimed = function(asked.f), finding.method.startswith("claimed")
    if isinstance(given, Code):
        try:
            recording, leaves, args = _taken(given, asked, finding.point)
        except Exception:
            calls = calls_of(given, asked.args, asked.options.get("at"))
            if not claimed:
                raise
            if finding.point < len(calls):  # a black box
                yield Called.of(asked.f, calls[finding.point])
            return
        with contextlib.suppress(UnsupportedError):  # too large to be taken apart
            if not claimed:
                scalars = recording.problem.scalars(leaves)
                yield from _as_text(scalars, finding, [float(v) for v in flat(leaves)])
        with contextlib.suppress(UnsupportedError):  # several outputs
            if not claimed and recording.problem.dtype == "float64":
                yield Steps.of(recording.problem.graph, leaves)
        yield Called.of(asked.f, args)
        return
    at = {name: float(value) for name, value in report.points[finding.point].items()}
    if not claimed:
        yield from _as_text(given, finding, list(at.values()))
    yield AsGiven(asked.f, at)


def _taken(code: Code, asked: Asked, number: int) -> Taken:
    """The function recorded at the point of this number."""
    get = asked.options.get
    taken, _ = recordings(
        code, asked.args, get("kwargs") or {}, get("at"), get("wrt"), get("points", 0), get("seed", 0)
    )
    return taken[number]


def _as_text(problem: Problem, finding: Finding, point: Sequence[float]) -> Iterator[Subject]:
    """The component that the finding is about as a formula, or each where it is about all; not what text cannot say."""
    outputs, origin = problem.graph.outputs, problem.origin
    names = [origin.component(k) if origin is not None else f"[{k}]" for k in range(len(outputs))]
    for output, name in zip(outputs, names, strict=True):
        if finding.component in ("", name):
            with contextlib.suppress(UnsupportedError):
                start = AsText(Formula.of(problem.graph, output, point))
                _ = start.key
                yield start


def _search(best: Subject, question: Question) -> Subject:
    """The plainest subject that still fails, starting from one that does."""
    tried: set[str] = set()
    while True:
        for candidate in best.candidates(question.failure.op):
            found = None if candidate.key in tried else question.shows(candidate)
            tried.add(candidate.key)
            if found is not None:
                best = candidate
                break
            if question.spent:
                return best
        else:
            return best


def _verified(best: Subject, report: Report, finding: Finding, question: Question, tries: int) -> Shrunk:
    """The reduced failure, once the program that is printed has shown it; else the failure as it was."""
    asked, used = best.call(question.asked), tries - question.tries
    short = replace(asked, options={k: v for k, v in asked.options.items() if k != "operators"})
    for call in (short, asked):  # an operator that goes without saying is not said
        shown = again(call)
        found = question.seen_in(shown) if shown is not None else None
        if shown is not None and found is not None:
            return Shrunk(shown.source, shown.points[0], found, code(call), shown, used)
    return _unchanged(report, finding, used, LOST)


def _unchanged(report: Report, finding: Finding, used: int, note: str) -> Shrunk:
    """The whole check as it was asked, with all its points."""
    assert report.asked is not None
    return Shrunk(report.source, report.points[finding.point], finding, code(report.asked), report, used, note)
