"""Reverse: a cotangent pulled back to the variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.operators._bind import bind, vector_of


def vjp(f: Any, *primals: float, method: str = "tape") -> tuple[Any, Callable[..., tuple[float, ...]]]:
    """(value, pull-back) at `primals`, as `jax.vjp` returns them.

    The pull-back takes a cotangent (a number; one per component for a function with several) and
    returns a tuple with one cotangent per variable.

    >>> import symdiff as sd
    >>> y, pull_back = sd.vjp("x*y", 2.0, 3.0)
    >>> y, pull_back(10.0)
    (6.0, (30.0, 20.0))
    """
    bound = bind(f, "vjp", method, None)
    x = bound.problem.point(primals)
    y = bind(bound.problem, "value", method, None)(x)
    length = len(bound.problem.graph.outputs)

    def pull_back(cotangent: Any) -> tuple[float, ...]:
        return tuple(bound(x, vector_of(cotangent, length, "the cotangent")))

    return (tuple(y) if bound.problem.vector else y[0]), pull_back
