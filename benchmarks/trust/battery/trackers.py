"""Wrong derivatives that libraries have had, as their issues tell them, and the right ones beside them."""

from __future__ import annotations

from typing import Any

import numpy

from benchmarks.trust.battery.case import Family

FAMILY = Family("trackers")
wrong, right, inaccurate = FAMILY.wrong, FAMILY.right, FAMILY.inaccurate
GITHUB = "https://github.com/"
Y = numpy.array([28.0, 8.0, -3.0, 7.0])
R = numpy.array([0.9, -1.4])


def hypot(np: Any, x: Any) -> Any:
    return np.hypot(x[0], x[1])


def fan_out(np: Any, x: Any) -> Any:
    return x * x * x * 0.1


def cumprod(np: Any, x: Any) -> Any:
    return np.sum(np.cumprod(x))


def _of_cumprod(np: Any, x: Any) -> Any:
    return np.stack([1 + x[1] + x[1] * x[2], x[0] + x[0] * x[2], x[0] * x[1]])


def negative_binomial(np: Any, x: Any) -> Any:
    """The log probability of n = 0 at alpha x0 and beta x1."""
    return x[0] * (np.log(x[1]) - np.log1p(x[1]))


def _of_negative_binomial(np: Any, x: Any) -> Any:
    return np.stack([-np.log1p(1 / x[1]), x[0] / (x[1] * (1 + x[1]))])


def log_sum_exp(np: Any, x: Any) -> Any:
    return np.logaddexp(x[0], x[1])


def schools(np: Any, x: Any) -> Any:
    """Centred eight schools, four of them: mu, log tau and the effects."""
    return -0.5 * (x[0] / 5) ** 2 - np.sum(0.5 * ((x[2:] - x[0]) * np.exp(-x[1])) ** 2 + x[1]) - np.sum(0.5
        * ((Y - x[2:]) / 10) ** 2)


def _of_schools(np: Any, x: Any, prior: float = 1.0) -> Any:
    e = (x[2:] - x[0]) * np.exp(-2 * x[1])
    return np.concatenate([np.stack([-prior * x[0] / 25 + np.sum(e), np.sum(e * (x[2:] - x[0])) - 4]),
        -e + (Y - x[2:]) / 100])


def covariance(np: Any, s: Any) -> Any:
    """The normal log density of R, in its covariance."""
    return -0.5 * R @ np.linalg.solve(s, R) - 0.5 * np.linalg.slogdet(s)[1]


def _of_covariance(np: Any, s: Any) -> Any:
    i = np.linalg.inv(s)
    return 0.5 * np.outer(i @ R, i @ R) - 0.5 * i.T


def dot_product_kernel(np: Any, x: Any) -> Any:
    return 0.7 * 1.2 + x**2


def leaky(np: Any, x: Any) -> Any:
    return np.sum(np.where(x > 0, x, -2.0 * x))


def cubed(np: Any, x: Any) -> Any:
    return np.sum(x**3)


def renormed(np: Any, x: Any) -> Any:
    """The first entry of x scaled down to norm 1."""
    return x[0] / np.maximum(np.sqrt(np.sum(x**2)), 1.0)


def torque(np: Any, x: Any) -> Any:
    return np.sum(x**2) + np.sqrt(np.sum(x**2) ** 3)


def squashed(np: Any, u: Any) -> Any:
    """A tanh-squashed normal policy's log density, in the pre-activation."""
    return np.sum(-0.5 * u**2 - 2 * (np.log(2.0) - u - np.logaddexp(0.0, -2 * u)))


def clipped_range(np: Any, x: Any) -> Any:
    return np.minimum(np.maximum(x[0], x[1]), x[2]) ** 2


def incomplete_beta(np: Any, z: Any) -> Any:
    """I_x(2, 3) at x = sigmoid(z), as a polynomial."""
    x = np.special.expit(z)
    return x**2 * (6 - 8 * x + 3 * x**2)


wrong("hypot: the partials swapped", hypot, lambda np, x: np.stack([x[1], x[0]]) / np.hypot(x[0], x[1]), [1.2, -0.5],
      "(y/r, x/r); the test carried the same slip.", source=GITHUB + "JuliaDiff/ChainRules.jl/pull/74")
wrong("x x x 0.1: the fan-out is counted once", fan_out, lambda np, x: 0.1 * x * x, 7.0, "4.9 for 14.7.",
      source=GITHUB + "SciSharp/TensorFlow.NET/issues/303")
wrong("cumprod with a zero last", cumprod, lambda np, x: np.where(x == 0, 0.0, _of_cumprod(np, x)), [2.0, 3.0, 0.0],
      "[4, 2, 0] for [4, 2, 6].", source=GITHUB + "tensorflow/tensorflow/issues/119430")
wrong("cumprod with a zero by division is nan", cumprod, lambda np, x: np.cumsum(np.cumprod(x)[::-1])[::-1] / x,
      [1.0, 0.0, 2.0], "0/0.", source=GITHUB + "pymc-devs/pytensor/pull/1911")
wrong("negative binomial taken for Poisson at a large alpha", negative_binomial,
      lambda np, x: np.stack([-1 / x[1], x[0] / x[1] ** 2]), [1e10 + 1, 0.8],
      "-1.25 for -0.81: the approximation is good for the value only.", source=GITHUB + "stan-dev/math/issues/1578")
inaccurate("log-sum-exp of large equal numbers: 2", log_sum_exp, lambda np, x: np.exp(x - np.logaddexp(x[0], x[1])),
           [1e50, 1e50], "exp(x - f) with f rounded to x: the weights sum to 2.",
           source=GITHUB + "stan-dev/math/issues/1679")
wrong("digamma' at a negative half-integer", lambda np, x: np.special.digamma(x),
      lambda np, x: 1 / x + 1 / (2 * x**2), -16.5, "An asymptotic series left of 0: -0.059 for 9.81.",
      source=GITHUB + "jax-ml/jax/issues/37635")
wrong("eight schools: the prior of mu", schools, lambda np, x: _of_schools(np, x, 0.0),
      [3.0, 0.8, 6.0, 2.0, -1.0, 4.0], "The tests used ones for every parameter.",
      source=GITHUB + "pints-team/pints/issues/1136")
wrong("normal covariance: the sign", covariance, lambda np, s: -_of_covariance(np, s), [[2.0, 0.5], [0.5, 1.0]],
      "A typo kept the unit test from running.", source=GITHUB + "HIPS/autograd/pull/412")
wrong("a kernel's gradient by the logarithm of its parameter", dot_product_kernel, lambda np, x: 2 * x**2, 1.7,
      "2 s^2 is the slope by log s; by s it is 2s.", source=GITHUB + "scikit-learn/scikit-learn/issues/18702")
wrong("leaky relu in place with a negative slope", leaky,
      lambda np, x: np.where(np.where(x > 0, x, -2.0 * x) > 0, 1.0, -2.0), [-1.0, 1.0],
      "The sign of the result, not of the argument, chose the branch.", source=GITHUB + "pytorch/pytorch/issues/31938")
wrong("x^3 of a negative base: inf", cubed, lambda np, x: np.where(x <= 0, np.inf, 3 * x**2), [-1.3, 0.7],
      "exp((n - 1) log x) is nan there, and a mask painted it over.", source=GITHUB + "tenstorrent/tt-metal/pull/54440")
wrong("renorm: the norm held fixed", renormed,
      lambda np, x: np.stack([1 / np.sqrt(np.sum(x**2)), 0 * x[1], 0 * x[2]]), [1.0, 2.0, -2.0],
      "The norm depends on x; fast gradcheck passed a wrong renorm.", source=GITHUB + "pytorch/pytorch/pull/59615")
wrong("a torque's length at 0 is nan", torque, lambda np, x: 2 * x + 3 * np.sum(x**2) * x / np.sqrt(np.sum(x**2)),
      [0.0, 0.0, 0.0], "Divided by a length of 0.", source=GITHUB + "ccsb-scripts/AutoDock-GPU/issues/77")
wrong("squashed policy: the Jacobian is left out", squashed, lambda np, u: -u, [0.4, -1.2],
      "log(1 - tanh^2) has the slope -2 tanh.", source="https://arxiv.org/abs/1801.01290")
wrong("clip by bounds: they have no gradient", clipped_range,
      lambda np, x: np.stack([2 * x[0] * ((x[0] > x[1]) & (x[0] < x[2])), 0 * x[1], 0 * x[2]]), [3.0, -1.0, 2.0],
      "Where the upper bound is the result, it has the gradient.", source=GITHUB + "Theano/Theano/pull/1010")
wrong("incomplete beta along x + y = 1: twice", incomplete_beta,
      lambda np, z: 24 * np.special.expit(z) ** 2 * np.special.expit(-z) ** 3, 0.4, "x and 1 - x were both counted.",
      source=GITHUB + "JuliaMath/SpecialFunctions.jl/pull/506")
wrong("hypot's second derivative without the square", lambda np, x: x[0] / np.hypot(x[0], x[1]),
      lambda np, x: np.stack([x[1], -x[0]]) * x[1] / np.hypot(x[0], x[1]) ** 2, [1.0, 2.0], "r^3 below.",
      source=GITHUB + "autodiff/autodiff/pull/244")

right("cumprod with a zero first", cumprod, _of_cumprod, [0.0, 2.0, 3.0], "[9, 0, 0].",
      source=GITHUB + "tensorflow/tensorflow/issues/119430")
right("cumprod with two zeros", cumprod, _of_cumprod, [0.0, 0.0, 3.0], "[1, 0, 0].",
      source=GITHUB + "tensorflow/tensorflow/issues/119430")
right("negative binomial at a large alpha", negative_binomial, _of_negative_binomial, [1e12, 0.8], "-0.81 and 7e11.",
      source=GITHUB + "stan-dev/math/issues/1578")
right("log-sum-exp of large equal numbers", log_sum_exp,
      lambda np, x: np.special.expit(np.stack([x[0] - x[1], x[1] - x[0]])), [1e50, 1e50], "1/2 each.",
      source=GITHUB + "stan-dev/math/issues/1679")
right("digamma at a negative half-integer", lambda np, x: np.special.digamma(x),
      lambda np, x: np.pi**2 / np.sin(np.pi * x) ** 2 - np.special.polygamma(1, 1 - x), -16.5, "By reflection.",
      source=GITHUB + "jax-ml/jax/issues/37635")
right("eight schools in the funnel's neck", schools, _of_schools,
      [3.0, -15.0, 3.0 + 2.0**-20, 3.0, 3.0 - 2.0**-20, 3.0], "Precisions of 1e13.",
      source=GITHUB + "pints-team/pints/issues/1136")
right("a covariance of 1e-12", covariance, _of_covariance, [[2e-12, 0.0], [0.0, 1e-12]], "Gradients of 1e24.",
      source=GITHUB + "HIPS/autograd/pull/412")
right("renorm inside the ball", renormed, lambda np, x: numpy.array([1.0, 0.0, 0.0]), [0.1, 0.2, 0.3],
      "Not scaled: slope 1.")
right("a torque of 0", torque, lambda np, x: x * (2 + 3 * np.sqrt(np.sum(x**2))), [0.0, 0.0, 0.0],
      "r^3 is twice differentiable at 0.")
right("a squashed policy far out", squashed, lambda np, u: -u + 2 * np.tanh(u), [300.0, -40.0],
      "log(1 - tanh^2) by its stable form.", source="https://arxiv.org/abs/1801.01290")
right("clip by bounds next to one of them", clipped_range,
      lambda np, x: np.stack([2 * x[0] + 0 * x[1], 0 * x[1], 0 * x[2]]), [2.0 - 1e-10, -1.0, 2.0], "1e-10 inside.")
right("incomplete beta in its tail", incomplete_beta,
      lambda np, z: 12 * np.special.expit(z) ** 2 * np.special.expit(-z) ** 3, -300.0, "1e-259.")

inaccurate("log-sum-exp of numbers of 1e10 by exp(x - f)", log_sum_exp,
           lambda np, x: np.exp(x - np.logaddexp(x[0], x[1])), [1e10, 1e10],
           "0.9999995 for the sum of the two: six digits.", source=GITHUB + "stan-dev/math/issues/1679")
