"""Powers, exponentials, trigonometric and hyperbolic functions of balls.

What FLINT's series lack is composed from what they have; tiny arguments keep their digits.
"""

from __future__ import annotations

from flint import arb, arb_series

from symdiff.balls.series import NAN, Ball, _kinked, _with_value, const, nan, terms


def sqrt(x: Ball) -> Ball:
    return _kinked(arb(0), x) if x.value == 0 else Ball(x.series.sqrt())


def cbrt(x: Ball) -> Ball:
    if x.value == 0:
        return _kinked(arb(0), x)
    if x.value < 0:
        return -cbrt(-x)
    return exp(log(x) / 3)


def exp(x: Ball) -> Ball:
    if is_infinite(x.value) and x.value < 0 and all(x[k].is_finite() for k in range(1, terms())):
        return const(0)  # what a mask adds to a logsumexp: nothing, and so is every derivative
    return Ball(x.series.exp())


def is_infinite(value: arb) -> bool:
    """Whether it is plus or minus infinity for certain, and not merely unbounded."""
    return not value.is_finite() and bool(value.rad().is_finite()) and not value.is_nan()


def log(x: Ball) -> Ball:
    return Ball(x.series.log())


def expm1(x: Ball) -> Ball:
    return _with_value(x.value.expm1(), exp(x))


def log1p(x: Ball) -> Ball:
    return _with_value(x.value.log1p(), log(x + 1))


def exp2(x: Ball) -> Ball:
    return exp(x * log(const(2)))


def log2(x: Ball) -> Ball:
    return log(x) / log(const(2))


def log10(x: Ball) -> Ball:
    return log(x) / log(const(10))


def logaddexp(a: Ball, b: Ball) -> Ball:
    top, low = (b, a) if (a - b).value.mid() < 0 else (a, b)
    return top + log1p(exp(low - top))


def hypot(a: Ball, b: Ball) -> Ball:
    return sqrt(a * a + b * b)


def integer_power(x: Ball, n: int) -> Ball:
    if n < 0:
        return 1 / integer_power(x, -n)
    if n == 2:
        return x * x
    if n and x.value.contains(0):  # FLINT's power of a series is nan for an enclosure of zero
        return _product_of(x, n)
    return Ball(x.series**n) if n else const(1)


def _product_of(x: Ball, n: int) -> Ball:
    """x times itself, by squaring."""
    result, square = None, x
    while n:
        if n & 1:
            result = square if result is None else result * square
        square, n = square * square, n >> 1
    assert result is not None  # n was not zero
    return result


def whole(b: Ball) -> int | None:
    """The whole number that a ball is, and stays."""
    n = b.value.unique_fmpz() if b.constant and b.value.is_exact() else None
    return int(n) if n is not None and b.value == n else None


def power(a: Ball, b: Ball) -> Ball:
    """a**b: exp(b log a) for a > 0; a whole power if b is a constant whole number."""
    n = whole(b)
    if n is not None:
        return integer_power(a, n)
    if a.value == 0 and a.constant and b.value > 0:
        return const(0)
    if a.value == 0 and b.constant and b.value > 0:
        # t**b has derivatives at 0 up to the last whole number below b, all of them zero
        return Ball(arb_series([arb(0) if b.value > k else NAN for k in range(terms())]))
    return exp(b * log(a))


# -- trigonometric and hyperbolic --------------------------------------------------------------------


def sin(x: Ball) -> Ball:
    return Ball(x.series.sin())


def cos(x: Ball) -> Ball:
    return Ball(x.series.cos())


def tan(x: Ball) -> Ball:
    return Ball(x.series.tan())


def asin(x: Ball) -> Ball:
    return Ball(x.series.asin())


def acos(x: Ball) -> Ball:
    return Ball(x.series.acos())


def atan(x: Ball) -> Ball:
    return Ball(x.series.atan())


def pi() -> Ball:
    return const(arb.pi())


def euler_e() -> Ball:
    return const(arb.const_e())


def atan2(y: Ball, x: Ball) -> Ball:
    if x.value > 0:
        return atan(y / x)
    if y.value > 0:
        return pi() / 2 - atan(x / y)
    if y.value < 0:
        return -(pi() / 2) - atan(x / y)
    if x.value < 0 and y.value == 0:  # the cut: the value is pi, there is no derivative
        return _kinked(arb.pi(), x, y)
    return nan()


def sinh(x: Ball) -> Ball:
    return (expm1(x) - expm1(-x)) / 2


def cosh(x: Ball) -> Ball:
    e = exp(x)
    return (e + 1 / e) / 2


def tanh(x: Ball) -> Ball:
    if x.value.mid() < 0:  # exp(-2x) would leave FLINT's exponent range for a huge -x
        return -tanh(-x)
    e = expm1(-2 * x)
    return -e / (e + 2)


def asinh(x: Ball) -> Ball:
    if x.value.mid() < 0:  # x + sqrt(x^2 + 1) would cancel
        return -asinh(-x)
    return log1p(x + x * x / (1 + sqrt(x * x + 1)))


def acosh(x: Ball) -> Ball:
    return log1p(x - 1 + sqrt((x - 1) * (x + 1))) if not x.value < 1 else nan()


def atanh(x: Ball) -> Ball:
    return (log1p(x) - log1p(-x)) / 2
