"""The program of a gradient is the reverse sweep, bit for bit, whatever is done to it.

Random functions of arrays, every row of the table, memory full of nan, two threads, arguments that are one
another, decisions that come out otherwise: each answer is compared with `sweep`, which is written to be read.
"""

from __future__ import annotations

import gc
import itertools
import operator as python_operator
import re
import tracemalloc
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.graph import Graph
from symdiff.inputs.code import Recording, from_code
from symdiff.inputs.recorded import record
from symdiff.methods.base import Task
from symdiff.methods.tape import arrays, kernels, known, reading
from symdiff.methods.tape.arrays import swept
from symdiff.methods.tape.known import same_bits
from symdiff.methods.tape.plan import Plan
from symdiff.methods.tape.program import planned
from symdiff.ops import TABLE, Lacking
from tests.methods.functions import TRAPS, draw, in_two_threads, random_function

PROGRAMS = 150
Array = np.ndarray


def recorded(f: Callable[..., Any], args: Sequence[Array], wrt: Any = None) -> tuple[Recording, list[Array]]:
    wrt = tuple(range(len(args))) if wrt is None else wrt
    return from_code(f).recorded(tuple(args), {}, wrt)


def task_of(operator: str, leaves: Sequence[Array]) -> Task:
    return Task(operator, tuple(range(len(leaves))))


def poison(graph: Graph) -> None:
    """Whatever memory is taken next holds nan."""
    for _ in range(3):
        _ = [np.full(n.shape, np.nan) for n in graph.nodes]


def agree(found: Sequence[Array] | None, wanted: Sequence[Array]) -> None:
    assert found is not None
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        assert isinstance(a, np.ndarray)
        assert same_bits(a, b), (a, b)


def nobody_elses(found: Sequence[Array], others: Sequence[Array]) -> None:
    for a, b in itertools.combinations([*found, *others], 2):
        if any(a is v for v in found):
            assert not np.shares_memory(a, b)
    assert all(a.flags.writeable for a in found)


@pytest.mark.parametrize("seed", range(PROGRAMS))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_random_program_is_the_sweep_bit_for_bit(seed: int, rng: np.random.Generator) -> None:
    f, shapes = random_function(seed)
    args = draw(rng, shapes)
    recording, leaves = recorded(f, args)
    problem = recording.problem
    for operator in ("grad", "value_and_grad", "vjp"):
        task, vector = task_of(operator, leaves), [np.array(-0.75)] if operator == "vjp" else []
        compiled = planned(problem, task, leaves, vector)
        for point in (leaves, draw(rng, shapes), draw(rng, shapes), [v * 1e200 for v in leaves]):
            before = [v.tobytes() for v in point]
            poison(problem.graph)
            found = compiled([*point, *vector])
            if found is None:  # a rule decided otherwise; never where it was written
                assert point is not leaves
                continue
            agree(found, swept(problem, task, point, vector))
            assert [v.tobytes() for v in point] == before
            nobody_elses(found, point)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_random_programs_reach_what_a_plan_does() -> None:
    """Or the test above would be about little: steps written over arguments, views, steps left out."""
    rng, over, views, left_out, reused, ready = np.random.default_rng(0), 0, 0, 0, 0, 0
    ops = set()
    for seed in range(PROGRAMS):
        f, shapes = random_function(seed)
        recording, leaves = recorded(f, draw(rng, shapes))
        compiled = planned(recording.problem, task_of("grad", leaves), leaves, [])
        over += len(re.findall(r"\(.*\b(v\d+)\b.*, (?:out=)?\1\)", compiled.source))
        reused += len(re.findall(r"^    v\d+ = v\d+$", compiled.source, re.MULTILINE))
        ready += len(re.findall(r"^    v\d+ = v\d+[.\[]", compiled.source, re.MULTILINE))
        nodes = [recording.problem.graph.nodes[i] for i in recording.problem.graph.live()]
        ops |= {n.op for n in nodes}
        views += sum(n.op in ("reshape", "transpose", "getitem", "broadcast_to") for n in nodes)
        left_out += sum(n.op == "broadcast_to" for n in nodes)
    assert over > 500
    assert reused > 200
    assert ready > 100
    assert views > 200
    assert left_out > 5
    assert len(ops) > 25


@pytest.mark.parametrize("name", TRAPS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_layouts_and_views_in_which_a_plan_could_be_caught(name: str, rng: np.random.Generator) -> None:
    for k in range(8):
        x = np.round(rng.normal(size=(9, 9)), 1 if k % 2 else 20)
        recording, leaves = recorded(TRAPS[name], [x])
        task = task_of("value_and_grad", leaves)
        compiled = planned(recording.problem, task, leaves, [])
        for point in (leaves, [rng.normal(size=(9, 9))]):
            poison(recording.problem.graph)
            agree(compiled(point), swept(recording.problem, task, point, []))


# -- every row ---------------------------------------------------------------------------------------

SPECIAL = np.array([0.0, -0.0, 0.3, -0.7, 1.0, -1.0, 2.5, 19.0, -30.0, 400.0, -800.0, 1e-310, 1e300, -1e300])
ELEMENTWISE = [row.name for row in TABLE.values() if row.elementwise and row.arity and not row.boolean]


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.filterwarnings("ignore:.*_hyp0f1_asy:pytest.PytestUnraisableExceptionWarning")  # SciPy divides by 0
def test_every_elementwise_row_alone_and_behind_a_where(name: str) -> None:
    row = TABLE[name]
    for params in itertools.product(*[[(p, v) for v in row.examples[p]] for p in row.params]):
        conditions = row.examples.get("conditions", ())
        columns = [np.resize(np.roll(SPECIAL, 3 * k), (2, 14)) for k in range(row.arity)]
        if name == "hyp1f1":  # SciPy's never ends at 1e20
            columns = [np.clip(c, -1e10, 1e10) for c in columns]
        lacking = [k for k, rule in enumerate(row.vjp) if isinstance(rule, Lacking)]  # no derivative by these, and
        held = {k: np.linspace(0.5, 3.0 + k, 28).reshape(2, 14) for k in lacking}  # SciPy counts to their size

        def f(*given: Any, inside: bool, params: Any = params, conditions: Any = conditions, held: Any = held) -> Any:
            left = iter(given)
            xs = [held[k] if k in held else next(left) for k in range(len(held) + len(given))]
            args = [x > 0.0 if k in conditions else x for k, x in enumerate(xs)]
            x, y = given[0], record(given[0].graph, name, tuple(args), params)
            return np.sum(np.where(x > 0.5, y, 3.0 * x)) if inside else np.sum(y * (x - 0.25))

        for inside in (False, True):
            moving = tuple(c for k, c in enumerate(columns) if k not in held)
            recording, leaves = from_code(f).recorded(moving, {"inside": inside}, tuple(range(len(moving))))
            compiled = planned(recording.problem, task_of("grad", leaves), leaves, [])
            for point in (leaves, [np.roll(v, 5) for v in leaves]):
                agree(compiled(point), swept(recording.problem, task_of("grad", leaves), point, []))


def test_tanh_is_pulled_back_as_its_row_says() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([SPECIAL, rng.normal(size=500) * 10.0 ** rng.uniform(-3, 3, 500), np.linspace(350, 380, 300),
                        [np.inf, -np.inf, np.nan]])  # fmt: skip
    ct = np.concatenate([rng.normal(size=len(x) - 3), [1.0, np.inf, 0.0]])
    with np.errstate(all="ignore"):
        y = np.tanh(x)
        assert same_bits(kernels.tanh_pulled_back(ct, y, x), TABLE["tanh"].vjp[0](ct, y, x))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_is_chosen_by_its_bits_is_what_where_chooses(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    for n in (5, 4096, 5000):
        with np.errstate(over="ignore"):
            special = np.array([*SPECIAL, np.nan, -np.nan, np.inf]).astype(dtype)
        a, b = (np.resize(rng.permutation(special), n) for _ in range(2))
        c = rng.random(n) < 0.5
        for other in (b, dtype(0.0), dtype(-0.0), dtype(2.5), 0.0, 1.0):
            found, wanted = kernels.chosen(c, a, other), np.where(c, a, other).astype(dtype)
            assert found.dtype == dtype
            assert found.tobytes() == wanted.tobytes()
        for one, two in ((a, b), (b, a), (a, a), (a, np.roll(a, 1)), (np.abs(a) + 1, np.zeros(()))):
            with np.errstate(all="ignore"):
                found, wanted = kernels.to_the_larger(b, one, two), TABLE["max"].vjp[0](b, None, one, two)
            assert found.tobytes() == wanted.astype(dtype).tobytes()


# -- through the front door --------------------------------------------------------------------------


def bowl(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def net(params: Any, x: Any, t: Any) -> Any:
    for layer in params[:-1]:
        x = np.tanh(x @ layer["W"] + layer["b"])
    z = x @ params[-1]["W"] + params[-1]["b"]
    return np.mean(np.log(np.sum(np.exp(z), 1)) - np.sum(z * t, 1))


def of_a_net(rng: np.random.Generator) -> tuple[list[dict[str, Array]], Array, Array]:
    sizes = [2, 16, 16, 2]
    params = [{"W": rng.normal(size=(a, b)), "b": rng.normal(size=b)} for a, b in itertools.pairwise(sizes)]
    return params, rng.normal(size=(32, 2)), np.eye(2)[rng.integers(0, 2, 32)]


def swept_by(f: Callable[..., Any], *args: Any) -> Any:
    """The gradient by the first argument from a recording of its own: nothing remembered."""
    recording, leaves = from_code(f).recorded(args, {}, 0)
    return recording.like_arguments(swept(recording.problem, task_of("grad", leaves), leaves, []))


def bits(tree: Any) -> list[bytes]:
    return [np.asarray(v).tobytes() for v in sd.pytrees.flatten(tree)[0]]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often the sweep itself was run."""
    calls: list[int] = []
    monkeypatch.setattr(arrays, "swept", lambda *a: (calls.append(1), swept(*a))[1])
    return calls


def test_the_third_call_is_the_programs(counted: list[int], rng: np.random.Generator) -> None:
    gradient, x = sd.grad(bowl), rng.normal(size=7)
    for k in range(6):
        assert bits(gradient(x + k)) == bits(swept_by(bowl, x + k))
        assert len(counted) == min(k + 1, 2)


def test_a_pytree_of_parameters(counted: list[int], rng: np.random.Generator) -> None:
    params, x, t = of_a_net(rng)
    gradient, both = sd.grad(net), sd.value_and_grad(net)
    for _ in range(4):
        params = [{k: v + 0.1 for k, v in layer.items()} for layer in params]
        wanted = swept_by(net, params, x, t)
        found = gradient(params, x, t)
        assert [list(layer) for layer in found] == [["W", "b"]] * 3
        assert bits(found) == bits(wanted) == bits(both(params, x, t)[1])
        assert both(params, x, t)[0] == pytest.approx(net(params, x, t), rel=1e-13)
    assert len(counted) == 4


def test_what_stands_still_is_compared_as_it_was(rng: np.random.Generator) -> None:
    """The caller writes into an array that is not differentiated by: the answer is of the new numbers."""
    params, x, t = of_a_net(rng)
    gradient = sd.grad(net)
    for _ in range(3):
        gradient(params, x, t)
    x *= 2.0
    assert bits(gradient(params, x, t)) == bits(swept_by(net, params, x, t))
    t[:] = t[::-1].copy()
    for _ in range(3):
        assert bits(gradient(params, x, t)) == bits(swept_by(net, params, x, t))


def test_arguments_by_name_are_compared_too() -> None:
    gradient = sd.grad(lambda x, *, scale=1.0, power=2: np.sum(scale * x**power))
    x = np.array([1.0, 2.0])
    for _ in range(4):
        assert gradient(x, scale=3.0).tolist() == [6.0, 12.0]
        assert gradient(x, scale=5.0).tolist() == [10.0, 20.0]
        assert gradient(x).tolist() == [2.0, 4.0]
        assert gradient(x, power=3, scale=1.0).tolist() == [3.0, 12.0]
        assert gradient(x, power=1).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("wrt", [0, 1, (0, 1), (1, 0), ["y", 0]])
def test_what_is_asked_for_stays_the_same(wrt: Any, rng: np.random.Generator) -> None:
    gradient = sd.grad(lambda x, y: np.sum(x * x * y), wrt=wrt)
    x, y = rng.normal(size=3), rng.normal(size=3)
    first = gradient(x, y)
    for _ in range(3):
        again = gradient(x, y)
        assert type(again) is type(first)
        assert bits(again) == bits(first)


def test_other_shapes_and_structures_are_other_functions() -> None:
    gradient = sd.grad(lambda p: sum(np.sum(v * v) for v in (p.values() if isinstance(p, dict) else p)))
    a, b = np.arange(3.0), np.ones((2, 2))
    for _ in range(4):
        assert gradient([a])[0].tolist() == [0, 2, 4]
        assert [v.tolist() for v in gradient((a, b))] == [[0, 2, 4], [[2, 2], [2, 2]]]
        assert sorted(gradient({"v": b, "u": a})) == ["u", "v"]
        assert gradient([2.0, a])[0] == 4.0
        assert isinstance(gradient([2.0, a])[0], float)
        assert gradient([np.float64(3.0)]) == [6.0]
        assert gradient([np.arange(3)])[0].tolist() == [0, 2, 4]  # integers, each time by the long way
        with pytest.raises(sd.InputError, match="nan"):
            gradient([np.array([1.0, np.nan, 0.0])])
        with pytest.raises(sd.InputError, match="inf"):
            gradient([np.array([1.0, np.inf, -np.inf])])
    assert gradient([np.full(3, 1e300)])[0].tolist() == [2e300] * 3  # finite, though its square is not


def test_decisions_that_flip(counted: list[int]) -> None:
    def f(x: Any) -> Any:
        y = x
        while np.sum(y * y) > 1.0:
            y = y * 0.5
        return np.sum(y[y > -0.1] ** 3) if x[0] > 0 else np.sum(np.sin(y))

    gradient, rng = sd.grad(f), np.random.default_rng(5)
    for _ in range(60):
        x = rng.normal(size=3) * rng.choice([0.1, 1.0, 3.0])
        assert bits(gradient(x)) == bits(swept_by(f, x))
    assert len(counted) < 40


def test_an_argument_that_is_another_or_a_view_or_an_earlier_answer(rng: np.random.Generator) -> None:
    def f(x: Any, y: Any) -> Any:
        return np.sum(np.exp(x) * y + y * y * x)

    gradient, x = sd.grad(f, wrt=(0, 1)), rng.normal(size=(6, 6))
    for _ in range(3):
        gradient(x, x + 1)
    kept = x.copy()
    for a, b in [(x, x), (x.T, x), (x[::-1], x), (np.asfortranarray(x), x), (np.repeat(x, 2, 0)[::2], x.T)]:
        wanted = [g.tobytes() for g in gradient(a.copy("C"), b.copy("C"))]
        found = gradient(a, b)
        assert [g.tobytes() for g in found] == wanted
        nobody_elses(found, [x])
    assert np.array_equal(x, kept)
    first = gradient(x, x)
    copies = [g.copy() for g in first]
    second = gradient(*first)
    again = [g.copy() for g in second]
    gradient(*second)
    assert all(map(np.array_equal, first, copies))
    assert all(map(np.array_equal, second, again))


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: np.sum(x + y), lambda x, y: np.sum(np.exp(x + y)), lambda x, y: np.sum(x),
        lambda x, y: 3.0 + 0.0 * np.sum(x), lambda x, y: np.sum(x) + np.sum(y.T), lambda x, y: np.sum(x.T * np.exp(y)),
    ],
    ids=["ones for both", "one array for both", "not used", "times zero", "views", "a view"],
)
def test_answers_are_the_callers_own(f: Callable[..., Any], rng: np.random.Generator) -> None:
    gradient, x = sd.grad(f, wrt=(0, 1)), rng.normal(size=(3, 3))
    answers: list[Array] = [g for _ in range(4) for g in gradient(x, x)]
    nobody_elses(answers, [x])
    kept = [g.copy() for g in answers]
    for g in answers[:2]:
        np.add(g, 1.0, out=g)
    assert all(map(np.array_equal, gradient(x, x), kept[:2]))


def wrong_in_two_threads(rng: np.random.Generator, count: int, **options: Any) -> list[int]:
    """The points at which a gradient of two threads at once is not the sweep's, of a net or of a long array."""
    params, x, t = of_a_net(rng)
    gradient, steep = sd.grad(net, **options), sd.grad(bowl, **options)
    points = [[{k: v + s for k, v in layer.items()} for layer in params] for s in np.linspace(0, 1, count)]
    lines = [rng.normal(size=5000) for _ in points]
    wanted = [(bits(swept_by(net, p, x, t)), bits(swept_by(bowl, v))) for p, v in zip(points, lines, strict=True)]
    wrong: list[int] = []

    def work() -> None:
        for k in [*range(count), *range(count - 1, -1, -1)] * 3:
            if (bits(gradient(points[k], x, t)), bits(steep(lines[k]))) != wanted[k]:
                wrong.append(k)  # noqa: PERF401 -- while the other thread does, too

    in_two_threads(work)
    return wrong


def test_two_threads_do_not_meet(rng: np.random.Generator) -> None:
    assert not wrong_in_two_threads(rng, 25)


# -- what is kept ------------------------------------------------------------------------------------


def test_a_program_that_is_not_the_sweep_is_not_used(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    """Planted: a step that computes something else than its row."""
    monkeypatch.setitem(reading.UFUNCS, python_operator.mul, np.hypot)
    f, x = lambda v: np.sum(v * v[::-1]), rng.normal(size=5)
    gradient = sd.grad(f)
    for _ in range(4):
        assert bits(gradient(x)) == bits(swept_by(f, x))


def test_a_program_goes_with_its_function() -> None:
    gradient = sd.grad(bowl)
    for _ in range(3):
        gradient(np.arange(4.0))
    graphs = [weakref.ref(g) for g in known._programs]
    del gradient
    gc.collect()
    assert any(g() is None for g in graphs)


def test_a_long_chain_of_arrays_needs_no_recursion_and_linear_memory() -> None:
    def f(x: Any) -> Any:
        for _ in range(33_333):
            x = np.sin(x * 1.0001 + 0.1)
        return np.sum(x)

    found = sd.grad(f)(np.array([0.3, 0.4]))
    assert np.isfinite(found).all()


def test_a_sweep_keeps_little_more_than_the_intermediates() -> None:
    n = 100_000
    x = np.random.default_rng(0).uniform(-1, 1, n)
    gradient = sd.grad(bowl)
    for _ in range(3):
        gradient(x)
    recording, leaves = from_code(bowl).recorded((x,), {}, 0)
    nodes = recording.problem.graph.nodes
    stored = sum(8 * int(np.prod(nodes[i].shape)) for i in recording.problem.graph.live()
                 if nodes[i].op not in ("input", "const", "getitem"))  # fmt: skip
    tracemalloc.start()
    gradient(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 1.3 * stored
    assert isinstance(known.program(recording.problem, task_of("grad", leaves)), Plan | None)
