"""Primitives that have jaxprs of their own: branches, loops, linear solves with a solver that is given.

Which branch is taken, and when a loop ends, is a decision, noted as a guard. A loop of floats whose step decides
nothing is one op; any other is written out, turn by turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.inputs.jax.values import Refused, is_recorded, lifted, plain
from symdiff.inputs.loops import scan

if TYPE_CHECKING:
    from symdiff.inputs.jax.reading import Reading

MOST_TURNS = 10_000  # of a loop that is written out
MOST_STEPS = 60_000  # of all turns of a loop without a known number of them: some seconds of writing
FEW = 4  # turns that are written out at once: a loop as one op is for long ones


def _cond(reading: Reading, eqn: Any, inputs: list[Any]) -> list[Any]:
    branches = eqn.params["branches"]
    which = min(max(int(plain(inputs[0])), 0), len(branches) - 1)
    return reading.opened(branches[which], inputs[1:])


def _while(reading: Reading, eqn: Any, inputs: list[Any]) -> list[Any]:
    test, body = eqn.params["cond_jaxpr"], eqn.params["body_jaxpr"]
    a, b = eqn.params["cond_nconsts"], eqn.params["cond_nconsts"] + eqn.params["body_nconsts"]
    carry = inputs[b:]
    start = len(reading.graph.nodes)
    for turn in range(MOST_TURNS):
        if len(reading.graph.nodes) - start > MOST_STEPS:
            raise Refused(f"it has not ended after {turn} turns, which are {MOST_STEPS} steps")
        (go_on,) = reading.opened(test, [*inputs[:a], *carry])
        turning = np.asarray(plain(go_on))
        if not np.any(turning):
            return carry
        after = reading.opened(body, [*inputs[a:b], *carry])
        carry = [_where(turning, new, old) for new, old in zip(after, carry, strict=True)]
    raise Refused(f"it has not ended after {MOST_TURNS} turns")


def _where(turning: np.ndarray, new: Any, old: Any) -> Any:
    """What a turn gives, in those loops of a stack of them (`vmap`) that have not ended."""
    if turning.all():
        return new
    still = np.reshape(turning, turning.shape + (1,) * (np.ndim(new) - turning.ndim))
    return np.where(still, new, old)


def _scan(reading: Reading, eqn: Any, inputs: list[Any]) -> list[Any]:
    closed, length = eqn.params["jaxpr"], eqn.params["length"]
    step = closed.jaxpr if hasattr(closed, "jaxpr") else closed
    # What is scanned has one axis more outside than in the body. (jax 0.12 has no num_consts and num_carry.)
    still = sum(v.aval.ndim == b.aval.ndim for v, b in zip(eqn.invars, step.invars, strict=True))
    carried = sum(v.aval.ndim == b.aval.ndim for v, b in zip(eqn.outvars, step.outvars, strict=True))
    consts, carry, xs = inputs[: still - carried], inputs[still - carried : still], inputs[still:]
    floats = all(np.dtype(v.aval.dtype) == np.float64 for v in (*eqn.invars[still - carried :], *eqn.outvars))
    if floats and length > FEW and is_recorded(*inputs):
        try:
            return _as_one_op(reading, closed, consts, carry, xs, length, eqn.params["reverse"])
        except UnsupportedError:  # its step decides by numbers: turn by turn it may
            pass
    if length > MOST_TURNS:
        raise Refused(f"its {length} turns have to be written out, and that is done up to {MOST_TURNS}")
    rows: list[list[Any]] = [[None] * length for _ in eqn.outvars[carried:]]
    for t in range(length)[::-1] if eqn.params["reverse"] else range(length):
        found = reading.opened(closed, [*consts, *carry, *(x[t] for x in xs)])
        carry = found[:carried]
        for row, y in zip(rows, found[carried:], strict=True):
            row[t] = y
    stacked = [np.stack(row) if row else np.zeros(v.aval.shape, v.aval.dtype)
               for row, v in zip(rows, eqn.outvars[carried:], strict=True)]  # fmt: skip
    return [*carry, *stacked]


def _as_one_op(
    reading: Reading, closed: Any, consts: list[Any], carry: list[Any], xs: list[Any], length: int, reverse: bool
) -> list[Any]:
    def step(carried: Any, scanned: Any) -> Any:
        found = reading.opened(closed, [*consts, *carried, *(scanned or ())])
        return tuple(found[: len(carry)]), tuple(found[len(carry) :])

    # a plain carry becomes a step, so that the first turn is one of the loop, too
    first = tuple(lifted(reading.graph, v) for v in carry)
    last, rows = scan(step, first, tuple(xs) or None, length, reverse)
    return [*last, *rows]


def _linear_solve(reading: Reading, eqn: Any, inputs: list[Any]) -> list[Any]:
    """A solution by the solver that is given; how JAX differentiates it is its rule, and not entered."""
    lengths, solve = eqn.params["const_lengths"], eqn.params["jaxprs"].solve
    start = lengths.matvec + lengths.vecmat
    known = inputs[start : start + lengths.solve]
    return reading.opened(solve, [*known, *inputs[start + lengths.solve + lengths.transpose_solve :]])


def _nothing(reading: Reading, eqn: Any, inputs: list[Any]) -> list[Any]:
    """A print of the caller's."""
    return []


READERS: dict[str, Callable[..., list[Any]]] = {
    "cond": _cond, "while": _while, "scan": _scan, "custom_linear_solve": _linear_solve,
    "debug_callback": _nothing, "debug_print": _nothing,
}  # fmt: skip
