"""What there is to say of a report in sentences: whatever is not plain agreement, and the likely mistakes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symdiff.crosscheck.report import Finding, Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.reports.cells import number_text, off_text, short_text

if TYPE_CHECKING:
    from symdiff.sweep.row import Row

ORDER = (Verdict.DIFFER, Verdict.UNDECIDED, Verdict.OUTSIDE_DOMAIN, Verdict.KINK, Verdict.INACCURATE,
         Verdict.UNSUPPORTED)  # fmt: skip
MOST_OF_ROW = 3  # remarks on an entry of many; its own check shows everything


def remarks(report: Report, many: bool) -> dict[str, Verdict]:
    """Each sentence once, with the verdict that it is about, the wrong ones first. `many`: there is no table of the
    entries that says it beside the value, and fewer digits do."""
    several = len(report.points) > 1
    lines: dict[str, Verdict] = {}
    for verdict in ORDER:
        found = [f for f in report.findings if f.verdict is verdict]
        if verdict is Verdict.OUTSIDE_DOMAIN:
            lines |= dict.fromkeys(_outside(found, several), verdict)
        elif verdict is Verdict.KINK:
            lines |= dict.fromkeys(_kinks(found, several), verdict)
        elif verdict is not Verdict.INACCURATE or many:
            for f in found:
                lines.setdefault(_remark(f, many, several), verdict)
    return lines


def diagnoses(report: Report) -> list[str]:
    """The likely mistakes, each once."""
    found = dict.fromkeys((f.method, f.diagnosis) for f in report.findings if f.diagnosis)
    return [f"diagnosis of {method}: {said}" for method, said in found]


def of_row(row: Row) -> list[str]:
    """What was expected, and the worst of what is not plain agreement, one line for each kind."""
    order = list(Verdict)
    kinds: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for f in sorted(row.findings, key=lambda f: order.index(Verdict(f["verdict"]))):
        kinds.setdefault((f["verdict"], f["method"], f["operator"]), []).append(f)
    lines = []
    for (verdict, method, operator), found in kinds.items():
        f = found[0]
        value, truth = f.get("value", "-"), f.get("reference", "-")
        first = f"{f.get('argument', operator)} at #{f['point']}: {value}, truth {truth}"
        more = f" ({len(found)} of these)" if len(found) > 1 else ""
        said = "".join(f"; {what}: {f[what]}" for what in ("blame", "diagnosis") if what in f)
        lines.append(f"{verdict} {method} {operator} {first}: {f.get('reason', '')}{more}{said}")
    rest = len(lines) - MOST_OF_ROW
    shown = lines[:MOST_OF_ROW] + ([f"and {rest} more kinds"] if rest > 0 else [])
    return [*row.surprises, *row.known, *shown, *(f"exactly: {residual}" for residual in row.residuals)]


def _outside(found: Sequence[Finding], several: bool) -> list[str]:
    """One sentence per point outside the domain, with the methods that return a number all the same."""
    answered: dict[str, list[str]] = {}
    for f in found:
        suffix = "" if f.value is None else f"; {f.method} returns {f.value:.6g} all the same"
        where = f" (point #{f.point})" if several else ""
        line = f"{f.verdict}: {f.reason.removesuffix(suffix)}{where}"
        numbers = answered.setdefault(line, [])
        if f.value is not None and math.isfinite(f.value) and f.method not in numbers:
            numbers.append(f.method)
    return [f"{line}; methods that return a number all the same: {', '.join(ms)}" if ms else line
            for line, ms in answered.items()]  # fmt: skip


def _kinks(found: Sequence[Finding], several: bool) -> list[str]:
    """One sentence per kink: what each method takes there."""
    taken: dict[str, dict[str, list[str]]] = {}
    for f in found:
        kink, _, convention = f.reason.removeprefix("kink: ").partition("; ")
        where = f" (point #{f.point})" if several else ""
        who = taken.setdefault(f"{f.verdict}: {kink} has no derivative here{where}", {}).setdefault(convention, [])
        if f.method not in who:
            who.append(f.method)
    return [f"{line}; " + "; ".join(f"{listed(who)}: {c}" for c, who in each.items()) for line, each in taken.items()]


def _remark(f: Finding, many: bool, several: bool) -> str:
    if f.verdict is Verdict.UNSUPPORTED:
        return f"{f.method} cannot do {f.operator}: {f.reason}"
    if f.verdict is Verdict.UNDECIDED:
        kink, _, why = f.reason.removeprefix("kink: ").partition("; ")
        undecided = f"{kink} is not smooth here: {why or 'whether f has a derivative is not decided'}"
        reason = undecided if f.reason.startswith("kink: ") else f.reason
        return f"{f.verdict}: {reason}" + (f" (point #{f.point})" if several else "")
    place = f" at point #{f.point}" if several else ""
    if f.value is None:  # there are no numbers: the claim itself is at fault
        return f"{f.verdict}: {f.reason}{place}"
    value, truth = [(short_text if many else number_text)(v) for v in (f.value, f.reference)]
    off = off_text(f) if f.method.startswith("claimed") else ""
    known = "estimate" if f.basis == "estimated" else "truth"
    what = f"{f.method} {f.operator} {label(f)}{place}: {value}, {known} {truth}{off}"
    return f"{f.verdict} {what}: {f.reason}" + (f"\n  blame: {f.blame}" if f.blame else "")


def listed(names: Sequence[str]) -> str:
    """`symbolic, tape and jax`."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def are(names: Sequence[str]) -> str:
    """The verb that goes with so many names."""
    return "are" if len(names) > 1 else "is"


def label(f: Finding) -> str:
    """`d/dx1`, `d2/dx1 dx2`, with the component of a vector function."""
    if not f.argument:
        return f.operator + f.component
    names = f.argument.split("; ")
    order = "" if len(names) == 1 else str(len(names))
    return f"d{order}{f.component}/" + " ".join(f"d{n}" for n in names)
