"""The value and the gradient together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.inputs.code import Code
from symdiff.operators._arrays import on_arrays
from symdiff.operators._bind import bind, placed
from symdiff.problem import Wrt


def value_and_grad(
    f: Any, method: str = "tape", wrt: Wrt = None, device: Any = None, platform: str | None = None,
    fuse: bool = False, verify_every: int = 0,
) -> Callable[..., tuple[float, Any]]:  # fmt: skip
    """A function that computes (value, gradient); arguments and shapes as in `grad`.

    `device`, `platform`, `fuse` and `verify_every` are those of `grad`.

    >>> import symdiff as sd
    >>> sd.value_and_grad("x**2*y")(3.0, 2.0)
    (18.0, (12.0, 9.0))
    """
    bound = bind(f, "value_and_grad", method, wrt, fuse)
    if isinstance(bound, Code):
        return placed(on_arrays(bound, "value_and_grad", method, wrt, fuse, verify_every), method, device, platform)

    def both(*args: float, **named: float) -> tuple[float, Any]:
        y, *gradient = bound(bound.problem.point(args, named or None))
        return y, bound.shaped(gradient)

    both.program = bound.program  # type: ignore[attr-defined]  # functions may have attributes
    return placed(both, method, device, platform)
