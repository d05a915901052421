"""Narrower dtypes: a function of float32 arrays is differentiated in float32, and never in two dtypes at once."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symdiff as sd
from symdiff.arrays import narrow
from symdiff.inputs.code import from_code
from symdiff.methods import method
from symdiff.methods.base import Task
from symdiff.methods.tape import arrays as tape
from symdiff.methods.tape.arrays import Sweeps
from tests.fast_path import watched_answers

X = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
W = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)


def logsumexp(w):
    z = X @ w
    top = np.max(z, 1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(z - top), 1)))


FUNCTIONS = {
    "elementwise": lambda w: np.sum(np.tanh(w) * np.exp(w) / (2.0 + np.sin(w) ** 2) + np.sqrt(1.0 + w * w)),
    "matmul": lambda w: np.sum((X @ w) ** 2),
    "sum": lambda w: np.sum(np.sum(w, 0) ** 3),
    "amax": lambda w: np.sum(np.max(w, 1) ** 3),
    "logsumexp": logsumexp,
    "logaddexp": lambda w: np.sum(np.logaddexp(w, 0.3)),
    "where": lambda w: np.sum(np.where(w > 0, w * w, 0.1 * w)),
    "abs": lambda w: np.sum(np.exp(np.abs(w)) + np.maximum(w, 0.0) ** 3),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("by", ["tape", "jax", "symbolic"])
def test_float32_in_is_float32_out(by: str, name: str):
    f = FUNCTIONS[name]
    y, g = sd.value_and_grad(f, method=by)(W)
    assert y.dtype == np.float32
    assert g.dtype == np.float32
    assert sd.value(f, method=by)(W).dtype == np.float32
    wide = sd.grad(f)(W.astype(np.float64))
    np.testing.assert_allclose(g, wide, rtol=1e-4, atol=1e-5)
    assert not np.array_equal(g, wide)  # it really was computed in float32


@pytest.mark.parametrize("name", FUNCTIONS)
def test_rows_and_rules_stay_in_float32_by_themselves(name: str, monkeypatch: pytest.MonkeyPatch):
    """Rounding a wider step is the last resort: the rows do not need it. (amax counts its winners in float64.)"""
    wider: list[str] = []

    def watched(value, dtype):
        if isinstance(value, np.ndarray) and value.dtype == np.float64 and value.size > 1:
            wider.append("step")
        return narrow(value, dtype)

    recording, leaves = from_code(FUNCTIONS[name]).recorded((W,), {})
    at = Sweeps(recording.problem, leaves)
    monkeypatch.setattr(tape, "narrow", watched)
    at.pulled([0], [1.0])
    assert ("step" in wider) == (name in ("amax", "logsumexp"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_replayed_program_answers_as_the_sweep_does(name: str):
    again = sd.grad(FUNCTIONS[name])
    found = [again(W) for _ in range(4)]
    assert all(g.dtype == np.float32 and np.array_equal(g, found[0]) for g in found)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_there_is_a_program_in_float32_and_the_fast_path_takes_it(name: str, monkeypatch: pytest.MonkeyPatch):
    answers = watched_answers(monkeypatch)
    gradient = sd.grad(FUNCTIONS[name])
    for _ in range(3):
        gradient(W)
    assert answers == [True]
    gradient(W.astype(np.float64))
    assert answers[-1] is False


def test_generated_points_are_float32_too():
    report = sd.crosscheck(lambda w, x: np.sum(np.tanh(x @ w)), W, X, points=2)
    for point in report.points:
        w = np.array(point["w"])
        np.testing.assert_array_equal(w, w.astype(np.float32))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_jax_own_noise_is_that_of_the_dtype(dtype: str):
    recording, leaves = from_code(FUNCTIONS["matmul"]).recorded((jnp.asarray(W, "bfloat16"),), {})
    task = Task("grad", (0,))
    wide, narrow_ = (
        method("jax").floor(replace(recording.problem, dtype=d), task, leaves, ())[0] for d in ("float64", dtype)
    )
    units = float(jnp.finfo(dtype).eps) * 2.0**52  # the random numbers are others: a factor of two or so
    assert 1 / 4 < np.median(narrow_ / wide) / units < 4


@pytest.mark.parametrize("by", ["tape", "jax", "symbolic"])
def test_one_operator_asked_in_two_dtypes_in_turn(by: str):
    f = sd.grad(lambda w: np.sum(np.tanh(w) ** 2), method=by)
    for _ in range(4):
        assert f(W).dtype == np.float32
        wide = f(W.astype(np.float64))
        assert wide.dtype == np.float64
        np.testing.assert_allclose(wide, 2 * np.tanh(W.astype(float)) * (1 - np.tanh(W.astype(float)) ** 2), 1e-12)


@pytest.mark.parametrize("by", ["tape", "jax", "symbolic"])
@pytest.mark.parametrize("operator", [sd.hessian, sd.jacobian])
def test_second_derivatives_and_jacobians(by: str, operator):
    assert operator(lambda w: np.sum(np.tanh(w)), method=by)(W[0]).dtype == np.float32
    assert operator(lambda w: w * np.tanh(w), method=by)(W[0]).dtype == np.float32


@pytest.mark.parametrize("by", ["tape", "jax", "symbolic"])
def test_vectors_are_taken_in_the_dtype_of_the_leaves(by: str):
    f = FUNCTIONS["elementwise"]
    assert sd.hvp(f, (W,), (W.astype(float),), method=by).dtype == np.float32
    assert [v.dtype for v in sd.jvp(f, (W,), (W,), method=by)] == [np.float32] * 2
    assert sd.vjp(np.tanh, W, method=by)[1](W)[0].dtype == np.float32


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_is_what_jax_computes(dtype):
    w, x = jnp.asarray(W, dtype), jnp.asarray(X, dtype)
    got = sd.grad(lambda w, x: np.sum(np.tanh(x @ w)), method="jax")(w, x)
    assert got.dtype == dtype
    own = jax.grad(lambda w, x: jnp.sum(jnp.tanh(x @ w)))(w, x)
    eps = float(jnp.finfo(dtype).eps)
    np.testing.assert_allclose(np.asarray(got, float), np.asarray(own, float), rtol=4 * eps, atol=4 * eps)


@pytest.mark.parametrize("by", ["tape", "symbolic"])
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_numpy_refuses_half_precision(by: str, dtype):
    with pytest.raises(sd.UnsupportedError, match=r"compute in float64 and float32, not in b?float16: JAX does"):
        sd.grad(np.sum, method=by)(jnp.asarray(W, dtype))


def test_the_reference_is_the_same_problem_in_float64():
    recording, leaves = from_code(FUNCTIONS["matmul"]).recorded((W,), {})
    problem = recording.problem
    assert problem.dtype == "float32"
    assert leaves[0].dtype == np.float64
    np.testing.assert_array_equal(leaves[0], W)
    for by in ("tape", "jax", "symbolic"):
        for _ in range(3):
            for one in (problem, replace(problem, dtype="float64")):
                got = method(by).arrays(one, Task("grad", (0,)), leaves, ())
                assert got[0].dtype == one.dtype
    assert problem.scalars(leaves).origin.dtype == "float64"


def test_mixed_dtypes_are_refused_by_name():
    with pytest.raises(sd.InputError, match=r"mixed dtypes: p\['a'\] is float32, p\['b'\] is float64: give all"):
        sd.grad(lambda p: np.sum(p["a"] * p["b"]))({"a": W, "b": W.astype(float)})
    with pytest.raises(sd.InputError, match=r"mixed dtypes: w is float32, x is float64"):
        sd.grad(lambda w, x: np.sum(x @ w))(W, X.astype(float))
    with pytest.raises(sd.InputError, match=r"mixed dtypes: w is float64, x is float32"):
        sd.grad(lambda w, x: np.sum(x @ w))(W.astype(float), x=X)
    with pytest.raises(sd.InputError, match=r"mixed dtypes: w is bfloat16, x is float32"):
        sd.grad(lambda w, x: np.sum(x @ w), method="jax")(jnp.asarray(W, jnp.bfloat16), X)


def test_python_numbers_and_integers_do_not_count():
    got = sd.grad(lambda p: np.sum(p["a"]) * p["b"])({"a": W, "b": 0.1})
    assert got["a"].dtype == np.float32
    assert got["b"].dtype == np.float32
    assert got["a"][0, 0] == np.float32(0.1)
    labels = np.arange(6) % 4
    loss = sd.grad(lambda w, y, s: np.sum((X @ w)[np.arange(6), y]) * s)
    assert loss(W, labels, 0.5).dtype == np.float32
    with pytest.raises(sd.InputError, match="too large for float32"):
        sd.grad(lambda p: np.sum(p["a"]) * p["b"])({"a": W, "b": 1e300})


def test_jax_arrays_are_arrays():
    got = sd.grad(lambda w, x: np.sum(np.tanh(x @ w)))(jnp.asarray(W), jnp.asarray(X))
    np.testing.assert_array_equal(got, sd.grad(lambda w, x: np.sum(np.tanh(x @ w)))(W, X))


def test_nobody_elses_setting_is_changed():
    before = jax.config.jax_enable_x64
    sd.grad(np.sum, method="jax")(jnp.asarray(W, jnp.bfloat16))
    sd.grad(np.sum, method="jax")(W)
    assert jax.config.jax_enable_x64 == before
