"""`symdiff steps`: the lecture's table."""

from __future__ import annotations

import argparse

from symdiff.cli.main import OK
from symdiff.cli.options import read_at
from symdiff.lecture import steps


def run(options: argparse.Namespace) -> int:
    """The table as text, LaTeX or JSON; with --paths, the chain rule for one variable."""
    table = steps(options.formula, at=read_at(options.at))
    if options.json:
        print(table.to_json())
    elif options.latex:
        print(table.to_latex())
    else:
        print(table)
        if options.paths:
            print()
            print(table.paths(options.paths))
    return OK
