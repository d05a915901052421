"""Failures as a person wants to read them: the line of the test, then the diagnosis, and none of symdiff's frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

OWN = Path(__file__).parents[1]


def without_own_frames(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Take symdiff's frames out of the traceback; with --full-trace they stay."""
    if item.config.getoption("fulltrace", False):
        return
    kept = excinfo.traceback.filter(lambda entry: OWN not in Path(str(entry.path)).parents)
    if len(kept):
        excinfo.traceback = kept


def rewrite(report: pytest.TestReport, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """One line where the exception's long text would stand, and the text in a section of its own.

    What pytest made of the failure is left as it is where it has another form, as with --tb=native.
    """
    shown: Any = report.longrepr
    entries = getattr(getattr(shown, "reprtraceback", None), "reprentries", None)
    if not entries or not hasattr(shown, "addsection"):
        return
    line = conclusion(excinfo.value)
    if getattr(shown, "reprcrash", None) is not None:
        shown.reprcrash.message = line
    last = entries[-1]
    marked = [k for k, text in enumerate(last.lines) if text.startswith("E ")]  # from here on: the exception
    if marked and getattr(last, "style", "") in ("long", "short", "line"):
        last.lines = [*last.lines[: marked[0]], f"E   {line}"]
        if last.style != "line":
            shown.addsection("symdiff", str(excinfo.value))


def conclusion(error: BaseException) -> str:
    """`DIFFER: claimed is wrong; symbolic, tape and jax are right`; what stands last in the report."""
    report = getattr(error, "report", None)
    if report is None:
        return str(error).splitlines()[0]
    from symdiff.reports.text import conclusion as of_report

    if report.ok:  # right as far as it goes: then a method is missing
        return str(error).splitlines()[-1]
    return f"{report.verdict}: {of_report(report)}"
