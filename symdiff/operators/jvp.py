"""Forward: how the value moves along a tangent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symdiff.operators._bind import bind, many, vector_of


def jvp(f: Any, primals: Sequence[float], tangents: Sequence[float], method: str = "tape") -> tuple[Any, Any]:
    """(value, Jacobian times tangent) at `primals`, as `jax.jvp` returns them.

    Args:
        f: see `grad`.
        primals: the values of all variables.
        tangents: one number per variable.
        method: see `grad`.

    >>> import symdiff as sd
    >>> sd.jvp("x*y", (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    bound = bind(f, "jvp", method, None)
    x = bound.problem.point(many(primals, "primals"))
    tangent = bound(x, vector_of(tangents, len(x), "tangents"))
    y = bind(bound.problem, "value", method, None)(x)
    return (tuple(y), tuple(tangent)) if bound.problem.vector else (y[0], tangent[0])
