"""Who wants to hear of reports: the pytest plugin, while a test runs, for its closing table.

A context variable and no list of listeners: nothing outside that one call is changed, and threads do not meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_heard: ContextVar[list[Any] | None] = ContextVar("symdiff_reports", default=None)


@contextmanager
def listening() -> Iterator[list[Any]]:
    """Collect the reports of every `assert_agree` that passes meanwhile.

    >>> with listening() as reports:
    ...     heard("a report")
    >>> reports
    ['a report']
    """
    reports: list[Any] = []
    token = _heard.set(reports)
    try:
        yield reports
    finally:
        _heard.reset(token)


def heard(report: Any) -> None:
    """Hand a report to whoever listens."""
    reports = _heard.get()
    if reports is not None:
        reports.append(report)
