"""Densities and likelihoods: normalisers, Jacobians of reparametrisations, scale parameters, Gaussian processes."""

from __future__ import annotations

from typing import Any

import numpy

from benchmarks.trust.battery.case import Family

FAMILY = Family("statistics")
wrong, right = FAMILY.wrong, FAMILY.right
DATA = numpy.array([1.2, -0.4, 2.7, 0.3])
K = numpy.array([[2.0, 0.6, 0.1], [0.6, 1.5, -0.3], [0.1, -0.3, 1.8]])
Y = numpy.array([0.5, -1.0, 0.8])
DISTANCES = numpy.array([[0.0, 0.7, 1.9], [0.7, 0.0, 1.2], [1.9, 1.2, 0.0]])
HALF_LOG_2_PI = 0.9189385332046727


def normal(np: Any, x: Any) -> Any:
    return np.sum(-0.5 * ((DATA - x[0]) / x[1]) ** 2 - np.log(x[1]))


def normal_log_scale(np: Any, x: Any) -> Any:
    return np.sum(-0.5 * (DATA - x[0]) ** 2 * np.exp(-2 * x[1]) - x[1])


def _of_normal(np: Any, x: Any) -> Any:
    r = DATA - x[0]
    return np.stack([np.sum(r) / x[1] ** 2, np.sum(r**2) / x[1] ** 3 - 4 / x[1]])


def logit_normal(np: Any, x: Any) -> Any:
    return -0.5 * np.log(x / (1 - x)) ** 2 - np.log(x) - np.log(1 - x)


def gamma(np: Any, x: Any) -> Any:
    return x[0] * np.log(x[1]) - np.special.gammaln(x[0]) + (x[0] - 1) * np.log(1.7) - x[1] * 1.7


def log_normal(np: Any, z: Any) -> Any:
    """The target exp(z) ~ Gamma(3, 1), in z: with log |dx/dz| = z."""
    return 2 * z - np.exp(z) + z


def student(np: Any, x: Any) -> Any:
    return np.sum(-2.5 * np.log1p((DATA - x) ** 2 / 4))


def multivariate(np: Any, m: Any) -> Any:
    return -0.5 * (Y - m) @ np.linalg.solve(K, Y - m)


def evidence(np: Any, x: Any) -> Any:
    k = x[0] * np.exp(-(DISTANCES**2) / (2 * x[1] ** 2)) + 0.1 * np.eye(3)
    return -0.5 * Y @ np.linalg.solve(k, Y) - 0.5 * np.linalg.slogdet(k)[1]


def _of_evidence(np: Any, x: Any, keep: float = 1.0) -> Any:
    e = np.exp(-(DISTANCES**2) / (2 * x[1] ** 2))
    inverse = np.linalg.inv(x[0] * e + 0.1 * np.eye(3))
    a = inverse @ Y
    return np.stack([0.5 * (a @ d @ a - keep * np.sum(inverse * d)) for d in (e, x[0] * e * DISTANCES**2 / x[1] ** 3)])


def funnel(np: Any, x: Any) -> Any:
    return -0.5 * x[0] ** 2 / 9 - 0.5 * x[1] ** 2 * np.exp(-x[0]) - 0.5 * x[0]


def mixture(np: Any, x: Any) -> Any:
    a, b = -0.5 * (DATA - x[0]) ** 2, -0.5 * (DATA - x[1]) ** 2
    return np.sum(np.logaddexp(a + np.log(0.3), b + np.log(0.7)))


def _of_mixture(np: Any, x: Any) -> Any:
    r = np.special.expit(-0.5 * (DATA - x[0]) ** 2 + 0.5 * (DATA - x[1]) ** 2 + np.log(0.3) - np.log(0.7))
    s = np.special.expit(0.5 * (DATA - x[0]) ** 2 - 0.5 * (DATA - x[1]) ** 2 - np.log(0.3) + np.log(0.7))
    return np.stack([np.sum(r * (DATA - x[0])), np.sum(s * (DATA - x[1]))])


def elbo(np: Any, x: Any) -> Any:
    """log p(mu + s eps) + log s, at one draw eps = 0.8 of the noise."""
    z = x[0] + np.exp(x[1]) * 0.8
    return -0.5 * z**2 + x[1]


def correlation(np: Any, x: Any) -> Any:
    a, b = x - np.mean(x), DATA - np.mean(DATA)
    return np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b))


def _of_correlation(np: Any, x: Any) -> Any:
    a, b = x - np.mean(x), DATA - np.mean(DATA)
    return b / np.sqrt(np.sum(a * a) * np.sum(b * b)) - correlation(np, x) * a / np.sum(a * a)


def ordered(np: Any, c: Any) -> Any:
    return np.log(np.special.expit(c[1] - 0.3) - np.special.expit(c[0] - 0.3))


def beta_binomial(np: Any, x: Any) -> Any:
    return np.special.betaln(x[0] + 3, x[1] + 5) - np.special.betaln(x[0], x[1])


wrong("normal: the scale's normaliser is dropped", normal,
      lambda np, x: _of_normal(np, x) + np.stack([0.0, 4 / x[1]]), [0.4, 1.3], "-n/sigma is missing.")
wrong("normal: the mean's sign", normal, lambda np, x: _of_normal(np, x) * np.array([-1.0, 1.0]), [0.4, 1.3],
      "d(x - mu) = -d mu.")
wrong("normal: variance for standard deviation", normal,
      lambda np, x: np.stack([np.sum(DATA - x[0]) / x[1], _of_normal(np, x)[1]]), [0.4, 1.3], "1/sigma^2, not 1/sigma.")
wrong("log-scale: the chain rule's factor is missing", normal_log_scale,
      lambda np, x: _of_normal(np, np.stack([x[0], np.exp(x[1])])), [0.4, 0.3],
      "By log sigma the slope is sigma times that by sigma.",
      source="https://github.com/alan-turing-institute/stat-fem/issues/35")
wrong("log-scale: half of it, as for a log-variance", normal_log_scale,
      lambda np, x: np.stack([np.sum(DATA - x[0]) * np.exp(-2 * x[1]),
      np.sum(0.5 * (DATA - x[0]) ** 2 * np.exp(-2 * x[1])) - 2]), [0.4, 0.3],
      "The log standard deviation taken for the log variance.",
      source="https://github.com/hill-a/stable-baselines/pull/1060")
wrong("logit-normal: the log of x where the logit stands", logit_normal,
      lambda np, x: (-np.log(x) - 1 + 2 * x) / (x * (1 - x)), 0.3, "As published: not even symmetric about 1/2.",
      source="https://github.com/JuliaStats/Distributions.jl/issues/1221")
wrong("gamma: digamma is forgotten", gamma, lambda np, x: np.stack([np.log(x[1]) + np.log(1.7), x[0] / x[1] - 1.7]),
      [2.3, 1.1], "The normaliser depends on the shape.")
wrong("gamma: rate for scale", gamma, lambda np, x: np.stack([-np.log(x[1]) - np.special.digamma(x[0]) + np.log(1.7),
      -x[0] / x[1] + 1.7 / x[1] ** 2]), [2.3, 1.1], "The gradient of the other parametrisation.")
wrong("a reparametrised density without its Jacobian", log_normal, lambda np, z: 2 - np.exp(z), 0.4,
      "log |dx/dz| = z adds 1.")
wrong("Student: the degrees of freedom are forgotten", student,
      lambda np, x: np.sum(5 * (DATA - x) / (1 + (DATA - x) ** 2)), 0.2, "nu = 4 scales the square.")
wrong("multivariate normal: the sign", multivariate, lambda np, m: -np.linalg.solve(K, Y - m), [0.2, 0.1, -0.3],
      "K^-1 (y - m).")
wrong("Gaussian process: the trace term is dropped", evidence, lambda np, x: _of_evidence(np, x, 0.0), [1.2, 0.9],
      "log det K depends on the kernel.")
wrong("Gaussian process: the trace term twice", evidence, lambda np, x: _of_evidence(np, x, 2.0), [1.2, 0.9],
      "The half before log det.")
wrong("funnel: the volume term is dropped", funnel,
      lambda np, x: np.stack([-x[0] / 9 + 0.5 * x[1] ** 2 * np.exp(-x[0]), -x[1] * np.exp(-x[0])]), [0.8, 1.5],
      "-x0/2 of the log density.", source="https://github.com/chi-feng/mcmc-demo/pull/16")
wrong("mixture: the responsibilities are left out", mixture,
      lambda np, x: np.stack([np.sum(DATA - x[0]) * 0.3, np.sum(DATA - x[1]) * 0.7]), [0.1, 1.5],
      "Weights for posterior weights.")
wrong("ELBO: the path through the noise's scale is cut", elbo,
      lambda np, x: np.stack([-(x[0] + np.exp(x[1]) * 0.8), 1.0 + 0 * x[1]]), [0.5, -0.2], "z depends on log s.")
wrong("ELBO: the entropy's 1 is dropped", elbo,
      lambda np, x: -(x[0] + np.exp(x[1]) * 0.8) * np.stack([1.0 + 0 * x[0], 0.8 * np.exp(x[1])]), [0.5, -0.2],
      "d log s / d log s = 1.")
wrong("ordered logit: the lower cut's sign", ordered,
      lambda np, c: np.stack([np.special.expit(c[0] - 0.3) * np.special.expit(0.3 - c[0]),
      np.special.expit(c[1] - 0.3) * np.special.expit(0.3 - c[1])])
      / (np.special.expit(c[1] - 0.3) - np.special.expit(c[0] - 0.3)), [-0.5, 1.1], "The lower cut is subtracted.")
wrong("correlation: the norm held fixed", correlation,
      lambda np, x: (DATA - np.mean(DATA)) / np.sqrt(np.sum((x - np.mean(x)) ** 2)
      * np.sum((DATA - np.mean(DATA)) ** 2)), [0.3, 1.0, 2.0, -0.5], "The deviation of x stands in the denominator.")

right("normal with a scale of 1e-6", normal, _of_normal, [0.4, 1e-6], "Gradients of 1e12 and 1e18.")
right("normal with a mean of 1e9", normal, _of_normal, [1e9, 1.0], "A value of -2e18.")
right("log-scale of -20", normal_log_scale, lambda np, x: np.stack([np.sum(DATA - x[0]) * np.exp(-2 * x[1]),
      np.sum((DATA - x[0]) ** 2 * np.exp(-2 * x[1])) - 4]), [0.4, -20.0], "Precisions of 2e17.")
right("logit-normal at 1e-9", logit_normal, lambda np, x: -(np.log(x / (1 - x)) + 1 - 2 * x) / (x * (1 - x)), 1e-9,
      "At the edge of the support.")
right("gamma with a shape of 1e-8", gamma, lambda np, x: np.stack([np.log(x[1]) - np.special.digamma(x[0])
      + np.log(1.7), x[0] / x[1] - 1.7]), [1e-8, 1.1], "digamma has a pole there.")
right("gamma with a shape of 1e8", gamma, lambda np, x: np.stack([np.log(x[1]) - np.special.digamma(x[0])
      + np.log(1.7), x[0] / x[1] - 1.7]), [1e8, 1e8], "x0 log x1 and gammaln cancel to eight digits.")
right("a change of variables far left", log_normal, lambda np, z: 3 - np.exp(z), -300.0, "exp(z) vanishes beside 3.")
right("Student with an outlier of 1e10", student, lambda np, x: np.sum(5 * (DATA - x) / (4 + (DATA - x) ** 2)), 1e10,
      "A gradient of 2e-9 below a value of -450.")
right("multivariate normal at its mode", multivariate, lambda np, m: np.linalg.solve(K, Y - m), Y, "Exactly 0.")
right("Gaussian process with a long length scale", lambda np, x: evidence(np, np.stack([1.0 + 0 * x, x])),
      lambda np, x: _of_evidence(np, [1.0, x])[1], 30.0, "All entries of the kernel are nearly 1.")
right("funnel in its neck", funnel, lambda np, x: np.stack([-x[0] / 9 + 0.5 * x[1] ** 2 * np.exp(-x[0]) - 0.5,
      -x[1] * np.exp(-x[0])]), [-30.0, 1e-6], "Curvatures of 1e13: the sampler's classic.",
      source="Neal (2003), Slice Sampling")
right("mixture with far components", mixture, _of_mixture, [-20.0, 1.0], "One component has a weight of 1e-98.")
right("ELBO at the optimum of its mean", elbo,
      lambda np, x: np.stack([-(x[0] + np.exp(x[1]) * 0.8), 1 - (x[0] + np.exp(x[1]) * 0.8) * 0.8 * np.exp(x[1])]),
      [-0.8, 0.0], "One entry is exactly 0, the other 1.")
right("correlation of proportional data", correlation, _of_correlation, 2 * DATA,
      "The maximum: the gradient is 0 up to rounding.", slack=1e-15)
right("beta-binomial with small counts", beta_binomial, lambda np, x: np.special.digamma(x + np.array([3.0, 5.0]))
      - np.special.digamma(np.sum(x) + 8) - np.special.digamma(x) + np.special.digamma(np.sum(x)), [1e-6, 2.0],
      "A pole of the prior.")
right("normal cdf tail in a censored likelihood", lambda np, x: np.special.log_ndtr((1.0 - x) / 0.1),
      lambda np, x: -numpy.sqrt(2 / numpy.pi) / np.special.erfcx((x - 1.0) / 0.1 / numpy.sqrt(2.0)) / 0.1, 4.0,
      "A probability of 5e-198.")
right("log density of a point 1e3 deviations out", lambda np, x: -0.5 * x**2 - HALF_LOG_2_PI, lambda np, x: -x, 1e3,
      "The density is 0 in float64; its logarithm is a parabola.")
