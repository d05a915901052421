"""Finite differences with an error estimate: central, extrapolated, the step chosen by the estimate.

A witness, not a judge: no promise is made below the estimated error.
"""

from __future__ import annotations

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
        count = len(f([np.float64(a) for a in x]))
        found = [self._component(f, x, direction, o) for o in range(count)]
        return Slope([v for v, _ in found], [e for _, e in found])

    def _component(
        self, f: Function, x: Sequence[float], direction: Sequence[float], component: int
    ) -> tuple[float, float]:
        def phi(t: float) -> float:
            return float(np.real(f([np.float64(a + t * d) for a, d in zip(x, direction, strict=True)])[component]))

        return extrapolated(phi, self._within(x, direction), noise=self._noise[component] if self._noise else 0.0)
