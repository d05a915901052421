"""What each method takes where there is no derivative: the table, made at run time.

The kinks are found in the op table (where a row says that its switching function is zero), and beside them
stand some compositions and functions of arrays. Every number is a method's answer now; nothing that a library
says is written down here, as libraries change their minds.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from itertools import product
from typing import Any

import numpy as np

from symdiff.crosscheck.check import crosscheck
from symdiff.crosscheck.report import Finding, Report, plain
from symdiff.crosscheck.verdict import Verdict
from symdiff.graph import Graph
from symdiff.inputs.unparse import to_text
from symdiff.ops import TABLE
from symdiff.ops.row import Op
from symdiff.problem import Problem

LIBRARIES = ("symdiff-toolkit", "sympy", "jax", "jaxlib", "numpy", "python-flint")
SMOOTH = (Verdict.AGREE, Verdict.PROVED, Verdict.INACCURATE)
NUMBERS = (0.0, 1.0, 0.5, 2.0, -1.0)  # where the kinks of a row are looked for: every argument is one of these

FORMULAS: tuple[tuple[str, Mapping[str, float], str], ...] = (
    ("relu(x) - relu(-x)", {"x": 0.0}, "grad"),
    ("max(x, 2*x)", {"x": 0.0}, "grad"),
    ("where(x > 0, x, -x)", {"x": 0.0}, "grad"),
    ("where(x > 0, x + 1, x)", {"x": 0.0}, "grad"),
    ("where(x > 0, sqrt(x), 0)", {"x": 0.0}, "grad"),
    ("sqrt(x**2)", {"x": 0.0}, "grad"),
    ("x*abs(x)", {"x": 0.0}, "hessian"),
    ("relu(x)**2", {"x": 0.0}, "hessian"),
    ("where(abs(x) <= 1, x**2/2, abs(x) - 1/2)", {"x": 1.0}, "hessian"),
)
ARRAYS: tuple[tuple[str, Callable[[Any], Any], tuple[float, ...]], ...] = (
    ("np.linalg.norm(x)", np.linalg.norm, (0.0, 0.0)),
    ("np.linalg.norm(x, 1)", lambda x: np.linalg.norm(x, 1), (0.0, 1.0)),
    ("np.linalg.norm(x, np.inf)", lambda x: np.linalg.norm(x, np.inf), (1.0, -1.0)),
    ("np.max(a)", np.max, (1.0, 1.0, 1.0)),
    ("np.min(a)", np.min, (1.0, 1.0, 1.0)),
    ("np.sort(a)", np.sort, (1.0, 1.0)),
    ("np.median(a)", np.median, (1.0, 1.0, 1.0)),
)


@dataclass(frozen=True, slots=True)
class Convention:
    """One entry of a derivative at one point, and what each method takes for it.

    Attributes:
        function: the function, as text.
        point: the values of its variables; arrays as nested lists.
        operator: "grad", "hessian", ...
        argument: the variable(s) the entry differentiates by.
        component: which entry of the function's value, `[2]`; "" for a function with one value.
        values: what each method returned; None if it returned nothing.
        verdicts: how each is judged: KINK is a convention, AGREE where there is a derivative after all.
        reasons: why, method by method.
        reference: the derivative, where there is one.
    """

    function: str
    point: Mapping[str, Any]
    operator: str
    argument: str
    component: str
    values: Mapping[str, float | None]
    verdicts: Mapping[str, Verdict]
    reasons: Mapping[str, str]
    reference: float | None


def versions() -> dict[str, str]:
    """The installed versions of the libraries whose conventions these are."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed as a package"
    return found


@dataclass(frozen=True, slots=True)
class Conventions:
    """The table, and the versions of the libraries that it holds for."""

    methods: tuple[str, ...]
    rows: tuple[Convention, ...]
    versions: Mapping[str, str] = field(default_factory=versions)

    def to_dict(self) -> dict[str, Any]:
        """Plain data. inf and nan are strings, as JSON has none."""
        rows = [plain(asdict(row)) for row in self.rows]
        for row in rows:
            row["values"] = plain(row["values"])
            row["verdicts"] = {name: str(verdict) for name, verdict in row["verdicts"].items()}
        return {"versions": dict(self.versions), "methods": list(self.methods), "conventions": rows}


def conventions_at(f: Any, at: Mapping[str, float] | None, **settings: Any) -> Conventions:
    """What each method takes for the derivative of one function at one point.

    Args:
        f: a formula as text, or a `Problem`.
        at: the values of its variables.
        **settings: `methods`, `operators`, `wrt` of `crosscheck`.

    Raises:
        ExpressionError, InputError: the function, the point or a name does not fit.

    >>> from symdiff.crosscheck.kinks.convention_table import conventions_at
    >>> (row,) = conventions_at("max(x, 2*x)", {"x": 0.0}, methods=["jax"]).rows
    >>> sorted(row.values), str(row.verdicts["jax"])
    (['jax'], 'KINK')
    """
    report = crosscheck(f, at=at, **settings)
    return Conventions(report.methods, tuple(_entries(report, report.source)))


def all_conventions(
    methods: Sequence[str] | None = None, progress: Callable[[int, int], None] | None = None
) -> Conventions:
    """The conventions at every kink of the op table, and of `FORMULAS` and `ARRAYS`.

    Where an op answers alike at several places (max at two equal zeros, at two equal ones) the first of them
    stands for all. Where it has a derivative after all, and every method says it, there is nothing to tell.
    Comparisons are not differentiated: their jumps stand among the formulas.

    Args:
        methods: which methods; ("symbolic", "tape", "jax") by default.
        progress: called with (functions done, functions in all).

    Raises:
        InputError: an unknown method.
    """
    places = [(row, each) for row in TABLE.values() for each in kinks_of(row)]
    count = len(places) + len(FORMULAS) + len(ARRAYS)
    found: dict[tuple[Any, ...], list[Convention]] = {}
    asked: tuple[str, ...] = ()
    for k, (text, kind, report) in enumerate(_reports(places, methods)):
        asked = report.methods
        entries = _entries(report, text)
        if not all(verdict in SMOOTH for e in entries for verdict in e.verdicts.values()):
            found.setdefault((text, kind, *(str((e.values, e.verdicts)) for e in entries)), entries)
        if progress is not None:
            progress(k + 1, count)
    return Conventions(asked, tuple(e for entries in found.values() for e in entries))


def _reports(
    places: Sequence[tuple[Op, Kinked]], methods: Sequence[str] | None
) -> Iterator[tuple[str, tuple[bool, ...], Report]]:
    """The function as text, what kind of kink of its row it is, and what the check says of it."""
    for row, each in places:
        problem = problem_of(row)
        at = dict(zip(problem.names, each.args, strict=True))
        yield problem.source, each.parts, crosscheck(problem, at=at, methods=methods)
    for text, point, operator in FORMULAS:
        yield text, (), crosscheck(text, at=dict(point), methods=methods, operators=operator)
    for text, f, x in ARRAYS:
        yield text, (), crosscheck(f, np.array(x), methods=methods)


def _entries(report: Report, text: str) -> list[Convention]:
    together: dict[tuple[Any, ...], list[Finding]] = {}
    for finding in report.findings:
        together.setdefault(finding.entry, []).append(finding)
    return [_entry(text, report.points[found[0].point], found) for found in together.values()]


def _entry(text: str, point: Mapping[str, Any], found: Sequence[Finding]) -> Convention:
    f = found[0]
    reference = next((g.reference for g in found if g.reference is not None), None)
    return Convention(
        text, point, f.operator, f.argument, f.component, {g.method: g.value for g in found},
        {g.method: g.verdict for g in found}, {g.method: g.reason for g in found}, reference,
    )  # fmt: skip


# -- where a row has its kinks -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kinked:
    """Arguments at which a row has a kink, and which of its switching functions are zero there."""

    args: tuple[float, ...]
    parts: tuple[bool, ...]


def kinks_of(row: Op) -> list[Kinked]:
    """Where a row has a kink, one place for every way of having it: which of its switching functions are zero there,
    and which of its arguments. Only `NUMBERS` are tried. None of a row without a kink, of a comparison, and of a row
    with parameters, which nobody has chosen."""
    if row.kink is None or row.boolean or row.params:
        return []
    found: dict[tuple[Any, ...], Kinked] = {}
    own = (None,) * (row.arity - len(row.defaults)) + row.defaults  # an argument that may be left out: its default
    with np.errstate(all="ignore"):
        for args in product(*(NUMBERS if d is None else (d, *NUMBERS) for d in own)):
            if row.domain.outside is not None and np.any(row.domain.outside(*args)):
                continue
            at = row.kink.at(*args)
            parts = tuple(bool(part == 0) for part in (at if isinstance(at, tuple) else (at,)))
            if any(parts):
                found.setdefault((parts, tuple(a == 0 for a in args)), Kinked(args, parts))
    return list(found.values())


def problem_of(row: Op) -> Problem:
    """The function that is this row by itself, its variables named as in the row's kink."""
    names: tuple[str, ...] = ()
    if row.kink is not None:
        names = tuple(inspect.signature(row.kink.at).parameters)
    if len(names) != row.arity:  # a kink of *args
        names = tuple(f"x{k + 1}" for k in range(row.arity))
    graph = Graph()
    graph.outputs = (graph.apply(row.name, *map(graph.input, names)),)
    return Problem(graph, names, to_text(graph), "text")
