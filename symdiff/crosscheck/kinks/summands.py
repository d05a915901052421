"""A sum taken apart: the derivative by some inputs is that of the summands which have them.

tanh(x) + norm(y) at y = 0 is smooth in x, and of y alone the rays are few. A part is the function of some of its inputs
while the others stay where they are; the second derivative by two inputs that no summand has both of is 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from flint import arb

from symdiff.crosscheck.judging import Case
from symdiff.crosscheck.kinks.germs import Germs
from symdiff.crosscheck.kinks.higher import higher
from symdiff.crosscheck.kinks.singular import HIGHER, Rays, dot
from symdiff.crosscheck.kinks.slopes import Slopes
from symdiff.graph import Graph, run
from symdiff.methods.ball import order
from symdiff.methods.base import MATRICES, TANGENTS

MOST_PAIRS = 400_000  # of a step and an input, of a function that is taken apart
SUMS = frozenset(("add", "sub", "neg", "total"))
APART = "no summand of f has all of these inputs"

Row = tuple[list[int], Slopes]  # the entries that belong together, and the slopes that they should be


@dataclass(frozen=True)
class Part:
    """Inputs that some summand has together, by their positions in `wrt`, and how many steps depend on them."""

    inputs: tuple[int, ...]
    steps: int

    def of(self, case: Case) -> Case:
        """The same question about these inputs alone."""
        task, vector = case.task, case.vector
        if task.operator in TANGENTS:
            vector = tuple(tangent[k] for tangent in task.tangents(vector) for k in self.inputs)
        return replace(case, task=replace(task, wrt=tuple(task.wrt[k] for k in self.inputs)), vector=vector)


def parts(graph: Graph, outputs: Sequence[int], wrt: Sequence[int]) -> list[Part]:
    """The inputs by the summands of the outputs that have them; those that no summand has are in none."""
    needed = graph.live(outputs)
    if graph.guards or len(needed) * len(wrt) > MOST_PAIRS:  # beyond a tie the code may add up something else
        return [Part(tuple(range(len(wrt))), len(graph.nodes))]
    given = {graph.inputs[i]: frozenset((k,)) for k, i in enumerate(wrt)}
    depends: dict[int, frozenset[int]] = {}
    for i in needed:
        depends[i] = given.get(i, frozenset()).union(*(depends[a] for a in graph.nodes[i].args))
    groups: list[frozenset[int]] = []
    for atom in _summands(graph, outputs, depends):
        joined = [g for g in groups if g & depends[atom]]
        groups = [g for g in groups if not g & depends[atom]] + [depends[atom].union(*joined)]
    return [Part(tuple(sorted(g)), sum(bool(g & d) for d in depends.values())) for g in groups]


def _summands(graph: Graph, outputs: Sequence[int], depends: dict[int, frozenset[int]]) -> Iterator[int]:
    """The steps that the outputs are sums of, times numbers, as far as they depend on the inputs."""
    waiting, seen = list(outputs), set(outputs)
    while waiting:
        i = waiting.pop()
        op, args = graph.nodes[i].op, graph.nodes[i].args
        moving = [a for a in args if depends[a]]
        scaled = len(args) == 2 and len(moving) == 1 and (op == "mul" or (op == "div" and moving[0] == args[0]))
        if op in SUMS or scaled:
            waiting += [a for a in moving if a not in seen]
            seen.update(moving)
        elif depends[i]:
            yield i


def cost(case: Case) -> int:
    """How many steps all rays together take."""
    graph, task, total = case.problem.graph, case.task, 0
    for o in graph.outputs:
        for part in parts(graph, [o], task.wrt):
            n = len(part.inputs)
            total += part.steps * (math.comb(n + order(task), order(task)) if task.operator in HIGHER else 3 * n)
    return total


def rows(case: Case) -> list[Row]:
    """The entries that belong together, and the slopes that they should be."""
    n, operator, graph = len(case.task.wrt), case.task.operator, case.problem.graph
    outputs, germs = range(len(graph.outputs)), Germs(graph, case.x, case.again)
    if operator in HIGHER:
        return [row for o in outputs for row in _higher(case, o, germs)]
    if operator == "jvp":
        return [([o], _summed([_along(rays) for _, rays in _each(case, o, germs)])) for o in outputs]
    if operator == "vjp":
        return _products(case, germs)
    found: list[Row] = []
    first = 0
    if operator == "value_and_grad":
        with np.errstate(all="ignore"):
            value = run(graph, "forward", case.x, np.float64)[graph.outputs[0]]
        found, first = [([0], Slopes(derivative=(arb(float(value)),)))], 1
    for o in outputs:
        start = first + o * n
        inputs = [([start + k for k in part.inputs], rays.first()) for part, rays in _each(case, o, germs)]
        found += _with_zeros(inputs, range(start, start + n))
    return found


def _each(case: Case, o: int, germs: Germs) -> list[tuple[Part, Rays]]:
    """The parts of an output, and how each is looked at."""
    graph = case.problem.graph
    found = parts(graph, [graph.outputs[o]], case.task.wrt)
    return [(part, Rays(part.of(case), o, germs, part.steps)) for part in found]


def _with_zeros(known: Sequence[Row], entries: Sequence[int]) -> list[Row]:
    """The rows of some entries, and the others, which are 0."""
    there = {e for row, _ in known for e in row}
    rest = [e for e in entries if e not in there]
    zeros = Slopes(derivative=(arb(0),) * len(rest), why=APART)
    return [*known, (rest, zeros)] if rest else list(known)


def _higher(case: Case, o: int, germs: Germs) -> list[Row]:
    graph, n = case.problem.graph, len(case.task.wrt)
    size = len(case.indices) // len(graph.outputs)
    start, repeat, found = o * size, MATRICES.get(case.task.operator, 1), []
    for part, rays in _each(case, o, germs):
        places = product(part.inputs, repeat=repeat)
        entries = [start + sum(k * n**p for p, k in enumerate(reversed(at))) for at in places]
        found.append((entries, higher(rays, rays.case.task, rays.case.vector)))
    return _with_zeros(found, range(start, start + size))


# -- products of first derivatives with a vector ------------------------------------------------------------------


def _along(rays: Rays) -> Slopes:
    """The slopes of a part along its share of the tangent."""
    slopes, v = rays.first(), [arb(w) for w in rays.case.vector]
    if slopes.jumps:
        return _times(slopes, v)
    if slopes.nearby:
        limits = tuple((dot(row, v),) for row in slopes.nearby)
        return replace(slopes, nearby=limits, sampled=len(v) > 1)  # of one input both sides are known
    if slopes.derivative:
        return replace(slopes, derivative=(dot(slopes.derivative, v),))
    return slopes if slopes.unclear else rays.straight(v)


def _times(slopes: Slopes, v: Sequence[arb]) -> Slopes:
    """The slopes beside a jump, times a vector; where they have no bounds, any."""
    if not slopes.between:
        return slopes
    each = zip(slopes.between, map(float, v), strict=True)
    ends = [sorted((w * between[0], w * between[1])) for between, w in each if between is not None and w != 0]
    ranges = ((math.fsum(low for low, _ in ends), math.fsum(high for _, high in ends)),)
    return replace(slopes, nearby=tuple((dot(row, v),) for row in slopes.nearby), between=ranges)


def _summed(each: Sequence[Slopes]) -> Slopes:
    """The slope of a sum: between the sums of the least and of the largest that its parts have nearby."""
    unclear = next((s for s in each if s.unclear), None) or next((s for s in each if s.jumps and not s.between), None)
    special = [s for s in each if not s.derivative]
    if unclear is not None or len(special) == 1 == len(each):
        return unclear or special[0]
    rays, total = sum(s.rays for s in each), sum((s.derivative[0] for s in each if s.derivative), arb(0))
    if not special:
        why = APART if not each else ""
        return Slopes(derivative=(total,), rays=rays, says=next((s.says for s in each if s.says), ""), why=why)
    ends = [_ends(s) for s in special]
    low, high = (sum((e[k] for e in ends), total) for k in range(2))
    jumps, sampled = any(s.jumps for s in special), any(s.sampled for s in special)
    known = replace(special[0], rays=rays, jumps=jumps, sampled=sampled, nearby=((low,), (high,)), between=())
    ranged = next((s for s in special if s.jumps), None) or next((s for s in special if s.between), None)
    if ranged is None:
        return known
    if low.is_nan() or high.is_nan():
        return Slopes(unclear="infinite slopes that add up to anything")
    between = ((float(low), float(high)),)
    return replace(known, says=ranged.says, open=ranged.open, nearby=(), between=between)


def _ends(slopes: Slopes) -> tuple[arb, arb]:
    if slopes.between and slopes.between[0]:
        low, high = slopes.between[0]
        return arb(low), arb(high)
    each = [row[0] for row in slopes.nearby]
    return min(each, key=float), max(each, key=float)


def _products(case: Case, germs: Germs) -> list[Row]:
    """The entries of vjp, where every component has a derivative, or there is one."""
    graph, n, v = case.problem.graph, len(case.task.wrt), [arb(w) for w in case.vector]
    found: list[Row] = []
    for part in parts(graph, graph.outputs, case.task.wrt):
        of = part.of(case)
        each = [Rays(of, o, germs, part.steps).first() for o in range(len(graph.outputs))]
        slopes = each[0]
        if len(each) == 1 and (slopes.nearby or slopes.jumps):  # of one value: its own gradient, times a number
            nearby = tuple(tuple(v[0] * d for d in row) for row in slopes.nearby)
            ranges = [_times(replace(slopes, nearby=(), between=(one,)), v).between[0] for one in slopes.between]
            found.append((list(part.inputs), replace(slopes, nearby=nearby, between=tuple(ranges))))
            continue
        without = next((s for s in each if not s.derivative), None)
        if without is not None:
            found.append((list(part.inputs), Slopes(unclear=without.unclear or without.says)))
            continue
        columns = zip(*(s.derivative for s in each), strict=True)
        found.append((list(part.inputs), replace(slopes, derivative=tuple(dot(column, v) for column in columns))))
    return _with_zeros(found, range(n))
