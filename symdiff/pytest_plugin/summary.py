"""The closing table: functions by methods, with verdicts and largest errors; and annotations on GitHub.

It runs in the controller of a distributed session, too, on what the workers sent: plain data, and no symdiff.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

MOST_ROWS, MOST_ANNOTATIONS = 20, 50
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


def merged(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per function: the worst verdict and the largest error of all its checks."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        old = found.get(row["name"])
        if old is None:
            found[row["name"]] = {**row, "checks": 1, "methods": dict(row["methods"])}
            continue
        for method, cell in row["methods"].items():
            old["methods"][method] = _worse(old["methods"].get(method, cell), cell)
        old["verdict"] = min(old["verdict"], row["verdict"], key=_rank)
        old["ok"] = old["ok"] and row["ok"]
        old |= {remark: old[remark] or row[remark] for remark in ("known", "surprise")}
        old["points"] += row["points"]
        old["checks"] += 1
    return list(found.values())


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
    """`::error file=,line=::` for every failure, where GitHub's runner reads the output
    (https://docs.github.com/actions/reference/workflow-commands-for-github-actions)."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    places = [(r.nodeid, r.symdiff["place"]) for r in reports if r.symdiff["place"]]
    base = Path(os.environ.get("GITHUB_WORKSPACE") or root)
    for nodeid, place in places[:MOST_ANNOTATIONS]:
        reporter.write_line(annotation(place["file"], place["line"], nodeid.rpartition("::")[2], place["says"], base))


def annotation(file: str, line: int, title: str, message: str, base: Path) -> str:
    r"""One workflow command.

    >>> annotation("/a/t.py", 3, "x[1]", "50 % off\nat 1", Path("/a"))
    '::error file=t.py,line=3,title=symdiff%3A x[1]::50 %25 off%0Aat 1'
    """
    path = Path(file)
    shown = path.relative_to(base).as_posix() if path.is_relative_to(base) else path.as_posix()
    names = f"file={_property(shown)},line={line},title={_property('symdiff: ' + title)}"
    return f"::error {names}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
