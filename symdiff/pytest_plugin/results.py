"""What a test has checked, as plain data on its report: xdist sends it to the controller, JUnit writes it down."""

from __future__ import annotations

from typing import Any

import pytest

from symdiff.pytest_plugin import ROWS, page
from symdiff.pytest_plugin.summary import add

MOST_FUNCTIONS = 200  # of one test; a test over random formulas may have thousands
OTHERS = "other functions"


def remember(item: pytest.Item, report: Any) -> None:
    """Keep what the table needs of a report; the report itself may be large."""
    from symdiff.sweep.row import Row

    remember_row(item, Row.of(report, report.source), report)


def remember_row(item: pytest.Item, row: Any, report: Any) -> None:
    """The same for an entry of a manifest."""
    if item.config.getoption("symdiff_html", None) is not None:
        page.remember(item, row, report)
    found = item.stash.setdefault(ROWS, {})
    record = plain(row)
    if len(found) >= MOST_FUNCTIONS and record["name"] not in found:
        record["name"] = OTHERS
    add(found, record)


def properties(item: pytest.Item, disagreement: pytest.ExceptionInfo[BaseException] | None) -> None:
    """Properties for JUnit: what was checked, its verdict and the largest error."""
    report = getattr(disagreement.value, "report", None) if disagreement is not None else None
    if report is not None:
        remember(item, report)
    for row in item.stash.get(ROWS, {}).values():
        item.user_properties.append(("symdiff.function", row["name"]))
        item.user_properties.append(("symdiff.verdict", row["verdict"]))
        if row["worst_ulps"] is not None:
            item.user_properties.append(("symdiff.worst_ulps", f"{row['worst_ulps']:.3g}"))


def attach(
    item: pytest.Item, report: pytest.TestReport, disagreement: pytest.ExceptionInfo[BaseException] | None
) -> None:
    """Put the rows on the report, and where a failure stands in the sources."""
    rows = list(item.stash.get(ROWS, {}).values())
    if not rows:
        return
    place: dict[str, Any] = {}
    if report.failed:
        path, line, _ = item.reportinfo()
        place = {"file": str(path), "line": (line or 0) + 1}
        if disagreement is not None:  # the line of the test that asked
            last = disagreement.traceback[-1]
            place = {"file": str(last.path), "line": last.lineno + 1}
        crash = getattr(report.longrepr, "reprcrash", None)
        place["says"] = crash.message if crash is not None else report.longreprtext
    page.attach(item, report)
    report.symdiff = {"rows": rows, "place": place}  # type: ignore[attr-defined]  # reports carry what plugins add


def plain(row: Any) -> dict[str, Any]:
    """What the table needs, in types that go to another process."""
    methods = {name: list(cell) for name, cell in row.methods.items()}
    return {
        "name": " ".join(row.name.split())[:200], "verdict": "BAD INPUT" if row.error else row.verdict, "ok": row.ok,
        "points": row.points, "checks": 1, "worst_ulps": row.worst_ulps, "methods": methods,
        "known": bool(row.known), "surprise": bool(row.surprises),
    }  # fmt: skip
