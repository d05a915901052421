"""Forward: how the value moves along a tangent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symdiff.inputs.code import Code
from symdiff.operators._arrays import ask, every, one_each, shaped, tangents_like
from symdiff.operators._bind import bind, many, number_of, placed, vector_of


def jvp(
    f: Any, primals: Sequence[Any], tangents: Sequence[Any], method: str = "tape", device: Any = None,
    platform: str | None = None, fuse: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """(value, Jacobian times tangent) at `primals`, as `jax.jvp` returns them.

    Args:
        f: see `grad`.
        primals: the values of all variables; for a Python function, its arguments.
        tangents: one number per variable; for a Python function, a pytree like each argument.
        method: see `grad`.

    `device`, `platform` and `fuse` are those of `grad`.

    >>> import symdiff as sd
    >>> sd.jvp("x*y", (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    return placed(_jvp, method, device, platform)(f, primals, tangents, method, fuse)


def _jvp(f: Any, primals: Sequence[Any], tangents: Sequence[Any], method: str, fuse: bool) -> Any:
    bound = bind(f, "jvp", method, None, fuse)
    if isinstance(bound, Code):
        recording, leaves = every(bound, one_each(primals, "primals"))
        vector = tangents_like(recording, leaves, one_each(tangents, "tangents"))
        y = ask(recording, "value", method, leaves)
        moved = ask(recording, "jvp", method, leaves, vector, fuse)
        return shaped(recording, "value", y), shaped(recording, "jvp", moved)
    x = bound.problem.point(many(primals, "primals"))
    tangent = bound(x, vector_of(tangents, len(x), "tangents"))
    y = number_of(bound.problem, method, x)
    return (tuple(y), tuple(tangent)) if bound.problem.vector else (y[0], tangent[0])
