"""The closed form: one SymPy expression per component, and `sympy.diff` of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import sympy as sp

from symdiff.graph import Graph
from symdiff.inputs.sympy import translate
from symdiff.methods.base import MATRICES, Task
from symdiff.methods.symbolic.expression import as_expression, as_sympy
from symdiff.problem import Problem


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """The components as expressions in real symbols; `kept` are constants left as nodes of the graph."""

    expressions: tuple[sp.Expr, ...]
    symbols: tuple[sp.Symbol, ...]
    kept: dict[sp.Symbol, int]

    def first(self, wrt: tuple[int, ...]) -> list[list[sp.Expr]]:
        """dy_o / dx_k."""
        return [[sp.diff(e, self.symbols[k]) for k in wrt] for e in self.expressions]

    def higher(self, wrt: tuple[int, ...], order: int) -> list[dict[tuple[int, ...], sp.Expr]]:
        """For each component the derivatives of this order, by positions in `wrt`; what differs only in the order of
        the variables is differentiated once."""
        result = []
        for e in self.expressions:
            known: dict[tuple[int, ...], sp.Expr] = {(): e}
            for _ in range(order):
                known = {
                    (*at, b): sp.diff(d, self.symbols[wrt[b]])
                    for at, d in known.items() for b in range(at[-1] if at else 0, len(wrt))
                }  # fmt: skip
            result.append({at: known[tuple(sorted(at))] for at in product(range(len(wrt)), repeat=order)})
        return result


def closed_form(problem: Problem) -> ClosedForm:
    """The function as SymPy expressions: the caller's own where SymPy is what the caller wrote in."""
    if problem.language == "sympy":
        expressions, symbols = problem.native
        return ClosedForm(expressions, symbols, {})
    graph = problem.graph
    symbols = tuple(sp.Symbol(name, real=True) for name in problem.names)
    leaves = dict(zip(graph.inputs, symbols, strict=True))
    expressions, kept = as_sympy(graph, graph.outputs, leaves)
    return ClosedForm(tuple(as_expression(e) for e in expressions), symbols, kept)


def closed_program(problem: Problem, task: Task, form: ClosedForm) -> Graph:
    """SymPy's closed derivative as a straight-line program of table ops."""
    graph = problem.graph.copy()
    vector = [graph.input(f"v{k + 1}") for k in range(task.vector_length(problem))]
    at = dict(zip(form.symbols, problem.graph.inputs, strict=True)) | form.kept
    v = [sp.Dummy(f"v{k}", real=True) for k in range(len(vector))]
    at |= dict(zip(v, vector, strict=True))
    graph.outputs = tuple(translate(e, graph, at) for e in closed_entries(task, form, v))
    return graph


def closed_entries(task: Task, form: ClosedForm, v: Sequence[sp.Symbol]) -> list[sp.Expr]:
    """SymPy's derivative for every entry of a task, the vector as symbols."""
    wrt, operator = task.wrt, task.operator
    if operator == "value":
        return list(form.expressions)
    if operator in ("hessian", "third"):
        return [d for each in form.higher(wrt, MATRICES[operator]) for d in each.values()]
    if operator in ("hvp", "tvp"):
        return _along(form, wrt, task.tangents(v))
    rows = form.first(wrt)
    if operator == "jvp":
        return [_dot(row, v) for row in rows]
    if operator == "vjp":
        return [_dot([row[k] for row in rows], v) for k in range(len(wrt))]
    flat = [g for row in rows for g in row]
    return [form.expressions[0], *flat] if operator == "value_and_grad" else flat


def _along(form: ClosedForm, wrt: tuple[int, ...], tangents: Sequence[Sequence[sp.Symbol]]) -> list[sp.Expr]:
    """The gradient of the derivative along one or two tangents."""
    (each,) = form.higher(wrt, 1 + len(tangents))
    places = range(len(wrt))
    if len(tangents) == 1:
        return [_dot([each[k, j] for j in places], tangents[0]) for k in places]
    rows = [[_dot([each[k, j, i] for i in places], tangents[1]) for j in places] for k in places]
    return [_dot(row, tangents[0]) for row in rows]


def _dot(row: Sequence[sp.Expr], v: Sequence[sp.Symbol]) -> sp.Expr:
    # kept as written: SymPy would otherwise distribute and cancel between the terms
    return sp.Add(*[sp.Mul(g, t, evaluate=False) for g, t in zip(row, v, strict=True)], evaluate=False)
