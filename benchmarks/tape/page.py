"""TAPE.md: every figure of it comes out of a run."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator

from benchmarks.tape.findings import Findings
from benchmarks.tape.goals import Row, rows
from benchmarks.tape.paired import Ratio
from benchmarks.tape.peers import PEERS, TAPE
from benchmarks.tape.race import Result

HEAD = """# The tape beside its peers

Written by `make bench-tape`; not edited by hand. A process for each peer, all on one core and one thread, rounds
interleaved in random order. A figure is the median over the rounds of the peer's time divided by the tape's in the
same round, with an interval that holds the true median with 95 percent (all of the range, where the rounds are too
few for that). Above 1 the peer is slower than the tape. Ratios are by the clock. Where others were using the machine,
which shows in an interval more than twice as wide as by CPU time, they are by CPU time and marked c. Where the two
are more than 5 percent apart, the other is named. Every derivative is compared with the one by hand before it is
timed; a wrong one is not timed.

- JAX's and PyTorch's inputs are arrays and tensors of their own already; CasADi runs on its virtual machine.
- NumPy by hand with buffers writes everything into arrays that are kept, and returns the same ones in every call. With
  fresh outputs it has the same buffers inside and returns new arrays in every call, as the tape does: the goal for
  tiny MLPs is judged against that, those for medium and big ones against buffers throughout.
- A dash: this peer has no natural way to do that, or nobody wrote it.
"""


def document(found: Findings, plot: str = "") -> str:
    """The whole page."""
    lines = [HEAD.rstrip(), *(f"- {line}" for line in (*found.where, _run(found))), ""]
    if plot:
        lines += [f"![Time of each peer as a multiple of the tape's]({plot})", ""]
    goals = rows(found)
    lines += ["## Goals", "", *table(("ratio", "measured", "goal", ""), map(_goal, goals)), ""]
    lines += _missed(found, goals)
    lines += ["## Every case", "", *_cases(found), ""]
    lines += ["## First calls and memory", "", *_memory(found), ""]
    return "\n".join(lines)


def table(head: tuple[str, ...], body: Iterable[Iterable[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for cells in body:
        yield "| " + " | ".join(cells) + " |"


def _run(found: Findings) -> str:
    kind = "quick run" if found.quick else "run"
    left = [name for name in found.planned if name not in found.results]
    short = f"; ended early, without {len(left)} of {len(found.planned)} cases" if left else ""
    took = f", in {duration(found.seconds)}" if found.seconds else ""
    return f"{kind} of {found.effort.rounds} rounds, about {1e3 * found.effort.round_seconds:.0f} ms each{took}{short}"


def _goal(row: Row) -> tuple[str, ...]:
    verdict = {True: "met", False: f"MISSED {row.miss}", None: "not measured"}[row.met]
    return row.what, row.measured, row.goal, verdict


def _missed(found: Findings, goals: list[Row]) -> list[str]:
    """Why: for every case that misses a goal, where the tape's time goes."""
    cases = [name for name in found.planned if any(name in row.missed for row in goals)]
    if not cases:
        return []
    lines = [
        "## Why a goal is missed", "",
        "Where a call of the tape spends its time, in cases that miss a goal. `around` is matching the arguments and",
        "building the answer, `loop` is going from step to step; then the most expensive steps, with the shapes of",
        "what they are given. Measured in a process of its own.", "",
    ]  # fmt: skip
    lines += [f"- {name}: {profiled(found.profiles[name])}" for name in cases if name in found.profiles]
    return [*lines, ""]


def profiled(p: dict) -> str:
    """One profile in a sentence."""
    if p.get("state") != "ready":
        return f"no profile ({p.get('why', 'unknown')})"
    top = ", ".join(f"{name} {count} times {seconds(each)}" for name, count, each in p["top"])
    if "plan" not in p:
        return f"{p['why']}, {seconds(p['call'])}. By Python's profiler: {top}."
    around, loop = max(0.0, p["call"] - p["plan"]), max(0.0, p["plan"] - p["steps"])
    parts = f"around {seconds(around)}, loop {seconds(loop)}, {p['count']} steps {seconds(p['steps'])}"
    return f"{seconds(p['call'])}: {parts}. {top}."


def _cases(found: Findings) -> Iterator[str]:
    peers = [p for p in PEERS if p != TAPE]
    yield "Faults are pages that the system had to find anew in one call of the tape, for arrays whose memory was given"
    yield "back after the last call. They cost more than arithmetic, and whether they come depends on what ran before."
    yield ""
    head = ("case", "tape", "its CPU", "faults", *peers)
    yield from table(head, ((name, *_times(r.get(TAPE)), *_cells(found, name, peers)) for name, r in _in_order(found)))
    notes = [
        f"- {name}, {peer}: {r.state}, {r.why}" for name, of in _in_order(found) for peer, r in of.items()
        if r.state in ("wrong", "failed")
    ]  # fmt: skip
    missing = {f"- {p}: missing, {r.why}" for _, of in _in_order(found) for p, r in of.items() if r.state == "missing"}
    if notes or missing:
        yield from ("", *sorted(missing), *notes)


def _in_order(found: Findings) -> list[tuple[str, dict[str, Result]]]:
    return [(name, found.results[name]) for name in found.planned if name in found.results]


def _times(result: Result | None) -> tuple[str, str, str]:
    if result is None or result.state != "ready" or not result.wall:
        return ("not yet" if result is not None and result.state == "failed" else "-", "", "")
    faults = f"{statistics.median(result.faults):.0f}" if result.faults else ""
    return seconds(result.seconds), seconds(statistics.median(result.cpu)), faults


def _cells(found: Findings, name: str, peers: list[str]) -> Iterator[str]:
    for peer in peers:
        result, ratio = found.results[name].get(peer), found.ratio(name, peer, TAPE)
        if ratio is not None:
            yield told(ratio)
        elif result is None or result.state == "absent":
            yield "-"
        else:
            yield seconds(result.seconds) if result.state == "ready" and result.wall else result.state


def told(r: Ratio) -> str:
    """A ratio in a cell."""
    other = f", by the {'clock' if r.by == 'CPU' else 'CPU'} {r.other:.3g}" if r.noisy else ""
    return f"{r.median:.3g}{'c' if r.by == 'CPU' else ''} ({r.low:.3g} to {r.high:.3g}{other})"


def _memory(found: Findings) -> Iterator[str]:
    yield "Each in a process that has done nothing else. `import` is the peer with what it needs; `first` is building"
    yield "and the first gradient, with what is imported only then; `another` is that of a second function like it."
    yield "`peak` is how far the memory of the process grew, in the first call and in three; `traced` is what NumPy and"
    yield "Python allocated at most during one further call."
    yield ""
    head = ("case", "peer", "import", "first", "another", "peak of the first", "peak of three", "traced")
    yield from table(head, (
        (name, peer, seconds(m["import"]), seconds(m["first"]), seconds(m["another"]) if "another" in m else "-",
         size(m["grown_first"]), size(m["grown"]), size(m["traced"]) if "traced" in m else "-")
        for name, of in found.memory.items() for peer, m in of.items() if m.get("state") == "ready"
    ))  # fmt: skip


def seconds(value: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if value * scale >= 0.9995:
            return f"{value * scale:.3g} {unit}" if value * scale < 1000 else f"{value * scale:.0f} {unit}"
    return f"{value * 1e9:.0f} ns"


def duration(value: float) -> str:
    """How long a run took: 48 s, 7 min, 1 h 12 min."""
    if value < 100:
        return f"{value:.0f} s"
    hours, minutes = divmod(round(value / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def size(value: float) -> str:
    return f"{value / 2**20:.3g} MiB" if value >= 2**20 else f"{value / 2**10:.0f} KiB"
