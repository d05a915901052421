"""Learning as figures: accuracy over the epochs, angles to the gradient and norms, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.reports.layers_plot import figure, saved

if TYPE_CHECKING:
    from symdiff.learn.recipes import Outcome


def pictures(folder: Path, task: str, outcomes: Sequence[Outcome], plain: float) -> list[Path]:
    """Write curves.png, angles.png and norms.png.

    Args:
        folder: that is there.
        task: its name, for the titles.
        outcomes: one for each rule, with the curve and the probes of a training run.
        plain: the accuracy of logistic regression.

    Raises:
        UnsupportedError: matplotlib is not installed; it is the optional extra `plot`.
    """
    made = [curves(folder / "curves.png", task, outcomes, plain)]
    probed = [o for o in outcomes if o.history.probes]
    if probed:
        made.append(_panels(folder / "angles.png", probed, _angles, "cosine to the gradient of the risk"))
    made.append(_panels(folder / "norms.png", outcomes, _norms, "norm of the direction"))
    return made


def curves(path: Path, task: str, outcomes: Sequence[Outcome], plain: float) -> Path:
    """The test accuracy over the epochs, a line for each rule, and that of logistic regression."""
    drawn = figure(7.0, 4.5)
    axes = drawn.subplots()
    for outcome in outcomes:
        epochs, accuracies = zip(*outcome.curve, strict=True)
        axes.plot(epochs, accuracies, "o-", markersize=3, label=f"{outcome.rule.name} {accuracies[-1]:.3f}")
    axes.axhline(plain, color="0.5", linestyle="--", linewidth=0.9, label=f"logistic regression {plain:.3f}")
    least = min([plain, *(min(a for _, a in o.curve) for o in outcomes)])
    axes.set(xscale="log", xlabel="epochs", ylabel="test accuracy", title=task, ylim=(max(0.0, least - 0.03), 1.005))
    axes.legend(fontsize=8, loc="lower right")
    return saved(drawn, path)


def _panels(path: Path, outcomes: Sequence[Outcome], draw: Callable[[Any, Outcome], None], label: str) -> Path:
    """A panel for each rule, a line for each layer."""
    drawn = figure(3.2 * len(outcomes), 3.4)
    panels = drawn.subplots(1, len(outcomes), squeeze=False, sharey=True)[0]
    for axes, outcome in zip(panels, outcomes, strict=True):
        draw(axes, outcome)
        axes.set_title(outcome.rule.name, fontsize=9)
    panels[0].set_ylabel(label)
    panels[0].legend(fontsize=8)
    return saved(drawn, path)


def _angles(axes: Any, outcome: Outcome) -> None:
    probes = outcome.history.probes
    steps = [p.step for p in probes]
    for i, layer in enumerate(np.transpose([p.cosines[outcome.rule.name] for p in probes]), 1):
        axes.plot(steps, layer, "o-", markersize=3, color=f"C{i - 1}", label=f"layer {i}")
    axes.axhline(0.0, color="0.7", linewidth=0.8)
    axes.set(xlabel="step", ylim=(-0.5, 1.05))


def _norms(axes: Any, outcome: Outcome) -> None:
    for i, layer in enumerate(np.transpose(outcome.history.norms), 1):
        shown = [norm or float("nan") for norm in layer]  # a zero has no logarithm
        axes.plot(range(1, len(shown) + 1), shown, color=f"C{i - 1}", label=f"layer {i}")
    axes.set(xlabel="epoch", yscale="log")
