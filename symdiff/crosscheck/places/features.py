"""What can be special about a step: an argument that is zero, two that are equal, an argument far out.

Each feature is a number that is zero exactly there, and a name for it. Whether the point is then a kink, an edge of
the domain, a pole or nothing at all, is for the terrain to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symdiff import balls
from symdiff.balls import precision
from symdiff.graph import Graph, Node, run
from symdiff.ops import TABLE

BITS = 192
ZERO_ARGUMENT = (
    "abs", "sign", "relu", "leaky_relu", "elu", "selu", "sqrt", "cbrt", "log", "log2", "log10", "power",
    "integer_power", "gamma", "lgamma", "digamma", "polygamma", "floor", "ceil",
)  # fmt: skip
OTHER_VALUES = {  # of the first argument
    "asin": (1.0, -1.0), "acos": (1.0, -1.0), "atanh": (1.0, -1.0), "acosh": (1.0,), "log1p": (-1.0,),
    "floor": (1.0,), "ceil": (1.0,),
}  # fmt: skip
FAR_OUT = {  # where an op is flat, or about to be too large or too small for a float64
    "tanh": (20.0, -20.0), "sigmoid": (-40.0, 40.0, -740.0), "softplus": (-40.0, 40.0), "silu": (-40.0, 40.0),
    "gelu": (-9.0, 9.0), "gelu_tanh": (-9.0, 9.0), "elu": (-40.0,), "selu": (-40.0,), "erf": (6.0, -6.0),
    "erfc": (26.0, -6.0), "exp": (-40.0, -740.0, 200.0), "exp2": (-60.0, -1060.0), "expm1": (-40.0, 1e-9),
    "log1p": (1e-9, 1e17), "atan": (1e9, -1e9), "cosh": (200.0,), "sinh": (200.0, 1e-9), "asinh": (1e9,),
    "cos": (1e-9,), "sin": (1e-9,), "log": (1e-300,), "sqrt": (1e-300,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Feature:
    """`of(values of these nodes)` is zero where step `node` is special; `says` is that in words. `far`: a tail."""

    node: int
    nodes: tuple[int, ...]
    of: Callable[[Sequence[Any]], Any]
    says: str
    far: bool = False


def features(graph: Graph) -> list[Feature]:
    """What can be special: what decides first, then edges and poles, then tails, then where the function is zero."""
    varies, names = graph.varying(), graph.names()
    needed = graph.live(graph.ends)
    moving = [i for i in needed if any(varies[a] for a in graph.nodes[i].args)]
    found = [f for i in moving for f in _of(graph.nodes[i], i, names[i])]
    decides = [f for f in found if not f.far and TABLE[graph.nodes[f.node].op].kink is not None]
    others = [f for f in found if not f.far and f not in decides]
    return [*decides, *others, *(f for f in found if f.far)]


def _of(node: Node, i: int, name: str) -> Iterator[Feature]:
    op = node.op
    place = f"{op} at {node.where}" if node.where else f"{name} = {op}"
    if op == "div":
        yield Feature(i, node.args, lambda args: args[1], f"the denominator of {place} is zero")
    elif op in ("max", "min") or (len(node.args) == 2 and TABLE[op].boolean and TABLE[op].kink is not None):
        yield Feature(i, node.args, lambda args: args[0] - args[1], f"both sides of {place} are equal")
    elif op == "clip":
        yield Feature(i, node.args, lambda args: args[0] - args[1], f"{place} is at its lower bound")
        yield Feature(i, node.args, lambda args: args[0] - args[2], f"{place} is at its upper bound")
    elif op == "mod":
        yield Feature(i, node.args, lambda args: args[0] - args[1], f"both sides of {place} are equal")
    elif op in ("hypot", "atan2"):
        for k in range(2):
            yield Feature(i, node.args, lambda args, k=k: args[k], f"an argument of {place} is zero")
    if op in ZERO_ARGUMENT:
        smooth = op == "integer_power" and node.params[0][1] >= 0  # there it is the point alone that matters
        yield Feature(i, node.args, lambda args: args[0], f"the argument of {place} is zero", far=smooth)
    for value in OTHER_VALUES.get(op, ()):
        yield Feature(i, node.args, lambda args, v=value: args[0] - v, f"the argument of {place} is {value:g}")
    for value in FAR_OUT.get(op, ()):
        yield Feature(
            i, node.args, lambda args, v=value: args[0] - v, f"the argument of {place} is {value:g}", far=True
        )


def value_is_zero(graph: Graph) -> list[Feature]:
    """Where an output is zero: a relative error hides there."""
    return [
        Feature(o, (o,), lambda args: args[0], "the function is zero") for o in graph.outputs if graph.nodes[o].args
    ]


def variables_of(graph: Graph, feature: Feature) -> list[int]:
    """The positions of the variables that it depends on."""
    live = set(graph.live(feature.nodes))
    return [k for k, i in enumerate(graph.inputs) if i in live]


def evaluate(graph: Graph, feature: Feature, point: Sequence[Any]) -> Any:
    """The feature at a point, or at many at once: arrays for some or all of the variables."""
    with np.errstate(all="ignore"):
        values = run(graph, "forward", point, np.float64, graph.live(feature.nodes))
        return feature.of([values[i] for i in feature.nodes])


def vanishes(graph: Graph, feature: Feature, point: Sequence[float]) -> bool:
    """Whether it is certainly zero at a point, in balls."""
    with precision(BITS):
        values = run(graph, "ball", [balls.const(v) for v in point], balls.const, graph.live(feature.nodes))
        return bool(feature.of([values[i] for i in feature.nodes]).value == 0)
