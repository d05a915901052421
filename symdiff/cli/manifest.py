"""`symdiff check mine.symdiff.toml`: many entries, a line for each as it is finished, and what came of it."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from rich.console import Console

from symdiff.cli.check import wants_color
from symdiff.cli.main import BAD_INPUT, CANNOT_TELL, DIFFERS, INTERRUPTED, OK
from symdiff.cli.progress import progress_bar
from symdiff.crosscheck import Verdict
from symdiff.crosscheck.orders import ORDERS
from symdiff.errors import InputError
from symdiff.reports.cells import COLORS, ulps_text
from symdiff.reports.github import MOST_ANNOTATIONS, annotation, reads_along
from symdiff.reports.html import rows_page
from symdiff.reports.junit import junit
from symdiff.reports.page import write
from symdiff.reports.remarks import of_row
from symdiff.sweep import Formula, Manifest, read
from symdiff.sweep.jobs import Ledger, rows
from symdiff.sweep.row import Row

WORST_FIRST = (DIFFERS, BAD_INPUT, CANNOT_TELL, OK)


def run(options: argparse.Namespace) -> int:
    """Check every entry of the file; the exit code is the worst of theirs."""
    for name in ("at", "wrt", "claimed", "range", "shape"):
        if getattr(options, name):
            raise InputError(f"--{name} belongs to one formula: in a manifest it is a key of that formula")
    if options.order is not None and options.order not in ORDERS:
        raise InputError(f"--order {options.order}: expected 1, 2 or 3")
    manifest = read(options.manifest)
    formulas = [_with_options(formula, options) for formula in manifest.formulas]
    for name in (options.json, options.junit, options.html):  # before anything is checked
        if name and name != "-":
            write(name, "")
    ledger = Ledger(options.resume) if options.resume else None
    start = time.perf_counter()
    found: dict[int, Row] = {}
    show = (lambda row: None) if options.json == "-" else _printer(formulas)
    whole, broken = True, None
    with progress_bar(manifest.path.name) as progress:
        try:
            for k, row in rows(formulas, options.seed, options.allow_import, options.jobs, progress, ledger):
                found[k] = row
                show(row)
        except KeyboardInterrupt:  # what is done is done
            whole = False
        except InputError as e:  # a process that died; the others' rows are there
            whole, broken = False, e
    seconds = time.perf_counter() - start
    finished = [found[k] for k in sorted(found)]
    code = next((c for c in WORST_FIRST if any(code_of(row) == c for row in finished)), OK)
    _write_files(options, manifest, finished, seconds, whole)
    if options.json != "-":
        _print_end(finished, len(formulas), seconds, whole)
        _annotate(finished)
    if broken is not None:
        raise broken
    return code if whole else INTERRUPTED


def _with_options(formula: Formula, options: argparse.Namespace) -> Formula:
    """What the command line says goes before what the file says."""
    changes: dict[str, Any] = {}
    if options.points:
        changes["points"] = options.points
    if options.operator:
        changes["operators"] = tuple(options.operator)
    if options.order is not None:
        changes["order"] = options.order
    if options.method:
        changes["methods"] = tuple(options.method)
    strict, prove = formula.strict or options.strict, formula.prove or options.prove
    return replace(formula, strict=strict, prove=prove, **changes)


def code_of(row: Row) -> int:
    """The exit code of one entry: as of a single check, and an expectation that is not met is a difference."""
    if row.error:
        return BAD_INPUT
    if row.ok:
        return OK
    if row.surprises or row.verdict in (Verdict.DIFFER, Verdict.INACCURATE):
        return DIFFERS
    return BAD_INPUT if row.verdict == Verdict.OUTSIDE_DOMAIN else CANNOT_TELL


# -- text --------------------------------------------------------------------------------------------------


def _console() -> Console:
    color = wants_color()
    return Console(force_terminal=color, no_color=not color, highlight=False, markup=False, soft_wrap=True)


def _printer(formulas: Sequence[Formula]) -> Callable[[Row], None]:
    """Prints a row in columns that fit all names."""
    console = _console()
    width = min(max(len(formula.name) for formula in formulas), 40)

    def show(row: Row) -> None:
        color = COLORS[Verdict(row.verdict)]
        if row.error:
            console.print(f"{row.name:<{width}}  ", "BAD INPUT", sep="", style=color)
            console.print(f"  {row.error}")
            return
        line = f"{row.entries:>6} entries  {ulps_text(row.worst_ulps) or '-':>11}  {row.seconds:>7.2f} s"
        console.print(f"{row.name:<{width}}  ", end="")
        console.print(f"{row.verdict:<14}", style=color, end="")
        console.print(line)
        for remark in of_row(row):
            console.print(f"  {remark}")

    return show


def _print_end(found: Sequence[Row], total: int, seconds: float, whole: bool) -> None:
    console = _console()
    points, entries = sum(row.points for row in found), sum(row.entries for row in found)
    findings = sum((Counter(row.verdicts) for row in found if not row.error), Counter[str]())
    formulas = Counter("BAD INPUT" if row.error else row.verdict for row in found)
    console.print(f"\n{_count(len(found), 'formula')}: {_counts(formulas) or 'none'}")
    known = sum(bool(row.known) and row.ok for row in found)
    if known:
        console.print(f"{known} of them wrong as expected")
    said = _counts(findings) or "nothing found"
    console.print(f"{_count(entries, 'entry', 'entries')} at {_count(points, 'point')}: {said}")
    console.print(f"{seconds:.1f} s" + ("" if whole else f"; interrupted, {total - len(found)} of {total} not checked"))


def _annotate(found: Sequence[Row]) -> None:
    """An annotation for every entry that is not right, where GitHub reads along."""
    for row in [row for row in found if not row.ok][:MOST_ANNOTATIONS] if reads_along() else ():
        said = row.error or "\n".join(of_row(row)) or row.verdict
        print(annotation(row.file, row.line, row.name, said))


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{n} {what}" for what, n in counter.most_common())


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


# -- files -------------------------------------------------------------------------------------------------


def _write_files(
    options: argparse.Namespace, manifest: Manifest, found: Sequence[Row], seconds: float, whole: bool
) -> None:
    if options.json == "-":
        print(_document(manifest, found, seconds, whole))
    elif options.json:
        write(options.json, _document(manifest, found, seconds, whole) + "\n")
    title, texts = os.fspath(manifest.path), ["\n".join(of_row(row)) for row in found]
    if options.junit:
        write(options.junit, junit(found, title, texts))
    if options.html:
        write(options.html, rows_page(found, title, texts, seconds))


def _document(manifest: Manifest, found: Sequence[Row], seconds: float, whole: bool) -> str:
    return json.dumps(
        {
            "manifest": str(manifest.path),
            "ok": whole and all(row.ok for row in found),
            "complete": whole,
            "verdicts": dict(Counter("BAD INPUT" if row.error else row.verdict for row in found)),
            "seconds": seconds,
            "formulas": [row.to_dict() for row in found],
        },
        indent=2,
        allow_nan=False,
    )
