"""Whether two SymPy expressions are the same function: both as polynomials in what cannot be opened any further.

A function of something (tanh(u), e^u, a root, one over a sum) is a letter, a piece is a letter H that is 1 where its
condition holds and 0 elsewhere (H H = H). Equal polynomials are equal functions wherever both are smooth: on the edge
of a piece nothing is said. Different ones may still be equal: then nothing is decided here.
Every product is counted before it is made, so that nothing here takes long.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

import sympy as sp
from sympy import QQ

MOST_TERMS = 40_000  # products of two terms in one multiplication

Monomial = tuple[tuple[int, int], ...]  # (letter, exponent), in order of the letters
Polynomial = dict[Monomial, Any]
ONE: Polynomial = {(): QQ(1)}


class TooLarge(Exception):
    """The polynomial would have too many terms."""


class Letters:
    """The letters of several expressions, shared by all that are compared."""

    def __init__(self) -> None:
        self._letters: dict[Any, int] = {}
        self._pieces: dict[int, tuple[int, Any]] = {}  # letter -> (what is compared, with which number)
        self._sums: dict[int, Polynomial] = {}  # the letter of a sum that stands below the line
        self._known: dict[Any, Polynomial] = {}

    def identical(self, a: Any, b: Any) -> bool:
        """Whether both are certainly one function, off the edges of its pieces. False: not decided."""
        if a == b:
            return True
        try:
            rest = _add(self.polynomial(a), _scaled(self.polynomial(b), QQ(-1)))
            return not rest or not self._cleared(rest)
        except TooLarge:
            return False

    def means(self, symbol: Any, e: Any) -> None:
        """A symbol stands for an expression."""
        if symbol not in self._known:
            self._known[symbol] = self.polynomial(e)

    def polynomial(self, e: Any) -> Polynomial:
        found = self._known.get(e)
        if found is None:
            found = self._known[e] = self._read(e)
        return found

    def _read(self, e: Any) -> Polynomial:
        if e.is_Rational:
            return {(): QQ(int(e.p), int(e.q))} if e.p else {}
        if e.is_Add:
            return reduce(_add, map(self.polynomial, e.args))
        if e.is_Mul:
            return reduce(self._times, map(self.polynomial, e.args))
        if isinstance(e, sp.exp):
            return self._exp(e.args[0])
        if e.is_Pow:
            return self._power(e.base, e.exp)
        if isinstance(e, sp.Piecewise):
            return self._pieced(e)
        if isinstance(e, sp.sign | sp.Abs):
            side = _add(_scaled(self._above(self.polynomial(e.args[0])), QQ(2)), {(): QQ(-1)})
            return side if isinstance(e, sp.sign) else self._times(self.polynomial(e.args[0]), side)
        if isinstance(e, sp.Heaviside):
            return self._above(self.polynomial(e.args[0]))
        if isinstance(e, sp.DiracDelta):  # 0 off the edge
            return {}
        return self._letter(e)

    def _letter(self, key: Any, exponent: int = 1) -> Polynomial:
        return {((self._letters.setdefault(key, len(self._letters)), exponent),): QQ(1)}

    # -- powers ---------------------------------------------------------------------------------------

    def _exp(self, inside: Any) -> Polynomial:
        """e^(-2 u) is the letter e^u to the power -2."""
        sign = -1 if inside.could_extract_minus_sign() else 1
        number, rest = (sign * inside).as_coeff_Mul()
        if number.is_Integer and number > 0:
            return self._letter(("exp", rest), sign * int(number))
        return self._letter(("exp", sign * inside), sign)

    def _power(self, base: Any, exponent: Any) -> Polynomial:
        if not exponent.is_Rational:
            sign = -1 if exponent.could_extract_minus_sign() else 1
            return self._letter((base, sign * exponent), sign)
        n = int(exponent.p)
        if exponent.q != 1:
            return self._letter((base, sp.Rational(1, exponent.q)), n)
        found = reduce(self._times, [self.polynomial(base)] * abs(n))
        return found if n > 0 else self._inverse(found)

    def _inverse(self, p: Polynomial) -> Polynomial:
        """One over a polynomial: of one term by itself, of a sum a letter, after what all its terms share."""
        if not p:
            raise TooLarge
        shared = {k: min(dict(m).get(k, 0) for m in p) for m in p for k, _ in m}
        below = _monomial({k: -n for k, n in shared.items() if k not in self._pieces})
        reduced = {self._merged(m, below): c for m, c in p.items()}
        first = reduced[min(reduced)]
        outside = {below: 1 / first}
        if len(reduced) == 1 and () in reduced:
            return outside
        key = frozenset((m, c / first) for m, c in reduced.items())
        letter = self._letters.setdefault(("sum", key), len(self._letters))
        self._sums[letter] = dict(key)
        return self._times(outside, {((letter, -1),): QQ(1)})

    def _cleared(self, p: Polynomial) -> Polynomial:
        """The polynomial times the sums below its line: that is 0 where p is."""
        for letter in sorted(self._sums, reverse=True):  # a sum holds older letters only
            most = max((-dict(m).get(letter, 0) for m in p), default=0)
            if most <= 0:
                continue
            powers = [ONE]
            for _ in range(most):
                powers.append(self._times(powers[-1], self._sums[letter]))
            parts: dict[int, Polynomial] = {}
            for m, c in p.items():
                left = dict(m)
                parts.setdefault(-left.pop(letter, 0), {})[_monomial(left)] = c
            p = reduce(_add, [self._times(q, powers[most - n]) for n, q in parts.items()])
        return p

    # -- pieces ---------------------------------------------------------------------------------------

    def _pieced(self, e: Any) -> Polynomial:
        *pieces, (last, otherwise) = e.args
        if otherwise != sp.true:
            raise TooLarge
        found = self.polynomial(last)
        for value, condition in reversed(pieces):
            where = self._holds(condition)
            inside, outside = self.polynomial(value), _add(ONE, _scaled(where, QQ(-1)))
            found = _add(self._times(where, inside), self._times(outside, found))
        return found

    def _holds(self, condition: Any) -> Polynomial:
        if condition in (sp.true, sp.false):
            return ONE if condition == sp.true else {}
        if isinstance(condition, sp.Equality | sp.Unequality):
            return ONE if isinstance(condition, sp.Unequality) else {}
        if isinstance(condition, sp.core.relational.Relational):
            sides: Any = condition
            return self._above(self.polynomial(sides.gts - sides.lts))
        if isinstance(condition, sp.And):
            return reduce(self._times, map(self._holds, condition.args))
        if isinstance(condition, sp.Not):
            return _add(ONE, _scaled(self._holds(condition.args[0]), QQ(-1)))
        if isinstance(condition, sp.Or):
            none = [_add(ONE, _scaled(self._holds(a), QQ(-1))) for a in condition.args]
            return _add(ONE, _scaled(reduce(self._times, none), QQ(-1)))
        raise TooLarge

    def _above(self, p: Polynomial) -> Polynomial:
        """1 where p > 0, 0 where p < 0: the letter of `q > number`, with q of leading coefficient 1."""
        rest = {m: c for m, c in p.items() if m}
        constant = p.get((), QQ(0))
        if not rest:
            return ONE if constant > 0 else {}
        first = rest[min(rest)]
        key = frozenset((m, c / first) for m, c in rest.items())
        compared = self._letters.setdefault(("compared", key), len(self._letters))
        letter = self._letters.setdefault((compared, -constant / first), len(self._letters))
        self._pieces[letter] = compared, -constant / first
        above = {((letter, 1),): QQ(1)}
        return above if first > 0 else _add(ONE, _scaled(above, QQ(-1)))

    # -- products -------------------------------------------------------------------------------------

    def _times(self, p: Polynomial, q: Polynomial) -> Polynomial:
        if len(p) * len(q) > MOST_TERMS:
            raise TooLarge
        found: Polynomial = {}
        for m, c in p.items():
            for n, d in q.items():
                both = self._merged(m, n)
                found[both] = found.get(both, 0) + c * d
        return {m: c for m, c in found.items() if c}

    def _merged(self, m: Monomial, n: Monomial) -> Monomial:
        if not m or not n:
            return m or n
        found = dict(m)
        for k, power in n:
            found[k] = found.get(k, 0) + power
        return _monomial(dict(self._once(found)))

    def _once(self, powers: dict[int, int]) -> Iterator[tuple[int, int]]:
        """H H = H; where q > 2, q > 1 as well."""
        highest: dict[int, int] = {}
        for k, power in powers.items():
            if k not in self._pieces:
                yield k, power
                continue
            compared, number = self._pieces[k]
            if compared not in highest or number > self._pieces[highest[compared]][1]:
                highest[compared] = k
        yield from ((k, 1) for k in highest.values())


def _monomial(powers: dict[int, int]) -> Monomial:
    return tuple(sorted((k, n) for k, n in powers.items() if n))


def _add(p: Polynomial, q: Polynomial) -> Polynomial:
    found = dict(p)
    for m, c in q.items():
        total = found.get(m, 0) + c
        if total:
            found[m] = total
        else:
            del found[m]
    return found


def _scaled(p: Polynomial, number: Any) -> Polynomial:
    return {m: c * number for m, c in p.items()}
