"""Who wants to hear of reports: the pytest plugin, while a test runs, for its closing table.

A context variable and no list of listeners: nothing outside that one call is changed, and threads do not meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_hears: ContextVar[Callable[[Any], None] | None] = ContextVar("symdiff_hears", default=None)


@contextmanager
def listening(hears: Callable[[Any], None]) -> Iterator[None]:
    """Hand the report of every `assert_agree` that passes meanwhile to `hears`.

    >>> reports = []
    >>> with listening(reports.append):
    ...     heard("a report")
    >>> reports
    ['a report']
    """
    token = _hears.set(hears)
    try:
        yield
    finally:
        _hears.reset(token)


def heard(report: Any) -> None:
    """Hand a report to whoever listens."""
    hears = _hears.get()
    if hears is not None:
        hears(report)
