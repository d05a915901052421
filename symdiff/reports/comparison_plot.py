"""The costs of the methods as a figure: time from left to right, error from below to above."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from symdiff.reports.figures import figure, saved

if TYPE_CHECKING:
    from symdiff.comparison import Comparison

LEAST = 2.0**-10  # ulps: an error of zero has no logarithm


def comparison_plot(found: Comparison, path: str | os.PathLike[str]) -> Path:
    """Each method a dot, at the time of a warm call, and a circle at that of its first; the lower left is best."""
    drawn = figure(8.0, 4.5)
    axes = drawn.subplots()
    known = [row for row in found.rows if row.seconds is not None and row.first is not None]
    for k, row in enumerate(known):
        error = LEAST if row.worst_ulps is None else max(row.worst_ulps, LEAST)
        axes.plot([row.seconds, row.first], [error, error], "-", color=f"C{k}", linewidth=0.8, alpha=0.6)
        axes.plot(row.first, error, "o", color=f"C{k}", markerfacecolor="none", markersize=6)
        label = row.method if row.worst_ulps is not None else f"{row.method} (error not known)"
        axes.plot(row.seconds, error, "o", color=f"C{k}", markersize=6, label=label)
    axes.axhline(0.5, color="0.7", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel="seconds (dot: warm, circle: first call)", ylabel="worst error, ulps")
    axes.set_title(found.source if len(found.source) < 80 else found.source[:77] + "...", fontsize=9)
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return saved(drawn, path)
