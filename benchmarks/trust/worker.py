"""The process in which every checker is asked, one case after another: pinned to one core and one thread."""

from __future__ import annotations

import gc
import importlib
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.tape.worker import pin, serve
from benchmarks.trust.battery import cases
from benchmarks.trust.battery.case import Case
from benchmarks.trust.checkers import Answer, Checker
from benchmarks.trust.records import Record

LONGEST = 300  # characters of what a checker says
WARM = (
    Case("a number", "", "right", lambda np, x: np.sin(x) * x, lambda np, x: np.cos(x) * x + np.sin(x), (0.7,), ""),
    Case("two arrays", "", "right", lambda np, x, y: np.sum(x * y), lambda np, x, y: (y, x),
         (np.array([1.0, 2.0]), np.array([3.0, 5.0])), ""),
)  # fmt: skip


class TooLong(BaseException):
    """The limit is reached. No Exception, because what catches those would go on."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLong after so many seconds of the processor, at Python's next step; 0 is no limit. A timer by the clock
    looks at the other one: a timer of the processor's time makes that one coarse."""
    start = time.process_time()

    def look(number: int, frame: object) -> None:
        if time.process_time() - start > seconds:
            raise TooLong(f"no answer after {seconds:.3g} s")

    if not seconds or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, look)
    try:
        signal.setitimer(signal.ITIMER_REAL, *[min(1.0, seconds)] * 2)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def ask(checker: Checker, case: Case, limit: float = 0.0) -> Record:
    """One question and its answer. Whatever a checker raises that is not its own objection is a refusal."""
    seconds = cpu = 0.0
    gc.collect()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        module = importlib.import_module(f"benchmarks.trust.checkers.{checker.module}")
        start, used = time.perf_counter(), time.process_time()
        try:
            question = module.prepare(case, checker.kind)
            start, used = time.perf_counter(), time.process_time()
            with limited(limit):
                answer = question()
        except TooLong as e:
            answer = Answer("refuses", str(e))
        except Exception as e:  # noqa: BLE001 -- a checker may fail in its own way; the page says so
            answer = Answer("refuses", f"{type(e).__name__}: {e}")
        seconds, cpu = time.perf_counter() - start, time.process_time() - used
    said = " ".join(answer.said.split())[:LONGEST]
    return Record(checker.name, case.family, case.name, case.kind, answer.outcome, said, answer.figure, seconds, cpu)


class Worker:
    """What the parent orders."""

    def __init__(self) -> None:
        self.cases = {(c.family, c.name): c for c in cases()}

    def warm(self, checker: dict[str, str]) -> dict[str, Any]:
        """Import it and ask it two easy questions, so that no case pays for the first one."""
        try:
            for case in WARM:
                ask(Checker(**checker), case)
        except ModuleNotFoundError as e:
            return {"missing": e.name}
        gc.collect()
        gc.freeze()  # the collection before a question need not look through the libraries again
        return {}

    def ask(self, checker: dict[str, str], family: str, case: str, limit: float) -> dict[str, Any]:
        return asdict(ask(Checker(**checker), self.cases[family, case], limit))


if __name__ == "__main__":
    pin()
    serve(Worker)
