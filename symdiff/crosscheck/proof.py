"""PROVED: SymPy reduces the difference between a method's program and its own derivative to zero.

Asked for with `prove=True`, because nobody can say beforehand how long SymPy will think. A difference
that it cannot reduce proves nothing: the verdict stays what it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import sympy as sp

from symdiff.crosscheck.judging import Case
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import UnsupportedError
from symdiff.methods import method as find_method
from symdiff.methods.base import Program
from symdiff.methods.symbolic.closed_form import closed_entries, closed_form
from symdiff.methods.symbolic.expression import as_sympy, tree_sizes
from symdiff.methods.symbolic.program import is_small

PROVABLE_OPS = 200  # of the function, written out
PROGRAM_OPS = 4000  # of the program, written out


def prove(case: Case, found: Sequence[Finding]) -> list[Finding]:
    """Turn AGREE into PROVED where SymPy can show that the rule holds for every point.

    A method's entry is only tried if it agrees at every point that was looked at.
    """
    places = case.places()
    place = [(f.method, places[f.component, f.argument, f.index]) for f in found]
    each = list(zip(found, place, strict=True))
    # a claim is judged, it is no method to ask
    open_ = {at for f, at in each if f.verdict is Verdict.AGREE and not f.method.startswith("claimed")}
    open_ -= {at for f, at in each if f.verdict not in (Verdict.AGREE, Verdict.INACCURATE)}
    if not open_ or not is_small(case.problem.graph, PROVABLE_OPS):
        return list(found)
    form = closed_form(case.problem)
    if form.kept:
        return list(found)
    v = [sp.Dummy(f"v{j}", real=True) for j in range(len(case.vector))]
    truth = dict(zip(case.task.indices(case.problem), closed_entries(case.task, form, v), strict=True))
    symbols = [*form.symbols, *v]
    proved: set[tuple[str, tuple[int, ...]]] = set()
    for method in {m for m, _ in open_}:
        wanted = {index: truth[index] for m, index in open_ if m == method}
        proved |= {(method, index) for index in _proved(case, method, wanted, symbols)}
    raised = [f.verdict is Verdict.AGREE and at in proved for f, at in each]
    return [
        replace(f, verdict=Verdict.PROVED, basis="symbolic") if up else f for f, up in zip(found, raised, strict=True)
    ]


def _proved(
    case: Case, method: str, truth: Mapping[tuple[int, ...], sp.Expr], symbols: Sequence[sp.Symbol]
) -> list[tuple[int, ...]]:
    """The indices of the entries whose program SymPy reduces to its own derivative."""
    try:
        program = find_method(method).answer(case.problem, case.task, case.x, case.vector).program
    except UnsupportedError:
        return []
    if program is None or program.guards or program.loose:
        return []  # written for one branch only, or with rounded literals in it
    place = {index: k for k, index in enumerate(case.task.indices(case.problem))}
    return [index for index, theirs in truth.items() if _same(_expression(program, place[index], symbols), theirs)]


def _same(ours: sp.Expr | None, theirs: sp.Expr) -> bool:
    """Whether SymPy can show that two expressions are equal, the cheap ways first."""
    if ours is None:
        return False
    difference = ours - theirs
    return difference == 0 or sp.expand(difference) == 0 or sp.simplify(sp.piecewise_fold(difference)) == 0


def _expression(program: Program, k: int, symbols: Sequence[sp.Symbol]) -> sp.Expr | None:
    """Entry k of a program as SymPy reads it, op by op; None if it is too large or holds a bare constant."""
    graph, output = program.graph, program.graph.outputs[k]
    if tree_sizes(graph)[output] > PROGRAM_OPS:
        return None
    (expression,), kept = as_sympy(graph, [output], dict(zip(graph.inputs, symbols, strict=True)))
    return None if kept else expression
