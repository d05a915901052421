"""What floating point does to derivatives: precision, overflow, subnormals, cancellation, numbers for formulas."""

from __future__ import annotations

from typing import Any

import numpy

from benchmarks.trust.battery.case import Family

FAMILY = Family("floating_point")
wrong, right, inaccurate = FAMILY.wrong, FAMILY.right, FAMILY.inaccurate
KAHAN = "Kahan, Miscalculating Area and Angles of a Needle-like Triangle"
HIGHAM = "Higham (2002), Accuracy and Stability of Numerical Algorithms"


def smooth(np: Any, x: Any) -> Any:
    return np.sin(x) * np.exp(0.3 * x)


def _of_smooth(np: Any, x: Any) -> Any:
    return (np.cos(x) + 0.3 * np.sin(x)) * np.exp(0.3 * x)


def energy(np: Any, x: Any) -> Any:
    return np.sum(np.log1p(x**2))


def _of_energy(np: Any, x: Any) -> Any:
    return 2 * x / (1 + x**2)


def root_minus_one(np: Any, x: Any) -> Any:
    return x**2 / (1 + np.sqrt(1 + x**2))


def smaller_root(np: Any, b: Any) -> Any:
    """The smaller root of t^2 - b t + 1, without cancellation."""
    return 2 / (b + np.sqrt((b - 2) * (b + 2)))


def area(np: Any, x: Any) -> Any:
    """A triangle's area by its sides a >= b >= c, as Kahan brackets it."""
    a, b, c = x[0], x[1], x[2]
    return np.sqrt((a + (b + c)) * (c - (a - b)) * (c + (a - b)) * (a + (b - c))) / 4


def _of_area(np: Any, x: Any) -> Any:
    a, b, c = x[0], x[1], x[2]
    return np.stack([a * ((b - a) * (b + a) + c * c), b * ((a - b) * (a + b) + c * c),
        c * (a * a + (b - c) * (b + c))]) / (8 * area(np, x))


def normalised(np: Any, x: Any) -> Any:
    return x[0] / np.hypot(x[0], x[1])


def log_sum(np: Any, x: Any) -> Any:
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


wrong("computed in float32", smooth, lambda np, x: float(numpy.float32(_of_smooth(numpy, numpy.float32(x)))), 1.1,
      "A cast inside the gradient: seven digits.")
wrong("one constant in float16", smooth, lambda np, x: (np.cos(x) + float(numpy.float16(0.3)) * np.sin(x))
      * np.exp(0.3 * x), 1.1, "0.3 is 0.30005 there.")
wrong("the argument truncated to an integer", smooth, lambda np, x: _of_smooth(numpy, float(int(x))), 2.7,
      "int(x) where x was meant.")
wrong("integer division", lambda np, x: x**1.5 / 3, lambda np, x: 1.5 * x**0.5 * (1 // 3), 4.2, "1 // 3 is 0.")
wrong("an integer exponent table", lambda np, x: x * 2.0**-1 + x**2, lambda np, x: 1 // 2 + 2 * x, 0.5,
      "2**-1 in integers is 0; torch's ldexp had it.", source="https://github.com/pytorch/pytorch/issues/187460")
wrong("a forward difference with h = 1e-6", smooth, lambda np, x: (smooth(numpy, x + 1e-6) - smooth(numpy, x))
      / 1e-6, 1.1, "Correct to six digits, and claimed as exact.")
wrong("a central difference with h = 1e-4", smooth, lambda np, x: (smooth(numpy, x + 1e-4) - smooth(numpy, x - 1e-4))
      / 2e-4, 1.1, "Correct to nine digits.")
wrong("a central difference across a kink", lambda np, x: np.abs(x),
      lambda np, x: (abs(x + 1e-6) - abs(x - 1e-6)) / 2e-6, 3e-7, "0.3 where the slope is 1.")
wrong("a forward difference at 1e3", lambda np, x: x**2, lambda np, x: ((x + 1e-3) ** 2 - x**2) / 1e-3, 1e3,
      "2x + h: 1e-3 beside 2000.")
wrong("an epsilon in the denominator", normalised, lambda np, x: np.stack([x[1] ** 2, -x[0] * x[1]])
      / (np.hypot(x[0], x[1]) ** 3 + 1e-8), [0.6, 0.8], "Not the derivative of the function as it stands: 1e-8 off.")
wrong("an epsilon inside the logarithm", lambda np, x: np.log(x), lambda np, x: 1 / (x + 1e-10), 1e-4,
      "A relative error of 1e-6.")
wrong("a clipped gradient", energy, lambda np, x: np.clip(2 * x / (1 + x**2), -0.9, 0.9), [0.1, 1.0, -3.0],
      "Gradient clipping left in.")
wrong("a rounded gradient", energy, lambda np, x: np.round(2 * x / (1 + x**2), 6), [0.1, 0.7, -3.0],
      "Six decimals from a table.")
wrong("the tail set to 0", lambda np, x: np.exp(-(x**2)),
      lambda np, x: numpy.where(numpy.abs(x) > 5, 0.0, -2 * x * numpy.exp(-(x**2))), 5.5,
      "-8e-13 was called negligible.")
wrong("subnormals flushed", lambda np, x: 2**-1040 * x, lambda np, x: numpy.where(2.0**-1040 < 2.0**-1022, 0.0, 1.0)
      * x, 1.0, "The slope is a subnormal number, not 0.")
wrong("log-sum-exp without its shift", log_sum, lambda np, x: np.exp(x) / np.sum(np.exp(x)), [800.0, 799.0, 1.0],
      "inf/inf.")

right("the complex step", smooth, lambda np, x: numpy.imag(smooth(numpy, x + 1e-200j)) / 1e-200, 1.1,
      "No formula at all, and right to the last digits.",
      source="Squire, Trapp (1998), Using Complex Variables to Estimate Derivatives of Real Functions")
right("a slope of the least subnormal", lambda np, x: 2.0**-1074 * x, lambda np, x: 2.0**-1074 + 0 * x, 3.0, "5e-324.")
right("sqrt of the least subnormal", lambda np, x: np.sqrt(x), lambda np, x: 0.5 / np.sqrt(x), 2.0**-1074,
      "2.2e161 at the first number above 0.")
right("a square whose value underflows", lambda np, x: x**2, lambda np, x: 2 * x, 1e-170,
      "The value is 0 in float64, the slope 2e-170.")
right("a value close to overflow", lambda np, x: 1e308 * np.sin(x), lambda np, x: 1e308 * np.cos(x), 1.2,
      "No difference of values may be doubled.")
right("1e300 x with a value of 1e307", lambda np, x: 1e300 * x, lambda np, x: 1e300 + 0 * x, 1e7,
      "A constant slope of 1e300.")
right("(1e16 + x) - 1e16", lambda np, x: (1e16 + x) - 1e16, lambda np, x: 1.0 + 0 * x, 0.7,
      "A step function in float64 whose slope is 1.")
right("sqrt(1 + x^2) - 1 without cancellation", root_minus_one, lambda np, x: x / np.sqrt(1 + x**2), 1e-8,
      "The naive value is 0.", source=HIGHAM)
right("the smaller root of a quadratic", smaller_root,
      lambda np, b: -smaller_root(np, b) / np.sqrt((b - 2) * (b + 2)), 1e8,
      "b - sqrt(b^2 - 4) would cancel; the slope is -1e-16.", source=HIGHAM)
right("a needle-like triangle", area, _of_area, [1.0, 1.0, 2.0**-30], "Three sides, one of 1e-9.", source=KAHAN)
right("a nearly flat triangle", area, _of_area, [1.0, 0.5, 0.5 + 2.0**-40], "The area is 1e-6, its gradient 3e5.",
      source=KAHAN)
right("x - sin x at 1e-3", lambda np, x: x - np.sin(x), lambda np, x: 2 * np.sin(x / 2) ** 2, 1e-3,
      "1 - cos x cancels, 2 sin^2(x/2) does not.")
right("(1 - cos x)/x^2 at 1e-4", lambda np, x: 2 * (np.sin(x / 2) / x) ** 2, lambda np, x: -x / 12 + x**3 / 180
      - x**5 / 6720, 1e-4, "A removable point close by; the series is exact here.")
right("difference of squares", lambda np, x: (x[0] - x[1]) * (x[0] + x[1]),
      lambda np, x: np.stack([2 * x[0], -2 * x[1]]), [1e8 + 1, 1e8], "x^2 - y^2 would lose all digits of the value.")
right("a product whose middle overflows nowhere", lambda np, x: (1e200 * x) * 1e-200 * x, lambda np, x: 2 * x, 1e100,
      "Intermediate values of 1e300.")
right("normalised at 1e-200", normalised, lambda np, x: x[1] / np.hypot(x[0], x[1]) / np.hypot(x[0], x[1])
      * np.stack([x[1], -x[0]]) / np.hypot(x[0], x[1]), [6e-200, 8e-200],
      "Slopes of 1e200 in numbers whose squares underflow.")
right("at minus zero", lambda np, x: x**3 + 2 * x, lambda np, x: 3 * x**2 + 2, -0.0, "-0.0 is a point like any other.")
right("log of a product of small numbers", lambda np, x: np.sum(np.log(x)), lambda np, x: 1 / x,
      [1e-200, 1e-250, 1e-300], "The product underflows.")
right("log-sum-exp at 1e10", log_sum, lambda np, x: np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x))),
      [1e10, 1e10], "1/2 each; Stan had 0.9999995 for their sum.",
      source="https://github.com/stan-dev/math/issues/1679")

inaccurate("1 - cos x at 1e-5", lambda np, x: x - np.sin(x), lambda np, x: 1 - np.cos(x), 1e-5,
           "Half of the digits cancel.")
inaccurate("the smaller root by the larger's formula", smaller_root, lambda np, b: 0.5 * (1 - b / np.sqrt(b**2 - 4)),
           1e6, "1 - b/sqrt(b^2 - 4) has four digits left.", source=HIGHAM)
inaccurate("hypot's slope by squares that underflow", lambda np, x: np.hypot(x[0], x[1]),
           lambda np, x: x / np.sqrt(np.sum(x**2)), [3e-162, 4e-162],
           "The squares are subnormal: a digit or two are left.")
inaccurate("hypot's slope by squares that overflow", lambda np, x: np.hypot(x[0], x[1]),
           lambda np, x: x / np.sqrt(np.sum(x**2)), [3e200, 4e200], "x/inf is 0 where 0.6 and 0.8 are right.")
