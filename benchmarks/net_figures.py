"""Multilayer perceptrons: the measurements, with the goals beside them."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace

from benchmarks.figures import Figure, Size, below, seconds
from benchmarks.nets import BATCH, MEDIUM, SMALL
from benchmarks.race import Result, Runner, paired, race

ACTIVATIONS = ("relu", "tanh", "sigmoid", "gelu")
LIKE_THE_TAPE, GRADIENTS, MEMORY = 1.2, 40, 6
MANY_EXAMPLES = 8192  # whose intermediates outweigh what a compiler takes
METHODS = ("symbolic", "tape", "jax")


def nets(size: Size) -> list[Figure]:
    return [*programs(size), *formulas(size), *measured(size), *certified(size), *memory(size)]


def _race(*runners: Runner) -> dict[str, Result]:
    return race(runners)


def _runner(name: str, make: str, args: tuple, rounds: int, warm: int = 1) -> Runner:
    return Runner(name, make, args, rounds, warm, module="nets")


def programs(size: Size) -> list[Figure]:
    rows = []
    for activation in ACTIVATIONS:
        found = _race(*(_runner(m, "program", (m, activation), 2 * size.rounds + 1) for m in ("symbolic", "tape")))
        times = paired(found["symbolic"], found["tape"])
        rows.append(Figure(
            f"{named(MEDIUM)}, batch {BATCH}, {activation}: the matrix program's numeric code "
            f"({seconds(found['symbolic'].seconds)}) over the tape's replay ({seconds(found['tape'].seconds)})",
            f"{times:.2f}", f"<= {LIKE_THE_TAPE}", times <= LIKE_THE_TAPE, f"{times:.2f} instead of {LIKE_THE_TAPE}",
        ))  # fmt: skip
    return rows


def formulas(size: Size) -> list[Figure]:
    kinds = [(width, depth) for depth in (3, 30) for width in (10, 4000)]
    found = _race(*(_runner(f"{w}, {d}", "formula", (w, d), size.rounds) for w, d in kinds))
    return [
        within(f'`net.formula("W1")` derived and printed, nothing known: {d} layers of width {w}',
               found[f"{w}, {d}"], 0.1) for w, d in kinds
    ]  # fmt: skip


def measured(size: Size) -> list[Figure]:
    """Round by round: the check over what it may take, which is mostly a compile, whose time varies."""
    rounds = min(size.rounds, 9)
    kinds = {"new": ("check", (MEDIUM, BATCH, True)), "again": ("check", (MEDIUM, BATCH, False)),
             "gradient": ("jax_gradient", (True,)), "compile": ("jax_gradient", (False,))}  # fmt: skip
    found = _race(*(_runner(name, make, args, rounds) for name, (make, args) in kinds.items()))
    gradient, compiled = found["gradient"], found["compile"]
    allowed = Result([GRADIENTS * g + c for g, c in zip(gradient.wall, compiled.wall, strict=True)])
    rows = [Figure(f"JAX alone, {named(MEDIUM)}, batch {BATCH}: one jitted gradient; compiling it and one call",
                   f"{seconds(gradient.seconds)}; {seconds(compiled.seconds)}")]  # fmt: skip
    for name, what in (("new", "a new net"), ("again", "the same net again")):
        own = found[name]
        times = paired(own, allowed)
        beyond = Result([a - b for a, b in zip(own.wall, compiled.wall, strict=True)])
        rows.append(Figure(
            f"whole measured check, {what} ({seconds(own.seconds)}), over {GRADIENTS} gradients and one compile; "
            f"beyond the compile it takes {paired(beyond, gradient):.0f} gradients{content(own)}",
            f"{times:.2f}", "< 1", times < 1, f"{times:.2f} times the goal",
        ))  # fmt: skip
    return rows


def certified(size: Size) -> list[Figure]:
    rows, rounds = [], min(size.rounds, 3)
    for batch in (1, 8):
        found = _race(
            _runner("first", "check", (SMALL, batch, False), 1, 0),
            _runner("new", "check", (SMALL, batch, True), rounds),
            _runner("again", "check", (SMALL, batch, False), rounds),
        )
        words = {"first": "first check of a process", "new": "a new net", "again": "the same net again"}
        rows += [
            within(f"certified check of {named(SMALL)}, {examples(batch)}: {words[name]}{content(r)}", r, 1.0)
            for name, r in found.items()
        ]
    return rows


def memory(size: Size) -> list[Figure]:
    del size
    rows = []
    for batch, traced, how in (
        (BATCH, True, "as Python and NumPy allocate it (tracemalloc)"),
        (MANY_EXAMPLES, False, "resident set of a fresh process, XLA included"),
    ):
        who = ("check", *METHODS)
        # One after the other: runners that live side by side would only share the machine's memory.
        found = {w: race([_runner(w, "memory", (w, batch, traced), 1, 0)])[w].answer for w in who}
        # JAX's own buffers are not traced, so there its gradient is no measure.
        least = min(found[m] for m in METHODS if not (traced and m == "jax"))
        times = found["check"] / least
        parts = ", ".join(f"{w} {found[w] / 2**20:.1f}" for w in who)
        known = math.isfinite(times)
        rows.append(Figure(
            f"{named(MEDIUM)}, {batch} examples: peak memory of the check over that of the smallest first gradient, "
            f"{how}; MiB: {parts}", f"{times:.1f}" if known else "not told here", f"< {MEMORY}",
            times < MEMORY if known else None, f"{times:.1f} instead of {MEMORY}",
        ))  # fmt: skip
    return rows


def within(what: str, result: Result, goal: float) -> Figure:
    """A time for which there is a goal: by that of the CPU, as others may be at work on this core; the clock beside."""
    cpu = statistics.median(result.cpu)
    judged = below(what, cpu, goal)
    return replace(judged, measured=f"{judged.measured} of CPU time, {seconds(result.seconds)} by the clock")


def named(widths: tuple[int, ...]) -> str:
    return str(list(widths))


def examples(batch: int) -> str:
    return "1 example" if batch == 1 else f"{batch} examples"


def content(check: Result) -> str:
    return "" if check.answer == 1.0 else " (NOT CONTENT)"


NETS = {"Nets: multilayer perceptrons": nets}
