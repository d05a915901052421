"""Constants that a JAX function computes in float32 while it is called in float64: JAX rounds them one way when it runs
the function step by step and another when it compiles what is around them, and neither is a fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.core import Tracer

from symdiff import crosscheck
from symdiff.inputs.code import from_code
from symdiff.methods import method

RNG = np.random.default_rng(0)
FEW, MANY = (jnp.asarray(RNG.uniform(0.1, 2.0, n), jnp.float32) for n in (5, 100))
X = np.array([1.7])
CONSTANTS: dict[str, Callable[[], Any]] = {
    "softplus": lambda: jax.nn.softplus(FEW),
    "mean": lambda: jnp.mean(FEW),
    "sum": lambda: jnp.sum(FEW),
    "compiled": lambda: jax.jit(lambda c: c * c * c + 0.7 * c + 1 / c)(MANY),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_they_are_no_fault(name: str) -> None:
    report = crosscheck(lambda x: jnp.sum(x * CONSTANTS[name]()), X)
    assert {k: lamp.state for k, lamp in report.lamps.items()} == dict.fromkeys("VDRB", "green")
    assert {str(f.verdict) for f in report.findings} == {"AGREE"}


def test_nor_in_a_large_function() -> None:
    """Its data are made one number after another of float32: by a mean and a deviation."""
    data = jnp.asarray(RNG.normal(3.0, 2.0, (64, 40)), jnp.float32)
    scaled = jax.jit(lambda d: (d - jnp.mean(d, 0)) / jnp.std(d, 0))

    def loss(w: Any) -> Any:
        return jnp.mean(jnp.tanh(scaled(data) @ w) ** 2)

    for dtype in (np.float64, np.float32):
        assert crosscheck(loss, (RNG.normal(size=(40, 40)) / 7.0).astype(dtype)).ok


@pytest.mark.parametrize("off", [1e-5, -1e-4])
def test_a_function_that_is_another_one_when_it_is_traced_still_lights_r(off: float) -> None:
    def f(x: Any) -> Any:
        return jnp.sum(x * jnp.sum(FEW)) * (1.0 if isinstance(x, Tracer) else 1.0 + off)

    assert crosscheck(f, X).lamps["R"].state == "red"


def test_without_them_r_sees_what_float64_shows() -> None:
    """Constants of float32 that nothing is computed of are what they are."""

    def f(x: Any) -> Any:
        return jnp.sum(x * FEW) * (1.0 if isinstance(x, Tracer) else 1.0 + 1e-12)

    assert crosscheck(f, X).lamps["R"].state == "red"


def test_a_wrong_claim_is_accused() -> None:
    def f(x: Any) -> Any:
        return jnp.sum(x**2 * jax.nn.softplus(FEW))

    right = np.sum(np.asarray(jax.nn.softplus(FEW), float))
    for factor, said in ((2.0, "AGREE"), (2.0 * (1 + 1e-4), "DIFFER"), (-2.0, "DIFFER")):
        for methods in (None, ("tape",)):
            report = crosscheck(f, X, claimed=lambda x, factor=factor: factor * right * x, methods=methods)
            assert {str(f.verdict) for f in report.findings if f.method == "claimed"} == {said}


def test_a_wrong_rule_does_not_pass() -> None:
    @jax.custom_jvp
    def square(x: Any) -> Any:
        return x**2

    square.defjvp(lambda p, t: (p[0] ** 2, 2.0001 * p[0] * t[0]))
    report = crosscheck(lambda x: jnp.sum(square(x) * jnp.mean(FEW)), X)
    assert not report.ok
    assert "AGREE" not in {str(f.verdict) for f in report.findings if f.method == "jax"}


def test_how_much_is_their_own_rounding() -> None:
    recording, leaves = from_code(lambda x: jnp.sum(x * jnp.mean(FEW))).recorded((X,), {}, 0)
    (moved,) = method("jax").of_constants(recording.problem, leaves)  # type: ignore[attr-defined]  # only JAX's has it
    size = 2.0**-24 * abs(float(recording.problem.evaluate(leaves)[0]))
    assert 0.3 * size < float(moved) < 10.0 * size
    recording, leaves = from_code(lambda x: jnp.sum(x * FEW)).recorded((X,), {}, 0)
    assert method("jax").of_constants(recording.problem, leaves)[0] == 0.0  # type: ignore[attr-defined]  # only JAX's has it
