"""A net layer by layer as text, and many nets one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from symdiff.reports.table import clip

if TYPE_CHECKING:
    from symdiff.nets.report import LayerReport
    from symdiff.nets.views import Vanishing

WIDEST_LINE = 160


def report_text(report: LayerReport) -> str:
    """A row for each layer, the last one below; then what the columns are."""
    norms = ("|dL/dW|", "|dL/db|", "|dL/du|", "|dL/dz|", "mean z", "std z")
    rows: list[tuple[str, ...]] = [("layer", "", *norms, "saturated", "dead", "factor", "sqrt chi")]
    for layer in report.layers:
        sizes = map(_norm, (layer.weight, layer.bias, layer.before, layer.after, layer.mean, layer.deviation))
        shares = (f"{layer.saturated:.0%}", f"{layer.dead:.0%}")
        what = f"{layer.widths[0]} -> {layer.widths[1]} {layer.activation}"
        factors = (_factor(layer.factor), _factor(layer.mean_field))
        rows.append((str(layer.number), what, *sizes, *shares, *factors))
    steepest = {layer.activation: layer.steepest for layer in report.layers}
    most = ", ".join(f"{name} {slope:.3g}" for name, slope in steepest.items())
    notes = [
        "factor: |dL/du_i| / |dL/du_(i+1)|, measured; sqrt chi: what mean-field theory says it is",
        f"saturated: the entries where |sigma'(u)| is below 1 % of its largest value ({most})",
        "dead: the units where sigma'(u) is 0 for every example",
    ]
    title = f"{report.net}, {report.examples} examples, by {report.method}"
    return "\n".join([clip(title, WIDEST_LINE), "", *aligned(rows, words=2), "", *notes])


def vanishing_text(found: Vanishing) -> str:
    """A row for each net."""
    rows: list[tuple[str, ...]] = [("activation", "init", "depth", "W ratio", "delta ratio", "factor", "sqrt chi", "")]
    for row in found.rows:
        ratios = (_norm(row.weight_ratio), _norm(row.delta_ratio))
        factors = (_factor(row.factor), _factor(row.mean_field))
        rows.append((row.activation, row.init, str(row.depth), *ratios, *factors, row.word))
    notes = [
        "ratios: of the norms at the first and at the last hidden layer; W: of dL/dW, delta: of dL/du",
        "factor: the delta's per layer; sqrt chi: what mean-field theory says it is",
        f"width {found.width}, medians over {found.seeds} draws of the weights",
    ]
    return "\n".join([*aligned(rows, words=2), "", *notes])


def aligned(rows: Sequence[tuple[str, ...]], words: int) -> list[str]:
    """Columns: the first ones to the left, the numbers to the right, a last word to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [c.ljust(w) if k < words else c.rjust(w) for k, (c, w) in enumerate(zip(row, widths, strict=True))]
        if not rows[0][-1]:
            cells[-1] = row[-1]
        lines.append(clip("  ".join(cells).rstrip(), WIDEST_LINE))
    return lines


def _norm(value: float) -> str:
    return f"{value:.2e}"


def _factor(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
