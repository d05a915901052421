"""The complex step of a black box, taken where the function is shown to be analytic, and nowhere else.

Im f(x + i h v) / h is the slope along v to the last digits if f is analytic. It is silently something else where
imaginary parts are dropped on the way: abs, norm, var, a cast. So f is looked at on circles around the point in a
random direction: of an analytic function the powers z^-1, z^-2, ... have no share in the values there, and their mean
is the value in the middle; of a function that drops a part of z they have, or it is not. What is found of that, and
what the first power says otherwise than the complex step, is its estimated error.

Source of the step: W. Squire and G. Trapp, SIAM Review 40 (1998); of the circles: J. N. Lyness and C. B. Moler,
"Numerical differentiation of analytic functions", SIAM J. Numer. Anal. 4 (1967).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy

import numpy as np

STEP = 1e-100
UNIT = 2.0**-53
ON_CIRCLE = 16  # points
RADII = (2.0**-3, 2.0**-6, 2.0**-12)  # of circles, as parts of the numbers that move
ALLOWED = 64.0  # times what rounding of the values makes of an analytic function's slope
SAFETY = 16.0  # shares of several entries may cancel along a random direction

Function = Callable[[np.ndarray], np.ndarray]  # flat entries, maybe complex, to flat components


class ComplexStep:
    """Slopes by the complex step.

    Attributes:
        refused: why it does not serve; "" where it does.
    """

    def __init__(self, f: Function, x: np.ndarray, directions: Sequence[np.ndarray], noise: np.ndarray) -> None:
        """`f` raises for complex numbers if it does not take them; each direction moves every entry, and `noise` is how
        far off the components of f may be."""
        self._f, self._x, self._noise = f, x, noise
        self._passed: list[tuple[np.ndarray, np.ndarray]] = []  # directions, and how far off the slopes along them are
        self.refused = ""
        try:
            self._verify(f(x), directions)
        except Exception as e:  # noqa: BLE001 - the caller's code may object to complex numbers in any way it likes
            said = str(e).strip().partition("\n")[0]
            self.refused = f"it takes no complex numbers ({type(e).__name__}{f': {said[:120]}' if said else ''})"

    def along(self, direction: np.ndarray) -> np.ndarray:
        """The slopes of all components along a direction."""
        with np.errstate(all="ignore"):
            return np.imag(self._f(self._x + 1j * STEP * direction)) / STEP

    def errors(self, direction: np.ndarray, slopes: np.ndarray) -> np.ndarray:
        """How far off the slopes along a direction may be: a share that is dropped there is seen along the random
        directions, too, in proportion to what they move."""
        moving = direction != 0.0
        shares = [e * float(np.sum(np.abs(direction[moving] / d[moving]))) for d, e in self._passed]
        return SAFETY * np.min(shares, axis=0) + 8.0 * UNIT * np.abs(slopes)

    def at(self, x: np.ndarray) -> ComplexStep:
        """The same at a point nearby, without another look."""
        moved = copy(self)
        moved._x = x
        return moved

    def _verify(self, here: np.ndarray, directions: Sequence[np.ndarray]) -> None:
        with np.errstate(all="ignore"):
            again = self._f(self._x.astype(complex))
        if not np.all(np.abs(again - here) <= self._noise + 64.0 * UNIT * np.abs(here)):
            self.refused = "it gives other values for complex numbers without an imaginary part"
            return
        for direction in directions:
            slope = self.along(direction)
            for radius in RADII:
                error = self._error(here, slope, direction, radius)
                allowed = ALLOWED * (self._noise / radius + UNIT * np.abs(slope))
                if np.all(error <= allowed):
                    self._passed.append((direction, error))
                    break
        if not self._passed:
            self.refused = "it is not analytic: somewhere imaginary parts are dropped, as by abs, norm or a cast"

    def _error(self, here: np.ndarray, slope: np.ndarray, direction: np.ndarray, radius: float) -> np.ndarray:
        """What a circle of this radius has against the slope along a direction."""
        turns = np.exp(2j * np.pi * np.arange(ON_CIRCLE) / ON_CIRCLE)
        with np.errstate(all="ignore"):
            values = np.array([self._f(self._x + radius * z * direction) for z in turns])
            powers = np.fft.fft(values, axis=0) / (ON_CIRCLE * radius)
            negative = np.max(np.abs(powers[-ON_CIRCLE // 4 :]), axis=0)  # z^-1 ... z^-4
            mean = np.abs(powers[0] - here / radius)  # what |z| shows at its kink, and no power
            return np.abs(powers[1] - slope) + negative + mean + self._noise + UNIT * np.abs(slope)
