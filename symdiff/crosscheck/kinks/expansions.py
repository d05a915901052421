"""A function along a ray: f(x0 + t v) for small t > 0 as a series in fractional powers of t, with ball coefficients.

At a point where a step has no derivative (sqrt at 0, 0/0 in a sinc, branches that meet) the whole may well have one,
and a ray tells: sqrt(t**2 c) is t sqrt(c), sin(t)/t is 1 - t**2/6 + ..., and a comparison is decided by the first term.
FLINT's own series do the rest; no rule of ours is read.

A series is sum c_k tau**(k + val), tau = t**(1/Q). An exact zero is an exact zero; a first coefficient that cannot be
told from zero ends it (`Unclear`). Other powers, and those of log(t), are in
`general_series`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, arb_series

from symdiff import balls
from symdiff.balls import Ball
from symdiff.crosscheck.kinks.edges import Unclear
from symdiff.crosscheck.places.comparisons import by_order
from symdiff.ops import TABLE
from symdiff.ops.activations import SELU_ALPHA, SELU_SCALE

Q = 12  # tau**12 is t: square, cube and fourth roots stay within whole powers
TERMS = 6 * Q  # of every series
MOST_DENOMINATOR = 10**6  # of a power that somebody has written down
A_FEW_ROUNDINGS = 2.0**-50


class Outside(Exception):
    """The ray leaves the domain at once."""


@dataclass(frozen=True, slots=True)
class Along:
    """tau**val (c_0 + c_1 tau + ...), the first coefficient not an exact zero. Without coefficients: exactly 0."""

    val: int
    coefficients: tuple[arb, ...]

    @property
    def zero(self) -> bool:
        return not self.coefficients

    def power(self, exponent: Fraction | int) -> arb:
        """The coefficient of t**exponent."""
        place = Fraction(exponent) * Q - self.val
        if self.zero or place < 0 or place.denominator != 1:
            return arb(0)
        if place >= len(self.coefficients):
            raise Unclear("the series is too short")
        return self.coefficients[int(place)]

    def at(self, exponent: Fraction | int, logarithms: int = 0) -> arb:
        """The coefficient of t**exponent log(t)**logarithms: see `general_series`."""
        return arb(0) if logarithms else self.power(exponent)

    def terms(self, low: int, high: int) -> Iterator[tuple[Fraction, int, arb]]:
        """(p, 0, c) of the terms c t**p from t**low to t**high, the largest beside the point first."""
        for k, c in enumerate(self.coefficients, self.val):
            if low * Q <= k <= high * Q and not nought(c):
                yield Fraction(k, Q), 0, c
        if self.known <= high * Q:
            raise Unclear("the series is too short")

    def first(self) -> tuple[Fraction, arb]:
        """The least power of t and its coefficient, which is certainly not zero."""
        if self.zero or self.coefficients[0].contains(0):
            raise Unclear("the first term cannot be told from zero")
        return Fraction(self.val, Q), self.coefficients[0]

    def sign(self) -> int:
        """The sign just beyond the point."""
        return 0 if self.zero else 1 if self.first()[1] > 0 else -1

    def regular(self) -> Ball:
        """As a Taylor ball in tau; `Unclear` where there is a pole."""
        if not self.zero and self.val < 0:
            raise Unclear("a pole")
        return Ball(arb_series([arb(0)] * self.val + list(self.coefficients) if not self.zero else [arb(0)]))

    @property
    def known(self) -> int:
        """Up to which power of tau it is known."""
        return 10**9 if self.zero else self.val + len(self.coefficients)


ZERO = Along(0, ())


def nought(c: arb) -> bool:
    """Whether a coefficient is exactly zero. (FLINT's != asks whether it is certainly not.)"""
    return bool(c == 0)


def constant(value: float | Fraction | arb) -> Along:
    c = balls.const(value).value
    return ZERO if nought(c) else Along(0, (c, *[arb(0)] * (TERMS - 1)))


def fraction(value: float | arb) -> Fraction:
    """A float, or a ball of no radius, as the rational number that it is."""
    if isinstance(value, arb):
        mantissa, exponent = value.man_exp()
        return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return Fraction(value)


def meant(power: Fraction) -> Fraction:
    """The power that was written down: the double 0.3 is no 3/10, and x**0.3 x**0.7 is x all the same."""
    short = power.limit_denominator(MOST_DENOMINATOR)
    return short if abs(power - short) <= A_FEW_ROUNDINGS * abs(power) else power


def made(val: int, coefficients: Sequence[arb]) -> Along:
    """Leading exact zeros taken off; what is left of nothing but zeros is unclear, not zero."""
    k = next((k for k, c in enumerate(coefficients) if not nought(c)), None)
    if k is None:
        raise Unclear("the difference of two series cannot be told from zero")
    if not all(c.is_finite() for c in coefficients[k:]):
        raise Unclear("a coefficient cannot be enclosed")
    return Along(val + k, tuple(coefficients[k:]))


def add(a: Along, b: Along) -> Along:
    if a.zero or b.zero:
        return b if a.zero else a
    val, end = min(a.val, b.val), min(a.known, b.known)

    def at(s: Along, k: int) -> arb:
        return s.coefficients[k - s.val] if k >= s.val else arb(0)

    if a.coefficients == tuple(-c for c in b.coefficients) and a.val == b.val and _exact(a):
        return ZERO
    return made(val, [at(a, k) + at(b, k) for k in range(val, end)])


def _exact(a: Along) -> bool:
    """Whether a series is a number of no radius, and nothing more: then equal is equal."""
    return all(c.is_exact() for c in a.coefficients) and all(map(nought, a.coefficients[1:]))


def negative(a: Along) -> Along:
    return Along(a.val, tuple(-c for c in a.coefficients))


def multiply(a: Along, b: Along) -> Along:
    if a.zero or b.zero:
        return ZERO
    product = arb_series(list(a.coefficients)) * arb_series(list(b.coefficients))
    return made(a.val + b.val, [product[k] for k in range(min(len(a.coefficients), len(b.coefficients)))])


def to_the(a: Along, p: Fraction) -> Along:
    """a**p for a positive a, or a whole p, or a root of odd degree."""
    if a.zero:
        if p > 0:
            return ZERO
        raise Outside
    exponent, c = a.first()
    if c < 0 and p.denominator % 2 == 0:
        raise Outside
    val = exponent * Q * meant(p)
    if val.denominator != 1:
        raise Unclear("a power of t beyond the twelfths")  # `general_series` has it
    unit = arb_series([x / c for x in a.coefficients])
    size = abs(c) ** (arb(p.numerator) / p.denominator)
    turned = -1 if c < 0 and p.numerator % 2 else 1
    raised = (unit.log() * (arb(p.numerator) / p.denominator)).exp()
    return made(int(val), [size * turned * raised[k] for k in range(len(a.coefficients))])


def divide(a: Along, b: Along) -> Along:
    if not b.zero and b.val == 0 and _exact(b):  # 6/2 is 3, and not only near it
        return ZERO if a.zero else made(a.val, [c / b.coefficients[0] for c in a.coefficients])
    return multiply(a, to_the(b, Fraction(-1)))


def compared(a: Along, b: Along) -> int:
    """The sign of a - b just beyond the point."""
    if a == b or (a.zero and b.zero):
        return 0
    return add(a, negative(b)).sign()


# -- the steps that a Taylor ball cannot take -------------------------------------------------------------------


def _power(a: Along, b: Along) -> Along:
    if b.zero:
        return constant(1)
    if not _exact(b) or b.val != 0:
        return _to_the_moving(a, b)
    p = fraction(b.coefficients[0])
    if p.denominator > 1 and not a.zero and a.first()[1] < 0:
        raise Outside
    return to_the(a, p)


def _to_the_moving(a: Along, b: Along) -> Along:
    """a**b where b moves; of a base that goes to 0 there are the `general_series`."""
    if a.zero:
        if b.sign() < 0:
            raise Outside
        return ZERO  # 0**b for a positive b
    if a.val == 0 and a.coefficients[0] > 0:
        return of_ball("exp", multiply(b, of_ball("log", a)))
    raise Unclear("an exponent that moves")


def _root(a: Along) -> Along:
    if not a.zero and a.first()[1] < 0:
        raise Outside
    return to_the(a, Fraction(1, 2))


def _hypot(a: Along, b: Along) -> Along:
    return to_the(add(multiply(a, a), multiply(b, b)), Fraction(1, 2))


def _atan2(y: Along, x: Along) -> Along:
    if x.zero and y.zero:
        return ZERO
    if x.zero or (not y.zero and y.first()[0] < x.first()[0]):
        turned = negative(of_ball("atan", divide(x, y)))
        half = arb.pi() / 2
        return add(constant(half if y.sign() > 0 else -half), turned)
    angle = of_ball("atan", divide(y, x))
    if x.sign() > 0:
        return angle
    pi = arb.pi()
    return add(angle, constant(pi if y.sign() >= 0 else -pi))


def _asin(a: Along) -> Along:
    """At the ends of its domain by the half angle: asin(1 - u) = pi/2 - 2 asin(sqrt(u/2))."""
    if a.zero or a.val != 0 or not nought(abs(a.coefficients[0]) - 1):
        return of_ball("asin", a)
    end = 1 if a.coefficients[0] > 0 else -1
    half = _root(divide(add(constant(1), negative(a) if end > 0 else a), constant(2)))
    angle = add(constant(arb.pi() / 2), multiply(constant(-2), of_ball("asin", half)))
    return angle if end > 0 else negative(angle)


def _acosh(a: Along) -> Along:
    """At 1 by the half: acosh(1 + u) = 2 asinh(sqrt(u/2))."""
    if a.zero or a.val != 0 or not nought(a.coefficients[0] - 1):
        return of_ball("acosh", a)
    return multiply(constant(2), of_ball("asinh", _root(divide(add(a, constant(-1)), constant(2)))))


def _mod(a: Along, b: Along) -> Along:
    return add(a, negative(multiply(b, _floor(divide(a, b)))))


def _choose(a: Along, b: Along, larger: bool) -> Along:
    return a if (compared(a, b) >= 0) == larger else b


def _selu(a: Along) -> Along:
    grown = a if a.sign() >= 0 else multiply(constant(SELU_ALPHA), of_ball("expm1", a))
    return multiply(constant(SELU_SCALE), grown)


def _scaled(v: Along, a: Along) -> Along:
    """exp(-|x|) I_v(x)."""
    return multiply(of_ball("exp", a if a.sign() < 0 else negative(a)), of_ball("iv", v, a))


def _floor(a: Along) -> Along:
    if not a.zero and a.val < 0:
        raise Unclear("a pole")
    value = ZERO if a.zero or a.val > 0 else constant(a.coefficients[0])
    whole = arb(0) if value.zero else value.coefficients[0].floor()
    if not whole.is_exact():
        raise Unclear("which whole number cannot be told")
    return constant(whole - 1) if compared(a, constant(whole)) < 0 else constant(whole)


def of_ball(name: str, *args: Along, **params: Any) -> Along:
    """A step on Taylor balls in tau: FLINT composes the series."""
    known = min([TERMS, *(a.known for a in args)])
    found = TABLE[name].ball(*(a.regular() for a in args), **params)
    if not isinstance(found, Ball):
        raise Unclear(f"{name} is no number")
    step = math.gcd(*(a.val + k for a in args for k, c in enumerate(a.coefficients) if not nought(c)))
    series = [found[k] if not step or k % step == 0 else arb(0) for k in range(known)]  # a series in tau**step
    if all(map(nought, series)) and all(a.zero or _exact(a) for a in args):
        return ZERO
    return made(0, series)


def _sum(*terms: Along, **_: Any) -> Along:
    total = ZERO
    for t in terms:
        total = add(total, t)
    return total


def _product(*factors: Along, **_: Any) -> Along:
    total = constant(1)
    for f in factors:
        total = multiply(total, f)
    return total


SPECIAL: dict[str, Callable[..., Any]] = {
    "add": add, "sub": lambda a, b: add(a, negative(b)), "neg": negative, "mul": multiply, "div": divide,
    "total": _sum, "product": _product, "integer_power": lambda a, n: to_the(a, Fraction(n)) if n else constant(1),
    "power": _power, "sqrt": _root, "cbrt": lambda a: to_the(a, Fraction(1, 3)),
    "asin": _asin, "acos": lambda a: add(constant(arb.pi() / 2), negative(_asin(a))), "acosh": _acosh, "mod": _mod,
    "hypot": _hypot, "atan2": _atan2, "abs": lambda a: negative(a) if a.sign() < 0 else a,
    "sign": lambda a: constant(a.sign()), "max": lambda a, b: _choose(a, b, True),
    "min": lambda a, b: _choose(a, b, False), "where": lambda c, a, b: a if c else b,
    "clip": lambda a, low, high: _choose(_choose(a, low, True), high, False),
    "relu": lambda a: _choose(a, ZERO, True), "leaky_relu": lambda a, s: a if a.sign() >= 0 else multiply(a, s),
    "elu": lambda a, s: a if a.sign() >= 0 else multiply(s, of_ball("expm1", a)), "selu": _selu,
    "i0e": lambda a: _scaled(constant(0), a), "ive": _scaled,
    "floor": _floor, "ceil": lambda a: negative(_floor(negative(a))),
    **by_order(compared),
    "logical_and": lambda a, b: a and b, "logical_or": lambda a, b: a or b, "logical_not": lambda a: not a,
}  # fmt: skip
