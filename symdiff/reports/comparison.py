"""The costs of the methods as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from symdiff.crosscheck.verdict import Verdict
from symdiff.reports.cells import COLORS, ulps_text
from symdiff.reports.table import clip
from symdiff.reports.terminal import bare_table, console_of, printed

if TYPE_CHECKING:
    from symdiff.comparison import Comparison

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"))
RIGHT = ("time", "ratio", "first call", "calls of f", "peak", "error")
FOOT = "times are this machine's, now: medians of warm calls; the first call records, derives and compiles"


def comparison_text(found: Comparison, color: bool = False, width: int = 110) -> str:
    """A line for each method, the quickest first; below it what those say that cannot do it."""
    console = console_of(color, width)
    console.print(escape(clip(found.source, 4 * width)), style="bold")
    table = bare_table()
    for header in (found.operator, *RIGHT, "verdict"):
        table.add_column(header, justify="right" if header in RIGHT else "left", no_wrap=True)
    least = next((row.seconds for row in found.rows if row.seconds), None)
    for row in found.rows:
        ratio = f"{row.seconds / least:.2g}" if row.seconds and least and row.seconds < 100 * least else "> 100"
        table.add_row(
            escape(row.method), seconds_text(row.seconds), ratio if row.seconds else "-", seconds_text(row.first),
            "-" if row.calls is None else str(row.calls), bytes_text(row.peak), ulps_text(row.worst_ulps) or "-",
            f"[{COLORS[Verdict(row.verdict)]}]{row.verdict}[/]" if row.verdict else "",
        )  # fmt: skip
    console.print()
    console.print(table)
    console.print()
    for row in found.rows:
        if row.why:
            console.print(escape(f"{row.method}: {clip(row.why, 300)}"))
    console.print(FOOT, style="dim")
    return printed(console)


def seconds_text(value: float | None) -> str:
    """A time in the unit that suits it.

    >>> seconds_text(0.00123), seconds_text(2.5e-7), seconds_text(None)
    ('1.23 ms', '0.25 us', '-')
    """
    if value is None:
        return "-"
    size, unit = next((u for u in UNITS if value >= u[0]), UNITS[-1])
    return f"{value / size:.3g} {unit}"


def bytes_text(value: int | None) -> str:
    """A size in the unit that suits it.

    >>> bytes_text(1536), bytes_text(100), bytes_text(3 * 2**20)
    ('1.5 kB', '100 B', '3.0 MB')
    """
    if value is None:
        return "-"
    for size, unit in ((2**30, "GB"), (2**20, "MB"), (2**10, "kB")):
        if value >= size:
            return f"{value / size:.1f} {unit}"
    return f"{value} B"
