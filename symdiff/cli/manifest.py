"""`symdiff check --manifest FILE`: many formulas, a line for each as it is finished, and what came of it."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from rich.console import Console

from symdiff.cli.check import exit_code, wants_color
from symdiff.cli.main import BAD_INPUT, CANNOT_TELL, DIFFERS, OK
from symdiff.cli.progress import progress_bar
from symdiff.crosscheck import Finding, Report, Verdict
from symdiff.errors import InputError
from symdiff.reports.cells import COLORS, number_text, ulps_text
from symdiff.sweep import Formula, Manifest, check, read

WORST_FIRST = (DIFFERS, BAD_INPUT, CANNOT_TELL, OK)
INTERRUPTED = 130  # what a shell calls a program that was stopped with Ctrl-C
MOST_REMARKS = 3  # under a formula; its own check shows everything


@dataclass(slots=True)
class Row:
    """What is kept of a report: a manifest's findings together would fill the memory."""

    formula: Formula
    verdict: Verdict
    code: int
    points: int
    entries: int
    verdicts: Counter[str]
    worst: float | None
    seconds: float
    error: str
    special: list[Finding] = field(default_factory=list)  # whatever is not plain agreement

    @classmethod
    def of(cls, formula: Formula, report: Report, seconds: float) -> Row:
        errors = [f.error_ulps for f in report.findings if f.error_ulps is not None]
        plain = (Verdict.AGREE, Verdict.PROVED)
        return cls(
            formula, report.verdict, exit_code(report), len(report.points),
            len({f.entry for f in report.findings if f.method != "input"}),
            Counter(str(f.verdict) for f in report.findings), max(errors, default=None), seconds, report.error,
            [f for f in report.findings if f.verdict not in plain and not report.error],
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Plain data. Values that agree are counted, the others are listed."""
        listed = [{k: v for k, v in _finding(f).items() if v not in ("", None)} for f in self.special]
        return {
            "name": self.formula.name, "title": self.formula.title, "source": self.formula.expr,
            "verdict": str(self.verdict), "ok": self.code == OK, "points": self.points, "entries": self.entries,
            "verdicts": dict(self.verdicts), "worst_ulps": self.worst, "seconds": self.seconds,
            "error": self.error, "findings": listed,
        }  # fmt: skip


def _finding(f: Finding) -> dict[str, Any]:
    return {
        "method": f.method, "operator": f.operator, "argument": f.argument, "index": list(f.index), "point": f.point,
        "value": None if f.value is None else number_text(f.value),
        "reference": None if f.reference is None else number_text(f.reference),
        "verdict": str(f.verdict), "reason": f.reason, "blame": f.blame,
    }  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Check every formula of the file; the exit code is the worst of theirs."""
    for name in ("at", "wrt", "claimed"):
        if getattr(options, name):
            raise InputError(f"--{name} belongs to one formula: in a manifest it is a key of that formula")
    if options.order is not None:
        raise InputError("--order is for one formula: for a manifest name the operators, as --operator third")
    manifest = read(options.manifest)
    formulas = [_with_options(formula, options) for formula in manifest.formulas]
    start = time.perf_counter()
    rows: list[Row] = []
    show = (lambda row: None) if options.json else _printer(formulas)
    whole = True
    with progress_bar(manifest.path.name) as progress:
        try:
            for formula in formulas:
                rows.append(_row(formula, options.seed, len(rows), len(formulas), progress))
                show(rows[-1])
        except KeyboardInterrupt:  # what is done is done
            whole = False
    seconds = time.perf_counter() - start
    code = next((c for c in WORST_FIRST if any(row.code == c for row in rows)), OK)
    if options.json:
        print(_document(manifest, rows, seconds, whole))
    else:
        _print_end(rows, len(formulas), seconds, whole)
    return code if whole else INTERRUPTED


def _with_options(formula: Formula, options: argparse.Namespace) -> Formula:
    """What the command line says goes before what the file says."""
    changes: dict[str, Any] = {}
    if options.points:
        changes["points"] = options.points
    if options.operator:
        changes["operators"] = tuple(options.operator)
    if options.method:
        changes["methods"] = tuple(options.method)
    return replace(formula, strict=formula.strict or options.strict, **changes)


def _row(formula: Formula, seed: int, done: int, total: int, progress: Callable[[int, int], None]) -> Row:
    """Check one formula; the bar counts formulas, in thousandths, so that it moves inside long ones too."""
    start = time.perf_counter()
    report = check(formula, seed, lambda k, n: progress(1000 * done + 1000 * k // max(n, 1), 1000 * total))
    return Row.of(formula, report, time.perf_counter() - start)


# -- text --------------------------------------------------------------------------------------------------


def _console() -> Console:
    color = wants_color()
    return Console(force_terminal=color, no_color=not color, highlight=False, markup=False, soft_wrap=True)


def _printer(formulas: list[Formula]) -> Callable[[Row], None]:
    """Prints a row in columns that fit all names."""
    console = _console()
    width = min(max(len(formula.name) for formula in formulas), 40)

    def show(row: Row) -> None:
        color = COLORS[row.verdict]
        if row.error:
            console.print(f"{row.formula.name:<{width}}  ", "BAD INPUT", sep="", style=color)
            console.print(f"  {row.error}")
            return
        line = f"{row.entries:>6} entries  {ulps_text(row.worst) or '-':>11}  {row.seconds:>7.2f} s"
        console.print(f"{row.formula.name:<{width}}  ", end="")
        console.print(f"{row.verdict:<14}", style=color, end="")
        console.print(line)
        for remark in _remarks(row):
            console.print(f"  {remark}")

    return show


def _remarks(row: Row) -> list[str]:
    """The worst of what is not plain agreement, one line for each kind."""
    order = list(Verdict)
    kinds: dict[tuple[Any, ...], list[Finding]] = {}
    for f in sorted(row.special, key=lambda f: order.index(f.verdict)):
        kinds.setdefault((f.verdict, f.method, f.operator), []).append(f)
    lines = []
    for (verdict, method, operator), found in kinds.items():
        f = found[0]
        first = f"{f.argument or operator} at #{f.point}: {number_text(f.value)}, truth {number_text(f.reference)}"
        more = f" ({len(found)} of these)" if len(found) > 1 else ""
        blame = f"; blame: {f.blame}" if f.blame else ""
        lines.append(f"{verdict} {method} {operator} {first}: {f.reason}{more}{blame}")
    rest = len(lines) - MOST_REMARKS
    return lines[:MOST_REMARKS] + ([f"and {rest} more kinds"] if rest > 0 else [])


def _print_end(rows: list[Row], total: int, seconds: float, whole: bool) -> None:
    console = _console()
    points, entries = sum(row.points for row in rows), sum(row.entries for row in rows)
    findings = sum((row.verdicts for row in rows if not row.error), Counter[str]())
    formulas = Counter("BAD INPUT" if row.error else str(row.verdict) for row in rows)
    console.print(f"\n{_count(len(rows), 'formula')}: {_counts(formulas) or 'none'}")
    found = _counts(findings) or "nothing found"
    console.print(f"{_count(entries, 'entry', 'entries')} at {_count(points, 'point')}: {found}")
    console.print(f"{seconds:.1f} s" + ("" if whole else f"; interrupted, {total - len(rows)} of {total} not checked"))


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{n} {what}" for what, n in counter.most_common())


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


# -- JSON --------------------------------------------------------------------------------------------------


def _document(manifest: Manifest, rows: list[Row], seconds: float, whole: bool) -> str:
    return json.dumps(
        {
            "manifest": str(manifest.path),
            "ok": whole and all(row.code == OK for row in rows),
            "complete": whole,
            "verdicts": dict(Counter("BAD INPUT" if row.error else str(row.verdict) for row in rows)),
            "seconds": seconds,
            "formulas": [row.to_dict() for row in rows],
        },
        indent=2,
        allow_nan=False,
    )
