"""No tolerance: the recorded rules in ball arithmetic against FLINT's own Taylor coefficients.

Also that this check has teeth: every mutant of every rule must fail it, or be proved by SymPy to be
the same function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb

from symdiff import balls
from symdiff.crosscheck.places.terrain import taking_part
from symdiff.graph import CONST, Graph, Node, run
from symdiff.inputs.recorded import Recorded
from symdiff.ops import TABLE, Either
from symdiff.ops.row import pull_back
from tests.data_files import FULL

from .rows import BITS, SLOPES, Case, Point, hessian_entry, record_rule
from .test_proofs import proved

# Rows whose Taylor balls of 1,200 bits take a tenth of a second and more
SLOW = frozenset("polylog zeta elliptic_pi ellipeinc ellipkinc k0e k1e spence".split())


def points(case: Case, count: int) -> list[Point]:
    if case.row.name in SLOW and not FULL:
        count = max(2, count // 5)
    spread = [p for p in case.landmarks() if all(abs(v) <= 700 for v in p)]
    tiny = [p for p in spread if any(0 < abs(v) < 1e-6 for v in p)]
    scattered = [p for p in case.scattered(count, 2) if not case.at_kink(p)]
    return case.drawn(count) + scattered + spaced(spread, count) + spaced(tiny, count)


def spaced(found: list[Point], count: int) -> list[Point]:
    return found[:: max(1, len(found) // count)]


def certainly(left: Any, right: Any) -> bool | None:
    """Whether two enclosures are of one number; None where they are too wide to tell."""
    if not (left.is_finite() and right.is_finite()):
        return None
    size = max(abs(left.mid()), abs(right.mid()))
    if left.overlaps(right) and left.rad() + right.rad() > size / 2**64 + arb(2) ** -1000:
        return None
    return bool(left.overlaps(right))


def same(ours: Callable[[Point], Any], theirs: Callable[[Point], Any], point: Point, order: int) -> bool:
    for bits in (BITS, 4 * BITS, 10 * BITS):
        with balls.precision(bits, order):
            answer = certainly(ours(point), theirs(point))
        if answer is not None:
            return answer
    return False


def first_order_holds(case: Case, k: int, rule: Graph, at: list[Point]) -> bool:
    return all(
        same(lambda p: case.rule_in_balls(k, p, rule).value, lambda p: case.ball(p, along=k)[1], point, order=1)
        for point in at
    )


@pytest.mark.parametrize(("case", "k"), SLOPES, ids=str)
def test_the_rule_lies_in_the_enclosure_of_the_first_coefficient(case: Case, k: int) -> None:
    at = points(case, 20)
    slopes = differentiable(case, k, at)
    assert len(slopes) > len(at) / 2
    for point in slopes:
        assert first_order_holds(case, k, case.rule(k), [point]), point
    for point in set(at) - set(slopes):  # (-2)**b moves out of the domain with b
        assert not np.isfinite(case.rule_in_floats(k, [point])), point


def differentiable(case: Case, k: int, at: list[Point]) -> list[Point]:
    """The points at which FLINT has a derivative."""
    with balls.precision(10 * BITS, 1):
        return [p for p in at if case.ball(p, along=k)[1].is_finite()]


# -- second derivatives ------------------------------------------------------------------------------


def differentiated(rule: Graph, argument: int) -> Graph:
    """The rule's own derivative, by the rules of its ops: a reverse sweep, recorded on."""
    graph = rule.copy()
    varies = rule.varying({rule.inputs[argument + 1]})
    order = graph.live()
    adjoint = {order[-1]: Recorded(graph, graph.const(1.0))}
    for i in reversed(order):
        node = graph.nodes[i]
        if i not in adjoint or not node.args:
            continue
        args = [Recorded(graph, a) for a in node.args]
        for a, pull in zip(node.args, TABLE[node.op].vjp, strict=True):
            if pull is not None and varies[a]:
                share = pull(adjoint[i], Recorded(graph, i), *args, **dict(node.params))
                adjoint[a] = adjoint[a] + share if a in adjoint else share
    found = adjoint.get(graph.inputs[argument + 1])
    graph.outputs = (found.index if found is not None else graph.const(0.0),)
    return graph


@pytest.mark.parametrize(("case", "k"), SLOPES, ids=str)
def test_the_rules_of_the_rule_give_the_second_derivative(case: Case, k: int) -> None:
    for j in case.real_arguments:
        second = differentiated(case.rule(k), j)
        at = points(case, 8)
        with balls.precision(BITS, 2):  # at the edge of a piece there may be a first derivative and no second
            smooth = [p for p in at if hessian_entry(case, p, k, j).is_finite()]
        assert len(smooth) > len(at) / 2
        for point in smooth:
            assert same(
                lambda p, rule=second: case.rule_in_balls(k, p, rule).value,
                lambda p, j=j: hessian_entry(case, p, k, j),
                point, order=2,
            ), (j, point)  # fmt: skip


# -- mutants -----------------------------------------------------------------------------------------

TURNED = {"add": "sub", "sub": "add", "mul": "div", "div": "mul", "sin": "cos", "cos": "sin", "sinh": "cosh",
          "cosh": "sinh", "greater": "less", "less": "greater", "greater_equal": "less", "less_equal": "greater",
          "erfc": "erf", "log": "exp", "exp": "expm1", "sqrt": "cbrt", "logical_and": "logical_or"}  # fmt: skip


def mutants(case: Case, k: int) -> Iterator[tuple[str, Graph]]:
    rule, params = case.row.vjp[k], tuple(case.params.items())

    def mutant(changed: Any) -> Graph:
        return record_rule(case.row, changed, params)

    if rule is None:
        yield "1 for 0", mutant(lambda ct, *rest, **p: ct)
        return
    yield "sign", mutant(lambda *a, **p: -rule(*a, **p))
    yield "twice", mutant(lambda *a, **p: 2.0 * rule(*a, **p))
    yield "dropped", mutant(None)
    yield "1 + 1e-12", mutant(lambda *a, **p: (1 + 1e-12) * rule(*a, **p))
    yield "y for x", mutant(lambda ct, y, *a, **p: rule(ct, a[k], *(y if i == k else v for i, v in enumerate(a)), **p))
    for j in case.real_arguments:
        if j != k:
            yield f"the rule of argument {j}", mutant(case.row.vjp[j])
    if case.row.arity == 2 and not case.conditions:
        yield "arguments swapped", mutant(lambda ct, y, a, b, **p: rule(ct, y, b, a, **p))
    if isinstance(case.row.partials[k], Either):
        p = case.row.partials[k]
        yield "branches swapped", mutant(pull_back(Either(p.when, p.otherwise, p.then)))
    yield from changed_nodes(case.rule(k))


def changed_nodes(rule: Graph) -> Iterator[tuple[str, Graph]]:
    """One node of the recorded rule changed: another op, another constant."""
    for i in rule.live():
        node = rule.nodes[i]
        if node.op == CONST:
            value = Fraction(node.value)
            nearly = value + (value or 1) / 10**9
            yield f"{float(nearly)} for {node.value}", with_node(rule, i, replace(node, value=nearly))
        elif node.op in TURNED:
            yield f"#{i} {TURNED[node.op]} for {node.op}", with_node(rule, i, replace(node, op=TURNED[node.op]))


def with_node(rule: Graph, i: int, node: Node) -> Graph:
    graph = rule.copy()
    graph.nodes[i] = node
    return graph



@pytest.mark.parametrize(("case", "k"), SLOPES, ids=str)
def test_every_mutant_is_caught_or_proved_equivalent(case: Case, k: int) -> None:
    at = differentiable(case, k, points(case, 6))
    for name, mutated in mutants(case, k):
        caught = not first_order_holds(case, k, mutated, at) or not slope_at_kink_holds(case, k, mutated)
        assert caught or only_takes_another_form(case, k, mutated) or proved(case, k, mutated), name


def only_takes_another_form(case: Case, k: int, mutated: Graph) -> bool:
    """Whether the mutant is another place at which to go from one form of the slope to the other, and right wherever it
    takes the other form; or another number where none takes part."""
    rule = case.rule(k)
    changed = [i for i in rule.live() if len(mutated.nodes) == len(rule.nodes) and mutated.nodes[i] != rule.nodes[i]]
    if len(changed) != 1:
        return False
    (i,) = changed
    at = differentiable(case, k, points(case, 40))
    if rule.nodes[i].op == CONST and case.row.arity == 1:
        middle = (float(rule.nodes[i].value) + float(mutated.nodes[i].value)) / 2
        at += differentiable(case, k, [(x,) for x in (middle, 1 - middle, 1 + middle) if not case.outside((x,))])
    found = [(p, in_balls(rule, p), in_balls(mutated, p)) for p in at]
    turned = [p for p, a, b in found if decisions(a) != decisions(b)]
    if turned:
        return first_order_holds(case, k, mutated, turned)
    return not any(i in taking_part(rule, values) for _, values, _ in found)


def in_balls(rule: Graph, point: Point) -> list[Any]:
    with balls.precision(BITS):
        return run(rule, "ball", [balls.const(1.0), *map(balls.const, point)], balls.const)


def decisions(values: list[Any]) -> list[bool]:
    return [v for v in values if isinstance(v, bool)]


def test_a_mutant_of_a_branch_that_is_wrong_there_is_not_taken_for_an_equivalent_one() -> None:
    """relu turns at 0: a little to the right of it the other piece is another slope."""
    case, k = next((c, k) for c, k in SLOPES if c.row.name == "relu")
    rule = case.rule(k)
    i = next(i for i in rule.live() if rule.nodes[i].op == CONST and rule.nodes[i].value == 0.0)
    elsewhere = with_node(rule, i, replace(rule.nodes[i], value=Fraction(1, 10**9)))
    assert not only_takes_another_form(case, k, elsewhere)


def test_a_number_that_takes_part_is_not_taken_for_one_that_does_not() -> None:
    case, k = next((c, k) for c, k in SLOPES if c.row.name == "log2")
    rule = case.rule(k)
    for i in rule.live():
        if rule.nodes[i].op == CONST:
            other = with_node(rule, i, replace(rule.nodes[i], value=Fraction(rule.nodes[i].value) + 1))
            assert not only_takes_another_form(case, k, other)


def slope_at_kink_holds(case: Case, k: int, rule: Graph) -> bool:
    if case.row.kink is None or case.row.kink.slope[k] is None:
        return True
    slope = case.row.kink.slope[k]
    found = in_floats(case, rule, case.kinks()[:20])
    return bool(np.allclose(found, slope, rtol=1e-15, atol=0))


def in_floats(case: Case, rule: Graph, at: list[Point]) -> Any:
    with np.errstate(all="ignore"):
        inputs = [np.ones(len(at)), *case.columns(at)]
        return np.broadcast_to(run(rule, "forward", inputs, float)[rule.outputs[0]], len(at))


def test_a_wide_or_infinite_ball_proves_nothing() -> None:
    with balls.precision(100):
        third = balls.const(Fraction(1, 3)).value
        assert certainly(third, third) is True
        assert certainly(third, third + 1) is False
        assert certainly(third, arb(0, 1)) is None
        assert certainly(third, balls.NAN) is None
