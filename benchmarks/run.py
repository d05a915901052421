"""Run the measurements, print them, and write benchmarks/RESULTS.md: `make bench`.

    python -m benchmarks            everything; about five minutes
    python -m benchmarks --quick    everything in small, to see that it works; writes nothing
    python -m benchmarks --only tape            groups with this word in the title; writes nothing
    python -m benchmarks --only nets --write    writes their sections anew and leaves the others as they are
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import os
import platform
import re
from pathlib import Path

from benchmarks.figures import GROUPS, QUICK, Figure, Size
from benchmarks.net_figures import NETS
from benchmarks.race import pin

RESULTS = Path(__file__).parent / "RESULTS.md"
LIBRARIES = ("numpy", "sympy", "jax", "python-flint", "autograd")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed and memory beside the peers.")
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds; writes nothing")
    parser.add_argument("--only", metavar="WORD", default="", help="groups with this word in the title")
    parser.add_argument("--write", action="store_true", help="with --only: write these sections, keep the others")
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
    if not options.quick and (options.write or not options.only):
        kept = RESULTS.read_text(encoding="utf-8") if options.only else ""
        RESULTS.write_text(document(results, kept), encoding="utf-8")
        print(f"\nwritten to {RESULTS.name}")


def document(results: dict[str, list[Figure]], before: str = "") -> str:
    """RESULTS.md. Sections of the one `before` stay where there is nothing new in their place."""
    sections, missed = _sections(before) if before else ({}, {})
    head = sections.pop("", "\n".join(["# Speed and memory", "", *_header(), ""]))
    for title, figures in results.items():
        lines = ["", f"{_when()}.", "", "| | measured | goal | |", "|---|---|---|---|"]
        lines += [f"| {f.what} | {f.measured} | {f.goal} | {_verdict(f)} |" for f in figures]
        sections[title] = "\n".join([*lines, ""])
        missed[title] = [f"- {f.what}: {f.miss}" for f in figures if f.met is False]
    body = [f"## {title}\n{text}" for title, text in sections.items()]
    said = [line for lines in missed.values() for line in lines] or ["None."]
    return "\n".join([head, *body, "## Goals missed\n", *said]) + "\n"


def _sections(text: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The text of every section, "" for the head, and which goals each missed."""
    parts = re.split(r"^## (.*)\n", text, flags=re.MULTILINE)
    sections = {"": parts[0].removesuffix("\n")} | {
        title: body.removesuffix("\n") for title, body in zip(parts[1::2], parts[2::2], strict=True)
    }
    lines = [line for line in sections.pop("Goals missed").splitlines() if line.startswith("- ")]
    missed = {}
    for title, body in sections.items():
        rows = re.findall(r"^\| (.*?) \| .* MISSED \|$", body, re.MULTILINE)
        missed[title] = [line for line in lines if any(line.startswith(f"- {what}: ") for what in rows)]
    return sections, missed


def _when() -> str:
    return f"{dt.datetime.now(dt.UTC).date().isoformat()}, load {os.getloadavg()[0]:.1f} at the end"


def _header() -> list[str]:
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    machine = f"{platform.system()}, {platform.machine()}, {os.cpu_count()} cores"
    return [
        "Written by `make bench`; not edited by hand. Medians of interleaved rounds, every runner in a process of",
        "its own, all on one core and one thread. Only the ratios are claims: on a shared machine the times vary",
        "from run to run, the ratios much less. Where a goal is missed, the last section says by how much.",
        "",
        f"- Python {platform.python_version()}, {versions}",
        f"- {machine}",
    ]


def _verdict(figure: Figure) -> str:
    return {True: "met", False: "MISSED", None: ""}[figure.met]


if __name__ == "__main__":
    main()
