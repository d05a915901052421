"""SymPy's special functions as ops: those that are a row, and those that are a few steps of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from symdiff.graph import Graph
from symdiff.inputs import composed
from symdiff.ops import TABLE

Expression = Any

ROWS: dict[Any, str] = {
    sp.Ei: "expi", sp.Si: "si", sp.Ci: "ci", sp.Shi: "shi", sp.Chi: "chi",
    sp.fresnels: "fresnel_s", sp.fresnelc: "fresnel_c",
    sp.erfi: "erfi", sp.erfinv: "erfinv", sp.erfcinv: "erfcinv",
    sp.elliptic_k: "ellipk", sp.elliptic_f: "ellipkinc", sp.elliptic_pi: "elliptic_pi", sp.uppergamma: "uppergamma",
    sp.airyai: "airy_ai", sp.airyaiprime: "airy_aip", sp.airybi: "airy_bi", sp.airybiprime: "airy_bip",
}  # fmt: skip
# of order 0, of order 1, of any other
OF_ORDER = {
    sp.besselj: ("j0", "j1", "jv"), sp.bessely: ("y0", "y1", "yv"),
    sp.besseli: ("i0", "i1", "iv"), sp.besselk: ("k0", "k1", "kv"),
}  # fmt: skip


def _bessel(e: Expression, graph: Graph, done: Mapping[Expression, int]) -> int:
    names, (order, x) = OF_ORDER[e.func], e.args
    if order in (sp.S.Zero, sp.S.One):
        return graph.apply(names[int(order)], done[x])
    return graph.apply(names[2], done[order], done[x])


def _expint(e: Expression, graph: Graph, done: Mapping[Expression, int]) -> int:
    order, x = e.args
    if order == 1:
        return graph.apply("exp1", done[x])
    return composed.exponential_integral(graph.apply, graph.const, done[order], done[x])


def _polylog(e: Expression, graph: Graph, done: Mapping[Expression, int]) -> int | None:
    order, x = e.args
    if not order.is_Integer:
        return None
    short = composed.polylogarithm(graph.apply, graph.const, int(order), done[x])
    return graph.apply("polylog", done[x], params=(("n", int(order)), ("k", 0))) if short is None else short


def _is_of_sinc(e: Expression) -> bool:
    """Whether this is the series of sin(z)/z, or of one of its derivatives."""
    half = not e.ap and len(e.bq) == 1 and (2 * e.bq[0]).is_odd and e.bq[0] > 1
    return bool(half and e.args[2].is_nonpositive)


def _hyper(e: Expression, graph: Graph, done: Mapping[Expression, int]) -> int | None:
    if _is_of_sinc(e):
        return graph.apply("half_hyp0f1", done[e.args[2]], params=(("n", int(2 * e.bq[0])),))
    above, below, x = e.args
    name = {(0, 1): "hyp0f1", (1, 1): "hyp1f1", (2, 1): "hyp2f1"}.get((len(above), len(below)))
    given = [done[a] if a in done else _half(a, graph) for a in (*above, *below, x)]
    return graph.apply(name, *given) if name else None


def _half(e: Expression, graph: Graph) -> int:
    """The parameter of a series that was taken for sinc's before: SymPy may know the sign of an argument once, and
    not when it is asked again."""
    return graph.const(Fraction(int(e.p), int(e.q)))


def _row(name: str, count: int, default: float | None = None) -> Any:
    def step(e: Expression, graph: Graph, done: Mapping[Expression, int]) -> int | None:
        args = [done[a] for a in e.args]
        if default is not None and len(args) == count - 1:
            args.append(graph.const(default))
        return graph.apply(name, *args) if len(args) == count else None

    return step


def _betainc(e: Expression, graph: Graph, done: Mapping[Expression, int]) -> int | None:
    a, b, start, end = e.args
    return graph.apply("betainc", done[a], done[b], done[end]) if start == 0 else None


def _elliptic_e(e: Expression, graph: Graph, done: Mapping[Expression, int]) -> int:
    return graph.apply("ellipe" if len(e.args) == 1 else "ellipeinc", *[done[a] for a in e.args])


STEPS: dict[Any, Callable[[Expression, Graph, Mapping[Expression, int]], int | None]] = {
    **dict.fromkeys(OF_ORDER, _bessel),
    **{head: _row(name, TABLE[name].arity) for head, name in ROWS.items()},
    sp.LambertW: _row("lambertw", 1), sp.zeta: _row("zeta", 2, 1.0), sp.elliptic_e: _elliptic_e,
    sp.betainc_regularized: _betainc, sp.expint: _expint, sp.polylog: _polylog, sp.hyper: _hyper,
    sp.li: lambda e, graph, done: composed.logarithmic_integral(graph.apply, done[e.args[0]]),
    sp.lowergamma: lambda e, graph, done: composed.lower_gamma(graph.apply, done[e.args[0]], done[e.args[1]]),
}  # fmt: skip


def children(e: Expression) -> list[Expression]:
    """What has to be a node before e can be one. The order of a polylogarithm is part of the op."""
    if e.func is sp.hyper:
        return [e.args[2]] if _is_of_sinc(e) else [*e.args[0], *e.args[1], e.args[2]]
    if e.func is sp.polylog:
        return [e.args[1]]
    return list(e.args)
