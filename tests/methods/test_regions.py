"""Steps that run together are the reverse sweep, bit for bit: in chunks by NumPy, and as loops.

The loops are run here by Python itself, entry by entry, so that this needs no numba; test_fused_programs.py has them
compiled. The sizes are made small, so that small functions have chunks and segments enough.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.methods.base import Task
from symdiff.methods.tape import chunks, fused, regions
from symdiff.methods.tape.known import same_bits
from symdiff.methods.tape.program import planned
from symdiff.ops import TABLE
from tests.methods.functions import TRAPS, random_function, stencil
from tests.methods.test_tape_arrays import Array, agree, draw, nobody_elses, poison, recorded, swept

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LONG": 2, "FEW": 0, "WORK": 2, "CHUNK": 5, "VECTOR": 2}.items():
        monkeypatch.setattr(chunks, name, value)


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops as Python runs them."""
    monkeypatch.setattr(fused, "numba", lambda: SimpleNamespace(njit=lambda **options: lambda f: f))
    monkeypatch.setattr(fused, "SMALL", 1)


def gate(f: Callable[..., Any], args: list[Array], points: list[list[Array]], fuse: bool, task: str = "grad") -> str:
    """The program at all of these points against the sweep; its source."""
    recording, leaves = recorded(f, args)
    problem, asked = recording.problem, Task(task, tuple(range(len(args))), fuse)
    plan = planned(problem, asked, leaves, [])
    for point in [leaves, *points]:
        before = [v.tobytes() for v in point]
        poison(problem.graph)
        found = plan(point)
        if found is None:  # a rule decided otherwise; never where it was written
            assert point is not leaves
            continue
        agree(found, swept(problem, asked, point, []))
        assert [v.tobytes() for v in point] == before
        nobody_elses(found, point)
    return plan.source


def random_gate(seed: int, rng: np.random.Generator, fuse: bool) -> str:
    f, shapes = random_function(seed)
    args = draw(rng, shapes)
    points = [draw(rng, shapes), [v * 1e200 for v in args], [args[0].copy()] + [v * 1e-200 for v in args[1:]]]
    if len(shapes) == 2 and shapes[0] == shapes[1]:
        points.append([args[0], args[0]])  # one array twice
    return gate(f, args, points, fuse, "value_and_grad" if seed % 2 else "grad")


@pytest.mark.parametrize("seed", range(120))
def test_a_random_program_in_chunks(seed: int, rng: np.random.Generator, small_chunks: None) -> None:
    random_gate(seed, rng, fuse=False)


@pytest.mark.parametrize("seed", range(120))
def test_a_random_program_in_loops(seed: int, rng: np.random.Generator, interpreted: None) -> None:
    random_gate(seed, rng, fuse=True)


@pytest.mark.parametrize("seed", range(120))
def test_a_random_program_in_loops_in_chunks(
    seed: int, rng: np.random.Generator, interpreted: None, small_chunks: None
) -> None:
    random_gate(seed, rng, fuse=True)


@pytest.mark.parametrize("seed", range(80))
def test_slices_of_slices_in_chunks(seed: int, rng: np.random.Generator, small_chunks: None) -> None:
    f, shape = stencil(seed)
    gate(f, draw(rng, [shape]), [draw(rng, [shape]) for _ in range(2)], False, "value_and_grad" if seed % 2 else "grad")


@pytest.mark.parametrize("seed", range(80))
def test_slices_of_slices_in_loops(seed: int, rng: np.random.Generator, interpreted: None) -> None:
    f, shape = stencil(seed)
    gate(f, draw(rng, [shape]), [draw(rng, [shape]) for _ in range(2)], True, "value_and_grad" if seed % 2 else "grad")


@pytest.mark.parametrize("seed", range(80))
def test_slices_of_slices_in_loops_in_chunks(
    seed: int, rng: np.random.Generator, interpreted: None, small_chunks: None
) -> None:
    f, shape = stencil(seed)
    gate(f, draw(rng, [shape]), [draw(rng, [shape]) for _ in range(2)], True, "value_and_grad" if seed % 2 else "grad")


@pytest.mark.parametrize("name", TRAPS)
def test_layouts_and_views_in_chunks(name: str, rng: np.random.Generator, small_chunks: None) -> None:
    gate(TRAPS[name], [rng.normal(size=(9, 9))], [[np.round(rng.normal(size=(9, 9)), 1)]], fuse=False)


@pytest.mark.parametrize("name", TRAPS)
def test_layouts_and_views_in_loops(name: str, rng: np.random.Generator, interpreted: None) -> None:
    gate(TRAPS[name], [rng.normal(size=(9, 9))], [[np.round(rng.normal(size=(9, 9)), 1)]], fuse=True)


def test_the_gates_reach_what_regions_do(rng: np.random.Generator, small_chunks: None, interpreted: None) -> None:
    """Or they would be about little."""
    in_chunks, in_loops = "", ""
    for seed in range(40):
        f, shape = stencil(seed)
        x = draw(rng, [shape])
        in_chunks += gate(f, x, [], fuse=False) + random_gate(seed, rng, fuse=False)
        in_loops += gate(f, x, [], fuse=True) + random_gate(seed, rng, fuse=True)
    assert in_chunks.count("for j0 in") > 100
    assert in_chunks.count("for j0, j1") > 20  # rows further on
    assert len(re.findall(r"^    u\d+ = s\d+\[[1-9]", in_chunks, re.MULTILINE)) > 10  # and scraps of them
    assert len(re.findall(r"\(s\d+, (s\d+), \1\)", in_chunks)) > 5  # written over an argument
    assert in_loops.count("def loop_") > 200
    assert len(re.findall(r"^            loop_\d+\(", in_loops, re.MULTILINE)) > 50  # in chunks
    assert len(re.findall(r"\[i0 - \d", in_loops)) > 50
    assert in_loops.count("for i2 in") > 10
    assert in_loops.count(", 0]") > 10  # repeated along an axis
    assert len(re.findall(r"^ +t\d+ = (a\d+)\[(.*)\]\n(?:.*\n)*? +\1\[\2\] = ", in_loops, re.MULTILINE)) > 20


@pytest.mark.parametrize("fuse", [False, True])
def test_a_planted_fault_is_seen(
    fuse: bool, rng: np.random.Generator, small_chunks: None, interpreted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that are one off: the gate is red, and a user is answered by the sweep."""
    x = rng.normal(size=30)

    def f(x: Any) -> Any:
        return np.sum((x[2:-1] - x[1:-2] ** 2) ** 2)

    right = sd.grad(f)(x)
    gate(f, [x], [], fuse)
    monkeypatch.setattr(regions, "first_row", lambda r, i: 1)
    with pytest.raises(AssertionError):
        gate(f, [x], [], fuse)
    gradient = sd.grad(f, fuse=fuse)
    for _ in range(4):
        assert gradient(x).tobytes() == right.tobytes()


# -- NumPy's functions do not look at where an entry stands -----------------------------------------------

UFUNCS = sorted(r.name for r in TABLE.values() if r.elementwise and isinstance(r.forward, np.ufunc))
SPECIAL = [0.0, -0.0, 1.0, -1.0, 1e-310, 1e300, -1e300, 19.0, -800.0, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", UFUNCS)
def test_a_call_on_a_part_gives_that_part(name: str, dtype: Any, rng: np.random.Generator) -> None:
    """Vector kernels have their own code for what is left over at the end, and places in memory of their own."""
    f = TABLE[name].forward
    n = 3 * chunks.VECTOR + 17
    args = [rng.normal(size=n) * 10.0 ** rng.uniform(-3, 3, n) for _ in range(f.nin)]
    for k, a in enumerate(args):
        a[rng.integers(n, size=24)] = np.roll(np.tile(SPECIAL, 2), k)
    args = [a > 0 if "conditions" in TABLE[name].examples else a.astype(dtype) for a in args]
    whole = np.asarray(f(*args))
    for start, stop in [(0, 64), (64, 128), (1, 65), (3, 131), (7, 8), (5, n), (n - 1, n), (64, 129)]:
        part = np.empty(stop - start, whole.dtype)
        f(*[a[start:stop] for a in args], out=part)
        assert same_bits(part, whole[start:stop]), (start, stop)


# -- sizes as they are ------------------------------------------------------------------------------------


def bowl(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def ridge(x: Any) -> Any:
    return np.sum(np.tanh(x * 1.25 + 0.5) * np.exp(-x * x) + np.sin(x))


@pytest.mark.parametrize("f", [bowl, ridge])
@pytest.mark.parametrize("n", [262_143, 262_144, 200_003])
def test_a_long_array_is_run_in_chunks(f: Callable[..., Any], n: int, rng: np.random.Generator) -> None:
    source = gate(f, [rng.normal(size=n)], [[rng.normal(size=n) * 3.0]], fuse=False)
    assert "for j0" in source
    assert f"empty(({n - 1},)" not in source


def test_a_matrix_is_run_by_rows(rng: np.random.Generator) -> None:
    x, b = rng.normal(size=(1200, 300)), rng.normal(size=300)
    source = gate(lambda x, b: np.sum(np.tanh(x * b + 1.0) * np.exp(-x) * x[:, :1]), [x, b], [], fuse=False)
    assert "for j0" in source
    assert "empty((64, 300)" in source


def test_a_short_array_is_run_as_it_is(rng: np.random.Generator) -> None:
    assert "for j0" not in gate(bowl, [rng.normal(size=60_000)], [], fuse=False)


def test_float32_stays_float32(rng: np.random.Generator, interpreted: None) -> None:
    x = rng.normal(size=70_000).astype(np.float32)
    for g in (sd.grad(bowl), sd.grad(bowl, fuse=True)):
        first = g(x[:300]), g(x)
        for _ in range(2):
            again = g(x[:300]), g(x)
            assert all(a.dtype == np.float32 and same_bits(a, b) for a, b in zip(again, first, strict=True))


def test_every_operator_takes_it(rng: np.random.Generator, interpreted: None) -> None:
    """And says the same as without."""
    x, v = rng.normal(size=12), rng.normal(size=12)

    def of(fuse: bool) -> list[Any]:
        return [
            sd.grad(bowl, fuse=fuse)(x), sd.value_and_grad(bowl, fuse=fuse)(x)[1], sd.jacobian(np.sin, fuse=fuse)(x),
            sd.hessian(bowl, fuse=fuse)(x), sd.jvp(bowl, (x,), (v,), fuse=fuse)[1],
            sd.hvp(bowl, (x,), (v,), fuse=fuse), sd.vjp(bowl, x, fuse=fuse)[1](2.0)[0],
        ]  # fmt: skip

    for a, b in zip(of(True), of(False), strict=True):
        assert np.array_equal(a, b)
    assert sd.grad("x*y", fuse=True)(2.0, 3.0) == (3.0, 2.0)


def test_products_are_fused_too(rng: np.random.Generator, interpreted: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Hessian's program is that of one product."""
    written: list[int] = []
    real = fused.Loops.write
    monkeypatch.setattr(fused.Loops, "write", lambda self, *a: (written.append(1), real(self, *a))[1])
    hessian, x = sd.hessian(bowl, fuse=True), rng.normal(size=30)
    first = hessian(x)
    for _ in range(3):
        assert np.array_equal(hessian(x), first)
    assert written


def test_without_numba_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(sd.InputError, match=r"symdiff-toolkit\[fast\]"):
        sd.grad(bowl, fuse=True)
    with pytest.raises(sd.InputError, match="'jax' has no program"):
        sd.grad(bowl, method="jax", fuse=True)


def test_a_long_run_of_steps_is_several_loops(rng: np.random.Generator, interpreted: None) -> None:
    def f(x: Any) -> Any:
        for _ in range(300):
            x = x * 0.75 + 0.5
        return np.sum(x * x)

    source = gate(f, [rng.normal(size=5)], [], fuse=True, task="value_and_grad")
    assert source.count("def loop_") > 2


def test_ties_of_zeros_are_numpys() -> None:
    """Which zero a loop takes is asked of NumPy; where that has two answers, there is no loop."""

    def both_ways(a: Any, b: Any) -> Any:
        return np.where(np.arange(np.broadcast(a, b).size) % 2, a, b)

    for f in (np.maximum, np.minimum):
        which = fused._which(f)
        if which is not None:
            first, second = np.zeros(64), -np.zeros(64)
            assert same_bits(f(first, second), first if which else second)
    assert fused._which(both_ways) is None

