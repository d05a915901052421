"""How numbers, errors and verdicts look in a report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.verdict import Verdict

MOST_NUMBERS = 50  # of an array that is looked at as a list
MANY_ULPS = 1000.0  # above it a relative error says more
COLORS = {
    Verdict.PROVED: "green", Verdict.AGREE: "green", Verdict.KINK: "cyan", Verdict.INACCURATE: "yellow",
    Verdict.DIFFER: "bold red", Verdict.UNDECIDED: "magenta", Verdict.OUTSIDE_DOMAIN: "magenta",
    Verdict.UNSUPPORTED: "magenta",
}  # fmt: skip


def value_text(value: Any) -> str:
    """A number, or an array: in full where it is short."""
    if hasattr(value, "shape"):
        if value.size > MOST_NUMBERS:
            return _range(value.shape, float(value.min()), float(value.max()))
        value = value.tolist()
    if not isinstance(value, list):
        return number_text(value)
    whole = "[" + ", ".join(map(_brief, value)) + "]"
    if len(whole) <= 60:
        return whole
    shape, inner = [], value
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    numbers = list(_leaves(value))
    return _range(shape, min(numbers), max(numbers)) if numbers else " x ".join(map(str, shape))


def _range(shape: Sequence[int], least: float, most: float) -> str:
    """`8 x 3, -1.2 to 3.4`: from the least to the greatest, not from the first to the last."""
    size = " x ".join(map(str, shape)) + (" numbers" if len(shape) == 1 else "")
    return f"{size}, all {short_text(least)}" if least == most else f"{size}, {short_text(least)} to {short_text(most)}"


def _brief(value: Any) -> str:
    return "[" + ", ".join(map(_brief, value)) + "]" if isinstance(value, list) else f"{value:.6g}"


def _leaves(value: Any) -> Iterator[float]:
    if isinstance(value, list):
        for part in value:
            yield from _leaves(part)
    else:
        yield value


def number_text(value: float | None) -> str:
    """A float as its shortest exact text; whole numbers without a point."""
    if value is None:
        return "-"
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(float(value))


def short_text(value: float | None) -> str:
    return "-" if value is None else f"{value:.9g}"


def error_text(f: Finding | None) -> str:
    """An error in units in the last place; where that is a number nobody can picture, relative to the truth."""
    if f is None or f.error_ulps is None:
        return ""
    if f.error_ulps < MANY_ULPS or not f.reference or f.value is None:
        return ulps_text(f.error_ulps)
    relative = abs(f.value - f.reference) / abs(f.reference)
    return f"{relative:.2%}" if 0.001 <= relative < 10 else f"{relative:.1e} rel"


def by_entry(findings: Sequence[Finding]) -> list[list[Finding]]:
    """What everybody found for the same entry, together."""
    entries: dict[tuple[Any, ...], list[Finding]] = {}
    for f in findings:
        entries.setdefault(f.entry, []).append(f)
    return list(entries.values())


def truth_of(entry: Sequence[Finding]) -> tuple[float | None, str]:
    """The reference of an entry and what it rests on; None and "" where nobody has it."""
    truth = next((f.reference for f in entry if f.reference is not None), None)
    return truth, "" if truth is None else next((f.basis for f in entry if f.basis), "")


def off_text(f: Finding) -> str:
    """How far a claim is off: ` (0.5 x true, 2.3e+15 ulp)`; "" where there is no factor to tell."""
    if f.value is None or not f.reference or f.error_ulps is None or not math.isfinite(f.value):
        return ""
    more = (f.value - f.reference) / f.reference
    factor = f"{1 + more:.6g}" if abs(more) > 1e-4 else f"(1 {'+' if more > 0 else '-'} {abs(more):.2g})"
    return f" ({factor} x true, {ulps_text(f.error_ulps)})"


def noise_text(found: Sequence[Finding]) -> str:
    """The noise floor of the first finding that has one."""
    known = next((f.noise for f in found if f.noise is not None), None)
    return "" if known is None else f"{known:.1e}"


def ulps_text(error: float | None) -> str:
    if error is None:
        return ""
    return f"{error:.2g} ulp" if 0.01 < error < MANY_ULPS or error == 0 else f"{error:.1e} ulp"
