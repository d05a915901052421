"""SymPy expressions, read into a graph as they stand: nothing is simplified on the way.

Used twice: for expressions that users hand over, and for SymPy's own derivatives, which the symbolic
method evaluates as straight-line programs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from symdiff.errors import InputError, UnsupportedError
from symdiff.graph import Graph
from symdiff.inputs import sympy_special as special
from symdiff.inputs.text import natural_key
from symdiff.problem import Problem

# SymPy is only partly typed: its expressions are Any to the type checker
Expression = Any

_FUNCTIONS: dict[Any, str] = {
    sp.exp: "exp", sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan",
    sp.asin: "asin", sp.acos: "acos", sp.atan: "atan", sp.atan2: "atan2",
    sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh",
    sp.asinh: "asinh", sp.acosh: "acosh", sp.atanh: "atanh",
    sp.erf: "erf", sp.erfc: "erfc", sp.gamma: "gamma", sp.loggamma: "lgamma", sp.digamma: "digamma",
    sp.beta: "beta", sp.Abs: "abs", sp.sign: "sign", sp.floor: "floor", sp.ceiling: "ceil", sp.Mod: "mod",
    sp.StrictLessThan: "less", sp.LessThan: "less_equal",
    sp.StrictGreaterThan: "greater", sp.GreaterThan: "greater_equal",
    sp.Equality: "equal", sp.Unequality: "not_equal",
    sp.Not: "logical_not",
}  # fmt: skip
# one over another function
_RECIPROCALS = {sp.sec: "cos", sp.csc: "sin", sp.sech: "cosh", sp.csch: "sinh", sp.cot: "tan", sp.coth: "tanh"}
# another function of one over the argument
_OF_RECIPROCAL = {
    sp.asec: "acos", sp.acsc: "asin", sp.acot: "atan", sp.asech: "acosh", sp.acsch: "asinh", sp.acoth: "atanh",
}  # fmt: skip
# n-ary ops of SymPy that are folds of a binary op
_FOLDS = {sp.Max: "max", sp.Min: "min", sp.And: "logical_and", sp.Or: "logical_or"}
_KNOWN = frozenset([*_FUNCTIONS, *_RECIPROCALS, *_OF_RECIPROCAL, *_FOLDS])


def from_sympy(parts: Sequence[Any], variables: Sequence[str] | None, vector: bool) -> Problem:
    """A SymPy expression (or several) as a function of its free symbols, in natural order of names."""
    try:
        return _from_sympy(parts, variables, vector)
    except RecursionError as e:
        raise UnsupportedError("the expression is nested too deeply for SymPy: give it as text, in named steps") from e


def _from_sympy(parts: Sequence[Any], variables: Sequence[str] | None, vector: bool) -> Problem:
    expressions = [_expression(p) for p in parts]
    symbols = sorted({s for e in expressions for s in e.free_symbols}, key=lambda s: natural_key(s.name))
    for s in symbols:
        if not isinstance(s, sp.Symbol):
            raise InputError(f"{_short(s)} ({type(s).__name__}) is not a scalar symbol: expected sympy.Symbol")
        if s.is_real is False or (s.is_complex and s.is_real is None):
            raise InputError(f"the symbol {s} is not real: derivatives are taken with respect to real variables")
    by_name = {s.name: s for s in symbols}
    if len(by_name) < len(symbols):
        raise InputError("two different symbols of the expression have one name: rename one of them")
    if isinstance(variables, str):
        raise InputError(f"variables={variables!r}: expected a list of names")
    names = tuple(by_name) if variables is None else tuple(getattr(v, "name", v) for v in variables)
    if len(set(names)) < len(names):
        raise InputError(f"variables={list(names)!r}: a name is given twice")
    surplus = [n for n in by_name if n not in names]
    if surplus:
        raise InputError(f"the expression also depends on {', '.join(surplus[:10])}: name it in variables")
    # real symbols: SymPy's derivative of Abs and sign needs to know
    real = [sp.Symbol(n, real=True) for n in names]
    to_real = {by_name[n]: r for n, r in zip(names, real, strict=True) if n in by_name}
    graph = Graph()
    at = {r: graph.input(r.name) for r in real}
    given = at | {symbol: at[r] for symbol, r in to_real.items()}
    # the expressions as they were given: xreplace evaluates what evaluate=False kept, (x + 1e16) - 1e16
    graph.outputs = tuple(_translated(e, to_real, graph, given) for e in expressions)
    expressions = [e.xreplace(to_real) for e in expressions]
    source = ", ".join(_short(p, 10_000) for p in parts)
    own = _own(expressions, real, vector)
    return Problem(graph, names, source, "sympy", own, (tuple(expressions), tuple(real)), vector)


def _translated(e: Expression, to_real: Mapping[Any, Any], graph: Graph, at: Mapping[Expression, int]) -> int:
    try:
        return translate(e, graph, at)
    except UnsupportedError:  # re(x), conjugate(x): nothing where x is real
        return translate(e.xreplace(to_real), graph, at)


def _expression(part: Any) -> Expression:
    if not isinstance(part, sp.Expr) or isinstance(part, sp.MatrixExpr):
        raise InputError(f"{_short(part)} ({type(part).__name__}) is not a scalar SymPy expression")
    if part.has(sp.I):
        raise InputError(f"{_short(part)} contains the imaginary unit: expected a real expression")
    return part


def _own(expressions: Sequence[Expression], symbols: Sequence[sp.Symbol], vector: bool) -> Any:
    """The caller's function as SymPy itself evaluates it: mpmath, 30 digits, never our graph."""
    # SymPy has no numbers of erfcinv
    expressions = [
        e.replace(sp.erfcinv, lambda a: sp.erfinv(1 - a)) if e.has(sp.erfcinv) else e for e in expressions
    ]

    def own(*values: float) -> Any:
        if any(isinstance(v, complex) for v in values):
            raise TypeError("evaluated at real numbers only")
        at = {s: sp.Float(float(v), 30) for s, v in zip(symbols, values, strict=True)}
        results = [complex(e.xreplace(at).evalf(30)) for e in expressions]
        reals = [r.real if r.imag == 0 else float("nan") for r in results]
        return tuple(reals) if vector else reals[0]

    return own


def translate(expression: Expression, graph: Graph, at: Mapping[Expression, int]) -> int:
    """Add a SymPy expression to a graph; `at` says which node each symbol is. Returns its node.

    Raises `UnsupportedError`, naming the head, for what the op table has no row for. No recursion:
    a deep expression is only as dangerous as it was to SymPy.
    """
    unevaluated = expression.atoms(sp.Derivative)
    if unevaluated:
        raise UnsupportedError(f"SymPy leaves {_short(unevaluated.pop())} unevaluated: it has no derivative for it")
    if expression.has(sp.ITE):  # what SymPy makes of pieces whose conditions have pieces; and, or, not say the same
        expression = expression.replace(lambda e: isinstance(e, sp.ITE), lambda e: e.to_nnf())
    done: dict[Expression, int] = dict(at)
    stack = [expression]
    while stack:
        e = stack[-1]
        if e in done:
            stack.pop()
            continue
        needs = [a for a in _children(e) if a not in done]
        if needs:
            stack.extend(reversed(needs))
        else:
            done[e] = _node(e, graph, done)
            stack.pop()
    return done[expression]


def _children(e: Expression) -> list[Expression]:
    if e.is_Number or e.is_NumberSymbol:
        return []
    if isinstance(e, sp.Pow):
        if e.base == sp.E:
            return [e.exp]
        if _whole(e.exp) or e.exp in (sp.S.Half, -sp.S.Half):
            return [e.base]
        return [e.base, -e.exp if _below_the_line(e) else e.exp]
    if isinstance(e, sp.Mul):
        above, below = _fraction(e)
        return [*above, *below]
    if isinstance(e, sp.Add):
        return [t for t, _ in _terms(e)]
    if isinstance(e, sp.Piecewise):
        return [a for pair in e.args for a in pair.args if a not in (sp.true, sp.false)]
    if e.func is sp.polygamma:
        return [e.args[1]]
    if e.func is sp.Heaviside:
        return [e.args[0]]
    if e.func in special.STEPS:
        return special.children(e)
    if e.func not in _KNOWN:  # said of the head, before its bound variables are taken for strangers
        raise _no_row(e)
    return list(e.args)


def _heaviside(graph: Graph, x: int) -> int:
    zero, half = graph.const(0.0), graph.const(0.5)
    above = graph.apply("where", graph.apply("greater", x, zero), graph.const(1.0), zero)
    return graph.apply("where", graph.apply("equal", x, zero), half, above)


def _polygamma(n: int, e: Expression, graph: Graph, done: Mapping[Expression, int]) -> int:
    if n == 0:
        return _apply(graph, "digamma", done, e.args[1:])
    return graph.apply("polygamma", done[e.args[1]], params=(("n", n),))


def _node(e: Expression, graph: Graph, done: Mapping[Expression, int]) -> int:
    if e.is_Number:
        return _number(e, graph)
    if e is sp.pi or e is sp.E:
        return graph.apply("pi" if e is sp.pi else "euler_e")
    if isinstance(e, sp.Add):
        return _sum(e, graph, done)
    if isinstance(e, sp.Mul):
        return _product(e, graph, done)
    if isinstance(e, sp.Pow):
        return _power(e, graph, done)
    if isinstance(e, sp.Piecewise):
        return _piecewise(e, graph, done)
    if e.func in _FOLDS:
        return _fold(graph, _FOLDS[e.func], [done[a] for a in e.args])
    if e.func is sp.polygamma and e.args[0] in range(101):
        return _polygamma(int(e.args[0]), e, graph, done)
    if e.func is sp.Heaviside:
        return _heaviside(graph, done[e.args[0]])
    if e.func in special.STEPS:
        found = special.STEPS[e.func](e, graph, done)
        if found is None:
            raise _no_row(e)
        return found
    if e.func in _RECIPROCALS:
        return graph.apply("div", graph.const(1.0), _apply(graph, _RECIPROCALS[e.func], done, e.args))
    if e.func in _OF_RECIPROCAL:
        return graph.apply(_OF_RECIPROCAL[e.func], graph.apply("div", graph.const(1.0), done[e.args[0]]))
    if e.func in _FUNCTIONS:
        return _apply(graph, _FUNCTIONS[e.func], done, e.args)
    raise _no_row(e)


def _no_row(e: Expression) -> UnsupportedError:
    return UnsupportedError(f"SymPy's {e.func.__name__} in {_short(e)} is not in the op table")


def _apply(graph: Graph, op: str, done: Mapping[Expression, int], args: Sequence[Expression]) -> int:
    return graph.apply(op, *[done[a] for a in args])


def _fold(graph: Graph, op: str, ids: Sequence[int]) -> int:
    total = ids[0] if ids else graph.const(1.0)
    for i in ids[1:]:
        total = graph.apply(op, total, i)
    return total


def _number(e: Any, graph: Graph) -> int:
    if not (e.is_finite and e.is_real):
        raise UnsupportedError(f"{e} is not a finite real number")
    exact: Any = sp.Rational(e)
    value = Fraction(int(exact.p), int(exact.q))
    try:
        as_float = float(value)
    except OverflowError as error:
        raise UnsupportedError(f"the constant {_short(e)} is larger than a float64 can hold") from error
    if Fraction(as_float) == value:
        return graph.const(as_float)
    p, q = float(value.numerator), float(value.denominator)
    if Fraction(p) == value.numerator and Fraction(q) == value.denominator:
        return graph.apply("div", graph.const(p), graph.const(q))  # 1/3 is a division, not a double
    return graph.const(value)


def _terms(e: Expression) -> list[tuple[Expression, bool]]:
    """The terms of a sum with their sign: (x, True) for -x. A leading plus comes first, if there is one."""
    signed = [(-t, True) if t.could_extract_minus_sign() and not t.is_Add else (t, False) for t in e.args]
    return sorted(signed, key=lambda pair: pair[1])


def _sum(e: Expression, graph: Graph, done: Mapping[Expression, int]) -> int:
    (first, negative), *rest = _terms(e)
    total = graph.apply("neg", done[first]) if negative else done[first]
    for term, minus in rest:
        total = graph.apply("sub" if minus else "add", total, done[term])
    return total


def _whole(exponent: Expression) -> bool:
    return bool(exponent.is_Integer) and abs(int(exponent)) < 2**53


def _below_the_line(power: Expression) -> bool:
    """Whether a person would write this power under a fraction bar: 1/x, x**-2, x**(-3/2)."""
    return isinstance(power, sp.Pow) and power.base != sp.E and bool(power.exp.is_Rational and power.exp < 0)


def _fraction(e: Expression) -> tuple[list[Expression], list[Expression]]:
    """Numerator and denominator factors. No simplification: x**-1 goes below the line as x."""
    above = [a for a in e.args if not _below_the_line(a)]
    below = [sp.Pow(a.base, -a.exp, evaluate=False) if a.exp != -1 else a.base for a in e.args if _below_the_line(a)]
    return above, below


def _product(e: Expression, graph: Graph, done: Mapping[Expression, int]) -> int:
    above, below = _fraction(e)
    negative = above[:1] == [sp.S.NegativeOne] and len(above) > 1
    total = _fold(graph, "mul", [done[a] for a in above[negative:]])
    if below:
        total = graph.apply("div", total, _fold(graph, "mul", [done[b] for b in below]))
    return graph.apply("neg", total) if negative else total


def _power(e: Expression, graph: Graph, done: Mapping[Expression, int]) -> int:
    if e.base == sp.E:
        return graph.apply("exp", done[e.exp])
    base = done[e.base]
    if e.exp == sp.S.Half:
        return graph.apply("sqrt", base)
    if e.exp == -sp.S.Half:
        return graph.apply("div", graph.const(1.0), graph.apply("sqrt", base))
    if _whole(e.exp):
        n = int(e.exp)
        if n == -1:
            return graph.apply("div", graph.const(1.0), base)
        return graph.apply("integer_power", base, params=(("n", n),))
    if _below_the_line(e):
        return graph.apply("div", graph.const(1.0), graph.apply("power", base, done[-e.exp]))
    return graph.apply("power", base, done[e.exp])


def _piecewise(e: Expression, graph: Graph, done: Mapping[Expression, int]) -> int:
    """Nested `where`, last piece innermost. Without an otherwise, SymPy's value there is nan."""
    *pieces, (last, condition) = e.args
    if condition != sp.true:
        raise UnsupportedError(f"{_short(e)} is not defined everywhere: give the last piece the condition True")
    total = done[last]
    for value, guard in reversed(pieces):
        total = graph.apply("where", done[guard], done[value], total)
    return total


def _short(e: Any, limit: int = 60) -> str:
    try:
        text = str(e)
    except RecursionError:
        return f"{type(e).__name__}(... nested too deeply to print)"
    return text if len(text) <= limit else text[: limit - 3] + "..."
