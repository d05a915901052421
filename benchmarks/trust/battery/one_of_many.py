"""Large arrays: one wrong entry of ten thousand, all a little wrong, edges of a stencil. Truths are closed forms."""

from __future__ import annotations

from typing import Any

import numpy

from benchmarks.trust.battery.case import Family

FAMILY = Family("one_of_many")
wrong, right = FAMILY.wrong, FAMILY.right
_rng = numpy.random.default_rng(11)
N = 10_000
LONG, WEIGHTS = _rng.standard_normal(N), _rng.standard_normal(N)
MIDDLE = LONG[:1000]
TARGET = numpy.sin(numpy.arange(N))


def waves(np: Any, x: Any) -> Any:
    return np.sum(WEIGHTS * np.sin(x))


def _of_waves(np: Any, x: Any) -> Any:
    return WEIGHTS * np.cos(x)


def regression(np: Any, x: Any) -> Any:
    return np.mean((x - TARGET) ** 2)


def _of_regression(np: Any, x: Any) -> Any:
    return 2 * (x - TARGET) / N


def rosenbrock(np: Any, x: Any) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def _of_rosenbrock(np: Any, x: Any) -> Any:
    d = x[1:] - x[:-1] ** 2
    return np.concatenate([-400 * x[:-1] * d - 2 * (1 - x[:-1]), np.zeros(1)]) + np.concatenate([np.zeros(1), 200 * d])


def log_sum(np: Any, x: Any) -> Any:
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def _of_log_sum(np: Any, x: Any) -> Any:
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def heat(np: Any, x: Any) -> Any:
    """The energy of a chain with fixed ends."""
    return 0.5 * (x[0] ** 2 + np.sum((x[1:] - x[:-1]) ** 2) + x[-1] ** 2)


def _of_heat(np: Any, x: Any) -> Any:
    z = np.zeros(1)
    return 2 * x - np.concatenate([x[1:], z]) - np.concatenate([z, x[:-1]])


def regularised(np: Any, x: Any) -> Any:
    """A ridge of 1e-4 under ten thousand quartics."""
    return np.sum(x**4) / 4 + 5e-5 * np.sum(x**2)


def _of_regularised(np: Any, x: Any) -> Any:
    return x**3 + 1e-4 * x


def one(n: int, entry: int, factor: float) -> Any:
    return numpy.where(numpy.arange(n) == entry, factor, 1.0)


def _swapped(g: Any, i: int, j: int) -> Any:
    g = g.copy()
    g[[i, j]] = g[[j, i]]
    return g


WAVES, REGRESSION, ROSENBROCK = {"truth": _of_waves}, {"truth": _of_regression}, {"truth": _of_rosenbrock}
LSE, HEAT, RIDGE = {"truth": _of_log_sum}, {"truth": _of_heat}, {"truth": _of_regularised}

wrong("one sign of 10,000", waves, lambda np, x: _of_waves(np, x) * one(N, 6173, -1.0), LONG, "Entry 6173.", **WAVES)
wrong("one entry of 10,000 is 0", waves, lambda np, x: _of_waves(np, x) * one(N, 9999, 0.0), LONG,
      "A loop that ends one early.", **WAVES)
wrong("one entry of 10,000 is 1e-3 off", waves, lambda np, x: _of_waves(np, x) * one(N, 17, 1.001), LONG,
      "Entry 17.", **WAVES)
wrong("one entry of 10,000 is 1e-9 off", waves, lambda np, x: _of_waves(np, x) * one(N, 4242, 1 + 1e-9), LONG,
      "Entry 4242.", **WAVES)
wrong("one entry of 10,000 is 1e-12 off", waves, lambda np, x: _of_waves(np, x) * one(N, 512, 1 + 1e-12), LONG,
      "Entry 512.", **WAVES)
wrong("two entries of 10,000 swapped", waves, lambda np, x: _swapped(_of_waves(np, x), 100, 7000), LONG,
      "The sum of the gradient is right.", **WAVES)
wrong("10,000 entries shifted by one", waves, lambda np, x: numpy.roll(_of_waves(np, x), 1), LONG,
      "The same numbers in the wrong places.", **WAVES)
wrong("all of 10,000 are 0", waves, lambda np, x: 0 * x, LONG, "A detached graph.", **WAVES)
wrong("all of 10,000 are 1e-3 off", waves, lambda np, x: 1.001 * _of_waves(np, x), LONG,
      "A tenth of a per cent, everywhere.", **WAVES)
wrong("a mean over 10,000 without 1/n", regression, lambda np, x: 2 * (x - TARGET), LONG, "10,000 times too large.",
      **REGRESSION)
wrong("a mean over 10,000 by n - 1", regression, lambda np, x: 2 * (x - TARGET) / (N - 1), LONG,
      "1e-4 off in entries of 1e-4.", **REGRESSION)
wrong("entries of 1e-4 with their signs flipped", regression, lambda np, x: -_of_regression(np, x), LONG,
      "Every entry is below an absolute tolerance of 1e-3.", **REGRESSION)
wrong("a chain of 1000: the first entry", rosenbrock, lambda np, x: _of_rosenbrock(np, x) * one(1000, 0, 0.5),
      MIDDLE, "An end treated as an inner point.", **ROSENBROCK)
wrong("a chain of 1000: the last entry", rosenbrock, lambda np, x: _of_rosenbrock(np, x) * one(1000, 999, 2.0),
      MIDDLE, "The other end.", **ROSENBROCK)
wrong("softmax over 10,000: the smallest weight", log_sum,
      lambda np, x: _of_log_sum(np, x) * one(N, int(LONG.argmin()), 3.0), LONG,
      "An entry of 1e-6 beside ones of 1e-3.", **LSE)
wrong("softmax over 10,000 that sums to 0.99", log_sum, lambda np, x: 0.99 * _of_log_sum(np, x), LONG,
      "One per cent off in entries of 1e-4.", **LSE)
wrong("a stencil with periodic ends", heat, lambda np, x: 2 * x - numpy.roll(x, 1) - numpy.roll(x, -1), LONG,
      "np.roll joins the ends; two entries of 10,000 are wrong.", **HEAT)
wrong("the ridge is forgotten", regularised, lambda np, x: x**3, MIDDLE, "1e-4 x in each of 1000 entries.", **RIDGE)
wrong("the ridge is doubled", regularised, lambda np, x: x**3 + 2e-4 * x, MIDDLE, "lambda/2 |x|^2 or lambda |x|^2.",
      **RIDGE)

right("10,000 waves", waves, _of_waves, LONG, "A sum of rounding errors in the value, none in the gradient.", **WAVES)
right("10,000 squares in a mean", regression, _of_regression, LONG, "Entries of 1e-4 and smaller.", **REGRESSION)
right("10,000 squares at their minimum", regression, _of_regression, TARGET, "10,000 exact zeros.", **REGRESSION)
right("a chain of 1000 from far away", rosenbrock, _of_rosenbrock, MIDDLE, "Ends and 998 inner points.", **ROSENBROCK)
right("softmax over 10,000", log_sum, _of_log_sum, LONG, "Weights from 1e-6 to 1e-2.", **LSE)
right("softmax over 10,000 with one dominant logit", log_sum, _of_log_sum,
      numpy.where(numpy.arange(N) == 77, 60.0, LONG), "One weight of 1 and 9,999 of about 1e-26.", **LSE)
right("a stencil over 10,000 of a smooth field", heat, _of_heat, numpy.arange(1.0, N + 1),
      "Second differences of a straight line: exact zeros but for the last.", **HEAT)
right("10,000 quartics near 0", regularised, _of_regularised, 1e-6 * MIDDLE,
      "The ridge outweighs the quartic by 1e8.", **RIDGE)
right("a sum of 10,000 that cancels", waves, _of_waves, numpy.concatenate([LONG[:5000], -LONG[:5000]]),
      "Large sums of either sign.", **WAVES)
