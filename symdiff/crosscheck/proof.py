"""PROVED: SymPy reduces the difference between a method's program, or a claim's, and its own derivative to zero.

Asked for with `prove=True`, because nobody can say beforehand how long SymPy will think about a method's program. A
difference that it cannot reduce proves nothing: the verdict stays what it was. Nothing is proved of code that took a
branch where it was recorded: the other branch was never seen.

Of a claim the difference is looked at within a budget (see `methods.symbolic.residual`), and what is left of it is
said. A claim that divides by something is proved only where SymPy's derivative, or the function, has no value without
that, either: 2*x**2/x is the formula 2*x, and not a number at x = 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from symdiff.crosscheck.claims import Claim
from symdiff.crosscheck.judging import Case
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.residual import Exact, line
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import UnsupportedError
from symdiff.graph import Graph
from symdiff.methods import method as find_method
from symdiff.methods.base import Program
from symdiff.methods.symbolic.expression import as_sympy, shown, tree_sizes
from symdiff.methods.symbolic.residual import residual
from symdiff.ops import TABLE

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
            needs = _needs(case, exact, program, output, theirs)
            proved += [] if needs else [index]
            if needs:
                said.append(f"{claim.name} is not proved: as a formula it is SymPy's derivative, but {needs}")
        elif left is not None:
            alone = len(case.indices) == 1
            said += [f"{claim.name} is right here, and not proved: {s}" for s in line(about[index], left, alone)]
    return proved


def _needs(case: Case, exact: Exact, program: Program, output: int, truth: sp.Expr) -> str:
    """What a claim needs, in words, and neither the function nor SymPy's derivative does; "" where that is nothing.

    What an op may not be given is told by its arguments: the divisor, what a logarithm or a root is taken of.
    """
    own = {e for _, _, e in _delicate(exact, Program(case.problem.graph), case.problem.graph.outputs)}
    own |= {e for part in sp.preorder_traversal(truth) for e in _critical(part)}
    for op, says, e in _delicate(exact, program, [output]):
        if e not in own and not (e.is_positive or (op == "div" and e.is_nonzero)):
            return f"its {op} needs {says}: {sp.sstr(shown(e), full_prec=False)}"
    return ""


def _delicate(exact: Exact, program: Program, outputs: Sequence[int]) -> Iterator[tuple[str, str, sp.Expr]]:
    """(op, its condition in words, what has to fulfil it) of the steps that are not defined everywhere."""
    graph = program.graph
    for i in graph.live(outputs):
        node, row = graph.nodes[i], TABLE.get(graph.nodes[i].op)
        if row is None or row.domain.outside is None or _is_whole_power(graph, i):
            continue
        for e in exact.written(program, _guarded(node.op, node.args)) or ():
            yield from ((node.op, row.domain.says, factor) for factor in _factors(e))


def _guarded(op: str, args: Sequence[int]) -> Sequence[int]:
    return args[1:] if op in ("div", "mod") else args[:1] if op == "power" else args


def _is_whole_power(graph: Graph, i: int) -> bool:
    """A power that is defined for every base."""
    node = graph.nodes[i]
    if node.op == "integer_power":
        return min(n for _, n in node.params) >= 0
    exponent = graph.nodes[node.args[1]].value if node.op == "power" else None
    return exponent is not None and float(exponent).is_integer() and exponent >= 0


def _critical(e: Any) -> Iterator[sp.Expr]:
    """What a part of an expression is not defined for all values of."""
    if isinstance(e, sp.Pow) and not (e.exp.is_Integer and e.exp >= 0) and not e.base.is_number:
        yield from _factors(e.base)
    elif isinstance(e, sp.Function) and not isinstance(e, sp.exp | sp.sin | sp.cos):
        for a in e.args:
            yield from _factors(a) if isinstance(a, sp.Expr) else ()


def _factors(e: sp.Expr) -> Iterator[sp.Expr]:
    """The factors of an expression without numbers, powers and signs: x - 1 is 1 - x here."""
    for factor in sp.Mul.make_args(sp.factor_terms(e)):
        base, _ = factor.as_base_exp()
        if base.is_number:
            continue
        if isinstance(base, sp.Mul):
            yield from _factors(base)
        else:
            yield -base if base.could_extract_minus_sign() else base
