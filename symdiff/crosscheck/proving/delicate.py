"""Where a claim is not defined and the function is: 2*x**2/x is the formula 2*x, and not a number at x = 0.

SymPy cancels what a program divides by. So what the steps of a claim may not be given (a divisor of zero, a root of
less) is compared with what the function's steps and SymPy's derivative may not be given: it has to be among that, or
SymPy has to know that it is positive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import sympy as sp

from symdiff.graph import Graph
from symdiff.methods.base import Program
from symdiff.methods.symbolic.expression import shown
from symdiff.methods.symbolic.residual import text
from symdiff.ops import TABLE

if TYPE_CHECKING:
    from symdiff.crosscheck.judging import Case
    from symdiff.crosscheck.proving.residual import Exact


def undefined(case: Case, exact: Exact, program: Program, output: int, truth: sp.Expr) -> str:
    """What a claim needs, in words, and neither the function nor SymPy's derivative does; "" where that is nothing.

    What an op may not be given is told by its arguments: the divisor, what a logarithm or a root is taken of.
    """
    own = {e for _, _, e in _delicate(exact, Program(case.problem.graph), case.problem.graph.outputs)}
    own |= {e for part in sp.preorder_traversal(truth) for e in _critical(part)}
    for op, says, e in _delicate(exact, program, [output]):
        if e not in own and not (e.is_positive or (op == "div" and e.is_nonzero)):
            return f"its {op} needs {says}: {text(shown(e))}"
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
