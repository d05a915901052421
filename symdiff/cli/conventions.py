"""`symdiff conventions`: what each method takes where there is no derivative."""

from __future__ import annotations

import argparse
import json

from symdiff.cli.main import OK
from symdiff.cli.options import read_at
from symdiff.cli.progress import progress_bar
from symdiff.crosscheck.kinks.convention_table import Conventions, all_conventions, conventions_at
from symdiff.errors import InputError
from symdiff.inputs import formula_of
from symdiff.reports.conventions import conventions_text
from symdiff.reports.table import clip


def run(options: argparse.Namespace) -> int:
    """The table of all kinks, or of one formula at one point, as text or JSON."""
    if options.formula is None:
        if options.at or options.operator:
            raise InputError('--at and --operator are for a formula: symdiff conventions "max(x, 2*x)" --at x=0')
        with progress_bar("asking") as progress:
            table = all_conventions(options.method, progress)
    else:
        table = _of_formula(options)
    if options.json:
        print(json.dumps(table.to_dict(), indent=2, allow_nan=False))
    else:
        print(conventions_text(table, reasons=options.formula is not None))
    return OK


def _of_formula(options: argparse.Namespace) -> Conventions:
    problem = formula_of(options.formula)
    if not problem.names:
        raise InputError(f"{clip(problem.source, 100)} has no variable: there is nothing to differentiate by")
    return conventions_at(problem, read_at(options.at, problem), methods=options.method, operators=options.operator)
