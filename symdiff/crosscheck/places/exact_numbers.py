"""Numbers as polynomials with rational coefficients in letters: roots, logarithms, exponentials, sines of such numbers.

The rules are those that hold for all real numbers for which both sides are defined: sqrt(a)**2 is a, exp(log(a)) is a,
exp(a + b) is exp(a) exp(b), cos(a)**2 is 1 - sin(a)**2, sqrt(a**2) is |a|. Equal polynomials are equal numbers.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

MOST_TERMS = 200
MOST_BITS = 20_000  # of a rational number
MOST_DENOMINATORS = 20  # sums in denominators, of a number that is asked whether it is zero

Letter = tuple[Any, ...]
Exponent = int | Fraction  # Fractions of exponentials only
Monomial = frozenset[tuple[Letter, Exponent]]  # letters with their exponents, which may be negative
Number = dict[Monomial, Fraction]
NOTHING: Monomial = frozenset()
NEVER_NEGATIVE = frozenset(("sqrt", "exp", "abs"))
PI: Monomial = frozenset({(("op", "pi", ()), 1)})
SMALL_PRIMES = [p for p in range(2, 1000) if all(p % q for q in range(2, math.isqrt(p) + 1))]


class Opaque(Exception):
    """No rule applies: the value is a letter of its own."""


def rational(value: Fraction | float) -> Number:
    """A rational number."""
    q = Fraction(value)
    if q.numerator.bit_length() + q.denominator.bit_length() > MOST_BITS:
        raise Opaque
    return {NOTHING: q} if q else {}


def add(a: Number, b: Number, sign: int = 1) -> Number:
    """a + b, or a - b."""
    total = dict(a)
    for m, c in b.items():
        total[m] = total.get(m, Fraction(0)) + sign * c
    if len(total) > MOST_TERMS:
        raise Opaque
    return {m: c for m, c in total.items() if c}


def multiply(a: Number, b: Number) -> Number:
    """a * b."""
    if len(a) * len(b) > MOST_TERMS:
        raise Opaque
    total: Number = {}
    for m, c in a.items():
        for n, d in b.items():
            for one, e in _reduced({**dict(m), **{x: dict(m).get(x, 0) + k for x, k in n}}, c * d).items():
                total[one] = total.get(one, Fraction(0)) + e
    if len(total) > MOST_TERMS:
        raise Opaque
    return {m: c for m, c in total.items() if c}


def _reduced(powers: dict[Letter, Exponent], c: Fraction) -> Number:
    """A product of letters: a root to an even power, or below the line, and the square of a cosine, are opened."""
    if c.numerator.bit_length() + c.denominator.bit_length() > MOST_BITS:
        raise Opaque
    for this, k in powers.items():
        rest = {x: n for x, n in powers.items() if x != this}
        if this[0] == "sqrt" and k not in (0, 1):  # S**k is a**(k // 2) S**(k % 2)
            left = _reduced({**rest, this: k % 2}, c)
            return multiply(left, to_the(dict(this[1]), int(k // 2)))
        if this[0] == "sqrt" and k == 1:  # sqrt(a) sqrt(b) of single products is sqrt(a b), where both are
            single = (x for x in rest if x[0] == "sqrt" and rest[x] == 1 and len(x[1]) == len(this[1]) == 1)
            other = next(single, None)
            if other is not None:
                inside = multiply(dict(this[1]), dict(other[1]))
                left = _reduced({x: n for x, n in rest.items() if x != other}, c)
                return multiply(left, sqrt(inside))
        if this[0] == "abs" and k not in (0, 1):  # |a|**k is a**(k - k % 2) |a|**(k % 2)
            left = _reduced({**rest, this: k % 2}, c)
            return multiply(left, to_the(dict(this[1]), int(k - k % 2)))
        if this[0] == "cbrt" and (k >= 3 or k < 0):
            left = _reduced({**rest, this: k % 3}, c)
            return multiply(left, to_the(dict(this[1]), int(k // 3)))
        if this[0] == "cos" and k > 1:
            left = _reduced({**rest, this: k - 2}, c)
            sine: Number = {frozenset({(("sin", this[1]), 1)}): Fraction(1)}
            return multiply(left, add(rational(1), multiply(sine, sine), -1))
    return {frozenset((x, n) for x, n in powers.items() if n): c}


def to_the(a: Number, n: int) -> Number:
    """a**n for a whole n; below the line stands a single product, or a sum as a letter."""
    if n < 0:
        return to_the(inverse(a), -n)
    if n > MOST_TERMS:
        raise Opaque
    found = rational(1)
    for _ in range(n):
        found = multiply(found, a)
    return found


def inverse(a: Number) -> Number:
    """Of a sum: of its leading term, and of the sum divided by that, a letter. Which one leads stays so when all are
    multiplied by the same: tanh and sinh/cosh have one denominator."""
    if not a:
        raise Opaque
    m, c = max(a.items(), key=lambda term: _Rank(term[0])) if len(a) > 1 else next(iter(a.items()))
    leading = _reduced({x: -k for x, k in m}, 1 / c)
    if len(a) == 1:
        return leading
    return multiply(leading, {frozenset({(("one over", key(multiply(a, leading))), 1)}): Fraction(1)})


class _Rank:
    """Monomials in lexicographic order: the larger exponent of the first letter in which they differ."""

    def __init__(self, m: Monomial) -> None:
        self.powers = dict(m)

    def __lt__(self, other: _Rank) -> bool:
        for letter in sorted({*self.powers, *other.powers}, key=_spelled):
            mine, theirs = self.powers.get(letter, 0), other.powers.get(letter, 0)
            if mine != theirs:
                return mine < theirs
        return False


@functools.lru_cache(maxsize=4096)
def _digest(of: frozenset[Any]) -> str:
    """Stands for a set: what it holds may hold others, and be long when it is written out."""
    return hashlib.blake2b(",".join(sorted(map(_spelled, of))).encode(), digest_size=16).hexdigest()


def _spelled(of: Any) -> str:
    """A letter, or a part of it, in characters that do not depend on the order of sets."""
    if isinstance(of, frozenset):
        return _digest(of)
    return "(" + ",".join(map(_spelled, of)) + ")" if isinstance(of, tuple) else repr(of)


def without_denominators(a: Number) -> Number:
    """A number that is zero exactly where this one is: multiplied by the sums that it is divided by."""
    for _ in range(MOST_DENOMINATORS):
        below = next((x for m in a for x, _ in m if x[0] == "one over"), None)
        if below is None:
            return a
        most = max(dict(m).get(below, 0) for m in a)
        total: Number = {}
        for m, c in a.items():
            k = dict(m).get(below, 0)
            rest: Number = {frozenset((x, n) for x, n in m if x != below): c}
            total = add(total, multiply(rest, to_the(dict(below[1]), int(most - k))))
        a = total
    raise Opaque


def key(a: Number) -> frozenset[tuple[Monomial, Fraction]]:
    return frozenset(a.items())


def letter(name: str, *args: Any) -> Number:
    return {frozenset({((name, *args), 1)}): Fraction(1)}


def sqrt(a: Number) -> Number:
    """The root, of a rational number without its square factors of small primes, of a product without its squares."""
    if not a:
        return {}
    if set(a) != {NOTHING}:
        return _root_of_a_product(*next(iter(a.items()))) if len(a) == 1 else _root_of_a_sum(a)
    q = a[NOTHING]
    if q < 0:
        raise Opaque
    whole, out = q.numerator * q.denominator, Fraction(1, q.denominator)  # sqrt(n/d) is sqrt(n d)/d
    root = math.isqrt(whole)
    if root * root == whole:
        return rational(root * out)
    for p in (2, 3, 5, 7, 11, 13):
        while whole % (p * p) == 0:
            whole, out = whole // (p * p), out * p
    return multiply(rational(out), letter("sqrt", key(rational(whole))))


def _root_of_a_product(m: Monomial, c: Fraction) -> Number:
    halves = {x: k // 2 for x, k in m if x[0] != "exp" and k // 2}
    rest: Number = {frozenset((x, k - 2 * halves.get(x, 0)) for x, k in m if k != 2 * halves.get(x, 0)): c}
    if not halves:
        return letter("sqrt", key(rest))
    return multiply(absolute({frozenset(halves.items()): Fraction(1)}), sqrt(rest))


def _root_of_a_sum(a: Number) -> Number:
    """|r| times the root of a number, of a sum that is r**2 times it: the terms of r one after the other, from the
    leading one."""
    m, c = max(a.items(), key=lambda term: _Rank(term[0]))
    if not all(isinstance(k, int) and k % 2 == 0 for _, k in m):
        return letter("sqrt", key(a))
    lead: Number = {frozenset((x, k // 2) for x, k in m): Fraction(1)}
    below = inverse(multiply(rational(2), lead))
    left, r = multiply(a, rational(1 / c)), dict(lead)
    left = add(left, multiply(lead, lead), -1)
    for _ in range(len(a)):
        if not left:
            return multiply(sqrt(rational(c)), absolute(r))
        n, d = max(left.items(), key=lambda term: _Rank(term[0]))
        term = multiply({n: d}, below)
        left = add(left, multiply(term, add(multiply(rational(2), r), term)), -1)
        r = add(r, term)
    return letter("sqrt", key(a))


def absolute(a: Number) -> Number:
    """The absolute value: that of a product letter by letter, that of a sum without sign and size."""
    if len(a) != 1:
        if all(c > 0 and all(x[0] in NEVER_NEGATIVE or k % 2 == 0 for x, k in m) for m, c in a.items()):
            return a
        c = a[max(a, key=_Rank)]
        return multiply(rational(abs(c)), letter("abs", key(multiply(a, rational(1 / c)))))
    ((m, c),) = a.items()
    found = rational(abs(c))
    for x, k in m:
        signed = x[0] not in NEVER_NEGATIVE and k % 2
        found = multiply(found, to_the(letter("abs", key({frozenset({(x, 1)}): Fraction(1)})), int(k)) if signed
                         else {frozenset({(x, k)}): Fraction(1)})  # fmt: skip
    return found


def exp(a: Number) -> Number:
    """The product of the exponentials of the terms: whole multiples are powers, of a logarithm of what it is of."""
    found = rational(1)
    for m, c in a.items():
        (of,) = m if len(m) == 1 else ((("", ()), 1),)
        if of[0][0] == "log" and of[1] == 1 and c.denominator == 1:
            found = multiply(found, to_the(dict(of[0][1]), c.numerator))
        else:
            found = multiply(found, {frozenset({(("exp", m), c)}): Fraction(1)})
    return found


def log(a: Number) -> Number:
    """The logarithm; of a single product of exponentials the sum of their exponents."""
    if a == rational(1):
        return {}
    if len(a) == 1:
        ((m, c),) = a.items()
        if c == 1 and m and all(x[0] == "exp" for x, _ in m):
            total: Number = {}
            for (_, term), k in m:
                total = add(total, {term: Fraction(k)})
            return total
    if set(a) != {NOTHING} or a[NOTHING] < 0:
        return letter("log", key(a))
    total, rest = {}, a[NOTHING]
    for p in SMALL_PRIMES:  # of a rational number: those of its factors
        k = _times(rest.numerator, p) - _times(rest.denominator, p)
        if k:
            rest /= Fraction(p) ** k
            total = add(total, multiply(rational(k), letter("log", key(rational(p)))))
    return add(total, letter("log", key(rational(rest)))) if rest != 1 else total


def _times(n: int, p: int) -> int:
    k = 0
    while n % p == 0:
        n, k = n // p, k + 1
    return k


def cbrt(a: Number) -> Number:
    return letter("cbrt", key(a)) if a else {}


def of_exponentials(a: Number, signs: tuple[int, int], over: tuple[int, int] | None = None) -> Number:
    """(s exp(a) + t exp(-a)) / 2, or over another such sum."""
    up, down = exp(a), exp(add({}, a, -1))

    def both(s: int, t: int) -> Number:
        return add(multiply(rational(s), up), multiply(rational(t), down))

    if over is not None:
        return multiply(both(*signs), inverse(both(*over)))
    return multiply(rational(Fraction(1, 2)), both(*signs))


def power(a: Number, b: Number) -> Number:
    q = b.get(NOTHING, Fraction(0))
    if set(b) - {NOTHING}:  # an exponent that is no number
        raise Opaque
    if q.denominator in (1, 2):
        return to_the(a if q.denominator == 1 else sqrt(a), q.numerator)
    return {} if not a and q > 0 else a if a == rational(1) else letter("power", key(a), q)


def of_rationals(name: str, function: Callable[..., Fraction | int]) -> Callable[..., Number]:
    """An op that is computed of rational numbers, and a letter of others."""

    def applied(*args: Number) -> Number:
        if all(set(a) <= {NOTHING} for a in args):
            return rational(Fraction(function(*(a.get(NOTHING, Fraction(0)) for a in args))))
        return letter("op", name, (), *map(key, args))

    return applied


def atan2(a: Number, b: Number) -> Number:
    """The angle: of two rational numbers by their ratio and their signs."""
    p, q = a.get(NOTHING, Fraction(0)), b.get(NOTHING, Fraction(0))
    if set(a) | set(b) <= {NOTHING} and p:
        a, b = rational(Fraction(1 if p > 0 else -1)), rational(q / abs(p))
    return letter("op", "atan2", (), key(a), key(b))


def of_turns(name: str, a: Number) -> Number:
    """The sine, cosine or tangent, of whole multiples of pi/2 as a number."""
    turns = a.get(PI, Fraction(0)) * 2
    if name == "tan":
        return letter("op", "tan", (), key(a)) if set(a) - {PI} or turns % 2 else {}
    if set(a) <= {PI} and turns.denominator == 1:
        quarter = int(turns) + (name == "cos")
        return rational((0, 1, 0, -1)[quarter % 4])
    return letter(name, key(a))


def sinc(a: Number) -> Number:
    """sin(pi a)/(pi a), which is 0 at the whole numbers but 0."""
    q = a.get(NOTHING, Fraction(0))
    if set(a) <= {NOTHING} and q.denominator == 1:
        return rational(int(q == 0))
    return letter("op", "sinc", (), key(a))
