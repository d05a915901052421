"""Does it still fail? A failure is a finding of one method under one operator; a simpler function or a plainer
point has to show the same one."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from symdiff.crosscheck.asked import Asked
from symdiff.crosscheck.report import Finding, Report
from symdiff.crosscheck.shrinking.subjects import Subject
from symdiff.crosscheck.verdict import Verdict

FAILURES = (Verdict.DIFFER, Verdict.UNDECIDED, Verdict.INACCURATE)  # in this order
DETAILS = re.compile(r" \(kink|; |(?<=here): ")  # where a reason goes on to say where, and how it was seen
NUMBER = re.compile(r"[-+]?\b\d[\w.+-]*|\bnan\b|-?\binf\b|\s+")
OP = re.compile(r"(?:^|= |: )(\w+)(?= with | at |: )")


@dataclass(frozen=True, slots=True)
class Failure:
    """What has to be seen again: who is wrong about what, for which reason, and the op that is to blame."""

    method: str
    operator: str
    verdict: Verdict
    reason: str
    op: str = ""

    @classmethod
    def of(cls, finding: Finding) -> Failure:
        method = finding.method.partition(":")[0]  # of several claims each has its name
        return cls(method, finding.operator, finding.verdict, kind_of(finding.reason), blamed_op(finding))


def kind_of(reason: str) -> str:
    """The reason without numbers and places: the same for the same kind of failure.

    >>> kind_of("nan where the derivative exists") == kind_of("inf where the derivative exists")
    True
    """
    at_a_kink = reason.startswith("kink: ")
    said = reason.partition("; ")[2] if at_a_kink else DETAILS.split(reason)[0]
    return " ".join(NUMBER.sub(" ", said).split())


def blamed_op(finding: Finding) -> str:
    """`sin`, out of `z2 = sin at column 1: d/dz1 is ...`; "" where no step is to blame."""
    found = OP.search(finding.blame)
    return found[1] if found else ""


def worst(report: Report) -> Finding | None:
    """The finding that is worth looking at: the first DIFFER, else the first of what else is no pass."""
    for verdict in FAILURES:
        if verdict is Verdict.INACCURATE and not report.strict:
            break
        for finding in report.findings:
            if finding.verdict is verdict:
                return finding
    return None


@dataclass(slots=True)
class Question:
    """Asks `crosscheck` again, of simpler functions and at plainer points, within its budget.

    Attributes:
        asked: the call that failed, of one method at one point.
        failure: what a simpler call has to show, too.
        tries: how many more times it may be asked.
        seconds: for how long; None: as long as it takes.
    """

    asked: Asked
    failure: Failure
    tries: int
    seconds: float | None = None
    longest: float = 0.0  # that one answer took
    _start: float = field(default_factory=time.perf_counter)

    def shows(self, subject: Subject) -> Report | None:
        """The report on this function at this point if it shows the failure, else None."""
        if self.spent:
            return None
        self.tries -= 1
        start = time.perf_counter()
        report = again(subject.call(self.asked))
        self.longest = max(self.longest, time.perf_counter() - start)
        if report is None or self.seen_in(report) is None:
            return None
        return report

    @property
    def spent(self) -> bool:
        late = self.seconds is not None and time.perf_counter() - self._start + self.longest > self.seconds
        return self.tries <= 0 or late

    def seen_in(self, report: Report) -> Finding | None:
        """The finding that is the failure."""
        return next((f for f in report.findings if Failure.of(f) == self.failure), None)


def again(asked: Asked) -> Report | None:
    """The report, or None where this cannot be asked: the user's code objects to the point in any way it likes."""
    from symdiff.crosscheck.check import crosscheck  # it knows of us

    try:
        return crosscheck(asked.f, *asked.args, **asked.options)
    except Exception:  # noqa: BLE001 - whatever it raises, the failure is not seen there
        return None
