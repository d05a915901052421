"""Rules of learning beside one another, as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from symdiff.reports.layers import WIDEST_LINE, aligned
from symdiff.reports.table import clip

if TYPE_CHECKING:
    from symdiff.learn.directions import Direction, Directions


def directions_text(found: Directions) -> str:
    """A row for each rule; then what the columns are, and why rows are missing."""
    layers = len(found.norms)
    title = [f"angle {i}" for i in range(1, layers + 1)]
    rows = [("rule", "promise", *title, "angle", "scale", "bias", "chance", "variance", "theory", "CPU ms", "cost", "")]
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


@dataclass(frozen=True, slots=True)
class Learned:
    """What a rule reached on a task.

    Attributes:
        rule, promise, net: its name, what it promises, and the net it trained.
        accuracies: on the test set, one for each seed.
        epochs, steps: how long it trained.
        seconds: of CPU for one seed.
        cosines_before, cosines_after: of the first seed, the cosine between its direction and the gradient of the risk
            for each layer, at the first and at the last probe; None for rules with an objective of their own.
    """

    rule: str
    promise: str
    net: str
    accuracies: list[float]
    epochs: int
    steps: int
    seconds: float
    cosines_before: list[float] | None
    cosines_after: list[float] | None

    @property
    def mean(self) -> float:
        return sum(self.accuracies) / len(self.accuracies)

    def to_dict(self) -> dict[str, Any]:
        """The same as numbers, names and lists, for JSON."""
        found = asdict(self)
        for name in ("cosines_before", "cosines_after"):
            if found[name]:
                found[name] = [None if math.isnan(c) else c for c in found[name]]
        return found


def learned_text(task: str, rows: Sequence[Learned], plain: Sequence[float]) -> str:
    """A row for each rule, logistic regression below; then what the columns are."""
    head = ("rule", "promise", "accuracy", "least", "epochs", "steps", "CPU s", "angles before", "angles after", "")
    lines: list[tuple[str, ...]] = [head]
    lines += [
        (row.rule, row.promise, f"{row.mean:.4f}", f"{min(row.accuracies):.4f}", str(row.epochs), str(row.steps),
         f"{row.seconds:.2f}", _angles(row.cosines_before), _angles(row.cosines_after), "")
        for row in rows
    ]  # fmt: skip
    mean = sum(plain) / len(plain)
    lines.append(("logistic regression", "baseline", f"{mean:.4f}", f"{min(plain):.4f}", *["-"] * 5, ""))
    seeds = f"{len(plain)} seed{'s' if len(plain) > 1 else ''}"
    below = [row.rule for row in rows if row.mean <= mean]
    notes = [
        f"accuracy: on test examples, the mean of {seeds}; least: of the seeds",
        "angles: in degrees between the direction and the gradient of the risk, layer by layer (90: nothing in common)",
    ]
    if below:
        notes.append(f"no better than logistic regression: {', '.join(below)}")
    return "\n".join([f"{task}, {seeds}", "", *aligned(lines, words=2), "", *notes])


def _angles(cosines: Sequence[float] | None) -> str:
    if cosines is None:
        return "own objective"
    return " ".join("-" if math.isnan(c) else f"{math.degrees(math.acos(max(-1.0, min(1.0, c)))):.0f}" for c in cosines)
