"""The value itself, by each method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.inputs.code import Code
from symdiff.operators._arrays import on_arrays
from symdiff.operators._bind import bind, placed


def value(f: Any, method: str = "tape", device: Any = None, platform: str | None = None) -> Callable[..., Any]:
    """A function that evaluates `f` as `method` means it.

    Returns a callable of all variables, by position or by name; it returns a float (a tuple for a
    function with several components), in float64.

    `device` and `platform` are those of `grad`.

    >>> import symdiff as sd
    >>> sd.value("x*y", method="jax")(2.0, 3.0)
    6.0
    """
    bound = bind(f, "value", method, None)
    if isinstance(bound, Code):
        return placed(on_arrays(bound, "value", method, None), method, device, platform)

    def evaluate(*args: float, **named: float) -> Any:
        flat = bound(bound.problem.point(args, named or None))
        return tuple(flat) if bound.problem.vector else flat[0]

    return placed(evaluate, method, device, platform)
