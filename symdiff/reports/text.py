"""A report as text for a person: what was computed, the truth beside it, the lamps, the verdict."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.reports.cells import COLORS, by_entry, error_text, noise_text, number_text, truth_of, value_text
from symdiff.reports.remarks import are, diagnoses, label, listed, remarks
from symdiff.reports.summary import MOST_ROWS, print_summary
from symdiff.reports.table import clip
from symdiff.reports.terminal import bare_table, console_of, printed

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
    console = console_of(color, width)
    console.print(escape(clip(report.source, 4 * width)), style="bold")
    if report.error:
        console.print(escape(report.error), style="bold red")
        return printed(console)
    _print_points(console, report)
    if len(report.findings) <= MOST_ROWS:
        for number, operator in dict.fromkeys((f.point, f.operator) for f in report.findings):
            _print_table(console, report, number, operator)
    else:
        print_summary(console, report)
    said = _print_remarks(console, report)
    _print_end(console, report, said)
    return printed(console)


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
    table = bare_table()
    measured = ["noise floor"] if any(f.noise is not None for f in rows) else []
    for header in (title, "method", "value", "error", *measured, "verdict"):
        right = header in ("error", "noise floor")
        table.add_column(escape(header), justify="right" if right else "left", no_wrap=header != "verdict")
    for entry in by_entry(rows):
        truth, basis = truth_of(entry)
        floor = [noise_text(entry)] if measured else []
        table.add_row(label(entry[0]), "reference", number_text(truth), "", *floor, basis, style="bold")
        for f in entry:
            color = COLORS[f.verdict]
            lost = f"  {escape(f.reason)}" if f.verdict is Verdict.INACCURATE else ""
            verdict = f"[{color}]{f.verdict}[/]{lost}"
            table.add_row("", escape(f.method), number_text(f.value), error_text(f), *[""] * len(measured), verdict)
    console.print()
    console.print(table)


def _print_remarks(console: Console, report: Report) -> list[str]:
    """What is not plain agreement, in words, the first of many. Returns the lines."""
    lines = remarks(report, len(report.findings) > MOST_ROWS)
    if lines:
        console.print()
    for line in list(lines)[:MOST_REMARKS]:
        console.print(escape(line), style=COLORS[lines[line]])
    if len(lines) > MOST_REMARKS:
        console.print(f"and {len(lines) - MOST_REMARKS} more like these")
    for line in diagnoses(report):
        console.print(escape(line), style=COLORS[Verdict.DIFFER])
    for number, residual in enumerate(report.residuals):
        said = escape(("exactly: " if number == 0 else "         ") + residual)
        console.print(said, style=COLORS[Verdict.DIFFER], soft_wrap=True)
    return list(lines)


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
    if report.nothing and report.verdict is Verdict.AGREE and not report.findings:
        return "no derivative is wrong, as there is no entry"
    bases = {f.basis for f in report.findings}
    if report.verdict in (Verdict.AGREE, Verdict.INACCURATE) and bases == {"estimated"}:
        return "no claim here is further from the estimate than that may be off; a black box has no certificate"
    if report.verdict is Verdict.AGREE and bases & {"measured", "estimated"}:
        return "no derivative here is off by more than rounding explains, by its measured noise"
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
        return f"the derivatives agree, but {which} {listed(red)} {are(red)} red"
    none = "there is no entry" if report.nothing else "no method is right at every entry"
    others = f"{listed(right)} {are(right)} right" if right else none
    if not report.methods and not right:  # claims alone
        others = f"the {'estimate of a black box' if 'estimated' in bases else 'certified reference'} says so"
    return f"{listed(wrong)} {are(wrong)} wrong; {others}"


def _merged(lit: Sequence[str], report: Report) -> list[str]:
    """R and B are off for the same reason where there is no callable: said once."""
    r, b = report.lamps.get("R"), report.lamps.get("B")
    if r is not None and r == b and r.state == "off":
        return [*lit[:-2], f"R, B off ({escape(r.note)})"]
    return list(lit)
