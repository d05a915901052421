"""`symdiff museum`: wrong derivatives of well-known libraries, asked for anew."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from symdiff.cli.main import CANNOT_TELL, OK
from symdiff.cli.progress import progress_bar
from symdiff.errors import InputError
from symdiff.museum import exhibits, judge
from symdiff.museum.run import OPEN, WRONG, Judged
from symdiff.reports import museum as report


def run(options: argparse.Namespace) -> int:
    """Print the table, or one exhibit whole. Wrong libraries are no failure of the museum's: that is what it shows."""
    chosen = exhibits(options.name)
    found: list[Judged] = []
    with progress_bar("asking") as progress:
        for k, exhibit in enumerate(chosen):
            progress(k, len(chosen))
            found.append(judge(exhibit))
    if options.write:
        try:
            Path(options.write).write_text(report.page(found), encoding="utf-8")
        except OSError as e:
            raise InputError(f"--write {options.write}: {e.strerror}") from e
        print(f"written: {options.write}")
    elif options.json:
        print(json.dumps([j.to_dict() for j in found], indent=2))
    elif len(found) == 1:
        print(report.whole(found[0]))
    else:
        _print_table(found)
    return CANNOT_TELL if any(j.state == OPEN for j in found) else OK


def _print_table(found: list[Judged]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from symdiff.cli.check import wants_color

    console = Console(no_color=not wants_color(), highlight=False, width=None if wants_color() else 140)
    table = Table("exhibit", "what", "it says", "the truth", "today", box=None, pad_edge=False)
    for judged in found:
        table.add_row(*map(escape, report.line(judged)))
    console.print(table)
    versions = dict.fromkeys(f"{j.exhibit.library} {j.version}" for j in found if j.version)
    wrong = sum(j.state == WRONG for j in found)
    print(f"\n{wrong} of {len(found)} wrong today: {', '.join(versions)}")
