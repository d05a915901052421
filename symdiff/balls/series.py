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


def terms() -> int:
    """How many Taylor coefficients are kept at present."""
    return ctx.cap


def bits() -> int:
    """The precision in force."""
    return ctx.prec


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
        return Ball(self.series + (other.series if isinstance(other, Ball) else _series(other)))

    def __sub__(self, other: Any) -> Ball:
        return Ball(self.series - (other.series if isinstance(other, Ball) else _series(other)))

    def __rsub__(self, other: Any) -> Ball:
        return Ball(_series(other) - self.series)

    def __mul__(self, other: Any) -> Ball:
        x, y = self.series, other.series if isinstance(other, Ball) else _series(other)
        return Ball(x * y if x.length() and y.length() else _product(x, y))

    def __truediv__(self, other: Any) -> Ball:
        return Ball(_quotient(self.series, _series(other)))

    def __rtruediv__(self, other: Any) -> Ball:
        return Ball(_quotient(_series(other), self.series))

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

    def sin(self) -> Ball:
        from symdiff.balls.functions import sin

        return sin(self)

    def __floor__(self) -> Ball:
        return floor(self)

    def __ceil__(self) -> Ball:
        return ceil(self)

    def __repr__(self) -> str:
        return f"Ball({self.series})"


def const(value: float | Fraction | arb) -> Ball:
    """A constant: a float as the exact number it is, a Fraction enclosed."""
    if type(value) is not float and isinstance(value, Fraction):
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


def _quotient(x: arb_series, y: arb_series) -> arb_series:
    """x/y, nan where y may be zero: python-flint raises for an exact zero, and its operator / for any.

    Of constants it is exact where it can be: 3/3 is 1, and asin(3/3) is defined.
    """
    if not y.length() or y[0].contains(0):
        return nan().series
    if x.length() <= 1 and y.length() == 1:
        return arb_series([x[0] / y[0]])
    return _product(x, y.inv())


def _value(x: Any) -> arb:
    if isinstance(x, Ball):
        return x.series[0]
    if x is None:  # an undecided comparison that NumPy passed on as an object
        return NAN
    return x if isinstance(x, arb) else arb(float(x))


def _kinked(value: arb, *moving: Ball) -> Ball:
    """`value`, with no derivatives: unless the arguments stand still, when there is nothing to lose."""
    if all(x.constant for x in moving):
        return Ball(arb_series([value]))
    return Ball(arb_series([value] + [NAN] * (ctx.cap - 1)))


def _with_value(value: arb, x: Ball) -> Ball:
    """x with another constant term: one that keeps the digits of a tiny argument at every precision."""
    return Ball(arb_series([value, *(x[k] for k in range(1, ctx.cap))]))


def nan() -> Ball:
    return Ball(arb_series([NAN] * ctx.cap))


# -- comparisons: True, False, or None where the enclosures overlap ----------------------------------


def less(a: Any, b: Any) -> bool | None:
    if _one_number(a, b):
        return False
    x, y = _value(a), _value(b)
    return True if x < y else False if x >= y else None


def less_equal(a: Any, b: Any) -> bool | None:
    if _one_number(a, b):
        return True
    x, y = _value(a), _value(b)
    return True if x <= y else False if x > y else None


def greater(a: Any, b: Any) -> bool | None:
    return less(b, a)


def greater_equal(a: Any, b: Any) -> bool | None:
    return less_equal(b, a)


def _one_number(a: Any, b: Any) -> bool:
    """Whether these are one step of a program: max(x, y) is x itself where x is larger, and equal to x."""
    return a is b and isinstance(a, Ball) and a.value.is_finite()


def equal(a: Any, b: Any) -> bool | None:
    if _one_number(a, b):
        return True
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


def _further(a: Ball, b: Ball, gap: Ball, of: Callable[[arb, arb], arb]) -> Ball:
    """`a` where the gap says that it lies further, else `b`; `of` the two where they cannot be told apart. If their
    difference does not move, both move as `a`."""
    if gap.value > 0 or (gap.constant and gap.value == 0):
        return a
    if gap.value < 0:
        return b
    value = of(a.value, b.value)
    return _with_value(value, a) if gap.constant else _kinked(value, gap)


def maximum(a: Ball, b: Ball) -> Ball:  # of one step of a program: that number, however wide
    return a if a is b else _further(a, b, a - b, arb.max)


def minimum(a: Ball, b: Ball) -> Ball:
    return a if a is b else _further(a, b, b - a, arb.min)


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
