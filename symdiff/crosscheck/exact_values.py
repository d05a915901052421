"""The value of a step at a point, exactly: a polynomial with rational coefficients in roots, logarithms and the like.

Inputs and constants are doubles, and so rational numbers; what is added, multiplied and divided of them stays one. The
root of a number that is no square, a logarithm, a sine are letters, by what they are of, with the few rules that hold
for all real numbers: sqrt(a)**2 is a, exp(log(a)) is a, exp(a + b) is exp(a) exp(b), cos(a)**2 is 1 - sin(a)**2. Equal
polynomials are equal numbers, which balls cannot show, however many digits they have. Different ones may still be
equal: then nothing is proven here (whether such numbers are equal is not known to be decidable: D. Richardson, "How
to recognize zero", Journal of Symbolic Computation 24, 1997).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from symdiff.graph import CONST, INPUT, Graph

MOST_STEPS = 2_000  # of the function, beneath what is compared
MOST_TERMS = 200
MOST_BITS = 20_000  # of a rational number

Letter = tuple[Any, ...]
Exponent = int | Fraction  # Fractions of exponentials only
Monomial = frozenset[tuple[Letter, Exponent]]  # letters with their exponents, which may be negative
Number = dict[Monomial, Fraction]
NOTHING: Monomial = frozenset()


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
            total = add(total, _reduced({**dict(m), **{x: dict(m).get(x, 0) + k for x, k in n}}, c * d))
    return total


def _reduced(powers: dict[Letter, Exponent], c: Fraction) -> Number:
    """A product of letters: a root to an even power, or below the line, and the square of a cosine, are opened."""
    if c.numerator.bit_length() + c.denominator.bit_length() > MOST_BITS:
        raise Opaque
    for letter, k in powers.items():
        rest = {x: n for x, n in powers.items() if x != letter}
        if letter[0] == "sqrt" and k not in (0, 1):  # S**k is a**(k // 2) S**(k % 2)
            left = _reduced({**rest, letter: k % 2}, c)
            return multiply(left, to_the(dict(letter[1]), int(k // 2)))
        if letter[0] == "cos" and k > 1:
            left = _reduced({**rest, letter: k - 2}, c)
            sine: Number = {frozenset({(("sin", letter[1]), 1)}): Fraction(1)}
            return multiply(left, add(rational(1), multiply(sine, sine), -1))
    return {frozenset((x, n) for x, n in powers.items() if n): c}


def to_the(a: Number, n: int) -> Number:
    """a**n for a whole n; below the line stands a single product, or a sum as a letter."""
    if n < 0:
        return to_the(_inverse(a), -n)
    if n > MOST_TERMS:
        raise Opaque
    found = rational(1)
    for _ in range(n):
        found = multiply(found, a)
    return found


def _inverse(a: Number) -> Number:
    if not a:
        raise Opaque
    if len(a) > 1:
        return {frozenset({(("one over", _key(a)), 1)}): Fraction(1)}
    ((m, c),) = a.items()
    return _reduced({x: -k for x, k in m}, 1 / c)


def _key(a: Number) -> frozenset[tuple[Monomial, Fraction]]:
    return frozenset(a.items())


def _letter(name: str, *args: Any) -> Number:
    return {frozenset({((name, *args), 1)}): Fraction(1)}


def sqrt(a: Number) -> Number:
    """The root, of a rational number without its square factors of small primes."""
    if not a:
        return {}
    if set(a) != {NOTHING}:
        return _letter("sqrt", _key(a))
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
    return multiply(rational(out), _letter("sqrt", _key(rational(whole))))


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
        if c == 1 and m and all(letter[0] == "exp" for letter, _ in m):
            total: Number = {}
            for (_, term), k in m:
                total = add(total, {term: Fraction(k)})
            return total
    return _letter("log", _key(a))


def _power(a: Number, b: Number) -> Number:
    q = b.get(NOTHING, Fraction(0))
    if set(b) - {NOTHING} or q.denominator not in (1, 2):  # an exponent that is no number, or another root
        raise Opaque
    return to_the(a if q.denominator == 1 else sqrt(a), q.numerator)


ONE = rational(1)
RULES: dict[str, Callable[..., Number]] = {
    "add": add, "sub": lambda a, b: add(a, b, -1), "neg": lambda a: add({}, a, -1), "mul": multiply,
    "div": lambda a, b: multiply(a, _inverse(b)), "integer_power": to_the, "power": _power, "sqrt": sqrt,
    "euler_e": lambda: exp(ONE), "exp": exp, "log": log, "expm1": lambda a: add(exp(a), ONE, -1),
    "log1p": lambda a: log(add(ONE, a)),
    "hypot": lambda a, b: sqrt(add(multiply(a, a), multiply(b, b))),
    "sin": lambda a: _letter("sin", _key(a)) if a else {}, "cos": lambda a: _letter("cos", _key(a)) if a else ONE,
}  # fmt: skip


class ExactValues:
    """The exact values of a function's steps at a point, computed where they are asked for."""

    def __init__(self, graph: Graph, x: Sequence[float]) -> None:
        self.graph, self.x = graph, x
        self._known: dict[int, Number] = {}

    def equal(self, a: int, b: int) -> bool:
        """Whether two nodes are certainly one number. False: not proven."""
        return self._reached(a, b) and self._known[a] == self._known[b]

    def is_zero(self, a: int) -> bool:
        """Whether a node is certainly zero. False: not proven."""
        return self._reached(a) and not self._known[a]

    def _reached(self, *nodes: int) -> bool:
        needed = self.graph.live(nodes)
        if len(needed) > MOST_STEPS:
            return False
        for i in needed:
            if i not in self._known:
                self._known[i] = self._value(i)
        return True

    def _value(self, i: int) -> Number:
        node = self.graph.nodes[i]
        try:
            if node.op == INPUT:
                return rational(self.x[self.graph.inputs.index(i)])
            if node.op == CONST:
                return rational(node.value) if node.kind == "f" else _letter("truth", node.value)  # type: ignore[arg-type]  # a scalar
            if node.op in ("max", "min") and self._known[node.args[0]] == self._known[node.args[1]]:
                return self._known[node.args[0]]
            if node.op in RULES:
                return RULES[node.op](*(self._known[a] for a in node.args), **dict(node.params))
        except (Opaque, OverflowError, ValueError):  # too large, or inf and nan
            return _letter("step", i)
        return _letter(node.op, node.params, *(_key(self._known[a]) for a in node.args))
