"""`symdiff check`: one formula, one Python function, or a manifest of many."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from symdiff.cli.main import BAD_INPUT, CANNOT_TELL, DIFFERS, OK
from symdiff.cli.options import read_at
from symdiff.cli.progress import progress_bar
from symdiff.crosscheck import Report, Verdict, crosscheck
from symdiff.crosscheck.shrinking import worst
from symdiff.errors import InputError
from symdiff.inputs import formula_of
from symdiff.reports.page import write
from symdiff.reports.table import clip
from symdiff.reports.text import render
from symdiff.sweep.values import names_code

OF_MANIFESTS = ("jobs", "resume")  # options that one formula has no use for


def run(options: argparse.Namespace) -> int:
    """Check, print, and say how it went."""
    if options.manifest is None and options.formula is not None and options.formula.endswith(".toml"):
        options.manifest, options.formula = options.formula, None
    if options.manifest is not None:
        if options.formula is not None:
            raise InputError("give a formula or --manifest FILE, not both")
        if options.shrink:
            raise InputError("--shrink reduces the failure of one formula: check that formula by itself")
        from symdiff.cli.manifest import run as run_manifest

        return run_manifest(options)
    if options.formula is None:
        raise InputError('no formula given: symdiff check "sin(x)*y" --at x=1 --at y=2, or --manifest FILE')
    for name in OF_MANIFESTS:
        if getattr(options, name) not in (None, 1):
            raise InputError(f"--{name} is for manifests: symdiff check FILE.symdiff.toml --{name} ...")
    for name in (options.html, options.junit):
        if name:  # before anything is checked
            write(name, "")
    if names_code(options.formula) or options.range or options.shape:
        from symdiff.cli.code import report_on

        report = report_on(options)
    else:
        problem = formula_of(options.formula)
        if not problem.names and options.operator != ["value"]:
            raise InputError(f"{clip(problem.source, 100)} has no variable: there is nothing to differentiate by")
        at = read_at(options.at, problem, generate=options.points)
        with progress_bar("checking") as progress:
            report = crosscheck(problem, at=at, progress=progress, **settings(options))
    show(report, options.json)
    if options.html:
        report.to_html(options.html)
    if options.junit:
        report.to_junit(options.junit)
    if options.shrink and not options.json and worst(report) is not None:
        print(f"\n{report.shrink()}")
    return exit_code(report)


def settings(options: argparse.Namespace) -> dict[str, Any]:
    """The options that `crosscheck` takes under the same meaning."""
    claimed = options.claimed
    return {
        "wrt": options.wrt, "operators": options.operator, "order": options.order, "methods": options.method,
        "points": options.points, "seed": options.seed, "strict": options.strict, "prove": options.prove,
        "claimed": claimed,
    }  # fmt: skip


def show(report: Report, as_json: str | bool | None) -> None:
    """Print a report: JSON, or text in colour on a terminal. `as_json` may be the name of a file to write beside it."""
    if as_json in (True, "-"):
        print(report.to_json())
        return
    print(render(report, color=wants_color()))
    if isinstance(as_json, str):
        write(as_json, report.to_json() + "\n")


def wants_color() -> bool:
    """Colour only on a terminal, and not where NO_COLOR is set (https://no-color.org)."""
    import os

    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def exit_code(report: Report) -> int:
    """0 all right, 1 a derivative differs (or lost digits, if strict), 2 bad input, 3 cannot tell."""
    if report.error or report.verdict is Verdict.OUTSIDE_DOMAIN:
        return BAD_INPUT
    if report.ok:
        return OK
    return DIFFERS if report.verdict in (Verdict.DIFFER, Verdict.INACCURATE) else CANNOT_TELL
