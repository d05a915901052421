"""How far the directions of several rules are from the gradient, at one point of one net: `directions`."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.errors import InputError, UnsupportedError
from symdiff.learn.arguments import examples
from symdiff.learn.backprop import Backprop
from symdiff.learn.rule import Rule
from symdiff.learn.rule import rule as find_rule
from symdiff.learn.vectors import by_layer, cosine
from symdiff.nets.arguments import whole

if TYPE_CHECKING:
    from symdiff.nets.mlp import MLP, Params


@dataclass(frozen=True, slots=True)
class Direction:
    """One rule's direction d beside the gradient g. For rules that draw, means over draws.

    Attributes:
        rule, promise: its name, and what it promises.
        angles: in degrees between d and g, for each layer (W and b together); NaN where one of them is zero.
        angle: the same for all parameters at once.
        scale: <mean d, g> / |g|^2, which is 1 for the gradient.
        bias: |mean d - g| / |g|.
        by_chance: what the bias would be by chance alone, from the variance and the number of draws.
        variance: of d over the draws, E|d - E d|^2 / |g|^2; 0 for rules that draw nothing, and for those that draw
            once and for all, as feedback alignment does.
        theory: what E|d - g|^2 / |g|^2 should be, for rules of which that is known; else None.
        cost: in words.
        seconds: of CPU for one direction, the median, after the first.
        draws: how many were made.
        skipped: why there are no numbers, or "".
    """

    rule: str
    promise: str
    angles: tuple[float, ...] = ()
    angle: float = np.nan
    scale: float = np.nan
    bias: float = np.nan
    by_chance: float = np.nan
    variance: float = np.nan
    theory: float | None = None
    cost: str = ""
    seconds: float = np.nan
    draws: int = 0
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Directions:
    """The table: `print` it, or `to_dict()`. `table["backprop"]` is the row of a rule."""

    net: str
    parameters: int
    examples: int
    norms: tuple[float, ...]
    rows: tuple[Direction, ...]

    def __getitem__(self, rule: str) -> Direction:
        for row in self.rows:
            if row.rule == rule:
                return row
        raise KeyError(rule)

    def to_dict(self) -> dict[str, Any]:
        """The same as numbers, names and lists, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        from symdiff.reports.learning import directions_text

        return directions_text(self)


def directions(
    net: MLP, params: Params, X: Any, y: Any, rules: Sequence[str | Rule], *, draws: int = 8, seed: int = 0
) -> Directions:
    """Each rule's direction beside the gradient of the risk by the tape, layer by layer.

    Args:
        net, params, X, y: as `net.risk` takes them.
        rules: names, or rules with options.
        draws: how often rules that draw at every step are asked, 2 or more.
        seed: of what they draw.

    Returns:
        A `Directions`. A rule that cannot be asked here is a row that says why.

    Raises:
        InputError: an unknown rule, data that do not fit, numbers of draws that are none.

    >>> import symdiff as sd
    >>> net, (X, y) = sd.mlp([2, 4, 4, 2], "tanh", "softmax_cross_entropy"), sd.nets.data.moons(20)
    >>> found = directions(net, net.init(seed=0), X, y, ["backprop", "direct_feedback_alignment"])
    >>> found["backprop"].angle, round(found["direct_feedback_alignment"].angles[2])
    (0.0, 0)
    """
    whole("draws", draws, 2)
    if isinstance(rules, str | Rule):
        rules = [rules]
    asked = [find_rule(r) for r in rules]
    X, y = examples(net, X, y)
    net.risk.data(params, X, y)
    gradient = by_layer(Backprop().step(net, params, X, y, None).direction)
    rows = []
    for one in asked:
        try:
            rows.append(_row(one, net, params, X, y, gradient, draws, seed))
        except (InputError, UnsupportedError) as e:
            rows.append(Direction(one.name, one.promise, skipped=str(e)))
    norms = tuple(float(np.linalg.norm(g)) for g in gradient)
    return Directions(str(net), sum(g.size for g in gradient), len(X), norms, tuple(rows))


def _row(
    rule: Rule, net: MLP, params: Params, X: Any, y: Any, gradient: list[np.ndarray], draws: int, seed: int
) -> Direction:  # fmt: skip
    found, seconds = _drawn(rule, net, params, X, y, draws, seed)
    g = np.concatenate(gradient)
    size = float(g @ g) or np.nan
    each = np.array([np.concatenate(d) for d in found])
    mean = np.mean(each, axis=0)
    several = len(found) > 1
    variance = float(np.sum((each - mean) ** 2)) / ((len(found) - 1) * size) if several else 0.0
    scale, bias = float(mean @ g) / size, float(np.linalg.norm(mean - g)) / size**0.5
    per_layer = np.array([[cosine(d, g) for d, g in zip(one, gradient, strict=True)] for one in found])
    return Direction(
        rule.name, rule.promise, tuple(map(_degrees, np.mean(per_layer, axis=0))),
        _degrees(float(np.mean([cosine(d, g) for d in each]))), scale, bias, (variance / len(found)) ** 0.5, variance,
        rule.relative_error(g.size), rule.cost(g.size), float(np.median(seconds[1:] or seconds)), len(found),
    )  # fmt: skip


def _drawn(
    rule: Rule, net: MLP, params: Params, X: Any, y: Any, draws: int, seed: int
) -> tuple[list[list[np.ndarray]], list[float]]:
    """Directions one after the other at the same point, and the seconds of each; one is enough of those that draw
    nothing."""
    state, found, seconds = rule.start(net, params, seed), [], []
    for k in range(draws):
        start = time.process_time()
        step = rule.step(net, params, X, y, copy.deepcopy(state))
        seconds.append(time.process_time() - start)
        found.append(by_layer(step.direction))
        state = step.state
        if k == 1 and all(map(np.array_equal, *found)):
            return found[:1], seconds
        if k == 0 and seconds[0] > 1.0 and rule.promise in ("exact", "truncating"):
            return found, seconds
    return found, seconds


def _degrees(cosine: float) -> float:
    """The angle; 0 and no 1e-6 where the cosine is 1 up to rounding."""
    return 0.0 if cosine > 1.0 - 1e-14 else float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
