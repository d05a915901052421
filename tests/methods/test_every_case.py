"""Every row of the table at every case that its tests know, in numbers and in arrays, in both dtypes: the program is
the reverse sweep, and with the row as the step of a scan it is that of the loop in Python. And the formulas of the
lists that lie beside the checkout. `test_every_op.py` has the rows between other steps, and the examples.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.arrays import ArrayProblem
from symdiff.inputs.code import from_code
from symdiff.inputs.recorded import Recorded, record
from symdiff.methods.base import Task
from symdiff.methods.tape import arrays, kept, known, numbers, reading
from symdiff.methods.tape.arrays import swept
from symdiff.methods.tape.known import same_bits
from symdiff.methods.tape.numbers import NumberPlan
from symdiff.methods.tape.program import planned
from symdiff.ops import TABLE
from tests.methods.gate import poison
from tests.methods.test_loops import turned_around
from tests.methods.test_written_programs import an_ulp_off
from tests.table.array_case import ArrayCase
from tests.table.arrays import CASES as OF_ARRAYS
from tests.table.arrays import ELSEWHERE, EVERY
from tests.table.rows import CASES as ELEMENTWISE
from tests.table.rows import Case, Point

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
Array = np.ndarray
NUMBERS = ("pi", "euler_e")  # without an argument
# what these give is float64, which the sweep rounds at once and a program does not
WIDE = {("eigvalsh", np.float32), ("eigenvectors", np.float32)}


def test_no_row_is_left_out() -> None:
    assert {case.row.name for case in ELEMENTWISE} | set(OF_ARRAYS) | set(ELSEWHERE) == set(TABLE)
    assert {case.row.name for case in ELEMENTWISE if not case.row.arity} == set(NUMBERS)


def apply(name: str, args: Sequence[Any], params: dict[str, Any]) -> Any:
    graph = next((a.graph for a in args if isinstance(a, Recorded)), None)
    if graph is None:
        return TABLE[name].forward(*args, **params)
    return record(graph, name, tuple(args), tuple(params.items()))


def recorded(f: Callable[..., Any], args: Sequence[Any]) -> tuple[ArrayProblem, list[Array]]:
    recording, leaves = from_code(f).recorded(tuple(args), {}, tuple(range(len(args))), fresh=True)
    return recording.problem, [np.asarray(v, recording.problem.dtype, order="C") for v in leaves]


def task_of(leaves: Sequence[Any], operator: str = "value_and_grad") -> Task:
    return Task(operator, tuple(range(len(leaves))))


def same(found: Sequence[Any], wanted: Sequence[Any]) -> bool:
    return len(found) == len(wanted) and all(map(same_bits, map(np.asarray, found), map(np.asarray, wanted)))


def the_program_is_the_sweep(problem: ArrayProblem, leaves: list[Array], others: Sequence[list[Array]]) -> int:
    """At the point where it is written, twice, in nan and in what a call elsewhere has left; and at the others, where
    the caller's code decides alike. How many points were compared."""
    task, compared = task_of(leaves), 0
    plan = planned(problem, task, leaves, [])
    exact = plan if not isinstance(plan, NumberPlan) else lambda x: plan.with_numpy(*map(float, x))
    for point in (leaves, *others, leaves):
        if point is not leaves and not problem.holds(point):
            continue
        poison([node.shape for node in problem.graph.nodes])
        found, wanted = exact(point), swept(problem, task, point, [])
        if found is None:  # a slope is infinite here, and was not there
            assert point is not leaves
            continue
        assert same(found, wanted), point
        if isinstance(plan, NumberPlan):
            nearly(plan, problem, point, wanted)
        compared += 1
    return compared


def nearly(plan: NumberPlan, problem: ArrayProblem, point: list[Array], wanted: Sequence[Array]) -> None:
    """With `math`: as near as functions that are an ulp off come, and one rounding."""
    found = plan.numbers(*map(float, point))
    assert found is not None
    if same(found, wanted):
        return
    near = np.array([an_ulp_off(problem, task_of(point), point, point) for _ in range(16)])
    for a, b, some in zip(found, map(float, wanted), near.T, strict=True):
        spread = float(np.max(np.abs(some - b))) if np.isfinite(some).all() else math.inf
        assert same([a], [b]) or abs(a - b) <= 2.0 * spread + math.ulp(b), (a, b, point)


# -- elementwise rows ------------------------------------------------------------------------------------------------


def points_of(case: Case) -> list[Point]:
    """Of the row's own domain, of all magnitudes, and landmarks; kinks, too."""
    return [*case.drawn(5), *case.scattered(3), *case.landmarks()[:4], *case.kinks()[:2]]


def held(case: Case) -> list[int]:
    """The arguments that the row has no derivative by: the order of a Bessel function."""
    return [k for k in range(case.row.arity) if k not in {*case.real_arguments, *case.conditions}]


def moving(case: Case, point: Sequence[Any]) -> list[Any]:
    return [v for k, v in enumerate(point) if k not in held(case)]


def of_row(case: Case, point: Sequence[Any]) -> Callable[..., Any]:
    """A function of the arguments that the row can be differentiated by, in which conditions are made of numbers."""

    def f(*given: Any) -> Any:
        left = iter(given)
        xs = [point[k] if k in held(case) else next(left) for k in range(case.row.arity)]
        args = [x > 0.5 if k in case.conditions else x for k, x in enumerate(xs)]
        y = apply(case.row.name, args, case.params)
        y = np.where(y, 1.25, -0.5) if case.row.boolean else y
        return np.sum(y * (given[-1] - 0.25) + given[0])

    return f


each_row = pytest.mark.parametrize("case", [c for c in ELEMENTWISE if c.row.arity], ids=repr)


@each_row
def test_an_elementwise_row_of_numbers(case: Case) -> None:
    """Written at every point and run at the next two."""
    points = [[float(v) for v in p] for p in points_of(case)]
    for k, start in enumerate(points):
        problem, leaves = recorded(of_row(case, start), moving(case, start))
        assert problem.of_numbers
        others = [[np.array(v) for v in moving(case, points[(k + j) % len(points)])] for j in (1, 2)]
        assert the_program_is_the_sweep(problem, leaves, others) >= 2


@each_row
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_elementwise_row_of_arrays(case: Case, dtype: Any) -> None:
    columns = [np.array(c, dtype) for c in zip(*points_of(case), strict=True)]
    columns = [np.where(np.isfinite(c), c, dtype(1.5)) for c in columns]  # 1e300 is no float32
    problem, leaves = recorded(of_row(case, columns), moving(case, columns))
    turned = [[np.roll(c, k) for c in leaves] for k in (1, 4)]
    assert the_program_is_the_sweep(problem, leaves, turned) >= 2


# -- rows of arrays --------------------------------------------------------------------------------------------------


def of_case(case: ArrayCase, weights: Array) -> Callable[..., Any]:
    def f(*xs: Any) -> Any:
        y = apply(case.name, case.seen(xs), case.params)
        kind = case.answer().dtype.kind
        y = np.where(y, 1.25, -0.5) if kind == "b" else y * 1.0 if kind != "f" else y
        return np.sum(y * weights) + sum(np.sum(np.sin(x)) for x in xs)

    return f


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", OF_ARRAYS)
def test_a_row_of_arrays(name: str, dtype: Any) -> None:
    unused = 0
    for case in OF_ARRAYS[name]:
        rng = case.rng
        weights = rng.normal(size=case.answer().shape).astype(dtype)
        args = [np.asarray(a, dtype) for a in case.args]
        problem, leaves = recorded(of_case(case, weights), args)
        near = [np.asarray(v * (1.0 + 0.01 * rng.uniform(-1, 1, v.shape)), dtype) for v in leaves]
        if (name, dtype) in WIDE:
            unused += swept_for_good(problem, leaves)
        else:
            assert the_program_is_the_sweep(problem, leaves, [near]) >= 2, case
    assert (unused > 0) == ((name, dtype) in WIDE)


def swept_for_good(problem: ArrayProblem, leaves: list[Array]) -> bool:
    """Whether a program that does not reproduce the sweep is left alone: every call is the sweep's."""
    task = task_of(leaves)
    wanted = swept(problem, task, leaves, [])
    for _ in range(4):
        assert same(arrays.entries(problem, task, leaves, []), wanted)
    return known.program(problem, task) is None


# -- as the step of a scan -------------------------------------------------------------------------------------------


def in_python(step: Callable[..., Any], carry: Any, length: int) -> tuple[Any, None]:
    for _ in range(length):
        carry, _ = step(carry, None)
    return carry, None


def looped(row: Callable[..., Any], scan: Callable[..., Any]) -> Callable[..., Any]:
    """The row twice, its answer the next first argument, brought back among the numbers it began with."""

    def f(first: Any, *rest: Any) -> Any:
        return np.sum(scan(lambda c, _: (first + 0.0625 * np.tanh(row(c, *rest)), None), first, length=2)[0])

    return f


def a_scan_is_the_loop(row: Callable[..., Any], args: Sequence[Any]) -> None:
    problem, leaves = recorded(looped(row, sd.scan), args)
    assert "scan" in {node.op for node in problem.graph.nodes}
    the_program_is_the_sweep(problem, leaves, [[v * 1.0009765625 for v in leaves]])
    unrolled, _ = recorded(looped(row, in_python), args)
    wanted = swept(unrolled, task_of(leaves), leaves, [])
    for a, b in zip(swept(problem, task_of(leaves), leaves, []), wanted, strict=True):
        np.testing.assert_array_equal(a, b)  # but for the sign of a zero


@pytest.mark.parametrize(
    "case", [c for c in ELEMENTWISE if c.row.arity and not c.row.boolean and 0 not in c.conditions], ids=repr
)
def test_an_elementwise_row_as_a_step(case: Case) -> None:
    def row_at(point: Sequence[Any]) -> Callable[..., Any]:
        def row(*given: Any) -> Any:
            left = iter(given)
            xs = [point[k] if k in held(case) else next(left) for k in range(case.row.arity)]
            args = [x > 0.5 if k in case.conditions else x for k, x in enumerate(xs)]
            return apply(case.row.name, args, case.params)

        return row

    points = [[float(v) for v in p] for p in case.drawn(3)]
    columns = [np.array(c) for c in zip(*points, strict=True)]
    for point in (points[0], columns):
        a_scan_is_the_loop(row_at(point), moving(case, point))


STEPS = [c for c in EVERY if c.args[0].shape == c.answer().shape and c.answer().dtype.kind == "f" and c.name != "scan"
         and not c.truth and c.times == 1 and c.args[0].size]  # fmt: skip


@pytest.mark.parametrize("name", sorted({case.name for case in STEPS}))
def test_a_row_of_arrays_as_a_step(name: str) -> None:
    for case in STEPS:
        if case.name == name:
            a_scan_is_the_loop(lambda *xs, c=case: apply(c.name, xs, c.params), case.args)


# -- planted faults --------------------------------------------------------------------------------------------------


def named(name: str) -> Case:
    return next(case for case in ELEMENTWISE if case.row.name == name)


def test_a_fault_in_the_steps_of_numbers_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(numbers.WRITTEN, operator.sub, "{1} - {0}")
    with pytest.raises(AssertionError):
        test_an_elementwise_row_of_numbers(named("sub"))


def test_a_function_of_math_that_is_eight_ulps_off_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def off(x: float) -> float:
        return math.exp(x) * (1.0 + 2.0**-49)

    healthy = recorded(lambda x: np.exp(x * 1.5), [0.3])
    plan = planned(healthy[0], task_of(healthy[1]), healthy[1], [])
    assert isinstance(plan, NumberPlan)
    wanted = swept(healthy[0], task_of(healthy[1]), healthy[1], [])
    nearly(plan, healthy[0], healthy[1], wanted)
    monkeypatch.setitem(numbers.FUNCTIONS, np.exp, ("exp", off))
    spoiled = planned(healthy[0], task_of(healthy[1]), healthy[1], [])
    monkeypatch.undo()
    with pytest.raises(AssertionError):
        nearly(spoiled, healthy[0], healthy[1], wanted)  # type: ignore[arg-type]  # a NumberPlan, as above


def test_a_fault_in_the_steps_of_arrays_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(reading.UFUNCS, operator.mul, np.hypot)
    with pytest.raises(AssertionError):
        test_an_elementwise_row_of_arrays(named("mul"), np.float64)
    with pytest.raises(AssertionError):
        test_a_row_of_arrays("matmul", np.float64)


def test_a_fault_in_a_loop_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    there = kept.There.of
    monkeypatch.setattr(kept.There, "of", lambda *a: turned_around(there(*a)))
    with pytest.raises(AssertionError):
        test_an_elementwise_row_as_a_step(named("hypot"))
