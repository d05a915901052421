"""The peers side by side: a process each, rounds interleaved in random order, every derivative checked first."""

from __future__ import annotations

import json
import os
import random
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.tape.cases import Case
from benchmarks.tape.check import distance, expected
from benchmarks.tape.paired import Ratio, ratio
from benchmarks.tape.peers import FUNCTION
from benchmarks.tape.worker import ENVIRONMENT

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long it is measured: rounds, seconds a round of one peer, and the seconds after which a peer is given up."""

    rounds: int = 25
    round_seconds: float = 0.02
    patience: float = 300.0


@dataclass(slots=True)
class Result:
    """What one peer did with one case. `state`: ready, missing, absent, failed, wrong."""

    state: str
    why: str = ""
    first: list[float] = field(default_factory=list)  # seconds of the first calls, building included
    error: float = 0.0  # distance from the reference
    repeat: int = 1
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    faults: list[float] = field(default_factory=list)  # pages a call, asked from the system anew

    @property
    def seconds(self) -> float:
        return statistics.median(self.wall)


class Process:
    """A worker and the pipes to it. Started anew when it had to be ended."""

    def __init__(self, *of: str, module: str = "benchmarks.tape.worker") -> None:
        self.command = [sys.executable, "-m", module, *of]
        self.running: subprocess.Popen[bytes] | None = None

    def ask(self, patience: float, **order: Any) -> dict[str, Any]:
        """An order and its answer; `failed`, if none comes in time."""
        worker = self.running = self.running or self.started()
        assert worker.stdin is not None
        assert worker.stdout is not None
        try:
            worker.stdin.write((json.dumps(order) + "\n").encode())
            worker.stdin.flush()
            line = _line(worker, time.monotonic() + patience)
        except OSError:
            line = b""
        if line is None:
            self.end()
            return {"state": "failed", "why": f"not ready after {patience:.0f} s"}
        if not line:
            code = worker.wait()
            self.end()
            return {"state": "failed", "why": f"its process ended with {code}"}
        return json.loads(line)

    def started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command, cwd=ROOT, env={**os.environ, **ENVIRONMENT}, bufsize=0,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the parent: it ends the workers
        )  # fmt: skip

    def end(self) -> None:
        if self.running is not None:
            self.running.kill()
            self.running.wait()
            for pipe in (self.running.stdin, self.running.stdout):
                if pipe is not None:
                    pipe.close()
            self.running = None


def _line(worker: subprocess.Popen[bytes], until: float) -> bytes | None:
    """The next line; None when the time is over, empty when the process is gone."""
    assert worker.stdout is not None
    read = b""
    while not read.endswith(b"\n"):
        ready, _, _ = select.select([worker.stdout], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return None
        part = os.read(worker.stdout.fileno(), 1 << 16)
        if not part:
            return b""
        read += part
    return read


class Race:
    """Workers for a list of peers, kept over all cases. Use it as a context."""

    def __init__(self, peers: Sequence[str], effort: Effort, seed: int = 0) -> None:
        self.effort, self.order = effort, random.Random(seed)
        self.workers = {peer: Process(peer) for peer in peers}

    def __enter__(self) -> Race:
        return self

    def __exit__(self, *raised: object) -> None:
        for worker in self.workers.values():
            worker.end()

    def run(self, case: Case, tell: Callable[[str], object] = lambda _: None) -> dict[str, Result]:
        """All peers in one case."""
        results: dict[str, Result] = {}
        truth = expected(case)
        for peer in self.workers:
            tell(f"{case.name}: {peer}")
            results[peer] = self.loaded(peer, case, truth)
        ready = [peer for peer, r in results.items() if r.state == "ready"]
        for k in range(self.effort.rounds):
            tell(f"{case.name}: round {k + 1} of {self.effort.rounds}")
            for peer in self.order.sample(ready, len(ready)):
                self.round(peer, results[peer], k)
        return results

    def loaded(self, peer: str, case: Case, truth: Any) -> Result:
        """The peer made ready, its derivative compared, and how often to call it in a round."""
        worker, effort = self.workers[peer], self.effort
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "found.npz"
            answer = worker.ask(effort.patience, do="load", case=asdict(case), save=str(file))
            if answer["state"] != "ready":
                return Result(answer["state"], answer["why"])
            result = Result("ready", first=answer["seconds"])
            if peer != FUNCTION:
                result.error, result.why = distance(case, file, truth)
                if result.why:
                    result.state = "wrong"
                    return result
        result.repeat = self.repeats(worker)
        return result

    def repeats(self, worker: Process) -> int:
        """How many calls make a round. By CPU time: a call that was interrupted would look long, and be timed alone."""
        wanted, repeat = self.effort.round_seconds, 1
        while True:
            once = max(1e-8, worker.ask(self.effort.patience, do="run", repeat=repeat).get("cpu", wanted))
            if once * repeat >= wanted / 4:
                return max(1, min(round(wanted / once), 10**6))
            repeat = min(max(2 * repeat, int(wanted / (2 * once))), 10**6)

    def round(self, peer: str, result: Result, k: int) -> None:
        slow = 20 * self.effort.round_seconds
        if result.state != "ready" or (k >= 5 and result.first[-1] > slow):
            return  # five rounds of what takes that long
        answer = self.workers[peer].ask(self.effort.patience, do="run", repeat=result.repeat)
        if "wall" not in answer:
            result.state, result.why = answer["state"], answer["why"]
            return
        result.wall.append(answer["wall"])
        result.cpu.append(answer["cpu"])
        result.faults.append(answer["faults"])


def alone(peer: str, patience: float, **order: Any) -> dict[str, Any]:
    """One order to a process that has done nothing else."""
    worker = Process(peer)
    try:
        return worker.ask(patience, **order)
    finally:
        worker.end()


def between(results: dict[str, Result], above: str, under: str) -> Ratio | None:
    """How many times as long one peer takes as another; None where one of them was not timed."""
    a, b = results.get(above), results.get(under)
    if a is None or b is None or {a.state, b.state} != {"ready"} or not (a.wall and b.wall):
        return None
    return ratio(a.wall, b.wall, (a.cpu, b.cpu))
