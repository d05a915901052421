"""Second and third derivatives at a point where some step has no slope: series along rays tell, as for the first.

The t**m coefficients of f(x0 + t v) along enough directions v make the m-th derivative by polarisation, if there is
one: f's lower derivatives exist, and the coefficients along other directions are those of this one form. Where they
are not, as of x*abs(x), the limits of the m-th derivative along rays are its pieces; each is the m-th difference of the
coefficients in a bundle of directions that lie very close together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations_with_replacement, product
from typing import Any

from flint import arb, arb_series

from symdiff import balls
from symdiff.balls import Ball, precision
from symdiff.crosscheck.edges import Unclear, without_clip
from symdiff.crosscheck.expansions import TERMS, Along, Q, nought
from symdiff.crosscheck.sides import SIDES, piece, undecided
from symdiff.crosscheck.singular import BITS, NUDGE, Numbers, Rays, Slopes, close, finite
from symdiff.graph import CONST, INPUT, Graph
from symdiff.methods.ball import order
from symdiff.methods.base import MATRICES, Task
from symdiff.ops import TABLE

NAMES = {1: "gradient", 2: "second derivative", 3: "third derivative"}
MOST_IN_PIECES = 4  # inputs, up to which the pieces of a Hessian or a third derivative are looked for

Form = dict[tuple[int, ...], arb]  # by places of the inputs in order; what differs in their order is one number


def higher(rays: Rays, task: Task, vector: Sequence[float]) -> Slopes:
    """The entries of an operator of second or third order: the derivative, or its limits nearby."""
    try:
        found = _forms(rays, order(task))
    except Unclear as e:
        return Slopes(unclear=str(e))
    if isinstance(found, Slopes):
        return _scaled(found, task, vector) if found.between else found
    says, lower, forms = found
    numbers = tuple(_entries(form, task, vector, rays.n) for form in forms)
    of = NAMES[order(task)]
    if says:
        steps = _put_together(rays, order(task)) if lower else None
        own = _entries(steps, task, vector, rays.n) if steps else ()
        return Slopes(nearby=numbers, says=says, rays=rays.count, of=of, lower=lower, steps=own)
    return Slopes(derivative=numbers[0], rays=rays.count, of=of)


def _forms(rays: Rays, m: int) -> Slopes | tuple[str, bool, list[Form]]:
    """Why there is no m-th derivative ("" if there is one), whether because one below it is missing, and the forms
    that meet here."""
    first = rays.first_slopes()
    if first.jumps:
        return replace(first, rays=rays.count)
    if rays.n == 1:
        return _on_both_sides(rays, m)
    if first.between:
        raise Unclear("its gradient is infinite")
    if not first.derivative or any(ray is None for ray in _axes(rays)):
        return "its gradient depends on the direction", True, _pieces(rays, m)
    forms = []
    for k in range(2, m + 1):
        form = _form(rays, k)
        if form is None:
            return f"its {NAMES[k]} depends on the direction", k < m, _pieces(rays, m)
        forms.append(form)
    return "", False, forms[-1:]


def _scaled(infinite: Slopes, task: Task, vector: Sequence[float]) -> Slopes:
    """An infinite derivative of one variable, times the numbers that the operator multiplies it by."""
    factor = math.prod(float(v) for v in vector) if task.operator not in MATRICES else 1.0
    low, high = sorted(factor * side for side in infinite.between[0])
    return replace(infinite, between=((low, high),))


def _on_both_sides(rays: Rays, m: int) -> Slopes | tuple[str, bool, list[Form]]:
    """Of one variable: the series to the right and to the left."""
    sides = [(by, ray) for by in (1, -1) if (ray := rays.along(rays.axis(0, by))) is not None]
    if not sides:
        raise Unclear("f is defined on neither side")
    infinite = [by**m * end for by, ray in sides if (end := _infinite(ray, m))]
    if infinite:
        finite_ends = [float(math.factorial(m) * by**m * ray.power(m)) for by, ray in sides if not _infinite(ray, m)]
        return Slopes(between=((min(ends := [*infinite, *finite_ends]), max(ends)),), says="it is infinite")
    each = [[math.factorial(k) * by**k * finite(ray, k) for by, ray in sides] for k in range(1, m + 1)]
    forms: list[Form] = [{(0,) * m: d} for d in each[-1]]
    jumps = next((k for k, there in enumerate(each, 1) if not all(close(d, there[0]) for d in there)), 0)
    if not jumps:
        return "", False, forms[:1]
    return f"its {NAMES[jumps]} {'jumps here' if jumps < m else 'depends on the direction'}", jumps < m, forms


def _infinite(ray: Along, m: int) -> float:
    """The end to which the m-th derivative goes: below t**m there is a power that is not whole; 0.0 where none is."""
    for k, c in enumerate(ray.coefficients[: TERMS // 2]):
        p = Fraction(ray.val + k, Q)
        if p < m and p.denominator > 1 and not nought(c):
            if c.contains(0):
                raise Unclear("whether the derivative is infinite cannot be told")
            return math.inf if (c > 0) == (math.prod(p - i for i in range(m)) > 0) else -math.inf
    return 0.0


def _axes(rays: Rays) -> list[Any]:
    return [rays.along(rays.axis(i, by)) for i in range(rays.n) for by in (1, -1)]


def _form(rays: Rays, m: int) -> Form | None:
    """The m-th derivative, if the coefficients along all directions are those of one form."""
    form = _polarised(rays, m, [arb(0)] * rays.n, arb(1))
    others = [*(rays.axis(i, -1) for i in range(rays.n)), *(rays.random() for _ in range(6))]
    for v in others:
        ray = rays.along(v)
        if ray is None:
            raise Unclear("f is not defined between two axes")
        if not close(finite(ray, m), _along(form, [v] * m, rays.n) / math.factorial(m)):
            return None
    return form


def _pieces(rays: Rays, m: int) -> list[Form]:
    """Limits of the m-th derivative along directions."""
    if rays.n > MOST_IN_PIECES:
        raise Unclear("its derivative depends on the direction")
    found = [_limit(rays, m, rays.random()) for _ in range(3 * rays.n + 6)]
    forms = [form for form in found if form is not None]
    if not forms:
        raise Unclear("f is defined on neither side")
    return forms


def _limit(rays: Rays, m: int, v: Sequence[arb]) -> Form | None:
    form = None if rays.along(v) is None else _polarised(rays, m, v, arb(NUDGE))
    return None if form is None else {at: d.mid() for at, d in form.items()}


def _polarised(rays: Rays, m: int, start: Sequence[arb], step: arb) -> Form:
    """The m-th differences of the t**m coefficients, from `start` by steps along the axes; from 0: polarisation."""
    known: dict[tuple[int, ...], arb] = {}

    def coefficient(steps: tuple[int, ...]) -> arb:
        if steps not in known:
            ray = rays.along([s + k * step for s, k in zip(start, steps, strict=True)])
            if ray is None:
                raise Unclear("f is not defined between two axes")
            known[steps] = finite(ray, m)
        return known[steps]

    nowhere = (0,) * rays.n
    if all(s == 0 for s in start):
        known[nowhere] = arb(0)
    form: Form = {}
    for at in combinations_with_replacement(range(rays.n), m):
        total = arb(0)
        for taken in product((0, 1), repeat=m):
            steps = tuple(sum(t for t, i in zip(taken, at, strict=True) if i == k) for k in range(rays.n))
            total += (-1) ** (m - sum(taken)) * coefficient(steps)
        form[at] = total / step**m
    return form


def _put_together(rays: Rays, m: int) -> Form | None:
    """What the m-th derivative may be where every step that lies between two pieces has any slope between theirs: all
    that conventions can add up to. None where some step there is of another kind."""
    graph, x = without_clip(rays.case.problem.graph), rays.case.x
    if graph.guards:  # the other side is another graph
        return None
    form: Form = {}
    with precision(BITS, m):
        for at in combinations_with_replacement(range(rays.n), m):
            alike = len(set(at)) == 1  # along one axis there is nothing to polarise
            total = arb(0)
            for taken in [(1,)] if alike else product((0, 1), repeat=m):
                direction = [0.0] * len(x)
                for t, i in zip(taken, at, strict=False):
                    direction[rays.case.task.wrt[i]] += t
                found = _between(graph, x, direction, rays.output)
                if found is None:
                    return None
                total += math.factorial(m) * found[m] if alike else (-1) ** (m - sum(taken)) * found[m]
            form[at] = total
    return form


def _between(graph: Graph, x: Sequence[float], direction: Sequence[float], output: int) -> Ball | None:
    """The function's series along a direction, of a step on its edge between those of its two pieces."""
    values: list[Any] = [None] * len(graph.nodes)
    start = {i: balls.variable(x[k], direction[k]) for k, i in enumerate(graph.inputs)}
    for i in graph.live([graph.outputs[output]]):
        node, args = graph.nodes[i], [values[a] for a in graph.nodes[i].args]
        if node.op == INPUT:
            values[i] = start[i]
        elif node.op == CONST:
            fixed: Any = node.value
            values[i] = fixed if node.kind == "b" else balls.const(fixed)
        elif node.op in SIDES and undecided(node.op, args):
            one, other = (piece(node.op, side)(*args) for side in (1, -1))
            values[i] = Ball(arb_series([one[k].union(other[k]) for k in range(balls.terms())]))
        else:
            values[i] = TABLE[node.op].ball(*args, **dict(node.params))
    found = values[graph.outputs[output]]
    return found if all(found[k].is_finite() for k in range(balls.terms())) else None


def _along(form: Form, directions: Sequence[Sequence[arb]], n: int) -> arb:
    """The form of these directions."""
    return _sum(
        form[tuple(sorted(at))] * math.prod((d[i] for d, i in zip(directions, at, strict=True)), start=arb(1))
        for at in product(range(n), repeat=len(directions))
    )


def _entries(form: Form, task: Task, vector: Sequence[float], n: int) -> Numbers:
    """The entries of the operator, from the whole form."""
    if task.operator in MATRICES:
        return tuple(form[tuple(sorted(at))] for at in product(range(n), repeat=MATRICES[task.operator]))
    tangents = [[arb(v) for v in t] for t in task.tangents(vector)]
    axes = [[arb(1 if i == k else 0) for i in range(n)] for k in range(n)]
    return tuple(_along(form, [axis, *tangents], n) for axis in axes)


def _sum(terms: Iterable[arb]) -> arb:
    total = arb(0)
    for term in terms:
        total += term
    return total

