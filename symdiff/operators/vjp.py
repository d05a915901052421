"""Reverse: a cotangent pulled back to the variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.inputs.code import Code
from symdiff.operators._arrays import ask, cotangents_like, every, shaped
from symdiff.operators._bind import bind, number_of, placed, vector_of


def vjp(
    f: Any, *primals: Any, method: str = "tape", device: Any = None, platform: str | None = None,
    fuse: bool = False,
) -> tuple[Any, Callable[..., tuple[Any, ...]]]:
    """(value, pull-back) at `primals`, as `jax.vjp` returns them.

    The pull-back takes a cotangent (a number; one per component for a function with several; a pytree like
    the result of a Python function) and returns a tuple with one cotangent per variable or argument.

    `device`, `platform` and `fuse` are those of `grad`.

    >>> import symdiff as sd
    >>> y, pull_back = sd.vjp("x*y", 2.0, 3.0)
    >>> y, pull_back(10.0)
    (6.0, (30.0, 20.0))
    """
    y, pull_back = placed(_vjp, method, device, platform)(f, primals, method, fuse)
    return y, placed(pull_back, method, device, platform)


def _vjp(f: Any, primals: tuple[Any, ...], method: str, fuse: bool) -> tuple[Any, Callable[..., tuple[Any, ...]]]:
    bound = bind(f, "vjp", method, None, fuse)
    if isinstance(bound, Code):
        recording, leaves = every(bound, primals)

        def pull_arrays_back(cotangent: Any) -> tuple[Any, ...]:
            vector = cotangents_like(recording, cotangent)
            return shaped(recording, "vjp", ask(recording, "vjp", method, leaves, vector, fuse))

        return shaped(recording, "value", ask(recording, "value", method, leaves)), pull_arrays_back
    x = bound.problem.point(primals)
    y = number_of(bound.problem, method, x)
    length = len(bound.problem.graph.outputs)

    def pull_back(cotangent: Any) -> tuple[float, ...]:
        return tuple(bound(x, vector_of(cotangent, length, "the cotangent")))

    return (tuple(y) if bound.problem.vector else y[0]), pull_back
