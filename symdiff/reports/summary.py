"""What was found, counted: for reports with more entries than anybody reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape

from symdiff.crosscheck.report import Finding, Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.reports.cells import COLORS, error_text, noise_text
from symdiff.reports.terminal import bare_table

MOST_ROWS = 40  # entries shown in full; above that, a summary and whatever is not plain agreement
MOST_ARRAYS = 64  # that have a line of their own


def print_summary(console: Console, report: Report) -> None:
    """A line for each operator and method; for each array, too, where the function has several."""
    table = bare_table()
    measured = ["noise floor"] if any(f.noise is not None for f in report.findings) else []
    right = ("entries", "worst error", "noise floor")
    for header in ("operator", "method", "entries", "worst error", *measured, "verdicts"):
        table.add_column(header, justify="right" if header in right else "left")
    for label, methods, rows in _groups(report):
        worst = max((f for f in rows if f.error_ulps is not None), key=lambda f: f.error_ulps or 0.0, default=None)
        counts = {v: sum(f.verdict is v for f in rows) for v in Verdict}
        verdicts = ", ".join(f"[{COLORS[v]}]{n} {v}[/{COLORS[v]}]" for v, n in counts.items() if n)
        floor = [noise_text(rows if worst is None else [worst])] if measured else []
        table.add_row(escape(label), escape(methods), str(len(rows)), error_text(worst), *floor, verdicts)
    console.print()
    console.print(table)


def _groups(report: Report) -> Iterator[tuple[str, str, list[Finding]]]:
    """The lines of the summary: what it is of, by whom, and the findings."""
    for operator in dict.fromkeys(f.operator for f in report.findings):
        rows = [f for f in report.findings if f.operator == operator]
        methods = list(dict.fromkeys(f.method for f in rows))
        arrays = _arrays(report, rows)
        together = len(arrays) * len(methods) > MOST_ROWS
        for array in arrays or [""]:
            label = f"{operator} d/d{array}" if array else operator
            here = [f for f in rows if not arrays or f.array == array]
            if together and arrays:
                yield label, ", ".join(methods), here
                continue
            for method in methods:
                yield label, method, [f for f in here if f.method == method]


def _arrays(report: Report, rows: Sequence[Finding]) -> list[str]:
    """The arrays that are differentiated by, where there are several and not too many to list."""
    found = list(dict.fromkeys(f.array for f in rows))
    known = report.points[0] if report.points else {}
    arrays = any(isinstance(known.get(a), list) or getattr(known.get(a), "ndim", 0) for a in found)
    return found if arrays and all(a in known for a in found) and 1 < len(found) <= MOST_ARRAYS else []
