"""Finite differences with an error estimate: central, extrapolated, the step chosen by the estimate.

A witness, not a judge: no promise is made below the estimated error.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np

from symdiff.methods.black_box import BlackBox, Function, Slope, extrapolated, reach


class FiniteDifference(BlackBox):
    """Extrapolated central differences of order 8."""

    name = "finite_difference"

    def __init__(
        self, within: Callable[[Sequence[float], Sequence[float]], float] = reach, noise: Sequence[float] = ()
    ) -> None:
        """`within(x, direction)` is how far the differences may go along a direction, `noise` how far off each
        component's values may be: where it is not given, half a unit in the last place."""
        self._within, self._noise = within, noise

    def slope(self, f: Function, x: Sequence[float], direction: Sequence[float]) -> Slope:
        @functools.cache  # components share the points of their grids
        def moved(t: float) -> list[float]:
            return [float(np.real(y)) for y in f([np.float64(a + t * d) for a, d in zip(x, direction, strict=True)])]

        count, scale = len(moved(0.0)), self._within(x, direction)
        noise = self._noise or [0.0] * count
        found = [extrapolated(lambda t, o=o: moved(t)[o], scale, noise=noise[o]) for o in range(count)]
        return Slope([v for v, _ in found], [e for _, e in found])
