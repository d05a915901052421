"""A claim in float64 with a part in float32: its errors are as small as those of finite differences, but they jump.

What is rounded to float32 stays the same number where an argument moves by its last place, and becomes another where it
moves by a few of float32's. The error of finite differences moves at the first already, where it is rounding, and not
at the second, where it is the step; so does that of a constant with few digits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from symdiff.crosscheck.claimed.nearness import Seen, errors

STEPS = (1e-10, 1e-5)  # relative errors that a part in float32 may leave
LAST_PLACES = 2e-15  # a relative move of a few of float64's
OTHER_NUMBERS = (3e-7, -4e-7, 7e-7, -8e-7)  # of a few of float32's
STILL = 1e-3  # of an error: what is less is no other
MOVED = 0.05
MOST_STILL = 0.25  # of the errors: by accident


def narrow_part(seen_at: Callable[[float], Seen]) -> str:
    """That some of a claim is computed in float32, if its errors say so; else "". `seen_at` says what is claimed and
    right where all arguments are moved by a small part of their size."""
    try:
        here, beside, *others = (seen_at(t) for t in (0.0, LAST_PLACES, *OTHER_NUMBERS))
    except Exception:  # noqa: BLE001 - the claim may object to a point that nobody asked for
        return ""
    found = errors([here])
    least, most = STEPS
    these = (found > least) & (found < most)
    if not np.any(these) or np.max(found) >= most or _is_decimal(here):
        return ""
    error = _gaps(here)[these]
    if np.any(np.abs(_gaps(beside)[these] - error) > STILL * np.abs(error)):
        return ""
    still = [np.abs(_gaps(p)[these] - error) < MOVED * np.abs(error) for p in others]
    return "a part of it is computed in float32: the errors jump as float32's do" if np.mean(still) < MOST_STILL else ""


def _gaps(p: Seen) -> np.ndarray:
    return np.concatenate([np.ravel(c - r) for c, r in zip(p.claimed, p.right, strict=True)])


def _is_decimal(p: Seen) -> bool:
    """Whether the claim is rounded to decimals, which jumps, too."""
    return all(np.array_equal(c, np.round(c, 12)) for c in p.claimed)
