"""`symdiff compare`: what every method costs on one function, and how exact it is."""

from __future__ import annotations

import argparse
from typing import Any

from symdiff.cli.check import wants_color
from symdiff.cli.code import pairs, read_interval, read_shape, read_value, running
from symdiff.cli.main import OK
from symdiff.cli.options import read_at
from symdiff.comparison import Comparison, compare
from symdiff.errors import InputError
from symdiff.inputs import formula_of
from symdiff.reports.comparison import comparison_text
from symdiff.reports.page import write
from symdiff.sweep.arguments import sample
from symdiff.sweep.code import load
from symdiff.sweep.run import as_arrays
from symdiff.sweep.values import names_code


def run(options: argparse.Namespace) -> int:
    """The table; with --plot, the figure, too."""
    if options.plot:  # before anything is timed
        write(options.plot, "")
    found = _of_code(options) if names_code(options.formula) else _of_formula(options)
    print(found.to_json() if options.json else comparison_text(found, color=wants_color()))
    if options.plot:
        found.plot(options.plot)
    return OK


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    return {"wrt": options.wrt, "methods": options.method, "operator": options.operator, "seconds": options.seconds}


def _of_formula(options: argparse.Namespace) -> Comparison:
    for name in ("range", "shape", "claimed"):
        if getattr(options, name):
            raise InputError(f"--{name} is for Python functions, MODULE:NAME")
    problem = formula_of(options.formula)
    return compare(problem, at=read_at(options.at, problem) or {}, **_settings(options))


def _of_code(options: argparse.Namespace) -> Comparison:
    """A Python function at one call: what is given, and what is drawn for the rest."""
    with running(options.formula):
        f = load(options.formula)
        claimed = load(options.claimed) if options.claimed else None
        at = {name: as_arrays(value) for name, value in pairs(options.at, "at", read_value).items()}
        ranges, shapes = pairs(options.range, "range", read_interval), pairs(options.shape, "shape", read_shape)
        calls, _ = sample(f, at, ranges, shapes, 1, options.seed)
        return compare(f, at=calls[0], claimed=claimed, **_settings(options))
