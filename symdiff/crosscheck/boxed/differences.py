"""Slopes of a function of one number by extrapolated differences, each with an estimate of its error.

`scipy.differentiate.derivative` refines its steps in the same way. It knows nothing of the noise in the values of a
black box (a solver's tolerance, float32 inside), and nothing of a kink: the differences of |x| at 0 are zero at every
step, and so is their estimated error. Here the noise is measured, and the jump of the slope is estimated from the
same values and counts as an error.

Source of the extrapolation: L. F. Richardson and J. A. Gaunt, "The deferred approach to the limit" (1927).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

UNIT = 2.0**-53
POINTS = (4, 3, 2)  # on each side of a grid: t, t/2, t/4, t/8, or fewer of them where the values are noisy
LEVELS = 48  # halvings of a grid at most: down to the last places of the argument
GOOD = 1e-13  # a relative error that no values of float64 give better
FAR_BELOW = 0.37 * 2.0**-10  # a second look, off the first grid: what ties with halving does not tie with this
SHARP = 1e-8  # a relative error with which a finer estimate overrules a coarser one
EDGE = 0.1  # a relative error with which a one-sided slope is none: that of sqrt at 0 grows and grows
SAFETY = 2.0

Phi = Callable[[float], np.ndarray]
Look = Callable[[int, int], tuple[np.ndarray, np.ndarray, float]]  # level, points: value, jump, amplification


def _weights(powers: Sequence[int], wanted: int, points: int) -> np.ndarray:
    """w with sum_i w_i t_i**p = 1 for the wanted power and 0 for the others, t_i = 1, 1/2, 1/4, ..."""
    rows = (0.5 ** np.arange(points)) ** np.array(powers[:points])[:, None]
    return np.linalg.solve(rows, np.array([float(p == wanted) for p in powers[:points]]))


SLOPE = {n: _weights((1, 3, 5, 7), 1, n) for n in POINTS}  # of (phi(t) - phi(-t)) / 2
JUMP = {n: _weights((1, 2, 4, 6), 1, n) for n in POINTS}  # of the slope, at 0: of phi(t) + phi(-t) - 2 phi(0)
CURVE = {n: _weights((2, 4, 6, 8), 2, n) for n in POINTS}  # the second derivative, of the same
ONE_SIDED = {n: _weights((1, 2, 3, 4), 1, n) for n in POINTS}  # of phi(t) - phi(0)


@dataclass
class Estimated:
    """Derivatives, one for each component of a function, or the entries of an operator in flat order; how far off each
    may be (inf: nothing is known); and why, where there is more to say."""

    values: np.ndarray
    errors: np.ndarray
    why: list[str]


@dataclass
class Grid:
    """The values of phi at t, t/2, t/4, ... to both sides; nan where it is not defined."""

    phi: Phi
    step: float
    center: np.ndarray
    right: list[np.ndarray] = field(default_factory=list)
    left: list[np.ndarray] = field(default_factory=list)

    def width(self, k: int, points: int) -> float:
        """How far the stencil of so many points goes that ends with level k."""
        return self.step * 2.0 ** (points - 1 - k)

    def sides(self, k: int, points: int) -> tuple[np.ndarray, np.ndarray]:
        """phi at the points of the stencil, to the right and to the left: points x components."""
        while len(self.right) <= k:
            t = self.step * 2.0 ** -len(self.right)
            self.right.append(self.phi(t))
            self.left.append(self.phi(-t))
        chosen = slice(k + 1 - points, k + 1)
        return np.array(self.right[chosen]), np.array(self.left[chosen])

    def slope(self, k: int, points: int) -> tuple[np.ndarray, np.ndarray, float]:
        """The slope, by how much it jumps at 0, and by what an error of phi is multiplied."""
        right, left = self.sides(k, points)
        width = self.width(k, points)
        jump = JUMP[points] @ (right + left - 2.0 * self.center) / width
        amplified = float(np.sum(np.abs(SLOPE[points])) + 4.0 * np.sum(np.abs(JUMP[points])))
        return SLOPE[points] @ (right - left) / (2.0 * width), np.abs(jump), amplified / width

    def curve(self, k: int, points: int) -> tuple[np.ndarray, np.ndarray, float]:
        """The second derivative. A jump of the slope makes it grow from level to level, and needs no other look."""
        right, left = self.sides(k, points)
        width = self.width(k, points)
        found = CURVE[points] @ (right + left - 2.0 * self.center) / width**2
        return found, np.zeros_like(self.center), 4.0 * float(np.sum(np.abs(CURVE[points]))) / width**2

    def one_sided(self, k: int, points: int) -> tuple[np.ndarray, np.ndarray, float]:
        """The slope to the side where phi is defined."""
        right, left = self.sides(k, points)
        width = self.width(k, points)
        from_right = ONE_SIDED[points] @ (right - self.center) / width
        from_left = -ONE_SIDED[points] @ (left - self.center) / width
        found = np.where(np.isnan(from_right), from_left, from_right)
        return found, np.zeros_like(self.center), 2.0 * float(np.sum(np.abs(ONE_SIDED[points]))) / width


def first(phi: Phi, center: np.ndarray, reach: float, noise: np.ndarray, jitter: float = 0.0) -> Estimated:
    """phi'(0), component by component.

    Args:
        phi: takes a number, returns an array of shape (m,); nan where it is not defined.
        center: phi(0).
        reach: how far the first grid goes; it is halved as long as that helps.
        noise: how far off the values of phi may be, shape (m,).
        jitter: how far off t may be, by the rounding of the argument.
    """
    with np.errstate(all="ignore"):
        grid = Grid(phi, reach, center)
        found, jumps, width = _best(grid, grid.slope, noise, jitter)
        found, jumps = _looked_at_again(found, jumps, Grid(phi, width * FAR_BELOW, center), noise, jitter)
        edge = ~np.isfinite(found.errors)
        if np.any(edge):
            found = _with_edges(found, edge, _best(grid, grid.one_sided, noise, jitter)[0])
    for i in np.flatnonzero(jumps > 0.5 * found.errors / SAFETY):
        ends = [found.values[i] + s * jumps[i] / 2 for s in (-1, 1)]
        found.why[i] = f"the slope of f jumps here, from {ends[0]:.6g} to {ends[1]:.6g} or back: a kink"
    return found


def second(phi: Phi, center: np.ndarray, reach: float, noise: np.ndarray, jitter: float = 0.0) -> Estimated:
    """phi''(0), component by component; see `first`."""
    with np.errstate(all="ignore"):
        grid = Grid(phi, reach, center)
        return _best(grid, grid.curve, noise, jitter, order=2)[0]


def _best(
    grid: Grid, look: Look, noise: np.ndarray, jitter: float, order: int = 1
) -> tuple[Estimated, np.ndarray, float]:
    """The stencil for which truncation and rounding together are least, component by component; the jumps there, and
    how far most of these stencils go.

    What the two levels before say otherwise is the estimate of the truncation: they are coarser, and so further off.
    Where they do not draw nearer to one another there is no such estimate: the slope of sqrt at 0.
    """
    m = len(grid.center)
    values, errors, jumps, widths = np.full(m, np.nan), np.full(m, np.inf), np.zeros(m), np.full(m, grid.step)
    coarse, doubt = np.full(m, np.nan), np.full(m, np.inf)  # the best so far, whether it settles or not
    last: dict[int, list[np.ndarray]] = {n: [] for n in POINTS}
    for k in range(max(POINTS) - 1, LEVELS):
        least, smallest = np.full(m, np.inf), np.inf  # that rounding leaves at this level, by any stencil
        for n in POINTS:
            value, jump, amplified = look(k, n)
            rounding = amplified * (noise + jitter * np.abs(value) * grid.width(k, n) ** (order - 1))
            least, smallest = np.fmin(least, rounding), min(smallest, amplified)
            if len(last[n]) == 2:
                before, now = np.abs(last[n][1] - last[n][0]), np.abs(value - last[n][1])
                error = np.maximum(now, np.abs(value - last[n][0]) / 16.0) + jump + rounding
                gap = np.abs(value - coarse)
                other = (gap > error + doubt) & ~(error <= SHARP * np.abs(value))  # steps only a wider grid sees?
                error = np.where(other, error + gap, error)
                coarse, doubt = np.where(error < doubt, value, coarse), np.fmin(error, doubt)
                better = (now <= before / 2.0 + rounding) & (error < errors)
                values, errors = np.where(better, value, values), np.where(better, error, errors)
                jumps = np.where(better, np.where(jump > 2.0 * rounding, jump, 0.0), jumps)
                widths = np.where(better, grid.width(k, n), widths)
            last[n] = [*last[n][-1:], value]
        if np.all((least > errors) | (errors <= GOOD * np.abs(values))) or np.all(2.0 * smallest * noise >= errors):
            break  # the next level has at least twice the rounding
    return Estimated(values, SAFETY * errors, [""] * m), jumps, float(np.median(widths)) if m else grid.step


def _looked_at_again(
    found: Estimated, jumps: np.ndarray, close: Grid, noise: np.ndarray, jitter: float
) -> tuple[Estimated, np.ndarray]:
    """A grid far below that tells another slope: the function has structure that the first has missed. Where the
    finer one is sharp, it is taken; else neither is."""
    value, jump, amplified = close.slope(max(POINTS) - 1, max(POINTS))
    gap = np.abs(value - found.values)
    other = np.isfinite(found.errors) & (gap > found.errors + jump + amplified * (noise + jitter * np.abs(value)))
    if not np.any(other):
        return found, jumps
    finer, theirs, _ = _best(close, close.slope, noise, jitter)
    sharp = other & (finer.errors <= SHARP * np.abs(finer.values))
    why = [f"f has another slope {close.step:.1g} around than further off" if o else "" for o in other & ~sharp]
    errors = np.where(other, gap + found.errors, found.errors)
    values = np.where(sharp, finer.values, found.values)
    return Estimated(values, np.where(sharp, finer.errors, errors), why), np.where(sharp, theirs, jumps)


def _with_edges(found: Estimated, edge: np.ndarray, one_sided: Estimated) -> Estimated:
    """At the edge of the domain: what one side says, where it says a number."""
    one_sided.errors[~(one_sided.errors <= EDGE * np.abs(one_sided.values))] = np.inf
    why = [
        ("f is defined on one side only" if np.isfinite(e) else "the differences of f do not settle") if at else said
        for at, e, said in zip(edge, one_sided.errors, found.why, strict=True)
    ]
    errors = np.where(edge, one_sided.errors, found.errors)
    return Estimated(np.where(edge, one_sided.values, found.values), errors, why)


def noise_of(phi: Phi, scale: float) -> np.ndarray:
    """How far off the values of phi may be, measured: what is rough in its values at five spacings, and at least
    their roundoff.

    Fourth and higher differences of a smooth function vanish between points that lie so close together; what is left is
    noise. Source: J. Moré and S. Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011).
    """
    with np.errstate(all="ignore"):
        noise = 2.0 * UNIT * np.abs(phi(0.0))
        for spacing in (2.0**-42, 2.0**-37, 2.0**-32, 2.0**-26, 2.0**-20):
            table = np.array([phi(k * spacing * scale) for k in range(-6, 7)])
            sigma = np.fmax(_rough(table[:7]), _rough(table[6:]))  # a kink at 0 lies between the halves
            noise = np.where(np.isfinite(sigma), np.maximum(noise, 6.0 * sigma), noise)
    return noise


def _rough(table: np.ndarray) -> np.ndarray:
    """The size of the noise in a column, by its differences of order 4, 5 and 6."""
    factor, found = 1.0, np.zeros(table.shape[1:])
    for order in range(1, 7):
        table = np.diff(table, axis=0)
        factor *= order * order / (2.0 * order * (2.0 * order - 1.0))  # (k!)^2 / (2k)!
        if order >= 4:
            found = np.maximum(found, np.sqrt(factor * np.mean(table**2, axis=0)))
    return found
