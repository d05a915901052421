"""A large JAX function in float32: compiled once, its rules judged in float64 all the same, and no runs that tell
nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.core import Tracer

from symdiff import crosscheck
from symdiff.crosscheck.large import noise, noise_floor
from symdiff.crosscheck.large.least import least
from symdiff.crosscheck.large.noise import Disturbed
from symdiff.crosscheck.large.noise_floor import Judged
from symdiff.crosscheck.large.own_slopes import Witness
from symdiff.inputs.code import from_code
from symdiff.methods import method
from symdiff.methods.base import Task
from symdiff.methods.disturbance import UNIT
from symdiff.methods.jax import arrays, opened
from symdiff.methods.jax.checked import Once

RNG = np.random.default_rng(0)
DATA = RNG.normal(size=(64, 48)).astype(np.float32)
W = (RNG.normal(size=(48, 40)) / 7.0).astype(np.float32)


def bent(slope: float) -> Callable[[Any], Any]:
    """tanh with a slope of somebody's own."""

    @jax.custom_jvp
    def f(z: Any) -> Any:
        return jnp.tanh(z)

    @f.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        y = jnp.tanh(primals[0])
        return y, slope * (1.0 - y * y) * tangents[0]

    return f


def loss(act: Callable[[Any], Any], w: Any) -> Any:
    return jnp.mean(act(DATA @ w) ** 2)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The dtype of everything of JAX's that is compiled as a whole."""
    seen: list[str] = []
    for of in (arrays.Traced, Once):
        real = of._compile
        monkeypatch.setattr(of, "_compile", lambda self, x, real=real: (seen.append(str(x[0].dtype)), real(self, x))[1])
    return seen


@pytest.mark.parametrize("methods", [None, ("jax",)])
def test_it_is_compiled_once(compiled: list[str], methods: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[bool] = []
    real = Disturbed.run
    monkeypatch.setattr(Disturbed, "run", lambda self, disturb: (runs.append(disturb), real(self, disturb))[1])
    report = crosscheck(lambda w: loss(jnp.tanh, w), W, methods=methods)
    assert report.ok
    assert compiled == ["float32"]
    assert runs == []  # nothing is further apart than the last step alone rounds


@pytest.mark.parametrize("slope", [1.0 + 1e-10, -1.0])
def test_a_wrong_rule_is_jaxs_also_where_float32_hides_it(slope: float, compiled: list[str]) -> None:
    report = crosscheck(lambda w: loss(bent(slope), w), W)
    assert {f.method for f in report.findings if f.verdict == "DIFFER"} == {"jax"}
    assert compiled == ["float32"]


def test_a_right_rule_of_somebodys_own_is_not_accused() -> None:
    assert crosscheck(lambda w: loss(bent(1.0), w), W).ok


def test_digits_that_xla_loses_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: what the compiled program gives, and no rule of it."""
    real = arrays.Traced.run

    def off(self: Any, leaves: Any, vectors: Any) -> list[np.ndarray]:
        found = real(self, leaves, vectors)
        found[0][3, 5] += np.float32(2e-5) * np.max(np.abs(found[0]))
        return found

    monkeypatch.setattr(arrays.Traced, "run", off)
    report = crosscheck(lambda w: loss(jnp.tanh, w), W)
    assert {f.method for f in report.findings if f.verdict == "DIFFER"} == {"jax"}


def test_what_cannot_be_read_is_compiled_in_float64(compiled: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "MOST", 0)
    report = crosscheck(lambda w: loss(bent(1.0 + 1e-10), w), W)
    assert {f.method for f in report.findings if f.verdict == "DIFFER"} == {"jax"}
    assert sorted(compiled) == ["float32", "float64"]


@pytest.mark.parametrize("off", [1e-9, -1e-13])
def test_a_function_that_is_another_one_when_it_is_traced_lights_r(off: float) -> None:
    """By a part in 1e13 still: what a complex step is not sure of, the function is asked once more."""

    def f(w: Any) -> Any:
        traced = isinstance(w, Tracer)
        return loss(jnp.tanh, w) * (1.0 if traced else 1.0 + off)

    assert crosscheck(f, W).lamps["R"].state == "red"


def judged(f: Callable[..., Any], x: np.ndarray) -> Judged:
    recording, leaves = from_code(f).recorded((x,), {}, 0)
    witness = Witness(recording.problem, leaves, np.random.default_rng(0))
    return Judged(recording.problem, Task("grad", (0,)), leaves, [], witness, 0, {})


def test_the_last_step_alone_is_a_part_of_the_noise() -> None:
    """The last step of the tape's program is the only one here that rounds: what is computed is what many runs find."""
    data = np.random.default_rng(1).normal(size=(30, 20))
    one = judged(lambda w: np.sum(data @ w), np.ones((20, 8)))
    (known,) = one.least
    assert known is not None
    runs = Disturbed(one.graph, one.leaves, 0).floor(one.tape, 200, smooth=False)[0]
    assert np.median(runs / (UNIT * known)) == pytest.approx(1.0, abs=0.2)
    deep = judged(lambda w: np.mean(np.tanh(np.tanh(data @ w) + 3.0 * w[:1])), 0.1 * np.ones((20, 8)))
    (known,) = deep.least
    runs = Disturbed(deep.graph, deep.leaves, 0).floor(deep.tape, 200, smooth=False)[0]
    assert known is not None
    assert np.all(UNIT * known <= 1.5 * runs)
    assert np.median(UNIT * known / runs) > 0.1


def test_what_is_no_sum_has_no_least() -> None:
    one = judged(lambda w: np.sum(np.exp(w)), np.ones((4, 3)))
    assert one.least == [None]
    assert least(one.graph, {}, one.graph.outputs[0]) is None


def test_the_rules_are_jaxs_own_arrays() -> None:
    """What is read of JAX's program is what JAX computes, and nobody else's derivative."""
    recording, leaves = from_code(lambda w: loss(bent(1.5), w)).recorded((W,), {}, 0)
    jaxs, task = method("jax"), Task("grad", (0,))
    read = jaxs.rules(recording.problem, task, leaves, [])
    run = jaxs.arrays(recording.problem.in_float64(), task, leaves, [])
    assert np.allclose(read[0], run[0], rtol=1e-12, atol=1e-15)
    tape = method("tape").arrays(recording.problem.in_float64(), task, leaves, [])
    assert np.allclose(read[0], 1.5 * tape[0], rtol=1e-12, atol=1e-15)
    assert noise_floor.FACTOR == noise.FACTOR
