"""Reading `*.symdiff.toml`: the formulas that somebody wants checked, again and again.

    [defaults]                                # what every formula starts from
    points = 20
    operators = ["grad", "hessian"]

    [formula.pendulum]
    title = "Period of a small swing"
    expr = "2*pi*sqrt(l/g)"
    range = { l = [0.1, 10], g = [1, 25] }    # points are drawn from here, the same ones every time
    claimed = ["-pi*sqrt(l/g**3)", "pi/sqrt(g*l)"]

| key | what |
|---|---|
| `expr` | the formula as text, or a list of texts: a function with several components |
| `variables` | their names in calling order; by default all names in natural order |
| `at` | a point, `{ x = 1, y = "pi/2" }`, or a list of points |
| `range` | for each variable an interval to draw points from |
| `points` | how many points to draw; without `range` they are generated from the formula itself |
| `operators`, `methods`, `wrt`, `claimed`, `strict` | as `crosscheck` takes them |
| `title` | what the formula is, for people |

A file that is no TOML, or that holds anything but these tables, is refused as a whole. A formula with a
mistake in it is not: it keeps the mistake as its `fault`, and the others can be checked.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from symdiff.errors import InputError, SymdiffError
from symdiff.inputs import formula_of
from symdiff.methods import method as find_method
from symdiff.methods.base import OPERATORS
from symdiff.methods.modes import COMPOSITIONS

MOST_POINTS = 100_000  # a slip of the keyboard is not a week of work


@dataclass(frozen=True, slots=True)
class Formula:
    """One entry of a manifest. The attributes are the keys of the file.

    `place` is where it stands, `file: formula 'name'`, for messages; `fault` is the sentence of the first
    mistake in the entry, "" if there is none.
    """

    name: str
    place: str
    expr: str | tuple[str, ...] = ""
    title: str = ""
    variables: tuple[str, ...] | None = None
    at: tuple[Mapping[str, float], ...] = ()
    range: Mapping[str, tuple[float, float]] | None = None
    points: int = 0
    operators: tuple[str, ...] | None = None
    methods: tuple[str, ...] | None = None
    wrt: tuple[str, ...] | None = None
    claimed: Any = None
    strict: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file of formulas, in the order of the file."""

    path: Path
    formulas: tuple[Formula, ...]


def read(path: str | Path) -> Manifest:
    r"""Read a manifest.

    Raises:
        InputError: the file cannot be read, is no TOML, has an unknown table, a faulty `[defaults]` or
            no formula at all. A fault inside one formula is kept in that formula.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "mine.symdiff.toml"
    >>> _ = file.write_text('[formula.cube]\nexpr = "x**3"\nat = {x = 2}\n[formula.bad]\nexrp = "x"')
    >>> cube, bad = read(file).formulas
    >>> cube.expr, cube.at
    ('x**3', ({'x': 2.0},))
    >>> bad.fault
    "mine.symdiff.toml: formula 'bad': exrp is no key: did you mean 'expr'?"
    """
    path = Path(path)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise InputError(f"{path}: cannot be read: {e.strerror or e}") from e
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise InputError(f"{path.name}: no TOML: {e}") from e
    for name in tables:
        if name not in ("defaults", "formula"):
            raise InputError(f"{path.name}: {name}{_instead(name, ('defaults', 'formula'), 'table')}")
    defaults = _defaults(path.name, tables.get("defaults", {}))
    entries = tables.get("formula", {})
    if not isinstance(entries, dict) or not entries:
        raise InputError(f"{path.name}: holds no formula: expected a table [formula.NAME] for each")
    return Manifest(path, tuple(_formula(path.name, name, table, defaults) for name, table in entries.items()))


def _defaults(file: str, table: Any) -> dict[str, Any]:
    try:
        values = _values(table)
        for key in values:
            if key in OWN:
                raise _Fault(key, "every formula has its own: it cannot stand in [defaults]")
    except _Fault as fault:
        raise InputError(f"{file}: [defaults]: {fault}") from None
    return values


def _formula(file: str, name: str, table: Any, defaults: Mapping[str, Any]) -> Formula:
    bare = Formula(name, f"{file}: formula {name!r}", title=_title(table))
    try:
        values = _values(table)
        if "expr" not in values:
            raise _Fault("expr", "is missing: expected the formula as text")
        formula = replace(bare, **{**defaults, **values})
        if not formula.at and not formula.points:
            what = "how many points to draw from range?" if formula.range else "no point: give at, or points = N"
            raise _Fault("points", what)
    except _Fault as fault:
        return replace(bare, fault=f"{bare.place}: {fault}")
    return formula


def _title(table: Any) -> str:
    """The title of an entry that may be faulty elsewhere."""
    title = table.get("title", "") if isinstance(table, dict) else ""
    return title if isinstance(title, str) else ""


class _Fault(Exception):
    """What is wrong with one key, in words."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(f"{key}: {what}" if key else what)


def _values(table: Any) -> dict[str, Any]:
    """The keys of a table, each read by its own reader; `_Fault` names the first that is wrong."""
    if not isinstance(table, dict):
        raise _Fault("", f"expected a table, got {_show(table)}")
    values = {}
    for key, value in table.items():
        if key not in KEYS:
            raise _Fault("", f"{key}{_instead(key, KEYS, 'key')}")
        try:
            values[key] = KEYS[key](value)
        except SymdiffError as e:  # of a number that is written as a formula
            raise _Fault(key, str(e)) from None
        except ValueError as e:
            raise _Fault(key, f"{e}, got {_show(value)}") from None
    return values


def _instead(name: str, known: Iterable[str], kind: str) -> str:
    """` is no key: did you mean 'points'?`"""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f" is no {kind}: " + (f"did you mean {close[0]!r}?" if close else f"expected one of {', '.join(names)}")


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


# -- the readers: a TOML value to what `Formula` holds, or a ValueError that says what was expected ------


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("expected a text")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    """A list of texts; one text is a list of one."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not words or not all(isinstance(w, str) and w.strip() for w in words):
        raise ValueError("expected a text or a list of texts")
    return tuple(words)


def _expr(value: Any) -> str | tuple[str, ...]:
    return _text(value) if isinstance(value, str) else _texts(value)


def _known(check: Callable[[str], object], names: Iterable[str], kind: str) -> Callable[[Any], tuple[str, ...]]:
    """A reader for a list of names that are known elsewhere."""

    def reader(value: Any) -> tuple[str, ...]:
        words = _texts(value)
        for word in words:
            try:
                check(word)
            except (SymdiffError, ValueError):
                raise InputError(word + _instead(word, names, kind)) from None
        return words

    return reader


def number(value: Any) -> float:
    """A number, or a constant formula: 1, 2.5, "pi/2", "2**-30".

    >>> number("pi/2")
    1.5707963267948966
    """
    if isinstance(value, str):
        return float(formula_of(value, variables=())())
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("expected a finite number, or a constant formula as text")
    return float(value)


def _points(value: Any) -> tuple[dict[str, float], ...]:
    tables = [value] if isinstance(value, dict) else value
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        raise ValueError("expected a table of values, { x = 1 }, or a list of them")
    return tuple({name: number(v) for name, v in table.items()} for table in tables)


def _range(value: Any) -> dict[str, tuple[float, float]]:
    if not isinstance(value, dict):
        raise ValueError("expected a table of intervals, { x = [1, 3] }")
    return {name: _interval(name, ends) for name, ends in value.items()}


def _interval(name: str, ends: Any) -> tuple[float, float]:
    if not isinstance(ends, list) or len(ends) != 2:
        raise ValueError(f"expected an interval [low, high] for {name}")
    low, high = (number(end) for end in ends)
    if low > high:
        raise ValueError(f"the interval of {name} ends before it begins")
    return low, high


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_POINTS:
        raise ValueError(f"expected a whole number from 0 to {MOST_POINTS}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("expected true or false")
    return value


def _claimed(value: Any) -> Any:
    """One formula, a list (one per variable), or a table {operator = either}."""
    if isinstance(value, dict):
        return {_OPERATORS(operator)[0]: list(_texts(claim)) for operator, claim in value.items()}
    return list(_texts(value))


_OPERATORS = _known((*OPERATORS, *COMPOSITIONS).index, OPERATORS, "operator")
_METHODS = _known(find_method, ("symbolic", "tape", "jax", "ball", "complex_step", "finite_difference"), "method")

KEYS: dict[str, Callable[[Any], Any]] = {
    "expr": _expr, "variables": _texts, "at": _points, "range": _range, "points": _count,
    "operators": _OPERATORS, "methods": _METHODS, "wrt": _texts, "claimed": _claimed, "strict": _flag,
    "title": _text,
}  # fmt: skip
OWN = ("expr", "title", "at", "claimed")  # what makes no sense for all formulas alike
