"""Where the tape's time goes in one case: the replayed program step by step, and what is around it.

The least times are taken: what is asked is where the time goes when nobody disturbs. Looks into the plan; where there
is none (the operator is not planned yet, or the graph is too long), Python's own profiler says what a call does.
"""

from __future__ import annotations

import cProfile
import linecache
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

SHOWN, SECONDS = 8, 0.3


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
    steps = [step for plan in plans for step in timed(plan, inputs)]
    total: dict[str, list[float]] = defaultdict(list)
    for name, seconds in steps:
        total[name].append(seconds)
    top = sorted(total, key=lambda name: -sum(total[name]))[:SHOWN]
    return {
        "call": _seconds(call), "plan": sum(_seconds(partial(plan, inputs)) for plan in plans),
        "steps": sum(seconds for _, seconds in steps), "count": len(steps),
        "top": [[name, len(total[name]), sum(total[name])] for name in top],
    }  # fmt: skip


def _plans() -> list[Any]:
    from symdiff.methods.tape import program

    return [p for known in program._programs.values() for p in known.values() if isinstance(p, program.Plan)]


def timed(plan: Any, inputs: list[Any]) -> list[tuple[str, float]]:
    """Every step with its name and its least seconds, the clock's own share taken off."""
    clock = time.perf_counter_ns
    samples: list[list[int]] = [[] for _ in plan._steps]
    names = [""] * len(samples)
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until or not samples[0]:
        values = plan._values.copy()
        for slot, value in zip(plan._inputs, inputs, strict=True):
            values[slot] = value
        with np.errstate(all="ignore"):
            for k, (f, target, args, dropped) in enumerate(plan._steps):
                given = (values[args],) if args.__class__ is int else args(values)
                start = clock()
                values[target] = f(*given)
                samples[k].append(clock() - start)
                if not names[k]:
                    names[k] = f"{_name(f)} {_shapes(given)}"
                for j in dropped:
                    values[j] = None
    empty = min(-clock() + clock() for _ in range(1000))
    return [(name, max(0, min(s) - empty) * 1e-9) for name, s in zip(names, samples, strict=True)]


def _name(f: Any) -> str:
    while isinstance(f, partial):
        f = f.func
    name = getattr(f, "__name__", type(f).__name__)
    code = getattr(f, "__code__", None)
    if name == "<lambda>" and code is not None:  # what stands there, without its reasons
        line = linecache.getline(code.co_filename, code.co_firstlineno).strip()
        quoted = re.match(r'(?:\w+ = \w+\()?"(\w+)"', line)  # a row of the op table
        return quoted[1] if quoted else line.partition(".forward")[0]
    return name


def _shapes(given: tuple[Any, ...]) -> str:
    return " ".join("x".join(map(str, np.shape(v))) or "()" for v in given)


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
