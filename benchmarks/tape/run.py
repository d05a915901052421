"""Run the measurements and write benchmarks/TAPE.md with its plot: `make bench-tape`.

    python -m benchmarks.tape                            everything
    python -m benchmarks.tape --quick                    everything with few rounds
    python -m benchmarks.tape --only mlp --rounds 5      the cases with this word in their name; writes nothing
    python -m benchmarks.tape --only ba --out FOLDER     the page of these cases, somewhere else
    python -m benchmarks.tape --from FOLDER/tape.json    the page and the plot once more, from the times of a run

Ctrl-C writes what is there.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.tape.cases import LONG_CHAIN, Case, all_cases
from benchmarks.tape.findings import Findings, machine, versions
from benchmarks.tape.goals import rows
from benchmarks.tape.page import document, seconds, told
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
        return write(found, options.out or options.stored.parent, console, times=False)
    effort = QUICK if options.quick else Effort()
    effort = replace(effort, rounds=options.rounds or effort.rounds)
    cases = [c for c in all_cases() if all(word in c.name for word in options.only)]
    if not cases:
        raise SystemExit(f"no case has {' and '.join(options.only)} in its name: see benchmarks/tape/cases.py")
    peers = [p for p in PEERS if not options.peers or p == TAPE or any(word in p.lower() for word in options.peers)]
    found = Findings(effort, [c.name for c in cases], quick=options.quick)
    try:
        measure(found, cases, peers, console, whole=not options.only)
    except KeyboardInterrupt:
        console.print("interrupted: writing what is there")
    found.where = [machine(), versions()]
    show(found, console)
    if not options.only or options.out:
        write(found, options.out or FOLDER, console, times=bool(options.out))
    return None


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m benchmarks.tape", description="The tape beside its peers.")
    p.add_argument("--quick", action="store_true", help="few and short rounds")
    p.add_argument("--only", nargs="+", default=[], metavar="WORD", help="cases with all these words in their name")
    p.add_argument("--peers", nargs="+", default=[], metavar="WORD", help="peers with one of these words in their name")
    p.add_argument("--rounds", type=int, default=0, help="rounds of every case")
    p.add_argument("--out", type=Path, help=f"folder for {PAGE}, {PLOT} and {TIMES}, every single time")
    p.add_argument("--from", type=Path, dest="stored", metavar=TIMES, help="do not measure: write these times' page")
    return p


def measure(found: Findings, cases: Sequence[Case], peers: Sequence[str], console: Console, whole: bool) -> None:
    """Fill `found`, case by case: the race, then memory and first calls, then profiles where a goal is missed."""
    columns = (TextColumn("{task.description:<60}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress, Race(peers, found.effort) as race:
        in_memory = [c for c in cases if c.name in IN_MEMORY]
        bar = progress.add_task("", total=len(cases) + len(in_memory))

        def tell(text: str) -> None:
            progress.update(bar, description=text)

        for case in cases:
            found.results[case.name] = race.run(case, tell)
            progress.advance(bar)
            if not console.is_terminal:  # a log has no bar
                console.print(f"done: {case.name}", highlight=False)
        for case in in_memory:
            first_calls(found, case, peers, tell)
            progress.advance(bar)
        if whole:
            tell(LONG_CHAIN.name)
            order = {"do": "memory", "case": asdict(LONG_CHAIN), "calls": 1}
            found.memory[LONG_CHAIN.name] = {TAPE: alone(TAPE, found.effort.patience, **order)}
        for case in cases:
            if any(case.name in row.missed for row in rows(found)):
                tell(f"{case.name}: profile")
                found.profiles[case.name] = alone(TAPE, found.effort.patience, do="profile", case=asdict(case))


def first_calls(found: Findings, case: Case, peers: Sequence[str], tell: Tell) -> None:
    ready = found.results.get(case.name, {})
    of = found.memory[case.name] = {}
    for peer in peers:
        if peer != FUNCTION and peer in ready and ready[peer].state == "ready":
            tell(f"{case.name}: memory of {peer}")
            calls = 3 if ready[peer].first[0] < 5 else 1
            of[peer] = alone(peer, found.effort.patience, do="memory", case=asdict(case), calls=calls)


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


def write(found: Findings, folder: Path, console: Console, times: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    drawn = draw(found, folder / PLOT) if found.results else False
    (folder / PAGE).write_text(document(found, PLOT if drawn else ""), encoding="utf-8")
    if times:
        found.save(folder / TIMES)
    console.print(f"written: {PAGE}{', ' + PLOT if drawn else ''}{', ' + TIMES if times else ''}")
