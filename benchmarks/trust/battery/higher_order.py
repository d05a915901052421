"""Second and third derivatives: the function is a derivative itself, and its gradient a row of a Hessian or further."""

from __future__ import annotations

from typing import Any

import numpy

from benchmarks.trust.battery.case import Family

FAMILY = Family("higher_order")
wrong, right, inaccurate = FAMILY.wrong, FAMILY.right, FAMILY.inaccurate
V = numpy.array([0.5, -1.0, 2.0])
ROWS = numpy.array([[1.0, 0.3, -0.5], [0.2, -1.1, 0.7], [0.9, 0.4, 1.3], [-0.6, 0.8, 0.1]])


def sigmoid_slope(np: Any, x: Any) -> Any:
    return np.special.expit(x) * np.special.expit(-x)


def tanh_slope(np: Any, x: Any) -> Any:
    return 1 / np.cosh(x) ** 2


def gaussian_slope(np: Any, x: Any) -> Any:
    return -x * np.exp(-0.5 * x**2)


def gaussian_curvature(np: Any, x: Any) -> Any:
    return (x**2 - 1) * np.exp(-0.5 * x**2)


def square_slope(np: Any, x: Any) -> Any:
    return 2 * x


def softmax_product(np: Any, z: Any) -> Any:
    """softmax(z) @ V: the directional derivative of log-sum-exp."""
    e = np.exp(z - np.max(z))
    return np.sum(e * V) / np.sum(e)


def _of_softmax_product(np: Any, z: Any, outer: float = 1.0) -> Any:
    e = np.exp(z - np.max(z))
    p = e / np.sum(e)
    return p * (V - outer * np.sum(p * V))


def logistic_product(np: Any, w: Any) -> Any:
    """The directional derivative of a logistic loss along V."""
    return np.sum(np.special.expit(ROWS @ w) * (ROWS @ V))


def _of_logistic_product(np: Any, w: Any) -> Any:
    z = ROWS @ w
    return ROWS.T @ (np.special.expit(z) * np.special.expit(-z) * (ROWS @ V))


def norm_product(np: Any, x: Any) -> Any:
    return np.sum(x * V) / np.sqrt(np.sum(x * x))


def rosenbrock_product(np: Any, x: Any) -> Any:
    """The gradient of Rosenbrock's function at (x0, x1), along (1, 2)."""
    return -400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0]) + 400 * (x[1] - x[0] ** 2)


def bessel_slope(np: Any, x: Any) -> Any:
    return -np.special.j1(x)


def log_slope(np: Any, x: Any) -> Any:
    return np.sum(V / x)


def inverse_product(np: Any, a: Any) -> Any:
    """tr(A^-1 B): the directional derivative of log det A along B."""
    return np.trace(np.linalg.inv(a) @ ROWS[:3])


def swish_slope(np: Any, x: Any) -> Any:
    s = np.special.expit(x)
    return s * (1 + x * np.special.expit(-x))


def power_slope(np: Any, x: Any) -> Any:
    return x[1] * x[0] ** (x[1] - 1)


def _far_hessian(np: Any, z: Any) -> Any:
    e = np.exp(z - np.max(z))
    p = e / np.sum(e)
    return np.stack([p[i] * np.sum(p * (V[i] - V)) for i in range(3)])


A3 = ROWS[:3] + 3 * numpy.eye(3)
wrong("sigmoid'': the inner factor's sign", sigmoid_slope,
      lambda np, x: sigmoid_slope(np, x) * (2 * np.special.expit(x) - 1), 0.7, "s(1 - s)(1 - 2s).")
wrong("sigmoid'' as s'(1 - s)", sigmoid_slope, lambda np, x: sigmoid_slope(np, x) * np.special.expit(-x), 0.7,
      "The product rule's second term is dropped.")
wrong("tanh'' without the 2", tanh_slope, lambda np, x: -np.tanh(x) / np.cosh(x) ** 2, 0.7, "-2 tanh sech^2.")
wrong("tanh'' with the sign of tanh'", tanh_slope, lambda np, x: 2 * np.tanh(x) / np.cosh(x) ** 2, 0.7,
      "-2 tanh sech^2.")
wrong("a Gaussian's curvature without -1", gaussian_slope, lambda np, x: x**2 * np.exp(-0.5 * x**2), 0.9,
      "The second use of x is forgotten.")
wrong("a Gaussian's third derivative: He3 with a wrong sign", gaussian_curvature,
      lambda np, x: -(x**3 + 3 * x) * np.exp(-0.5 * x**2), 0.9, "He3 = x^3 - 3x.")
wrong("x^2'' = 5 at 0", square_slope, lambda np, x: 5.0 + 0 * x, 0.0,
      "At x = 0 checks seeded with the argument see nothing.",
      source="https://github.com/jax-ml/jax/blob/main/jax/_src/public_test_util.py")
wrong("(x^2 - 1)'' = 5 at 1", lambda np, x: 2 * x + 0 * (x**2 - 1), lambda np, x: 5.0 + 0 * x, 1.0,
      "At f(x) = 0 checks seeded with the value see nothing.")
wrong("softmax Hessian without the outer product", softmax_product, lambda np, z: _of_softmax_product(np, z, 0.0),
      [0.4, 1.1, -0.6], "diag(p) - p p'.")
wrong("softmax Hessian with twice the outer product", softmax_product, lambda np, z: _of_softmax_product(np, z, 2.0),
      [0.4, 1.1, -0.6], "diag(p) - p p'.")
wrong("logistic Hessian with p instead of p(1 - p)", logistic_product,
      lambda np, w: ROWS.T @ (np.special.expit(ROWS @ w) * (ROWS @ V)), [0.4, -0.2, 0.9], "The weight's derivative.")
wrong("logistic Hessian without the outer data", logistic_product, lambda np, w: np.sum(_of_logistic_product(np, w))
      * V / 3, [0.4, -0.2, 0.9], "A scalar curvature times the direction.")
wrong("the norm's Hessian without the projection", norm_product, lambda np, x: V / np.sqrt(np.sum(x * x)),
      [1.0, 2.0, -0.5], "(I - x x'/|x|^2)/|x|.")
wrong("the norm's Hessian with |x| for |x|^3", norm_product, lambda np, x: V / np.sqrt(np.sum(x * x))
      - x * np.sum(x * V) / np.sqrt(np.sum(x * x)), [1.0, 2.0, -0.5], "x x'/|x|^3.")
wrong("Rosenbrock's Hessian: the mixed entry once", rosenbrock_product,
      lambda np, x: np.stack([1200 * x[0] ** 2 - 400 * x[1] + 2, 400.0 - 400 * x[0]]), [-1.2, 1.0],
      "H12 = -400 x0 times the second direction is missing.")
wrong("J0'' without J1/x", bessel_slope, lambda np, x: -np.special.j0(x), 1.9, "J1' = J0 - J1/x.")
wrong("log'' with the first derivative's sign", log_slope, lambda np, x: V / x**2, [0.7, 1.3, 2.0], "-v/x^2.")
wrong("log det's second derivative: not transposed", inverse_product,
      lambda np, a: -np.linalg.inv(a) @ ROWS[:3] @ np.linalg.inv(a), A3, "-(A^-1 B A^-1)'.")
wrong("swish'' without the second path", swish_slope, lambda np, x: sigmoid_slope(np, x) * 2, 0.8, "x s'' is dropped.")
wrong("x^y: the mixed derivative's 1", power_slope,
      lambda np, x: np.stack([x[1] * (x[1] - 1) * x[0] ** (x[1] - 2), x[1] * x[0] ** (x[1] - 1) * np.log(x[0])]),
      [1.4, 2.6], "x^(y - 1)(1 + y log x).")

right("sigmoid'' at 0", sigmoid_slope, lambda np, x: sigmoid_slope(np, x) * -np.tanh(x / 2), 0.0,
      "Exactly 0: the inflection.")
right("sigmoid'' at 40", sigmoid_slope, lambda np, x: sigmoid_slope(np, x) * -np.tanh(x / 2), 40.0, "-4.2e-18.")
right("tanh'' at 300", tanh_slope, lambda np, x: -2 * np.tanh(x) / np.cosh(x) ** 2, 300.0, "-2e-260.")
right("a Gaussian's third derivative at sqrt(3)", gaussian_curvature,
      lambda np, x: -x * (x**2 - 3) * np.exp(-0.5 * x**2), 1.75, "Next to a zero of He3.")
right("x^2'' at 0", square_slope, lambda np, x: 2.0 + 0 * x, 0.0, "2 although x and f are 0.")
right("softmax Hessian of equal logits", softmax_product, _of_softmax_product, [2.0, 2.0, 2.0],
      "A threefold tie in the shift.")
right("softmax Hessian of far logits", softmax_product, _far_hessian, [0.0, 50.0, -50.0],
      "Entries of 1e-22, 1e-22 and 1e-43.")
right("logistic Hessian of separated data", logistic_product, _of_logistic_product, [40.0, -60.0, 80.0],
      "Weights of 1e-20 and below.")
right("the norm's Hessian at 1e-8", norm_product, lambda np, x: np.cross(np.cross(x, V), x) / np.sum(x * x) ** 1.5,
      [1e-8, 2e-8, -5e-9], "1e8, with the projection as a double cross product.")
right("Rosenbrock's Hessian at its minimum", rosenbrock_product,
      lambda np, x: np.stack([1200 * x[0] ** 2 - 400 * x[1] + 2 - 800 * x[0], 400.0 - 400 * x[0]]), [1.0, 1.0],
      "2 out of 802 - 800, and 0.")
right("J0'' at 30", bessel_slope, lambda np, x: np.special.j1(x) / x - np.special.j0(x), 30.0, "Oscillating.")
right("log'' at 1e-100", log_slope, lambda np, x: -V / x**2, [1e-100, 1.0, 1e100], "From 1e200 to 1e-200.")
right("|x|^3'' at 0", lambda np, x: 3 * x * np.abs(x), lambda np, x: 6 * np.abs(x), 0.0,
      "Twice differentiable, not three times.")
right("|x|^3''' at 0", lambda np, x: 6 * np.abs(x), lambda np, x: 6 * np.sign(x), 0.0,
      "The third derivative has a kink: 0 lies in [-6, 6].", clarke=((-6.0,), (6.0,)))
right("the fourth derivative of x^4 at 0", lambda np, x: 24 * x, lambda np, x: 24.0 + 0 * x, 0.0,
      "All lower derivatives are 0.")
right("swish'' at 0", swish_slope, lambda np, x: sigmoid_slope(np, x) * (2 - x * np.tanh(x / 2)), 0.0, "1/2.")


inaccurate("softmax Hessian of far logits by p (v - p'v)", softmax_product, _of_softmax_product, [0.0, 50.0, -50.0],
           "v - p'v cancels where one weight is 1.")
