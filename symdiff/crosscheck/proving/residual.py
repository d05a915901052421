"""The exact residual: what a claim is more than SymPy's derivative, as a formula.

`claimed[0] - df/dx[0] = 8*x[0]**2*(x[0] - 1)` says where a claim is right by accident. Both sides are recorded: the
claim runs on recorded values, the derivative is the symbolic method's. Numbers in the code are taken for the exact
numbers that they are, 0.1 for 3602879701896397/36028797018963968. Nobody's verdict of DIFFER depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symdiff.crosscheck.claimed.claims import Claim
from symdiff.crosscheck.judging import Case
from symdiff.crosscheck.proving.delicate import undefined
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.verdict import Verdict
from symdiff.methods.base import Program
from symdiff.methods.symbolic.closed_form import ClosedForm, closed_entries, closed_form
from symdiff.methods.symbolic.expression import as_expression, as_sympy, shown, tree_sizes
from symdiff.methods.symbolic.program import is_small
from symdiff.methods.symbolic.residual import residual, seems_zero, text, with_decimals, with_roots_apart

MOST_OPS = 200  # of the function, and of an entry of a claim, written out
MOST_SHOWN = 3  # entries of a claim that are written out
MOST_TEXT = 300
ENTRIES = ("grad", "value_and_grad", "jacobian", "hessian", "third")  # operators whose entries are derivatives
BRANCHED = ", where the code decides as it does at this point"


@dataclass(frozen=True)
class Exact:
    """A function and its derivative as SymPy has them, and the symbols: the point's, then the vector's."""

    form: ClosedForm
    symbols: list[sp.Symbol]
    truth: dict[tuple[int, ...], sp.Expr]

    @classmethod
    def of(cls, case: Case) -> Exact | None:
        """None where the function is too large to be written out."""
        if not is_small(case.problem.graph, MOST_OPS):
            return None
        form = closed_form(case.problem)
        if form.kept:
            return None
        v = [_symbol(f"v{j + 1}", case.problem.names) for j in range(len(case.vector))]
        entries = closed_entries(case.task, form, v)
        return cls(form, [*form.symbols, *v], dict(zip(case.indices, entries, strict=True)))

    def point(self, case: Case) -> dict[Any, float]:
        """What the symbols are at the point."""
        return dict(zip(self.symbols, map(float, (*case.x, *case.vector)), strict=True))

    def written(self, program: Program, nodes: Sequence[int]) -> list[sp.Expr] | None:
        """Nodes of a program as SymPy reads them, op by op; None if they are too large or hold a bare constant."""
        graph = program.graph
        sizes = tree_sizes(graph)
        if any(sizes[i] > MOST_OPS for i in nodes):
            return None
        found, kept = as_sympy(graph, nodes, dict(zip(graph.inputs, self.symbols, strict=True)))
        return None if kept else [as_expression(e) for e in found]


def _symbol(name: str, taken: Sequence[str]) -> sp.Symbol:
    return sp.Symbol(name, real=True) if name not in taken else sp.Dummy(name, real=True)


def residuals(case: Case, claim: Claim, findings: Sequence[Finding]) -> list[str]:
    """A line for each entry of a claim that differs at this point, the first few of them."""
    about = [f for f in findings if (f.method, f.operator, f.point) == (claim.name, claim.operator, case.number)]
    wrong = [f for f in about if f.verdict is Verdict.DIFFER and f.value is not None]
    exact = Exact.of(case) if wrong else None
    program = claim.answer(case.problem, case.task, case.x, case.vector).program if exact is not None else None
    if exact is None or program is None:
        return []
    places, branched = case.places(), bool(program.guards or case.problem.graph.guards)
    lines: list[str] = []
    for f in wrong[:MOST_SHOWN]:
        index = places[f.component, f.argument, f.index]
        output, truth = program.graph.outputs[case.indices.index(index)], exact.truth[index]
        written = exact.written(program, [output])
        left = None if written is None else residual(written[0], truth)
        if left is not None and left != 0:
            point, left = exact.point(case), with_decimals(left)
            left = None if seems_zero(left, truth, point) else with_roots_apart(left, truth, point)
        but = undefined(case, exact, program, output, truth) if left == 0 else ""
        if left is not None and (left != 0 or but):
            more = f" as a formula, but {but}" if but else BRANCHED if branched else ""
            lines += line(f, left, len(about) == 1, more)
    others = len(wrong) - MOST_SHOWN
    return [*lines, f"and {others} more entries"] if lines and others > 0 else lines


def line(f: Finding, left: Any, alone: bool, more: str = "") -> Iterator[str]:
    """`claimed[0] - df/dx[0] = 8*x[0]**2*(x[0] - 1)`, if that is not too long to read. `alone`: the claim has no other
    entry."""
    formula = text(shown(left))
    if len(formula) <= MOST_TEXT:
        place = f"[{', '.join(map(str, f.index))}]" if f.index and not alone else ""
        yield f"{f.method}{place} - {_derivative(f)} = {formula}{more}"


def _derivative(f: Finding) -> str:
    if not f.argument:
        return f"f{f.component}" if f.operator == "value" else f"{f.operator}{f.component}"
    if f.operator not in ENTRIES:  # a sum of derivatives, along a vector
        return f"{f.operator} by {f.argument}"
    names = f.argument.split("; ")
    return f"d{'' if len(names) == 1 else len(names)}f{f.component}/" + " ".join(f"d{n}" for n in names)
