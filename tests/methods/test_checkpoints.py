"""What is kept for the way back, and what is computed again: memory, and the same numbers."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.methods.tape import loops
from tests.methods.loops import DATA, recorded


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
