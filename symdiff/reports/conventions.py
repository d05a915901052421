"""The table of conventions as text: a line for every function at a point, a column for every method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.crosscheck.kinks.convention_table import Convention, Conventions
from symdiff.crosscheck.verdict import Verdict
from symdiff.reports.table import clip

WIDEST_FUNCTION, WIDEST_POINT = 40, 30
MOST_NUMBERS = 9  # of an array of entries; the JSON has them all
MEANINGS = {
    Verdict.KINK: "no derivative here; what is said lies among the slopes that meet: a convention",
    Verdict.DIFFER: "wrong: not the derivative, or where there is none no member of the slopes that meet",
    Verdict.UNDECIDED: "the reference cannot tell what may be said here",
    Verdict.OUTSIDE_DOMAIN: "the function is not defined here",
    Verdict.UNSUPPORTED: "the method has no derivative of this",
}

WORST_FIRST = (
    Verdict.UNSUPPORTED, Verdict.OUTSIDE_DOMAIN, Verdict.DIFFER, Verdict.UNDECIDED, Verdict.KINK, Verdict.INACCURATE,
)  # fmt: skip


def conventions_text(table: Conventions, reasons: bool = False) -> str:
    """The versions, the table, why each method is judged so (if asked for), and what the verdicts mean."""
    groups: dict[tuple[str, ...], list[Convention]] = {}
    for row in table.rows:
        groups.setdefault((row.function, row.operator, _point(row.point)), []).append(row)
    operators = {row.operator for row in table.rows}
    lines = [("", "at", *table.methods, "")]
    for (function, operator, point), rows in groups.items():
        named = function if len(operators) == 1 or operator == "grad" else f"{operator} of {function}"
        values = [_values([row.values.get(name) for row in rows]) for name in table.methods]
        lines.append((clip(named, WIDEST_FUNCTION), clip(point, WIDEST_POINT), *values, _judged(rows, table.methods)))
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]) - 1)]
    shown = ["  ".join([*(f"{c:<{w}}" for c, w in zip(line, widths, strict=False)), line[-1]]) for line in lines]
    text = [", ".join(f"{name} {number}" for name, number in table.versions.items()), ""]
    text += [line.rstrip() for line in shown]
    if reasons:
        text += ["", *_reasons(table)]
    seen = {verdict for row in table.rows for verdict in row.verdicts.values()}
    legend = [f"{verdict}: {meaning}" for verdict, meaning in MEANINGS.items() if verdict in seen]
    return "\n".join([*text, *([""] if legend else []), *legend])


def _point(point: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_value(value)}" for name, value in point.items())


def _value(value: Any) -> str:
    return "[" + ", ".join(map(_value, value)) + "]" if isinstance(value, list) else _number(value)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value + 0.0:.6g}"


def _values(values: Sequence[float | None]) -> str:
    """One number, or the entries together: `(0.5, 0.5)`; a dash where the method returned nothing."""
    if len(values) == 1 or all(v is None for v in values):
        return _number(values[0])
    more = ", ..." if len(values) > MOST_NUMBERS else ""
    return f"({', '.join(map(_number, values[:MOST_NUMBERS]))}{more})"


def _judged(rows: Sequence[Convention], methods: Sequence[str]) -> str:
    """`KINK`, or `DIFFER: jax; KINK: symbolic, tape`, and the derivative where there is one."""
    worst = {}
    for name in methods:
        found = {row.verdicts[name] for row in rows if name in row.verdicts}
        worst[name] = next((v for v in WORST_FIRST if v in found), Verdict.AGREE)
    each: dict[Verdict, list[str]] = {}
    for name, verdict in worst.items():
        each.setdefault(verdict, []).append(name)
    said = str(next(iter(each))) if len(each) == 1 else "; ".join(f"{v}: {', '.join(n)}" for v, n in each.items())
    truth = [row.reference for row in rows]
    return said if None in truth else f"{said}; the derivative is {_values(truth)}"


def _reasons(table: Conventions) -> list[str]:
    """Why, each once; or that there was nothing to choose."""
    each = dict.fromkeys(f"{name}: {why}" for row in table.rows for name, why in row.reasons.items() if why)
    return list(each) or ["there is a derivative here, and nothing to choose"]
