"""The closing table: functions by methods, with verdicts and largest errors; and annotations on GitHub.

It runs in the controller of a distributed session, too, on what the workers sent: plain data, and no symdiff.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]  # see `results.plain`

MOST_ROWS = 20
WIDTH = 40  # of a function's name
# The worst first, as a Report has them.
ORDER = ("BAD INPUT", "DIFFER", "UNDECIDED", "OUTSIDE_DOMAIN", "UNSUPPORTED", "KINK", "INACCURATE", "AGREE", "PROVED")
PLAIN = ("AGREE", "PROVED")
FIRST = ("symbolic", "tape", "jax")  # columns that stand in front


def write(reporter: Any, reports: Iterable[Any], verbosity: int = 0) -> None:
    """The table, the worst first: at most 20 rows, all with -v, and with -q only what is not right."""
    rows = merged([row for report in reports for row in report.symdiff["rows"]])
    ordered = sorted(rows, key=lambda r: (r["ok"], _rank(r["verdict"])))
    shown = ordered if verbosity > 0 else ordered[:MOST_ROWS]
    if verbosity < 0:
        shown = [r for r in shown if not r["ok"] or r["known"]]
    methods = dict.fromkeys(m for m in FIRST if any(m in r["methods"] for r in shown))
    methods |= dict.fromkeys(m for r in shown for m in r["methods"])
    table = [["function", "checks", "verdict", *methods]]
    for row in shown:
        remark = " (unexpected)" if row["surprise"] else " (expected)" if row["known"] and row["ok"] else ""
        cells = [_cell(*row["methods"][m]) if m in row["methods"] else "" for m in methods]
        table.append([_clipped(row["name"]), str(row["checks"]), row["verdict"] + remark, *cells])
    widths = [max(len(line[k]) for line in table) for k in range(len(table[0]))]
    reporter.section("symdiff", sep="-")
    for k, line in enumerate(table if shown else []):
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        color = {} if k == 0 else {"red": not shown[k - 1]["ok"], "yellow": shown[k - 1]["known"]}
        reporter.write_line(text, **{name: on for name, on in color.items() if on})
    rest = len(rows) - len(shown)
    if rest and verbosity >= 0:
        reporter.write_line(f"and {rest} more (-v shows all)")
    points, checks = sum(r["points"] for r in rows), sum(r["checks"] for r in rows)
    reporter.write_line(f"{_count(len(rows), 'function')}, {_count(checks, 'check')} at {_count(points, 'point')}")


def merged(rows: Iterable[Row]) -> list[Row]:
    """One row per function: the worst verdict and the largest error of all its checks."""
    found: dict[str, Row] = {}
    for row in rows:
        add(found, row)
    return list(found.values())


def add(found: dict[str, Row], row: Row) -> None:
    """Merge a row into those that are there, by its name."""
    old = found.get(row["name"])
    if old is None:
        found[row["name"]] = {**row, "methods": dict(row["methods"])}
        return
    for method, cell in row["methods"].items():
        old["methods"][method] = _worse(old["methods"].get(method, cell), cell)
    old["verdict"] = min(old["verdict"], row["verdict"], key=_rank)
    old["worst_ulps"] = max((r["worst_ulps"] for r in (old, row) if r["worst_ulps"] is not None), default=None)
    old["ok"] = old["ok"] and row["ok"]
    for remark in ("known", "surprise"):
        old[remark] = old[remark] or row[remark]
    for number in ("points", "checks"):
        old[number] += row[number]


def _worse(a: Sequence[Any], b: Sequence[Any]) -> list[Any]:
    errors = [ulps for _, ulps in (a, b) if ulps is not None]
    return [min(a[0], b[0], key=_rank), max(errors, default=None)]


def _rank(verdict: str) -> int:
    return ORDER.index(verdict) if verdict in ORDER else 0


def _cell(verdict: str, ulps: float | None) -> str:
    if ulps is None or verdict in ("DIFFER", "UNSUPPORTED"):
        return verdict
    return f"{verdict} {ulps:.2g} ulp" if ulps == 0 or 0.01 < ulps < 1000 else f"{verdict} {ulps:.1e} ulp"


def _clipped(name: str) -> str:
    return name if len(name) <= WIDTH else name[: WIDTH - 3] + "..."


def _count(n: int, what: str) -> str:
    return f"{n} {what}" + ("" if n == 1 else "s")


def annotate(reporter: Any, reports: Iterable[Any], root: Path) -> None:
    """An annotation for every failure, where GitHub reads along."""
    from symdiff.reports.github import MOST_ANNOTATIONS, annotation, reads_along

    if not reads_along():
        return
    base = Path(os.environ.get("GITHUB_WORKSPACE") or root)
    places = [(r.nodeid, r.symdiff["place"]) for r in reports if r.symdiff["place"]]
    for nodeid, place in places[:MOST_ANNOTATIONS]:
        reporter.write_line(annotation(place["file"], place["line"], nodeid.rpartition("::")[2], place["says"], base))
