r"""Matrix expressions as the lecture writes them: `u1bar = (W2^T u2bar) o sigma'(u1)`, as text and as LaTeX.

SymPy's own printers cannot: of `u_1bar` they make one word, of a matrix of ones a 1 that looks like a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sympy as sp

from symdiff.methods.symbolic.expression import shown
from symdiff.methods.symbolic.notation import Entrywise, Softmax

SUM, ENTRY, PRODUCT, ATOM = range(4)  # how tightly a piece holds together
Piece = tuple[str, int]


class _Text:
    """The vocabulary of plain text."""

    ones, times, space = "1", " o ", " "

    def name(self, name: str) -> str:
        return name

    def function(self, name: str) -> str:
        return name

    def number(self, value: sp.Expr) -> str:
        return sp.sstr(shown(value), full_prec=False)

    def power(self, base: str) -> str:
        return f"{base}^T"

    def inside(self, text: str) -> str:
        return f"({text})"

    def over(self, above: str, below: str, many: bool) -> str:
        return f"{above}/({below.replace('*', ' ')})" if many else f"{above}/{below}"


class _Latex(_Text):
    ones, times, space = r"\mathbf{1}", r" \odot ", r"\, "

    def name(self, name: str) -> str:
        stem, digits, bar = re.fullmatch(r"(.*?)(\d*)(bar)?", name).groups()  # type: ignore[union-attr]  # matches all
        stem = rf"\bar{{{stem}}}" if bar else stem
        return f"{stem}_{{{digits}}}" if digits else stem

    def function(self, name: str) -> str:
        stem, digits, prime = re.fullmatch(r"([a-z]*)(\d*)('?)", name).groups()  # type: ignore[union-attr]  # matches all
        stem = {"sigma": r"\sigma", "l": r"\ell"}.get(stem, rf"\operatorname{{{stem}}}")
        return f"{stem}{f'_{{{digits}}}' if digits else ''}{prime}"

    def number(self, value: sp.Expr) -> str:
        names = {s: sp.Symbol(re.sub(r"(\D+)(\d+)", r"\1_\2", s.name)) for s in value.free_symbols}  # type: ignore[attr-defined]  # SymPy is only partly typed
        return str(sp.latex(shown(value).xreplace(names)))

    def power(self, base: str) -> str:
        return rf"{base}^{{\top}}"

    def inside(self, text: str) -> str:
        return rf"\left({text}\right)"

    def over(self, above: str, below: str, many: bool) -> str:
        return rf"\frac{{{above}}}{{{below}}}"


TEXT, LATEX = _Text(), _Latex()


def text(name: str, expression: Any) -> str:
    """`u1bar = (W2^T u2bar) o sigma'(u1)`."""
    return f"{name} = {_piece(expression, TEXT)[0]}"


def latex(name: str, expression: Any) -> str:
    r"""`\bar{W}_{1} = \bar{u}_{1}\, z_{0}^{\top}`."""
    return f"{LATEX.name(name)} = {_piece(expression, LATEX)[0]}"


def function_text(names: Sequence[str], function: sp.Lambda) -> str:
    """`sigma'(u) = 1 - tanh(u)**2`; several names of one function are equal to each other."""
    variables = ", ".join(v.name for v in function.variables)
    return " = ".join([*[f"{name}({variables})" for name in names], _pieces_text(shown(function.expr))])


def function_latex(names: Sequence[str], function: sp.Lambda) -> str:
    r"""`\sigma'(u) = 1 - \tanh^{2}{\left(u \right)}`."""
    variables = ", ".join(v.name for v in function.variables)
    return " = ".join([*[f"{LATEX.function(name)}({variables})" for name in names], sp.latex(shown(function.expr))])


def _pieces_text(expression: sp.Expr) -> str:
    """`1 if u > 0, 0 otherwise`."""
    if not isinstance(expression, sp.Piecewise):
        return str(sp.sstr(expression, full_prec=False))
    parts = []
    for value, condition in expression.args:  # type: ignore[misc]  # SymPy is only partly typed
        when = "otherwise" if condition == sp.true else f"if {sp.sstr(condition, full_prec=False)}"
        parts.append(f"{sp.sstr(value, full_prec=False)} {when}")
    return ", ".join(parts)


def _piece(m: Any, words: _Text) -> Piece:
    if isinstance(m, sp.MatrixSymbol):
        return words.name(m.name), ATOM
    if isinstance(m, sp.OneMatrix):
        return words.ones if m.shape[1] == 1 else words.power(words.ones), ATOM
    if isinstance(m, sp.ZeroMatrix):
        return "0", ATOM
    if isinstance(m, sp.Transpose):
        return words.power(_held(m.arg, words, ATOM)), ATOM
    if isinstance(m, sp.MatMul):
        return _product(m, words)
    if isinstance(m, sp.MatAdd):
        return _sum(m, words), SUM
    if isinstance(m, sp.HadamardProduct):
        return words.times.join(_held(a, words, ATOM) for a in m.args), ENTRY
    if isinstance(m, Softmax):
        return f"{words.function('softmax')}({_piece(m.matrix, words)[0]})", ATOM
    if isinstance(m, Entrywise):
        return f"{words.function(m.name)}({', '.join(_piece(a, words)[0] for a in m.matrices)})", ATOM
    return words.number(m), ATOM


def _held(m: Any, words: _Text, binding: int) -> str:
    written, own = _piece(m, words)
    return written if own >= binding else words.inside(written)


def _product(m: Any, words: _Text) -> Piece:
    """-2/(N d) (A B): the sign, the numerator, the matrices, over the denominator."""
    numbers = [a for a in m.args if not isinstance(a, sp.MatrixExpr)]
    factors = [a for a in m.args if isinstance(a, sp.MatrixExpr)]
    above, below = sp.fraction(sp.Mul(*numbers))
    sign = "-" if above.could_extract_minus_sign() else ""
    above = -above if sign else above
    written = words.space.join(_held(f, words, PRODUCT) for f in factors)
    if above != 1:
        written = f"{words.number(above)}{words.space}{written}"
    if below != 1:
        many = isinstance(below, sp.Mul)
        single = len(factors) == 1 and above == 1 and isinstance(words, _Latex)
        top = _piece(factors[0], words)[0] if single else written
        return sign + words.over(top, words.number(below), many), SUM if sign else PRODUCT
    return sign + written, SUM if sign else PRODUCT


def _sum(m: Any, words: _Text) -> str:
    written = ""
    for k, term in enumerate(m.args):
        part = _held(term, words, SUM)
        sign = "-" if part.startswith("-") else "+"
        written += part if k == 0 else f" {sign} {part.removeprefix('-')}"
    return written
