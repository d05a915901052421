"""A manifest's rows, or one report, as JUnit XML, which CI systems read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from symdiff.crosscheck.report import Finding, Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.reports.remarks import diagnoses, remarks

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
    kinds = ["error" if r.error else "failure" if not r.ok else "skipped" if r.known else "" for r in rows]
    cases = [line for row, text in zip(rows, texts, strict=True) for line in _case(row, suite, text)]
    return _suite(suite, kinds, sum(row.seconds for row in rows), cases)


def _suite(name: str, kinds: Sequence[str], seconds: float, cases: Sequence[str]) -> str:
    """The whole document: of each case its kind ("failure", "error", "skipped", "" for a pass), and its lines."""
    words = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    numbers = {"tests": len(kinds)} | {word: kinds.count(kind) for word, kind in words.items()}
    counts = " ".join(f'{word}="{n}"' for word, n in numbers.items())
    head = f'<testsuites><testsuite name={_quoted(name)} {counts} time="{seconds:.3f}">'
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', head, *cases, "</testsuite></testsuites>", ""])


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


def junit_of(report: Report) -> str:
    """One test case for every method, or claim, under every operator; and for every red lamp that no entry explains.

    A method that cannot do the function is skipped; what is not right is a failure, with its sentences.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for f in report.findings:
        groups.setdefault((f.method, f.operator), []).append(f)
    cases = [(f"{method} {operator}".strip(), *_state(report, found)) for (method, operator), found in groups.items()]
    if not any(f.verdict is Verdict.DIFFER for f in report.findings):
        red = {name: lamp.note for name, lamp in report.lamps.items() if lamp.state == "red"}
        cases += [(f"lamp {name}", "failure", note or "red") for name, note in red.items()]
    suite, seconds = " ".join(report.source.split())[:200], report.seconds
    lines: list[str] = []
    for name, state, said in cases:
        lines += [f'<testcase classname={_quoted(suite)} name={_quoted(name)} time="{seconds / len(cases):.3f}">']
        first = said.splitlines()[0] if said else ""
        lines += [f"<{state} message={_quoted(first)}>{_text(said)}</{state}>"] if state else []
        lines += ["</testcase>"]
    return _suite(suite, [state for _, state, _ in cases], seconds, lines)


def _state(report: Report, found: Sequence[Finding]) -> tuple[str, str]:
    """"failure", "error", "skipped" or "" for a pass; and why."""
    alone = report.part(found)
    if alone.ok:
        return "", ""
    claimed = found[0].method.startswith("claimed")
    exactly = [f"exactly: {residual}" for residual in report.residuals] if claimed else []
    said = "\n".join([*remarks(alone, many=True), *diagnoses(alone), *exactly]) or str(alone.verdict)
    if report.error:
        return "error", report.error
    return ("skipped" if alone.verdict is Verdict.UNSUPPORTED else "failure"), said


def _text(text: str) -> str:
    return escape(NOT_IN_XML.sub("?", text))


def _quoted(text: str) -> str:
    return quoteattr(NOT_IN_XML.sub("?", text))
