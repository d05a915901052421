"""Taylor balls: certified truncated power series, the vocabulary of the reference.

A `Ball` is one scalar x(t) = x0 + x1 t + x2 t**2 + ... whose coefficients are enclosures (FLINT's
`arb_series`). The derivative rules are FLINT's own; what it lacks (tanh, log1p, ...) is composed here
from what it has, as a formula of the function and never of its derivative.

What cannot be had is "not a number": nothing here raises. A comparison answers True, False or, where
the enclosures overlap, None. At a kink the value is kept and the higher coefficients are nan.

FLINT's precision and series length are global to the process: `precision` sets and restores them,
under a lock, and is the only place that touches them.

Source: F. Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic",
IEEE Transactions on Computers 66 (2017).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from flint import arb, arb_series, ctx

_LOCK = threading.RLock()
NAN = arb.nan()


@contextmanager
def precision(bits: int, order: int = 0) -> Iterator[None]:
    """Compute with `bits` of precision and Taylor coefficients up to t**order, in this block only."""
    with _LOCK:
        before = ctx.prec, ctx.cap
        ctx.prec, ctx.cap = bits, order + 1
        try:
            yield
        finally:
            ctx.prec, ctx.cap = before


class Ball:
    """One Taylor ball. Arithmetic mixes with numbers; comparisons are three-valued."""

    __slots__ = ("series",)
    series: arb_series

    def __init__(self, series: arb_series) -> None:
        self.series = series

    def __getitem__(self, k: int) -> arb:
        """The enclosure of the k-th Taylor coefficient."""
        return self.series[k]

    @property
    def value(self) -> arb:
        return self.series[0]

    @property
    def constant(self) -> bool:
        """Whether the value certainly does not move with t."""
        return self.series.length() <= 1

    def __add__(self, other: Any) -> Ball:
        return Ball(self.series + _series(other))

    def __sub__(self, other: Any) -> Ball:
        return Ball(self.series - _series(other))

    def __rsub__(self, other: Any) -> Ball:
        return Ball(_series(other) - self.series)

    def __mul__(self, other: Any) -> Ball:
        return Ball(_product(self.series, _series(other)))

    def __truediv__(self, other: Any) -> Ball:
        return Ball(_product(self.series, _inverse(_series(other))))

    def __rtruediv__(self, other: Any) -> Ball:
        return Ball(_product(_series(other), _inverse(self.series)))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Ball:
        return Ball(-self.series)

    def __lt__(self, other: Any) -> bool | None:
        return less(self, other)

    def __le__(self, other: Any) -> bool | None:
        return less_equal(self, other)

    def __gt__(self, other: Any) -> bool | None:
        return less(other, self)

    def __ge__(self, other: Any) -> bool | None:
        return less_equal(other, self)

    # The switching functions in the op table are plain NumPy, and call these.

    def __eq__(self, other: Any) -> bool | None:  # type: ignore[override]  # None: cannot tell
        return equal(self, other)

    __hash__ = None  # type: ignore[assignment]  # what may be equal has no hash

    def __mod__(self, other: Any) -> Ball:
        return mod(self, other if isinstance(other, Ball) else const(other))

    def __abs__(self) -> Ball:
        return globals()["abs"](self)

    def __ne__(self, other: Any) -> bool | None:  # type: ignore[override]  # None: cannot tell
        return not_equal(self, other)

    def __floor__(self) -> Ball:
        return floor(self)

    def __ceil__(self) -> Ball:
        return ceil(self)

    def __repr__(self) -> str:
        return f"Ball({self.series})"


def const(value: float | Fraction | arb) -> Ball:
    """A constant: a float as the exact number it is, a Fraction enclosed."""
    if isinstance(value, Fraction):
        value = arb(value.numerator) / value.denominator
    return Ball(arb_series([arb(value)]))


def variable(value: float | Fraction | arb, direction: float | arb) -> Ball:
    """value + direction * t."""
    return Ball(arb_series([const(value).value, arb(direction)]))


def _series(x: Any) -> arb_series:
    return x.series if isinstance(x, Ball) else arb_series([_value(x)])


def _product(x: arb_series, y: arb_series) -> arb_series:
    """x y; FLINT says 0 for an exact zero times whatever, but 0 log(-1) is not a number."""
    for zero, factor in ((x, y), (y, x)):
        if not zero.length() and not all(factor[k].is_finite() for k in range(factor.length())):
            return nan().series
    return x * y


def _inverse(x: arb_series) -> arb_series:
    """1/x, nan where x may be zero: python-flint raises for an exact zero, and its operator / for any."""
    return x.inv() if x.length() else nan().series


def _value(x: Any) -> arb:
    if isinstance(x, Ball):
        return x.series[0]
    return x if isinstance(x, arb) else arb(float(x))


def _kinked(value: arb, *moving: Ball) -> Ball:
    """`value`, with no derivatives: unless the arguments stand still, when there is nothing to lose."""
    if all(x.constant for x in moving):
        return Ball(arb_series([value]))
    return Ball(arb_series([value] + [NAN] * (ctx.cap - 1)))


def nan() -> Ball:
    return Ball(arb_series([NAN] * ctx.cap))


# -- comparisons: True, False, or None where the enclosures overlap ----------------------------------


def less(a: Any, b: Any) -> bool | None:
    x, y = _value(a), _value(b)
    return True if x < y else False if x >= y else None


def less_equal(a: Any, b: Any) -> bool | None:
    x, y = _value(a), _value(b)
    return True if x <= y else False if x > y else None


def greater(a: Any, b: Any) -> bool | None:
    return less(b, a)


def greater_equal(a: Any, b: Any) -> bool | None:
    return less_equal(b, a)


def equal(a: Any, b: Any) -> bool | None:
    x, y = _value(a), _value(b)
    return True if x == y else False if x != y else None


def not_equal(a: Any, b: Any) -> bool | None:
    return logical_not(equal(a, b))


def logical_and(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True


def logical_or(a: bool | None, b: bool | None) -> bool | None:
    return True if a is True or b is True else None if a is None or b is None else False


def logical_not(a: bool | None) -> bool | None:
    return None if a is None else not a


def where(c: bool | None, a: Ball, b: Ball) -> Ball:
    return nan() if c is None else a if c else b


# -- pieces ------------------------------------------------------------------------------------------


def abs(x: Ball) -> Ball:
    if x.value > 0:
        return x
    if x.value < 0:
        return -x
    return _kinked(arb(0), x) if x.value == 0 else _kinked(x.value.__abs__(), x)


def sign(x: Ball) -> Ball:
    if x.value > 0:
        return const(1)
    if x.value < 0:
        return const(-1)
    return _kinked(arb(0), x) if x.value == 0 else nan()


def maximum(a: Ball, b: Ball) -> Ball:
    gap = a - b
    if gap.value > 0 or (gap.constant and gap.value == 0):
        return a
    if gap.value < 0:
        return b
    return _kinked(a.value.max(b.value), gap)


def minimum(a: Ball, b: Ball) -> Ball:
    return -maximum(-a, -b)


def clip(x: Ball, lo: Ball, hi: Ball) -> Ball:
    return minimum(maximum(x, lo), hi)


def _rounded(whole: arb, x: Ball) -> Ball:
    n = whole.unique_fmpz()
    if n is None:
        return nan()
    return _kinked(arb(n), x) if x.value == n else const(arb(n))


def floor(x: Ball) -> Ball:
    return _rounded(x.value.floor(), x)


def ceil(x: Ball) -> Ball:
    return _rounded(x.value.ceil(), x)


def mod(a: Ball, b: Ball) -> Ball:
    """a - b floor(a / b): the sign of b, as NumPy and Python have it."""
    ratio = a.value / b.value if b.value != 0 else NAN  # 3/3 is exactly 1 here; as series it is 3 (1/3)
    return a - b * floor(_with_value(ratio, a / b))


# -- powers and logarithms ---------------------------------------------------------------------------


def sqrt(x: Ball) -> Ball:
    return _kinked(arb(0), x) if x.value == 0 else Ball(x.series.sqrt())


def cbrt(x: Ball) -> Ball:
    if x.value == 0:
        return _kinked(arb(0), x)
    if x.value < 0:
        return -cbrt(-x)
    return exp(log(x) / 3)


def exp(x: Ball) -> Ball:
    return Ball(x.series.exp())


def log(x: Ball) -> Ball:
    return Ball(x.series.log())


def expm1(x: Ball) -> Ball:
    return _with_value(x.value.expm1(), exp(x))


def log1p(x: Ball) -> Ball:
    return _with_value(x.value.log1p(), log(x + 1))


def _with_value(value: arb, x: Ball) -> Ball:
    """x with another constant term: one that keeps the digits of a tiny argument at every precision."""
    return Ball(arb_series([value, *(x[k] for k in range(1, ctx.cap))]))


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
    return Ball(x.series**n) if n else const(1)


def power(a: Ball, b: Ball) -> Ball:
    """a**b: exp(b log a) for a > 0; a whole power if b is a constant whole number."""
    n = b.value.unique_fmpz() if b.constant and b.value.is_exact() else None
    if n is not None and b.value == n:
        return integer_power(a, int(n))
    if a.value == 0 and a.constant and b.value > 0:
        return const(0)
    if a.value == 0 and b.constant and b.value > 0:
        # t**b has derivatives at 0 up to the last whole number below b, all of them zero
        return Ball(arb_series([arb(0) if b.value > k else NAN for k in range(ctx.cap)]))
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


# -- special functions -------------------------------------------------------------------------------


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
    with precision(ctx.prec, ctx.cap - 1 + extra):
        outer = series_at(x.value)
    if not outer[0].is_finite():
        return nan()
    step = arb_series([0, *(x[k] for k in range(1, ctx.cap))])  # x - x.value would leave a radius behind
    answer = arb_series([0])
    for k in range(ctx.cap - 1, -1, -1):  # Horner's; python-flint's own composition refuses step = 0
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
        return Ball(arb_series([arb(0), x[1], *[NAN] * (ctx.cap - 2)][: ctx.cap]))
    return _joined(x, x, alpha * expm1(x))


def selu(x: Ball) -> Ball:
    return const(SELU_SCALE) * elu(x, const(SELU_ALPHA))


def _joined(x: Ball, above: Ball, below: Ball) -> Ball:
    """`above` for x > 0, `below` for x < 0; at zero both are 0 and the slopes may differ."""
    if x.value > 0:
        return above
    if x.value < 0:
        return below
    return _kinked(arb(0), x) if x.value == 0 else nan()


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
