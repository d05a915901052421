"""The process in which every checker is asked, one case after another: pinned to one core and one thread."""

from __future__ import annotations

import gc
import importlib
import time
import warnings
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


def ask(checker: Checker, case: Case) -> Record:
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
            answer = question()
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

    def ask(self, checker: dict[str, str], family: str, case: str) -> dict[str, Any]:
        return asdict(ask(Checker(**checker), self.cases[family, case]))


if __name__ == "__main__":
    pin()
    serve(Worker)
