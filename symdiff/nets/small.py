"""The same net in small: as deep, with the same activations, loss and penalty, and few numbers.

What is proved of it in balls is proved of the rules that the large net is differentiated by. Its numbers are drawn so
that every piece is met: pre-activations of plain size and both signs, errors inside and outside of a loss's kinks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from symdiff.nets.mlp import MLP
    from symdiff.nets.risk import Risk

SIZES = ((3, 3), (2, 2), (2, 1))  # the largest width or batch becomes the first, a batch the second at most
APART = 0.6  # how far the pre-activations of two examples lie apart
LEAST, MOST = 0.3, 0.9  # how large the first example's pre-activations are: inside of hinge's 1, to begin with


def smaller(risk: Risk, args: Sequence[Any], seed: int = 0) -> Iterator[tuple[Risk, tuple[Any, Any, Any], str]]:
    """The risk of smaller and smaller nets of the same depth, with arguments of the form of `args`.

    Sizes that are equal in the large net are equal in the small one, so that what fits together there fits here.

    Args:
        risk: the function.
        args: what it was called with: params, X, y.
        seed: of the numbers.

    Yields:
        The risk; params, X, y for it, in float64 and within the range of the labels; what it is, in words.

    >>> import numpy as np, symdiff as sd
    >>> net = sd.mlp([64, 128, 128, 10], "relu", "softmax_cross_entropy")
    >>> for small, (params, X, y), words in smaller(net.risk, (net.init(), np.ones((128, 64)), np.arange(128) % 10)):
    ...     print(X.shape, y, words)
    (3, 2) [2 0 1] the same net with widths 2, 3, 3, 3 and a batch of 3
    (2, 2) [1 0] the same net with widths 2, 2, 2, 2 and a batch of 2
    (1, 2) [1] the same net with widths 2, 2, 2, 2 and a batch of 1
    """
    _, X, y = args
    for size, most in SIZES:
        cut = _cut([*risk.net.widths, len(X)], size)
        count = min(cut[len(X)], most)
        net = replace(risk.net, widths=tuple(cut[d] for d in risk.net.widths))
        rng = np.random.default_rng(seed)
        inputs = _short(rng.uniform(0.3, 1.2, (count, net.widths[0])) * _signs(count, net.widths[0]))
        params, outputs = _parameters(net, inputs, rng)
        labels = _labels(net.loss.name, y, outputs, seed)
        words = f"the same net with widths {_listed(net.widths)} and a batch of {count}"
        yield net.risk, (params, inputs, labels), words


def _cut(sizes: Sequence[int], largest: int) -> dict[int, int]:
    """What every size becomes: from the largest down `largest` and 2 by turns; 1 stays 1."""
    distinct = sorted(set(sizes), reverse=True)
    return {d: min(d, largest if k % 2 == 0 else 2) for k, d in enumerate(distinct)}


def _signs(rows: int, columns: int) -> np.ndarray:
    """1 and -1 by turns, the other way round in the next row."""
    return 1.0 - 2.0 * (np.add.outer(np.arange(rows), np.arange(columns)) % 2)


def _short(values: np.ndarray) -> np.ndarray:
    """Numbers of few bits: data are constants of a program, and what a long one was rounded from is anybody's guess."""
    return np.round(64.0 * values) / 64.0


def _not_cancelling(rows: int, columns: int) -> np.ndarray:
    """Signs of both kinds, and of which no two rows add up to nothing: what a loss that knows signs only hands down
    from two examples would be nothing, where the same units of a relu are on for both."""
    return np.where(np.arange(columns) == 0, 1.0, _signs(rows, columns))


def _parameters(net: MLP, X: np.ndarray, rng: np.random.Generator) -> tuple[list[dict[str, np.ndarray]], np.ndarray]:
    """Weights of plain size; biases that give the first example pre-activations of plain size and both signs (one unit
    alone is positive, so that a relu lets something through). And what the net says of X."""
    params, z = [], X
    for i, sigma in enumerate(net.activations):
        out, into = net.widths[i + 1], net.widths[i]
        W = rng.uniform(0.4, 1.2, (out, into)) * rng.choice([-1.0, 1.0], (out, into))
        apart = float(np.max(np.abs((z - z[0]) @ W.T)))
        W *= np.clip(APART / apart, 0.01, 8.0) if apart > 0.0 else 1.0
        wanted = rng.uniform(LEAST, MOST, out) * (_signs(i + 1, out)[i] if out > 1 else 1.0)
        b = wanted - z[0] @ W.T
        params.append({"W": W, "b": b})
        z = sigma(z @ W.T + b)
    return params, z


def _labels(loss: str, y: Any, outputs: np.ndarray, seed: int) -> Any:
    """Targets in the form that the caller's have: class numbers or rows, whole numbers or floats, array or list."""
    given, (count, width) = np.asarray(y), outputs.shape
    classes = (np.arange(count) + width - 1 - seed) % width
    if given.ndim == 1 and (loss == "softmax_cross_entropy" or (loss == "hinge" and width > 1)):
        made: np.ndarray = classes.astype(given.dtype)
    elif loss == "softmax_cross_entropy":
        hard = np.all((given == 0) | (given == 1))
        made = np.eye(width)[classes].astype(given.dtype) if hard else 0.75 * np.eye(width)[classes] + 0.25 / width
    elif loss == "hinge":
        made = _not_cancelling(count, width).astype(given.dtype)
    elif loss == "binary_cross_entropy":
        hard = np.all((given == 0) | (given == 1))
        made = ((1.0 + _signs(count, width)) / 2).astype(given.dtype) if hard else 0.5 + 0.25 * _signs(count, width)
    else:
        sizes = np.resize([0.5, 1.5], outputs.shape[::-1]).T  # the errors: on both sides of Huber's 1
        made = _short(outputs - sizes * _not_cancelling(count, width))
    made = made.reshape(count) if given.ndim == 1 else made
    made = made.astype(np.float64) if made.dtype.kind not in "iub" else made  # all of it in one dtype
    return made.tolist() if isinstance(y, list) else made


def _listed(widths: Sequence[int]) -> str:
    """`2, 3, 3`; of a deep net the first and the last."""
    shown = [*map(str, widths)] if len(widths) <= 8 else [*map(str, widths[:3]), "...", *map(str, widths[-2:])]
    return ", ".join(shown)
