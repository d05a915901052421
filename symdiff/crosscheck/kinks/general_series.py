"""Series along a ray in any rational powers of t, and in powers of log(t): x log x, x**0.3, x**y where x goes to 0.

Steps of such series are made of sums and products, and of the Taylor series of a function at the number that its
argument goes to, which is FLINT's. log(t) goes to minus infinity, and slower than any power (G. Hardy, Orders of
Infinity, 1910). What has roots and nothing else is quicker as one of the `expansions`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from typing import Any

from flint import arb, arb_series

from symdiff import balls
from symdiff.balls import Ball
from symdiff.crosscheck.kinks import expansions
from symdiff.crosscheck.kinks.edges import Unclear
from symdiff.crosscheck.kinks.expansions import TERMS, ZERO, Along, Outside, Q, constant, fraction, made, meant, nought
from symdiff.crosscheck.places.comparisons import by_order
from symdiff.ops import TABLE

MOST_LOGARITHMS = 12
OF_NOTHING = frozenset(("log", "log2", "log10"))
ROOTS = {"sqrt": Fraction(1, 2), "cbrt": Fraction(1, 3)}
ROUNDED = 1e-9  # powers that are that near to one another may be one, but for the rounding of exponents
ONE_POWER = "powers that are one but for the rounding of exponents"

Power = int | Fraction  # of tau: whole, as far as it can be, which is quicker


@dataclass(frozen=True, slots=True)
class General:
    """`by_power` has the coefficients of tau**k log(t)**j by (k, j), none an exact zero; nothing is known from
    tau**known on."""

    by_power: Mapping[tuple[Power, int], arb]
    known: Power

    @property
    def zero(self) -> bool:
        return False

    @property
    def low(self) -> Power:
        """The least power of tau."""
        return min(k for k, _ in self.by_power)

    @property
    def val(self) -> Power:
        """The least power of tau; below 0 where the series is not bounded."""
        return min(self.low, -1) if any(k <= 0 < j for k, j in self.by_power) else self.low

    def terms(self, low: int, high: int) -> Iterator[tuple[Fraction, int, arb]]:
        """(p, j, c) of the terms c t**p log(t)**j from t**low to t**high, the largest beside the point first."""
        for k, j in sorted(self.by_power, key=lambda at: (at[0], -at[1])):
            if low * Q <= k <= high * Q:
                if k.denominator > 1 and abs(k - round(k)) < ROUNDED:
                    raise Unclear(ONE_POWER)
                yield Fraction(k) / Q, j, self.by_power[k, j]
        if self.known <= high * Q:
            raise Unclear("the series is too short")

    def at(self, exponent: Fraction | int, logarithms: int = 0) -> arb:
        """The coefficient of t**exponent log(t)**logarithms."""
        place = Fraction(exponent) * Q
        if place >= self.known:
            raise Unclear("the series is too short")
        return self.by_power.get((place, logarithms), arb(0))

    def power(self, exponent: Fraction | int) -> arb:
        """The coefficient of t**exponent, which has no logarithm with it."""
        if any(j and k == Fraction(exponent) * Q for k, j in self.by_power):
            raise Unclear("a logarithm goes with it")
        return self.at(exponent)

    def first(self) -> tuple[Power, int, arb]:
        """The term that is the largest beside the point, certainly not zero."""
        k, j = min(self.by_power, key=lambda at: (at[0], -at[1]))
        if self.by_power[k, j].contains(0):
            raise Unclear("the first term cannot be told from zero")
        return k, j, self.by_power[k, j]

    def sign(self) -> int:
        """The sign just beyond the point."""
        _, j, c = self.first()
        return (1 if c > 0 else -1) * (-1) ** j


Series = Along | General


def of(a: Series) -> General:
    if isinstance(a, General):
        return a
    return General({(a.val + k, 0): c for k, c in enumerate(a.coefficients) if not nought(c)}, a.known)


def plain(terms: Mapping[tuple[Power, int], arb], known: Power) -> Series:
    """Without what is an exact zero or beyond what is known; a series of roots as such."""
    terms = {(k, j): c for (k, j), c in terms.items() if k < known and not nought(c)}
    if not all(c.is_finite() for c in terms.values()):
        raise Unclear("a coefficient cannot be enclosed")
    if not terms:
        raise Unclear("the difference of two series cannot be told from zero")
    if max(j for _, j in terms) > MOST_LOGARITHMS:
        raise Unclear("too many logarithms")
    if any(j or k.denominator > 1 for k, j in terms):
        if any(b - a < ROUNDED for a, b in pairwise(sorted({k for k, _ in terms}))):
            raise Unclear(ONE_POWER)
        return General(terms, known)
    low = int(min(k for k, _ in terms))
    return made(low, [terms.get((k, 0), arb(0)) for k in range(low, min(math.ceil(known), low + TERMS))])


def add(a: Series, b: Series) -> Series:
    if a.zero or b.zero:
        return b if a.zero else a
    a, b = of(a), of(b)
    total = dict(a.by_power)
    for at, c in b.by_power.items():
        total[at] = total[at] + c if at in total else c
    return plain(total, min(a.known, b.known))


def negative(a: Series) -> Series:
    return a if a.zero else multiply(constant(-1), a)


def multiply(a: Series, b: Series) -> Series:
    if a.zero or b.zero:
        return ZERO
    a, b = of(a), of(b)
    known = min(a.known + b.low, b.known + a.low)
    total: dict[tuple[Power, int], arb] = {}
    for (k, i), c in a.by_power.items():
        for (m, j), d in b.by_power.items():
            if k + m < known:
                total[k + m, i + j] = total.get((k + m, i + j), arb(0)) + c * d
    return plain(total, known)


def shifted(a: Series, by: Power) -> Series:
    """Times tau**by."""
    a = of(a)
    by = int(by) if by.denominator == 1 else by
    return plain({(k + by, j): c for (k, j), c in a.by_power.items()}, a.known + by)


def _composed(coefficients: arb_series, u: Series) -> Series:
    """sum c_n u**n of a series that goes to 0."""
    if u.zero:
        return constant(coefficients[0])
    u = of(u)
    if u.low <= 0:
        raise Unclear("a function of what is not bounded")
    known = min(u.known, TERMS, TERMS * u.low)
    found: Series = ZERO
    for k in range(math.ceil(known / Fraction(u.low)) - 1, -1, -1):
        found = add(multiply(found, u), constant(coefficients[k]))
    return plain(of(found).by_power if not found.zero else {}, known)


def smooth(name: str, *args: Series, **params: Any) -> Series:
    """A function of one such series, and of numbers."""
    if TABLE[name].kink is not None:
        raise Unclear(f"{name} of such a series")
    moving = [k for k, a in enumerate(args) if isinstance(a, General)]
    still = [a for a in args if isinstance(a, Along)]
    if len(moving) != 1 or not all(a.zero or (a.val == 0 and _is_number(a)) for a in still):
        raise Unclear("a function of two such series")
    a = of(args[moving[0]])
    start = a.by_power.get((0, 0), arb(0))
    given = [Ball(arb_series([start, 1])) if isinstance(b, General) else b.regular() for b in args]
    found = TABLE[name].ball(*given, **params)
    if not isinstance(found, Ball):
        raise Unclear(f"{name} is no number")
    rest = {at: c for at, c in a.by_power.items() if at != (0, 0)}
    return _composed(arb_series([found[k] for k in range(balls.terms())]), General(rest, a.known))


def _unit(a: Series) -> tuple[Power, arb, Series]:
    """c tau**k (1 + u): k, c and u."""
    a = of(a)
    k, j, c = a.first()
    if j:
        raise Unclear("a power or a logarithm of a logarithm")
    rest = {(m - k, i): d / c for (m, i), d in a.by_power.items() if (m, i) != (k, j)}
    return k, c, plain(rest, a.known - k) if rest else ZERO


def log(a: Series) -> Series:
    """log(c t**e (1 + u)) = e log(t) + log(c) + log(1 + u)."""
    if a.zero:
        raise Unclear("the logarithm of nothing")
    k, c, u = _unit(a)
    if c < 0:
        raise Outside
    found = constant(c.log()) if u.zero else add(constant(c.log()), _composed(arb_series([1, 1]).log(), u))
    return add(General({(0, 1): balls.const(Fraction(k) / Q).value}, TERMS), found) if k else found


def exp(a: Series) -> Series:
    """exp(q log(t) + ...) = t**q exp(...)."""
    a = of(a)
    q = a.by_power.get((0, 1))
    if q is None:
        return smooth("exp", a)
    if not q.is_exact():
        raise Unclear("a power that is no rational number")
    rest = {at: c for at, c in a.by_power.items() if at != (0, 1)}
    return shifted(smooth("exp", General(rest, a.known)) if rest else constant(1), meant(fraction(q)) * Q)


def to_the(a: Series, p: Fraction) -> Series:
    if a.zero:
        if p > 0:
            return ZERO
        raise Outside
    if p.denominator == 1 and 0 <= p <= MOST_LOGARITHMS:
        return reduce(multiply, [a] * int(p), constant(1))
    if isinstance(a, Along):
        return shifted(expansions.to_the(Along(0, a.coefficients), p), a.val * meant(p))
    k, c, u = _unit(a)
    if c < 0 and p.denominator % 2 == 0:
        raise Outside
    exponent = arb(p.numerator) / p.denominator
    size = abs(c) ** exponent * (-1 if c < 0 and p.numerator % 2 else 1)
    raised = _composed((arb_series([1, 1]).log() * exponent).exp(), u)
    return shifted(multiply(constant(size), raised), k * meant(p))


def power(a: Series, b: Series) -> Series:
    if b.zero:
        return constant(1)
    if isinstance(b, Along) and b.val == 0 and b.coefficients[0].is_exact() and _is_number(b):
        return to_the(a, fraction(b.coefficients[0]))
    if a.zero:
        if b.sign() < 0:
            raise Outside
        return ZERO
    return exp(multiply(b, log(a)))


def _is_number(a: Along) -> bool:
    return all(map(nought, a.coefficients[1:]))


def compared(a: Series, b: Series) -> int:
    """The sign of a - b just beyond the point."""
    if a == b or (a.zero and b.zero):
        return 0
    return add(a, negative(b)).sign()


def _choose(a: Series, b: Series, larger: bool) -> Series:
    return a if (compared(a, b) >= 0) == larger else b


STEPS: dict[str, Callable[..., Any]] = {
    "add": add, "sub": lambda a, b: add(a, negative(b)), "neg": negative, "mul": multiply,
    "div": lambda a, b: multiply(a, to_the(b, Fraction(-1))), "total": lambda *terms, of: reduce(add, terms, ZERO),
    "product": lambda *factors: reduce(multiply, factors, constant(1)), "power": power, "exp": exp,
    "integer_power": lambda a, n: to_the(a, Fraction(n)), "sqrt": lambda a: to_the(a, Fraction(1, 2)),
    "cbrt": lambda a: to_the(a, Fraction(1, 3)), "abs": lambda a: negative(a) if a.sign() < 0 else a,
    "sign": lambda a: constant(a.sign()), "relu": lambda a: _choose(a, ZERO, True),
    "max": lambda a, b: _choose(a, b, True), "min": lambda a, b: _choose(a, b, False),
    "clip": lambda a, low, high: _choose(_choose(a, low, True), high, False),
    "hypot": lambda a, b: to_the(add(multiply(a, a), multiply(b, b)), Fraction(1, 2)),
    **by_order(compared),
    "log": log, "log2": lambda a: multiply(log(a), constant(1 / arb(2).log())),
    "log10": lambda a: multiply(log(a), constant(1 / arb(10).log())),
}  # fmt: skip


def wanted(name: str, args: Sequence[Any]) -> bool:
    """Whether a step takes such a series, or makes one: of what goes to 0 a logarithm, or a power that moves or is no
    root."""
    if any(isinstance(a, General) for a in args):
        return True
    base = args[0] if args and isinstance(args[0], Along) else None
    if base is None or base.zero or base.val == 0 or not isinstance(args[-1], Along):
        return False
    if name == "power" and not args[1].zero:
        still = args[1].val == 0 and _is_number(args[1]) and args[1].coefficients[0].is_exact()
        return not still or (base.val * meant(fraction(args[1].coefficients[0]))).denominator > 1
    return name in OF_NOTHING or (base.val * ROOTS.get(name, 1)).denominator > 1


def step(name: str, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
    return STEPS[name](*args, **params) if name in STEPS else smooth(name, *args, **params)
