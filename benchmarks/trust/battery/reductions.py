"""Sums, means, products, broadcasting and indexing: wrong axes, forgotten n, neighbours one off."""

from __future__ import annotations

from typing import Any

import numpy

from benchmarks.trust.battery.case import Family

FAMILY = Family("reductions")
wrong, right = FAMILY.wrong, FAMILY.right
M = numpy.array([[0.5, -1.2, 2.0], [1.5, 0.3, -0.7], [0.9, 1.1, 0.4], [-0.3, 0.8, 1.9]])
S = [[0.5, -1.2, 2.0], [1.5, 0.3, -0.7], [0.9, 1.1, 0.4]]
V4 = [0.6, -1.1, 2.3, 0.2]


def mean_square(np: Any, x: Any) -> Any:
    return np.mean(x**2)


def bias(np: Any, w: Any, b: Any) -> Any:
    return np.sum((w + b) ** 2)


def scaled(np: Any, x: Any, s: Any) -> Any:
    return np.sum(np.sin(x * s))


def column_norms(np: Any, a: Any) -> Any:
    return np.sum(np.sqrt(np.sum(a**2, axis=0)))


def product(np: Any, x: Any) -> Any:
    return np.prod(x)


def others(np: Any, x: Any) -> Any:
    return np.stack([np.prod(np.delete(x, i)) for i in range(len(x))])


def variation(np: Any, x: Any) -> Any:
    return np.sum((x[1:] - x[:-1]) ** 2)


def _of_variation(np: Any, x: Any) -> Any:
    d = 2 * (x[1:] - x[:-1])
    return np.concatenate([[0.0], d]) - np.concatenate([d, [0.0]])


def running(np: Any, x: Any) -> Any:
    return np.sum(np.cumsum(x) ** 2)


def convolution(np: Any, x: Any) -> Any:
    return np.sum((x[:-2] - 2 * x[1:-1] + 3 * x[2:]) ** 2)


def _of_convolution(np: Any, x: Any, k: Any) -> Any:
    r = 2 * (x[:-2] - 2 * x[1:-1] + 3 * x[2:])
    z = np.zeros(1)
    return k[0] * np.concatenate([r, z, z]) + k[1] * np.concatenate([z, r, z]) + k[2] * np.concatenate([z, z, r])


def gathered(np: Any, x: Any) -> Any:
    return np.sum(x[np.array([0, 2, 2, 3])] ** 3)


def weighted(np: Any, x: Any) -> Any:
    return np.sum(x * np.arange(1.0, 5.0)) / np.sum(x)


def centred(np: Any, x: Any) -> Any:
    return np.sum((x - np.mean(x)) ** 3)


def _of_centred(np: Any, x: Any) -> Any:
    d = 3 * (x - np.mean(x)) ** 2
    return d - np.mean(d)


wrong("mean of squares: n is forgotten", mean_square, lambda np, x: 2 * x, V4, "2x/n.")
wrong("mean of squares over the rows only", mean_square, lambda np, x: 2 * x / x.shape[0], M,
      "n is 12, not 4: a mean over one axis.")
wrong("mean of squares: n - 1", mean_square, lambda np, x: 2 * x / (len(x) - 1), V4, "Bessel's correction in a mean.")
wrong("a bias is not unbroadcast but averaged", bias, lambda np, w, b: (2 * (w + b), np.mean(2 * (w + b), axis=0)),
      (M, [0.1, -0.4, 0.7]), "The bias stands in every row: its gradient is the sum over them.")
wrong("a bias takes the first row's gradient", bias, lambda np, w, b: (2 * (w + b), 2 * (w + b)[0]),
      (M, [0.1, -0.4, 0.7]), "The shape was repaired by taking one row.",
      source="https://github.com/deeplearning4j/nd4j/issues/2424")
wrong("a bias summed over the wrong axis", bias, lambda np, w, b: (2 * (w + b), np.sum(2 * (w + b), axis=1)),
      (S, [0.1, -0.4, 0.7]), "A square matrix hides it from the shapes.",
      source="https://github.com/probcomp/Gen.jl/issues/432")
wrong("a scalar factor: only the last entry counts", scaled,
      lambda np, x, s: (s * np.cos(x * s), (x * np.cos(x * s))[-1]), (V4, 1.3), "= in a loop where += was meant.",
      source="https://github.com/stan-dev/math/issues/1248")
wrong("column norms along the rows", column_norms, lambda np, a: a / np.sqrt(np.sum(a**2, axis=1, keepdims=True)), S,
      "axis=0 in the function.")
wrong("column norms: the norm is squared", column_norms, lambda np, a: a / np.sum(a**2, axis=0), S,
      "The root is missing.")
wrong("product: the entry itself is left in", product, lambda np, x: np.prod(x) + 0 * x, V4, "prod(x)/x_i.")
wrong("product with a zero by division is nan", product, lambda np, x: np.prod(x) / x, [2.0, 0.0, 3.0, 4.0],
      "0/0 where the product of the others, 24, is right.", source="https://github.com/tracel-ai/burn/issues/5533")
wrong("product with a zero is said to be flat", product,
      lambda np, x: np.where(x == 0, 0.0, np.prod(x) / np.where(x == 0, 1.0, x)), [2.0, 0.0, 3.0, 4.0],
      "The zero's own entry is 24.", source="https://github.com/pytorch/pytorch/issues/773")
wrong("differences: one neighbour only", variation, lambda np, x: np.concatenate([[0.0], 2 * (x[1:] - x[:-1])]), V4,
      "Each x stands in two differences.")
wrong("differences: indices off by one", variation, lambda np, x: np.roll(_of_variation(np, x), 1), V4,
      "The whole gradient is shifted.")
wrong("cumsum: summed from the front again", running, lambda np, x: np.cumsum(2 * np.cumsum(x)), V4,
      "The adjoint sums from the back.")
wrong("convolution: the kernel is not flipped", convolution, lambda np, x: _of_convolution(np, x, [3.0, -2.0, 1.0]),
      [0.3, 1.2, -0.5, 2.0, 0.7], "The adjoint of a correlation is a convolution.")
wrong("a repeated index is counted once", gathered, lambda np, x: 3 * x**2 * np.array([1.0, 0.0, 1.0, 1.0]), V4,
      "x[2] is gathered twice; g[i] += with a list of indices adds once.")
wrong("weighted mean: the weights' sum held fixed", weighted, lambda np, x: np.arange(1.0, 5.0) / np.sum(x),
      [0.6, 1.1, 2.3, 0.2], "The denominator depends on x.")
wrong("third central moment: the mean held fixed", centred, lambda np, x: 3 * (x - np.mean(x)) ** 2, V4,
      "The mean depends on every entry.")
wrong("max over an axis: the gradient goes to every entry", lambda np, a: np.sum(np.max(a, axis=0)),
      lambda np, a: np.ones((3, 3)), S, "Only the greatest.")

right("product with one zero", product, others, [2.0, 0.0, 3.0, 4.0], "24 at the zero, 0 elsewhere.",
      source="https://github.com/pytorch/pytorch/issues/773")
right("product with two zeros", product, others, [2.0, 0.0, 3.0, 0.0], "Every entry is 0.")
right("product of 1e-100, 1e-100 and 1e100", product, others, [1e-100, 1e-100, 1e100, 2.0],
      "Gradients from 2e-200 to 1e-100.")
right("cumulative products with a zero", lambda np, x: np.sum(np.cumprod(x)),
      lambda np, x: np.stack([1 + x[1] * (1 + x[2]), x[0] * (1 + x[2]), x[0] * x[1]]), [2.0, 3.0, 0.0],
      "4, 2, 6; a division by x gives nan, its repair 0.",
      source="https://github.com/tensorflow/tensorflow/issues/119430")
right("sum that cancels to 0", lambda np, x: np.sum(x) ** 2, lambda np, x: 2 * np.sum(x) + 0 * x,
      [1e8, -1e8, 1.0, -1.0], "A stationary point of large entries.")
right("mean of 10 equal huge numbers", mean_square, lambda np, x: 2 * x / len(x), numpy.full(10, 1e150),
      "The squares are 1e300.")
right("variance of numbers close together", lambda np, x: np.var(x), lambda np, x: 2 * (x - np.mean(x)) / len(x),
      [1e8, 1e8 + 1, 1e8 + 2, 1e8 + 5], "The mean is 1e8, the gradient about 1: two passes keep the digits.")
right("variance of equal numbers", lambda np, x: np.var(x), lambda np, x: 2 * (x - np.mean(x)) / len(x),
      [3.0, 3.0, 3.0, 3.0], "Stationary: exact zeros.")
right("differences of a straight line", variation, _of_variation, [1.0, 2.0, 3.0, 4.0],
      "Inner entries are exactly 0, the ends -2 and 2.")
right("third central moment of a symmetric sample", centred, _of_centred, [-2.0, -1.0, 1.0, 2.0],
      "The value is 0, the gradient is not.")
right("cumsum from the back", running, lambda np, x: np.cumsum(2 * np.cumsum(x)[::-1])[::-1], V4,
      "The adjoint of cumsum.")
right("a convolution's adjoint", convolution, lambda np, x: _of_convolution(np, x, [1.0, -2.0, 3.0]),
      [0.3, 1.2, -0.5, 2.0, 0.7], "Edges have fewer terms.")
right("a repeated index", gathered, lambda np, x: 3 * x**2 * np.array([1.0, 0.0, 2.0, 1.0]), V4,
      "Twice the gradient at the repeated entry, 0 at the unread one.")
right("a scalar times a vector of far scales", scaled,
      lambda np, x, s: (s * np.cos(x * s), np.sum(x * np.cos(x * s))), ([1e-12, 1e-4, 1.0], 1.3), "Scales 1e12 apart.")
right("max of each column", lambda np, a: np.sum(np.max(a, axis=0)), lambda np, a: 1.0 * (a == np.max(a, axis=0)), S,
      "A gradient of zeros and ones.")
right("weighted mean at nearly cancelling weights", weighted,
      lambda np, x: (np.arange(1.0, 5.0) - np.sum(x * np.arange(1.0, 5.0)) / np.sum(x)) / np.sum(x),
      [1.0, -1.0, 0.5, -0.5 + 2.0**-20], "The sum of the weights is 1e-6.")
