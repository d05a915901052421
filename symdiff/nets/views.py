"""Vanishing gradients, seen: one depth, activation and init beside the other, measured and predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.nets.mlp import MLP, mlp
from symdiff.nets.report import adjoints_of, mean_field, norm

EXAMPLES, CLASSES = 128, 10
VANISHED = 1e-2  # a delta ratio below it vanishes, above its inverse it explodes
Init = str | tuple[str, float]


@dataclass(frozen=True, slots=True)
class Depth:
    """One kind of net at one depth: the medians over the seeds.

    Attributes:
        activation, init: by name, with its parameter or scale.
        depth: the number of hidden layers.
        weight_ratio: |dL/dW_1| / |dL/dW_depth|. It hides a signal that shrinks forwards as the delta does backwards.
        delta_ratio: |dL/du_1| / |dL/du_depth|.
        factor: that of the delta per layer, delta_ratio^(1/(depth - 1)).
        mean_field: what it should be, the geometric mean of sqrt(chi_i).
        word: "vanishes" for a delta ratio below 1e-2, "explodes" above 1e2, else "keeps".
    """

    activation: str
    init: str
    depth: int
    weight_ratio: float
    delta_ratio: float
    factor: float
    mean_field: float
    word: str


@dataclass(frozen=True, slots=True)
class Vanishing:
    """A row for each net: `print` shows the table, `plot(path)` draws it."""

    width: int
    seeds: int
    rows: tuple[Depth, ...]

    def to_dict(self) -> dict[str, Any]:
        """The same as numbers, names and lists, for JSON."""
        return asdict(self) | {"rows": [asdict(row) for row in self.rows]}

    def __str__(self) -> str:
        from symdiff.reports.layers import vanishing_text

        return vanishing_text(self)

    def plot(self, path: str | Path) -> Path:
        """Draw the delta ratio against the depth, a panel for each activation. Returns the path.

        Raises:
            UnsupportedError: matplotlib is not installed; it is the optional extra `plot`.
        """
        from symdiff.reports.layers_plot import vanishing_plot

        return vanishing_plot(self, path)


def vanishing(
    depths: Sequence[int] = (2, 5, 10, 20, 50),
    activations: Sequence[str] = ("sigmoid", "tanh", "relu", "leaky_relu"),
    inits: Sequence[Init] = ("normal", "xavier", "he"),
    width: int = 64,
    seeds: int = 5,
    X: Any = None,
    y: Any = None,
    method: str = "tape",
) -> Vanishing:
    """How the gradient of the risk changes from the last hidden layer to the first, for every kind of net.

    The theory is of infinitely wide nets. The factors agree with it within 3 % from depth 10 to 50 at width 128, the
    medians over five draws; at width 64 they do at depth 10, and deeper one draw may be further off.

    Args:
        depths: numbers of hidden layers, each 2 or more.
        activations: of the hidden layers, by name.
        inits: schemes by name, or pairs (name, scale), such as ("normal", 1.0).
        width: of every hidden layer.
        seeds: how many draws of the weights the medians are taken over.
        X, y: inputs (N, d) and class numbers; by default 128 standard normal rows of `width` numbers and ten
            classes by chance. The loss is the softmax cross-entropy.
        method: that differentiates.

    Raises:
        InputError: a depth below 2, no seeds, names that are not known.

    >>> found = vanishing([10], ["sigmoid", "relu"], ["xavier"], width=32, seeds=3)
    >>> [(row.activation, row.word, round(row.mean_field, 1)) for row in found.rows]
    [('sigmoid', 'vanishes', 0.2), ('relu', 'keeps', 0.7)]
    """
    for depth in depths:
        if isinstance(depth, bool) or not isinstance(depth, int | np.integer) or depth < 2:
            raise InputError(f"depths has {depth!r}: expected numbers of hidden layers, each 2 or more")
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        raise InputError(f"seeds={seeds!r}: expected how many draws, 1 or more")
    X, y = _data(width, X, y)
    rows = []
    for activation in activations:
        for scheme, scale in map(_scheme, inits):
            for depth in depths:
                widths = [X.shape[1], *[width] * depth, int(np.max(y)) + 1]
                net = mlp(widths, activation, "softmax_cross_entropy")
                params = [net.init(seed, scheme, scale) for seed in range(seeds)]
                medians = np.median([_seen(net, p, X, y, method) for p in params], axis=0)
                weights, deltas, factor, theory = map(float, medians)
                name, init = str(net.activations[0]), scheme if scale is None else f"{scheme}({scale:g})"
                rows.append(Depth(name, init, depth, weights, deltas, factor, theory, _word(deltas)))
    return Vanishing(width, seeds, tuple(rows))


def _data(width: int, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    if (X is None) != (y is None):
        raise InputError(f"{'y' if X is None else 'X'} is given alone: expected X and y, or neither")
    rng = np.random.default_rng(0)
    if X is None:
        return rng.standard_normal((EXAMPLES, width)), rng.integers(0, CLASSES, EXAMPLES)
    return np.asarray(X), np.asarray(y)


def _scheme(init: Init) -> tuple[str, float | None]:
    return (init, None) if isinstance(init, str) else (init[0], float(init[1]))


def _seen(net: MLP, params: Any, X: Any, y: Any, method: str) -> tuple[float, float, float, float]:
    """(weight ratio, delta ratio, factor per layer, the same by theory), of the hidden layers."""
    last = net.depth - 1
    adjoints = adjoints_of(net, params, X, y, method)
    by_weights, by_deltas = (norm(adjoints[f"{a}1"]) / (norm(adjoints[f"{a}{last}"]) or np.nan) for a in "Wu")
    predicted = np.array(mean_field(net, params, X, method)[: last - 1])
    with np.errstate(divide="ignore"):
        theory = float(np.exp(np.mean(np.log(predicted))))
    return by_weights, by_deltas, by_deltas ** (1 / (last - 1)), theory


def _word(delta_ratio: float) -> str:
    if np.isnan(delta_ratio) or delta_ratio < VANISHED:
        return "vanishes"
    return "explodes" if delta_ratio > 1 / VANISHED else "keeps"
