"""Reading what several verbs take: points from `--at`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from symdiff.errors import ExpressionError, InputError
from symdiff.inputs import formula_of
from symdiff.problem import Problem
from symdiff.reports.table import clip

MOST_NAMES = 5  # of the variables that a message lists


def read_at(words: Sequence[str], problem: Problem, *, generate: int | None = None) -> dict[str, float] | None:
    """`["x=1,y=2", "z=pi/2"]` as a mapping; None if none is given and none is needed.

    A value is a number or a constant formula. Raises `InputError` for a value that is no finite real
    number and for a variable that is given twice or not at all. `generate`: how many points are generated
    besides, for a verb that can.
    """
    point: dict[str, float] = {}
    for part in (p.strip() for word in words for p in split_at_commas(word) if p.strip()):
        name, equals, text = (piece.strip() for piece in part.partition("="))
        if not equals or not name or not text:
            raise InputError(f"--at {clip(part, 60)!r}: expected NAME=VALUE, e.g. --at x=1.5")
        if name in point:
            raise InputError(f"--at gives {clip(name, 60)} twice")
        point[name] = _value(name, text)
    if not point and (generate or not problem.names):
        return None
    missing = [name for name in problem.names if name not in point]
    if missing and set(point) <= set(problem.names):  # a wrong name is told first, with the nearest there is
        few = ", ".join([*(clip(name, 30) for name in missing[:MOST_NAMES]), *["..."] * (len(missing) > MOST_NAMES)])
        hint = "" if point or generate is None else ", or --points 10 to have points generated"
        raise InputError(f"no value given for {few}: add --at {clip(missing[0], 30)}=VALUE{hint}")
    return point


def split_at_commas(word: str) -> list[str]:
    """At the commas outside brackets: x=1,y=atan2(1,2) is two."""
    parts, depth = [""], 0
    for character in word:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _value(name: str, text: str) -> float:
    given = f"--at {clip(name, 30)}={clip(text, 60)}"
    try:
        value = float(text)
    except ValueError:
        try:
            value = float(formula_of(text, variables=())())
        except ExpressionError as e:
            why = re.split(r" at (?:line|column) ", str(e))[0]
            raise InputError(f"{given}: expected a real number or a constant formula such as pi/2 ({why})") from e
    if not math.isfinite(value):
        raise InputError(f"{given}: expected a finite real number (float64)")
    return value
