"""Second and third derivatives at a point where some step has no slope: series along rays tell, as for the first.

The t**m coefficients of f(x0 + t v) along enough directions v make the m-th derivative by polarisation, if there is
one: f's lower derivatives exist, and the coefficients along other directions are those of this one form. Where they
are not, as of x*abs(x), the limits of the m-th derivative along rays are its pieces; each is the m-th difference of the
coefficients in a bundle of directions that lie very close together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations_with_replacement, product
from typing import Any

from flint import arb

from symdiff.crosscheck.kinks.edges import Unclear, without_clip
from symdiff.crosscheck.kinks.general_series import Series
from symdiff.crosscheck.kinks.jumps import higher as beside_a_jump
from symdiff.crosscheck.kinks.singular import NUDGE, Rays, close, finite
from symdiff.crosscheck.kinks.slopes import Numbers, Slopes, different
from symdiff.crosscheck.kinks.step_slopes import Form, StepSlopes
from symdiff.methods.ball import order
from symdiff.methods.base import MATRICES, Task

NAMES = {1: "gradient", 2: "second derivative", 3: "third derivative"}
MOST_IN_PIECES = 4  # inputs, up to which the pieces of a Hessian or a third derivative are looked for


def higher(rays: Rays, task: Task, vector: Sequence[float]) -> Slopes:
    """The entries of an operator of second or third order: the derivative, or its limits nearby."""
    try:
        found = _forms(rays, order(task))
    except Unclear as e:
        alone = _each_by_itself(rays) if task.operator == "hessian" and rays.n > 1 else ()
        if not any(alone):
            return Slopes(unclear=str(e))
        return Slopes(between=alone, says="entry by entry", rays=rays.count, of=NAMES[2])
    if isinstance(found, Slopes):
        return _scaled(found, task, vector) if found.between else found
    says, lower, forms = found
    numbers = tuple(_entries(form, task, vector, rays.n) for form in forms)
    of = NAMES[order(task)]
    if says:
        steps = _of_the_steps(rays, task, vector) if lower else None
        return Slopes(nearby=numbers, says=says, rays=rays.count, of=of, lower=lower, steps=steps)
    return Slopes(derivative=numbers[0], rays=rays.count, of=of)


def _of_the_steps(rays: Rays, task: Task, vector: Sequence[float]) -> Callable[[Sequence[float]], bool] | None:
    """Whether the conventions of the steps can add up to these entries; None where that is not known."""
    graph = without_clip(rays.case.problem.graph)
    if graph.guards:  # the other side is another graph
        return None
    steps = StepSlopes(graph, rays.case.x, task.wrt, rays.output, order(task))
    entries = partial(_entries, task=task, vector=vector, n=rays.n)
    return partial(steps.can_be, entries) if steps.known() else None


def _forms(rays: Rays, m: int) -> Slopes | tuple[str, bool, list[Form]]:
    """Why there is no m-th derivative ("" if there is one), whether because one below it is missing, and the forms
    that meet here."""
    first = rays.first_slopes()
    if first.jumps:
        return beside_a_jump(rays, m)
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
            pieces = _pieces(rays, m)
            if k == m == 2 and _gradient_jumps(pieces, rays.n):
                return "its gradient jumps nearby", True, pieces
            return f"its {NAMES[k]} depends on the direction", k < m, pieces
        forms.append(form)
    return "", False, forms[-1:]


def _scaled(infinite: Slopes, task: Task, vector: Sequence[float]) -> Slopes:
    """An infinite derivative of one variable, times the numbers that the operator multiplies it by."""
    factor = math.prod(float(v) for v in vector) if task.operator not in MATRICES else 1.0
    ends = infinite.between[0] or (math.nan, math.nan)
    low, high = sorted(factor * side for side in ends)
    return replace(infinite, between=((low, high),))


def _each_by_itself(rays: Rays) -> tuple[tuple[float, float] | None, ...]:
    """The entries of a Hessian one by one where some of them are infinite, or there are too many pieces: each as the
    least and the largest number that it is on its sides, None where it cannot be told."""
    known: dict[tuple[int, int], tuple[float, float] | None] = {}
    for i, j in combinations_with_replacement(range(rays.n), 2):
        try:
            known[i, j] = _along_an_axis(rays, i) if i == j else _mixed(rays, i, j)
        except Unclear:
            known[i, j] = None
    return tuple(known[min(i, j), max(i, j)] for i in range(rays.n) for j in range(rays.n))


def _along_an_axis(rays: Rays, i: int) -> tuple[float, float] | None:
    found = _on_both_sides(rays, 2, i)
    if isinstance(found, Slopes):
        return found.between[0] if found.between else None
    sides = [_number(form[0, 0]) for form in found[2]]
    return None if found[1] else (min(sides), max(sides))


def _mixed(rays: Rays, i: int, j: int) -> tuple[float, float] | None:
    """The mixed derivative, where what is not smooth along two axes is no other between them: there it cancels. In each
    of the quadrants it is a number: the least and the largest of them."""
    each = [_in_a_quadrant(rays, i, j, *signs) for signs in product((1, -1), repeat=2)]
    known = [c for c in each if c is not None]
    if not known:
        return None
    values = [_number(c) if isinstance(c, arb) else c for c in known]
    numbers = [c for c in known if isinstance(c, arb)]
    if len(numbers) == len(known) and all(close(c, numbers[0]) for c in numbers):
        values = values[:1]
    return min(values), max(values)


def _number(c: arb) -> float:
    """A coefficient as a number: one that cannot be told from zero, and is that near to it, is zero."""
    return 0.0 if c.contains(0) and close(c, arb(0)) else float(c.mid())


def _in_a_quadrant(rays: Rays, i: int, j: int, one: int, other: int) -> arb | float | None:
    """The mixed coefficient, infinite where a logarithm goes with it; None where f is not defined. Raises `Unclear`
    where something before it does not cancel."""
    found: list[arb | float] = []
    for s in (1, 2):
        axes = rays.axis(i, one), rays.axis(j, other * s)
        each = [rays.along(v) for v in ([a + b for a, b in zip(*axes, strict=True)], *axes)]
        defined = [ray for ray in each if ray is not None]
        if len(defined) < len(each):
            return None
        if any(ray.val < 0 for ray in defined):
            raise Unclear("a pole")
        found.append(_mixed_term(*defined, sign=one * other))
    a, b = found
    settled = close(2 * a, b) if isinstance(a, arb) and isinstance(b, arb) else type(a) is type(b) and a == b
    if not settled:
        raise Unclear("the mixed derivative depends on the direction")
    return a


def _mixed_term(whole: Series, one: Series, other: Series, sign: int) -> arb | float:
    """What the t**2 coefficient between two axes has more than those along them."""
    places = {(p, j) for ray in (whole, one, other) for p, j, _ in ray.terms(0, 2) if p}
    for p, j in sorted(places - {(2, 0)}, key=lambda at: (at[0], -at[1])):
        a, b = whole.at(p, j), one.at(p, j) + other.at(p, j)
        if not close(a, b):
            if p < 2 or (a - b).contains(0):
                raise Unclear("what is not smooth along two axes is another between them")
            return math.inf if (a - b > 0) == (sign * (-1) ** j > 0) else -math.inf
    return (whole.at(2) - one.at(2) - other.at(2)) * sign


def _on_both_sides(rays: Rays, m: int, i: int = 0) -> Slopes | tuple[str, bool, list[Form]]:
    """Of one variable: the series to the right and to the left."""
    sides = [(by, ray) for by in (1, -1) if (ray := rays.along(rays.axis(i, by))) is not None]
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


def _infinite(ray: Series, m: int) -> float:
    """The end to which the m-th derivative goes: below t**m there is a power that is not whole, or has a logarithm; 0.0
    where there is none."""
    for p, j, c in ray.terms(0, m):
        whole = p.denominator == 1
        if not p or (whole and not j):
            continue
        if c.contains(0):
            raise Unclear("whether the derivative is infinite cannot be told")
        if whole and p < m:  # the derivatives of t**p take a factor of log(t)**j
            sign = (-1) ** (m - int(p) + j)
        else:
            sign = (-1) ** j * (1 if math.prod(p - i for i in range(m)) > 0 else -1)
        return math.inf if (c > 0) == (sign > 0) else -math.inf
    return 0.0


def _axes(rays: Rays) -> list[Any]:
    return [rays.along(rays.axis(i, by)) for i in range(rays.n) for by in (1, -1)]


def _form(rays: Rays, m: int) -> Form | None:
    """The m-th derivative, if the coefficients along all directions are those of one form."""
    form = _polarised(rays, m, [arb(0)] * rays.n, arb(1))
    others = [*(rays.axis(i, -1) for i in range(rays.n)), *(rays.random() for _ in range(6))]
    defined = [(v, ray) for v in others if (ray := rays.along(v)) is not None]
    if len(defined) < rays.n + 2:  # two random ones at least: at the end of a domain the derivative is one-sided
        raise Unclear("f is not defined between two axes")
    for v, ray in defined:
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


def _gradient_jumps(forms: Sequence[Form], n: int) -> bool:
    """Whether the gradient is not even continuous near the point. Where it is, the second derivatives of two pieces
    that meet along a surface agree on all vectors in it, and so differ by a matrix of rank one; and from piece to piece
    along such surfaces one comes to all of them."""
    pairs = list(combinations_with_replacement(range(n), 2))
    pieces, seen_again = different([tuple(form[at] for at in pairs) for form in forms])
    linked, waiting = {0}, [0]
    while waiting:
        one = pieces[waiting.pop()]
        for k, other in enumerate(pieces):
            if k not in linked and _rank_is_one({at: a - b for at, a, b in zip(pairs, one, other, strict=True)}, n):
                linked.add(k)
                waiting.append(k)
    return seen_again and len(linked) < len(pieces)


def _rank_is_one(difference: Form, n: int) -> bool:
    """Whether all minors of two rows may be zero: the entries are known to the size of a nudge."""
    d = [[difference[min(i, j), max(i, j)] for j in range(n)] for i in range(n)]
    size = max(abs(e) for row in d for e in row)
    pairs = [(i, j) for i in range(n) for j in range(i)]
    minors = (d[i][k] * d[j][m] - d[i][m] * d[j][k] for i, j in pairs for k, m in pairs)
    return not any(abs(minor) > arb(2.0**-40) * size * size for minor in minors)


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

