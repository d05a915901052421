"""Pictures of what was learned, each drawn from a given run. The file's ending says the format: .png, .svg, .pdf.

matplotlib is the optional extra `plot`; every function here raises `UnsupportedError` where it is not installed, and
returns the path it has written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.errors import InputError
from symdiff.learn.classification import decision_regions
from symdiff.learn.given import floats
from symdiff.learn.scores import classes_of

# Legends have a place of their own: to look for the best one takes seconds where there are many points.

if TYPE_CHECKING:
    from symdiff.learn.classification import Calibration, Classification
    from symdiff.learn.history import History
    from symdiff.learn.rule import Rule
    from symdiff.nets.mlp import MLP, Params


def learning_curves(histories: Mapping[str, History], path: str | Path, baseline: float | None = None) -> Path:
    """Loss and accuracy over the epochs, a line for each history; dashed on the examples kept for validation.

    Args:
        histories: by the name in the legend.
        path: of the file to write.
        baseline: an accuracy to draw across, as that of logistic regression.

    Raises:
        InputError: no histories, a folder that is not there.
    """
    if not histories:
        raise InputError("there are no histories to draw: expected a name and a History for each line")
    figure = _figure(10.0, 4.0)
    losses, accuracies = figure.subplots(1, 2)
    for k, (name, history) in enumerate(histories.items()):
        for axes, trained, kept in ((losses, history.losses, history.validation_losses),
                                    (accuracies, history.accuracies, history.validation_accuracies)):  # fmt: skip
            axes.plot(_epochs(trained), trained, color=f"C{k}", label=name)
            axes.plot(_epochs(kept), kept, "--", color=f"C{k}")
    if baseline is not None:
        accuracies.axhline(baseline, color="0.5", linestyle=":", label=f"baseline {baseline:.3f}")
    losses.set(xlabel="epoch", ylabel="loss", yscale="log" if _positive(histories) else "linear")
    accuracies.set(xlabel="epoch", ylabel="accuracy")
    accuracies.legend(fontsize=8, loc="lower right")
    return _saved(figure, path)


def angles(histories: Mapping[str, History], path: str | Path) -> Path:
    """The angle between direction and gradient over training: a panel for each history, a line for each layer.

    Args:
        histories: of runs with `probe=`; in each, all rules that were probed are drawn, the first one solid.
        path: of the file to write.

    Raises:
        InputError: a history without probes, a folder that is not there.
    """
    for name, history in histories.items():
        if not history.probes:
            raise InputError(f"the history of {name!r} has no probes: train with probe=50 to have the angles measured")
    figure, panels = _panels(histories)
    for axes, history in zip(panels, histories.values(), strict=True):
        steps = [probe.step for probe in history.probes]
        for k, rule in enumerate(history.probes[0].cosines):
            cosines = np.clip([probe.cosines[rule] for probe in history.probes], -1.0, 1.0)
            for i, layer in enumerate(np.degrees(np.arccos(cosines)).T):
                axes.plot(steps, layer, ("-", "--", ":")[k % 3], color=f"C{i}", label=f"{rule}, layer {i + 1}")
        axes.axhline(90.0, color="0.7", linewidth=0.8)
        axes.set(xlabel="step", ylim=(0.0, 180.0), yticks=range(0, 181, 45))
        axes.legend(fontsize=7, loc="upper right")
    panels[0].set_ylabel("degrees to the gradient")
    return _saved(figure, path)


def norms(histories: Mapping[str, History], path: str | Path) -> Path:
    """The norm of the direction over the epochs: a panel for each history, a line for each layer. Where gradients
    vanish, the lines of the first layers lie orders of magnitude below.

    Raises:
        InputError: no histories, a folder that is not there.
    """
    figure, panels = _panels(histories)
    for axes, history in zip(panels, histories.values(), strict=True):
        for i, layer in enumerate(np.transpose(history.norms)):
            axes.plot(_epochs(layer), [norm or np.nan for norm in layer], color=f"C{i}", label=f"layer {i + 1}")
        axes.set(xlabel="epoch", yscale="log")
        axes.legend(fontsize=7, loc="lower left")
    panels[0].set_ylabel("norm of the direction")
    return _saved(figure, path)


def forecast(true: Any, predicted: Mapping[str, Any], path: str | Path, start: int = 0) -> Path:
    """A series and what was predicted of it, and below on a logarithmic axis how far that is off.

    Args:
        true: the series, (T,).
        predicted: by the name in the legend, (T,) each.
        path: of the file to write.
        start: the number of the first step, for the axis.

    Raises:
        InputError: a prediction of another length, a folder that is not there.
    """
    true = floats(true, "the series")
    steps = np.arange(start, start + len(true))
    figure = _figure(9.0, 5.0)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    above.plot(steps, true, color="0.2", linewidth=2.0, label="true")
    for k, (name, given) in enumerate(predicted.items()):
        values = floats(given, f"the prediction {name!r}", finite=False)
        if values.shape != true.shape:
            raise InputError(f"the prediction {name!r} has shape {values.shape} and the series {true.shape}")
        above.plot(steps, values, "--", color=f"C{k}", label=name)
        apart = np.abs(values - true)
        below.plot(steps, np.where(apart > 0.0, apart, np.nan), color=f"C{k}")
    above.set(ylim=_around(true))
    above.legend(fontsize=8, loc="upper left")
    below.set(xlabel="step", ylabel="|error|", yscale="log")
    return _saved(figure, path)


def regions(
    net: MLP, params: Params, X: Any, y: Any, path: str | Path, points: int = 300, rule: str | Rule = "backprop"
) -> Path:
    """The decision regions of a net of two inputs, and the examples over them.

    Args:
        net, params: as they were trained.
        X, y: (N, 2), and labels as the net's loss takes them.
        path: of the file to write.
        points: of the grid, along each side.
        rule: that trained it, where it has answers of its own, as "forward_forward" has.

    Raises:
        InputError: a net that has not two inputs, a folder that is not there.
    """
    first, second, answers = decision_regions(net, params, X, points, rule=rule)
    figure = _figure(5.5, 5.0)
    axes = figure.subplots()
    # classes 0 to 9 in the ten colours of the examples; an image inside an SVG, not a polygon for each point
    shades: Any = {"cmap": "tab10", "vmin": -0.5, "vmax": 9.5, "alpha": 0.3, "shading": "nearest", "rasterized": True}
    axes.pcolormesh(first, second, answers % 10, **shades)
    labels = classes_of(net, np.asarray(y))
    for k in np.unique(labels):
        inside = np.asarray(X)[labels == k]
        drawn = axes.scatter(inside[:, 0], inside[:, 1], s=12, color=f"C{k % 10}", label=f"class {k}")
        drawn.set(edgecolor="0.2", linewidth=0.4)
    axes.set(xlabel="x1", ylabel="x2")
    axes.legend(fontsize=8, loc="upper right")
    return _saved(figure, path)


def reliability(found: Mapping[str, Calibration | None], path: str | Path) -> Path:
    """How often an answer is right against how sure the net is: on the diagonal is calibrated, below it is too sure.

    Raises:
        InputError: a calibration of None, as a margin loss has it, or a folder that is not there.
    """
    figure = _figure(5.0, 5.0)
    axes = figure.subplots()
    axes.plot([0.0, 1.0], [0.0, 1.0], color="0.7", linewidth=0.8)
    for name, seen in found.items():
        if seen is None:
            raise InputError(f"{name!r} has no calibration: its loss is a margin, whose outputs say no chances")
        sure, right = [b.confidence for b in seen.bins], [b.accuracy for b in seen.bins]
        (line,) = axes.plot(sure, right, label=f"{name}: error {seen.error:.3f}")
        examples = sum(b.count for b in seen.bins)
        sizes = [20.0 + 300.0 * b.count / examples for b in seen.bins]  # a small dot is a few examples, and chance
        axes.scatter(sure, right, s=sizes, color=line.get_color(), alpha=0.6)
    axes.set(xlabel="confidence", ylabel="accuracy", xlim=(0.0, 1.0), ylim=(0.0, 1.02))
    axes.legend(fontsize=8, loc="upper left")
    return _saved(figure, path)


def confusion(found: Classification, path: str | Path) -> Path:
    """The confusion matrix, each row shaded by its share, with its counts.

    Raises:
        InputError: a folder that is not there.
    """
    counts = found.confusion
    K = len(counts)
    figure = _figure(1.5 + 0.45 * K, 1.5 + 0.45 * K)
    axes = figure.subplots()
    axes.imshow(counts / np.maximum(np.sum(counts, axis=1, keepdims=True), 1), cmap="Blues", vmin=0.0, vmax=1.0)
    for i, j in np.ndindex(K, K):
        if counts[i, j]:
            dark = counts[i, j] > 0.5 * np.sum(counts[i])
            axes.text(j, i, int(counts[i, j]), ha="center", va="center", fontsize=8, color="white" if dark else "black")
    axes.set(xlabel="answer", ylabel="class", xticks=range(K), yticks=range(K))
    return _saved(figure, path)


def _figure(width: float, height: float) -> Any:
    from symdiff.reports.figures import figure

    return figure(width, height)


def _saved(drawn: Any, path: str | Path) -> Path:
    from symdiff.reports.figures import saved

    if not Path(path).suffix:  # matplotlib would choose one, and the path would be another
        raise InputError(f"{path} has no ending: expected one that says the format, as .png or .svg")
    return saved(drawn, path)


def _panels(histories: Mapping[str, History]) -> tuple[Any, Sequence[Any]]:
    if not histories:
        raise InputError("there are no histories to draw: expected a name and a History for each panel")
    figure = _figure(max(5.0, 3.4 * len(histories)), 3.6)
    panels = figure.subplots(1, len(histories), squeeze=False, sharey=True)[0]
    for axes, name in zip(panels, histories, strict=True):
        axes.set_title(name, fontsize=9)
    return figure, panels


def _epochs(values: Sequence[float] | np.ndarray) -> range:
    return range(1, len(values) + 1)


def _positive(histories: Mapping[str, History]) -> bool:
    return all(loss > 0.0 for h in histories.values() for loss in (*h.losses, *h.validation_losses))


def _around(true: np.ndarray) -> tuple[float, float]:
    """Room for the series itself: a prediction that runs away must not press it flat."""
    low, high = float(np.min(true)), float(np.max(true))
    room = 0.25 * ((high - low) or 1.0)
    return low - room, high + room
