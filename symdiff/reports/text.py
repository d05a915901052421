"""A report as text for a person: what was computed, the truth beside it, the lamps, the verdict."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from symdiff.crosscheck.report import Finding, Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.reports.cells import COLORS, error_text, noise_text, number_text, off_text, short_text, value_text
from symdiff.reports.summary import MOST_ROWS, print_summary
from symdiff.reports.table import clip

MOST_POINTS, MOST_VARIABLES, MOST_REMARKS = 6, 12, 20
LAMP_COLORS = {"green": "green", "red": "bold red", "unsure": "magenta", "off": "dim"}
SAYS = {
    Verdict.PROVED: "right wherever the function is differentiable",
    Verdict.AGREE: "every derivative is right here, certified in ball arithmetic",
    Verdict.INACCURATE: "every rule is right, but digits were lost on the way",
    Verdict.KINK: "no derivative here; the values are conventions",
    Verdict.DIFFER: "something is wrong",
    Verdict.UNDECIDED: "cannot tell",
    Verdict.OUTSIDE_DOMAIN: "the function is not defined here",
    Verdict.UNSUPPORTED: "no method could do this",
}


def render(report: Report, color: bool = False, width: int = 100) -> str:
    """The report as text, with terminal colours if `color`."""
    console = Console(
        file=io.StringIO(), width=width, force_terminal=color, no_color=not color, highlight=False,
        color_system="standard" if color else None, legacy_windows=False, emoji=False,
    )  # fmt: skip
    console.print(escape(clip(report.source, 4 * width)), style="bold")
    if report.error:
        console.print(escape(report.error), style="bold red")
        return _text(console)
    _print_points(console, report)
    if len(report.findings) <= MOST_ROWS:
        for number, operator in dict.fromkeys((f.point, f.operator) for f in report.findings):
            _print_table(console, report, number, operator)
    else:
        print_summary(console, report)
    said = _print_remarks(console, report)
    _print_end(console, report, said)
    return _text(console)


def _text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def _print_points(console: Console, report: Report) -> None:
    for number, point in enumerate(report.points[:MOST_POINTS]):
        shown = [f"{name} = {value_text(v)}" for name, v in list(point.items())[:MOST_VARIABLES]]
        if len(point) > MOST_VARIABLES:
            shown.append(f"and {len(point) - MOST_VARIABLES} more variables")
        why = report.why[number] if number < len(report.why) else ""
        if why:
            shown.append(f"where {why}" if not why.startswith("just") else why)
        label = "at" if len(report.points) == 1 else f"at #{number}"
        for line in _packed(label, shown or ["no variables"], console.width):
            console.print(escape(line), soft_wrap=True)
    if len(report.points) > MOST_POINTS:
        console.print(f"and {len(report.points) - MOST_POINTS} more points")


def _packed(label: str, items: Sequence[str], width: int) -> list[str]:
    """`at x = 1, y = 2`, broken between the items and not within one."""
    lines = [f"{label} {items[0]}"]
    for item in items[1:]:
        lines[-1] += ","
        if len(lines[-1]) + len(item) + 2 > width:
            lines.append(" " * (len(label) + 1) + item)
        else:
            lines[-1] += f" {item}"
    return lines


def _print_table(console: Console, report: Report, point: int, operator: str) -> None:
    rows = [f for f in report.findings if f.point == point and f.operator == operator]
    title = operator if len(report.points) == 1 else f"{operator} at #{point}"
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=True, header_style="dim")
    measured = ["noise floor"] if any(f.noise is not None for f in rows) else []
    for header in (title, "method", "value", "error", *measured, "verdict"):
        right = header in ("error", "noise floor")
        table.add_column(escape(header), justify="right" if right else "left", no_wrap=header != "verdict")
    entries: dict[tuple[Any, ...], list[Finding]] = {}
    for f in rows:
        entries.setdefault(f.entry, []).append(f)
    for entry in entries.values():
        truth = next((f.reference for f in entry if f.reference is not None), None)
        basis = "" if truth is None else next((f.basis for f in entry if f.basis), "")
        floor = [noise_text(entry)] if measured else []
        table.add_row(_label(entry[0]), "reference", number_text(truth), "", *floor, basis, style="bold")
        for f in entry:
            color = COLORS[f.verdict]
            lost = f"  {escape(f.reason)}" if f.verdict is Verdict.INACCURATE else ""
            verdict = f"[{color}]{f.verdict}[/]{lost}"
            table.add_row("", escape(f.method), number_text(f.value), error_text(f), *[""] * len(measured), verdict)
    console.print()
    console.print(table)


def _print_remarks(console: Console, report: Report) -> list[str]:
    """What is not plain agreement, in words: each sentence once, the wrong ones first. Returns them."""
    order = [Verdict.DIFFER, Verdict.UNDECIDED, Verdict.OUTSIDE_DOMAIN, Verdict.KINK, Verdict.INACCURATE,
             Verdict.UNSUPPORTED]  # fmt: skip
    many, several = len(report.findings) > MOST_ROWS, len(report.points) > 1
    lines: dict[str, str] = {}
    for verdict in order:
        found = [f for f in report.findings if f.verdict is verdict]
        if verdict is Verdict.OUTSIDE_DOMAIN:
            lines |= dict.fromkeys(_outside(found, several), COLORS[verdict])
            continue
        if verdict is Verdict.KINK:
            lines |= dict.fromkeys(_kinks(found, several), COLORS[verdict])
            continue
        if verdict is Verdict.INACCURATE and not many:
            continue  # the table says it beside the value
        for f in found:
            lines.setdefault(_remark(f, many, several), COLORS[verdict])
    if lines:
        console.print()
    for line in list(lines)[:MOST_REMARKS]:
        console.print(escape(line), style=lines[line])
    if len(lines) > MOST_REMARKS:
        console.print(f"and {len(lines) - MOST_REMARKS} more like these")
    for method, said in dict.fromkeys((f.method, f.diagnosis) for f in report.findings if f.diagnosis):
        console.print(escape(f"diagnosis of {method}: {said}"), style=COLORS[Verdict.DIFFER])
    for number, residual in enumerate(report.residuals):
        said = escape(("exactly: " if number == 0 else "         ") + residual)
        console.print(said, style=COLORS[Verdict.DIFFER], soft_wrap=True)
    return list(lines)


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
    return [f"{line}; " + "; ".join(f"{_and(who)}: {c}" for c, who in each.items()) for line, each in taken.items()]


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
    known = "estimate" if f.basis == "estimated" else "truth"
    off = off_text(f) if f.method.startswith("claimed") else ""
    what = f"{f.method} {f.operator} {_label(f)}{place}: {value}, {known} {truth}{off}"
    return f"{f.verdict} {what}: {f.reason}" + (f"\n  blame: {f.blame}" if f.blame else "")


def _print_end(console: Console, report: Report, said: Sequence[str]) -> None:
    lit = []
    for name, lamp in report.lamps.items():
        note = _news(lamp.note, said)
        lit.append(f"{name} [{LAMP_COLORS[lamp.state]}]{lamp.state}[/]" + (f" ({escape(note)})" if note else ""))
    console.print()
    console.print("lamps: " + "; ".join(_merged(lit, report)))
    for note in report.notes:
        console.print(escape(note))
    color = COLORS[report.verdict]
    console.print(f"[{color}]{report.verdict}[/]: {escape(conclusion(report))}  ({report.seconds:.2f} s)")


def _news(note: str, said: Sequence[str]) -> str:
    """What a lamp's note adds to the remarks above it: nothing, or who is meant."""
    who, colon, why = note.partition(": ")
    if note and any(note.removeprefix("kink: ").partition(";")[0] in line for line in said):
        return ""
    return who if colon and any(why in line for line in said) else note


def conclusion(report: Report) -> str:
    """The last line in words: for a DIFFER who is wrong and who is right."""
    if report.verdict in (Verdict.AGREE, Verdict.INACCURATE) and any(f.basis == "estimated" for f in report.findings):
        if not any(f.basis in ("certified", "measured") for f in report.findings):
            return "no claim here is further from the estimate than that may be off; a black box has no certificate"
    if report.verdict is Verdict.AGREE and any(f.basis in ("measured", "estimated") for f in report.findings):
        return "no derivative here is off by more than the measured noise of rounding"
    if not report.findings and report.verdict is Verdict.UNSUPPORTED:
        return "there is no entry to look at"
    if report.verdict is not Verdict.DIFFER:
        return SAYS[report.verdict]
    verdicts: dict[str, set[Verdict]] = {}
    for f in report.findings:
        verdicts.setdefault(f.method, set()).add(f.verdict)
    wrong = [m for m, found in verdicts.items() if Verdict.DIFFER in found]
    right = [m for m, found in verdicts.items() if found <= {Verdict.AGREE, Verdict.PROVED}]
    if not wrong:
        red = [name for name, lamp in report.lamps.items() if lamp.state == "red"]
        which = "lamp" if len(red) == 1 else "lamps"
        return f"the derivatives agree, but {which} {_and(red)} {_are(red)} red"
    others = f"{_and(right)} {_are(right)} right" if right else "no method is right at every entry"
    if not report.methods and not right:
        others = "the estimates of a black box say so"
    return f"{_and(wrong)} {_are(wrong)} wrong; {others}"


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _are(names: Sequence[str]) -> str:
    return "are" if len(names) > 1 else "is"


def _merged(lit: Sequence[str], report: Report) -> list[str]:
    """R and B are off for the same reason where there is no callable: said once."""
    r, b = report.lamps.get("R"), report.lamps.get("B")
    if r is not None and r == b and r.state == "off":
        return [*lit[:-2], f"R, B off ({escape(r.note)})"]
    return list(lit)


def _label(f: Finding) -> str:
    """`d/dx1`, `d2/dx1 dx2`, with the component of a vector function."""
    if not f.argument:
        return f.operator + f.component
    names = f.argument.split("; ")
    order = "" if len(names) == 1 else str(len(names))
    return f"d{order}{f.component}/" + " ".join(f"d{n}" for n in names)
