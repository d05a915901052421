"""PROVED: SymPy reduces the difference between a method's program, or a claim's, and its own derivative to zero.

Asked for with `prove=True`, because nobody can say beforehand how long SymPy will think about a method's program. A
difference that it cannot reduce proves nothing: the verdict stays what it was. Nothing is proved of code that took a
branch where it was recorded: the other branch was never seen.

Of a claim the difference is looked at within a budget (see `methods.symbolic.residual`), and what is left of it is
said; and it must be defined wherever the function is (see `delicate`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import sympy as sp

from symdiff.crosscheck.claimed.claims import Claim
from symdiff.crosscheck.judging import Case
from symdiff.crosscheck.proving.delicate import undefined
from symdiff.crosscheck.proving.residual import Exact, line
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import UnsupportedError
from symdiff.methods import method as find_method
from symdiff.methods.base import Program
from symdiff.methods.symbolic.expression import as_sympy, tree_sizes
from symdiff.methods.symbolic.residual import residual, seems_zero, with_decimals

PROGRAM_OPS = 4000  # of a method's program, written out
RIGHT = (Verdict.AGREE, Verdict.INACCURATE, Verdict.KINK)  # at another point: no objection to a proof
Index = tuple[int, ...]


def prove(case: Case, found: Sequence[Finding], claims: Sequence[Claim] = ()) -> tuple[list[Finding], list[str]]:
    """Turn AGREE into PROVED where SymPy can show that the rule holds for every point.

    An entry is only tried if it agrees at every point that was looked at.

    Returns:
        The findings, and sentences on what is left of the difference of a claim that is not proved.
    """
    places = case.places()
    each = [(f, (f.method, places[f.component, f.argument, f.index])) for f in found]
    open_ = {at for f, at in each if f.verdict is Verdict.AGREE}
    open_ -= {at for f, at in each if f.verdict not in RIGHT}
    exact = Exact.of(case) if open_ and not case.problem.graph.guards else None
    if exact is None:
        return list(found), []
    proved: set[tuple[str, Index]] = set()
    said: list[str] = []
    for name in dict.fromkeys(m for m, _ in open_):
        claim = next((c for c in claims if (c.name, c.operator) == (name, case.task.name)), None)
        wanted = {index: e for index, e in exact.truth.items() if (name, index) in open_}
        if claim is not None:
            about = {index: f for f, (m, index) in each if m == name}
            proved |= {(name, index) for index in _claimed(case, exact, claim, wanted, about, said)}
        else:
            proved |= {(name, index) for index in _proved(case, name, wanted, exact.symbols)}
    raised = [f.verdict is Verdict.AGREE and at in proved for f, at in each]
    proofs = [
        replace(f, verdict=Verdict.PROVED, basis="symbolic") if up else f for f, up in zip(found, raised, strict=True)
    ]
    return proofs, said


# -- methods -----------------------------------------------------------------------------------------------


def _proved(case: Case, method: str, truth: Mapping[Index, sp.Expr], symbols: Sequence[sp.Symbol]) -> list[Index]:
    """The indices of the entries whose program SymPy reduces to its own derivative."""
    try:
        program = find_method(method).answer(case.problem, case.task, case.x, case.vector).program
    except UnsupportedError:
        return []
    if program is None or program.guards or program.loose:
        return []  # written for one branch only, or with rounded literals in it
    place = {index: k for k, index in enumerate(case.indices)}
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


# -- claims ------------------------------------------------------------------------------------------------


def _claimed(
    case: Case, exact: Exact, claim: Claim, truth: Mapping[Index, sp.Expr], about: Mapping[Index, Finding],
    said: list[str],
) -> list[Index]:  # fmt: skip
    """The indices of the claim's entries that are proved; what is left of the others is `said`."""
    program = claim.answer(case.problem, case.task, case.x, case.vector).program
    if program is None or program.guards:
        return []
    proved = []
    for index, theirs in truth.items():
        output = program.graph.outputs[case.indices.index(index)]
        written = exact.written(program, [output])
        left = None if written is None else residual(written[0], theirs)
        if left == 0:
            needs = undefined(case, exact, program, output, theirs)
            proved += [] if needs else [index]
            if needs:
                said.append(f"{claim.name} is not proved: as a formula it is SymPy's derivative, but {needs}")
        elif left is not None and seems_zero(with_decimals(left), theirs, exact.point(case)):
            same = "to 30 digits, its exponents as decimals, it is SymPy's derivative"
            line_of = f"{claim.name} is right here, and not proved: {same}"
            said += [line_of] if line_of not in said else []
        elif left is not None:
            alone = len(case.indices) == 1
            said += [f"{claim.name} is right here, and not proved: {s}" for s in line(about[index], left, alone)]
    return proved
