"""How an array row is judged: its programs in balls, against the scalar steps differentiated by FLINT.

No tolerance: that a rule is right is asked of exact balls, and that its digits are, of the balls that hold
whatever rounding may make of the program, in any order of summation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_series

from symdiff import balls
from symdiff.arrays import ArrayProblem, flat
from symdiff.balls import Ball
from symdiff.crosscheck.certified.rounding import EXACT, UNIT
from symdiff.graph import CONST, INPUT, Graph
from symdiff.inputs.recorded import Recorded, record
from symdiff.methods.ball import enclosures
from symdiff.methods.base import Program, Task, flat_task
from symdiff.methods.tape.record_arrays import ArrayRecorder
from symdiff.ops import TABLE

from .array_case import ArrayCase
from .rows import BITS

SUBNORMAL = 2.0**-1074


def one_op(case: ArrayCase) -> ArrayProblem:
    """The row as a function of its arguments."""
    graph, answer = _recorded(case)
    return _problem(graph, answer, case)


def of_squares(case: ArrayCase, weights: np.ndarray) -> ArrayProblem:
    """sum(weights * row(...)**2): a number, and its second derivatives take the rule apart once more."""
    graph, answer = _recorded(case)
    total = np.sum(weights * answer**2) if answer.shape else np.float64(weights) * answer**2
    return _problem(graph, total, case)


def _recorded(case: ArrayCase) -> tuple[Graph, Recorded]:
    graph = Graph()
    leaves = [Recorded(graph, graph.input(f"a{k}", a.shape), a if a.shape else a[()]) for k, a in enumerate(case.args)]
    answer = record(graph, case.name, tuple(case.seen(leaves)), tuple(case.params.items()))
    return graph, answer


def _problem(graph: Graph, answer: Recorded, case: ArrayCase) -> ArrayProblem:
    graph.outputs = (answer.index,)
    names = tuple(graph.nodes[i].name for i in graph.inputs)
    return ArrayProblem(graph, names, repr(case), own=_no_callable)


def _no_callable(*leaves: Any) -> list[Any]:
    raise NotImplementedError


# -- a program in balls ------------------------------------------------------------------------------


def exactly(program: Program, point: Sequence[float]) -> list[Any]:
    """The entries as the program's ops mean them, without rounding. Call it inside `balls.precision`."""
    return _entries(program, point, None)


def rounded(program: Program, point: Sequence[float], any_order: bool = False) -> list[Any]:
    """The entries as balls that hold every result rounding may lead to. Call it inside `balls.precision`.

    `any_order`: also that of a program that adds up chains of sums in an order of its own (XLA's cumsum).
    """
    return _entries(program, point, _any_order if any_order else _as_written)


@dataclass(frozen=True)
class Sum:
    """What a step adds up: how many numbers, and the sum of their magnitudes."""

    count: int
    size: float

    @classmethod
    def of(cls, name: str, parts: Sequence[Sum], value: Any) -> Sum:
        if name in ("add", "sub"):
            return cls(sum(p.count for p in parts), sum(p.size for p in parts))
        return cls(1, float(value.value.abs_upper()) if isinstance(value, Ball) else 1.0)


def _as_written(name: str, args: Sequence[Any], value: Any, params: dict[str, Any], total: Sum) -> float:
    row = TABLE[name]
    if name in EXACT:
        return 0.0
    if row.rounding is not None:
        sizes = [float(a.value.abs_upper()) for a in args]
        return row.rounding(*sizes, **params) * UNIT + SUBNORMAL
    sizes = [float(a.value.abs_upper()) for a in args if isinstance(a, Ball)]
    size = max(float(value.value.abs_upper()), row.least_size(*sizes))
    return max(row.ulp, 1.0) * UNIT * size + SUBNORMAL


def _any_order(name: str, args: Sequence[Any], value: Any, params: dict[str, Any], total: Sum) -> float:
    return total.count * UNIT * total.size if total.count > 1 else _as_written(name, args, value, params, total)


def _entries(program: Program, point: Sequence[float], error: Any) -> list[Any]:
    graph, guards = program.graph, dict(program.guards)
    values: dict[int, Any] = dict(zip(graph.inputs, map(balls.const, map(float, point)), strict=True))
    sums: dict[int, Sum] = {}
    for i in graph.live([*graph.outputs, *guards]):
        node = graph.nodes[i]
        args, params = [values[a] for a in node.args], dict(node.params)
        if node.op == CONST:
            values[i] = balls.const(node.value)
        elif node.op != INPUT:
            values[i] = TABLE[node.op].ball(*args, **params)
        sums[i] = Sum.of(node.op, [sums[a] for a in node.args], values[i])
        if args and TABLE[node.op].boolean:
            values[i] = guards.get(i, values[i])
        elif args and error is not None:
            off = error(node.op, args, values[i], params, sums[i])
            values[i] = Ball(arb_series([values[i].value + arb(0, off)]))
    return [v.value if isinstance(v, Ball) else v for v in map(values.__getitem__, graph.outputs)]


# -- an operator of a problem -------------------------------------------------------------------------


@dataclass(frozen=True)
class Truth:
    """The entries by FLINT; None where there is no derivative."""

    entries: list[Any]

    @classmethod
    def of(cls, problem: ArrayProblem, task: Task, leaves: Sequence[np.ndarray], vector: Sequence[np.ndarray]) -> Truth:
        scalars = problem.scalars(leaves)
        with balls.precision(BITS, 2):
            found = enclosures(scalars, flat_task(problem, task), tuple(flat(leaves)), tuple(flat(vector)))
        return cls([e if e.is_finite() else None for e in found])


def tape(
    problem: ArrayProblem, operator: str, leaves: Sequence[np.ndarray], vector: Sequence[np.ndarray]
) -> tuple[np.ndarray, Program]:
    """What the tape says, as flat entries, and the scalar program that says it."""
    task = Task(operator, tuple(range(len(leaves))))
    with np.errstate(all="ignore"):
        recorder = ArrayRecorder(problem, task, leaves, vector)
        entries = recorder.entries()
        program = recorder.program(entries)
        found = recorder.numbers(entries)
    assert program is not None
    return found, program


def complaints(
    problem: ArrayProblem,
    operator: str,
    leaves: Sequence[np.ndarray],
    vector: Sequence[np.ndarray],
    truth: Truth,
    others: Sequence[tuple[str, np.ndarray]],
    loses: float = 1.0,
) -> Iterator[str]:
    """What is wrong with the tape's entries, entry by entry; nothing if all is well.

    The program in exact balls must be the truth, and its floats must lie within its rounding; so must the
    others', which is all there is to be said where there is no derivative.
    """
    floats, program = tape(problem, operator, leaves, vector)
    point = [*flat(leaves), *flat(vector)]
    with balls.precision(BITS):
        three = (exactly(program, point), rounded(program, point), rounded(program, point, any_order=True))
        widest = max([reach.rad() for reach in three[1]], default=arb(0))
        for k, (centre, reach, wider) in enumerate(zip(*three, strict=True)):
            if truth.entries[k] is not None and not same(centre, truth.entries[k], widest):
                yield f"entry {k}: {centre} is not {truth.entries[k]}"
            if not reach.rad() <= 2.0**-40 * loses * size_of(reach, point):
                yield f"entry {k}: {reach} is too wide to tell"
            for who, values in [("tape", floats), *others]:
                near = wider if who == "JAX" else reach
                if not (np.isfinite(values[k]) and near.contains(arb(float(values[k])))):
                    yield f"entry {k}: {who} says {values[k]}, the program {near}"


def same(ours: arb, truth: arb, noise: arb) -> bool:
    """Whether two enclosures are of one number: both far narrower than it or, where it is zero, than what
    rounding does to the largest of its neighbours. Wide ones prove nothing."""
    narrow = max(abs(truth.mid()), noise) / 2**64
    return bool(ours.is_finite() and ours.overlaps(truth) and ours.rad() + truth.rad() <= narrow)


def size_of(reach: arb, point: Sequence[float]) -> float:
    """What a bound is held against: the entry, and the numbers it was made of."""
    return max([1.0, float(reach.abs_upper()), *(abs(float(v)) for v in point)])
