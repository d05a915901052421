"""Many entries in several processes, and what was checked before in a file."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from pathlib import Path
from typing import Any

from symdiff.errors import InputError
from symdiff.sweep.manifest import Formula
from symdiff.sweep.row import Row
from symdiff.sweep.run import check

LIBRARIES = ("symdiff-toolkit", "jax", "jaxlib", "sympy", "numpy", "scipy", "python-flint")

Progress = Callable[[int, int], None]


def rows(
    formulas: Sequence[Formula], seed: int = 0, allow_import: bool = False, jobs: int = 1,
    progress: Progress | None = None, known: Ledger | None = None,
) -> Iterator[tuple[int, Row]]:  # fmt: skip
    """Check entries; yields (position, row) as each is finished. With several `jobs` that is in any order.

    The processes are made anew and not forked, as JAX's threads do not survive a fork. An interrupt ends them: what
    is finished by then is yielded, and the interrupt goes on.

    Args:
        formulas: the entries.
        seed, allow_import: as of `check`.
        jobs: how many processes; with 1 it is this one.
        progress: called with (thousandths done, thousandths in all), inside long entries too where they are checked
            in this process.
        known: what was checked before: these rows come first and are not checked again; the others are written there.
    """
    total, done = 1000 * len(formulas), 0
    left = []
    for k, formula in enumerate(formulas):
        before = known.row(formula, seed) if known else None
        if before is None:
            left.append(k)
        else:
            done += 1
            yield k, before
    several = min(jobs, len(left)) > 1
    found = (
        _in_processes(formulas, left, seed, allow_import, jobs)
        if several
        else (
            (k, _row(formulas[k], seed, allow_import, _inside(progress, done + place, total)))
            for place, k in enumerate(left)
        )
    )
    for k, row in found:
        done += 1
        if progress is not None:
            progress(1000 * done, total)
        if known:
            known.add(formulas[k], seed, row)
        yield k, row


def _inside(progress: Progress | None, done: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda k, n: progress(1000 * done + 1000 * k // max(n, 1), total)


def _row(formula: Formula, seed: int, allow_import: bool, progress: Progress | None = None) -> Row:
    start = time.perf_counter()
    report = check(formula, seed, progress, allow_import)
    return Row.of_entry(formula, report, time.perf_counter() - start)


def _in_processes(
    formulas: Sequence[Formula], left: Sequence[int], seed: int, allow_import: bool, jobs: int
) -> Iterator[tuple[int, Row]]:
    context = multiprocessing.get_context("spawn")
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(min(jobs, len(left)), context, initializer=_ignore_interrupts)
    waiting: dict[Future[Row], int] = {}
    try:
        waiting |= {pool.submit(_row, formulas[k], seed, allow_import): k for k in left}
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(future), future.result()
    except KeyboardInterrupt:
        for future in [f for f in waiting if f.done() and not f.exception()]:
            yield waiting.pop(future), future.result()
        raise
    except BrokenProcessPool as e:
        raise InputError(
            f"a process that was checking ended by itself ({e}): {len(waiting)} entries are not checked; "
            "--jobs 1 shows which of them it is"
        ) from e
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before if waiting else ():
            child.terminate()


def _ignore_interrupts() -> None:
    """Ctrl-C reaches every process of the terminal; the first one answers it for all."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Ledger:
    """A file of finished rows, one line of JSON each, so that a run that was stopped can go on.

    A row counts for an entry that has not changed, with the same seed and the same libraries. Entries that run code
    are always checked again: the code may have changed.

    Raises:
        InputError: the file cannot be read or written, or holds something else.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._rows: dict[str, dict[str, Any]] = {}
        try:
            text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
            with self.path.open("a", encoding="utf-8") as file:  # that it can be written is found out now
                file.write("\n" if text and not text.endswith("\n") else "")
        except (OSError, UnicodeDecodeError) as e:
            raise InputError(f"{path}: cannot be read and written: {getattr(e, 'strerror', None) or e}") from e
        for number, line in enumerate(text.splitlines(), 1):
            self._read(line, number)

    def _read(self, line: str, number: int) -> None:
        """Take a line over. One that was cut off is none: the run was stopped in the middle of it."""
        try:
            record = json.loads(line)
            self._rows[record["entry"]] = record["row"]
        except (ValueError, KeyError, TypeError) as e:
            if line and not line.startswith('{"entry"'[: len(line)]):
                raise InputError(f"{self.path}:{number}: no line of a run of symdiff: is it another file?") from e

    def row(self, formula: Formula, seed: int) -> Row | None:
        """The row of an entry that was checked before."""
        record = None if formula.runs_code else self._rows.get(fingerprint(formula, seed))
        return Row.from_dict(record) if record is not None else None

    def add(self, formula: Formula, seed: int, row: Row) -> None:
        """Write a row down at once, so that it is there whatever happens next."""
        record = {"entry": fingerprint(formula, seed), "row": row.to_dict()}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")


def fingerprint(formula: Formula, seed: int) -> str:
    """A name for everything that a row depends on: the entry, the seed and the libraries."""
    entry = {k: v for k, v in asdict(formula).items() if k not in ("path", "lines", "place")}
    versions = [_version(library) for library in LIBRARIES]
    return hashlib.sha256(json.dumps([entry, seed, versions], sort_keys=True, default=str).encode()).hexdigest()


def _version(library: str) -> str:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return ""
