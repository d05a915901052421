"""The bits of a number, as far as they are asked for its sign: jnp.signbit is a bit-cast and a shift.

Nothing else is known about the bits of a number that depends on the inputs. They are no whole number to compute with:
whatever else is done with them ends as a surprise, and the result is opaque.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.methods.jax.nodes import Nodes, Opaque, is_plain

SIGN = 63  # the place of the sign in a float64


class Bits:
    """Those of the number of a node. Not hashable, so that no step of a graph can have them as an argument."""

    __slots__ = ("of",)
    __hash__ = None  # type: ignore[assignment]  # that is what it is for

    def __init__(self, of: int) -> None:
        self.of = of


def _bitcast(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    before, after = eqn.invars[0].aval.dtype, eqn.outvars[0].aval.dtype
    if before != np.float64 or after not in (np.int64, np.uint64):
        raise Opaque
    entries = nodes.entries(inputs[0])
    out = np.empty(entries.shape, object)
    for at in np.ndindex(*out.shape):
        out[at] = Bits(int(entries[at]))
    return [out]


def _shift(sign: float) -> Any:
    """A shift that leaves the sign alone: `sign` for a number below zero, 0 for others. Which zero a 0 is, exact
    numbers do not say: that is decided by nan."""

    def read(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
        if is_plain(inputs[0]) or not is_plain(inputs[1]) or np.any(inputs[1] != SIGN):
            raise Opaque
        zero, found = nodes.const(0.0), []
        for bits in inputs[0].ravel().tolist():
            told = nodes.apply("where", nodes.apply("equal", bits.of, zero), nodes.const(np.nan), bits.of)
            found.append(nodes.apply("where", nodes.apply("less", told, zero), nodes.const(sign), zero))
        return [nodes.array(found, eqn.outvars[0].aval.shape)]

    return read


READERS = {
    "bitcast_convert_type": _bitcast, "shift_right_arithmetic": _shift(-1.0), "shift_right_logical": _shift(1.0),
}  # fmt: skip
