"""Facts with known answers that lie beside the checkout, in ../shared/data: how the tests read them.

    from tests.data_files import FULL, cases, named_point

Where the folder is absent, the tests that need it are skipped. `SYMDIFF_FULL=1` (make data) runs all of
every file; without it a fixed part of each, so that the whole takes minutes.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from symdiff.crosscheck import Finding, Report, Verdict

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"
FULL = bool(os.environ.get("SYMDIFF_FULL"))
RIGHT = (Verdict.AGREE, Verdict.PROVED, Verdict.INACCURATE)  # the rule is right, whatever became of the digits


@cache
def _load(name: str) -> dict[str, Any]:
    path = FOLDER / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no {path.name} beside this checkout")
    return json.loads(path.read_text(encoding="utf-8"))


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of a file; skips the test where the file is not there."""
    return _load(name)["cases"]


def sample(items: Sequence[Any], count: int) -> list[Any]:
    """All of them in the full form; else `count` of them, the same ones every time, in order."""
    if FULL or len(items) <= count:
        return list(items)
    chosen = sorted(random.Random(2011).sample(range(len(items)), count))
    return [items[i] for i in chosen]


def floats(point: Mapping[str, Any]) -> dict[str, float]:
    """A point whose values are decimal strings."""
    return {name: float(value) for name, value in point.items()}


def rename(text: str, names: Mapping[str, str]) -> str:
    """A formula with whole names exchanged: `E` by `exp(1)`, and not the E of `Ei`."""
    if not names:
        return text
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, names)) + r")\b")
    return pattern.sub(lambda match: names[match[1]], text)


def listed(reasons: Mapping[str, Sequence[str]]) -> str:
    """`  3 complex on the way: a, b, c`: what could not be checked, by reason, for people to read."""
    lines = []
    for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        lines.append(f"  {len(names):4} {reason}: {shown}")
    return "\n".join(lines)


def say(text: str) -> None:
    """Figures for whoever runs the tests with -s."""
    sys.stdout.write(f"\n{text}\n")


def wrong(report: Report) -> list[str]:
    """Whatever in a report is neither AGREE nor INACCURATE, each as a line; red lamps, too."""
    lines = [_line(f) for f in report.findings if f.verdict not in RIGHT]
    lines += [f"lamp {name}: {lamp.note}" for name, lamp in report.lamps.items() if lamp.state == "red"]
    return [f"{report.source[:200]}: {line}" for line in lines] + ([report.error] if report.error else [])


def _line(f: Finding) -> str:
    return f"{f.verdict} {f.method} {f.operator}{list(f.index)} at #{f.point}: {f.value} for {f.reference}; {f.reason}"


# -- programs --------------------------------------------------------------------------------------------

INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def plain(names: Iterable[str]) -> list[str]:
    """Names that the text language can read: `q1_t` for `q1(t)`."""
    return [re.sub(r"\W+", "_", name).strip("_") for name in names]


def named_steps(ssa: Sequence[Sequence[Any]], inputs: Sequence[str], outputs: Sequence[int]) -> list[str]:
    """A program of scalar steps in the text language: one text of named steps for each output.

    >>> named_steps([["in", 0], ["ipow", 0, 2], ["const", 3.0], ["mul", 1, 2]], ["x"], [3])
    ['s1 = x**2; s3 = s1*3.0; s3']
    """
    return [_text(ssa, inputs, output) for output in outputs]


def _text(ssa: Sequence[Sequence[Any]], inputs: Sequence[str], output: int) -> str:
    statements = []
    names: dict[int, str] = {}
    for i in _needed(ssa, output):
        op, *args = ssa[i]
        if op == "in":
            names[i] = inputs[args[0]]
        elif op == "const":
            names[i] = f"({args[0]!r})" if args[0] < 0 else repr(args[0])
        else:
            names[i] = f"s{i}"
            statements.append(f"s{i} = {_step(op, args, names)}")
    return "; ".join([*statements, names[output]])


def _step(op: str, args: Sequence[Any], names: Mapping[int, str]) -> str:
    if op == "ipow":
        base, exponent = args
        return f"{names[base]}**{exponent}" if exponent >= 0 else f"{names[base]}**({exponent})"
    if op == "neg":
        return f"-{names[args[0]]}"
    operands = [names[a] for a in args]
    return f" {INFIX[op]} ".join(operands).replace(" * ", "*") if op in INFIX else f"{op}({', '.join(operands)})"


def _needed(ssa: Sequence[Sequence[Any]], output: int) -> list[int]:
    """The steps that an output depends on, in order."""
    wanted = {output}
    for i in range(output, -1, -1):
        if i in wanted and ssa[i][0] not in ("in", "const"):
            op, *args = ssa[i]
            wanted.update(args[:1] if op == "ipow" else args)
    return sorted(wanted)
