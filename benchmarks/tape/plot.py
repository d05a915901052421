"""The plot: a row a case, a mark a peer, the time as a multiple of the tape's."""

from __future__ import annotations

from pathlib import Path

from benchmarks.tape.findings import Findings
from benchmarks.tape.peers import FUNCTION, PEERS, TAPE

MARKS = {
    "NumPy by hand, buffers": ("#000000", "|"),
    "NumPy by hand, fresh outputs": ("#000000", "x"),
    "NumPy by hand": ("#777777", "|"),
    "Python by hand": ("#000000", "+"),
    "jax.jit": ("#0072b2", "o"),
    "PyTorch eager": ("#d55e00", "s"),
    "HIPS autograd": ("#009e73", "^"),
    "CasADi": ("#cc79a7", "D"),
}  # colours that the colour-blind can tell apart (Okabe and Ito)


def draw(found: Findings, path: Path) -> bool:
    """Write the picture; False where matplotlib is missing."""
    try:
        import matplotlib as mpl
    except ModuleNotFoundError:
        return False
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    cases = [name for name in found.planned if name in found.results]
    figure, axes = plt.subplots(figsize=(9, 1.2 + 0.24 * len(cases)), layout="constrained")
    axes.set_axisbelow(True)
    axes.axvline(1.0, color="#bbbbbb", linewidth=1, zorder=0)
    for peer in PEERS:
        if peer in (TAPE, FUNCTION) or peer not in MARKS:
            continue
        points = [(r.median, k) for k, name in enumerate(cases) if (r := found.ratio(name, peer, TAPE)) is not None]
        if points:
            colour, mark = MARKS[peer]
            size = 70 if mark in "|+" else 36
            axes.scatter(*zip(*points, strict=True), color=colour, marker=mark, s=size, linewidth=1.4, label=peer)
    axes.set_xscale("log")
    axes.set_yticks(range(len(cases)), cases, fontsize=8)
    axes.invert_yaxis()
    axes.margins(y=0.02)
    axes.grid(axis="y", color="#eeeeee", linewidth=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("time as a multiple of the tape's (right of the line: slower than the tape)")
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=8)
    with mpl.rc_context({"svg.hashsalt": "tape", "svg.fonttype": "none"}):  # the same numbers give the same, small file
        figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return True
