"""Jacobians, Hessians and products with vectors as programs: the recorded derivative bit for bit, as few as needed."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.inputs import code
from symdiff.inputs.code import from_code
from symdiff.methods.base import Task
from symdiff.methods.tape import arrays, products, sparsity
from symdiff.methods.tape.arrays import recorded
from symdiff.methods.tape.known import same_bits
from symdiff.methods.tape.products import products_of
from symdiff.methods.tape.program import planned
from symdiff.methods.tape.sparsity import dependencies, interactions
from symdiff.scalars import to_scalars
from tests.methods.functions import TRAPS, random_function

Array = np.ndarray


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def draw(rng: np.random.Generator, shapes: Any) -> list[Array]:
    values = [np.array(rng.normal(size=s)) for s in shapes]
    for v in values:
        v[rng.random(v.shape) < 0.1] = rng.choice([0.0, -0.0, 1.0])
    return values


# -- products with vectors ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(100))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_product_is_the_recorded_one_bit_for_bit(seed: int, rng: np.random.Generator) -> None:
    f, shapes = random_function(seed)
    recording, leaves = from_code(f).recorded(tuple(draw(rng, shapes)), {}, tuple(range(len(shapes))))
    problem = recording.problem
    for operator in ("jvp", "hvp"):
        task, direction = Task(operator, tuple(range(len(leaves)))), draw(rng, shapes)
        plan = planned(problem, task, leaves, direction)
        for point in (leaves, draw(rng, shapes), draw(rng, shapes)):
            vector = draw(rng, shapes)
            found = plan([*point, *vector])
            if found is None:
                assert point is not leaves or not problem.holds(point)
                continue
            for a, b in zip(found, recorded(problem, task, point, vector), strict=True):
                assert same_bits(a, b), plan.source


@pytest.mark.parametrize("name", TRAPS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_traps(name: str, rng: np.random.Generator) -> None:
    x, v = rng.normal(size=(2, 9, 9))
    recording, leaves = from_code(TRAPS[name]).recorded((x,), {}, 0)
    task = Task("hvp", (0,))
    plan = planned(recording.problem, task, leaves, [v])
    for point in (leaves, [rng.normal(size=(9, 9))]):
        found = plan([*point, v])
        assert found is not None
        assert same_bits(found[0], recorded(recording.problem, task, point, [v])[0])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_whether_a_slope_is_finite_is_asked_at_every_point_anew() -> None:
    """sqrt behind a where: the recorded product decides it where it is recorded, the program everywhere."""
    f = from_code(lambda x: np.sum(np.where(x > 0.0, np.sqrt(np.abs(x)) * x, x * x)))
    points = [np.array(x) for x in ([1.0, 4.0], [0.0, 4.0], [-1.0, 0.0], [2.0, 3.0])]
    recording, leaves = f.recorded((points[0],), {}, 0)
    task, vector = Task("hvp", (0,)), [np.array([1.0, -2.0])]
    plan = planned(recording.problem, task, leaves, vector)
    for x in points:
        found = plan([x, *vector])
        assert found is not None
        assert same_bits(found[0], recorded(recording.problem, task, [x], vector)[0])


def test_the_third_product_is_the_programs(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    calls: list[int] = []
    monkeypatch.setattr(arrays, "recorded", lambda *a: (calls.append(1), recorded(*a))[1])
    f, x = sd.function(rosenbrock), rng.normal(size=6)
    for k in range(5):
        sd.hvp(f, (x + k,), (np.ones(6),))
        assert len(calls) == min(k + 1, 2)


# -- patterns ----------------------------------------------------------------------------------------


def banded(x: Any) -> Any:
    return np.sin(x[1:-1]) * x[2:] - x[:-2] ** 2


CASES: dict[str, tuple[Callable[..., Any], int, int]] = {
    "tridiagonal": (rosenbrock, 30, 3),
    "diagonal": (lambda x: np.sum(np.exp(x) * x), 30, 1),
    "linear": (lambda x: np.sum(3.0 * x) / 7.0, 30, 1),
    "pairs": (lambda x: np.sum(x[::2] * x[1::2]), 30, 1),
    "quotients": (lambda x: np.sum(x[::2] / x[1::2]), 30, 2),
    "arrow": (lambda x: np.sum(x[1:] ** 2) * x[0], 12, 12),
    "full": (lambda x: np.sum(x) ** 2, 12, 12),
    "where": (lambda x: np.sum(np.where(x > 0.0, x * x, np.roll(x, 1))), 24, 1),
}


@pytest.mark.parametrize("name", CASES)
def test_a_hessian_takes_as_few_products_as_its_pattern_allows(name: str, rng: np.random.Generator) -> None:
    f, n, most = CASES[name]
    x = rng.normal(size=n)
    recording, leaves = from_code(f).recorded((x,), {}, 0)
    assert len(products_of(recording.problem, Task("hessian", (0,)), leaves).vectors) == most
    found = sd.hessian(f)(x)
    one_by_one = np.array([sd.hvp(f, (x,), (e,)) for e in np.eye(n)]).T
    assert same_bits(found, one_by_one)


def test_a_jacobian_goes_the_cheaper_way(rng: np.random.Generator) -> None:
    x = rng.normal(size=30)
    for f, operator, most in (
        (banded, "vjp", 3), (lambda v: v * np.sum(v), "vjp", 30), (lambda v: np.outer(v[:3], v[:3]).ravel(), "jvp", 3),
        (np.exp, "vjp", 1),
    ):  # fmt: skip
        recording, leaves = from_code(f).recorded((x,), {}, 0)
        way = products_of(recording.problem, Task("jacobian", (0,)), leaves)
        assert (way.once.operator, len(way.vectors) <= most) == (operator, True)
        found, jaxs = sd.jacobian(f)(x), sd.jacobian(f, method="jax")(x)
        assert found == pytest.approx(np.asarray(jaxs), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_entry_of_a_random_hessian_is_lost(seed: int, rng: np.random.Generator, monkeypatch: Any) -> None:
    f, shapes = random_function(seed, 7)
    args = tuple(draw(rng, shapes))
    wrt = tuple(range(len(shapes)))
    for operator in (sd.hessian, sd.jacobian):
        found = sd.pytrees.flatten(operator(f, wrt=wrt)(*args))[0]
        with monkeypatch.context() as patch:
            patch.setattr(sparsity, "FEWEST", 10**9)
            wanted = sd.pytrees.flatten(operator(f, wrt=wrt)(*args))[0]
        for a, b in zip(map(np.asarray, found), map(np.asarray, wanted), strict=True):
            number = np.isfinite(b)  # a column by itself may be nan where the pattern knows a zero
            assert np.array_equal(a[number], b[number])
            assert np.all(np.isnan(a[~number]) | (a[~number] == 0.0) | (a[~number] == b[~number]))


def test_a_pattern_that_misses_an_entry_is_seen(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    """Planted: products are taken for linear. The comparison above goes red on it."""
    monkeypatch.setattr(sparsity, "LINEAR", sparsity.LINEAR | {"integer_power", "mul"})
    x = rng.normal(size=30)
    assert not same_bits(sd.hessian(rosenbrock)(x), np.array([sd.hvp(rosenbrock, (x,), (e,)) for e in np.eye(30)]).T)


def test_dependencies_and_interactions_of_a_small_graph() -> None:
    recording, leaves = from_code(lambda x: (x[0] * x[1] + x[2]) / x[3] + np.sin(x[4])).recorded((np.ones(5),), {}, 0)
    graph = to_scalars(recording.problem.graph, leaves)
    assert dependencies(graph)[graph.outputs[0]] == 0b11111
    assert [format(m, "05b") for m in interactions(graph)] == ["01010", "01001", "01000", "01111", "10000"]


def test_what_looks_at_numbers_is_asked_column_by_column(rng: np.random.Generator) -> None:
    """The scalar steps of a solve depend on the point: no pattern is read off them."""
    a = rng.normal(size=(4, 4)) + 4.0 * np.eye(4)
    recording, leaves = from_code(lambda m: np.linalg.solve(m, np.ones(4))).recorded((a,), {}, 0)
    assert products_of(recording.problem, Task("jacobian", (0,)), leaves).groups is None


def test_a_matrix_is_the_programs_from_the_third_call_on(rng: np.random.Generator, monkeypatch: Any) -> None:
    calls: list[int] = []
    real = products.products_of
    monkeypatch.setattr(products, "products_of", lambda *a: (calls.append(1), real(*a))[1])
    gradient, points = sd.hessian(rosenbrock), rng.normal(size=(5, 12))
    found = [gradient(x) for x in points]
    assert len(calls) < 3
    for h, x in zip(found, points, strict=True):
        assert same_bits(h, sd.hessian(rosenbrock)(x))


def test_products_of_a_kept_function_go_straight_to_the_program(rng: np.random.Generator, monkeypatch: Any) -> None:
    long_way: list[int] = []
    real = code.Code.recorded
    monkeypatch.setattr(code.Code, "recorded", lambda self, *a, **k: (long_way.append(1), real(self, *a, **k))[1])
    f = sd.function(lambda p, s: np.sum(np.exp(p["a"]) * p["b"]) * s)
    point, moved = ({"a": rng.normal(size=3), "b": rng.normal(size=3)}, 2.0), ({"a": np.ones(3), "b": np.ones(3)}, 0.5)
    found = [sd.hvp(f, point, moved) for _ in range(6)]
    assert len(long_way) == 2
    for again in found:
        for k in "ab":
            assert same_bits(again[0][k], found[0][0][k])
        assert again[1] == found[0][1]
    with pytest.raises(sd.InputError, match="nan"):
        sd.hvp(f, point, ({"a": np.full(3, np.nan), "b": np.ones(3)}, 0.5))
    with pytest.raises(sd.InputError):
        sd.hvp(f, point, moved[:1])
    with pytest.raises(sd.InputError, match="expected a sequence"):
        sd.hvp(f, point, np.ones(2))


@pytest.mark.parametrize("operator", [sd.grad, sd.hessian, sd.jacobian, sd.value_and_grad])
def test_nothing_is_kept_of_a_function_that_is_gone(operator: Any, rng: np.random.Generator) -> None:
    """Whatever is remembered of a recording goes with it: plans, patterns, products, JAX's programs but a few."""
    kept = code.Code._record
    graphs: list[weakref.ref[Any]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code.Code, "_record", lambda *a: noted(kept(*a), graphs))
        derivative, x = operator(lambda v: np.sum(np.exp(v) * v[::-1])), rng.normal(size=12)
        for _ in range(4):
            derivative(x)
    del derivative
    gc.collect()
    assert graphs
    assert [g() for g in graphs] == [None] * len(graphs)


def noted(recording: Any, graphs: list[Any]) -> Any:
    graphs.append(weakref.ref(recording.problem.graph))
    return recording
