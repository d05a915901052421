"""A manifest's rows as JUnit XML, which CI systems read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from symdiff.sweep.row import Row

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(rows: Sequence[Row], suite: str, texts: Sequence[str]) -> str:
    """One test case per row: a failure where it is not right, an error where it could not be checked.

    Args:
        rows: in the order they are to stand in.
        suite: the name of the suite.
        texts: for each row the sentences on what is not right.
    """
    failures = sum(not row.ok and not row.error for row in rows)
    errors = sum(bool(row.error) for row in rows)
    seconds = sum(row.seconds for row in rows)
    skipped = sum(row.ok and bool(row.known) for row in rows)
    counts = f'tests="{len(rows)}" failures="{failures}" errors="{errors}" skipped="{skipped}" time="{seconds:.3f}"'
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f"<testsuites><testsuite name={_quoted(suite)} {counts}>"]
    for row, text in zip(rows, texts, strict=True):
        lines += _case(row, suite, text)
    return "\n".join([*lines, "</testsuite></testsuites>", ""])


def _case(row: Row, suite: str, text: str) -> list[str]:
    place = f" file={_quoted(row.file)} line={_quoted(str(row.line))}" if row.file else ""
    lines = [f'<testcase classname={_quoted(suite)} name={_quoted(row.name)} time="{row.seconds:.3f}"{place}>']
    facts = {"verdict": row.verdict, "points": row.points, "entries": row.entries, "worst_ulps": row.worst_ulps}
    lines += ["<properties>"]
    lines += [
        f"<property name={_quoted('symdiff.' + name)} value={_quoted(str(value))}/>"
        for name, value in facts.items()
        if value is not None
    ]
    lines += ["</properties>"]
    if row.error:
        lines += [f"<error message={_quoted(row.error.splitlines()[0])}>{_text(row.error)}</error>"]
    elif not row.ok:
        first = text.splitlines()[0] if text else row.verdict
        lines += [f"<failure message={_quoted(first)}>{_text(text)}</failure>"]
    elif row.known:
        lines += [f"<skipped message={_quoted('; '.join(row.known))}/>"]
    return [*lines, "</testcase>"]


def _text(text: str) -> str:
    return escape(NOT_IN_XML.sub("?", text))


def _quoted(text: str) -> str:
    return quoteattr(NOT_IN_XML.sub("?", text))
