"""Special functions and activations of balls."""

from __future__ import annotations

from collections.abc import Callable

from flint import arb, arb_series

from symdiff.balls.functions import exp, expm1, log, logaddexp, pi, sqrt
from symdiff.balls.series import NAN, Ball, _kinked, abs, bits, const, maximum, nan, precision, terms


def erf(x: Ball) -> Ball:
    return Ball(x.series.erf())


def erfc(x: Ball) -> Ball:
    return Ball(x.series.erfc())


def gamma(x: Ball) -> Ball:
    return Ball(x.series.gamma())


def lgamma(x: Ball) -> Ball:
    """log |gamma(x)|, as the C library has it."""
    return Ball(x.series.lgamma()) if x.value > 0 else log(abs(gamma(x)))


def digamma(x: Ball) -> Ball:
    return polygamma(x, 0)


def polygamma(x: Ball, n: int) -> Ball:
    """The (n + 1)-th derivative of lgamma, read off FLINT's own Taylor series of it."""

    def series_at(x0: arb) -> arb_series:
        here = lgamma(Ball(arb_series([x0, 1]))).series
        for _ in range(n + 1):
            here = here.derivative()
        return here

    return _composed(series_at, x, extra=n + 1)


def _composed(series_at: Callable[[arb], arb_series], x: Ball, extra: int) -> Ball:
    """f(x(t)) from the Taylor series of f at x0, which needs `extra` more terms on the way."""
    with precision(bits(), terms() - 1 + extra):
        outer = series_at(x.value)
    if not outer[0].is_finite():
        return nan()
    step = arb_series([0, *(x[k] for k in range(1, terms()))])  # x - x.value would leave a radius behind
    answer = arb_series([0])
    for k in range(terms() - 1, -1, -1):  # Horner's; python-flint's own composition refuses step = 0
        answer = answer * step + outer[k]
    return Ball(answer)


def beta(a: Ball, b: Ball) -> Ball:
    if not (a.value > 0 and b.value > 0):  # Euler's integral
        return nan()
    return gamma(a) * gamma(b) * Ball((a + b).series.rgamma())


# -- activations -------------------------------------------------------------------------------------


def sigmoid(x: Ball) -> Ball:
    if x.value.mid() < 0:
        e = exp(x)
        return e / (1 + e)
    return 1 / (1 + exp(-x))


def softplus(x: Ball) -> Ball:
    return logaddexp(x, const(0))


def silu(x: Ball) -> Ball:
    return x * sigmoid(x)


def relu(x: Ball) -> Ball:
    return maximum(x, const(0))


def leaky_relu(x: Ball, alpha: Ball) -> Ball:
    """x for x > 0, else alpha x; for any alpha (max(alpha x, x) only holds for alpha <= 1)."""
    return _joined(x, x, alpha * x)


def elu(x: Ball, alpha: Ball) -> Ball:
    if x.value == 0 and alpha.constant and alpha.value == 1:  # both slopes are 1: no kink before the second
        return Ball(arb_series([arb(0), x[1], *[NAN] * (terms() - 2)][: terms()]))
    return _joined(x, x, alpha * expm1(x))


def selu(x: Ball) -> Ball:
    return const(SELU_SCALE) * elu(x, const(SELU_ALPHA))


def _joined(x: Ball, above: Ball, below: Ball) -> Ball:
    """`above` for x > 0, `below` for x < 0; at zero both are 0 and the slopes may differ. What cannot be told from zero
    has a value between theirs."""
    if x.value > 0:
        return above
    if x.value < 0:
        return below
    return _kinked(arb(0) if x.value == 0 else above.value.union(below.value), x)


def gelu(x: Ball) -> Ball:
    """x Phi(x), Phi the standard normal distribution function."""
    return x * erfc(-x / sqrt(const(2))) / 2


def gelu_tanh(x: Ball) -> Ball:
    inner = sqrt(2 / pi()) * (x + const(GELU_CUBIC) * x * x * x)
    return x * sigmoid(2 * inner)  # (1 + tanh(u)) / 2, which would cancel


# Constants of the definitions, as the doubles every library uses.
SELU_ALPHA = 1.6732632423543772848170429916717  # Klambauer et al., arXiv:1706.02515
SELU_SCALE = 1.0507009873554804934193349852946
GELU_CUBIC = 0.044715  # Hendrycks and Gimpel, arXiv:1606.08415
