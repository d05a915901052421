"""symdiff.crosscheck, judged by what it says of the claim; what it says of its own methods is not asked here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import symdiff as sd
from benchmarks.trust.battery.case import Case
from benchmarks.trust.checkers import Answer
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.verdict import Verdict

OBJECTS = (Verdict.DIFFER, Verdict.INACCURATE)
ACCEPTS = (Verdict.AGREE, Verdict.KINK, Verdict.PROVED)


def prepare(case: Case, kind: str) -> Callable[[], Answer]:
    f, claimed, many = case.f, case.claimed, len(case.point)
    methods = tuple(kind.split(",")) if kind else None

    def ask() -> Answer:
        report = sd.crosscheck(
            f, *case.copies(), wrt=tuple(range(many)) if many > 1 else None, claimed=claimed, methods=methods
        )
        return answer([x for x in report.findings if x.method == "claimed"])

    return ask


def answer(findings: Sequence[Finding]) -> Answer:
    """Of the findings about the claim: an objection to one entry is one to the claim."""
    for verdict in OBJECTS:
        if guilty := [x for x in findings if x.verdict is verdict]:
            return Answer("objects", told(guilty, len(findings)))
    if open_ := [x for x in findings if x.verdict not in ACCEPTS]:
        return Answer("refuses", told(open_, len(findings)))
    return Answer("accepts") if findings else Answer("refuses", "nothing is said of the claim")


def told(findings: Sequence[Finding], of: int) -> str:
    """The first of them in a sentence that starts with its verdict."""
    first = findings[0]
    where = f" for {first.argument}" + (f", and for {len(findings) - 1} more of {of}" if len(findings) > 1 else "")
    why = "; ".join(text for text in (first.reason, first.diagnosis) if text)
    return f"{first.verdict}{where}" + (f": {why}" if why else "")
