"""The certified truth: Taylor balls along every direction, or a whole derivative certified by a few of them.

A Taylor sweep costs one run of the function for each input. Where there are many, the entries come instead
from a derivative program run once in balls, anybody's, and FLINT certifies them: with g the entries and v a
random direction, v . g must lie in the Taylor ball of the function along v. Both have hundreds of bits, and
so has v: a wrong entry could hide only in a direction that the random numbers do not hit.

No derivative of ours is trusted here: a program that is wrong fails, and the next one is asked.

The same for a whole box of constants, as decimals are meant: a program that holds at a random point of the box
is the derivative in all of it, and is run once with the box.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import product
from math import prod

from flint import arb

from symdiff import balls
from symdiff.balls import Ball, bits
from symdiff.methods.ball import along, enclosures
from symdiff.methods.base import MATRICES, Task, spread
from symdiff.problem import Problem

WORTH_IT = 100_000  # steps of all Taylor sweeps together, from which on programs are asked first
PROJECTIONS = 2
CERTAIN = 2.0**-64  # how narrow both sides have to be, beside what was added up

Const = Callable[[float | Fraction], Ball]
Entries = list[arb]


def truth(
    problem: Problem,
    task: Task,
    x: Sequence[float],
    vector: Sequence[float],
    candidates: Iterable[Callable[[], Entries]],
) -> Entries:
    """The entries enclosed, at the precision in force.

    `candidates` run derivative programs in balls; each is asked in turn until the entries of one are
    certified. With few inputs, or none that can be certified, there is a Taylor sweep for every direction.
    """
    if _many(problem, task):
        for run in candidates:
            found = run()
            if _certified(problem, task, x, vector, found, balls.const):
                return found
    return enclosures(problem, task, x, vector)


def truth_in_a_box(
    problem: Problem,
    task: Task,
    x: Sequence[float],
    vector: Sequence[float],
    candidates: Iterable[Callable[[Const], Entries]],
    box: Const,
) -> Entries:
    """The entries enclosed for all constants of the function in the balls that `box` makes of them.

    `candidates` run derivative programs for what the function's constants are. Which of them is the derivative
    shows at random numbers in the balls, with all bits, as the balls themselves are too wide to show anything.
    """
    if _many(problem, task):
        inside = _somewhere_in(box)
        for run in candidates:
            if _certified(problem, task, x, vector, run(inside), inside):
                return run(box)
    return enclosures(problem, task, x, vector, box)


def _many(problem: Problem, task: Task) -> bool:
    return sweeps(task) * len(problem.graph.nodes) > WORTH_IT


def _certified(
    problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float], found: Entries, const: Const
) -> bool:
    return all(_holds(problem, task, x, vector, found, first, const) for first in range(0, 3 * PROJECTIONS, 3))


def _somewhere_in(box: Const) -> Const:
    """For each constant a random number in its ball, always the same one."""

    def number(value: float | Fraction) -> Ball:
        ball = box(value).value
        if ball.is_exact():
            return balls.const(ball)
        share = arb(random.Random(repr(value)).getrandbits(bits())) / arb(2) ** bits()  # noqa: S311 - as below
        return balls.const(ball.mid() + ball.rad() * (2 * share - 1))

    return number


def sweeps(task: Task) -> int:
    """How many Taylor sweeps the entries of a task take."""
    n = len(task.wrt)
    many = {"value": 1, "jvp": 1, "hessian": n * (n + 1), "hvp": 2 * n, "third": n * (n + 1) * (n + 2), "tvp": 4 * n}
    return many.get(task.operator, n)


def full_direction(n: int, seed: int) -> list[arb]:
    """Random numbers in [1, 2) and (-2, -1], with all bits of the precision in force."""
    rng = random.Random(seed)  # noqa: S311 - a witness that can be called again, not a secret
    unit = arb(2) ** bits()
    return [(1 + arb(rng.getrandbits(bits())) / unit) * rng.choice([-1, 1]) for _ in range(n)]


def _holds(
    problem: Problem,
    task: Task,
    x: Sequence[float],
    vector: Sequence[float],
    found: Entries,
    first: int,
    const: Const,
) -> bool:
    """Whether the entries agree with FLINT along random directions, narrowly: those of the numbers `first` to
    `first` + 2."""
    n, operator = len(task.wrt), task.operator
    if operator not in ("hvp", "tvp", "hessian", "third"):
        v = full_direction(n, first + 1)
        slopes = along(problem, x, [spread(task.wrt, v, len(x))], const)
        if operator == "vjp":
            return _agree([(found, v)], [sum((arb(c) * s for c, s in zip(vector, slopes, strict=True)), arb(0))])
        if operator == "value_and_grad":
            found = found[1:]
        return _agree([(found[k : k + n], v) for k in range(0, len(found), n)], slopes)
    directions = [full_direction(n, k) for k in range(first, first + 3)]
    full = [spread(task.wrt, d, len(x)) for d in directions]
    if operator in ("hvp", "tvp"):
        u = directions[0]
        tangents = [spread(task.wrt, [arb(v) for v in t], len(x)) for t in task.tangents(vector)]
        expected = along(problem, x, [full[0], *tangents], const)
        return _agree([(found, u)], expected)
    some = directions[: MATRICES[operator]]
    expected = along(problem, x, full[: len(some)], const)
    weights = [prod(each, start=arb(1)) for each in product(*some)]
    size = len(weights)
    return _agree([(found[k : k + size], weights) for k in range(0, len(found), size)], expected)


def _agree(rows: list[tuple[list[arb], list[arb]]], expected: list[arb]) -> bool:
    if len(rows) != len(expected):
        return False
    for (entries, weights), truth in zip(rows, expected, strict=True):
        terms = [e * w for e, w in zip(entries, weights, strict=True)]
        total = sum(terms, arb(0))
        size = sum((abs(t).abs_upper() for t in terms), arb(0)) + abs(truth).abs_upper()
        if not (total.is_finite() and truth.is_finite()):
            return False
        if not (total.rad() <= CERTAIN * size and truth.rad() <= CERTAIN * size and total.overlaps(truth)):
            return False
    return True
