"""A loop whose step was recorded once: one op, however many steps it has.

The parameter `loop` (`symdiff.loops.Loop`) holds the step as a graph and runs it in any vocabulary. The arguments are
the carry, the arrays that are scanned along their first axis, and what every step sees as it is. The answer is the
last carry, then what the steps gave, one after the other as one array without further axes: an op has one answer.

There is no pull-back here: it is a loop itself, and the tape writes it (`methods/tape/loops.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.ops.row import primitive
from symdiff.vocabulary import jax, jnp, lax


def _forward(*args: Any, loop: Any) -> Any:
    return joined(*loop.turned(lambda given: loop.step("forward", given), args))


def joined(carry: list[Any], rows: list[list[Any]]) -> Any:
    """The last carry and what every step gave, as one array."""
    return np.concatenate([np.ravel(v) for v in carry] + [np.ravel(np.asarray(row)) for row in rows])


def _jax(*args: Any, loop: Any) -> Any:
    dtype = jnp.result_type(*args)
    given = [jnp.asarray(a, dtype) for a in args]
    first, last = loop.carries, loop.carries + loop.xs

    def step(carry: Any, x: Any) -> Any:
        found = [jnp.asarray(v, dtype) for v in loop.step("jax", [*carry, *x, *given[last:]])]
        return found[:first], found[first:]

    if loop.keep != "all":
        step = jax.checkpoint(step, prevent_cse=False)
    carry, rows = lax.scan(step, given[:first], given[first:last], loop.length, reverse=loop.reverse)
    return jnp.concatenate([jnp.ravel(v) for v in (*carry, *rows)])


scan = primitive(
    "scan", _forward, vjp=None, variadic=True, jax=_jax, params=("loop",),
    scalars=lambda *args, loop: loop.scalars(args), cost=lambda *args, loop: loop.cost(),
    doc="a step that was recorded once, done again and again",
)  # fmt: skip
