"""What is kept of a report: plain data that goes into a table, into JSON, to another process, and back again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from symdiff.crosscheck import Finding, Report, Verdict
from symdiff.sweep.expect import Outcome, outcome
from symdiff.sweep.manifest import Formula

PLAIN = (Verdict.AGREE, Verdict.PROVED)
MOST_FINDINGS = 200  # that a row lists; a manifest's findings together would fill the memory


@dataclass(slots=True)
class Row:
    """One checked entry in a few numbers and sentences, all of them plain data.

    Attributes:
        name, title, source: of the entry. `file` and `line` are where it stands.
        verdict: of the whole report; `ok` whether that is right, or as expected.
        points, entries: how many were looked at.
        verdicts: how many findings have which verdict.
        worst_ulps: the largest error of a finding, in units in the last place.
        methods: for each method the verdict on its findings and its largest error.
        seconds: how long the check took.
        error: the sentence of an entry that could not be checked.
        findings: whatever is not plain agreement, at most `MOST_FINDINGS`, with numbers as text.
        known: sentences on faults that are there as expected; `surprises` on expectations that were not met.
        residuals: what a wrong claim is more than SymPy's derivative, exactly (`Report.residuals`).
        notes: what else the report has to say.
    """

    name: str
    verdict: str
    ok: bool
    title: str = ""
    source: str = ""
    file: str = ""
    line: int = 0
    points: int = 0
    entries: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    worst_ulps: float | None = None
    methods: dict[str, tuple[str, float | None]] = field(default_factory=dict)
    seconds: float = 0.0
    error: str = ""
    findings: list[dict[str, Any]] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    residuals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, report: Report, name: str, held: Outcome | None = None) -> Row:
        """A report, held against what was expected of it, if anything was.

        >>> import symdiff as sd
        >>> row = Row.of(sd.crosscheck("x**3", 2.0, claimed="3*x"), "cube")
        >>> row.verdict, row.methods["claimed"][0], row.methods["tape"]
        ('DIFFER', 'DIFFER', ('AGREE', 0.0))
        """
        held = held or Outcome(report.ok, report)
        listed = [f for f in report.findings if f.verdict not in PLAIN and not report.error]
        return cls(
            name, str(report.verdict), held.ok, source=report.source, points=len(report.points),
            entries=len({f.entry for f in report.findings if f.method != "input"}),
            verdicts=dict(Counter(str(f.verdict) for f in report.findings)), worst_ulps=_worst(report.findings),
            methods={} if report.error else _methods(report), seconds=report.seconds, error=report.error,
            findings=[_finding(f) for f in listed[:MOST_FINDINGS]], known=list(held.known),
            surprises=list(held.surprises), residuals=report.residuals, notes=report.notes,
        )  # fmt: skip

    @classmethod
    def of_entry(cls, formula: Formula, report: Report, seconds: float) -> Row:
        """The row of an entry of a manifest."""
        row = cls.of(report, formula.name, outcome(report, formula.expect))
        return replace(
            row, title=formula.title, source=formula.source, file=str(formula.path), line=formula.line(),
            seconds=seconds,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Row:
        """The row that `to_dict` wrote down. Raises TypeError or ValueError for anything else."""
        row = cls(**record)
        row.methods = {name: (str(verdict), ulps) for name, (verdict, ulps) in row.methods.items()}
        return row


def _worst(findings: Sequence[Finding]) -> float | None:
    return max((f.error_ulps for f in findings if f.error_ulps is not None), default=None)


def _methods(report: Report) -> dict[str, tuple[str, float | None]]:
    found = {}
    for method in dict.fromkeys(f.method for f in report.findings):
        mine = [f for f in report.findings if f.method == method]
        found[method] = str(report.part(mine).verdict), _worst(mine)
    return found


def _finding(f: Finding) -> dict[str, Any]:
    """A finding with its numbers as text, without what is empty."""
    record = {
        "method": f.method, "operator": f.operator, "argument": f.argument, "index": list(f.index), "point": f.point,
        "value": None if f.value is None else _number(f.value),
        "reference": None if f.reference is None else _number(f.reference),
        "verdict": str(f.verdict), "reason": f.reason, "blame": f.blame, "diagnosis": f.diagnosis,
    }  # fmt: skip
    return {k: v for k, v in record.items() if v not in ("", None)}


def _number(value: float) -> str:
    """A float as its shortest exact text; whole numbers without a point."""
    return repr(float(value)).removesuffix(".0")
