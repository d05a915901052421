"""The noise floor: how much of a derivative rounding may change, measured by Monte-Carlo arithmetic.

Worst-case bounds grow hopelessly pessimistic through long sums. Here the derivative program is run a few
times with every op's result disturbed by its unit roundoff (that of an accumulation by its square-root law),
and the spread of the outcomes is what rounding does to this program at this point.

Source: D. S. Parker, "Monte Carlo Arithmetic: exploiting randomness in floating-point arithmetic", UCLA
CSD-970002 (1997).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import ndimage

from symdiff.arrays import ArrayProblem
from symdiff.graph import CONST, INPUT, Graph
from symdiff.methods import method as find_method
from symdiff.methods.disturbance import UNIT, bank, drawn, systematic
from symdiff.ops import TABLE
from symdiff.ops.loops import joined
from symdiff.ops.products import axis_lengths, split

FACTOR = 16.0  # how many times the noise two right programs may lie apart (measured: up to 2.6 rms, 16 at most)
RUNS, FEW = 4, 2  # runs of a program; few where there are neighbours enough to lean on
MANY_RUNS = 12  # where somebody is suspected: in no entry will they all be small by chance
ENOUGH = 100_000
TINY = 2.0**-126  # the smallest normal number of float32 and of bfloat16
WINDOW = 33  # neighbours that share a floor: four runs may by chance agree in one entry


class Disturbed:
    """Runs of one program with disturbed arithmetic. `unit` is the roundoff of the arithmetic that is meant: the
    numbers themselves are float64."""

    def __init__(self, graph: Graph, point: Sequence[Any], seed: int = 0, unit: float = UNIT) -> None:
        self.graph, self.point, self.unit = graph, list(point), unit
        self.rng = np.random.default_rng(seed)
        self.needed = graph.live()
        last: dict[int, int] = {}
        for i in self.needed:
            last.update(dict.fromkeys(graph.nodes[i].args, i))
        kept = {*graph.outputs, *graph.inputs}
        self.done = {i: [a for a in set(graph.nodes[i].args) if last[a] == i and a not in kept] for i in self.needed}
        self.bank = bank(self.rng)
        self.factors = 1.0 + unit * self.bank
        self.tiny = 0.0 if unit < 2.0**-40 else TINY  # smaller results may be lost
        self.steps: dict[Graph, Disturbed] = {}  # of loops

    def floor(self, base: Sequence[Any] | None = None, runs: int = 0, smooth: bool = True) -> list[np.ndarray]:
        """For each output, entry by entry, the root mean square of what rounding changed. `base` is what comes
        out undisturbed, where it is known; `runs` says how often, if it is not to be as often as is usual. After many
        runs an entry may speak for itself: not `smooth`."""
        base = self.run(disturb=False) if base is None else base
        gaps = [np.zeros(np.shape(y)) for y in base]
        runs = runs or (FEW if min(map(np.size, base), default=0) >= ENOUGH else RUNS)
        for _ in range(runs):
            for k, (y, b) in enumerate(zip(self.run(disturb=True), base, strict=True)):
                with np.errstate(all="ignore"):
                    gaps[k] = np.hypot(gaps[k], y - b)  # the square of 1e290 would overflow, that of 1e-300 vanish
        return [smoothed(g / np.sqrt(runs)) if smooth else g / np.sqrt(runs) for g in gaps]

    def run(self, disturb: bool) -> list[Any]:
        nodes = self.graph.nodes
        values: dict[int, Any] = dict(zip(self.graph.inputs, self.point, strict=True))
        with np.errstate(all="ignore"):
            for i in self.needed:
                node = nodes[i]
                if node.op == CONST:
                    values[i] = float(node.value) if isinstance(node.value, Fraction) else node.value
                elif node.op != INPUT:
                    args = [values[a] for a in node.args]
                    loop = dict(node.params).get("loop")
                    if loop is not None:
                        values[i] = self._loop(loop, args, disturb)
                        continue
                    y = TABLE[node.op].forward(*args, **dict(node.params))
                    values[i] = self._disturbed(node, y, args) if disturb else y
                    if disturb and self.tiny and node.kind == "f":
                        values[i] = values[i] + self.tiny * drawn(self.bank, y, self.rng)
                    for a in self.done[i]:
                        del values[a]
        return [values[o] for o in self.graph.outputs]

    def _loop(self, loop: Any, args: list[Any], disturb: bool) -> Any:
        """Every step of a loop disturbed by itself: an error that is made early goes through all later ones."""
        if loop.body not in self.steps:
            inside = self.steps[loop.body] = Disturbed(loop.body, (), 0, self.unit)
            inside.rng, inside.bank, inside.factors = self.rng, self.bank, self.factors
        inside = self.steps[loop.body]

        def step(given: list[Any]) -> list[Any]:
            inside.point = given
            return inside.run(disturb)

        return joined(*loop.turned(step, args))

    def _disturbed(self, node: Any, y: Any, args: list[Any]) -> Any:
        row = TABLE[node.op]
        if row.boolean or row.whole or (row.ulp == 0.0 and not row.rounding) or node.kind != "f":
            return y
        if row.elementwise and row.ulp <= 1.0:  # most ops: this is where the time goes
            factors = drawn(self.factors, y, self.rng)
            return np.multiply(y, factors, out=factors) if factors.ndim else y * factors
        noise = drawn(self.bank, y, self.rng)
        if node.op == "cumsum":  # an error made early stays in all later sums
            axis = dict(node.params)["axis"]
            return y + np.cumsum(noise * self.unit * systematic(y.shape[axis]) * y, axis)
        return y + noise * (self.unit * max(row.ulp, 1.0)) * scale(node.op, y, args, dict(node.params))


def of_constants(problem: ArrayProblem, leaves: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What rounding does to each output of a JAX function by way of the constants that it computes in a narrower
    dtype, as the log of a float32."""
    of_jax: Any = find_method("jax")  # only JAX's method has this
    return of_jax.of_constants(problem, leaves)


def scale(op: str, y: Any, args: Sequence[Any], params: dict[str, Any]) -> Any:
    """What the error of an op is relative to: its result, or the terms of its sum."""
    if op == "sum":
        terms = np.size(args[0]) / max(np.size(y), 1)
        return systematic(terms) * np.sum(np.abs(args[0]), params["axis"])
    if op == "matmul":
        return systematic(args[0].shape[-1]) * np.matmul(np.abs(args[0]), np.abs(args[1]))
    if op == "einsum":
        lengths = axis_lengths(params["subscripts"], tuple(map(np.shape, args)))
        terms = math.prod(n for c, n in lengths.items() if c not in split(params["subscripts"])[1])
        sizes = np.einsum(params["subscripts"], *map(np.abs, args), optimize=len(args) > 1)
        return systematic(terms) * sizes
    return np.abs(y) if TABLE[op].elementwise else np.sqrt(np.mean(np.square(y)))


def smoothed(floor: np.ndarray) -> np.ndarray:
    """At least a quarter of the neighbours' mean."""
    line = np.where(np.isfinite(floor), floor, 0.0).ravel()  # what is not finite has no noise, nor do its neighbours
    if line.size < 2:
        return line.reshape(floor.shape)
    return np.maximum(line, ndimage.uniform_filter1d(line, WINDOW, mode="nearest") / 4.0).reshape(floor.shape)
