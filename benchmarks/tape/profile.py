"""Where the tape's time goes in one case: the replayed program step by step, and what is around it.

The least times are taken: what is asked is where the time goes when nobody disturbs. Looks into the plan; where there
is none (the operator is not planned yet, or the graph is too long), Python's own profiler says what a call does.
"""

from __future__ import annotations

import cProfile
import pstats
import re
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tape.cases import Case
from benchmarks.tape.functions import leaves
from benchmarks.tape.peers import ours
from symdiff import straightline

SHOWN, SECONDS = 8, 0.3
MANY = 1000  # steps: from here on the kinds of steps tell more than the steps


def profile(case: Case) -> dict[str, Any]:
    """Seconds of a call, of the plan in it and of the plan's steps, grouped by function and shape."""
    before = _plans()
    call = ours.load(case, "closure")
    for _ in range(3):
        call()
    plans = [plan for plan in _plans() if all(plan is not other for other in before)]
    if not plans:
        return {"call": _seconds(call), "why": "no program: recorded and swept in every call", "top": _python(call)}
    args, _ = case.inputs()
    dtype = np.dtype(case.dtype)
    inputs = [np.asarray(leaf, dtype) for leaf in leaves(list(args))]
    inputs += [np.ones_like(v) for v in inputs]  # directions, for programs that take them
    if any(not hasattr(plan, "_workspace") for plan in plans):
        why = "a program of numbers: one expression after the other"
        return {"call": _seconds(call), "why": why, "top": _python(call)}
    given = [(plan, inputs[: plan._workspace().__code__.co_argcount]) for plan in plans]
    steps = [step for plan, its in given for step in timed(plan, its)]
    total: dict[str, list[float]] = defaultdict(list)
    for name, seconds in steps:
        total[kind(name) if len(steps) >= MANY else name].append(seconds)
    top = sorted(total, key=lambda name: -sum(total[name]))[:SHOWN]
    return {
        "call": _seconds(call), "plan": sum(_seconds(partial(plan, its)) for plan, its in given),
        "steps": sum(seconds for _, seconds in steps), "count": len(steps),
        "top": [[name, len(total[name]), sum(total[name])] for name in top],
    }  # fmt: skip


def kind(step: str) -> str:
    """A step whatever its numbers are.

    >>> kind("v23881 = scatter_399(v7515[3], c2)")
    'v = scatter(v[3], c)'
    """
    return re.sub(r"\b([vckjp])\d+\b", r"\1", re.sub(r"_\d+\(", "(", step))


def _plans() -> list[Any]:
    from symdiff.methods.tape.known import _programs

    return [p for known in _programs.values() for p in known.values() if p is not None and not isinstance(p, int)]


def timed(plan: Any, inputs: list[Any]) -> list[tuple[str, float]]:
    """Every line of the program with its least seconds, the clock's own share taken off."""
    clock, stamps = time.perf_counter_ns, []
    lines, shown, block = [], [], ""
    for line in plan.source.splitlines():
        step = line[:8].isspace() and line[8:9].isalpha() and not line[8:].startswith(("if ", "return", "del "))
        if block and not line[:12].isspace():  # a loop over chunks is one step: its lines stand further in
            lines.append(f"        tick({len(shown)})")
            shown.append(block)
            block = ""
        lines.append(line)
        if step and line.endswith(":"):
            block = line.strip()
        elif line.startswith("    def run(") or step:
            lines.append(f"        tick({len(shown)})")
            shown.append(line.partition("#")[0].strip())
    stamps += [0] * len(shown)

    def tick(k: int) -> None:
        stamps[k] = clock()

    objects = {k: v for k, v in plan._workspace.__globals__.items() if k != "__builtins__"}
    run = straightline.function("\n".join(lines) + "\n", "workspace", {**objects, "tick": tick})()
    least = [2**62] * len(shown)
    until = time.perf_counter() + SECONDS
    with np.errstate(all="ignore"):
        while time.perf_counter() < until or least[-1] == 2**62:
            run(*inputs)
            for k in range(1, len(shown)):
                least[k] = min(least[k], stamps[k] - stamps[k - 1])
    empty = min(-clock() + clock() for _ in range(1000))
    return [(name, max(0, ns - empty) * 1e-9) for name, ns in zip(shown[1:], least[1:], strict=True)]


def _seconds(call: Callable[[], Any]) -> float:
    times, until = [], time.perf_counter() + SECONDS
    while len(times) < 3 or time.perf_counter() < until:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def _python(call: Callable[[], Any]) -> list[list[Any]]:
    watch = cProfile.Profile(time.process_time)  # the clock would blame whoever was interrupted
    watch.runcall(call)
    found = [
        [f"{Path(file).name}:{name}" if file != "~" else name, calls, own]
        for (file, _, name), (calls, _, own, _, _) in pstats.Stats(watch).stats.items()  # type: ignore[attr-defined]
    ]
    return sorted(found, key=lambda row: -row[2])[:SHOWN]
