"""Rules of learning beside one another, as text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from symdiff.reports.layers import WIDEST_LINE, aligned
from symdiff.reports.table import clip

if TYPE_CHECKING:
    from symdiff.learn.directions import Direction, Directions


def directions_text(found: Directions) -> str:
    """A row for each rule; then what the columns are, and why rows are missing."""
    layers = len(found.norms)
    title = [f"angle {i}" for i in range(1, layers + 1)]
    rows = [("rule", "promise", *title, "angle", "scale", "bias", "chance", "variance", "theory", "ms", "cost", "")]
    rows += [_row(row, layers) for row in found.rows if not row.skipped]
    notes = [
        "angle: in degrees between a rule's direction and the gradient, of W and b of each layer and of all parameters",
        "scale: <d, g>/|g|^2; bias: |mean d - g|/|g|, chance: by the draws alone; variance: E|d - E d|^2/|g|^2",
        "theory: what E|d - g|^2/|g|^2 is, where that is known",
    ]
    skipped = [f"{row.rule}: no numbers, {row.skipped}" for row in found.rows if row.skipped]
    head = f"{found.net}, {found.parameters} parameters, {found.examples} examples"
    return "\n".join([clip(head, WIDEST_LINE), "", *aligned(rows, words=2), "", *notes, *skipped])


def _row(row: Direction, layers: int) -> tuple[str, ...]:
    angles = [_degrees(a) for a in row.angles] or ["-"] * layers
    numbers = (_short(row.scale), _short(row.bias), _short(row.by_chance), _short(row.variance))
    theory = "-" if row.theory is None else _short(row.theory)
    return (row.rule, row.promise, *angles, _degrees(row.angle), *numbers, theory,
            f"{1e3 * row.seconds:.2f}", row.cost, "")  # fmt: skip


def _degrees(angle: float) -> str:
    return "-" if math.isnan(angle) else f"{angle:.1f}"


def _short(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3g}"
