"""Ask every checker about the battery and write benchmarks/TRUST.md with its plot: `make bench-trust`.

    python -m benchmarks.trust                                   everything
    python -m benchmarks.trust --quick                           three cases of each kind in a family; writes nothing
    python -m benchmarks.trust --only kinks,nets                 these families; writes nothing
    python -m benchmarks.trust --checkers symdiff,scipy          checkers with one of these words in their name
    python -m benchmarks.trust --methods tape                    symdiff with these methods, not its defaults
    python -m benchmarks.trust --only kinks --out FOLDER         the page of these, somewhere else
    python -m benchmarks.trust --resume FOLDER/trust.jsonl       what this run has not asked yet; then the page there
    python -m benchmarks.trust --resume ... --redo symdiff       and these checkers once more
    python -m benchmarks.trust --from FOLDER/trust.jsonl         the page and the plot once more, from what was said

Ctrl-C writes what is there. All that was said is in trust.jsonl beside the page, written case by case.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.tape.findings import machine
from benchmarks.tape.page import duration
from benchmarks.tape.race import Process
from benchmarks.trust.battery import FAMILIES, cases
from benchmarks.trust.battery.case import Case
from benchmarks.trust.checkers import CHECKERS, SYMDIFF, Checker, of_symdiff
from benchmarks.trust.page import document
from benchmarks.trust.plot import draw
from benchmarks.trust.records import Record, Records, line, versions
from benchmarks.trust.score import Count, misjudged

FOLDER = Path(__file__).parent.parent
PAGE, PLOT, SAID = "TRUST.md", "trust.svg", "trust.jsonl"
PATIENCE = 60.0  # seconds of the processor until a checker is given up in a case
HARD = 15  # times as long by the clock, for one that hangs or does not listen
START_UP = 300.0  # seconds to import everything
Ask = Callable[[Checker, Case], Record]


class Asker:
    """A worker process, started anew where a case had to be ended, and warmed up before it is asked."""

    def __init__(self, checkers: Iterable[Checker], patience: float = PATIENCE) -> None:
        self.process = Process(module="benchmarks.trust.worker")
        self.checkers, self.patience, self.missing = list(checkers), patience, {}

    def __enter__(self) -> Asker:
        self.warm()
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, at: TracebackType | None) -> None:
        self.process.end()

    def warm(self) -> None:
        """Each checker once, untimed; those whose library is not installed are left out."""
        for checker in list(self.checkers):
            found = self.process.ask(START_UP, do="warm", checker=asdict(checker))
            if found.get("state") == "failed":
                raise SystemExit(f"{checker.name} cannot be started: {found['why']}")
            if "missing" in found:
                self.missing[checker.name] = found["missing"]
                self.checkers.remove(checker)

    def ask(self, checker: Checker, case: Case) -> Record:
        if self.process.running is None:
            self.warm()
        start = time.perf_counter()
        found = self.process.ask(
            HARD * self.patience, do="ask", checker=asdict(checker), family=case.family, case=case.name,
            limit=self.patience,
        )  # fmt: skip
        if found.get("state") == "failed":  # no time left, or the process is gone
            gone = time.perf_counter() - start
            why = found["why"].replace("not ready", "no answer")
            return Record(checker.name, case.family, case.name, case.kind, "refuses", why, None, gone, gone)
        record = Record(**found)
        if record.said.startswith("no answer"):
            self.process.end()  # who was interrupted may have left anything behind
        return record


def measure(
    records: Records, asked: Sequence[Case], checkers: Sequence[Checker], ask: Ask, keep: Callable[[Record], object],
    console: Console,
) -> None:  # fmt: skip
    """Fill `records`, every checker in turn for each case. What is there already is not asked again."""
    columns = (TextColumn("{task.description:<70}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    start = time.monotonic()
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("", total=len(asked) * len(checkers))
        for family, members in itertools.groupby(asked, key=lambda c: c.family):
            for case, checker in itertools.product(members, checkers):
                progress.update(bar, description=f"{family}: {case.name[:40]}: {checker.name}")
                if (checker.name, case.family, case.name) not in records.found:
                    record = ask(checker, case)
                    records.add(record)
                    keep(record)
                progress.advance(bar)
            if not console.is_terminal:  # a log has no bar
                console.print(f"{duration(time.monotonic() - start)}, done: {family}", highlight=False)


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    console = Console()
    if options.stored:
        return write(Records.load(options.stored), options.out or options.stored.parent, console)
    checkers, asked = chosen_checkers(options), chosen_cases(options)
    some = options.only or options.quick or options.checkers or options.methods  # a look, not a page
    out = options.out or (options.resume.parent if options.resume else None if some else FOLDER)
    records = Records.load(options.resume) if options.resume else Records()
    records.keep_only(cases())
    records.forget(c.name for c in checkers if any(word in c.name for word in options.redo))
    start = time.monotonic()
    try:
        with Asker(checkers, options.patience) as asker:
            records.left_out |= asker.missing
            records.about = {"where": machine(), "versions": versions(asker.checkers)}
            keep = writer(records, out / SAID if out else None)
            measure(records, asked, list(asker.checkers), asker.ask, keep, console)
    except KeyboardInterrupt:
        console.print("interrupted: writing what is there")
    records.seconds += time.monotonic() - start
    asked_of = {(r.family, r.case) for r in records.found.values()}
    records.about["run"] = (
        f"{len(asked_of)} of {len(list(cases()))} cases, given up after {options.patience:.0f} s each, "
        f"in {duration(records.seconds)}"
    )
    show(records, console)
    if out is not None:
        records.save(out / SAID)
        write(records, out, console)
    return None


def writer(records: Records, path: Path | None) -> Callable[[Record], object]:
    """Add a line to the file for every record that comes."""
    if path is None:
        return lambda _: None
    records.save(path)

    def keep(record: Record) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(line(record))

    return keep


def chosen_checkers(options: argparse.Namespace) -> list[Checker]:
    there = dict(CHECKERS)
    if options.methods:
        there = {name: c for name, c in there.items() if c.module != "ours"}
        ours = of_symdiff(options.methods)
        there = {ours.name: ours, **there}
    words = [word.lower() for word in options.checkers]
    found = [c for c in there.values() if not words or any(word in c.name for word in words)]
    if not found:
        raise SystemExit(f"no checker has {' or '.join(words)} in its name; there are {', '.join(there)}")
    return found


def chosen_cases(options: argparse.Namespace) -> list[Case]:
    unknown = [family for family in options.only if family not in FAMILIES]
    if unknown:
        raise SystemExit(f"no family is called {' or '.join(unknown)}; there are {', '.join(FAMILIES)}")
    found = [c for c in cases() if not options.only or c.family in options.only]
    if not options.quick:
        return found
    few: dict[tuple[str, str], list[Case]] = {}
    for c in found:
        few.setdefault((c.family, c.kind), []).append(c)
    return [c for members in few.values() for c in members[:3]]


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m benchmarks.trust", description="The trust scoreboard.")
    words: Any = {"type": lambda text: text.split(","), "default": []}
    p.add_argument("--quick", action="store_true", help="three cases of each kind in a family")
    p.add_argument("--only", **words, metavar="FAMILY,...", help="these families of the battery")
    p.add_argument("--checkers", **words, metavar="WORD,...", help="checkers with one of these words in their name")
    p.add_argument("--methods", **words, metavar="METHOD,...", help="the methods symdiff uses beside the claim")
    p.add_argument("--patience", type=float, default=PATIENCE, metavar="S", help="seconds until one is given up")
    p.add_argument("--out", type=Path, help=f"folder for {PAGE}, {PLOT} and {SAID}, all that was said")
    p.add_argument("--resume", type=Path, metavar=SAID, help="take up a run that was ended early")
    p.add_argument("--redo", **words, metavar="WORD,...", help="of a run that is taken up, ask these checkers again")
    p.add_argument("--from", type=Path, dest="stored", metavar=SAID, help="do not ask: write the page of what was said")
    return p


def show(records: Records, console: Console) -> None:
    """The score on the screen."""
    for name in records.checkers:
        wrong, right = Count.of(records.of(name, "wrong")), Count.of(records.of(name, "right"))
        console.print(
            f"{name:<24} caught {wrong.objects:>3} of {wrong.asked:<3}  passed {right.accepts:>3} of {right.asked:<3}",
            highlight=False,
        )
    for r in misjudged(records, SYMDIFF):
        console.print(f"symdiff, {r.verdict}: {r.family}: {r.case}: {r.said}", highlight=False, markup=False)


def write(records: Records, folder: Path, console: Console) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    drawn = draw(records, folder / PLOT) if records.found else False
    (folder / PAGE).write_text(document(records, PLOT if drawn else ""), encoding="utf-8")
    console.print(f"written: {PAGE}{', ' + PLOT if drawn else ''}")
