"""Activation functions: the derivative of the wrong value, dropped terms, branches, saturation."""

from __future__ import annotations

from typing import Any

import numpy

from benchmarks.trust.battery.case import Family

FAMILY = Family("activations")
wrong, right, inaccurate = FAMILY.wrong, FAMILY.right, FAMILY.inaccurate
C, ROOT_2 = 0.7978845608028654, 1.4142135623730951
ALPHA, LAMBDA = 1.6732632423543772, 1.0507009873554805


def sigmoid(np: Any, x: Any) -> Any:
    return np.special.expit(x)


def hand_sigmoid(np: Any, x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softplus(np: Any, x: Any) -> Any:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def swish(np: Any, x: Any) -> Any:
    return x * np.special.expit(x)


def gelu(np: Any, x: Any) -> Any:
    return 0.5 * x * (1 + np.special.erf(x / ROOT_2))


def gelu_tanh(np: Any, x: Any) -> Any:
    return 0.5 * x * (1 + np.tanh(C * (x + 0.044715 * x**3)))


def elu(np: Any, x: Any) -> Any:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0.0)))


def selu(np: Any, x: Any) -> Any:
    return LAMBDA * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0.0)))


def mish(np: Any, x: Any) -> Any:
    return x * np.tanh(softplus(np, x))


def softsign(np: Any, x: Any) -> Any:
    return x / (1 + np.abs(x))


def hard_sigmoid(np: Any, x: Any) -> Any:
    return np.clip(x / 6 + 0.5, 0.0, 1.0)


def hard_swish(np: Any, x: Any) -> Any:
    return x * np.clip(x + 3, 0.0, 6.0) / 6


def softmax_entry(np: Any, x: Any) -> Any:
    e = np.exp(x - np.max(x))
    return e[1] / np.sum(e)


def layer_norm(np: Any, x: Any) -> Any:
    h = (x - np.mean(x)) / np.sqrt(np.var(x) + 1e-5)
    return np.sum(h * np.array([0.3, -1.0, 2.0, 0.4]))


def rms_norm(np: Any, x: Any) -> Any:
    return np.sum(x * np.array([0.3, -1.0, 2.0])) / np.sqrt(np.mean(x**2) + 1e-6)


def glu(np: Any, x: Any) -> Any:
    return np.sum(x[:2] * np.special.expit(x[2:]))


def _of_gelu(np: Any, x: Any) -> Any:
    return 0.5 * np.special.erfc(-x / ROOT_2) + x * np.exp(-(x**2) / 2) / numpy.sqrt(2 * numpy.pi)


def _of_layer_norm(np: Any, x: Any, variance: float = 1.0) -> Any:
    w, s = np.array([0.3, -1.0, 2.0, 0.4]), np.sqrt(np.var(x) + 1e-5)
    h = (x - np.mean(x)) / s
    return (w - np.mean(w) - variance * h * np.mean(w * h)) / s


def _of_mish(np: Any, x: Any) -> Any:
    t = np.tanh(softplus(np, x))
    return t + x * np.special.expit(x) * (1 - t) * (1 + t)


wrong("sigmoid' of the activation used at the input", sigmoid, lambda np, x: x * (1 - x), 0.3,
      "a(1 - a) wants the activation, and got the input.", source="https://github.com/pjreddie/darknet/issues/2151")
wrong("sigmoid' with the sigmoid applied to the activation", sigmoid,
      lambda np, x: np.special.expit(np.special.expit(x)) * (1 - np.special.expit(np.special.expit(x))), 0.3,
      "The function sigmoid_prime(z) was called with a.")
wrong("sigmoid - (1 - sigmoid)", sigmoid, lambda np, x: np.special.expit(x) - (1 - np.special.expit(x)), 0.3,
      "A minus for a times.", source="https://github.com/sausheong/gonn/issues/8")
wrong("tanh' as 1 - x^2", lambda np, x: np.tanh(x), lambda np, x: 1 - x**2, 0.3,
      "The activation's square, not the input's.")
wrong("softplus' flat once exp overflows", softplus, lambda np, x: np.where(x > 88, 0.0, np.special.expit(x)), 95.0,
      "inf times 1/inf, repaired to 0; the truth is 1.", source="https://github.com/tenstorrent/tt-metal/pull/56397")
wrong("softplus' nan once exp overflows", softplus, lambda np, x: np.exp(x) / (1 + np.exp(x)), 800.0, "inf/inf.",
      source="https://github.com/tracel-ai/burn/issues/5373")
wrong("softplus' as 1/(1 + e^x)", softplus, lambda np, x: np.special.expit(-x), 0.4, "The sign inside the sigmoid.")
wrong("swish' without x sigma'", swish, lambda np, x: np.special.expit(x), 1.2,
      "The product rule's second term is dropped.")
wrong("swish' without its own value", swish, lambda np, x: np.special.expit(x) + np.special.expit(x)
      * (1 - np.special.expit(x)), 1.2, "x sigma', not sigma'.")
wrong("gelu' without the density", gelu, lambda np, x: 0.5 * (1 + np.special.erf(x / ROOT_2)), 0.8,
      "x phi(x) is dropped.")
wrong("gelu' of the tanh form for the exact one", gelu, lambda np, x: 0.5 * (1 + np.tanh(C * (x + 0.044715 * x**3)))
      + 0.5 * x / np.cosh(C * (x + 0.044715 * x**3)) ** 2 * C * (1 + 0.134145 * x**2), 0.8,
      "Two functions that differ in the fourth digit.", source="https://arxiv.org/abs/1606.08415")
wrong("gelu in its tanh form: the cubic's 3 is missing", gelu_tanh,
      lambda np, x: 0.5 * (1 + np.tanh(C * (x + 0.044715 * x**3)))
      + 0.5 * x / np.cosh(C * (x + 0.044715 * x**3)) ** 2 * C * (1 + 0.044715 * x**2), 0.8, "3 * 0.044715 x^2.")
wrong("elu': the output without + 1", elu, lambda np, x: np.where(x > 0, 1.0, np.expm1(np.minimum(x, 0.0))), -0.7,
      "f(x) + alpha for x < 0.", source="https://github.com/apache/mxnet/pull/1265")
wrong("selu': alpha is forgotten on the left", selu,
      lambda np, x: LAMBDA * np.where(x > 0, 1.0, np.exp(np.minimum(x, 0.0))), -0.7, "Right for x > 0.")
wrong("mish': tanh' without softplus'", mish, lambda np, x: np.tanh(softplus(np, x))
      + x / np.cosh(softplus(np, x)) ** 2, 0.6, "The inner sigmoid is missing.")
wrong("softsign' without the square", softsign, lambda np, x: 1 / (1 + np.abs(x)), -1.4, "1/(1 + |x|)^2.")
wrong("hard sigmoid: slope 1/5 of another library", hard_sigmoid, lambda np, x: np.where(np.abs(x) < 2.5, 0.2, 0.0),
      0.7, "x/6 + 1/2 and 0.2x + 1/2 share a name.")
wrong("hard swish: the clip held fixed", hard_swish, lambda np, x: np.clip(x + 3, 0.0, 6.0) / 6, 1.1,
      "(2x + 3)/6 between the edges.")
wrong("softmax: the diagonal alone", softmax_entry, lambda np, x: softmax_entry(np, x) * (1 - softmax_entry(np, x))
      * np.array([0.0, 1.0, 0.0]), [0.3, 1.2, -0.4], "-p_i p_j off the diagonal.")
wrong("layer norm: the variance is detached", layer_norm, lambda np, x: _of_layer_norm(np, x, 0.0),
      [0.5, -1.1, 2.0, 0.3], "The deviation depends on every entry.",
      source="https://github.com/facebookresearch/CrypTen/pull/143")
wrong("layer norm: the mean is detached", layer_norm, lambda np, x: _of_layer_norm(np, x)
      + np.mean(np.array([0.3, -1.0, 2.0, 0.4])) / np.sqrt(np.var(x) + 1e-5), [0.5, -1.1, 2.0, 0.3],
      "The mean's share of the gradient is missing.", source="https://github.com/pjreddie/darknet/issues/1723")
wrong("rms norm: the norm held fixed", rms_norm,
      lambda np, x: np.array([0.3, -1.0, 2.0]) / np.sqrt(np.mean(x**2) + 1e-6), [0.5, -1.1, 2.0], "The same for RMS.")
wrong("GLU: gates and values swapped", glu, lambda np, x: np.concatenate([x[:2] * np.special.expit(x[2:])
      * np.special.expit(-x[2:]), np.special.expit(x[2:])]), [0.4, -1.0, 0.9, 2.0],
      "The halves of the gradient stand in each other's place.")

right("sigmoid at 40", sigmoid, lambda np, x: np.special.expit(x) * np.special.expit(-x), 40.0,
      "4.2e-18, which s(1 - s) rounds to 0.")
right("sigmoid at -700", sigmoid, lambda np, x: np.special.expit(x) * np.special.expit(-x), -700.0, "1e-304.")
right("sigmoid by hand at 30", hand_sigmoid, lambda np, x: np.exp(-x) / (1 + np.exp(-x)) ** 2, 30.0,
      "The form over exp(-x) keeps the digits on this side.")
right("softplus at 1e3", softplus, sigmoid, 1e3, "1 to the last bit, and exp overflows.")
right("softplus at 0", softplus, sigmoid, 0.0, "Its stable form is made of two kinks that cancel: the slope is 1/2.")
right("softplus at -40", softplus, sigmoid, -40.0, "4.2e-18.")
right("swish at its minimum", swish, lambda np, x: np.special.expit(x) * (1 + x * np.special.expit(-x)),
      -1.278464542761074, "The slope is about 1e-16.", slack=1e-15)
right("gelu at -10", gelu, _of_gelu, -10.0, "Its value cancels to nothing; its slope -7.6e-22 is a sum of two tails.")
right("gelu at 0", gelu, _of_gelu, 0.0, "1/2.")
right("elu at 0", elu, lambda np, x: np.exp(np.minimum(x, 0.0)), 0.0, "Two branches that meet smoothly.")
right("elu at -30", elu, lambda np, x: np.exp(np.minimum(x, 0.0)), -30.0, "9.4e-14 on top of a value of -1.")
right("selu at 0", selu, lambda np, x: LAMBDA * np.where(x > 0, 1.0, ALPHA * np.exp(np.minimum(x, 0.0))), 0.0,
      "lambda and lambda alpha are both slopes here.", clarke=((LAMBDA,), (LAMBDA * ALPHA,)))
right("mish at -20", mish, _of_mish, -20.0, "tanh(softplus(x)) is 2e-9.")
right("softsign at 1e10", softsign, lambda np, x: 1 / (1 + np.abs(x)) ** 2, 1e10, "1e-20.")
right("hard sigmoid at its edge", hard_sigmoid, lambda np, x: np.where(np.abs(x) < 3, 1 / 6, 0.0), 3.0,
      "0 and 1/6 are both right.", clarke=((0.0,), (1 / 6,)))
right("hard swish just inside its edge", hard_swish, lambda np, x: (2 * x + 3) / 6, -3 + 1e-9, "The kink is 1e-9 away.")
right("layer norm of equal entries", layer_norm, _of_layer_norm, [2.0, 2.0, 2.0, 2.0],
      "The variance is 0; only the 1e-5 is under the root.")
right("layer norm of entries of 1e6", layer_norm, _of_layer_norm, [1e6, 1e6 + 1, 1e6 + 2, 1e6 - 3],
      "Mean 1e6, deviation 2.")
right("rms norm at 0", rms_norm, lambda np, x: np.array([0.3, -1.0, 2.0]) * 1e3, [0.0, 0.0, 0.0],
      "Only the 1e-6 is under the root.")
right("GLU with closed gates", glu, lambda np, x: np.concatenate([np.special.expit(x[2:]),
      x[:2] * np.special.expit(x[2:]) * np.special.expit(-x[2:])]), [1e8, -2.0, -90.0, 90.0],
      "Gradients of 1e-39, 1 and 1e-31.")

inaccurate("sigmoid' as s(1 - s) at 30", sigmoid, lambda np, x: np.special.expit(x) * (1 - np.special.expit(x)),
           30.0, "1 - s keeps three digits.")
inaccurate("elu' as f + 1 at -30", elu, lambda np, x: elu(np, x) + 1, -30.0, "expm1(-30) + 1 keeps three digits.")
