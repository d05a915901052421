"""Activation functions of neural networks. (sigmoid is in exponential.py, tanh in hyperbolic.py.)"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symdiff.ops.arithmetic import pi
from symdiff.ops.exponential import exp, logistic, sigmoid
from symdiff.ops.piecewise import minimum
from symdiff.ops.powers import sqrt
from symdiff.ops.row import Either, Kink, elementwise
from symdiff.ops.special import erfc
from symdiff.vocabulary import arb, jnn, sp, special

# Constants of the definitions, as the doubles every library uses.
SELU_ALPHA = 1.6732632423543772848170429916717  # Klambauer et al., arXiv:1706.02515
SELU_SCALE = 1.0507009873554804934193349852946
GELU_CUBIC = 0.044715                           # Hendrycks and Gimpel, arXiv:1606.08415

AT_ZERO = "jax.nn and torch say so, too"


def _elu(x: Any, alpha: Any) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))[()]


def _positive(y: Any, x: Any, *rest: Any) -> Any:
    return x > 0


relu = elementwise(
    "relu", lambda x: np.maximum(x, 0), partials=Either(_positive, 1.0, 0.0),
    sympy=lambda x: sp.Piecewise((x, x > 0), (0, True)), jax=jnn.relu, ball=arb.relu,
    kink=Kink(lambda x: x, (0.0,), AT_ZERO), ulp=0.0, doc="max(x, 0)",
)
leaky_relu = elementwise(
    "leaky_relu", lambda x, alpha: np.where(x >= 0, x, alpha * x)[()],
    partials=(Either(lambda y, x, alpha: x >= 0, 1.0, lambda y, x, alpha: alpha),
              Either(lambda y, x, alpha: x >= 0, 0.0, lambda y, x, alpha: x)),
    sympy=lambda x, alpha: sp.Piecewise((x, x >= 0), (alpha * x, True)), jax=jnn.leaky_relu, ball=arb.leaky_relu,
    kink=Kink(lambda x, alpha: x, (1.0, 0.0), "jax.nn says 1, torch alpha"), defaults=(0.01,), ulp=0.5,
    doc="x above zero, alpha x below",
)
elu = elementwise(  # exp(min(x, 0)): no overflow in the branch that is not taken
    "elu", _elu,
    partials=(Either(_positive, 1.0, lambda y, x, alpha: alpha * exp(minimum(x, 0.0))),
              Either(_positive, 0.0, lambda y, x, alpha: np.expm1(minimum(x, 0.0)))),
    sympy=lambda x, alpha: sp.Piecewise((x, x > 0), (alpha * (sp.exp(x) - 1), True)), jax=jnn.elu, ball=arb.elu,
    kink=Kink(lambda x, alpha: np.abs(x) + np.where(alpha == 1, 1.0, 0.0), (None, 0.0),
              "the slope alpha of the left side, as jax.nn and torch have it; no kink for alpha = 1"),
    defaults=(1.0,), ulp=4, doc="x above zero, alpha (e**x - 1) below (Clevert et al., arXiv:1511.07289)",
)
selu = elementwise(
    "selu", lambda x: SELU_SCALE * _elu(x, SELU_ALPHA),
    partials=Either(_positive, SELU_SCALE, lambda y, x: SELU_SCALE * (SELU_ALPHA * exp(minimum(x, 0.0)))),
    sympy=lambda x: sp.Rational(SELU_SCALE)
    * sp.Piecewise((x, x > 0), (sp.Rational(SELU_ALPHA) * (sp.exp(x) - 1), True)),
    jax=jnn.selu, ball=arb.selu,
    kink=Kink(lambda x: x, (SELU_SCALE * SELU_ALPHA,), "the slope of the left side, as jax.nn and torch have it"),
    ulp=4, doc="scale * elu(x, alpha), with the two constants of Klambauer et al., arXiv:1706.02515",
)
softplus = elementwise(
    "softplus", lambda x: np.logaddexp(x, 0), partials=lambda y, x: sigmoid(x),
    sympy=lambda x: sp.log(1 + sp.exp(x)), jax=jnn.softplus, ball=arb.softplus, ulp=4, doc="log(1 + e**x)",
)
silu = elementwise(
    "silu", lambda x: x * logistic(x), partials=lambda y, x: sigmoid(x) + y * sigmoid(-x),
    sympy=lambda x: x / (1 + sp.exp(-x)), jax=jnn.silu, ball=arb.silu,
    ulp=4, near_zero=2.0**-1010, doc="x sigmoid(x), also called swish",  # x times a subnormal has its error, x times
)


def _gelu_slope(y: Any, x: Any) -> Any:
    """Phi(x) + x phi(x): distribution function and density of the standard normal."""
    return 0.5 * erfc(-x / sqrt.beside(x, 2.0)) + x * exp(-0.5 * (x * x)) / sqrt(2.0 * pi.beside(x))


gelu = elementwise(
    "gelu", lambda x: 0.5 * x * special.erfc(-x * math.sqrt(0.5)), partials=_gelu_slope,  # 1 + erf would cancel
    sympy=lambda x: x * (1 + sp.erf(x / sp.sqrt(2))) / 2, jax=lambda x: jnn.gelu(x, approximate=False), ball=arb.gelu,
    ulp=1500, doc="x Phi(x), Phi the normal distribution function (Hendrycks and Gimpel, arXiv:1606.08415)",
)


def _gelu_tanh(x: Any) -> Any:
    return x * logistic(math.sqrt(8 / math.pi) * (x + GELU_CUBIC * (x * x * x)))


def _gelu_tanh_slope(y: Any, x: Any) -> Any:
    """y = x s(u), s the sigmoid and u twice the argument of tanh: (1 + tanh(u/2))/2 = s(u) without cancelling."""
    scale = sqrt(8.0 / pi.beside(x))
    u = scale * (x + GELU_CUBIC * (x * x * x))
    return sigmoid(u) + y * sigmoid(-u) * (scale * (1.0 + 3.0 * (GELU_CUBIC * (x * x))))


gelu_tanh = elementwise(
    "gelu_tanh", _gelu_tanh, partials=_gelu_tanh_slope,
    sympy=lambda x: x * (1 + sp.tanh(sp.sqrt(2 / sp.acos(-1)) * (x + sp.Rational(GELU_CUBIC) * x**3))) / 2,
    jax=lambda x: jnn.gelu(x, approximate=True), ball=arb.gelu_tanh,
    ulp=3000, doc="gelu with tanh in place of erf (Hendrycks and Gimpel, arXiv:1606.08415)",
)
