"""Loops as numba compiles them: the bits of the reverse sweep, whatever the processor's vector units are used for.

What a loop says is tested without numba in test_regions.py; here, that the compiler keeps to it: no reassociation,
no fused multiply-adds, NumPy's zeros and nans.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff import straightline
from symdiff.methods.base import Task
from symdiff.methods.tape import fused, program
from symdiff.methods.tape.known import same_bits
from symdiff.methods.tape.program import planned
from tests.methods.functions import stencil
from tests.methods.test_regions import SPECIAL, bowl, gate, random_gate, recorded
from tests.methods.test_tape_arrays import bits, wrong_in_two_threads

pytest.importorskip("numba")
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_function_of_a_loop_is_numpys(dtype: Any, rng: np.random.Generator) -> None:
    """On special values and on random ones, at lengths that vector units cut differently."""
    n = 24 * 24 + 1001
    a, b = (rng.normal(size=n) * 10.0 ** rng.uniform(-30, 30, n) for _ in range(2))
    a[:576], b[:576] = np.tile(SPECIAL + [2.5] * 12, 24), np.repeat(SPECIAL + [-0.5] * 12, 24)
    a, b = a.astype(dtype), b.astype(dtype)
    constants = {"one": dtype(1), "minus": dtype(-1), "zero": dtype(0), "half": dtype(0.5)}
    constants |= {"sqrt": np.sqrt, "abs": abs, "range": range}
    compiled = fused.numba().njit(error_model="numpy", nogil=True)
    for f in [*fused.WRITTEN, *fused.TIES]:
        text = fused.text_of(f, False)
        if text is None:
            continue
        of_three = {"chosen": [a > 0, a, b], "where": [a > 0, a, b], "to_the_larger": [a, b, np.roll(b, 1)]}
        args = of_three.get(f.__name__) or [a, b][: f.nin]
        source = "def loop(v0, v1, v2, v3):\n    for i in range(v3.size):\n        v3[i] = " + text.format(
            *[f"v{k}[i]" for k in range(len(args))]
        )
        wanted = np.asarray(f(*args))
        found = np.empty_like(wanted)
        compiled(straightline.function(source + "\n", "loop", constants))(*args, *[a] * (3 - len(args)), found)
        assert same_bits(found, wanted), f


def test_nothing_is_contracted_or_reordered(rng: np.random.Generator) -> None:
    """a b + c in one rounding, or sums taken in another order, are seen in every third entry."""
    x, y = rng.normal(size=4001), rng.normal(size=4001)

    def f(x: Any, y: Any) -> Any:
        return np.sum((x * y + x) * (y * y - x) + (((x + 1e3) + y) - 1e3) * (x / 3.0))

    source = gate(f, [x, y], [[y, x], [x, x]], fuse=True)
    assert "loop_1(" in source
    assert source.startswith("# 1 loop, compiled by numba in ")


@pytest.mark.parametrize("seed", range(8))
def test_a_random_program(seed: int, rng: np.random.Generator) -> None:
    random_gate(seed, rng, fuse=True)


@pytest.mark.parametrize("seed", range(6))
def test_slices_of_slices(seed: int, rng: np.random.Generator) -> None:
    f, shape = stencil(seed)
    gate(f, [rng.normal(size=shape)], [[rng.normal(size=shape)]], fuse=True)


def test_two_threads_do_not_meet(rng: np.random.Generator) -> None:
    assert not wrong_in_two_threads(rng, 12, fuse=True)


def test_arguments_that_are_one_another_or_an_earlier_answer(rng: np.random.Generator) -> None:
    def f(x: Any, y: Any) -> Any:
        return np.sum((x * y + y) * (x - y) * x)

    gradient, x = sd.grad(f, fuse=True, wrt=(0, 1)), rng.normal(size=(6, 6))
    for _ in range(3):
        gradient(x, x + 1)
    fixed = x.copy()
    fixed.flags.writeable = False
    for a, b in [(x, x), (x.T, x), (x[::-1], x), (np.asfortranarray(x), x), (fixed, x)]:
        wanted = sd.grad(f, wrt=(0, 1))(a.copy(), b.copy())
        assert bits(gradient(a, b)) == bits(wanted)
    first = gradient(x, x)
    kept = [g.copy() for g in first]
    gradient(*gradient(*first))
    assert all(map(np.array_equal, first, kept))


def test_the_third_call_is_in_loops_and_says_so(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    gradient, x = sd.grad(bowl, fuse=True), rng.normal(size=3000)
    wanted = sd.grad(bowl)(x)
    for _ in range(3):
        assert gradient(x).tobytes() == wanted.tobytes()
    recording, _ = recorded(bowl, [x])
    assert "loop_1(" in planned(recording.problem, Task("grad", (0,), True), [x], []).source
    monkeypatch.setattr(program, "planned", lambda *a: pytest.fail("compiled again"))
    assert gradient(x + 1.0).tobytes() == sd.grad(bowl)(x + 1.0).tobytes()


def test_a_planted_reassociation_is_not_used(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fastmath the compiler may do as it likes: what comes out is not the sweep, and the sweep answers."""
    real = fused.numba()

    class Careless:
        @staticmethod
        def njit(**options: Any) -> Any:
            return real.njit(fastmath=True, **options)

    x = rng.normal(size=1000)
    right = sd.grad(bowl)(x)
    monkeypatch.setattr(fused, "numba", Careless)
    with pytest.raises(AssertionError):
        gate(bowl, [x], [], fuse=True)
    gradient = sd.grad(bowl, fuse=True)
    for _ in range(4):
        assert gradient(x).tobytes() == right.tobytes()
