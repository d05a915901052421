"""What a history keeps of an epoch: among it, how often the largest output is the right class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from symdiff.learn.history import History
    from symdiff.learn.rule import Rule
    from symdiff.nets.mlp import MLP, Params

LOGITS = ("softmax_cross_entropy", "binary_cross_entropy")  # losses whose outputs are logarithms of odds
OF_CLASSES = (*LOGITS, "hinge", "squared_hinge", "multiclass_hinge")  # the losses that take labels


def record(
    history: History, rule: Rule, net: MLP, data: tuple[Any, Any] | None, kept: tuple[Any, Any] | None
) -> None:
    """Write down what an epoch has come to. The validation data of a rule with an objective of its own are measured
    by the share that is wrong: the risk says nothing about it."""
    right = None if data is None else accuracy(rule, net, history.params, *data)
    if right is not None:
        history.accuracies.append(right)
    if kept is not None:
        right = accuracy(rule, net, history.params, *kept)
        if right is not None:
            history.validation_accuracies.append(right)
        own = rule.promise == "another objective" and right is not None
        history.validation_losses.append(1.0 - (right or 0.0) if own else float(net.risk(history.params, *kept)))
    watched = history.watched
    if not history.best_epoch or watched[-1] < watched[history.best_epoch - 1]:
        history.best_epoch, history.best_params = history.epochs, history.params


def accuracy(rule: Rule, net: MLP, params: Params, X: Any, y: Any) -> float | None:
    """The share of examples whose class is predicted; None where nothing is about classes."""
    y = np.asarray(y)
    if net.loss.name not in OF_CLASSES and not (rule.promise == "another objective" and y.dtype.kind in "iu"):
        return None
    return float(np.mean(classes(rule.predict(net, params, X)) == classes_of(net, y)))


def classes(outputs: Any) -> np.ndarray:
    """The class of the largest output; of a single output, 1 where it is positive."""
    outputs = np.asarray(outputs)
    return np.argmax(outputs, axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0.0).astype(int)


def classes_of(net: MLP, y: Any) -> np.ndarray:
    """Class numbers from labels as the loss takes them: numbers, one-hot rows, signs."""
    y = np.asarray(y)
    if y.ndim > 1 and y.shape[1] > 1:
        return np.argmax(y, axis=1)
    y = np.reshape(y, (len(y),))
    return (y > 0.5).astype(int) if net.widths[-1] == 1 else y.astype(int)
