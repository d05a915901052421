"""One gate for programs of the tape: a random function with branches, its program, and every way to catch it.

    complaints(gated(seed))

is empty, or says what went wrong: in memory full of nan, at decisions that flip, where the arguments are one array or
lie in one another, in two threads. What is right is the reverse sweep of a recording made at that very point.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

import symdiff as sd
from symdiff.inputs.code import from_code
from symdiff.methods.base import Task
from symdiff.methods.tape.arrays import swept
from symdiff.methods.tape.known import same_bits
from symdiff.methods.tape.numbers import NumberPlan
from symdiff.methods.tape.program import planned
from tests.methods.functions import SHAPES, TRAPS, draw, in_two_threads, random_function
from tests.methods.loops import random_loop
from tests.methods.test_written_programs import random_number_function

Array = np.ndarray
Point = list[Array]


@dataclass(frozen=True, eq=False)
class Gated:
    """A function and where it is looked at: first where its program is written."""

    f: Callable[..., Any]
    points: dict[str, Point]

    @property
    def written_at(self) -> Point:
        return next(iter(self.points.values()))


def gated(seed: int) -> Gated:
    """Of arrays of one shape, with branches of the caller's own. In turns a loop, of numbers, a trap of views and
    layouts, one whose answers are its arguments or one another, and two random ones."""
    rng, kind = np.random.default_rng([seed, 7]), seed % 6
    if kind == 0:
        return Gated(_branching(random_loop(seed)(sd.scan)), _points(rng, [(3,), (3, 3), (3,)]))
    if kind == 1:
        return Gated(_branching(random_number_function(seed)), _points(rng, [()] * 3))
    if kind == 2:
        trap = list(TRAPS.values())[seed // 6 % len(TRAPS)]
        return Gated(_branching(lambda x, y: trap(x) + np.sum(x * y)), _points(rng, [(9, 9)] * 2))
    if kind == 3:
        return Gated(_bare(SIMPLE[seed // 6 % len(SIMPLE)]), _points(rng, [(4, 4)] * 2))
    f, shapes = random_function(seed, steps=9)
    return Gated(_branching(f), _points(rng, [shapes[0] or SHAPES[seed % len(SHAPES)]] * len(shapes)))


SIMPLE: tuple[Callable[..., Any], ...] = (
    lambda x, y: np.sum(x * y), lambda x, y: np.sum(x + y), lambda x, y: np.sum(x.T * y), lambda x, y: np.sum(x),
    lambda x, y: np.sum(x) + np.sum(y.T), lambda x, y: np.sum(np.exp(x + y)), lambda x, y: np.sum(x[::-1] * y),
)  # fmt: skip


def _bare(f: Callable[..., Any]) -> Callable[..., Any]:
    """Nothing is done to it but a decision."""
    return lambda x, y: f(x, y) if np.sum(x) > 0.25 else f(y, x)


def _branching(f: Callable[..., Any]) -> Callable[..., Any]:
    """Two decisions by the caller's code and one that the graph has in it."""

    def branching(*args: Any) -> Any:
        first, last = np.sum(args[0]), np.sum(args[-1])
        y = f(*args)
        y = y * 2.0 + first if first > 0.25 else y - first * first
        if last < first:
            y = y + last * 3.0
        return np.where(first * last > 0.0, y * 0.5, y + np.exp(-last * last))

    return branching


def _points(rng: np.random.Generator, shapes: Sequence[tuple[int, ...]]) -> dict[str, Point]:
    def drawn() -> Point:
        return draw(rng, shapes)

    def inside_one() -> Point:
        around, size = rng.normal(size=99), int(np.prod(shapes[0], dtype=int))
        return [around[k : k + size].reshape(shapes[0]) for k in range(len(shapes))]

    start = _decided(drawn)
    points = {"where it was written": start, "elsewhere": _decided(drawn), "the other branches": [-v for v in start],
              "far out": [v * 1e200 for v in start], "near": [v * (1.0 + 1e-9) for v in start]}  # fmt: skip
    if len({*shapes}) == 1:
        points["one array"] = _decided(lambda: drawn()[:1] * len(shapes))
        points["arrays in one another"] = _decided(inside_one)
    return points


def _decided(draw: Callable[[], Point]) -> Point:
    """A point at which `_branching` goes one way: the first sum is above 0.25, the last not below it."""
    points = (draw() for _ in range(300))
    return next(p for p in points if 0.25 < np.sum(p[0]) <= np.sum(p[-1]))


def the_sweep(f: Callable[..., Any], point: Point) -> list[Array]:
    """The gradient by the sweep, of a recording made here: nothing is remembered."""
    recording, leaves = from_code(f).recorded(tuple(point), {}, tuple(range(len(point))), fresh=True)
    return swept(recording.problem, _gradient(point), leaves, [])


def _gradient(point: Point) -> Task:
    return Task("grad", tuple(range(len(point))))


def poison(shapes: Sequence[tuple[int, ...]]) -> None:
    """Whatever memory is taken next holds nan."""
    for _ in range(3):
        _ = [np.full(s, np.nan) for s in shapes]


def program_of(case: Gated) -> tuple[Callable[[Point], list[Array] | None], list[tuple[int, ...]]]:
    """The program itself, before anybody has held it against the sweep; and the shapes that it takes memory for.
    One of numbers is run with NumPy's functions, whose bits the sweep has."""
    point = case.written_at
    recording, leaves = from_code(case.f).recorded(tuple(point), {}, tuple(range(len(point))), fresh=True)
    plan = planned(recording.problem, _gradient(point), leaves, [])
    shapes = [node.shape for node in recording.problem.graph.nodes]
    if not isinstance(plan, NumberPlan):
        return plan, shapes

    def of_numbers(at: Point) -> list[Array] | None:
        found = plan.with_numpy(*map(float, at))
        return None if found is None else list(map(np.array, found))

    return of_numbers, shapes


def complaints(case: Gated, answered: list[str] | None = None) -> list[str]:
    """What is wrong with the program of this function. `answered` gets the points at which it had an answer."""
    run, shapes = program_of(case)
    wanted = {name: the_sweep(case.f, point) for name, point in case.points.items()}
    said: list[str] = []
    for name, point in [*case.points.items(), *list(case.points.items())[::-1]]:  # each behind two others
        given = as_it_arrives(point)
        before = [v.tobytes() for v in given]
        poison(shapes)
        found = run(given)
        if found is None:
            said += [f"{name}: no answer"] if name == "where it was written" else []
            continue
        if answered is not None:
            answered.append(name)
        said += [f"{name}: {what}" for what in _wrong(found, wanted[name], given, before)]
    return said + [f"in two threads: {name}" for name in _in_threads(run, case, wanted)]


def as_it_arrives(point: Point) -> Point:
    """Who calls a program has copied a matrix that is given twice (`operators/_entry.py`): BLAS has a product of
    its own for a matrix with its transpose."""
    return [v.copy() if v.ndim > 1 and any(v is u for u in point[:k]) else v for k, v in enumerate(point)]


def _wrong(found: list[Array], wanted: list[Array], point: Point, before: list[bytes]) -> Iterator[str]:
    if len(found) != len(wanted) or not all(map(same_bits, found, wanted)):
        yield "not the sweep"
    if [v.tobytes() for v in point] != before:
        yield "an argument was written over"
    for a, b in itertools.combinations([*found, *point], 2):
        if any(a is v for v in found) and np.shares_memory(a, b):
            yield "an answer is not the caller's own"
            return


def _in_threads(run: Callable[[Point], Any], case: Gated, wanted: dict[str, list[Array]], times: int = 3) -> set[str]:
    """The points at which somebody gets another answer, when two ask at once."""
    wrong: set[str] = set()

    def work() -> None:
        for name, point in list(case.points.items()) * times:
            try:
                found = run(as_it_arrives(point))
            except Exception as e:  # noqa: BLE001 -- a thread's exception would only be printed
                wrong.add(f"{name}, {e!r}")
                return
            if found is not None and not all(map(same_bits, found, wanted[name])):
                wrong.add(name)

    with switching():
        in_two_threads(work)
    return wrong


@contextmanager
def switching() -> Iterator[None]:
    """Threads take turns as often as the interpreter allows."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def complaints_at_the_door(case: Gated) -> list[str]:
    """The same through `grad`: recorded, swept, written, proven, used, and recorded anew where a decision flips."""
    gradient, said = sd.grad(case.f, wrt=tuple(range(len(case.written_at)))), []
    start = case.written_at
    for name, point in [*[("at first", start)] * 3, *case.points.items(), *list(case.points.items())[::-1]]:
        given = [v if v.shape else float(v) for v in point]
        if not all(np.isfinite(v).all() for v in map(np.sum, point)):
            continue
        found = [np.asarray(v) for v in gradient(*given)]
        if not all(map(_near if not start[0].shape else same_bits, found, the_sweep(case.f, point))):
            said.append(name)
    return said


def _near(found: Array, wanted: Array) -> bool:
    """Numbers go through `math`: what a branch or a stale value makes of them is far from this."""
    return same_bits(found, wanted) or bool(np.isclose(found, wanted, rtol=1e-9, atol=1e-12))
