"""Run the measurements, print them, and write benchmarks/RESULTS.md: `make bench`.

    python -m benchmarks            everything; about five minutes
    python -m benchmarks --quick    everything in small, to see that it works; writes nothing
    python -m benchmarks --only tape
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import os
import platform
from pathlib import Path

from benchmarks.figures import GROUPS, QUICK, Figure, Size
from benchmarks.net_figures import NETS
from benchmarks.race import pin

RESULTS = Path(__file__).parent / "RESULTS.md"
LIBRARIES = ("numpy", "sympy", "jax", "python-flint", "autograd")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed and memory beside the peers.")
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds; writes nothing")
    parser.add_argument("--only", metavar="WORD", default="", help="groups with this word in the title; writes nothing")
    options = parser.parse_args(arguments)
    pin()
    size = QUICK if options.quick else Size()
    results: dict[str, list[Figure]] = {}
    for title, measure in (GROUPS | NETS).items():
        if options.only.lower() in title.lower():
            print(f"\n{title}")
            results[title] = measure(size)
            for f in results[title]:
                goal = "" if options.quick else f"  {f.goal} {_verdict(f)}"  # the goals are for the full size
                print(f"  {f.what}: {f.measured}{goal}".rstrip())
    if not (options.quick or options.only):
        RESULTS.write_text(document(results), encoding="utf-8")
        print(f"\nwritten to {RESULTS.name}")


def document(results: dict[str, list[Figure]]) -> str:
    """RESULTS.md."""
    lines = ["# Speed and memory", "", *_header(), ""]
    for title, figures in results.items():
        lines += [f"## {title}", "", "| | measured | goal | |", "|---|---|---|---|"]
        lines += [f"| {f.what} | {f.measured} | {f.goal} | {_verdict(f)} |" for f in figures]
        lines.append("")
    missed = [f for figures in results.values() for f in figures if f.met is False]
    lines += ["## Goals missed", ""]
    lines += [f"- {f.what}: {f.miss}" for f in missed] or ["None."]
    return "\n".join(lines) + "\n"


def _header() -> list[str]:
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    machine = f"{platform.system()}, {platform.machine()}, {os.cpu_count()} cores"
    return [
        "Written by `make bench`; not edited by hand. Medians of interleaved rounds, every runner in a process of",
        "its own, all on one core and one thread. Only the ratios are claims: on a shared machine the times vary",
        "from run to run, the ratios much less.",
        "",
        f"- {today}, Python {platform.python_version()}, {versions}",
        f"- {machine}, load {os.getloadavg()[0]:.1f} at the end of the run",
    ]


def _verdict(figure: Figure) -> str:
    return {True: "met", False: "MISSED", None: ""}[figure.met]


if __name__ == "__main__":
    main()
