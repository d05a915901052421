"""A claim that computes with JAX is called with 64 bits and opened by its jaxpr: its rule is judged, not its digits."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.claimed import claimed_arrays, claimed_jax
from symdiff.crosscheck.verdict import Verdict
from symdiff.methods.jax import reading

RNG = np.random.default_rng(3)
X, Y, W = RNG.normal(size=(5, 3)), RNG.normal(size=5), RNG.normal(size=3)
WRONG = {(Verdict.DIFFER, "the rule is wrong")}
RIGHT = {(Verdict.AGREE, "")}
HAIR = 1 + 1e-12  # below what stage 2 could tell of anything longer than a few steps


def ridge(w: Any, x: Any, y: Any) -> Any:
    return np.mean((x @ w - y) ** 2) + 0.5 * np.sum(w**2)


def jax_ridge(w: Any, x: Any, y: Any) -> Any:
    return jnp.mean((x @ w - y) ** 2) + 0.5 * jnp.sum(w**2)


def by_hand(w: Any, x: Any, y: Any) -> Any:
    return 2 * jnp.transpose(x) @ (x @ w - y) / len(y) + w


CLAIMS: dict[str, Callable[..., Any]] = {
    "by hand": by_hand, "jax.grad": jax.grad(jax_ridge), "jitted": jax.jit(by_hand),
    "vmap": lambda w, x, y: jnp.mean(jax.vmap(lambda a, b: 2 * a * (a @ w - b))(x, y), axis=0) + w,
    "jacfwd": jax.jacfwd(jax_ridge), "a list": lambda w, x, y: list(by_hand(w, x, y)),
    "an array of NumPy": lambda w, x, y: np.asarray(by_hand(w, x, y)),
}  # fmt: skip
OPENED = set(CLAIMS) - {"an array of NumPy"}


def judged(claim: Any, f: Any = ridge, *args: Any) -> set[tuple[Verdict, str]]:
    report = sd.crosscheck(f, *(args or (W, X, Y)), claimed=claim, methods=["tape"])
    return {(f.verdict, f.reason) for f in report.findings if f.method.startswith("claimed")}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_right_one_is_right(name: str) -> None:
    assert judged(CLAIMS[name]) == RIGHT


@pytest.mark.parametrize("name", sorted(OPENED))
def test_a_wrong_rule_is_called_wrong_however_little(name: str) -> None:
    def off(w: Any, x: Any, y: Any) -> Any:
        found = CLAIMS[name](w, x, y)
        return [g * HAIR for g in found] if isinstance(found, list) else found * HAIR

    assert judged(off) == WRONG


def test_the_report_says_that_it_was_called_with_64_bits() -> None:
    before = jax.config.jax_enable_x64  # type: ignore[attr-defined]  # made at run time
    report = sd.crosscheck(ridge, W, X, Y, claimed=by_hand)
    assert report.notes == ["claimed computes with JAX: it was called with 64 bits, as within jax.enable_x64(True)"]
    assert jax.config.jax_enable_x64 == before  # type: ignore[attr-defined]  # made at run time
    with jax.enable_x64(True):
        assert not sd.crosscheck(ridge, W, X, Y, claimed=by_hand).notes


def test_without_the_64_bits_a_right_one_would_be_accused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claimed_jax, "in_64_bits", lambda call: call())
    assert judged(by_hand) != RIGHT


OF_A_VECTOR = {
    "jvp": (lambda x, t: 2 * x * t, lambda x, t: 2 * jnp.sin(x) * t),
    "vjp": (lambda x, c: 2 * x * jnp.abs(c) * jnp.sign(c), lambda x, c: jnp.sin(x) * c),
    "hessian": (lambda x: jnp.diag(2 + 0 * x), jnp.diag),
    "hvp": (lambda x, t: 2 * jnp.asarray(t), lambda x, t: 2 * jnp.cos(x) * jnp.asarray(t)),
    "value_and_grad": (lambda x: (jnp.sum(x**2), 2 * x), lambda x: (jnp.sum(x**2), HAIR * 2 * x)),
}  # fmt: skip


@pytest.mark.parametrize("operator", OF_A_VECTOR)
def test_with_every_operator(operator: str) -> None:
    def f(x: Any) -> Any:
        return np.sum(x**2) if operator in ("hessian", "hvp", "value_and_grad") else x**2

    good, bad = OF_A_VECTOR[operator]
    assert judged({operator: good}, f, W) == RIGHT
    assert WRONG <= judged({operator: bad}, f, W)


def test_of_a_formula() -> None:
    def claim(x: Any, y: Any) -> Any:
        return jnp.cos(x) * jnp.exp(y), jnp.sin(x) * jnp.exp(y)

    text = "sin(x)*exp(y)"
    assert judged(claim, text, 0.7, 0.3) == RIGHT
    assert judged(jax.grad(lambda x, y: jnp.sin(x) * jnp.exp(y), (0, 1)), text, 0.7, 0.3) == RIGHT
    assert judged(lambda x, y: (claim(x, y)[0] * HAIR, claim(x, y)[1]), text, 0.7, 0.3) == WRONG | RIGHT


def test_of_a_pytree() -> None:
    params = {"W": X, "b": Y[:3]}

    def f(p: Any) -> Any:
        return np.sum(np.tanh(p["W"] + p["b"]))

    right = jax.grad(lambda p: jnp.sum(jnp.tanh(p["W"] + p["b"])))
    assert judged(right, f, params) == RIGHT
    assert judged(lambda p: right(p) | {"b": right(p)["b"] * HAIR}, f, params) == WRONG | RIGHT


def by_an_if(x: Any) -> Any:
    return jnp.where(x > 0, 2 * x, 2 * x) if x[0] > -100 else -x


def through_numpy(x: Any) -> Any:
    return jnp.asarray(2.0 * np.exp(np.log(np.asarray(jnp.abs(x)))) * np.sign(np.asarray(x)))


def called_back(x: Any) -> Any:
    return jax.pure_callback(lambda v: 2 * np.asarray(v), jax.ShapeDtypeStruct(x.shape, np.float64), x)


@pytest.mark.parametrize("claim", [by_an_if, through_numpy, called_back])
def test_what_jax_cannot_trace_is_judged_by_its_numbers(claim: Any) -> None:
    def f(x: Any) -> Any:
        return np.sum(x**2)

    assert judged(claim, f, W) == RIGHT
    ((verdict, reason),) = judged(lambda x: claim(x) * (1 + 1e-9), f, W)
    assert (verdict, reason.partition(",")[0]) == (Verdict.DIFFER, "further off than rounding can explain")


def test_a_program_that_is_not_what_was_called_does_not_count() -> None:
    def asks(x: Any) -> Any:
        return 3.0 * x if type(x).__name__.endswith("Tracer") else 2.0 * jnp.asarray(x)

    assert judged(asks, lambda x: np.sum(x**2), W) == RIGHT


def test_what_computes_in_32_bits_all_the_same_is_told_so() -> None:
    report = sd.crosscheck(lambda x: np.sum(x**3), W, claimed=lambda x: (3 * jnp.asarray(x) ** 2).astype(np.float32))
    assert any("float32, whose digits do not do for a float64" in note for note in report.notes)
    assert not report.ok


def test_a_primitive_that_is_read_wrong_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is judged is the program that was read: a sum read without one of its terms is another program."""
    right = reading.READERS["reduce_sum"]
    monkeypatch.setitem(reading.READERS, "reduce_sum", lambda nodes, eqn, inputs: right(nodes, eqn, [inputs[0][:-1]]))
    monkeypatch.setattr(claimed_arrays, "recorded", lambda *_: None)  # it could be read as NumPy, too
    opened: list[Any] = []
    original = claimed_jax.opened
    monkeypatch.setattr(claimed_jax, "opened", lambda *given: opened.append(original(*given)) or opened[-1])
    judged(lambda x: 2 * x * jnp.sum(x), lambda x: np.sum(x) ** 2 + 0 * np.sum(x**2), W)
    assert opened == [None]


def test_a_claim_of_numpy_does_not_load_jax() -> None:
    code = (
        "import sys, numpy as np, symdiff as sd\n"
        "r = sd.crosscheck(lambda x: np.sum(x**2), np.ones(3), claimed=lambda x: 2 * x, methods=['tape'])\n"
        "assert r.ok and 'jax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
