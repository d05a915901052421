"""Polynomials, quotients, powers and roots: the slips of a first calculus course, and points where they are hard."""

from __future__ import annotations

from typing import Any

from benchmarks.trust.battery.case import Family

FAMILY = Family("algebra")
wrong, right = FAMILY.wrong, FAMILY.right


def lecture(np: Any, x: Any) -> Any:
    return x[0] ** 2 * (x[1] * x[2] - 2 * x[0] ** 2)


def quotient(np: Any, x: Any) -> Any:
    return (x[0] ** 2 + 1) / (x[1] ** 3 - x[0])


def cubic(np: Any, x: Any) -> Any:
    return 4 * x**3 - 7 * x**2 + x - 5


def power(np: Any, x: Any) -> Any:
    return x[0] ** x[1]


def reciprocal_root(np: Any, x: Any) -> Any:
    return 1 / np.sqrt(1 + x**2)


def shared(np: Any, x: Any) -> Any:
    a = x[0] * x[1]
    return a * a + a * x[0]


def rational(np: Any, x: Any) -> Any:
    return (x - 1) / (x + 1)


wrong("lecture: the exponent 3 became a 2", lecture,
      lambda np, x: np.array([2 * x[0] * x[1] * x[2] - 8 * x[0] ** 2, x[0] ** 2 * x[2], x[0] ** 2 * x[1]]),
      [1.3, 2, 3], "The first entry has x0**2 where the power rule leaves x0**3; right at x0 = 1.")
wrong("lecture: the second use of x0 is forgotten", lecture,
      lambda np, x: np.array([2 * x[0] * (x[1] * x[2] - 2 * x[0] ** 2), x[0] ** 2 * x[2], x[0] ** 2 * x[1]]),
      [1.3, 2, 3], "x0 stands in both factors; only the first was differentiated.")
wrong("lecture: partials by x1 and x2 swapped", lecture,
      lambda np, x: np.array([2 * x[0] * x[1] * x[2] - 8 * x[0] ** 3, x[0] ** 2 * x[1], x[0] ** 2 * x[2]]),
      [1.3, 2, 3], "Two entries of the gradient stand in each other's place.")
wrong("quotient rule with a plus", quotient,
      lambda np, x: np.array([(2 * x[0] * (x[1] ** 3 - x[0]) - (x[0] ** 2 + 1)) / (x[1] ** 3 - x[0]) ** 2,
                              -(x[0] ** 2 + 1) * 3 * x[1] ** 2 / (x[1] ** 3 - x[0]) ** 2]),
      [0.7, 1.9], "The denominator's own -1 meets the rule's minus; the claim subtracts where it must add.")
wrong("quotient rule without the square", quotient,
      lambda np, x: np.array([(2 * x[0] * (x[1] ** 3 - x[0]) + x[0] ** 2 + 1) / (x[1] ** 3 - x[0]) ** 2,
                              -(x[0] ** 2 + 1) * 3 * x[1] ** 2 / (x[1] ** 3 - x[0])]),
      [0.7, 1.9], "The denominator of the second entry is not squared.")
wrong("cubic: the linear term is dropped", cubic, lambda np, x: 12 * x**2 - 14 * x, 1.7,
      "The derivative of + x is 1, and it is missing.")
wrong("cubic: a constant is kept", cubic, lambda np, x: 12 * x**2 - 14 * x + 1 - 5, 1.7,
      "The constant -5 was carried into the derivative.")
wrong("cubic: relative error 1e-9 in a coefficient", cubic, lambda np, x: 12.000000012 * x**2 - 14 * x + 1, 1.7,
      "One coefficient of a table was typed with a wrong tenth digit.")
wrong("x**y by the power rule alone", power,
      lambda np, x: np.array([x[1] * x[0] ** (x[1] - 1), x[1] * x[0] ** (x[1] - 1)]), [1.4, 2.6],
      "The exponent's partial is x**y log x, not the power rule a second time.")
wrong("x**y with the exponent not lowered", power,
      lambda np, x: np.array([x[1] * x[0] ** x[1], x[0] ** x[1] * np.log(x[0])]), [1.4, 2.6],
      "y x**y where y x**(y - 1) is right; a test of tinygrad's pow passed by luck.",
      source="https://github.com/tinygrad/tinygrad/pull/9217")
wrong("1/sqrt(1 + x^2): the inner derivative is missing", reciprocal_root,
      lambda np, x: -0.5 * (1 + x**2) ** -1.5, 0.8, "The chain rule's factor 2x is missing.")
wrong("a product used twice, once stale", shared,
      lambda np, x: np.array([2 * x[0] * x[1] * x[1] + x[0] * x[1] + x[0] * x[0], 2 * x[0] ** 2 * x[1] + x[0] ** 2]),
      [1.2, 0.7], "The adjoint of a reaches x0 through x1; in the last term it was multiplied by x0.")

right("lecture at a zero of two entries", lecture,
      lambda np, x: np.array([2 * x[0] * x[1] * x[2] - 8 * x[0] ** 3, x[0] ** 2 * x[2], x[0] ** 2 * x[1]]),
      [1.5, 0, 0], "Two entries are exactly 0, so a relative error there means nothing.")
right("x^2 at 1e8", lambda np, x: x**2, lambda np, x: 2 * x, 1e8,
      "A fixed step of 1e-8 is lost in x, and the value is 1e16.")
right("x^2 at 1e-8", lambda np, x: x**2, lambda np, x: 2 * x, 1e-8, "The step of a difference is larger than x.")
right("1/x at 1e-3", lambda np, x: 1 / x, lambda np, x: -1 / x**2, 1e-3,
      "The third derivative is 6e12: a central difference is off in the fifth digit.")
right("1/x at 1e-150", lambda np, x: 1 / x, lambda np, x: -1 / x**2, 1e-150,
      "The derivative is -1e300, close to overflow, and every finite step is larger than x.")
right("1/(1 - x) next to the pole", lambda np, x: 1 / (1 - x), lambda np, x: 1 / (1 - x) ** 2, 1 - 2.0**-20,
      "The pole is 1e-6 away; a step across it changes the sign of the value.")
right("x^100 at 1.5", lambda np, x: x**100, lambda np, x: 100 * x**99, 1.5, "A value of 4e17 with a slope of 3e19.")
right("1e10 + x", lambda np, x: 1e10 + x, lambda np, x: 1.0 + 0 * x, 0.3,
      "The value is huge and the slope 1: differences of the value keep six digits.")
right("1e16 + x^2", lambda np, x: 1e16 + x**2, lambda np, x: 2 * x, 0.3,
      "The slope cannot be seen in the value's last place at all.")
right("sqrt at 1e-10", lambda np, x: np.sqrt(x), lambda np, x: 0.5 / np.sqrt(x), 1e-10,
      "A step of 1e-6 leaves the domain: differences are nan.")
right("sqrt at 1e-300", lambda np, x: np.sqrt(x), lambda np, x: 0.5 / np.sqrt(x), 1e-300,
      "The slope is 5e149 at the edge of the domain.")
right("cube root at 1e-9", lambda np, x: np.cbrt(x), lambda np, x: 1 / (3 * np.cbrt(x) ** 2), 1e-9,
      "Steep on both sides of 0, and a step crosses 0.")
right("x^0.3 at 1e-12", lambda np, x: x**0.3, lambda np, x: 0.3 * x**-0.7, 1e-12,
      "A power with a steep edge; a step leaves the domain.")
right("|x|^3 at 0", lambda np, x: np.abs(x) ** 3, lambda np, x: 3 * x * np.abs(x), 0.0,
      "Twice differentiable at 0 although |x| is not.")
right("x|x| at 0", lambda np, x: x * np.abs(x), lambda np, x: 2 * np.abs(x), 0.0,
      "Differentiable at 0 with slope 0; |x| alone is not.")
right("x^2 at 0 of a sum of powers", lambda np, x: np.sum(x**2 + x**3), lambda np, x: 2 * x + 3 * x**2, [0.0, 0.0, 1.0],
      "Powers at 0, where x**(n - 1) log x and 0/0 forms give nan.")
right("Wilkinson's polynomial between two roots", lambda np, x: np.prod(x - np.arange(1.0, 21.0)),
      lambda np, x: np.sum(np.stack([np.prod(np.delete(x - np.arange(1.0, 21.0), i)) for i in range(20)])), 10.3,
      "A polynomial of degree 20 with coefficients up to 1e19, in its well-conditioned form.",
      source="Wilkinson (1963), Rounding Errors in Algebraic Processes")
