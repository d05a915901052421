"""Every elementwise partial of the table, proved by SymPy for all arguments in the domain.

The rule is recorded, read in the SymPy column, and compared with SymPy's own derivative of the row's
SymPy column. The difference must simplify to zero on every chart: a chart writes the arguments in
positive symbols, so that they cover one piece of the domain, and SymPy can decide every condition.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import sympy as sp

from symdiff.graph import Graph, run

from .rows import SLOPES, Case, record_rule


def proper(name: str) -> sp.Symbol:
    return sp.Symbol(name, positive=True)


def charts(case: Case, symbols: tuple[sp.Symbol, ...]) -> Iterator[dict[sp.Symbol, Any]]:
    """Ways to write the arguments that together cover the domain, but for ties and kinks."""
    if case.row.arity == 1:
        low, high = bounds(case)
        p = proper("p")
        if low is not None and high is not None:  # the interval (low, high), by a positive number
            yield {symbols[0]: low + (high - low) * p / (p + 1)}
            return
        if low is not None:
            yield {symbols[0]: low + p}
            return
    if not has_pieces(case):
        yield dict(zip(symbols, [in_domain(case, k) for k in range(len(symbols))], strict=True))
        return
    # every strict order of the arguments and zero
    for order in itertools.permutations([*symbols, None]):
        zero = order.index(None)
        above = itertools.accumulate(proper(f"p{s}") for s in order[zero + 1 :])
        below = itertools.accumulate(-proper(f"p{s}") for s in reversed(order[:zero]))
        chart = dict(zip(order[zero + 1 :], above, strict=True)) | dict(zip(reversed(order[:zero]), below, strict=True))
        if all(in_domain(case, k).is_positive is not True or chart[s].is_positive for k, s in enumerate(symbols)):
            yield chart


def has_pieces(case: Case) -> bool:
    return case.row.kink is not None


def in_domain(case: Case, k: int) -> sp.Symbol:
    positive = bool(case.row.domain.draw) and case.row.domain.draw[k][0] > 0 and case.row.name not in UNSIGNED
    return sp.Symbol(f"r{k}", positive=True) if positive else sp.Symbol(f"r{k}", real=True)


UNSIGNED = {"div", "gamma", "lgamma", "digamma", "polygamma"}  # drawn above zero, but defined below it, too


def bounds(case: Case) -> tuple[int | None, int | None]:
    """Where the domain of a row of one argument begins and ends, of -1, 0 and 1; None: it does not."""

    def inside(x: float) -> bool:
        return not case.outside((x,))

    ends = [x for x in (-1, 0, 1) if inside(x + 1e-6) != inside(x - 1e-6)]
    low = [x for x in ends if inside(x + 1e-6)]
    high = [x for x in ends if not inside(x + 1e-6)]
    return (low or [None])[-1], (high or [None])[0]


def in_sympy(graph: Graph, arguments: list[Any]) -> sp.Expr:
    """A recorded rule as a SymPy expression, every constant exact."""
    return sp.sympify(run(graph, "sympy", [sp.Integer(1), *arguments], sp.Rational)[graph.outputs[0]])


def derivative(case: Case, arguments: list[Any], k: int) -> sp.Expr:
    """SymPy's own, with the slope of a staircase, which SymPy leaves unevaluated, put in: 0 (tested below)."""
    found = sp.diff(case.row.sympy(*arguments, **case.params), arguments[k])
    stairs = [d for d in found.atoms(sp.Derivative) if isinstance(d.expr, sp.floor | sp.ceiling)]
    return found.xreplace(dict.fromkeys(stairs, sp.Integer(0))).doit() if stairs else found


def as_fraction(e: sp.Expr) -> sp.Expr:
    """Exponentials of multiples of one exponent as powers of one symbol; then a fraction of polynomials."""
    e = e.rewrite(sp.exp)
    exponents = sorted((x.args[0] for x in e.atoms(sp.exp)), key=sp.default_sort_key)
    if not exponents:
        return e
    ratios = [sp.cancel(sp.expand(x) / sp.expand(exponents[0])) for x in exponents]
    if not all(r.is_Rational for r in ratios):
        return e
    unit, least = proper("E"), sp.ilcm(1, *(r.q for r in ratios))
    return sp.cancel(
        sp.together(e.xreplace({sp.exp(x): unit ** (r * least) for x, r in zip(exponents, ratios, strict=True)}))
    )


SIMPLER = (
    as_fraction,
    sp.simplify,
    lambda e: sp.simplify(e.rewrite(sp.exp)),
    lambda e: sp.simplify(sp.expand(e.rewrite(sp.erf))),
    lambda e: sp.simplify(sp.powsimp(sp.expand_log(e, force=False))),
    lambda e: sp.simplify(sp.expand_func(e)),
)


def proved(case: Case, k: int, rule: Graph) -> bool:
    """Whether the rule is SymPy's derivative by argument k on every chart of every choice of the conditions."""
    for truth in itertools.product((sp.true, sp.false), repeat=len(case.conditions)):
        arguments: list[Any] = [sp.Symbol(f"a{i}", real=True) for i in range(case.row.arity)]
        for position, value in zip(case.conditions, truth, strict=True):
            arguments[position] = value
        gap = in_sympy(rule, arguments) - derivative(case, arguments, k)
        covering = list(charts(case, tuple(arguments))) if not case.conditions else [{}]
        assert covering
        if not all(is_zero(gap.xreplace(chart)) for chart in covering):
            return False
    return True


def is_zero(gap: sp.Expr) -> bool:
    return gap == 0 or any(simpler(gap) == 0 for simpler in SIMPLER)


# What SymPy does not simplify to zero. In balls these rules lie in the enclosures of `test_enclosure.py`, like all.
BEYOND_SYMPY = {
    "hyperu": "two Meijer G functions", "i1e": "neighbours in order, and hyper", "k0e": "Tricomi's U as Meijer's G",
    "k1e": "Tricomi's U as Meijer's G", "ellipe": "hyper beside elliptic_e", "erfcx": "Tricomi's U as Meijer's G",
    "gammainc": "exp(lgamma)", "gammaincc": "exp(lgamma)", "spence": "hyper beside polylog",
    "lambertw": "exp(W) for x/W", "betainc": "exp(lgamma)",
}  # fmt: skip


@pytest.mark.parametrize(("case", "k"), SLOPES, ids=str)
def test_the_rule_is_the_derivative_for_all_arguments(case: Case, k: int) -> None:
    assert proved(case, k, case.rule(k)) is (case.row.name not in BEYOND_SYMPY)


@pytest.mark.parametrize("name", ["sin", "tanh", "max", "power", "asin", "gelu"])
def test_a_rule_that_is_nearly_right_is_not_proved(name: str) -> None:
    case, k = next((c, k) for c, k in SLOPES if c.row.name == name)
    nearly = record_rule(case.row, lambda *a: case.row.vjp[k](*a) * (1 + 1e-15), ())
    assert not proved(case, k, nearly)


@pytest.mark.parametrize("step", [sp.floor, sp.ceiling])
def test_the_slope_of_a_staircase_is_zero_by_its_limit(step: Any) -> None:
    """SymPy's diff leaves Derivative(floor(x), x) standing; its limit of the difference quotient is 0."""
    x, h = sp.Symbol("x", real=True), sp.Symbol("h")
    assert sp.limit((step(x + h) - step(x)) / h, h, 0) == 0
