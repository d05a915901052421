"""Loops recorded as one step: what they mean, that every way through them gives the same bits, and what is refused."""

from __future__ import annotations

import gc
import threading
import tracemalloc
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.inputs.code import from_code
from symdiff.methods.base import Task
from symdiff.methods.tape import arrays, kept, loops, program
from symdiff.methods.tape.arrays import swept
from symdiff.methods.tape.loops import Way
from symdiff.methods.tape.program import planned, same_bits
from symdiff.pytrees import flatten
from tests.faults import patched, pull_back
from tests.methods.loops import CASES, DATA, in_python, lstm, random_loop, rnn

EACH = pytest.mark.parametrize("name", CASES)
WITH_JAX = pytest.mark.parametrize("name", [name for name in CASES if name != "traps"])
INNER_SUMS_FIRST = {"nested"}  # the inner loop adds up its share of A before the outer one takes it


def recorded(f: Any, args: Sequence[Any]) -> tuple[Any, list[np.ndarray]]:
    recording, leaves = from_code(f).recorded(tuple(args), {}, tuple(range(len(args))))
    return recording.problem, leaves


def gradient_of(leaves: Sequence[Any]) -> Task:
    return Task("grad", tuple(range(len(leaves))))


def near(leaves: Sequence[np.ndarray], seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [np.asarray(v + 0.1 * rng.normal(size=np.shape(v))) for v in leaves]


def same(a: Sequence[Any], b: Sequence[Any]) -> bool:
    return len(a) == len(b) and all(map(same_bits, map(np.asarray, a), map(np.asarray, b)))


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
    assert program.program(problem, task) is None
    for _ in range(2):
        arrays.entries(problem, task, leaves, [])
    assert "loop_pulled" in program.program(problem, task).source


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

    threads = [threading.Thread(target=work) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
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


# -- checkpoints ---------------------------------------------------------------------------------------


def peak(f: Any, *args: Any) -> int:
    """The bytes that a gradient takes when its program has been written, what it holds between calls included."""
    tracemalloc.start()
    try:
        for _ in range(3):
            f(*args)
        gc.collect()
        tracemalloc.reset_peak()
        f(*args)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_memory_of_a_scan_grows_with_its_logarithm() -> None:
    size = 4000

    def of_length(n: int, keep: Any) -> Any:
        def f(w: Any, h: Any) -> Any:
            return np.sum(sd.scan(lambda h, _: (np.tanh(np.sin(h) * w + h), None), h, length=n, checkpoint=keep)[0])

        return sd.grad(f, wrt=(0, 1))

    args = np.linspace(0.1, 1.0, size), np.linspace(-1.0, 1.0, size)
    held = {(n, k): peak(of_length(n, k), *args) / (8 * size) for n in (16, 64, 256) for k in (False, True)}
    assert held[256, False] - held[64, False] > 192  # at least an array a step
    steps = [held[64, True] - held[16, True], held[256, True] - held[64, True]]
    assert max(steps) < 4.5  # two more halvings, an array each: the same for four times the steps
    assert held[256, True] < 40


@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 127])
def test_halving_goes_through_every_step_once_with_its_own_carry(length: int) -> None:
    body = recorded(lambda w: sd.scan(lambda c, _: (c + w, None), 0.0, length=length, checkpoint=True)[0], [1.0])[0]
    (loop,) = (dict(n.params)["loop"] for n in body.graph.nodes if n.op == "scan")
    turns = 0

    def forward(t: int, carry: list[Any]) -> list[Any]:
        nonlocal turns
        turns += 1
        assert carry == [t]
        return [t + 1]

    assert list(loops.backwards(loop, [0], forward)) == [(t, [t]) for t in range(length)][::-1]
    assert turns <= length * np.log2(2 * length) / 2


def test_a_checkpoint_keeps_its_arguments_only() -> None:
    def layer(w: Any, h: Any) -> Any:
        for _ in range(10):
            h = np.sin(h * w) + np.tanh(h)
        return h

    def of(layer: Any) -> Any:
        def f(w: Any, h: Any) -> Any:
            for _ in range(12):
                h = layer(w, h)
            return np.sum(h)

        return sd.grad(f, wrt=(0, 1))

    args = np.linspace(0.1, 1.0, 20_000), np.linspace(-1.0, 1.0, 20_000)
    plain, again = of(layer), of(sd.checkpoint(layer))
    assert peak(again, *args) < 0.25 * peak(plain, *args)
    (w, h), found = plain(*args), [again(*args) for _ in range(4)]
    assert all(np.array_equal(v, h) for _, v in found)
    assert all(np.array_equal(v, found[0][0]) for v, _ in found)
    assert np.allclose(found[0][0], w, 1e-13)  # a layer adds up its own share of w first


def test_a_checkpoint_takes_pytrees_names_and_what_is_around_it() -> None:
    @sd.checkpoint
    def f(p: Any, *, scale: float = 1.0) -> Any:
        return {"y": np.sin(p["a"]) * scale * outside, "z": (p["b"],)}

    outside = 3.0
    assert f({"a": 0.0, "b": 1.0}) == {"y": 0.0, "z": (1.0,)}

    def g(p: Any) -> Any:
        found = f(p, scale=2.0)
        return found["y"] * found["z"][0]

    one, two = (sd.grad(g, method=m)({"a": 0.5, "b": 2.0}) for m in ("tape", "jax"))
    assert one == pytest.approx({"a": 12.0 * np.cos(0.5), "b": 6.0 * np.sin(0.5)}, rel=1e-15)
    assert two == pytest.approx(one, rel=1e-15)


def a_checkpoint_in_a_scan(A: Any, h: Any) -> Any:
    cell = sd.checkpoint(lambda h, x: np.tanh(A @ h + x))
    return np.sum(sd.scan(lambda h, x: (cell(h, x), None), h, DATA, checkpoint=True)[0])


def a_scan_in_a_checkpoint(A: Any, h: Any) -> Any:
    def f(A: Any, h: Any) -> Any:
        return np.sum(sd.scan(lambda h, x: (np.tanh(A @ h + x), None), h, DATA)[0])

    return sd.checkpoint(f)(A, h)


def in_a_loop(A: Any, h: Any) -> Any:
    for x in DATA:
        h = np.tanh(A @ h + x)
    return np.sum(h)


@pytest.mark.parametrize("f", [a_checkpoint_in_a_scan, a_scan_in_a_checkpoint])
def test_loops_and_checkpoints_in_one_another(f: Any) -> None:
    A, h = (np.random.default_rng(4).normal(size=s) / 2.0 for s in ((3, 3), (3,)))
    gradient, wanted = sd.grad(f, wrt=(0, 1)), sd.grad(in_a_loop, wrt=(0, 1))(A, h)
    for _ in range(3):
        assert all(np.allclose(a, b, 1e-13) for a, b in zip(gradient(A, h), wanted, strict=True))
    twice = zip(sd.hvp(f, (A, h), (A, h)), sd.hvp(in_a_loop, (A, h), (A, h)), strict=True)
    assert all(np.allclose(a, b, 1e-12) for a, b in twice)
    assert sd.assert_agree(f, A, h, wrt=(0, 1))


# -- judged --------------------------------------------------------------------------------------------


@EACH
def test_a_scan_is_certified_step_by_step(name: str) -> None:
    make, args = CASES[name]
    methods = ("symbolic", "tape") if name == "traps" else None
    report = sd.assert_agree(make(sd.scan), *args, wrt=tuple(range(len(args))), methods=methods)
    assert {f.basis for f in report.findings} == {"certified"}
    assert all(lamp.state == "green" for lamp in report.lamps.values())


WIDTH, LONG = 14, 150  # more scalar steps than are looked at one by one


def long_rnn() -> Any:
    data = np.random.default_rng(1).normal(size=(LONG, WIDTH))

    def f(W: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            h = np.tanh(W @ h + x)
            return h, np.sum(h**2)

        return np.sum(sd.scan(step, np.zeros(WIDTH), data)[1])

    return f


LARGE = np.random.default_rng(2).normal(size=(WIDTH, WIDTH)) / 4.0


def test_a_long_one_is_judged_by_its_noise_and_symbolic_says_why_not() -> None:
    report = sd.crosscheck(long_rnn(), LARGE)
    verdicts = {f.method: str(f.verdict) for f in report.findings}
    assert verdicts == {"symbolic": "UNSUPPORTED", "tape": "AGREE", "jax": "AGREE"}
    assert "scalar steps" in str(report)
    assert report.ok


def without_carry(self: Way, *given: Any) -> Any:
    carry, along, totals = BACK(self, *given)
    return [v * 0.0 for v in carry], along, totals


def without_earlier_totals(self: Way, values: Any, carry: Any, given: Any, totals: Any, rules: Any) -> Any:
    return BACK(self, values, carry, given, [v * 0.0 for v in totals], rules)


def in_another_order(loop: Any, graph: Any, args: Any) -> Any:
    return [v[::-1] for v in CARRIES(loop, graph, args)]


BACK, CARRIES = Way.back, loops._carries
FAULTS = {
    "the carry dropped": lambda: patched(Way, "back", without_carry),
    "the last share only": lambda: patched(Way, "back", without_earlier_totals),
    "the order reversed": lambda: patched(loops, "_carries", in_another_order),
    "a wrong pull-back in the step": lambda: pull_back(
        "tanh", lambda rule: lambda ct, y, x: rule(ct, y, x) * (1.0 + 1e-9)
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("large", [False, True])
def test_a_planted_fault_is_seen(fault: str, large: bool) -> None:
    make, args = CASES["rnn"]
    f, given = (long_rnn(), (LARGE,)) if large else (make(sd.scan), args)
    loops._known.clear()  # what a healthy sweep has written down
    with FAULTS[fault]():
        report = sd.crosscheck(f, *given)
    loops._known.clear()
    guilty = {f.method for f in report.findings if str(f.verdict) == "DIFFER"}
    assert guilty == {"tape"}


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


# -- refused -------------------------------------------------------------------------------------------


def scan_of(kind: str, step: Any, init: Any, xs: Any, options: dict[str, Any]) -> None:
    """A scan of plain arrays, or of recorded ones."""
    first, tree = flatten(init)

    def f(w: Any) -> Any:
        carry, _ = sd.scan(step, tree.build([v * w for v in first]), xs, **options)
        return np.sum(flatten(carry)[0][0])

    f(1.0) if kind == "plain" else sd.grad(f)(1.0)


@pytest.mark.parametrize("kind", ["plain", "recorded"])
@pytest.mark.parametrize(
    ("step", "init", "xs", "options", "says"),
    [
        (lambda c, x: ((c, c), None), 1.0, DATA, {}, "as a number or an array and comes out as a tuple"),
        (lambda c, x: (x, None), 1.0, DATA, {}, r"carry of a scan goes into the step with shape \(\) and .* \(3,\)"),
        (lambda c, x: ({"h": c["h"][:2]}, None), {"h": np.ones(3)}, DATA, {}, r"carry\['h'\] .* shape \(3,\)"),
        (lambda c, x: c, 1.0, DATA, {}, "expected a pair"),
        (lambda c, x: (c, None), 1.0, (DATA, DATA[:2]), {}, r"different lengths: xs\[0\] says 6 and xs\[1\] says 2"),
        (lambda c, x: (c, None), 1.0, DATA, {"length": 3}, "different lengths: length says 3 and xs says 6"),
        (lambda c, x: (c, None), 1.0, DATA[:0], {}, "no steps"),
        (lambda c, x: (c, None), 1.0, None, {"length": 0}, "no steps"),
        (lambda c, x: (c, None), 1.0, None, {}, "say how many steps"),
        (lambda c, x: (c, None), 1.0, None, {"length": 2.5}, "length=2.5"),
        (lambda c, x: (c, None), 1.0, 2.0, {}, "xs is a number"),
        (lambda c, x: (c, None), 1.0, DATA, {"checkpoint": "all"}, "checkpoint='all'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(step: Any, init: Any, xs: Any, options: Any, says: str, kind: str) -> None:
    with pytest.raises(sd.InputError, match=says):
        scan_of(kind, step, init, xs, options)


def test_a_carry_that_changes_its_dtype_is_refused() -> None:
    with pytest.raises(sd.InputError, match="goes into the step as float32 and comes out as float64"):
        sd.scan(lambda c, x: (c + x, None), np.zeros(3, np.float32), DATA)


def test_steps_that_give_something_else_are_refused() -> None:
    with pytest.raises(sd.InputError, match="of other shapes than before"):
        sd.scan(lambda c, x: (c + 1, np.zeros(c)), 1, length=3)


@pytest.mark.parametrize("f", [
    lambda w: sd.scan(lambda c, _: (c * 2.0 if c > 1.0 else c * w, None), w, length=3)[0],
    sd.checkpoint(lambda c: c * 2.0 if c > 1.0 else c),
    lambda w: sd.scan(lambda c, x: (c + w * np.array([1.0, 2.0])[np.argmax(x * w)], None), w, DATA)[0],
])  # fmt: skip
def test_a_decision_in_a_step_is_never_frozen(f: Any) -> None:
    with pytest.raises(sd.UnsupportedError, match=r"test_loops.py, line \d+: a decision by a value .*np.where"):
        sd.grad(f)(0.5)


@pytest.mark.parametrize("f", [
    lambda w: np.abs(sd.scan(lambda c, _: (c * (1 + 1j) * w, None), 1.0, length=3)[0]),
    lambda w: np.abs(sd.scan(lambda c, _: (c * w, None), w + 1j, length=3)[0]),
    lambda w: np.sum(sd.scan(lambda c, x: (c + np.abs(w * x), None), w, np.array([1.0, 1j]))[0]),
])  # fmt: skip
def test_complex_values_are_refused_where_they_would_be_carried(f: Any) -> None:
    with pytest.raises(sd.UnsupportedError, match="their real and imaginary parts"):
        sd.grad(f)(2.0)


def test_values_of_another_recording_are_refused() -> None:
    kept_back: list[Any] = []
    sd.grad(lambda x: (kept_back.append(x), x * x)[1])(1.0)
    with pytest.raises(sd.InputError, match="another recording"):
        sd.grad(lambda x: sd.scan(lambda c, _: (c * kept_back[0], None), x, length=2)[0])(1.0)


def test_the_loops_in_python_are_what_they_are_compared_with() -> None:
    """Or the comparisons above would be about little."""
    make, args = CASES["lstm"]
    assert make is lstm
    assert rnn(in_python)(*CASES["rnn"][1]) == pytest.approx(rnn(sd.scan)(*CASES["rnn"][1]), rel=1e-14)
    assert make(in_python)(*args) == pytest.approx(make(sd.scan)(*args), rel=1e-14)
