"""Losses: cross-entropies, margins, quantiles, divergences; reductions, signs, labels and saturated logits."""

from __future__ import annotations

from typing import Any

import numpy

from benchmarks.trust.battery.case import Family

FAMILY = Family("losses")
wrong, right, inaccurate = FAMILY.wrong, FAMILY.right, FAMILY.inaccurate
LABELS = numpy.array([1.0, 0.0, 1.0, 1.0])
SIGNS = numpy.array([1.0, -1.0, 1.0, 1.0])
P = numpy.array([0.2, 0.5, 0.3])
Z4, Z3 = [0.4, -1.3, 2.2, -0.7], [1.2, -0.3, 0.5]


def mse(np: Any, x: Any) -> Any:
    return np.mean((x - LABELS) ** 2)


def bce(np: Any, p: Any) -> Any:
    return -np.mean(LABELS * np.log(p) + (1 - LABELS) * np.log(1 - p))


def bce_logits(np: Any, z: Any) -> Any:
    return np.sum(np.maximum(z, 0.0) - z * LABELS + np.log1p(np.exp(-np.abs(z))))


def logistic(np: Any, z: Any) -> Any:
    return np.sum(np.logaddexp(0.0, -SIGNS * z))


def softmax(np: Any, z: Any) -> Any:
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


def cross_entropy(np: Any, z: Any) -> Any:
    m = np.max(z)
    return m + np.log(np.sum(np.exp(z - m))) - np.sum(P * z)


def kl(np: Any, q: Any) -> Any:
    return np.sum(P * np.log(P / q))


def kl_reversed(np: Any, q: Any) -> Any:
    return np.sum(q * np.log(q / P))


def entropy(np: Any, z: Any) -> Any:
    p = softmax(np, z)
    return -np.sum(p * np.log(p))


def focal(np: Any, p: Any) -> Any:
    return -((1 - p) ** 2) * np.log(p)


def hinge(np: Any, z: Any) -> Any:
    return np.sum(np.maximum(1 - SIGNS * z, 0.0))


def pinball(np: Any, x: Any) -> Any:
    e = LABELS - x
    return np.sum(np.maximum(0.9 * e, -0.1 * e))


def log_cosh(np: Any, x: Any) -> Any:
    a = np.abs(x)
    return np.sum(a + np.log1p(np.exp(-2 * a)))


def dice(np: Any, p: Any) -> Any:
    return 1 - 2 * np.sum(p * LABELS) / (np.sum(p) + np.sum(LABELS))


def triplet(np: Any, x: Any) -> Any:
    return np.sum((x - LABELS) ** 2) - np.sum((x - SIGNS) ** 2)


def poisson(np: Any, z: Any) -> Any:
    return np.sum(np.exp(z) - LABELS * z)


def _of_entropy(np: Any, z: Any) -> Any:
    p = softmax(np, z)
    return -p * (np.log(p) + entropy(np, z))


def _of_dice(np: Any, p: Any) -> Any:
    total = np.sum(p) + np.sum(LABELS)
    return -2 * LABELS / total + 2 * np.sum(p * LABELS) / total**2


wrong("mean squared error without 1/n", mse, lambda np, x: 2 * (x - LABELS), Z4, "A sum's gradient for a mean.")
wrong("mean squared error without the 2", mse, lambda np, x: (x - LABELS) / 4, Z4,
      "The half that other texts carry is not in this loss.")
wrong("mean squared error, target minus output", mse, lambda np, x: 2 * (LABELS - x) / 4, Z4, "The sign.")
wrong("cross-entropy of probabilities with the logits' gradient", bce, lambda np, p: (p - LABELS) / 4,
      [0.6, 0.3, 0.8, 0.4], "p - y is the gradient by the logit; by p it is divided by p(1 - p).")
wrong("cross-entropy: the second term without its sign", bce, lambda np, p: -(LABELS / p + (1 - LABELS) / (1 - p))
      / 4, [0.6, 0.3, 0.8, 0.4], "d log(1 - p)/dp = -1/(1 - p).")
wrong("logits: the sigmoid is applied twice", bce_logits, lambda np, z: np.special.expit(np.special.expit(z))
      - LABELS, Z4, "A network's output layer already had one.")
wrong("logits: labels of -1 and 1 in the 0/1 formula", logistic, lambda np, z: np.special.expit(z) - SIGNS, Z4,
      "-s sigmoid(-s z) is right.")
wrong("logistic loss: the outer sign is dropped", logistic, lambda np, z: SIGNS * np.special.expit(-SIGNS * z), Z4,
      "d/dz of -s z is -s.")
wrong("softmax cross-entropy: the target is subtracted from the wrong side", cross_entropy,
      lambda np, z: P - softmax(np, z), Z3, "softmax - p.")
wrong("softmax cross-entropy: only the diagonal of the Jacobian", cross_entropy,
      lambda np, z: softmax(np, z) * (1 - softmax(np, z)) * (1 - P / softmax(np, z)), Z3,
      "softmax's off-diagonal entries -p_i p_j are dropped.")
wrong("KL: arguments swapped", kl, lambda np, q: np.log(q / P) + 1, [0.3, 0.3, 0.4], "The gradient of KL(q|p).")
wrong("KL reversed: the product rule's second term is dropped", kl_reversed, lambda np, q: np.log(q / P),
      [0.3, 0.3, 0.4], "q d log q = 1.")
wrong("entropy of a softmax: as if p were free", entropy, lambda np, z: -(np.log(softmax(np, z)) + 1), Z3,
      "The softmax's Jacobian is missing.")
wrong("focal loss: the weight held fixed", focal, lambda np, p: -((1 - p) ** 2) / p, 0.35, "(1 - p)^2 depends on p.")
wrong("hinge: the margin is not looked at", hinge, lambda np, z: -SIGNS, Z4, "Beyond the margin the loss is flat.")
wrong("hinge: the label is forgotten", hinge, lambda np, z: -1.0 * (1 - SIGNS * z > 0), [0.4, 1.3, 2.2, -0.7],
      "-s, not -1.")
wrong("pinball: quantile for its complement", pinball, lambda np, x: np.where(LABELS > x, -0.1, 0.9), Z4,
      "0.9 and 0.1 swapped.")
wrong("log cosh: the sign of tanh", log_cosh, lambda np, x: np.abs(np.tanh(x)), Z4,
      "Right for positive residuals only.")
wrong("dice: the denominator held fixed", dice, lambda np, p: -2 * LABELS / (np.sum(p) + np.sum(LABELS)),
      [0.6, 0.3, 0.8, 0.4], "The sum of p is below.")
wrong("logits far out: the upper tail has the lower tail's sign", bce_logits,
      lambda np, z: np.where(z > 20, -LABELS * np.exp(-z) * -1.0, np.special.expit(z) - LABELS),
      [25.0, -1.0, 0.5, 2.0], "-exp(-z) is right; a branch for z > 20 returns +exp(-z), 1.4e-11: Stan had it.",
      source="https://github.com/stan-dev/math/pull/3397")

right("mean squared error at its minimum", mse, lambda np, x: 2 * (x - LABELS) / 4, LABELS, "Exactly 0.")
right("cross-entropy of p = 1e-12", bce, lambda np, p: -(LABELS / p - (1 - LABELS) / (1 - p)) / 4,
      [1e-12, 1e-12, 0.5, 0.9], "Gradients of 1e12 and 1 together.")
right("cross-entropy of p next to 1", bce, lambda np, p: -(LABELS / p - (1 - LABELS) / (1 - p)) / 4,
      [0.9, 1 - 2.0**-40, 0.5, 0.9], "1 - p is exact there.")
right("logits of 800 and -800", bce_logits, lambda np, z: np.where(LABELS == 1, -np.special.expit(-z),
      np.special.expit(z)), [800.0, -800.0, 30.0, -30.0],
      "Entries of 0 (the truth 1e-348 is below float64), 0, -9.4e-14 and -1.", slack=1e-320)
right("logistic loss far on the right side", logistic, lambda np, z: -SIGNS * np.special.expit(-SIGNS * z),
      [60.0, -60.0, 700.0, 5.0], "Gradients of 1e-26 and 1e-304 that are no zeros.")
right("softmax cross-entropy of one hot logit", cross_entropy, lambda np, z: softmax(np, z) - P,
      [800.0, 0.0, -800.0], "Two weights underflow; without the shift exp overflows.")
right("softmax cross-entropy at its minimum", cross_entropy, lambda np, z: softmax(np, z) - P, numpy.log(P),
      "0 up to the rounding of log p.", slack=2e-16)
right("KL of equal distributions", kl, lambda np, q: -P / q, P, "The value is 0, the gradient -1 everywhere.")
right("KL reversed with q of 1e-300", kl_reversed, lambda np, q: np.log(q / P) + 1, [1e-300, 0.5, 0.5],
      "Next to 0 log 0.")
right("entropy of a uniform softmax", entropy, _of_entropy, [0.3, 0.3, 0.3], "The maximum: 0 up to rounding.",
      slack=2e-16)
right("focal loss next to p = 1", focal, lambda np, p: (1 - p) * (2 * np.log(p) - (1 - p) / p), 1 - 2.0**-20,
      "log p and 1 - p both vanish.")
right("hinge with margins 1e-8 away", hinge, lambda np, z: -SIGNS * (1 - SIGNS * z > 0),
      [1 - 1e-8, -1 - 1e-8, 1 + 1e-8, 0.0], "A step crosses three kinks.")
right("hinge at the margin", lambda np, z: np.maximum(1 - z, 0.0), lambda np, z: -1.0 * (z < 1), 1.0,
      "0 lies in [-1, 0].", clarke=((0.0,), (-1.0,)))
right("pinball a hair from the data", pinball, lambda np, x: np.where(LABELS > x, -0.9, 0.1),
      [1 - 1e-10, 1e-10, 0.0, 3.0], "Kinks 1e-10 away.")
right("log cosh of 1e4", log_cosh, lambda np, x: np.tanh(x), [1e4, -1e4, 1e-8, 0.0], "cosh overflows.")
right("dice of a perfect mask", dice, _of_dice, LABELS, "A boundary optimum with a gradient that is not 0.")
right("difference of two large squares", triplet, lambda np, x: 2 * (SIGNS - LABELS), [1e7, -1e7, 1e7, 3.0],
      "Quadratic terms of 1e14 cancel; the gradient is constant.")
right("Poisson loss of a rate of 1e-200", poisson, lambda np, z: np.exp(z) - LABELS, [-460.0, -460.0, 5.0, 0.0],
      "exp(-460) beside -1, and alone.")
right("log of one minus a probability, stable", lambda np, z: -np.sum(np.log1p(-np.special.expit(z))),
      lambda np, z: np.special.expit(z), [-50.0, 3.0, -700.0], "log1p keeps what 1 - p would lose.")

inaccurate("sigmoid minus label in the far tail", bce_logits, lambda np, z: np.special.expit(z) - LABELS,
           [38.0, -1.0, 0.5, 2.0], "sigmoid(38) - 1 is 0 in float64; the truth is -3.1e-17.")
