"""`symdiff steps`: the lecture's table."""

from __future__ import annotations

import argparse

from symdiff.cli.main import OK
from symdiff.cli.options import read_at
from symdiff.errors import InputError
from symdiff.inputs import formula_of
from symdiff.lecture import steps


def run(options: argparse.Namespace) -> int:
    """The table as text, LaTeX or JSON; with --paths, the chain rule for one variable."""
    problem = formula_of(options.formula)
    table = steps(problem, at=read_at(options.at, problem))
    if options.paths and (options.json or options.latex):
        raise InputError("--paths is text: leave --json and --latex away")
    paths = table.paths(options.paths) if options.paths else None
    if options.json:
        print(table.to_json())
    elif options.latex:
        print(table.to_latex())
    else:
        print(table)
        if paths is not None:
            print(f"\n{paths}")
    return OK
