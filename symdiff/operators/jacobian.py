"""The Jacobian: one gradient per component."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.inputs.code import Code
from symdiff.operators._arrays import on_arrays
from symdiff.operators._bind import bind, placed
from symdiff.problem import Wrt


def jacobian(
    f: Any, method: str = "tape", wrt: Wrt = None, device: Any = None, platform: str | None = None,
    fuse: bool = False, verify_every: int = 0,
) -> Callable[..., Any]:  # fmt: skip
    """A function that computes dy_o/dx_k: a tuple over the components o of what `grad` would return.

    For a function with one value it is the gradient, as `jax.jacobian` has it.

    `device`, `platform`, `fuse` and `verify_every` are those of `grad`.

    >>> import symdiff as sd
    >>> sd.jacobian(["x*y", "x + y"])(2.0, 3.0)
    ((3.0, 2.0), (1.0, 1.0))
    """
    bound = bind(f, "jacobian", method, wrt, fuse)
    if isinstance(bound, Code):
        return placed(on_arrays(bound, "jacobian", method, wrt, fuse, verify_every), method, device, platform)

    def matrix(*args: float, **named: float) -> Any:
        return bound.per_component(bound(bound.problem.point(args, named or None)), bound.shaped)

    return placed(matrix, method, device, platform)
