"""A few steps in a form that costs less and has the same bits.

`np.where` asks entry by entry, and a processor that guesses the answer is wrong half of the time for the signs of a
network's pre-activations: 35 microseconds for 16,384 entries, where and, xor on the bits take 6.
"""

from __future__ import annotations

from typing import Any

import numpy as np

LONG = 2048  # entries: below that `np.where` is as fast

_BITS = {np.dtype(np.float64): np.int64, np.dtype(np.float32): np.int32}
_HALF = 0.5
_ZERO = np.zeros((), np.float32)  # of the narrowest dtype, which goes into the others


def chosen(c: Any, a: Any, b: Any, out: Any = None) -> Any:
    """`np.where(c, a, b)` of long float arrays of one shape and dtype in C order; `b` may be one number. `out` is an
    array for it that is none of the others."""
    if np.ndim(a) == np.ndim(b) == 0 and a == 1.0 and b == 0.0 and c.dtype == np.bool_ and out is not None:
        np.copyto(out, c)
        return out
    kind = _BITS.get(a.dtype) if isinstance(a, np.ndarray) else None
    if kind is None or c.dtype != np.bool_ or c.shape != a.shape or a.size < LONG or not a.flags.c_contiguous:
        return _by_asking(c, a, b, out)
    b = np.asarray(b, a.dtype)
    if b.shape not in (a.shape, ()):
        return _by_asking(c, a, b, out)
    found = np.empty(a.shape, kind) if out is None else out.view(kind)
    bits, other = a.view(kind), b.view(kind)
    if other.ndim == 0 and other == 0:  # +0.0
        np.negative(c.view(np.int8), found)  # all bits where c holds, else none
        return np.bitwise_and(bits, found, found).view(a.dtype)
    np.bitwise_xor(bits, other, found)
    np.bitwise_and(found, np.negative(c.view(np.int8), dtype=kind), found)
    return np.bitwise_xor(found, other, found).view(a.dtype)


def _by_asking(c: Any, a: Any, b: Any, out: Any) -> Any:
    found = np.where(c, a, b)
    if out is None:
        return found
    np.copyto(out, found)
    return out


def to_the_larger(ct: Any, a: Any, b: Any, out: Any = None) -> Any:
    """The share of `a` in the cotangent of max(a, b), as the row has it: all, none, or half at a tie."""
    greater = np.greater(a, b)
    if out is None and greater.size < LONG and greater.shape == np.shape(ct):
        less = np.less(a, b)
        if np.count_nonzero(greater) + np.count_nonzero(less) == greater.size:  # no tie, and no nan
            found = np.array(ct)
            np.putmask(found, less, _ZERO)
            return found
    tie = np.equal(a, b)
    if np.count_nonzero(tie):
        return _by_asking(greater, ct, np.where(tie, ct * _HALF, 0.0), out)
    return chosen(greater, ct, 0.0, out)


def tanh_pulled_back(ct: Any, y: Any, x: Any) -> Any:
    """ct 4 sigmoid(2x) sigmoid(-2x) as in the row, with one exponential: the same bits.

    Both are 1/d and e/d with e = exp(-|2x|) and d = 1 + e; a factor 4 is exact.
    """
    e = np.exp(np.abs(x) * -2.0)
    d = e + 1.0
    return ct * ((4.0 / d) * (e / d))
