"""Entries far apart in size, tiny errors at well-conditioned points, tiny gradients of huge values."""

from __future__ import annotations

from typing import Any

import numpy

from benchmarks.trust.battery.case import Family

FAMILY = Family("scales")
wrong, right = FAMILY.wrong, FAMILY.right
W = numpy.array([1e8, 1e4, 1.0, 1e-4, 1e-8])
X5 = [1.3, -0.7, 2.1, 0.4, -1.6]


def weighted(np: Any, x: Any) -> Any:
    return np.sum(W * np.sin(x))


def tiny(np: Any, x: Any) -> Any:
    return 1e-12 * np.sum(x**3)


def ordinary(np: Any, x: Any) -> Any:
    return np.sum(np.exp(0.5 * x)) + x[0] * x[1]


def _of_ordinary(np: Any, x: Any) -> Any:
    return 0.5 * np.exp(0.5 * x) + np.stack([x[1], x[0], 0 * x[2]])


def off(entry: int, factor: float, size: int) -> Any:
    """Ones but for one entry."""
    return numpy.where(numpy.arange(size) == entry, factor, 1.0)


def units(np: Any, x: Any) -> Any:
    """A distance in metres and a wavelength in nanometres: the phase of light."""
    return np.cos(2 * np.pi * x[0] / (x[1] * 1e-9))


def rate(np: Any, x: Any) -> Any:
    """Arrhenius: prefactor, activation energy in J/mol, temperature."""
    return x[0] * np.exp(-x[1] / (8.314 * x[2]))


def _of_rate(np: Any, x: Any) -> Any:
    e = np.exp(-x[1] / (8.314 * x[2]))
    return e * np.stack([1.0 + 0 * x[0], -x[0] / (8.314 * x[2]), x[0] * x[1] / (8.314 * x[2] ** 2)])


def barely(np: Any, x: Any) -> Any:
    return 1e12 + np.sum(x**2)


def fit(np: Any, x: Any) -> Any:
    """A parabola through times of a day in seconds, with parameters of different units."""
    t = numpy.array([0.0, 43200.0, 86400.0])
    return np.sum((x[0] + x[1] * t + x[2] * t**2 - numpy.array([1.0, 2.0, 2.5])) ** 2)


def _of_fit(np: Any, x: Any, square: float = 1.0) -> Any:
    t = numpy.array([0.0, 43200.0, 86400.0])
    r = 2 * (x[0] + x[1] * t + x[2] * t**2 - numpy.array([1.0, 2.0, 2.5]))
    return np.stack([np.sum(r), np.sum(r * t), square * np.sum(r * t**2)])


wrong("the smallest of five scales is 10 % off", weighted, lambda np, x: W * np.cos(x) * off(4, 1.1, 5), X5,
      "An error of 1e-9 beside entries of 1e7: 1e16 apart.")
wrong("the smallest of five scales has its sign flipped", weighted, lambda np, x: W * np.cos(x) * off(4, -1.0, 5),
      X5, "The same, with the sign.")
wrong("the smallest of five scales is 0", weighted, lambda np, x: W * np.cos(x) * off(4, 0.0, 5), X5,
      "The same, dropped.")
wrong("the middle of five scales is doubled", weighted, lambda np, x: W * np.cos(x) * off(2, 2.0, 5), X5,
      "An ordinary entry beside one of 1e7.")
wrong("the largest of five scales is 1e-9 off", weighted, lambda np, x: W * np.cos(x) * off(0, 1 + 1e-9, 5), X5,
      "The largest entry alone.")
wrong("a gradient of 1e-12 has its sign flipped", tiny, lambda np, x: -3e-12 * x**2, [0.7, -1.1, 2.0],
      "Smaller than every absolute tolerance.")
wrong("a gradient of 1e-12 is 0", tiny, lambda np, x: 0 * x, [0.7, -1.1, 2.0], "The same.")
wrong("a gradient of 1e-12 is doubled", tiny, lambda np, x: 6e-12 * x**2, [0.7, -1.1, 2.0], "The same.")
wrong("a gradient of 1e-200 has its sign flipped", lambda np, x: 1e-200 * np.sum(x**3), lambda np, x: -3e-200 * x**2,
      [0.7, -1.1], "The same, far below.")
wrong("a relative error of 1e-3", ordinary, lambda np, x: _of_ordinary(np, x) * (1 + 1e-3), [0.3, -0.8, 1.4],
      "Every entry, a tenth of a per cent.")
wrong("a relative error of 1e-6", ordinary, lambda np, x: _of_ordinary(np, x) * (1 + 1e-6), [0.3, -0.8, 1.4],
      "Every entry, one in a million.")
wrong("a relative error of 1e-9", ordinary, lambda np, x: _of_ordinary(np, x) * (1 + 1e-9), [0.3, -0.8, 1.4],
      "Every entry, one in a billion.")
wrong("a relative error of 1e-12", ordinary, lambda np, x: _of_ordinary(np, x) * (1 + 1e-12), [0.3, -0.8, 1.4],
      "Every entry, 4500 ulp.")
wrong("a relative error of 1e-12 in one entry", ordinary, lambda np, x: _of_ordinary(np, x) * off(2, 1 - 1e-12, 3),
      [0.3, -0.8, 1.4], "One entry of three.")
wrong("errors that cancel in the sum", ordinary, lambda np, x: _of_ordinary(np, x)
      + numpy.array([1e-5, -2e-5, 1e-5]), [0.3, -0.8, 1.4], "No change along (1, 1, 1).")
wrong("units: nanometres taken for metres in one partial", units,
      lambda np, x: -np.sin(2 * np.pi * x[0] / (x[1] * 1e-9)) * 2 * np.pi
      * np.stack([1 / (x[1] * 1e-9), -x[0] / x[1] ** 2]), [1.7e-7, 550.0],
      "1e9 is missing in the second entry, which is 1e-12 of the first.")
wrong("Arrhenius: the temperature's square", rate, lambda np, x: _of_rate(np, x) * np.stack([1.0, 1.0, x[2]]),
      [1e13, 9e4, 350.0], "dE/RT by T has T^2 below.")
wrong("a slope below a huge value has its sign flipped", barely, lambda np, x: -2 * x, [0.3, -0.8],
      "The value is 1e12.")
wrong("a parabola's coefficient in other units", fit, lambda np, x: _of_fit(np, x, 1 / 3600), [1.0, 3e-5, -1e-10],
      "Hours for seconds.")

right("five scales", weighted, lambda np, x: W * np.cos(x), X5, "Entries from 1e7 to 1e-10.")
right("scales from 1e-150 to 1e150", lambda np, x: np.sum(numpy.array([1e150, 1.0, 1e-150]) * x**2),
      lambda np, x: 2 * numpy.array([1e150, 1.0, 1e-150]) * x, [0.3, 0.5, 0.7], "Most of the range of float64.")
right("parameters of far scales", lambda np, x: np.sum((x / numpy.array([1e9, 1.0, 1e-9])) ** 2),
      lambda np, x: 2 * x / numpy.array([1e18, 1.0, 1e-18]), [2e9, 3.0, 4e-9], "One step size fits none of them.",
      source="https://github.com/statsmodels/statsmodels/issues/404")
right("a gradient of 1e-12", tiny, lambda np, x: 3e-12 * x**2, [0.7, -1.1, 2.0],
      "Below every absolute tolerance and right.")
right("a gradient of 1e-200", lambda np, x: 1e-200 * np.sum(x**3), lambda np, x: 3e-200 * x**2, [0.7, -1.1],
      "The same, far below.")
right("a gradient of 1e200", lambda np, x: 1e200 * np.sum(x**3), lambda np, x: 3e200 * x**2, [0.7, -1.1],
      "Above every scale.")
right("a slope below a huge value", barely, lambda np, x: 2 * x, [0.3, -0.8], "Differences keep four digits.")
right("a slope of 1e-6 below 1e10", lambda np, x: 1e10 + 1e-6 * np.sin(x), lambda np, x: 1e-6 * np.cos(x), 0.4,
      "No difference of float64 values sees it.")
right("light's phase", units, lambda np, x: -np.sin(2 * np.pi * x[0] / (x[1] * 1e-9)) * 2 * np.pi
      * np.stack([1 / (x[1] * 1e-9), -x[0] / x[1] ** 2 * 1e9]), [1.7e-7, 550.0], "1e7 beside 1e-3.")
right("Arrhenius", rate, _of_rate, [1e13, 9e4, 350.0], "Slopes of 1e-14, 1e-4 and 0.1.")
right("a parabola over a day of seconds", fit, _of_fit, [1.0, 3e-5, -1e-10], "Gradients of 1, 1e5 and 1e9.")
right("a wide and a narrow Gaussian", lambda np, x: np.exp(-((x / 1e6) ** 2)) + np.exp(-(((x - 1) / 1e-6) ** 2)),
      lambda np, x: -2 * x / 1e12 * np.exp(-((x / 1e6) ** 2)) - 2 * (x - 1) / 1e-12
      * np.exp(-(((x - 1) / 1e-6) ** 2)), 1 + 2.0**-20, "A spike of width 1e-6 on a hill of width 1e6.")
right("Rosenbrock scaled by 1e-12", lambda np, x: 1e-12 * (100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2),
      lambda np, x: 1e-12 * np.stack([-400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0]), 200 * (x[1] - x[0] ** 2)]),
      [-1.2, 1.0], "The classic problem below tolerances.")
right("a constant gradient of 1e-30 beside 1", lambda np, x: x[0] + 1e-30 * x[1],
      lambda np, x: numpy.array([1.0, 1e-30]), [0.5, 0.5], "The second variable moves no bit of the value.")
right("a steep sigmoid off its centre", lambda np, x: np.special.expit(1e5 * x),
      lambda np, x: 1e5 * np.special.expit(1e5 * x) * np.special.expit(-1e5 * x), 1e-4,
      "4.5 where the slope was 25000 a hair away.")
right("an exact zero among large entries", lambda np, x: 1e12 * x[0] ** 2 + np.cos(x[1]),
      lambda np, x: np.stack([2e12 * x[0], -np.sin(x[1])]), [3.0, 0.0], "The second entry is 0 and the first 6e12.")
