"""Rules of learning as figures: accuracy over the epochs, and the pictures of each run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from symdiff.learn.pictures import angles, norms, regions
from symdiff.learn.recipes import data
from symdiff.reports.figures import figure, saved

if TYPE_CHECKING:
    from symdiff.learn.recipes import Outcome


def pictures(folder: Path, task: str, outcomes: Sequence[Outcome], plain: float) -> list[Path]:
    """Write curves.png, angles.png and norms.png, and of two inputs regions-RULE.png for each rule.

    Args:
        folder: that is there.
        task: its name, for the titles.
        outcomes: one for each rule, with the curve and the probes of a training run.
        plain: the accuracy of logistic regression.

    Raises:
        UnsupportedError: matplotlib is not installed; it is the optional extra `plot`.
    """
    made = [curves(folder / "curves.png", task, outcomes, plain)]
    probed = {o.rule.name: o.history for o in outcomes if o.history.probes}
    if probed:
        made.append(angles(probed, folder / "angles.png"))
    made.append(norms({o.rule.name: o.history for o in outcomes}, folder / "norms.png"))
    *_, X, y = data(task, 0)
    if X.shape[1] == 2:
        made += [
            regions(o.net, o.params, X, y, folder / f"regions-{o.rule.name}.png", rule=o.rule) for o in outcomes
        ]
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
