"""Loops recorded as one step: what they mean, and that every way through them gives the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.methods.base import Task
from symdiff.methods.tape import arrays, kept, known
from symdiff.methods.tape.arrays import swept
from symdiff.methods.tape.program import planned
from symdiff.pytrees import flatten
from tests.faults import patched
from tests.methods.functions import in_two_threads
from tests.methods.loops import CASES, DATA, gradient_of, in_python, lstm, near, random_loop, recorded, rnn, same

EACH = pytest.mark.parametrize("name", CASES)
WITH_JAX = pytest.mark.parametrize("name", [name for name in CASES if name != "traps"])
INNER_SUMS_FIRST = {"nested"}  # the inner loop adds up its share of A before the outer one takes it


# -- meaning -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reverse", [False, True])
def test_a_scan_of_plain_arrays_is_jaxs(reverse: bool) -> None:
    import jax

    def step(carry: Any, x: Any) -> Any:
        a, b = carry["a"], carry["b"]
        return {"a": b * x[0], "b": a + x[1]["k"]}, (a, [b * 2.0], None)

    init = {"a": np.array([1.0, -2.0]), "b": np.array([0.5, 0.25])}
    xs = (np.arange(4.0), {"k": np.linspace(-1.0, 1.0, 8).reshape(4, 2)})
    with jax.enable_x64(True):
        wanted, tree = flatten(jax.tree.map(np.asarray, jax.lax.scan(step, init, xs, reverse=reverse)))
    found, structure = flatten(sd.scan(step, init, xs, reverse=reverse))
    assert structure == tree
    assert all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))
    recorded_too = sd.value(lambda p: sd.scan(step, p, xs, reverse=reverse), method="tape")(init)
    assert all(np.array_equal(a, b) for a, b in zip(flatten(recorded_too)[0], wanted, strict=True))


def test_a_scan_without_xs_counts() -> None:
    assert sd.scan(lambda c, x: (c * 2.0, x), 1.0, length=5) == (32.0, None)
    assert sd.grad(lambda w: sd.scan(lambda c, _: (c * w, None), 1.0, length=5)[0])(2.0) == 80.0


def test_the_loop_is_one_op_and_the_program_does_not_grow() -> None:
    def with_steps(n: int) -> Any:
        return lambda w: np.sum(sd.scan(lambda h, x: (np.tanh(h * w + x), None), np.zeros(3), np.ones((n, 3)))[0])

    lengths = []
    for n in (3, 300):
        problem, leaves = recorded(with_steps(n), [np.ones(3)])
        assert [node.op for node in problem.graph.nodes].count("scan") == 1
        lengths.append(len(planned(problem, gradient_of(leaves), leaves, []).source.splitlines()))
    assert lengths[0] == lengths[1] < 100


def test_the_same_loop_twice_is_one_node_and_another_is_another() -> None:
    def f(w: Any) -> Any:
        found = [sd.scan(lambda c, _: (np.sin(c) * w, None), 0.5, length=n)[0] for n in (3, 3, 4)]
        return sum(found)

    problem, _ = recorded(f, [1.5])
    assert [node.op for node in problem.graph.nodes].count("scan") == 2


def test_what_depends_on_outside_alone_is_computed_outside_once() -> None:
    problem, _ = recorded(lambda w: sd.scan(lambda c, _: (c * np.exp(w), None), 1.0, length=3)[0], [0.5])
    assert [n.op for n in problem.graph.nodes].count("exp") == 1


def test_weights_alone_may_be_recorded() -> None:
    def f(w: Any) -> Any:
        return np.sum(sd.scan(lambda c, x: (c + x * w, None), np.zeros(3), DATA)[0])

    assert np.allclose(sd.grad(f)(2.0), np.sum(DATA))


def test_solutions_and_determinants_in_a_step() -> None:
    """Ops whose scalar steps depend on the numbers: pivots are looked for in every step anew."""

    def kalman(q: Any) -> Any:
        def step(state: Any, z: Any) -> Any:
            m, P = state
            P = P + q * np.eye(2)
            K = np.linalg.solve(P + np.eye(2), P)
            m, P = m + K @ (z - m), P - K @ P
            return (m, P), np.sum((z - m) ** 2) + np.linalg.slogdet(P + np.eye(2))[1]

        return np.sum(sd.scan(step, (np.zeros(2), np.eye(2)), DATA[:, :2])[1])

    assert sd.assert_agree(kalman, 0.5)
    problem, leaves = recorded(kalman, [0.5])
    assert problem.scalars(leaves) is not problem.scalars([leaves[0] * 2.0])


def test_what_a_step_gives_may_be_plain_and_conditions_are_numbers() -> None:
    def f(w: Any) -> Any:
        c, (ones, large) = sd.scan(lambda c, _: (c * w, (1.0, c > 3.0)), 1.0, length=4)
        return c + np.sum(ones) * w + np.sum(np.where(large, w * w, 0.0))

    for method in ("tape", "tape", "tape", "jax", "symbolic"):
        assert sd.grad(f, method=method)(2.0) == 4.0 * 8.0 + 4.0 + 2.0 * 4.0


def test_a_value_of_outside_that_is_a_condition_or_an_index() -> None:
    def f(x: Any) -> Any:
        positive, largest = x > 0.0, np.argmax(x)

        def step(c: Any, _: Any) -> Any:
            return np.where(positive, c * x, c) + x[largest], None

        return np.sum(sd.scan(step, x, length=3)[0])

    def g(x: Any) -> Any:
        c = x
        for _ in range(3):
            c = np.where(x > 0.0, c * x, c) + x[np.argmax(x)]
        return np.sum(c)

    for x in (np.array([0.5, -1.5, 2.0]), np.array([2.5, -1.5, 0.5])):
        assert np.array_equal(sd.grad(f)(x), sd.grad(g)(x))


# -- the same bits, every way --------------------------------------------------------------------------


@EACH
def test_the_sweep_of_a_scan_is_the_sweep_of_the_loop_in_python(name: str) -> None:
    make, args = CASES[name]
    (problem, leaves), (unrolled, _) = recorded(make(sd.scan), args), recorded(make(in_python), args)
    assert len(problem.graph.nodes) < len(unrolled.graph.nodes)
    task = gradient_of(leaves)
    found, wanted = swept(problem, task, leaves, []), swept(unrolled, task, leaves, [])
    if name in INNER_SUMS_FIRST:
        assert all(np.allclose(a, b, 1e-13) for a, b in zip(found, wanted, strict=True))
    else:
        assert all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))  # but for the sign of a zero


@EACH
@pytest.mark.parametrize("keep", [False, True])
def test_the_program_is_the_sweep_bit_for_bit(name: str, keep: bool) -> None:
    make, args = CASES[name]
    f = make(lambda *a, **k: sd.scan(*a, **k, checkpoint=keep))
    problem, leaves = recorded(f, args)
    for operator, vector in (("grad", []), ("value_and_grad", []), ("vjp", [np.array(-0.75)])):
        task = Task(operator, tuple(range(len(leaves))))
        plan = planned(problem, task, leaves, vector)
        for k in range(4):
            point = near(leaves, k) if k else leaves
            assert problem.holds(point)
            before = [v.tobytes() for v in point]
            found = plan([*point, *vector])
            assert found is not None
            assert same(found, swept(problem, task, point, vector))
            assert [v.tobytes() for v in point] == before


@pytest.mark.parametrize("seed", range(80))
def test_a_random_loop_is_the_same_every_way(seed: int) -> None:
    rng = np.random.default_rng([seed, 2])
    args = [rng.normal(size=s) for s in ((3,), (3, 3), (3,))]
    problem, leaves = recorded(random_loop(seed)(sd.scan), args)
    unrolled, _ = recorded(random_loop(seed)(in_python), args)
    few, _ = recorded(random_loop(seed)(lambda *a, **k: sd.scan(*a, **k, checkpoint=True)), args)
    task = gradient_of(leaves)
    plans = [planned(p, task, leaves, []) for p in (problem, few)]
    for point in (leaves, near(leaves, 1), [leaves[0], leaves[1] * 3.0, leaves[0]]):  # one array twice, too
        wanted = swept(problem, task, point, [])
        for plan in plans:
            found = plan(point)  # None where a branch outside of the loop is another one: never where it was written
            assert same(found, wanted) if found is not None else point is not leaves
        assert same(swept(few, task, point, []), wanted)
        for a, b in zip(wanted, swept(unrolled, task, point, []), strict=True):
            assert np.allclose(a, b, 1e-9, 1e-9 * np.max(np.abs(b)))


@EACH
def test_products_with_vectors_are_programs_of_loops(name: str) -> None:
    make, args = CASES[name]
    problem, leaves = recorded(make(sd.scan), args)
    rng = np.random.default_rng(5)
    for operator in ("jvp", "hvp"):
        task = Task(operator, tuple(range(len(leaves))))
        vector = [np.asarray(rng.normal(size=v.shape)) for v in leaves]
        plan = planned(problem, task, leaves, vector)
        for k in range(3):
            point = near(leaves, k) if k else leaves
            assert same(plan([*point, *vector]), arrays.recorded(problem, task, point, vector))


@EACH
def test_the_program_is_what_answers_from_the_third_time_on(name: str) -> None:
    make, args = CASES[name]
    problem, leaves = recorded(make(sd.scan), args)
    task = gradient_of(leaves)
    assert known.program(problem, task) is None
    for _ in range(2):
        arrays.entries(problem, task, leaves, [])
    assert "loop_pulled" in known.program(problem, task).source


@EACH
def test_what_is_kept_does_not_change_a_bit(name: str) -> None:
    make, args = CASES[name]
    every = tuple(range(len(args)))
    found = [
        [sd.grad(make(lambda *a, k=keep, **o: sd.scan(*a, **o, checkpoint=k)), wrt=every)(*args) for _ in range(3)]
        for keep in (False, "log")
    ]
    for some in (*found[0], *found[1]):
        assert same(flatten(some)[0], flatten(found[0][0])[0])


def test_two_threads_do_not_meet() -> None:
    make, args = CASES["lstm"]
    gradient = sd.grad(make(sd.scan))
    points = [(args[0] * (1.0 + 0.01 * k), args[1]) for k in range(60)]
    wanted = [gradient(*p) for p in points]
    wrong: list[int] = []

    def work() -> None:
        for k, p in enumerate(points):
            if not np.array_equal(gradient(*p), wanted[k]):
                wrong.append(k)

    in_two_threads(work)
    assert not wrong


@WITH_JAX
def test_the_derivatives_are_jaxs(name: str) -> None:
    make, args = CASES[name]
    f, rng = make(sd.scan), np.random.default_rng(3)
    every = tuple(range(len(args)))
    direction = tuple(rng.normal(size=np.shape(a)) for a in args)
    for found in zip(
        *[
            flatten((
                sd.grad(f, wrt=every, method=m)(*args), sd.jvp(f, args, direction, method=m),
                sd.hvp(f, args, direction, method=m), sd.hessian(f, wrt=every, method=m)(*args),
            ))[0]
            for m in ("tape", "jax")
        ],
        strict=True,
    ):  # fmt: skip
        assert np.allclose(*found, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["rnn", "lstm", "scanned"])
def test_float32_stays_float32(name: str) -> None:
    make, args = CASES[name]
    narrow = tuple(np.asarray(a, np.float32) for a in args)
    every = tuple(range(len(args)))
    f = make(sd.scan)
    found = [flatten(sd.grad(f, wrt=every)(*narrow))[0] for _ in range(4)]
    assert all(v.dtype == np.float32 for v in found[0])
    assert all(same(found[0], again) for again in found)
    wide = flatten(sd.grad(f, wrt=every)(*map(np.float64, narrow)))[0]
    theirs = flatten(sd.grad(f, wrt=every, method="jax")(*narrow))[0]
    for a, b, c in zip(found[0], wide, theirs, strict=True):
        assert c.dtype == np.float32
        assert np.allclose(a, b, 1e-4, 1e-5)
        assert np.allclose(c, b, 1e-4, 1e-5)


def test_a_program_with_a_fault_is_not_used() -> None:
    """What it finds is held against the sweep before anybody gets it."""
    make, args = CASES["lstm"]
    healthy = sd.grad(make(sd.scan))(*args)
    there = kept.There.of
    with patched(kept.There, "of", lambda *a: turned_around(there(*a))):
        gradient = sd.grad(make(sd.scan))
        assert all(np.array_equal(gradient(*args), healthy) for _ in range(4))
        problem, leaves = recorded(make(sd.scan), args)
        found = planned(problem, gradient_of(leaves), leaves, [])(leaves)
        assert not np.array_equal(found[0], healthy)


def turned_around(there: Any) -> Any:
    return kept.There(there.forward, there.back, there.carry, there.inputs[::-1], there.results)


def test_the_loops_in_python_are_what_they_are_compared_with() -> None:
    """Or the comparisons above would be about little."""
    make, args = CASES["lstm"]
    assert make is lstm
    assert rnn(in_python)(*CASES["rnn"][1]) == pytest.approx(rnn(sd.scan)(*CASES["rnn"][1]), rel=1e-14)
    assert make(in_python)(*args) == pytest.approx(make(sd.scan)(*args), rel=1e-14)
