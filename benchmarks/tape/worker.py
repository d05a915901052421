"""The process of one peer: it reads orders from stdin and writes what it found to stdout, a JSON line each.

Pinned to one core and one thread before anything is imported. Whatever a library prints goes to stderr.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

Call = Callable[[], Any]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS")
ENVIRONMENT = {
    **dict.fromkeys(THREADS, "1"),
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "PYTHONHASHSEED": "0",
}  # set by the parent, because some libraries read them when they are loaded


def pin() -> None:
    """One core: the last of those that this process may use."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


class Worker:
    """The peer and the case that it has at the moment."""

    def __init__(self, peer: str) -> None:
        self.peer, self.call = peer, None

    def load(self, case: dict[str, Any], save: str = "") -> dict[str, Any]:
        """The first calls, timed one by one; the derivative goes into the file `save`."""
        from benchmarks.tape.cases import Case
        from benchmarks.tape.peers import PEERS, NotThisPeer

        self.call = None
        gc.unfreeze()
        gc.collect()
        try:
            peer, of = PEERS[self.peer], Case(**case)
            module = importlib.import_module(f"benchmarks.tape.peers.{peer.module}")
        except ModuleNotFoundError as e:
            return {"state": "missing", "why": f"{e.name} is not installed"}
        try:
            of.inputs()
            inputs = self.seconds(of.inputs)
            start = time.perf_counter()
            self.call = module.load(of, peer.kind)
            found = self.call()
            seconds = [time.perf_counter() - start - inputs]
            again = 0 if seconds[0] > 20 else 2  # a program may be written the second time only
            seconds += [self.seconds(self.call) for _ in range(again)]
            if again:
                found = self.call()
        except NotThisPeer as e:
            return {"state": "absent", "why": str(e)}
        if save and peer.kind != "function":
            import numpy as np

            np.savez(save, *module.arrays(found))
        gc.collect()
        gc.freeze()  # the collection before a round need not look through the libraries again
        return {"state": "ready", "seconds": seconds}

    @staticmethod
    def seconds(call: Call) -> float:
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    def run(self, repeat: int) -> dict[str, Any]:
        """One round: seconds a call by the clock and of the CPU, and how many pages the system had to find for it."""
        call = self.call
        assert call is not None
        gc.collect()
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        wall, cpu = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(repeat):
            call()
        cpu, wall = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
        return {"wall": wall / repeat * 1e-9, "cpu": cpu / repeat * 1e-9, "faults": faults / repeat}

    def memory(self, case: dict[str, Any], calls: int = 3) -> dict[str, Any]:
        """In a process that has done nothing else: import, first call, and the peaks of memory."""
        from benchmarks.tape.cases import Case
        from benchmarks.tape.peers import PEERS, NotThisPeer

        peer, of = PEERS[self.peer], Case(**case)
        start = time.perf_counter()
        try:
            module = importlib.import_module(f"benchmarks.tape.peers.{peer.module}")
        except ModuleNotFoundError as e:
            return {"state": "missing", "why": f"{e.name} is not installed"}
        of.inputs()
        imported, inputs = time.perf_counter() - start, self.seconds(of.inputs)
        gc.collect()
        before = now()
        forget_peak()
        start, used = time.perf_counter(), time.process_time()
        try:
            call = module.load(of, peer.kind)
            call()
        except NotThisPeer as e:
            return {"state": "absent", "why": str(e)}
        first, grown = time.perf_counter() - start - inputs, peak() - before
        first_cpu = time.process_time() - used - inputs
        for _ in range(calls - 1):
            call()
        found = {"state": "ready", "import": imported, "first": first, "first_cpu": first_cpu,
                 "grown_first": grown, "grown": peak() - before}  # fmt: skip
        if calls > 1:
            tracemalloc.start()
            call()
            found["traced"] = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            start, used = time.perf_counter(), time.process_time()
            module.load(of, peer.kind)()
            found["another"] = time.perf_counter() - start - inputs
            found["another_cpu"] = time.process_time() - used - inputs
        return found

    def profile(self, case: dict[str, Any]) -> dict[str, Any]:
        """What the replayed steps of the tape's program cost, one by one."""
        from benchmarks.tape.cases import Case
        from benchmarks.tape.profile import profile

        return {"state": "ready", **profile(Case(**case))}


def _status(key: str) -> int:
    """Bytes from Linux's account of this process; 0 elsewhere."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(key)), 0)


def now() -> int:
    return _status("VmRSS")


def peak() -> int:
    return _status("VmHWM")


def forget_peak() -> None:
    """The peak counts from here on; where the system does not allow that, it counts from the start."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    except OSError:
        return


def serve(worker: Callable[[], Any]) -> None:
    """Do what the lines of stdin order, each with a method of what `worker` makes, and answer with a line of stdout."""
    with os.fdopen(os.dup(1), "w") as out:
        os.dup2(2, 1)
        of = worker()
        for line in sys.stdin:
            order = json.loads(line)
            try:
                found = getattr(of, order.pop("do"))(**order)
            except Exception as e:  # noqa: BLE001 -- a peer may fail in its own way; the page says so
                first = (str(e).strip().splitlines() or [""])[0]
                found = {"state": "failed", "why": f"{type(e).__name__}: {first}"[:200]}
            out.write(json.dumps(found) + "\n")
            out.flush()


if __name__ == "__main__":
    pin()
    serve(lambda: Worker(sys.argv[1]))
