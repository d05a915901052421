"""The same as figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from symdiff.reports.figures import figure as figure_of
from symdiff.reports.figures import saved

if TYPE_CHECKING:
    from symdiff.nets.report import LayerReport
    from symdiff.nets.views import Vanishing


def report_plot(report: LayerReport, path: str | Path) -> Path:
    """The norms of each layer on a logarithmic axis, and the factors, measured and predicted."""
    figure = figure_of(11.0, 4.5)
    norms, factors = figure.subplots(1, 2)
    numbers = [layer.number for layer in report.layers]
    for label, name in (("|dL/dW|", "weight"), ("|dL/du|", "before"), ("|dL/dz|", "after")):
        shown = [getattr(layer, name) or float("nan") for layer in report.layers]  # a zero has no logarithm
        norms.plot(numbers, shown, "o-", markersize=3, label=label)
    norms.set(yscale="log", xlabel="layer i", ylabel="norm")
    norms.legend()
    measured = [layer for layer in report.layers if layer.mean_field is not None]
    at = [layer.number for layer in measured]
    factors.plot(at, [layer.factor for layer in measured], "o", markersize=3, label="|dL/du_i| / |dL/du_(i+1)|")
    factors.plot(at, [layer.mean_field for layer in measured], "-", label="sqrt chi_i")
    factors.axhline(1.0, color="0.7", linewidth=0.8)
    factors.set(xlabel="layer i", ylabel="factor per layer")
    factors.legend()
    figure.suptitle(report.net if len(report.net) < 100 else report.net[:97] + "...", fontsize=9)
    return saved(figure, path)


def vanishing_plot(found: Vanishing, path: str | Path) -> Path:
    """The delta ratio against the depth: dots are measured, lines predicted; a panel for each activation."""
    activations = list(dict.fromkeys(row.activation for row in found.rows))
    figure = figure_of(3.6 * len(activations), 4.0)
    panels = figure.subplots(1, len(activations), squeeze=False)[0]
    for panel, activation in zip(panels, activations, strict=True):
        for k, init in enumerate(dict.fromkeys(row.init for row in found.rows)):
            rows = [row for row in found.rows if (row.activation, row.init) == (activation, init)]
            depths = [row.depth for row in rows]
            panel.plot(depths, [row.delta_ratio or float("nan") for row in rows], "o", color=f"C{k}", label=init)
            panel.plot(depths, [row.mean_field ** (row.depth - 1) or float("nan") for row in rows], color=f"C{k}")
        panel.axhline(1.0, color="0.7", linewidth=0.8)
        panel.set(yscale="log", xlabel="hidden layers", title=activation)
        panel.legend(fontsize=8)
    panels[0].set_ylabel("|dL/du_1| / |dL/du_last|: measured (dots), mean field (lines)", fontsize=8)
    return saved(figure, path)
