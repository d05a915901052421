"""The closed form: one SymPy expression per component, and `sympy.diff` of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from symdiff.graph import Graph
from symdiff.inputs.sympy import translate
from symdiff.methods.base import Task
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

    def second(self, wrt: tuple[int, ...]) -> list[list[list[sp.Expr]]]:
        """d2y_o / dx_k dx_l; the upper triangle is differentiated, the lower is its mirror."""
        result = []
        for row in self.first(wrt):
            upper = {(a, b): sp.diff(row[a], self.symbols[wrt[b]]) for a in range(len(wrt)) for b in range(a, len(wrt))}
            result.append([[upper[min(a, b), max(a, b)] for b in range(len(wrt))] for a in range(len(wrt))])
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
    if operator == "hessian":
        return [h for matrix in form.second(wrt) for row in matrix for h in row]
    if operator == "hvp":
        return [_dot(row, v) for row in form.second(wrt)[0]]
    rows = form.first(wrt)
    if operator == "jvp":
        return [_dot(row, v) for row in rows]
    if operator == "vjp":
        return [_dot([row[k] for row in rows], v) for k in range(len(wrt))]
    flat = [g for row in rows for g in row]
    return [form.expressions[0], *flat] if operator == "value_and_grad" else flat


def _dot(row: Sequence[sp.Expr], v: Sequence[sp.Symbol]) -> sp.Expr:
    # kept as written: SymPy would otherwise distribute and cancel between the terms
    return sp.Add(*[sp.Mul(g, t, evaluate=False) for g, t in zip(row, v, strict=True)], evaluate=False)
