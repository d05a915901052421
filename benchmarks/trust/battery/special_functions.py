"""Special functions: wrong recurrences, dropped factors, removable and singular points, far tails."""

from __future__ import annotations

import numpy

from benchmarks.trust.battery.case import Family

FAMILY = Family("special_functions")
wrong, right, inaccurate = FAMILY.wrong, FAMILY.right, FAMILY.inaccurate
TWO_OVER_SQRT_PI = 1.1283791670955126
DLMF = "https://dlmf.nist.gov/"

wrong("erf' without 2/sqrt(pi)", lambda np, x: np.special.erf(x), lambda np, x: np.exp(-(x**2)), 0.6,
      "The norming factor is missing.")
wrong("erfc' with erf's sign", lambda np, x: np.special.erfc(x), lambda np, x: TWO_OVER_SQRT_PI * np.exp(-(x**2)),
      0.6, "erfc' is negative.")
wrong("erf' with half the exponent", lambda np, x: np.special.erf(x),
      lambda np, x: TWO_OVER_SQRT_PI * np.exp(-(x**2) / 2), 0.6, "The normal density's exponent in the error function.")
wrong("gamma' as digamma", lambda np, x: np.special.gamma(x), lambda np, x: np.special.digamma(x), 3.3,
      "Gamma' = Gamma psi.")
wrong("gammaln' as trigamma", lambda np, x: np.special.gammaln(x), lambda np, x: np.special.polygamma(1, x), 3.3,
      "One order too high.")
wrong("digamma' as digamma of x + 1", lambda np, x: np.special.digamma(x),
      lambda np, x: np.special.polygamma(1, x + 1), 2.2, "An index off by one.")
wrong("J0' without the minus", lambda np, x: np.special.j0(x), lambda np, x: np.special.j1(x), 1.9, "J0' = -J1.",
      source=DLMF + "10.6")
wrong("J1' as J0", lambda np, x: np.special.j1(x), lambda np, x: np.special.j0(x), 1.9, "J1' = J0 - J1/x.",
      source=DLMF + "10.6")
wrong("J_v' of an inner argument without the chain rule", lambda np, x: np.special.jv(2, 3 * x),
      lambda np, x: (np.special.jv(1, 3 * x) - np.special.jv(3, 3 * x)) / 2, 0.8, "The 3 inside is missing.",
      source="https://github.com/UoS-Integrated-Nanophotonics-group/MieDiff/issues/2")
wrong("ive' without the scaling's own slope", lambda np, x: np.special.ive(2.0, x),
      lambda np, x: np.special.ive(1.0, x) - np.special.ive(2.0, x) * 2.0 / x, 1.7,
      "e^-z gives another -I_v: (v + z)/z is right where a report asked for v/z.",
      source="https://github.com/MathsShen/SCF/issues/2")
wrong("I1' as I0", lambda np, x: np.special.i1(x), lambda np, x: np.special.i0(x), 1.2, "I1' = I0 - I1/x.",
      source=DLMF + "10.29")
wrong("K0' without the minus", lambda np, x: np.special.k0(x), lambda np, x: np.special.k1(x), 1.2, "K0' = -K1.",
      source=DLMF + "10.29")
wrong("logit' as sigmoid'", lambda np, x: np.special.logit(x), lambda np, x: x * (1 - x), 0.3,
      "The inverse's slope is the reciprocal.")
wrong("xlogy at 0: no gradient by x", lambda np, x: np.special.xlogy(x[0], x[1]),
      lambda np, x: np.stack([np.where(x[0] == 0, 0.0, np.log(x[1])), x[0] / x[1]]), [0.0, 2.5],
      "log(y) for every x, 0 included; the mask of the value was used for the gradient.",
      source="https://github.com/pytorch/pytorch/issues/80770")
wrong("xlog1py at 0: no gradient by x", lambda np, x: np.special.xlog1py(x[0], x[1]),
      lambda np, x: np.stack([np.special.xlog1py(np.where(x[0] == 0, 0.0, 1.0), x[1]), x[0] / (1 + x[1])]), [0.0, 1.0],
      "The same in TensorFlow.", source="https://github.com/tensorflow/tensorflow/issues/56873")
wrong("ndtr' as the error function's", lambda np, x: np.special.ndtr(x),
      lambda np, x: TWO_OVER_SQRT_PI * np.exp(-(x**2)), 0.4, "The normal density has 1/sqrt(2 pi) and a half.")
wrong("E1' without the minus", lambda np, x: np.special.exp1(x), lambda np, x: np.exp(-x) / x, 0.9,
      "E1' = -exp(-x)/x.", source=DLMF + "6.2")
wrong("betaln: the joint term is dropped", lambda np, x: np.special.betaln(x[0], x[1]),
      lambda np, x: np.special.digamma(x), [1.7, 2.4], "psi(a) - psi(a + b): the second was dropped.")
wrong("regularised gammainc' without 1/Gamma(a)", lambda np, x: np.special.gammainc(2.5, x),
      lambda np, x: x**1.5 * np.exp(-x), 1.4, "The regularised function has Gamma(a) below.")
wrong("ellipk of the modulus where the parameter is meant", lambda np, x: np.special.ellipk(x),
      lambda np, x: (np.special.ellipe(x) - (1 - x) * np.special.ellipk(x)) / (numpy.sqrt(0.3) * (1 - x)), 0.3,
      "By the parameter m the factor is 1/(2m(1 - m)); the claim is dK/dk.", source=DLMF + "19.4")

right("erf at 6", lambda np, x: np.special.erf(x), lambda np, x: TWO_OVER_SQRT_PI * np.exp(-(x**2)), 6.0,
      "erf is 1 to the last bit and its slope 2.6e-16.")
right("erfc at 20", lambda np, x: np.special.erfc(x), lambda np, x: -TWO_OVER_SQRT_PI * np.exp(-(x**2)), 20.0,
      "A tail of 5e-176.")
right("erfcx at 1e3", lambda np, x: np.special.erfcx(x),
      lambda np, x: -(1 - 1.5 / x**2 + 3.75 / x**4 - 13.125 / x**6) / (numpy.sqrt(numpy.pi) * x**2), 1e3,
      "2x erfcx(x) - 2/sqrt(pi) cancels; the asymptotic series does not.")
right("gammaln at 1e10", lambda np, x: np.special.gammaln(x), lambda np, x: np.special.digamma(x), 1e10,
      "A value of 2e11 with a slope of 23.")
right("gamma at 170", lambda np, x: np.special.gamma(x), lambda np, x: np.special.gamma(x) * np.special.digamma(x),
      170.0, "4e304, two steps from overflow.")
right("gamma at -2.5", lambda np, x: np.special.gamma(x), lambda np, x: np.special.gamma(x) * np.special.digamma(x),
      -2.5, "Between two poles.")
right("gammaln next to 0", lambda np, x: np.special.gammaln(x), lambda np, x: np.special.digamma(x), 1e-8,
      "Next to the pole: a step leaves the positive side.")
right("digamma at its zero's neighbour", lambda np, x: np.special.digamma(x),
      lambda np, x: np.special.polygamma(1, x), 1.4616, "The value is about 0, the slope is not.")
right("J0 at 50", lambda np, x: np.special.j0(x), lambda np, x: -np.special.j1(x), 50.0, "Oscillating and decaying.")
right("J0 at 0", lambda np, x: np.special.j0(x), lambda np, x: -np.special.j1(x), 0.0, "The slope is exactly 0.")
right("J_2.5 at 1e-8", lambda np, x: np.special.jv(2.5, x),
      lambda np, x: (np.special.jv(1.5, x) - np.special.jv(3.5, x)) / 2, 1e-8, "x**2.5 at the edge of the domain.")
right("I0 scaled at 1e4", lambda np, x: np.special.i0e(x), lambda np, x: -0.5 * x**-1.5 / numpy.sqrt(2 * numpy.pi)
      * (1 + 3 / (8 * x) + 45 / (128 * x**2) + 525 / (1024 * x**3)), 1e4,
      "i1e - i0e cancels; the asymptotic series does not.")
right("K0 at 1e-10", lambda np, x: np.special.k0(x), lambda np, x: -np.special.k1(x), 1e-10, "A logarithmic pole.")
right("log of the normal tail at -30", lambda np, x: np.special.log_ndtr(x),
      lambda np, x: numpy.sqrt(2 / numpy.pi) / np.special.erfcx(-x / numpy.sqrt(2.0)), -30.0,
      "ndtr is 5e-198; Mills' ratio by erfcx is stable.")
right("the normal quantile at 1e-10", lambda np, x: np.special.ndtri(x),
      lambda np, x: numpy.sqrt(2 * numpy.pi) * np.exp(np.special.ndtri(x) ** 2 / 2), 1e-10, "Steep next to 0.")
right("entr at 1e-300", lambda np, x: np.special.entr(x), lambda np, x: -np.log(x) - 1, 1e-300,
      "Next to the removable point.")
right("logit at 1e-15", lambda np, x: np.special.logit(x), lambda np, x: 1 / (x * (1 - x)), 1e-15,
      "A step leaves the domain.")
right("gammainc far in its tail", lambda np, x: np.special.gammaincc(3.0, x), lambda np, x: -(x**2) * np.exp(-x) / 2,
      200.0, "3e-83.")
right("ellipk next to 1", lambda np, x: np.special.ellipk(x),
      lambda np, x: (np.special.ellipe(x) - (1 - x) * np.special.ellipk(x)) / (2 * x * (1 - x)), 1 - 2.0**-30,
      "A logarithmic pole.", source=DLMF + "19.4")
right("Dawson's function at 0.3", lambda np, x: np.special.dawsn(x), lambda np, x: 1 - 2 * x * np.special.dawsn(x), 0.3,
      "No elementary derivative; it satisfies F' = 1 - 2xF.", source=DLMF + "7.10")

inaccurate("Dawson's function far out by its equation", lambda np, x: np.special.dawsn(x),
           lambda np, x: 1 - 2 * x * np.special.dawsn(x), 1e5,
           "F' = 1 - 2xF is right and cancels: the truth is -5e-11.")
