"""Where every step's own derivative is right, and the whole is not: why the chain rule does not hold here.

It needs every step to have a slope. One that has none (a square root at 0, a logarithm in a branch that is not taken)
makes nan of the 0 that it is multiplied by; and at a kink what a method takes for each step is right for the step
alone: two of these need not be slopes of the same piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from symdiff.crosscheck.blaming.single_op import CHAINING
from symdiff.crosscheck.places.terrain import survey
from symdiff.errors import UnsupportedError
from symdiff.graph import Graph, number, run
from symdiff.methods import method as find_method
from symdiff.methods.base import Task
from symdiff.methods.tape.sweep import behind_where, rules_of, sweep
from symdiff.ops import TABLE
from symdiff.problem import Problem

MOST_STEPS = 60  # whose slopes are chained by hand
CLOSE = 1e-9
Alone = Callable[[Graph, int, Sequence[Any]], Problem]


def without_a_slope(graph: Graph, leaves: Sequence[Any]) -> str:
    """The step that makes nan of a derivative as its own slope is infinite, or none, here; "" where there is none."""
    with np.errstate(all="ignore"), suppress(UnsupportedError):  # a step without a rule by some argument
        return _Slopes(graph, leaves).said()
    return ""


class _Slopes:
    """Every step's slopes by themselves, and what arrives there on the way back."""

    def __init__(self, graph: Graph, leaves: Sequence[Any]) -> None:
        self.graph, self.varies = graph, graph.varying()
        self.values = run(graph, "forward", leaves, lambda c: c)
        seeds = {o: np.ones(np.shape(self.values[o]))[()] for o in graph.outputs}
        self.adjoints = sweep(graph, self.values, seeds, self.varies)
        self.branches = behind_where(graph, 0)

    def said(self) -> str:
        names = self.graph.names()
        for i, x, slope, arriving in self._each():
            bad = ~np.isfinite(slope) & np.isfinite(arriving)
            if np.any(bad):
                node, at = self.graph.nodes[i], tuple(np.argwhere(bad)[0])
                why = self._why(i, number(float(x[at])), float(slope[at]), float(arriving[at]))
                return f"{names[i]} = {node.op}{f' at {node.where}' if node.where else ''}: {why}"
        return ""

    def _why(self, i: int, x: str, slope: float, arriving: float) -> str:
        what = f"its slope is infinite at {x}" if np.isinf(slope) else f"it has no slope at {x}"
        if arriving == 0 and i in self.branches:
            return f"{what}, in the branch that is not taken: 0 times that is nan; put a where inside, too"
        if arriving == 0:
            return f"{what}, and 0 times that is nan"
        met = (np.any((s == 0) & np.isinf(ct)) for j, _, s, ct in self._each() if j < i)
        return f"{what}, and that times 0, the slope of what is inside, is nan" if any(met) else what

    def _each(self) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        """(step, the values of an argument, the slopes by it, what arrives at the step), the last step first."""
        for i in reversed(self.graph.live()):
            node, y = self.graph.nodes[i], self.values[i]
            row, args = TABLE.get(node.op), [self.values[a] for a in node.args]
            known = row is not None and row.partials is not None and node.op != "where" and self.varies[i]
            if not known or not all(np.all(np.isfinite(v)) for v in args):
                continue
            ct = 0.0 if self.adjoints[i] is None else np.asarray(self.adjoints[i], float)
            for k, (a, rule) in enumerate(zip(node.args, rules_of(node), strict=False)):
                if self.varies[a] and rule is not None:
                    slope = rule(np.ones_like(y, dtype=float), y, *args, **dict(node.params))
                    x, slope, arriving = (np.broadcast_to(v, np.shape(y)) for v in (args[k], slope, ct))
                    yield i, x, slope, arriving


def chaining(problem: Problem, method: str, x: Sequence[float], operator: str, alone: Alone) -> str:
    """What is to blame where no step is: two kinks, or the chaining; "" where that is not known."""
    kinks = survey(problem, x).kinks
    if len(kinks) < 2:
        return CHAINING
    if problem.vector or operator not in ("grad", "value_and_grad") or len(problem.graph.live()) > MOST_STEPS:
        return ""
    of_jax = method == "jax" and problem.origin is not None and problem.origin.native is not None
    try:
        if not of_jax and not _is_chained(problem, method, x, alone):
            return CHAINING
    except UnsupportedError:  # a step by itself may have what the whole does not need
        return ""
    nodes = [problem.graph.nodes[i] for i in kinks]
    said = list(dict.fromkeys(f"{n.op}{f' at {n.where}' if n.where else ''}" for n in nodes))
    which = f"{', '.join(said[:-1])} and {said[-1]}" if len(said) > 1 else f"the {len(nodes)} steps of {said[0]}"
    return f"{which} have no derivative here, and the slopes that {method} takes for each do not fit together"


def _is_chained(problem: Problem, method: str, x: Sequence[float], alone: Alone) -> bool:
    """Whether what the method says of the whole is what it says of the steps, multiplied and added up."""
    graph = problem.graph
    with np.errstate(all="ignore"):
        values = run(graph, "forward", x, np.float64)
    varies, adjoints = graph.varying(), dict.fromkeys(range(len(graph.nodes)), 0.0)
    adjoints[graph.outputs[0]] = 1.0
    for i in reversed(graph.live()):
        node = graph.nodes[i]
        moving = [a for a in dict.fromkeys(node.args) if varies[a] and not _is_bool(graph, a)]
        if not moving or _is_bool(graph, i) or not adjoints[i]:
            continue
        one = alone(graph, i, values)
        task = Task("grad", tuple(range(len(moving))))
        slopes = find_method(method).answer(one, task, [float(values[a]) for a in moving]).entries
        for a, slope in zip(moving, slopes, strict=True):
            adjoints[a] += adjoints[i] * slope
    whole = find_method(method).answer(problem, Task("grad", tuple(range(len(problem.names)))), x).entries
    return bool(np.allclose([adjoints[i] for i in graph.inputs], whole, rtol=CLOSE, atol=CLOSE))


def _is_bool(graph: Graph, i: int) -> bool:
    row = TABLE.get(graph.nodes[i].op)
    return row is not None and row.boolean
