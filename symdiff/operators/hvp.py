"""The Hessian times a vector, without the Hessian."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symdiff.operators._bind import bind, many, vector_of


def hvp(f: Any, primals: Sequence[float], tangents: Sequence[float], method: str = "tape") -> Any:
    """sum_l d2y/dx_k dx_l v_l at `primals`: a tuple over the variables (a bare float for one).

    >>> import symdiff as sd
    >>> sd.hvp("x**2*y", (3.0, 2.0), (1.0, 0.0))
    (4.0, 6.0)
    """
    bound = bind(f, "hvp", method, None)
    x = bound.problem.point(many(primals, "primals"))
    return bound.shaped(bound(x, vector_of(tangents, len(x), "tangents")))
