"""Check every function here and print a table: `python -m examples.functions [name ...]`."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

import symdiff as sd
from examples.functions import Example, examples
from symdiff.crosscheck.verdict import Verdict

METHODS = ("symbolic", "tape", "jax")


def main(wanted: list[str]) -> int:
    table = Table(box=None)
    for column in ("function", "size", *METHODS, "lamps", "seconds"):
        table.add_column(column, justify="right" if column == "seconds" else "left")
    unknown = [name for name in wanted if name not in {example.name for example in examples()}]
    if unknown:
        print(f"{unknown[0]} is no example: expected some of {', '.join(e.name for e in examples())}", file=sys.stderr)
        return 2
    failed = 0
    for example in examples():
        if not wanted or example.name in wanted:
            ok, cells = row(example)
            failed += not ok
            table.add_row(example.name, "x".join(map(str, example.size)), *cells, style=None if ok else "bold red")
    Console(width=120 if not sys.stdout.isatty() else None).print(table)
    return min(failed, 1)


def row(example: Example) -> tuple[bool, list[str]]:
    """Whether all is well, and the verdict of each method, the lamps and the time."""
    try:
        report = sd.crosscheck(example.function, *example.arguments())
    except sd.SymdiffError as e:
        return False, [str(e), "", "", "", ""]
    verdicts = [_first(f.verdict for f in report.findings if f.method == m) for m in METHODS]
    lamps = " ".join(f"{name} {lamp.state}" for name, lamp in report.lamps.items())
    return report.ok, [*verdicts, lamps, f"{report.seconds:.2f}"]


def _first(verdicts: Iterable[Verdict]) -> str:
    """The one that is most worth knowing: they are declared in that order."""
    return str(min(verdicts, key=list(Verdict).index, default="-"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
