"""Trigonometric and hyperbolic functions and their inverses: signs, degrees, poles, edges, fast oscillation."""

from __future__ import annotations

from typing import Any

from benchmarks.trust.battery.case import Family

FAMILY = Family("trigonometry")
wrong, right, inaccurate = FAMILY.wrong, FAMILY.right, FAMILY.inaccurate


def haversine(np: Any, x: Any) -> Any:
    a = np.sin((x[2] - x[0]) / 2) ** 2 + np.cos(x[0]) * np.cos(x[2]) * np.sin((x[3] - x[1]) / 2) ** 2
    return 2 * 6371.0 * np.arcsin(np.sqrt(a))


def _haversine_gradient(np: Any, x: Any, keep: float) -> Any:
    dlat, dlon = x[2] - x[0], x[3] - x[1]
    s = np.sin(dlon / 2) ** 2
    a = np.sin(dlat / 2) ** 2 + np.cos(x[0]) * np.cos(x[2]) * s
    da = np.array([-np.sin(dlat) / 2 - keep * np.sin(x[0]) * np.cos(x[2]) * s,
        -np.cos(x[0]) * np.cos(x[2]) * np.sin(dlon) / 2, np.sin(dlat) / 2 - np.cos(x[0]) * np.sin(x[2]) * s,
        np.cos(x[0]) * np.cos(x[2]) * np.sin(dlon) / 2])
    return 6371.0 * da / np.sqrt(a * (1 - a))


def angle(np: Any, x: Any) -> Any:
    return np.arctan2(x[1], x[0])


def _of_angle(np: Any, x: Any) -> Any:
    return np.stack([-x[1], x[0]]) / (x[0] ** 2 + x[1] ** 2)


def wave(np: Any, x: Any) -> Any:
    return np.sin(3 * x[0] + x[1]) * np.cos(x[0] - 2 * x[1])


wrong("cosine with the sine's sign", lambda np, x: np.cos(2 * x), lambda np, x: 2 * np.sin(2 * x), 0.7, "cos' = -sin.")
wrong("degrees: the factor pi/180 is missing", lambda np, x: np.sin(np.deg2rad(x)),
      lambda np, x: np.cos(np.deg2rad(x)), 37.0, "The argument is in degrees; the chain rule's factor is missing.")
wrong("degrees: the argument of the derivative is not converted", lambda np, x: np.sin(np.deg2rad(x)),
      lambda np, x: np.cos(x) * np.pi / 180, 37.0, "The factor is there, the cosine is taken of 37 radians.")
wrong("tan' as 1 + tan", lambda np, x: np.tan(x), lambda np, x: 1 + np.tan(x), 0.6,
      "The square of the tangent is missing.")
wrong("arcsin' without the root", lambda np, x: np.arcsin(x), lambda np, x: 1 / (1 - x**2), 0.4, "That is artanh'.")
wrong("arccos' with arcsin's sign", lambda np, x: np.arccos(x), lambda np, x: 1 / np.sqrt(1 - x**2), 0.4,
      "arccos' is negative.")
wrong("arctan' as of artanh", lambda np, x: np.arctan(3 * x), lambda np, x: 3 / (1 - 9 * x**2), 0.2,
      "1 + 9x^2, not 1 - 9x^2.")
wrong("cosh' with the sign of cos'", lambda np, x: np.cosh(x), lambda np, x: -np.sinh(x), 0.9,
      "Hyperbolic functions have no minus; CasADi had it for nine years.",
      source="https://github.com/casadi/casadi/issues/2585")
wrong("tanh' written with the sech's first power", lambda np, x: np.tanh(x), lambda np, x: 1 / np.cosh(x), 0.9,
      "sech^2, not sech.")
wrong("arctan2: arguments swapped", angle, lambda np, x: np.stack([x[1], -x[0]]) / (x[0] ** 2 + x[1] ** 2), [1.2, -0.7],
      "The partials of arctan2(x, y): each sign is the other's.")
wrong("arctan2 on the axis is said to be flat", angle, lambda np, x: np.where(x[1] == 0, 0.0, _of_angle(np, x)),
      [1.0, 0.0], "At angle 0 the partial by y is 1; a branch for y = 0 dropped it.",
      source="https://github.com/coin-or/CppAD/issues/120")
wrong("haversine: the cosine of the first latitude held fixed", haversine,
      lambda np, x: _haversine_gradient(np, x, 0.0), [0.84, 0.23, 0.9, -0.1],
      "The first latitude enters twice; its cosine was not differentiated.")
wrong("a product of waves: one factor's inner 2 is missing", wave,
      lambda np, x: np.stack([3 * np.cos(3 * x[0] + x[1]) * np.cos(x[0] - 2 * x[1]) - np.sin(3 * x[0] + x[1])
      * np.sin(x[0] - 2 * x[1]), np.cos(3 * x[0] + x[1]) * np.cos(x[0] - 2 * x[1]) + np.sin(3 * x[0] + x[1])
      * np.sin(x[0] - 2 * x[1])]), [0.3, 0.8], "By x1, the sine's term wants a 2.")
wrong("sine with relative error 1e-6", lambda np, x: np.sin(5 * x), lambda np, x: 5.000005 * np.cos(5 * x), 0.3,
      "A frequency typed with six digits.")
wrong("arcosh' as arsinh'", lambda np, x: np.arccosh(x), lambda np, x: 1 / np.sqrt(x**2 + 1), 2.5,
      "x^2 - 1 under the root.")
wrong("sinc' is 0 wherever", lambda np, x: np.sinc(x), lambda np, x: np.where(np.abs(x) < 1e-3, 0.0, 1.0) * 0.0, 0.6,
      "The value at the removable point was given everywhere.")

right("sin(1e3 x)", lambda np, x: np.sin(1e3 * x), lambda np, x: 1e3 * np.cos(1e3 * x), 0.7,
      "Fast oscillation: steps of 1e-3 alias.")
right("sin(1e6 x) at 0", lambda np, x: np.sin(1e6 * x), lambda np, x: 1e6 * np.cos(1e6 * x), 0.0,
      "1e6 with a period of 6e-6.")
right("sin at 1e8", lambda np, x: np.sin(x), lambda np, x: np.cos(x), 1e8,
      "The argument is reduced by 16 million turns.")
right("sin at 1e22", lambda np, x: np.sin(x), lambda np, x: np.cos(x), 1e22,
      "The classic test of argument reduction: an ulp of x is a million radians.",
      source="Ng (1992), Argument Reduction for Huge Arguments")
right("cos at 1e-9", lambda np, x: np.cos(x), lambda np, x: -np.sin(x), 1e-9,
      "The value is 1 to the last bit, the slope -1e-9.")
right("tan next to its pole", lambda np, x: np.tan(x), lambda np, x: 1 / np.cos(x) ** 2, 1.5707963,
      "The slope is 1.4e15; the pole is 2.7e-8 away.")
right("arcsin next to 1", lambda np, x: np.arcsin(x), lambda np, x: 1 / np.sqrt((1 - x) * (1 + x)), 1 - 2.0**-40,
      "(1 - x)(1 + x) keeps the digits; a step leaves the domain.")
right("arccos next to -1", lambda np, x: np.arccos(x), lambda np, x: -1 / np.sqrt((1 - x) * (1 + x)), -1 + 2.0**-44,
      "The other edge.")
right("artanh next to 1", lambda np, x: np.arctanh(x), lambda np, x: 1 / ((1 - x) * (1 + x)), 1 - 2.0**-50,
      "A pole at the edge.")
right("arcosh next to 1", lambda np, x: np.arccosh(x), lambda np, x: 1 / np.sqrt((x - 1) * (x + 1)), 1 + 2.0**-40,
      "sqrt(x - 1) sqrt(x + 1) at its edge.")
right("arctan at 1e150", lambda np, x: np.arctan(x), lambda np, x: 1 / (1 + x**2), 1e150, "The slope is 1e-300.")
right("arctan2 at 1e-160", angle, lambda np, x: np.stack([-x[1], x[0]]) / np.hypot(x[0], x[1]) / np.hypot(x[0], x[1]),
      [3e-160, 4e-160], "x^2 + y^2 underflows; two divisions by hypot do not.")
right("arctan2 on the negative axis", angle, _of_angle, [-1.0, 1e-9],
      "The branch cut is 1e-9 away, and the slope smooth.")
right("hypot at 1e200", lambda np, x: np.hypot(x[0], x[1]), lambda np, x: x / np.hypot(x[0], x[1]), [3e200, 4e200],
      "The squares overflow.")
right("tanh at 20 by sech", lambda np, x: np.tanh(x), lambda np, x: 1 / np.cosh(x) ** 2, 20.0,
      "1.7e-17, which 1 - tanh^2 cannot give.")
right("sinc at 0", lambda np, x: np.sinc(x), lambda np, x: 0.0 * x, 0.0,
      "A removable point: 0/0 in the formula, slope 0.")
right("haversine over 6 metres", haversine, lambda np, x: _haversine_gradient(np, x, 1.0),
      [0.84, 0.23, 0.840001, 0.229999], "Two points on the Earth six metres apart: arcsin(sqrt) close to its edge.")
right("arcsinh of a large negative number", lambda np, x: np.arcsinh(x), lambda np, x: 1 / np.hypot(1.0, x), -1e200,
      "x^2 overflows, hypot does not.")

inaccurate("arcsin' through x^2 next to 1", lambda np, x: np.arcsin(x), lambda np, x: 1 / np.sqrt(1 - x**2), 1 - 3e-8,
           "x^2 is rounded before it is subtracted from 1.")
