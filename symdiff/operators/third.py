"""All third derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symdiff.inputs.code import Code
from symdiff.operators._arrays import on_arrays
from symdiff.operators._bind import bind, placed
from symdiff.problem import Wrt


def third(
    f: Any, method: str = "tape", wrt: Wrt = None, device: Any = None, platform: str | None = None,
) -> Callable[..., Any]:  # fmt: skip
    """A function that computes d3y/dx_k dx_l dx_m: as `hessian`, with one more tuple (or, of arrays, axis) around.

    A bare float for one variable; for a function with several components, a tuple over the components. n variables
    have n**3 of them: it is for few.

    `device` and `platform` are those of `grad`.

    >>> import symdiff as sd
    >>> sd.third("x**4")(2.0), sd.third("x**2*y")(3.0, 2.0)
    (48.0, (((0.0, 2.0), (2.0, 0.0)), ((2.0, 0.0), (0.0, 0.0))))
    """
    bound = bind(f, "third", method, wrt)
    if isinstance(bound, Code):
        return placed(on_arrays(bound, "third", method, wrt), method, device, platform)
    n = len(bound.task.wrt)

    def nested(flat: Sequence[float], axes: int) -> Any:
        if axes == 0:
            return flat[0]
        size = n ** (axes - 1)
        return bound.shaped([nested(flat[k * size : (k + 1) * size], axes - 1) for k in range(n)])

    def entries(*args: float, **named: float) -> Any:
        flat = bound(bound.problem.point(args, named or None))
        return bound.per_component(flat, lambda mine: nested(mine, 3))

    return placed(entries, method, device, platform)
