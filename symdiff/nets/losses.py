"""Losses L(f(x), y) of one example, each composed of ops, for outputs u of shape (N, d) and targets of it.

A loss turns what the caller gave as labels into a target array once (`target`), and the outputs into one number
per example (`each`). The empirical risk is their mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.nets.activations import suggestion
from symdiff.ops.activations import relu, softplus
from symdiff.ops.reductions import logsumexp


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss by name. `target(y, count, width)` checks the labels and gives an array of shape (count, width)."""

    name: str
    each: Callable[[Any, Any], Any]
    target: Callable[[Any, int, int], Any]
    doc: str


def _mean(entries: Any) -> Any:
    """Over the outputs of each example."""
    return np.sum(entries, axis=1) / entries.shape[1]


def _mean_squared_error(u: Any, t: Any) -> Any:
    return _mean((u - t) ** 2)


def _absolute(u: Any, t: Any) -> Any:
    return _mean(np.abs(u - t))


def _huber(u: Any, t: Any) -> Any:
    """With c the error, clipped to [-1, 1]: c (e - c/2), which is e^2/2 inside and |e| - 1/2 outside."""
    error = u - t
    inside = np.clip(error, -1.0, 1.0)
    return _mean(inside * (error - 0.5 * inside))


def _binary_cross_entropy(u: Any, t: Any) -> Any:
    """-t log sigma(u) - (1 - t) log(1 - sigma(u)), written so that nothing overflows."""
    return _mean(softplus(u) - t * u)


def _softmax_cross_entropy(u: Any, t: Any) -> Any:
    """-sum_k t_k log softmax(u)_k, for t that sums to one."""
    return logsumexp(u, axis=(1,)) - np.sum(t * u, axis=1)


def _hinge(u: Any, t: Any) -> Any:
    return _mean(relu(1.0 - t * u))


def _as_table(y: Any, count: int, width: int, what: str) -> Any:
    """Targets as an array of shape (count, width); one output may come without its axis."""
    shape = np.shape(y)
    if shape == (count,) and width == 1:
        return np.reshape(y, (count, 1))
    if shape != (count, width):
        also = f" or ({count},)" if width == 1 else ""
        raise InputError(f"y has shape {shape}: expected ({count}, {width}){also}, {what}")
    return y


def _numbers(y: Any, count: int, width: int) -> Any:
    return _as_table(y, count, width, "a number for each output of each example")


def _classes(y: Any, count: int, width: int) -> Any:
    """One-hot rows from class numbers 0 ... width - 1, or the rows themselves."""
    if np.shape(y) != (count,):
        table = _as_table(y, count, width, f"or ({count},) with the number of the class")
        if isinstance(y, np.ndarray):
            sums = np.sum(np.asarray(y, np.float64), axis=1)
            wrong = np.flatnonzero((np.abs(sums - 1.0) > 1e-6) | np.any(np.asarray(y) < 0, axis=1))
            if wrong.size:
                row = int(wrong[0])
                raise InputError(f"y[{row}] = {np.asarray(y)[row].tolist()} is not one-hot, nor chances that sum to 1")
        return table
    labels = np.asarray(y)
    if labels.dtype.kind not in "iu" and np.any(labels != np.floor(labels)):
        row = int(np.flatnonzero(labels != np.floor(labels))[0])
        raise InputError(f"y[{row}] = {labels[row]} is no class: expected whole numbers from 0 to {width - 1}")
    wrong = np.flatnonzero((labels < 0) | (labels >= width))
    if wrong.size:
        row = int(wrong[0])
        raise InputError(f"y[{row}] = {labels[row]} is out of range: the {width} outputs are classes 0 to {width - 1}")
    return np.eye(width)[labels.astype(np.int64)]


def _binary(y: Any, count: int, width: int) -> Any:
    """Zeros and ones, or chances between."""
    table = _as_table(y, count, width, "a label 0 or 1 for each output")
    if isinstance(y, np.ndarray | list | tuple):
        array = np.asarray(table, np.float64)
        wrong = np.argwhere((array < 0.0) | (array > 1.0))
        if len(wrong):
            row = int(wrong[0][0])
            raise InputError(f"y[{row}] = {array[tuple(wrong[0])]:g} is out of range: expected labels 0 or 1")
    return table


def _signs(y: Any, count: int, width: int) -> Any:
    """-1 or 1 for each output; class numbers stand for 1 at the class and -1 elsewhere."""
    if width > 1 and np.shape(y) == (count,):
        return 2.0 * _classes(y, count, width) - 1.0
    table = _as_table(y, count, width, "a label -1 or 1 for each output")
    if isinstance(y, np.ndarray | list | tuple):
        array = np.asarray(table, np.float64)
        wrong = np.argwhere(np.abs(array) != 1.0)
        if len(wrong):
            row = int(wrong[0][0])
            raise InputError(f"y[{row}] = {array[tuple(wrong[0])]:g}: the hinge loss expects labels -1 or 1")
    return table


LOSSES = {
    loss.name: loss
    for loss in (
        Loss("mse", _mean_squared_error, _numbers, "(u - y)^2, the mean over the outputs"),
        Loss("absolute", _absolute, _numbers, "|u - y|, the mean over the outputs"),
        Loss("huber", _huber, _numbers, "e^2/2 for |e| < 1 and |e| - 1/2 beyond, e = u - y (Huber 1964)"),
        Loss("binary_cross_entropy", _binary_cross_entropy, _binary, "of sigmoid(u), labels 0 and 1"),
        Loss("softmax_cross_entropy", _softmax_cross_entropy, _classes, "of softmax(u), class numbers or one-hot"),
        Loss("hinge", _hinge, _signs, "max(0, 1 - y u), labels -1 and 1"),
    )
}
ALSO = {"mean_squared_error": "mse", "squared": "mse", "mae": "absolute", "bce": "binary_cross_entropy",
        "cross_entropy": "softmax_cross_entropy"}  # fmt: skip


def loss(given: Any) -> Loss:
    """A loss from its name. Raises `InputError` for one that is not known, with those that are."""
    if isinstance(given, Loss):
        return given
    name = ALSO.get(given, given) if isinstance(given, str) else given
    if name not in LOSSES:
        raise InputError(f"loss {given!r} is not known{suggestion(given, sorted(LOSSES))}")
    return LOSSES[name]
