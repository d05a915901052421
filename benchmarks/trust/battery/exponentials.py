"""Exponentials and logarithms: bases, inner derivatives, edges of the domain and ranges close to overflow."""

from __future__ import annotations

from typing import Any

from benchmarks.trust.battery.case import Family

FAMILY = Family("exponentials")
wrong, right, inaccurate = FAMILY.wrong, FAMILY.right, FAMILY.inaccurate


def gaussian(np: Any, x: Any) -> Any:
    return np.exp(-0.5 * np.sum(x**2))


def decay(np: Any, x: Any) -> Any:
    return x[0] * np.exp(-x[1] * 2.5) + x[2]


def log_ratio(np: Any, x: Any) -> Any:
    return np.log(x[0] / x[1])


def tower(np: Any, x: Any) -> Any:
    return x**x


def log_of_sum(np: Any, x: Any) -> Any:
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def soft(np: Any, x: Any) -> Any:
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


wrong("log10 differentiated like log", lambda np, x: np.log10(x), lambda np, x: 1 / x, 3.7,
      "The factor 1/log(10) is missing.")
wrong("log2 with log(10)", lambda np, x: np.log2(x), lambda np, x: 1 / (x * np.log(10.0)), 3.7,
      "The base is 2, not 10.")
wrong("2^x differentiated like e^x", lambda np, x: np.exp2(x), lambda np, x: np.exp2(x), 1.3,
      "The factor log(2) is missing.")
wrong("a Gaussian without the minus", gaussian, lambda np, x: x * np.exp(-0.5 * np.sum(x**2)), [0.5, -1.2, 0.3],
      "The inner derivative is -x.")
wrong("a Gaussian with twice the inner derivative", gaussian, lambda np, x: -2 * x * np.exp(-0.5 * np.sum(x**2)),
      [0.5, -1.2, 0.3], "The half of the exponent was forgotten.")
wrong("decay: the time constant is missing", decay,
      lambda np, x: np.array([np.exp(-x[1] * 2.5), -x[0] * np.exp(-x[1] * 2.5), 1.0]), [2.0, 0.4, 1.0],
      "By the rate, the factor 2.5 is missing.")
wrong("decay: the offset has no gradient", decay,
      lambda np, x: np.array([np.exp(-x[1] * 2.5), -2.5 * x[0] * np.exp(-x[1] * 2.5), 0.0]), [2.0, 0.4, 1.0],
      "The offset was taken for data.")
wrong("log of a ratio, both positive", log_ratio, lambda np, x: 1 / x, [2.0, 3.0],
      "The denominator's partial is -1/x1.")
wrong("x^x as x x^(x - 1)", tower, lambda np, x: x * x ** (x - 1), 1.8, "The exponent's share, x^x log x, is dropped.")
wrong("log1p differentiated like log", lambda np, x: np.log1p(x), lambda np, x: 1 / x, 0.35, "1/(1 + x), not 1/x.")
wrong("expm1 with its own value", lambda np, x: np.expm1(x), lambda np, x: np.expm1(x), 1e-6,
      "The derivative is exp(x) = expm1(x) + 1; the claim is of the size 1e-6 instead of 1.")
inaccurate("expm1 far left is taken for flat", lambda np, x: np.expm1(x), lambda np, x: np.expm1(x) + 1, -40.0,
      "expm1(-40) + 1 is exactly 0 in float64; the truth is 4.2e-18, and no digit of it is left.",
      source="JAX's rule of expm1; known to every error analysis of 1 - (1 - t)")
wrong("log-sum-exp: the shift is differentiated as well", log_of_sum,
      lambda np, x: soft(np, x) + (x == np.max(x)), [1.0, 2.5, -0.5],
      "The maximum that is added and subtracted again cancels; the claim counts it once.")
wrong("log-sum-exp divided by n", log_of_sum, lambda np, x: soft(np, x) / 3, [1.0, 2.5, -0.5],
      "A mean's 1/n in a sum.")
wrong("exp with relative error 1e-12", lambda np, x: np.exp(0.5 * x),
      lambda np, x: 0.5 * np.exp(0.5 * x) * (1 + 1e-12), 1.1,
      "An error of 1e-12 at a well-conditioned point: a constant typed with twelve digits.")
wrong("logaddexp: partials swapped", lambda np, x: np.logaddexp(x[0], x[1]),
      lambda np, x: np.special.expit(np.stack([x[1] - x[0], x[0] - x[1]])), [1.0, 3.0], "Each entry is the other's.")

right("exp at 700", lambda np, x: np.exp(x), lambda np, x: np.exp(x), 700.0, "The value 1e304 is close to overflow.")
right("exp at -700", lambda np, x: np.exp(x), lambda np, x: np.exp(x), -700.0,
      "The slope 1e-304 is far below every absolute tolerance.")
right("exp(1e4 x)", lambda np, x: np.exp(1e4 * x), lambda np, x: 1e4 * np.exp(1e4 * x), 1e-3,
      "Steep: a step of 1e-4 multiplies the value by e.")
right("log at 1e-12", lambda np, x: np.log(x), lambda np, x: 1 / x, 1e-12, "A step leaves the domain.")
right("log at 1e-308", lambda np, x: np.log(x), lambda np, x: 1 / x, 1e-308, "The slope is 1e308, just below overflow.")
right("log at 1e300", lambda np, x: np.log(x), lambda np, x: 1 / x, 1e300, "No fixed step moves x at all.")
right("log1p at 1e-20", lambda np, x: np.log1p(x), lambda np, x: 1 / (1 + x), 1e-20, "log(1 + x) would be 0.")
right("log1p next to its pole", lambda np, x: np.log1p(x), lambda np, x: 1 / (1 + x), -1 + 2.0**-40,
      "1 + x is exact there, and the domain ends 1e-12 away.")
right("expm1(x)/x at 1e-5", lambda np, x: np.expm1(x) / x,
      lambda np, x: 0.5 + x / 3 + x**2 / 8 + x**3 / 30 + x**4 / 144, 1e-5,
      "(x e^x - expm1 x)/x^2 cancels; the series keeps every digit.")
right("x log x at 1e-200", lambda np, x: x * np.log(x), lambda np, x: np.log(x) + 1, 1e-200,
      "Close to the removable point 0.")
right("log-sum-exp of large entries", log_of_sum, soft, [1000.0, 1001.0, 999.0], "Without the shift exp overflows.")
right("log-sum-exp of far entries", log_of_sum, soft, [-1000.0, 0.0, -300.0],
      "One weight underflows to 0, another is 1e-131.")
right("log-sum-exp of equal entries", log_of_sum, soft, [2.0, 2.0, 2.0, 2.0],
      "The maximum that shifts has a tie; the sum as a whole is smooth.")
right("logaddexp far apart", lambda np, x: np.logaddexp(x[0], x[1]),
      lambda np, x: np.special.expit(np.stack([x[0] - x[1], x[1] - x[0]])), [50.0, -200.0],
      "One partial is 1, the other 2.7e-109.")
right("x^x at 100", tower, lambda np, x: x**x * (np.log(x) + 1), 100.0, "A value of 1e200.")
right("exp(-1/x^2) at 0.05", lambda np, x: np.exp(-1 / x**2), lambda np, x: 2 / x**3 * np.exp(-1 / x**2), 0.05,
      "The smooth function that is no power series: 1.6e-170 and flat to every order at 0.")
right("a Gaussian far out", gaussian, lambda np, x: -x * np.exp(-0.5 * np.sum(x**2)), [20.0, -15.0, 3.0],
      "Every entry is about 1e-136.")
right("log(cosh x) by a stable form at 800", lambda np, x: np.abs(x) + np.log1p(np.exp(-2 * np.abs(x))) - np.log(2.0),
      lambda np, x: np.tanh(x), 800.0, "cosh overflows; the form over |x| does not.")

inaccurate("tanh' as 1 - tanh^2 at 19", lambda np, x: np.tanh(x), lambda np, x: 1 - np.tanh(x) ** 2, 19.0,
           "The formula is right and the difference from 1 has one bit left, if any.")
inaccurate("log of a quotient of sums", lambda np, x: np.log1p(x) - x, lambda np, x: 1 / (1 + x) - 1, 1e-9,
           "-x/(1 + x) by a difference from 1: half of the digits are gone.")
