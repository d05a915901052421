"""Runners side by side: each in a process of its own, all on one core and one thread, in interleaved rounds.

A shared machine is sometimes twice as fast as at other times. So nothing here is claimed from times of
different runs: the rounds of all runners alternate in random order, and only ratios of their medians
count. The CPU times are kept as a witness: where they tell another ratio than the clock, the run is noisy.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import random
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Work:
    """What one round times: `run`, `repeat` times over, after an untimed `before`."""

    run: Callable[[], float]
    before: Callable[[], object] = lambda: None
    repeat: int = 1


@dataclass(frozen=True, slots=True)
class Runner:
    """A name for the report, and `make(*args) -> Work`, a function of a module of `benchmarks`.

    `warm` untimed rounds come first: none where the first time is what is measured.
    """

    name: str
    make: str
    args: tuple[Any, ...] = ()
    rounds: int = 9
    warm: int = 1
    module: str = "subjects"


@dataclass(slots=True)
class Result:
    """Seconds per run, one entry a round; the last answer; peak memory in bytes before and after."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    answer: float = 0.0
    memory_before: int = 0
    memory: int = 0

    @property
    def seconds(self) -> float:
        return statistics.median(self.wall)


def pin() -> None:
    """One core and one thread, for this process and all that it starts."""
    for name in ONE_THREAD:
        os.environ[name] = "1"
    os.environ["JAX_PLATFORMS"] = "cpu"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def race(runners: Sequence[Runner], seed: int = 0) -> dict[str, Result]:
    """Run them all, rounds interleaved in random order."""
    context, order = multiprocessing.get_context("spawn"), random.Random(seed)
    pipes: dict[str, Connection] = {}
    processes = []
    results = {r.name: Result() for r in runners}
    for runner in runners:
        pipes[runner.name], far_end = context.Pipe()
        processes.append(context.Process(target=_worker, args=(far_end, runner), daemon=True))
        processes[-1].start()
        far_end.close()  # so that a worker that dies is an EOFError here, and not a wait without end
    for pipe in pipes.values():  # everything imported and warm before the first round
        pipe.recv()
    for k in range(max(r.rounds for r in runners)):
        for runner in order.sample(list(runners), len(runners)):
            if k < runner.rounds:
                pipes[runner.name].send(True)
                _note(results[runner.name], *pipes[runner.name].recv())
    for pipe, process in zip(pipes.values(), processes, strict=True):
        pipe.send(False)
        process.join()
    return results


def _note(result: Result, wall: float, cpu: float, answer: float, before: int, after: int) -> None:
    result.wall.append(wall)
    result.cpu.append(cpu)
    result.answer, result.memory = answer, after
    result.memory_before = result.memory_before or before


def _worker(pipe: Connection, runner: Runner) -> None:
    work: Work = getattr(importlib.import_module(f"benchmarks.{runner.module}"), runner.make)(*runner.args)
    for _ in range(runner.warm):
        work.before()
        work.run()
    pipe.send("ready")
    while pipe.recv():
        pipe.send(measure(work))


def measure(work: Work) -> tuple[float, float, float, int, int]:
    """One round: seconds by the clock and of the CPU per run, the answer, peak memory before and after."""
    work.before()
    gc.collect()
    answer, before = 0.0, _peak()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(work.repeat):
        answer = work.run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return wall / work.repeat, cpu / work.repeat, float(answer), before, _peak()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in KiB


def paired(a: Result, b: Result) -> float:
    """How many times as long the first takes: the median over the rounds, in which the two ran side by side."""
    return statistics.median(x / y for x, y in zip(a.wall, b.wall, strict=False))


def ratio(slow: Result, fast: Result) -> tuple[float, float]:
    """How many times as long the first takes: by the clock, and by CPU time."""
    return slow.seconds / fast.seconds, statistics.median(slow.cpu) / statistics.median(fast.cpu)
