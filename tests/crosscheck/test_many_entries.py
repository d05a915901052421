"""What is done for many entries at once gives what is done entry by entry, and certifies nothing that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from flint import arb

from symdiff import balls
from symdiff.balls import precision
from symdiff.crosscheck.certified import grouped, many_entries, reference, rounding, stage1
from symdiff.crosscheck.certified.reference import truth
from symdiff.crosscheck.certified.stage1 import _run
from symdiff.inputs.code import from_code
from symdiff.methods import method
from symdiff.methods.ball import enclosures, order
from symdiff.methods.base import Program, Task
from symdiff.problem import Problem

BITS = 256


@pytest.fixture(autouse=True)
def step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the groups of equal steps, which have tests of their own."""
    monkeypatch.setattr(grouped, "WORTH_IT", 10**9)


def layer(x):
    h = np.tanh(x @ x.T * 0.1)
    return np.sum(h * h) + np.sum(np.exp(-x))


def vector(x):
    return np.cumsum(np.ravel(x)) * np.sin(np.ravel(x))


POINT = np.random.default_rng(0).normal(size=(6, 5))


def flat_problem(f: Callable[..., Any], x: np.ndarray = POINT) -> Any:
    recording, leaves = from_code(f).recorded((x,), {})
    return recording.problem.scalars(leaves)


def program_of(problem: Any, task: Task, v: tuple[float, ...] = ()) -> Program:
    found = method("tape").answer(problem, task, tuple(POINT.ravel()), v).program
    assert found is not None
    return found


@pytest.mark.parametrize("f", [layer, vector])
def test_bounds_of_all_entries_are_those_of_each(f: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Midpoints and radii that are floats enclose what the balls enclose, and are not much wider."""
    monkeypatch.setattr(rounding, "shared_steps", lambda *given: None)
    problem = flat_problem(f)
    task = Task("jacobian" if problem.vector else "grad", tuple(range(POINT.size)))
    program, x = program_of(problem, task), tuple(POINT.ravel())
    with precision(rounding.BITS, order=1):
        each = rounding.Enclosure(program, x, widened=True)
        one_by_one = [each.bounds(o) for o in program.graph.outputs]
        together = each.all_bounds(program.graph.outputs)
    assert len(together) >= rounding.MANY
    for a, b in zip(one_by_one, together, strict=True):
        for mine, theirs in ((a.program, b.program), (a.problem, b.problem), (a.magnitude, b.magnitude)):
            assert mine <= theirs * (1 + 2.0**-40)
            assert theirs <= mine * (1 + 1e-6) + 1e-320


def softmax(x):
    e = np.exp(np.ravel(x) - np.max(x))
    return e / np.sum(e)


@pytest.mark.parametrize("f", [softmax, lambda x: np.ravel(np.sin(x) * x)], ids=["two shared steps", "none"])
def test_entries_of_few_steps_are_swept_one_by_one_down_to_the_shared_steps(
    f: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound is not smaller than that of a sweep to the bottom; below 5 times it where shared steps cancel."""
    monkeypatch.setattr(many_entries, "USERS", 25)
    monkeypatch.setattr(many_entries, "CHEAPER", 1)
    problem, x = flat_problem(f), tuple(POINT.ravel())
    found = shared_steps_of(Program(problem.graph), x)
    assert found is not None
    assert len(found) == (2 if f is softmax else 0)
    with precision(rounding.BITS, order=1):
        each = rounding.Enclosure(Program(problem.graph), x, widened=True)
        one_by_one = [each.bounds(o) for o in problem.graph.outputs]
        together = each.all_bounds(problem.graph.outputs)
    for a, b in zip(one_by_one, together, strict=True):
        for mine, theirs in ((a.program, b.program), (a.problem, b.problem), (a.magnitude, b.magnitude)):
            assert mine <= theirs * (1 + 2.0**-40)
            assert theirs <= mine * (5.0 if f is softmax else 1 + 1e-12)


def shared_steps_of(program: Program, x: Sequence[float]) -> set[int] | None:
    with precision(rounding.BITS, order=1):
        slopes = rounding.Enclosure(program, x, widened=True)._slopes
        return many_entries.shared_steps(program.graph, program.graph.outputs, slopes)


def test_entries_that_depend_on_everything_are_swept_together() -> None:
    assert shared_steps_of(Program(flat_problem(vector).graph), POINT.ravel()) is None


def test_branches_that_were_not_taken_are_no_steps_of_an_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The adjoint of a largest entry goes through a chain as long as the array, and arrives at one entry of it."""
    monkeypatch.setattr(many_entries, "USERS", 25)
    monkeypatch.setattr(many_entries, "CHEAPER", 1)
    problem, x = flat_problem(lambda x: np.log(np.sum(np.exp(np.ravel(x) - np.max(x)))) + np.max(x)), POINT.ravel()
    program = program_of(problem, Task("grad", tuple(range(POINT.size))))
    asked = []
    with precision(rounding.BITS, order=1):
        enclosed = rounding.Enclosure(program, x, widened=True)
        slopes = lambda i: asked.append(i) or enclosed._slopes(i)  # noqa: E731 - a def would be longer than what it says
        assert many_entries.shared_steps(program.graph, program.graph.outputs, slopes)
        assert len(asked) < 10 * POINT.size  # of each entry a few, and one chain
        one_by_one = [enclosed.bounds(o) for o in program.graph.outputs]
        together = enclosed.all_bounds(program.graph.outputs)
    for a, b in zip(one_by_one, together, strict=True):
        assert a.program <= b.program * (1 + 2.0**-40)
        assert b.program <= 5 * a.program


def test_an_infinite_slope_reaches_only_the_entries_it_concerns() -> None:
    """sqrt at zero in one entry: the others keep finite bounds."""

    def f(x):
        return np.sqrt(x) * 2.0

    x = np.linspace(0.5, 3.0, 30)
    problem = flat_problem(f, x)
    found = rounding.bounds(Program(problem.graph), (0.0, *x[1:]))
    assert all(np.isfinite(b.program) for b in found[1:])


def asked_of(operator: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Problem, Task, Any, Any, Program]:
    """A function of many numbers, what is asked of it, where, along what, and the tape's program for it."""
    monkeypatch.setattr(reference, "WORTH_IT", 0)
    problem = flat_problem(vector if operator in ("vjp", "jacobian") else layer)
    task = Task(operator, tuple(range(POINT.size)))
    x, v = tuple(POINT.ravel()), tuple(np.linspace(-1, 2, task.vector_length(problem)))
    return problem, task, x, v, program_of(problem, task, v)


@pytest.mark.parametrize("operator", ["grad", "value_and_grad", "hvp", "hessian", "vjp", "jacobian"])
def test_a_certified_program_gives_the_entries_of_the_taylor_sweeps(
    operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, task, x, v, program = asked_of(operator, monkeypatch)
    asked = []

    def candidate() -> list[Any]:
        asked.append(1)
        return _run(program, [*x, *v], loose=False)

    with precision(BITS, order(task)):
        found = truth(problem, task, x, v, [candidate])
        expected = enclosures(problem, task, x, v)
        assert asked
        assert all(a.overlaps(b) and a.rad() <= 2.0**-100 for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("operator", ["grad", "hvp", "hessian", "vjp", "jacobian"])
@pytest.mark.parametrize("error", [1.0, 1e-12, 1e-30])
def test_one_wrong_entry_is_not_certified(operator: str, error: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program with one wrong entry of many is refused, and the sweeps give the truth."""
    problem, task, x, v, program = asked_of(operator, monkeypatch)
    with precision(BITS, order(task)):
        right = _run(program, [*x, *v], loose=False)
        wrong = [e + error if k == len(right) // 2 else e for k, e in enumerate(right)]
        found = truth(problem, task, x, v, [lambda: wrong])
        expected = enclosures(problem, task, x, v)
        assert all(a.overlaps(b) for a, b in zip(found, expected, strict=True))
        assert not found[len(right) // 2].overlaps(wrong[len(right) // 2])


def test_a_transposed_hessian_of_several_components_is_not_certified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two different directions: an error that is antisymmetric cannot hide either."""
    monkeypatch.setattr(reference, "WORTH_IT", 0)
    problem = flat_problem(layer)
    n = POINT.size
    task, x = Task("hessian", tuple(range(n))), tuple(POINT.ravel())
    program = program_of(problem, task)
    with precision(BITS, 2):
        right = _run(program, [*x], loose=False)
        wrong = list(right)
        wrong[1], wrong[n] = right[1] + 1, right[n] - 1
        found = truth(problem, task, x, (), [lambda: wrong])
        assert not found[1].overlaps(wrong[1])


def decimals(x):
    return np.sum(0.3 * x**2) + np.sum(np.sin(0.7 * x))


def slopes_of_decimals(x):
    return np.ravel(2.0 * (0.3 * x) + 0.7 * np.cos(0.7 * x))


def slopes_at_the_doubles_alone(x):
    """Right for 0.3 as the double that it is, and for no other number in the last place of it: 0.6 is a constant."""
    return np.ravel(0.6 * x + 0.7 * np.cos(0.7 * x))


def in_the_box(g: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], int, int]:
    """The gradient of `decimals` for all constants within their last places; how often the program was run, and how
    often there were Taylor sweeps for every entry."""
    monkeypatch.setattr(reference, "WORTH_IT", 0)
    sweeps, runs = [], []
    monkeypatch.setattr(reference, "enclosures", lambda *given: sweeps.append(1) or enclosures(*given))
    monkeypatch.setattr(stage1, "_run", lambda *given: runs.append(1) or _run(*given))
    problem, x = flat_problem(decimals), tuple(POINT.ravel())
    task, program = Task("grad", tuple(range(POINT.size))), Program(flat_problem(g).graph)
    with precision(BITS, 1):
        found = stage1._meant(problem, task, x, (), (), [program], None, stage1._rounded_const)
        for share in (-1.0, -0.4, 0.0, 0.7, 1.0):  # constants anywhere in the box
            truth = enclosures(problem, task, x, (), lambda v, s=share: balls.const(
                arb(v) + s * stage1._rounded_const(v).value.rad()))  # fmt: skip
            assert all(a.contains(b.mid()) for a, b in zip(found, truth, strict=True))
    return list(found), len(runs), len(sweeps)


def test_decimals_are_taken_from_a_program_that_is_certified_for_the_whole_box(monkeypatch: pytest.MonkeyPatch) -> None:
    found, runs, sweeps = in_the_box(slopes_of_decimals, monkeypatch)
    assert (runs, sweeps) == (2, 0)
    assert all(0 < f.rad() <= 2.0**-49 for f in found)


def test_a_program_right_for_the_doubles_alone_says_nothing_of_decimals(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, x = flat_problem(decimals), tuple(POINT.ravel())
    task, program = Task("grad", tuple(range(POINT.size))), Program(flat_problem(slopes_at_the_doubles_alone).graph)
    with precision(BITS, 1):
        assert reference._certified(problem, task, x, (), _run(program, x, loose=False), balls.const)
    found, runs, sweeps = in_the_box(slopes_at_the_doubles_alone, monkeypatch)
    assert (runs, sweeps) == (1, 1)
    assert all(0 < f.rad() <= 2.0**-49 for f in found)


def test_the_slack_of_the_vector_sweep_is_there() -> None:
    """Without it a product's own rounding could make the bound too small."""
    assert many_entries.SLACK >= 2.0**-52


def test_few_entries_at_once_give_what_all_at_once_give(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where many nodes are live the entries are taken in several turns."""
    task = Task("grad", tuple(range(POINT.size)))
    monkeypatch.setattr(rounding, "shared_steps", lambda *given: None)
    program, x = program_of(flat_problem(layer), task), tuple(POINT.ravel())
    whole = rounding.bounds(program, x)
    turns, swept = [], many_entries._swept
    monkeypatch.setattr(many_entries, "_swept", lambda *given: turns.append(len(given[2])) or swept(*given))
    monkeypatch.setattr(many_entries, "ROOM", 1)
    rounding.forget()
    assert [b.program for b in rounding.bounds(program, x)] == pytest.approx([b.program for b in whole], rel=1e-12)
    assert turns == [1] * POINT.size


@pytest.mark.parametrize("apart", [True, False])
def test_an_output_that_others_need_and_one_that_is_named_twice(apart: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """z is an entry itself and goes into another; its own weight of 1 is added to what comes back to it."""

    def f(x):
        z = np.exp(x)
        return np.concatenate([z, z, z * x])

    monkeypatch.setattr(rounding, "shared_steps", lambda *given: set() if apart else None)
    x = np.linspace(-1.0, 1.0, 10)
    program = Program(flat_problem(f, x).graph)
    with precision(rounding.BITS, order=1):
        each = rounding.Enclosure(program, tuple(x), widened=True)
        one_by_one = [each.bounds(o).program for o in program.graph.outputs]
        together = [b.program for b in each.all_bounds(program.graph.outputs)]
    assert len(together) == 30
    assert together == pytest.approx(one_by_one, rel=1e-6)


def swept_together(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries are swept all at once, call by call."""
    counts: list[int] = []
    sums = rounding.sums
    monkeypatch.setattr(rounding, "sums", lambda *given: counts.append(len(given[2])) or sums(*given))
    return counts


def test_entries_that_few_steps_lead_to_are_taken_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside one that all the others' arguments lead to: each has the bounds that all at once have."""

    def f(x):
        return np.concatenate([np.sin(x) * x, np.reshape(np.sum(np.exp(x)), (1,))])

    x = np.linspace(-1.0, 1.0, 300)
    program = Program(flat_problem(f, x).graph)
    together = swept_together(monkeypatch)
    found = rounding.bounds(program, tuple(x))
    assert not together
    monkeypatch.setattr(rounding, "shared_steps", lambda *given: None)
    rounding.forget()
    at_once = rounding.bounds(program, tuple(x))
    assert together == [301]
    assert [b.program for b in found] == pytest.approx([b.program for b in at_once], rel=1e-6)
    assert [b.magnitude for b in found] == pytest.approx([b.magnitude for b in at_once], rel=1e-6)


def test_what_the_constants_move_is_known_for_many_entries_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every entry of a softmax depends on all the others' exponentials, and on the constant in them."""

    def f(x):
        weights = np.exp(0.1 * x)
        return weights / np.sum(weights)

    x = np.linspace(-1.0, 1.0, 300)
    program = Program(flat_problem(f, x).graph)
    at_once = swept_together(monkeypatch)
    found = rounding.of_constants(program, tuple(x))
    assert at_once
    with precision(rounding.BITS, order=1):
        constants = rounding._Constants(program, tuple(x))
        each = [constants.bounds(o).program for o in program.graph.outputs]
    assert all(e > 0 for e in each)
    assert found == pytest.approx(each, rel=1e-6)
