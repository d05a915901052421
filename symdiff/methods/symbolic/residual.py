"""What is left of the difference of two expressions, in its shortest form, within a budget.

SymPy's `simplify` may think for minutes. Here are a few of its normal forms, each only where the expression is small
enough for it: expanded, over one denominator and cancelled, factored, and by the identities of sin and cos. Everything
is counted before it is made, so that no clock has to stop it. What does not become 0 here may still be 0.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import sympy as sp

from symdiff.methods.symbolic.identical import Letters

MOST_OPS = 400  # of the two expressions together
MOST_TERMS = 600  # of a sum that is multiplied out
MOST_CANCELLED = 120  # ops of what is put over one denominator
MOST_FACTORED = 40  # terms of a polynomial that is factored
MOST_DEGREE = 16
MOST_LETTERS = 6  # symbols and functions in a polynomial that is cancelled or factored
MOST_BITS = 40  # of a number in it: the exact value of a decimal such as 0.1 has more, and is better left as it is
MOST_TRIG = 16  # ops of what sin and cos are simplified in
MOST_TRIG_DEGREE = 4
MOST_PIECES = 4
MOST_POINTS = 18  # where an expression is looked at that may be 0
ENOUGH_POINTS = 5
DIGITS = 30
IN_PIECES = (sp.Piecewise, sp.Abs, sp.sign, sp.Max, sp.Min, sp.floor, sp.ceiling, sp.Heaviside)


def residual(claimed: Any, truth: Any) -> Any:
    """`claimed - truth`, shortened; 0 where they are one function wherever both are smooth; None if it is too large.

    >>> x = sp.Symbol("x", real=True)
    >>> residual(8*x**3 - 2*x, 8*x**2 - 2*x)
    8*x**2*(x - 1)
    >>> residual(2*sp.sin(x)*sp.cos(x), sp.sin(2*x))
    0
    """
    if claimed == truth:
        return sp.S.Zero
    if sp.count_ops(claimed) + sp.count_ops(truth) > MOST_OPS:
        return None
    return sp.S.Zero if Letters().identical(claimed, truth) else shortest(claimed - truth)


def text(e: Any) -> str:
    """The formula in one line, pieces in words.

    >>> x = sp.Symbol("x", real=True)
    >>> text(sp.Piecewise((x**2 - 0.5, x > 0), (0, True)))
    'x**2 - 0.5 where x > 0, else 0'
    """
    if not isinstance(e, sp.Piecewise):
        return sp.sstr(e, full_prec=False)
    pieces = [
        f"else {text(value)}" if condition == sp.true else f"{text(value)} where {sp.sstr(condition, full_prec=False)}"
        for value, condition in _pieces(e)
    ]
    return ", ".join(pieces)


def _pieces(e: Any) -> list[tuple[Any, Any]]:
    return [tuple(piece) for piece in e.args]


def shortest(e: Any) -> Any:
    """The shortest of the forms, piece by piece; on an edge it may be another number."""
    if len(e.atoms(sp.Piecewise)) in range(1, MOST_PIECES + 1):
        folded: Any = sp.piecewise_fold(e.replace(_is_weak, _strict))
        if isinstance(folded, sp.Piecewise):
            possible = [(value, condition) for value, condition in _pieces(folded) if not is_impossible(condition)]
            return sp.Piecewise(*[(_shortest(value), condition) for value, condition in possible])
    return _shortest(e)


def is_impossible(condition: Any) -> bool:
    """Whether a condition certainly never holds: two of its comparisons add up to 0 > 0.

    >>> x = sp.Symbol("x", real=True)
    >>> is_impossible((x > 1) & (2*x < 2)), is_impossible((x > 1) & (x < 2))
    (True, False)
    """
    if condition == sp.false:
        return True
    if isinstance(condition, sp.Or):
        return all(map(is_impossible, condition.args))
    if not isinstance(condition, sp.And):
        return False
    bounds = [_positive(c) for c in condition.args if isinstance(c, sp.Gt | sp.Lt | sp.Ge | sp.Le)]
    sums = [(a + b, s or too) for k, (a, s) in enumerate(bounds) for b, too in bounds[:k]]
    return any(map(is_impossible, condition.args)) or any(s.is_negative or (s.is_zero and t) for s, t in sums)


def _positive(c: Any) -> tuple[Any, bool]:
    """What a comparison says is positive, and whether it may not be 0."""
    return sp.expand(c.gts - c.lts).primitive()[1], isinstance(c, sp.Gt | sp.Lt)


def with_decimals(e: Any) -> Any:
    """The same with exponents as the decimals that a person wrote: 0.3 - 1, in the exact numbers that floats are, is
    not the -0.7 of a claim."""
    long = [p for p in e.atoms(sp.Pow) if p.exp.is_Rational and p.exp.q > 1000 and not p.exp.q & (p.exp.q - 1)]
    return e.xreplace({p: p.base ** sp.Rational(f"{float(p.exp):.15g}") for p in long})


def seems_zero(e: Any, truth: Any, near: Mapping[Any, float]) -> bool:
    """Whether an expression is 0 to so many digits at points of the domain of `truth`, some of them around a given one
    (symbol -> number). It proves nothing; of what is in pieces nothing is said."""
    if e.has(*IN_PIECES):
        return False
    rng = random.Random(0)  # noqa: S311 - no secret is made
    symbols, seen = sorted(truth.free_symbols | e.free_symbols, key=str), 0
    for k in range(MOST_POINTS):
        beside, positive = k % 3 == 0, k % 3 == 1
        drawn = [near.get(s, 1.0) * rng.uniform(0.99, 1.01) if beside else rng.uniform(0 if positive else -3, 3)
                 for s in symbols]  # fmt: skip
        at = {s: sp.Float(v, 2 * DIGITS) for s, v in zip(symbols, drawn, strict=True)}  # exact numbers take forever
        there, value = (v.xreplace(at).evalf(2 * DIGITS) for v in (truth, e))
        if not (there.is_Float or there.is_Rational):
            continue
        seen += 1
        if not abs(value) <= sp.Float(10) ** -DIGITS * (1 + abs(there)):
            return False
    return seen >= ENOUGH_POINTS


def with_roots_apart(e: Any, truth: Any, near: Mapping[Any, float]) -> Any:
    """The same with (K/L)**0.3 as K**0.3/L**0.3, where that is shorter and the same number in the domain of `truth`."""
    if e.has(*IN_PIECES):
        return e
    positive = {s: sp.Dummy(s.name, positive=True) for s in e.free_symbols}
    apart = shortest(e.xreplace(positive)).xreplace({p: s for s, p in positive.items()})
    if sp.count_ops(apart) >= sp.count_ops(e) or not seems_zero(apart - e, truth, near):
        return e
    decimal = [p for p in apart.atoms(sp.Pow) if p.exp.is_Rational and p.exp.q % 5 == 0]
    return apart.xreplace({p: p.base ** sp.Float(float(p.exp)) for p in decimal})


def _is_weak(e: Any) -> bool:
    return isinstance(e, sp.Ge | sp.Le)


def _strict(e: Any) -> Any:
    return e.gts > e.lts


def _shortest(e: sp.Expr) -> sp.Expr:
    found = [e]
    for form in FORMS:
        with suppress(Exception):  # SymPy's own errors, of many kinds: then there is one form less
            found += form(found[-1])
        if found[-1] == 0:
            return sp.S.Zero
    return min(found, key=lambda form: (sp.count_ops(form), len(str(form))))


def _expanded(e: sp.Expr) -> Iterator[sp.Expr]:
    if _terms(e) <= MOST_TERMS:
        yield sp.expand(e)


def _cancelled(e: sp.Expr) -> Iterator[sp.Expr]:
    if sp.count_ops(e) <= MOST_CANCELLED and _is_tame(e):
        above, below = sp.fraction(sp.together(e))
        if below != 1 and _terms(above) <= MOST_TERMS and _terms(below) <= MOST_TERMS:
            yield sp.cancel(above / below)


def _factored(e: sp.Expr) -> Iterator[sp.Expr]:
    above, below = sp.fraction(e)
    if _terms(above) <= MOST_FACTORED and _terms(below) <= MOST_FACTORED and _is_tame(e):
        yield sp.factor(e)


def _trigonometric(e: Any) -> Iterator[Any]:
    powers = [abs(int(p.exp)) for p in e.atoms(sp.Pow) if p.exp.is_Integer]
    if e.has(sp.sin, sp.cos, sp.sinh, sp.cosh) and sp.count_ops(e) <= MOST_TRIG and _is_tame(e):
        if max(powers, default=0) <= MOST_TRIG_DEGREE:
            yield sp.trigsimp(e)


FORMS: tuple[Callable[[Any], Iterator[Any]], ...] = (_expanded, _cancelled, _factored, _trigonometric)


def _terms(e: Any) -> int:
    """How many terms there are at most once the products and powers are multiplied out."""
    if e.is_Add:
        return min(MOST_TERMS + 1, sum(map(_terms, e.args)))
    if e.is_Mul:
        count = 1
        for factor in e.args:
            count = min(MOST_TERMS + 1, count * _terms(factor))
        return count
    if e.is_Pow and e.exp.is_Integer:
        inside = _terms(e.base)
        return 1 if inside == 1 else min(MOST_TERMS + 1, inside ** min(abs(int(e.exp)), MOST_DEGREE))
    return max([1, *(_terms(a) for a in e.args if isinstance(a, sp.Expr))]) if e.args else 1


def _is_tame(e: sp.Expr) -> bool:
    """Whether the algorithms for polynomials are quick: few letters, small powers, short numbers."""
    letters = {a for a in sp.preorder_traversal(e) if isinstance(a, sp.Symbol | sp.Function) or _is_root(a)}
    powers = [abs(int(p.exp)) for p in e.atoms(sp.Pow) if p.exp.is_Integer] + _hidden_powers(e)
    numbers = [max(abs(int(r.p)).bit_length(), int(r.q).bit_length()) for r in e.atoms(sp.Rational)]
    within = max(powers, default=0) <= MOST_DEGREE and max(numbers, default=0) <= MOST_BITS
    return len(letters) <= MOST_LETTERS and within and not e.has(sp.Piecewise)


def _hidden_powers(e: sp.Expr) -> list[int]:
    """To factor exp(365*x) - exp(x/2) SymPy takes exp(x/2) for a letter: of degree 730."""
    exponents = [p.exp for p in e.atoms(sp.exp, sp.Pow) if not p.exp.is_Integer]
    numbers = [c for exponent in exponents for c in exponent.atoms(sp.Rational)]
    below = math.lcm(*(int(c.q) for c in numbers))
    return [abs(int(c.p)) * below // int(c.q) for c in numbers]


def _is_root(e: Any) -> bool:
    return isinstance(e, sp.Pow) and not e.exp.is_Integer
