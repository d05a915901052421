"""A report as text for a person: what was computed, the truth beside it, the lamps, the verdict."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from symdiff.crosscheck.report import Finding, Report
from symdiff.crosscheck.verdict import Verdict

MOST_ROWS = 40  # entries shown in full; above that, a summary and whatever is not plain agreement
COLORS = {
    Verdict.PROVED: "green", Verdict.AGREE: "green", Verdict.KINK: "cyan", Verdict.INACCURATE: "yellow",
    Verdict.DIFFER: "bold red", Verdict.UNDECIDED: "magenta", Verdict.OUTSIDE_DOMAIN: "magenta",
    Verdict.UNSUPPORTED: "magenta",
}  # fmt: skip
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
        color_system="standard" if color else None, legacy_windows=False,
    )  # fmt: skip
    console.print(f"[bold]{escape(_clip(report.source, 4 * width))}[/bold]", soft_wrap=True)
    if report.error:
        console.print(escape(report.error), style="bold red", soft_wrap=True)
        return _text(console)
    _print_points(console, report)
    if len(report.findings) <= MOST_ROWS:
        for number, operator in dict.fromkeys((f.point, f.operator) for f in report.findings):
            _print_table(console, report, number, operator)
    else:
        _print_summary(console, report)
    _print_remarks(console, report)
    _print_end(console, report)
    return _text(console)


def _text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def _print_points(console: Console, report: Report) -> None:
    shown = report.points[:6]
    for number, point in enumerate(shown):
        where = ", ".join(f"{name} = {number_text(v)}" for name, v in point.items()) or "no variables"
        label = "at" if len(report.points) == 1 else f"at #{number}"
        console.print(f"{label} {escape(where)}", soft_wrap=True)
    if len(report.points) > len(shown):
        console.print(f"and {len(report.points) - len(shown)} more points")


def _print_table(console: Console, report: Report, point: int, operator: str) -> None:
    rows = [f for f in report.findings if f.point == point and f.operator == operator]
    title = operator if len(report.points) == 1 else f"{operator} at #{point}"
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=True, header_style="dim")
    for header in (title, "method", "value", "error", "verdict"):
        table.add_column(header, justify="right" if header == "error" else "left", no_wrap=header != "verdict")
    for index in dict.fromkeys(f.index for f in rows):
        entry = [f for f in rows if f.index == index]
        truth = next((f.reference for f in entry if f.reference is not None), None)
        basis = next((f.basis for f in entry if f.basis), "")
        table.add_row(_label(entry[0]), "reference", number_text(truth), "", basis, style="bold")
        for f in entry:
            color = COLORS[f.verdict]
            verdict = f"[{color}]{f.verdict}[/{color}]" + (f"  {escape(f.reason)}" if f.verdict is Verdict.INACCURATE else "")
            table.add_row("", escape(f.method), number_text(f.value), ulps_text(f.error_ulps), verdict)
    console.print()
    console.print(table)


def _print_summary(console: Console, report: Report) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for header in ("operator", "method", "entries", "worst error", "verdicts"):
        table.add_column(header, justify="right" if header in ("entries", "worst error") else "left")
    for operator, method in dict.fromkeys((f.operator, f.method) for f in report.findings):
        rows = [f for f in report.findings if (f.operator, f.method) == (operator, method)]
        worst = max((f.error_ulps for f in rows if f.error_ulps is not None), default=None)
        counts = {v: sum(f.verdict is v for f in rows) for v in Verdict}
        verdicts = ", ".join(f"[{COLORS[v]}]{n} {v}[/{COLORS[v]}]" for v, n in counts.items() if n)
        table.add_row(operator, escape(method), str(len(rows)), ulps_text(worst), verdicts)
    console.print()
    console.print(table)


def _print_remarks(console: Console, report: Report) -> None:
    """What is not plain agreement, in words: each sentence once, the wrong ones first."""
    order = [Verdict.DIFFER, Verdict.UNDECIDED, Verdict.OUTSIDE_DOMAIN, Verdict.INACCURATE, Verdict.UNSUPPORTED]
    lines: dict[str, str] = {}
    for verdict in order:
        for f in report.findings:
            if f.verdict is verdict:
                lines.setdefault(_remark(f, many=len(report.findings) > MOST_ROWS), COLORS[verdict])
    if lines:
        console.print()
    for line in list(lines)[:20]:
        console.print(escape(line), style=lines[line], soft_wrap=True)
    if len(lines) > 20:
        console.print(f"and {len(lines) - 20} more")


def _remark(f: Finding, many: bool) -> str:
    if f.verdict is Verdict.UNSUPPORTED:
        return f"{f.method} cannot do {f.operator}: {f.reason}"
    if f.verdict in (Verdict.UNDECIDED, Verdict.OUTSIDE_DOMAIN):
        return f"{f.verdict}: {f.reason}" + (f" (point #{f.point})" if many else "")
    place = f" at point #{f.point}" if many else ""
    what = f"{f.method} {f.operator} {_label(f)}{place}: {number_text(f.value)}, truth {number_text(f.reference)}"
    return f"{f.verdict} {what}: {f.reason}" + (f"\n  blame: {f.blame}" if f.blame else "")


def _print_end(console: Console, report: Report) -> None:
    lit = []
    for name, lamp in report.lamps.items():
        color = LAMP_COLORS[lamp.state]
        lit.append(f"{name} [{color}]{lamp.state}[/{color}]" + (f" ({escape(lamp.note)})" if lamp.note else ""))
    notes: Iterable[str] = report.notes
    console.print()
    console.print("lamps: " + "; ".join(_merged(lit, report)), soft_wrap=True)
    for note in notes:
        console.print(escape(note), soft_wrap=True)
    color = COLORS[report.verdict]
    console.print(f"[{color}]{report.verdict}[/{color}]: {SAYS[report.verdict]}  ({report.seconds:.2f} s)")


def _merged(lit: Sequence[str], report: Report) -> list[str]:
    """R and B are off for the same reason where there is no callable: said once."""
    r, b = report.lamps.get("R"), report.lamps.get("B")
    if r is not None and r == b and r.state == "off":
        return [*lit[:-2], f"R, B off ({escape(r.note)})"]
    return list(lit)


def _label(f: Finding) -> str:
    """`d/dx1`, `d2/dx1 dx2`, with the component of a vector function."""
    if not f.argument:
        return f.operator if not f.index else f"{f.operator}[{f.index[0]}]"
    names = f.argument.split(", ")
    order = "" if len(names) == 1 else str(len(names))
    component = f"[{f.index[0]}]" if len(f.index) > len(names) else ""
    return f"d{order}{component}/" + " ".join(f"d{n}" for n in names)


def number_text(value: float | None) -> str:
    """A float as its shortest exact text; whole numbers without a point."""
    if value is None:
        return "-"
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(float(value))


def ulps_text(error: float | None) -> str:
    if error is None:
        return ""
    return f"{error:.2g} ulp" if 0.01 < error < 1000 or error == 0 else f"{error:.1e} ulp"


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
