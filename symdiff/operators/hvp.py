"""The Hessian times a vector, without the Hessian."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symdiff.inputs.code import Code
from symdiff.methods import method as find_method
from symdiff.methods.base import Task
from symdiff.operators._again import MISS, Along, noted
from symdiff.operators._arrays import ask, bare, every, one_each, shaped, tangents_like
from symdiff.operators._bind import bind, many, placed, vector_of


def hvp(
    f: Any, primals: Sequence[Any], tangents: Sequence[Any], method: str = "tape", device: Any = None,
    platform: str | None = None, fuse: bool = False,
) -> Any:  # fmt: skip
    """sum_l d2y/dx_k dx_l v_l at `primals`: a tuple over the variables (bare for one); arguments as in `jvp`.

    `device`, `platform` and `fuse` are those of `grad`. A function that is asked for many products is recorded once
    if it is kept: `f = sd.function(f)`.

    >>> import symdiff as sd
    >>> sd.hvp("x**2*y", (3.0, 2.0), (1.0, 0.0))
    (4.0, 6.0)
    """
    if isinstance(f, Code) and device is None and platform is None:
        found = _again(f, primals, tangents, method, fuse)
        if found is not MISS:
            return found
    return placed(_hvp, method, device, platform)(f, primals, tangents, method, fuse)


def _again(code: Code, primals: Sequence[Any], tangents: Sequence[Any], method: str, fuse: bool) -> Any:
    """The answer of a program that is known, or `MISS`."""
    if code.again and isinstance(method, str) and isinstance(primals, tuple | list):
        for along in code.again.get(("hvp", method, bool(fuse)), ()) if isinstance(tangents, tuple | list) else ():
            found = along(primals, tangents)
            if found is not MISS:
                return found
    return MISS


def _hvp(f: Any, primals: Sequence[Any], tangents: Sequence[Any], method: str, fuse: bool) -> Any:
    bound = bind(f, "hvp", method, None, fuse)
    if isinstance(bound, Code):
        recording, leaves = every(bound, one_each(primals, "primals"))
        vector = tangents_like(recording, leaves, one_each(tangents, "tangents"))
        found = bare(shaped(recording, "hvp", ask(recording, "hvp", method, leaves, vector, fuse)))
        program = find_method(method).program(recording.problem, Task("hvp", tuple(range(len(leaves))), fuse))
        known = bound.again.setdefault(("hvp", method, bool(fuse)), [])
        noted(known, recording, program, lambda program: Along(recording, program))
        return found
    x = bound.problem.point(many(primals, "primals"))
    return bound.shaped(bound(x, vector_of(tangents, len(x), "tangents")))
