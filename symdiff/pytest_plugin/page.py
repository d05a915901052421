"""`--symdiff-html FILE`: all checks of a session on one page, written by the process that hears of all tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

MOST_CHECKS = 200  # of one test that the page lists, besides those that are not right
MOST_TEXT = 20_000  # characters of a report

PATH: pytest.StashKey[Path] = pytest.StashKey()
CHECKS: pytest.StashKey[list[dict[str, Any]]] = pytest.StashKey()  # of a test: what the page says of its checks
LEFT: pytest.StashKey[int] = pytest.StashKey()  # and how many more there were


def prepare(config: pytest.Config) -> None:
    """See that the page can be written, before anything is checked; the workers of xdist write none."""
    given = config.getoption("symdiff_html")
    if given is None or hasattr(config, "workerinput"):
        return
    from symdiff.errors import InputError
    from symdiff.reports.page import write

    path = Path(given).expanduser().absolute()  # a test may change the folder
    try:
        write(path, "")
    except InputError as e:
        raise pytest.UsageError(f"--symdiff-html: {e}") from e
    config.stash[PATH] = path


def remember(item: pytest.Item, row: Any, report: Any) -> None:
    """What the page says of a check, in types that go to another process."""
    from symdiff.reports.remarks import of_row

    checks = item.stash.setdefault(CHECKS, [])
    if row.ok and len(checks) >= MOST_CHECKS:
        item.stash[LEFT] = item.stash.get(LEFT, 0) + 1
        return
    said = "\n".join(of_row(row))
    whole = "" if row.ok or row.error else str(report)[:MOST_TEXT]
    record = replace(row, name=item.nodeid, findings=[], residuals=[], notes=[]).to_dict()
    checks.append({"row": record, "says": said, "whole": whole})


def attach(item: pytest.Item, report: Any) -> None:
    """Send it with the test's report."""
    checks = item.stash.get(CHECKS, [])
    if checks:
        report.symdiff_page = {"checks": checks, "left": item.stash.get(LEFT, 0)}


def write_page(config: pytest.Config, reports: Iterable[Any]) -> str:
    """Write the page from what came with the tests' reports. Returns a line that says where it is.

    Raises:
        InputError: it cannot be written any more.
    """
    from symdiff.reports.html import rows_page
    from symdiff.reports.page import write
    from symdiff.sweep.row import Row

    sent = [r.symdiff_page for r in reports if hasattr(r, "symdiff_page")]
    checks = [check for found in sent for check in found["checks"]]
    rows = [Row.from_dict(check["row"]) for check in checks]
    left = sum(found["left"] for found in sent)
    title = f"symdiff: the checks of {config.rootpath.name}" + (f", and {left} more that agree" if left else "")
    seconds = sum(row.seconds for row in rows)
    says, wholes = [check["says"] for check in checks], [check["whole"] for check in checks]
    write(config.stash[PATH], rows_page(rows, title, says, seconds, wholes))
    return f"HTML report of {len(rows)} checks: {config.stash[PATH]}"
