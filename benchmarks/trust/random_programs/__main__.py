"""`make random-programs`: thousands of random programs through the check, in workers that may be stopped and go on.

Every program is one line of a file, written as soon as it is judged: a run that is broken off goes on where it
was. A program that takes longer than the limit is ended with its worker and noted.
"""

from __future__ import annotations

import argparse
import json
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.trust.random_programs.summary import summary

FOLDER = Path("build/random-programs")
CHUNK = 200  # programs of one worker: it gives its memory back
START = 60.0  # seconds that a worker may take to begin


def main() -> int:
    """Run what has not run yet; the exit code says whether there was an alarm."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trust.random_programs", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="programs, from number 0 (default %(default)s)")
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for one program (default %(default)s)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the lines are kept (default %(default)s)")
    parser.add_argument("--only", type=int, nargs="*", help="these numbers, printed in full; nothing is kept")
    parser.add_argument("--summary", action="store_true", help="what the file says, without running anything")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return work(options.dtype)
    if options.only is not None:
        return show(options.only, options.dtype)
    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.folder / f"{options.dtype}.jsonl"
    if not options.summary:
        run(path, options.count, options.dtype, options.limit)
    found = [r for r in read(path) if r["seed"] < options.count]
    print(summary(found))
    return int(any("alarm" in r or "look" in r for r in found))


def read(path: Path) -> list[dict[str, Any]]:
    """The lines that are whole, one for each program: the last word on it."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found: dict[int, dict[str, Any]] = {}
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:  # broken off while it was written
            continue
        found[record["seed"]] = record
    return [found[s] for s in sorted(found)]


def run(path: Path, count: int, dtype: str, limit: float) -> None:
    """Everything that is missing in the file, chunk by chunk."""
    done = {r["seed"] for r in read(path)}
    missing = [s for s in range(count) if s not in done]
    print(f"{count - len(missing)} of {count} programs are there already", flush=True)
    start, finished, alarms = time.perf_counter(), 0, 0
    with path.open("a", encoding="utf-8") as file:
        file.write("\n")  # after a line that was broken off
        while missing:
            for record in chunk(missing[:CHUNK], dtype, limit):
                file.write(json.dumps(record) + "\n")
                file.flush()
                missing.remove(record["seed"])
                finished += 1
                alarms += "alarm" in record or "look" in record
                if finished % 50 == 0:
                    each = (time.perf_counter() - start) / finished
                    left = f"{each * len(missing) / 60:.0f} min left"
                    print(f"{finished} done, {len(missing)} to go, {alarms} to look at, {each:.2f} s each, {left}", flush=True)


def chunk(seeds: list[int], dtype: str, limit: float) -> Any:
    """The records of these programs, from one worker; it ends early where it had to be ended."""
    command = [sys.executable, "-m", "benchmarks.trust.random_programs", "--worker", "--dtype", dtype]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    assert worker.stdin
    assert worker.stdout
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=lambda: ([lines.put(s) for s in worker.stdout] and None) or lines.put(""), daemon=True)  # type: ignore[union-attr]  # asserted above
    reader.start()
    wait = START
    try:
        for seed in seeds:
            worker.stdin.write(f"{seed}\n")
            worker.stdin.flush()
            try:
                line = lines.get(timeout=limit + wait)
            except queue.Empty:
                yield {"seed": seed, "dtype": dtype, "over": f"longer than {limit:g} s"}
                return
            wait = 0.0
            if not line:
                yield {"seed": seed, "dtype": dtype, "alarm": [{"what": "crash", "said": "the process died"}]}
                return
            yield json.loads(line)
    except BrokenPipeError:
        yield {"seed": seed, "dtype": dtype, "alarm": [{"what": "crash", "said": "the process died"}]}
    finally:
        worker.kill()
        worker.wait()


def work(dtype: str) -> int:
    """A worker: a number in, a line out."""
    from benchmarks.trust.random_programs.draw import program
    from benchmarks.trust.random_programs.judge import judged

    out, sys.stdout = sys.stdout, sys.stderr  # whatever else prints
    for line in sys.stdin:
        print(json.dumps(judged(program(int(line), dtype))), file=out, flush=True)
    return 0


def show(seeds: list[int], dtype: str) -> int:
    """The program, the report and the record of each number."""
    from benchmarks.trust.random_programs.draw import program
    from benchmarks.trust.random_programs.judge import checked, judged

    alarms = 0
    for seed in seeds:
        drawn = program(seed, dtype)
        record = judged(drawn)
        alarms += "alarm" in record or "look" in record
        print(f"-- {seed}", drawn.shown(), checked(drawn), json.dumps(record, indent=1), sep="\n")
    return int(alarms > 0)


if __name__ == "__main__":
    sys.exit(main())
