"""The Hessian: the second derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symdiff.inputs.code import Code
from symdiff.operators._arrays import on_arrays
from symdiff.operators._bind import bind, placed
from symdiff.problem import Wrt


def hessian(
    f: Any, method: str = "tape", wrt: Wrt = None, device: Any = None, platform: str | None = None,
    fuse: bool = False, verify_every: int = 0,
) -> Callable[..., Any]:  # fmt: skip
    """A function that computes d2y/dx_k dx_l: a tuple of rows (a bare float for one variable).

    For a function with several components, a tuple of these over the components.

    `device`, `platform`, `fuse` and `verify_every` are those of `grad`.

    >>> import symdiff as sd
    >>> sd.hessian("x**2*y")(3.0, 2.0)
    ((4.0, 6.0), (6.0, 0.0))
    """
    bound = bind(f, "hessian", method, wrt, fuse)
    if isinstance(bound, Code):
        return placed(on_arrays(bound, "hessian", method, wrt, fuse, verify_every), method, device, platform)
    n = len(bound.task.wrt)

    def square(flat: Sequence[float]) -> Any:
        return bound.shaped([bound.shaped(flat[k * n : (k + 1) * n]) for k in range(n)])

    def matrix(*args: float, **named: float) -> Any:
        return bound.per_component(bound(bound.problem.point(args, named or None)), square)

    return placed(matrix, method, device, platform)
