"""Functions made of pieces, brought into a form to read: one list of pieces from left to right."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import sympy as sp


def merged(expression: sp.Expr, e: sp.Symbol) -> sp.Expr:
    """Pieces of pieces in one variable, with bounds that are numbers, as one list of pieces from left to right."""
    bounds: set[sp.Expr] = set()
    for relation in expression.atoms(sp.core.relational.Relational):
        offset = relation.lhs - relation.rhs  # type: ignore[operator]  # SymPy is only partly typed
        if not offset.is_polynomial(e) or sp.degree(offset, e) != 1:  # type: ignore[arg-type]  # SymPy is only partly typed
            return expression
        bounds.add(-offset.coeff(e, 0) / offset.coeff(e, 1))
    edges = sorted(bounds)
    if not edges:
        return expression
    between = [edges[0] - 1, *[(a + b) / 2 for a, b in pairwise(edges)], edges[-1] + 1]
    parts = [_at(expression, e, x) for x in between]
    pieces: list[tuple[Any, Any]] = []
    for edge, left, right in zip(edges, parts[:-1], parts[1:], strict=True):
        here = _at(expression, e, edge).xreplace({e: edge})
        if here == left.xreplace({e: edge}):
            pieces.append((left, e <= edge))
        else:
            pieces.append((left, e < edge))
            if here != right.xreplace({e: edge}):
                pieces.append((here, sp.Eq(e, edge)))
    return sp.Piecewise(*pieces, (parts[-1], True))


def _at(expression: sp.Expr, e: sp.Symbol, x: sp.Expr) -> sp.Expr:
    """The expression that holds around a number, or at it."""
    taken = {}
    for pieces in expression.atoms(sp.Piecewise):
        taken[pieces] = next(value for value, condition in pieces.args if condition.xreplace({e: x}) == sp.true)  # type: ignore[misc]  # SymPy is only partly typed
    new = expression.xreplace(taken)
    return _at(new, e, x) if new.has(sp.Piecewise) else sp.expand(new)  # type: ignore[arg-type]  # SymPy is only partly typed
