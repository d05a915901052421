"""Run the measurements and write benchmarks/TAPE.md with its plot: `make bench-tape`.

    python -m benchmarks.tape                            everything
    python -m benchmarks.tape --quick                    everything with few rounds
    python -m benchmarks.tape --only mlp --rounds 5      the cases with this word in their name; writes nothing
    python -m benchmarks.tape --only ba --out FOLDER     the page of these cases, somewhere else
    python -m benchmarks.tape --from FOLDER/tape.json    the page and the plot once more, from the times of a run
    python -m benchmarks.tape --resume FOLDER/tape.json  the cases that this run has not done yet; then the page there

Ctrl-C writes what is there. The times of all that is written are in tape.json beside the page, after every case.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.tape.cases import LONG_CHAIN, Case, all_cases
from benchmarks.tape.findings import Findings, machine, versions
from benchmarks.tape.goals import rows
from benchmarks.tape.page import document, duration, seconds, told
from benchmarks.tape.peers import FUNCTION, PEERS, TAPE
from benchmarks.tape.plot import draw
from benchmarks.tape.race import Effort, Race, alone

FOLDER = Path(__file__).parent.parent
PAGE, PLOT, TIMES = "TAPE.md", "tape.svg", "tape.json"
QUICK = Effort(rounds=11, round_seconds=0.005, patience=120.0)
IN_MEMORY = (
    "scalar", "rosenbrock n=1000000 grad", "mlp tiny relu float64", "mlp medium relu float64", "mlp big relu float64",
    "gmm n=1000 d=10 k=25", "lstm 127 steps", "chain 100000 ops",
)  # fmt: skip
Tell = Callable[[str], object]


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    console = Console()
    if options.stored:
        found = Findings.load(options.stored)
        return write(found, options.out or options.stored.parent, console)
    peers = [p for p in PEERS if not options.peers or p == TAPE or any(word in p.lower() for word in options.peers)]
    found, beside = begun(options), options.resume.parent if options.resume else None
    out = options.out or beside or (None if options.only else FOLDER)  # some cases are a look, not a page
    cases = [c for c in all_cases() if c.name in found.planned]
    start, before = time.monotonic(), found.seconds

    def keep() -> None:
        found.seconds, found.where = before + time.monotonic() - start, [machine(), versions()]
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            found.save(out / TIMES)

    try:
        measure(found, cases, peers, console, keep)
    except KeyboardInterrupt:
        console.print("interrupted: writing what is there")
    keep()
    show(found, console)
    console.print(f"{len(found.results)} of {len(cases)} cases in {duration(found.seconds)}", highlight=False)
    if out is not None:
        write(found, out, console)
    return None


def begun(options: argparse.Namespace) -> Findings:
    """What there is before the first case: nothing, or an earlier run that is taken up again."""
    if options.resume:
        return Findings.load(options.resume)
    effort = QUICK if options.quick else Effort()
    cases = [c for c in all_cases() if all(word in c.name for word in options.only)]
    if not cases:
        raise SystemExit(f"no case has {' and '.join(options.only)} in its name: see benchmarks/tape/cases.py")
    effort = replace(effort, rounds=options.rounds or effort.rounds)
    return Findings(effort, [c.name for c in cases], quick=options.quick)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m benchmarks.tape", description="The tape beside its peers.")
    p.add_argument("--quick", action="store_true", help="few and short rounds")
    p.add_argument("--only", nargs="+", default=[], metavar="WORD", help="cases with all these words in their name")
    p.add_argument("--peers", nargs="+", default=[], metavar="WORD", help="peers with one of these words in their name")
    p.add_argument("--rounds", type=int, default=0, help="rounds of every case")
    p.add_argument("--out", type=Path, help=f"folder for {PAGE}, {PLOT} and {TIMES}, every single time")
    p.add_argument("--resume", type=Path, metavar=TIMES, help="take up a run that was ended early")
    p.add_argument("--from", type=Path, dest="stored", metavar=TIMES, help="do not measure: write these times' page")
    return p


def measure(
    found: Findings, cases: Sequence[Case], peers: Sequence[str], console: Console, keep: Callable[[], None]
) -> None:
    """Fill `found`, case by case: the race, then memory and first calls, then profiles where a goal is missed. What is
    there already is not done again; `keep` is called whenever there is more."""
    columns = (TextColumn("{task.description:<60}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress, Race(peers, found.effort) as race:
        in_memory = [c for c in cases if c.name in IN_MEMORY]
        bar = progress.add_task("", total=len(cases) + len(in_memory))
        start = time.monotonic()

        def tell(text: str) -> None:
            progress.update(bar, description=text)

        def done(what: str) -> None:
            progress.advance(bar)
            keep()
            if not console.is_terminal:  # a log has no bar
                console.print(f"{duration(time.monotonic() - start)}, done: {what}", highlight=False)

        for case in cases:
            if case.name not in found.results:
                found.results[case.name] = race.run(case, tell)
            done(case.name)
        for case in in_memory:
            if case.name not in found.memory:
                found.memory[case.name] = first_calls(found, case, peers, tell)
            done(f"{case.name}: memory")
        if len(cases) == len(all_cases()) and LONG_CHAIN.name not in found.memory:
            tell(LONG_CHAIN.name)
            order = {"do": "memory", "case": asdict(LONG_CHAIN), "calls": 1}
            found.memory[LONG_CHAIN.name] = {TAPE: alone(TAPE, found.effort.patience, **order)}
        for case in cases:
            if case.name not in found.profiles and any(case.name in row.missed for row in rows(found)):
                tell(f"{case.name}: profile")
                found.profiles[case.name] = alone(TAPE, found.effort.patience, do="profile", case=asdict(case))


def first_calls(found: Findings, case: Case, peers: Sequence[str], tell: Tell) -> dict[str, dict[str, Any]]:
    """Memory and first calls of every peer that is ready in this case."""
    ready, of = found.results.get(case.name, {}), {}
    for peer in peers:
        if peer != FUNCTION and peer in ready and ready[peer].state == "ready":
            tell(f"{case.name}: memory of {peer}")
            calls = 3 if ready[peer].first[0] < 5 else 1
            of[peer] = alone(peer, found.effort.patience, do="memory", case=asdict(case), calls=calls)
    return of


def show(found: Findings, console: Console) -> None:
    """The times and ratios on the screen."""
    for name, results in found.results.items():
        console.print(f"\n[bold]{name}[/]")
        for peer, r in sorted(results.items(), key=lambda item: item[1].seconds if item[1].wall else float("inf")):
            if r.wall:
                ratio = found.ratio(name, peer, TAPE)
                console.print(f"  {peer:<28}{seconds(r.seconds):>10}  {told(ratio) if ratio else ''}", highlight=False)
            elif r.state != "absent":
                console.print(f"  {peer:<26}{r.state}: {r.why}", highlight=False, markup=False)
    console.print()
    for row in rows(found):
        if row.met is not None:
            verdict = "met" if row.met else f"MISSED {row.miss}"
            console.print(f"{row.what}: {row.measured}, goal {row.goal}: {verdict}", highlight=False, markup=False)


def write(found: Findings, folder: Path, console: Console) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    drawn = draw(found, folder / PLOT) if found.results else False
    (folder / PAGE).write_text(document(found, PLOT if drawn else ""), encoding="utf-8")
    console.print(f"written: {PAGE}{', ' + PLOT if drawn else ''}")
