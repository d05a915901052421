"""Claimed and true numbers side by side: whether they are the same, and whether a mistake explains what was claimed.

A mistake explains a claim where what it makes is what was claimed, to its digits, and the truth is clearly another. Of
numbers that hardly differ, or that are not finite, nothing can be told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

NEAR = 1e-7  # relative: numbers further apart are clearly others
ROUNDING = 1e-13  # relative: what rounding leaves of a right entry
NOISE = 1e-12  # of the largest entry: what is below may be all rounding
EXPLAINED = 1e-6  # of a claim's error: so much may be left by what explains it
LAST_PLACES = 16 * 2.0**-52  # relative: no factor is told apart from 1 below
VISIBLE = 1e-9  # of the largest entry: smaller ones have no ratio that says something


@dataclass(frozen=True)
class Seen:
    """One point: the claimed arrays, the right ones, and the arguments they belong to (none where there are none).
    `rounding` is the relative error of what is right, in the claim's own arithmetic."""

    claimed: Sequence[np.ndarray]
    right: Sequence[np.ndarray]
    x: Sequence[np.ndarray] = ()
    rounding: float = ROUNDING

    def only(self, k: int) -> Seen:
        """One of the arrays by itself."""
        return Seen([self.claimed[k]], [self.right[k]], rounding=self.rounding)

    @property
    def finite(self) -> bool:
        """Of other numbers there is nothing to say but that they are not finite, and the finding says that."""
        return all(bool(np.all(np.isfinite(v))) for v in (*self.claimed, *self.right))


def near(a: np.ndarray, b: np.ndarray, size: float = 0.0) -> np.ndarray:
    """Entry by entry, whether two arrays are hardly different. inf is near inf only, and nan near nan."""
    with np.errstate(all="ignore"):
        close = np.abs(a - b) <= NEAR * np.maximum(np.abs(a), np.abs(b)) + NOISE * size
        finite = np.isfinite(a) & np.isfinite(b)
        return (close & finite) | (a == b) | (np.isnan(a) & np.isnan(b))


def largest(a: np.ndarray) -> float:
    return float(np.max(np.abs(a), initial=0.0))


def all_near(found: Sequence[np.ndarray], made: Sequence[np.ndarray]) -> bool:
    return all(bool(np.all(near(a, b, largest(b)))) for a, b in zip(found, made, strict=True))


def right_to_rounding(p: Seen, k: int) -> np.ndarray:
    """Entry by entry, whether what is claimed is right as far as anybody can tell."""
    claimed, right = p.claimed[k], p.right[k]
    with np.errstate(all="ignore"):
        gap = np.abs(claimed - right)
        return gap <= p.rounding * np.abs(right) + 1e-3 * p.rounding * largest(right)


def to_its_digits(p: Seen, made: Sequence[np.ndarray]) -> bool:
    """Whether what a mistake makes is the claim: hardly anything is left of the claim's error."""
    with np.errstate(all="ignore"):
        for c, r, m in zip(p.claimed, p.right, made, strict=True):
            allowed = np.maximum(EXPLAINED * np.abs(c - r), p.rounding * np.maximum(np.abs(c), np.abs(m)))
            if not np.all(np.abs(c - m) <= allowed + NOISE * largest(r)):
                return False
    return True


def explains(seen: Sequence[Seen], made: Sequence[Sequence[np.ndarray]]) -> bool:
    """Whether what a mistake makes is what was claimed at every point, and at some clearly not what is right."""
    return all(to_its_digits(p, m) for p, m in zip(seen, made, strict=True)) and not all(
        all_near(m, p.right) for p, m in zip(seen, made, strict=True)
    )


# -- over all points -------------------------------------------------------------------------------------


def flat(seen: Sequence[Seen], of: Callable[[Seen, int], np.ndarray]) -> np.ndarray:
    with np.errstate(all="ignore"):
        each = [np.ravel(of(p, k)) for p in seen for k in range(len(p.right))]
    return np.concatenate(each) if each else np.empty(0)


def errors(seen: Sequence[Seen]) -> np.ndarray:
    """The relative errors; inf where zero is missed."""
    gaps = flat(seen, lambda p, k: np.abs(p.claimed[k] - p.right[k]))
    sizes = flat(seen, lambda p, k: np.abs(p.right[k]))
    with np.errstate(all="ignore"):
        return np.where(gaps == 0, 0.0, gaps / sizes)


def factor(seen: Sequence[Seen]) -> float | None:
    """The one number that all claimed entries are the right ones times; None if there is none, or it is 1."""
    ratios, sizes = (flat(seen, of) for of in (
        lambda p, k: p.claimed[k] / p.right[k],
        lambda p, k: np.abs(p.right[k]) / max(largest(p.right[k]), 1e-300)))  # fmt: skip
    ratios = ratios[sizes > VISIBLE]
    if not ratios.size or not np.all(np.isfinite(ratios)):
        return None
    c = float(np.median(ratios))
    allowed = min(1e-9 * max(abs(c), 1e-3), 0.1 * abs(c - 1))
    same = abs(c - 1) > LAST_PLACES and bool(np.all(np.abs(ratios - c) <= allowed))
    return c if same and all(_times(p, k, c) for p in seen for k in range(len(p.right))) else None


def _times(p: Seen, k: int, c: float) -> bool:
    """Whether the entries that are too small for a ratio do not speak against a factor: zeros stay, none is right."""
    claimed, right = p.claimed[k], p.right[k]
    kept = right_to_rounding(p, k) & (right != 0) & (np.abs(claimed - right) <= p.rounding * np.abs(right))
    return bool(np.all(near(claimed, c * right, largest(right)))) and not (abs(c - 1) > NEAR and bool(np.any(kept)))
