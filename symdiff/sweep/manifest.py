"""Reading `*.symdiff.toml`: the formulas and functions that somebody wants checked, again and again.

    [defaults]                                # what every entry starts from
    points = 20
    operators = ["grad", "hessian"]

    [formula.pendulum]
    title = "Period of a small swing"
    expr = "2*pi*sqrt(l/g)"
    range = { l = [0.1, 10], g = [1, 25] }    # points are drawn from here, the same ones every time
    claimed = ["-pi*sqrt(l/g**3)", "pi/sqrt(g*l)"]

    [function.rosenbrock]                     # Python code: it runs only where that is allowed
    f = "scipy.optimize:rosen"
    claimed = "scipy.optimize:rosen_der"
    shape = { x = 10 }
    range = { x = [-2, 2] }

| key | what |
|---|---|
| `expr` | of a formula: its text, or a list of texts: a function with several components |
| `variables` | of a formula: its variables in calling order; by default all names in natural order |
| `f` | of a function: where it is, `package.module:name` |
| `shape` | of a function: lengths of its arguments that are arrays, `{ x = 10, W = [3, 2] }` |
| `at` | a point, `{ x = 1, y = "pi/2" }`, or a list of points |
| `range` | for each variable an interval to draw points from; for an array, its entries |
| `points` | how many points to draw; without `range` they are generated from the formula itself |
| `operators`, `methods`, `wrt`, `strict`, `prove` | as `crosscheck` takes them |
| `order` | instead of `operators`: all derivatives up to 1, 2 or 3, as `crosscheck(order=...)` has them |
| `claimed` | formulas (one per variable), `package.module:name`, or a table `{ operator = either }` |
| `expect` | the verdict that is expected, or a registry of known faults: see `expect` |
| `title` | what the entry is, for people |

A file that is no TOML, or that holds anything but these tables, is refused as a whole. An entry with a
mistake in it is not: it keeps the mistake as its `fault`, and the others can be checked.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from symdiff.errors import InputError, SymdiffError
from symdiff.sweep.expect import Expectation
from symdiff.sweep.lines import key_lines, line_of, twice
from symdiff.sweep.values import KEYS, OWN, instead, names_code

TABLES = ("defaults", *KEYS)


@dataclass(frozen=True, slots=True)
class Formula:
    """One entry of a manifest: a formula, or a function of Python code. The attributes are the keys of the file.

    `place` is the name of the file, for messages, and `path` where it lies; `lines` are the lines of the entry's
    keys, of the entry itself under "". `fault` is the sentence of the first mistake in the entry, "" if there is none.
    """

    name: str
    place: str
    expr: str | tuple[str, ...] = ""
    f: str = ""
    title: str = ""
    variables: tuple[str, ...] | None = None
    shape: Mapping[str, tuple[int, ...]] | None = None
    at: tuple[Mapping[str, Any], ...] = ()
    range: Mapping[str, tuple[float, float]] | None = None
    points: int = 0
    operators: tuple[str, ...] | None = None
    order: int = 1
    methods: tuple[str, ...] | None = None
    wrt: tuple[str, ...] | None = None
    claimed: Any = None
    strict: bool = False
    prove: bool = False
    expect: tuple[Expectation, ...] = ()
    fault: str = ""
    kind: str = "formula"  # or "function": the table it stands in
    path: Path = Path()
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """What is checked, in one line."""
        if self.f:
            return self.f
        return self.expr if isinstance(self.expr, str) else ", ".join(self.expr)

    def line(self, key: str = "") -> int:
        """The line of a key, or of the entry; 0 where there is no file."""
        return self.lines.get(key, self.lines.get("", 0))

    def where(self, key: str = "") -> str:
        """`mine.symdiff.toml:4: formula 'pendulum'`, for messages: the line is that of the key."""
        line = self.line(key)
        place = f"{self.place}:{line}: " if line else f"{self.place}: " if self.place else ""
        return f"{place}{self.kind} {self.name!r}"

    @property
    def runs_code(self) -> bool:
        """Whether it names Python code, which checking it would import."""
        claims = self.claimed.values() if isinstance(self.claimed, Mapping) else [self.claimed]
        return self.kind == "function" or any(map(names_code, claims))


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file of entries, in the order of the file."""

    path: Path
    formulas: tuple[Formula, ...]


def read(path: str | Path) -> Manifest:
    r"""Read a manifest.

    Raises:
        InputError: the file cannot be read, is no TOML, has an unknown table, a faulty `[defaults]` or
            no entry at all. A fault inside one entry is kept in that entry.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "mine.symdiff.toml"
    >>> _ = file.write_text('[formula.cube]\nexpr = "x**3"\nat = {x = 2}\n[formula.bad]\nexrp = "x"')
    >>> cube, bad = read(file).formulas
    >>> cube.expr, cube.at
    ('x**3', ({'x': 2.0},))
    >>> bad.fault
    "mine.symdiff.toml:5: formula 'bad': exrp is no key: did you mean 'expr'?"
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as e:
        raise InputError(f"{path}: cannot be read: {e.strerror or e}") from e
    except UnicodeDecodeError as e:
        raise InputError(f"{path.name}: no TOML: {e}") from e
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise InputError(_no_toml(path.name, text, str(e))) from e
    lines = key_lines(text)
    for name in tables:
        if name not in TABLES:
            raise InputError(f"{_at(path.name, lines, (name,))}: {name}{instead(name, TABLES, 'table')}")
    found = [
        (kind, name, table)
        for kind in KEYS
        for name, table in (tables[kind].items() if isinstance(tables.get(kind), dict) else ())
    ]
    defaults = {kind: _defaults(path.name, tables.get("defaults", {}), lines, kind) for kind in KEYS}
    if not found or not all(isinstance(tables.get(kind, {}), dict) for kind in KEYS):
        raise InputError(f"{path.name}: holds no formula: expected a table [formula.NAME] or [function.NAME] for each")
    found.sort(key=lambda entry: line_of(lines, entry[:2]) or 0)
    bare = [_bare(path, kind, name, table, lines) for kind, name, table in found]
    return Manifest(path, tuple(
        _formula(b, kind, table, defaults[kind], bare[:k])
        for k, (b, (kind, _, table)) in enumerate(zip(bare, found, strict=True))
    ))  # fmt: skip


def _at(file: str, lines: Mapping[tuple[str, ...], int], path: tuple[str, ...]) -> str:
    line = line_of(lines, path)
    return f"{file}:{line}" if line else file


def _no_toml(file: str, text: str, why: str) -> str:
    """The sentence on a file that tomllib refuses; the line goes in front. A name that is there twice is said so."""
    again = twice(text) if why.startswith(("Cannot declare", "Cannot overwrite")) and "[[" not in text else None
    if again:
        path, first, line = again
        return f"{file}:{line}: {'.'.join(path)} is there twice, first in line {first}: give each a name of its own"
    found = re.search(r" \(at line (\d+), column \d+\)$", why)
    return f"{file}:{found[1]}: no TOML: {why}" if found else f"{file}: no TOML: {why}"


def _bare(path: Path, kind: str, name: str, table: Any, lines: Mapping[tuple[str, ...], int]) -> Formula:
    """An entry that knows its name and its place, and nothing else yet."""
    keys = table if isinstance(table, dict) else {}
    own = {key: line_of(lines, (kind, name, key)) or 0 for key in keys}
    title = keys.get("title", "")
    return Formula(
        name, path.name, kind=kind, path=path, lines={"": line_of(lines, (kind, name)) or 0, **own},
        title=title if isinstance(title, str) else "",
    )  # fmt: skip


def _defaults(file: str, table: Any, lines: Mapping[tuple[str, ...], int], kind: str) -> dict[str, Any]:
    """The defaults for one kind of entry: keys that only the other kind has are left out."""
    others = {key for keys in KEYS.values() for key in keys} - set(KEYS[kind])
    try:
        if isinstance(table, dict):
            for key in table:
                if key in OWN:
                    raise _Fault(key, f"{key}: every formula has its own: it cannot stand in [defaults]")
            table = {key: value for key, value in table.items() if key not in others}
        return _values(table, kind)
    except _Fault as fault:
        raise InputError(f"{_at(file, lines, ('defaults', fault.key))}: [defaults]: {fault}") from None


def _formula(bare: Formula, kind: str, table: Any, defaults: Mapping[str, Any], others: list[Formula]) -> Formula:
    main = "f" if kind == "function" else "expr"
    try:
        twin = next((o for o in others if o.name == bare.name), None)
        if twin is not None:
            raise _Fault("", f"the name is there twice, first in line {twin.line()}: give each its own")
        values = _values(table, kind)
        if main not in values:
            what = "where it is, package.module:name" if kind == "function" else "the formula as text"
            raise _Fault("", f"{main}: is missing: expected {what}")
        formula = replace(bare, **{**defaults, **values})
        if kind == "formula" and not formula.at and not formula.points:
            what = "how many points to draw from range?" if formula.range else "no point: give at, or points = N"
            raise _Fault("", f"points: {what}")
    except _Fault as fault:
        return replace(bare, fault=f"{bare.where(fault.key)}: {fault}")
    return formula


class _Fault(Exception):
    """What is wrong with one key, in words; `key` is for its line."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(what)
        self.key = key


def _values(table: Any, kind: str) -> dict[str, Any]:
    """The keys of a table, each read by its own reader; `_Fault` names the first that is wrong."""
    if not isinstance(table, dict):
        raise _Fault("", f"expected a table, got {_show(table)}")
    readers, values = KEYS[kind], {}
    for key, value in table.items():
        if key not in readers:
            raise _Fault(key, f"{key}{instead(key, readers, 'key')}")
        try:
            values[key] = readers[key](value)
        except SymdiffError as e:  # of a number that is written as a formula
            raise _Fault(key, f"{key}: {e}") from None
        except ValueError as e:
            raise _Fault(key, f"{key}: {e}, got {_show(value)}") from None
    return values


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
