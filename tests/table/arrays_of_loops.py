"""The cases of `scan`: loops whose step was recorded from a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import symdiff as sd
from symdiff.inputs.code import from_code

from .array_case import ArrayCase, some

STEPS: dict[str, Callable[..., Any]] = {
    "a sum of products": lambda c, x, w: (c * w + x, c * x),
    "two states": lambda c, x, w: ((c[1], np.sin(c[0] * w + x)), c[0] + c[1]),
    "vectors and a matrix": lambda c, x, w: (np.sin(w @ c) * x, np.sum(c * c)),
    "a branch of numbers": lambda c, x, w: (np.where(c > 0.1, c * w, np.exp(c) * x), c),
}


def case(name: str, init: Any, xs: Any, w: np.ndarray, **options: Any) -> ArrayCase:
    """The loop and its arguments, as a function that makes it has them."""

    def f(w: Any, init: Any, xs: Any) -> Any:
        carry, ys = sd.scan(lambda c, x: STEPS[name](c, x, w), init, xs, **options)
        return np.sum(ys) + np.sum(carry[0] if isinstance(carry, tuple) else carry)

    recording, leaves = from_code(f).recorded((w, init, xs), {}, (0, 1, 2))
    graph = recording.problem.graph
    node = next(n for n in graph.nodes if n.op == "scan")
    args = tuple(np.asarray(leaves[graph.inputs.index(a)]) for a in node.args)
    return ArrayCase("scan", args, dict(node.params))


LOOPS = [
    case("a sum of products", some(), some(3), some()),
    case("a sum of products", some(), some(3), some(), reverse=True),
    case("a sum of products", some(), some(1), some(), checkpoint=True),
    case("a sum of products", some(2), some(3, 2), some(), checkpoint="log"),
    case("two states", (some(), some()), some(4), some()),
    case("vectors and a matrix", some(2) / 4, some(3, 2) / 4, some(2, 2), checkpoint=True, reverse=True),
    case("vectors and a matrix", some(2) / 4, some(2, 2) / 4, some(2, 2)),
    case("a branch of numbers", np.array(0.3), some(3), np.array(0.2)),
]
