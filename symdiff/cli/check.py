"""`symdiff check`: one formula, or a manifest of many."""

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
from symdiff.reports.table import clip
from symdiff.reports.text import render


def run(options: argparse.Namespace) -> int:
    """Check, print, and say how it went."""
    if options.manifest is not None:
        if options.formula is not None:
            raise InputError("give a formula or --manifest FILE, not both")
        if options.shrink:
            raise InputError("--shrink reduces the failure of one formula: check that formula by itself")
        from symdiff.cli.manifest import run as run_manifest

        return run_manifest(options)
    if options.formula is None:
        raise InputError('no formula given: symdiff check "sin(x)*y" --at x=1 --at y=2, or --manifest FILE')
    problem = formula_of(options.formula)
    if not problem.names and options.operator != ["value"]:
        raise InputError(f"{clip(problem.source, 100)} has no variable: there is nothing to differentiate by")
    at = read_at(options.at, problem, generate=options.points)
    with progress_bar("checking") as progress:
        report = crosscheck(problem, at=at, progress=progress, **settings(options))
    show(report, options.json)
    if options.shrink and not options.json and worst(report) is not None:
        print(f"\n{report.shrink()}")
    return exit_code(report)


def settings(options: argparse.Namespace) -> dict[str, Any]:
    """The options that `crosscheck` takes under the same meaning."""
    claimed = options.claimed
    return {
        "wrt": options.wrt, "operators": options.operator, "methods": options.method, "points": options.points,
        "seed": options.seed, "strict": options.strict, "prove": options.prove, "claimed": claimed,
    }  # fmt: skip


def show(report: Report, as_json: bool) -> None:
    """Print a report: JSON, or text in colour on a terminal."""
    if as_json:
        print(report.to_json())
    else:
        print(render(report, color=wants_color()))


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
