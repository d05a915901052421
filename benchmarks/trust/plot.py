"""The plot: a row a checker, its wrong claims on the left and its right ones on the right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.trust.battery.case import Kind
from benchmarks.trust.records import Records
from benchmarks.trust.score import Count, count

GOOD, BAD, SILENT = "#0072b2", "#d55e00", "#e69f00"  # colours that the colour-blind can tell apart (Okabe and Ito)


def draw(records: Records, path: Path) -> bool:
    """Write the picture; False where matplotlib is missing."""
    try:
        import matplotlib as mpl
    except ModuleNotFoundError:
        return False
    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    names = records.checkers
    figure, axes = plt.subplots(1, 2, sharey=True, figsize=(10, 1.5 + 0.32 * len(names)), layout="constrained")
    panels: tuple[tuple[Any, Kind, str], ...] = (
        (axes[0], "wrong", "wrong claims"), (axes[1], "right", "right but hard claims"),
    )  # fmt: skip
    for panel, kind, title in panels:
        counts = [count(records, name, kind) for name in names]
        for row, of in enumerate(counts):
            bar(panel, row, of, kind == "wrong")
        asked = max((of.asked for of in counts), default=0)
        panel.set_title(f"{asked} {title}", fontsize=10, loc="left")
        panel.set_xlim(0, 1.08 * max(asked, 1))
        panel.set_yticks(range(len(names)), names, fontsize=9)
        panel.spines[["top", "right", "left"]].set_visible(False)
        panel.tick_params(axis="y", length=0)
    axes[0].invert_yaxis()
    parts = [
        Patch(color=colour, label=label)
        for colour, label in ((GOOD, "caught, passed"), (BAD, "missed, false alarm"), (SILENT, "refused to say"))
    ]
    figure.legend(handles=parts, loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    with mpl.rc_context({"svg.hashsalt": "trust", "svg.fonttype": "none"}):  # the same figures, the same small file
        figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return True


def bar(panel: Any, row: int, of: Count, wrong: bool) -> None:
    """Good, then bad, then silent, with the figures in those that are wide enough; at the end all that is not good."""
    good, bad = (of.objects, of.accepts) if wrong else (of.accepts, of.objects)
    left = 0
    for width, colour in ((good, GOOD), (bad, BAD), (of.refuses, SILENT)):
        if width:
            panel.barh(row, width, left=left, color=colour, height=0.72)
        if width > 0.035 * of.asked:
            panel.text(left + width / 2, row, str(width), ha="center", va="center", fontsize=8, color="white")
        left += width
    if bad + of.refuses:
        panel.text(left + 0.01 * of.asked, row, str(bad + of.refuses), ha="left", va="center", fontsize=9, color=BAD)
