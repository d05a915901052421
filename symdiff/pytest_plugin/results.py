"""What a test has checked, as plain data on its report: xdist sends it to the controller, JUnit writes it down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

ROWS: pytest.StashKey[list[dict[str, Any]]] = pytest.StashKey()


def remember(item: pytest.Item, reports: Sequence[Any]) -> None:
    """Keep the rows of these reports with the test; the reports themselves may be large."""
    from symdiff.sweep.row import Row

    item.stash.setdefault(ROWS, []).extend(_plain(Row.of(report, report.source)) for report in reports)


def remember_row(item: pytest.Item, row: Any) -> None:
    """The same for an entry of a manifest."""
    item.stash.setdefault(ROWS, []).append(_plain(row))


def properties(item: pytest.Item, disagreement: pytest.ExceptionInfo[BaseException] | None) -> None:
    """Properties for JUnit: what was checked, its verdict and the largest error."""
    report = getattr(disagreement.value, "report", None) if disagreement is not None else None
    if report is not None:
        remember(item, [report])
    for row in item.stash.get(ROWS, []):
        item.user_properties.append(("symdiff.function", row["name"]))
        item.user_properties.append(("symdiff.verdict", row["verdict"]))
        if row["worst_ulps"] is not None:
            item.user_properties.append(("symdiff.worst_ulps", f"{row['worst_ulps']:.3g}"))


def attach(
    item: pytest.Item, report: pytest.TestReport, disagreement: pytest.ExceptionInfo[BaseException] | None
) -> None:
    """Put the rows on the report, and where a failure stands in the sources."""
    rows = item.stash.get(ROWS, [])
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
    report.symdiff = {"rows": rows, "place": place}  # type: ignore[attr-defined]  # reports carry what plugins add


def _plain(row: Any) -> dict[str, Any]:
    """What the table needs."""
    methods = {name: list(cell) for name, cell in row.methods.items()}
    return {
        "name": " ".join(row.name.split())[:200], "verdict": "BAD INPUT" if row.error else row.verdict, "ok": row.ok,
        "points": row.points, "worst_ulps": row.worst_ulps, "methods": methods, "known": bool(row.known),
        "surprise": bool(row.surprises),
    }  # fmt: skip
