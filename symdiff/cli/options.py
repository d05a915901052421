"""Reading what several verbs take: points from `--at`."""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.errors import ExpressionError, InputError
from symdiff.inputs import function


def read_at(words: Sequence[str]) -> dict[str, float]:
    """`["x=1,y=2", "z=pi/2"]` as a mapping. A value is a number or a constant formula."""
    point: dict[str, float] = {}
    for part in (p for word in words for p in word.split(",") if p.strip()):
        name, equals, text = part.partition("=")
        if not equals or not name.strip() or not text.strip():
            raise InputError(f"--at {part.strip()!r}: expected NAME=VALUE, e.g. --at x=1.5")
        if name.strip() in point:
            raise InputError(f"--at gives {name.strip()} twice")
        point[name.strip()] = _value(name.strip(), text.strip())
    return point


def _value(name: str, text: str) -> float:
    try:
        return float(text)  # "nan" and "1e400" are numbers too; whoever takes the point refuses them
    except ValueError:
        pass
    try:
        return float(function(text, variables=())())
    except ExpressionError as e:
        raise InputError(f"--at {name}={text}: expected a number or a constant formula") from e
