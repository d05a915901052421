"""Functions too large for balls: the measured noise floor accuses what is wrong, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize

from symdiff import crosscheck
from symdiff.crosscheck.large import whole
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import InputError
from symdiff.ops import TABLE
from tests.data_files import FULL
from tests.faults import accused, pull_back, red, row, times

N = 9_000  # Rosenbrock has ten steps an entry: more than are taken apart


@pytest.fixture(autouse=True)
def _balls_are_too_dear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "AFFORDABLE", 0)


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def saturated(x):
    """tanh' = 1 - y**2, JAX's, loses digits here that the tape's rule keeps."""
    return np.sum(np.tanh(8 * x) * x)


def attention(x):
    s = x @ x.T / np.sqrt(x.shape[-1])
    e = np.exp(s - np.max(s, axis=-1, keepdims=True))
    return np.sum((e / np.sum(e, axis=-1, keepdims=True)) @ x)


def masked(x):
    return np.sum(np.where(x > 0, np.sqrt(np.abs(x)), 0.0)) + np.sum(np.cumsum(x) ** 2) / x.size


def log_softmax(x):
    m = np.max(x, axis=1, keepdims=True)
    return -np.mean((x - m - np.log(np.sum(np.exp(x - m), axis=1, keepdims=True)))[:, 0])


def alike(w):
    """400 equal columns: what rounding does is the same in each, and does not cancel in their sum."""
    return np.sum(1 / (1 + np.exp(-(w @ np.ones((w.shape[1], 400))))))


def alike_and_saturated(w):
    return np.sum(np.tanh(w @ np.ones((w.shape[1], 400))))


def through_abs(w):
    """The complex step goes wrong here without a word: abs drops the imaginary part."""
    z = w @ np.cos(np.arange(w.shape[1] * 200.0)).reshape(-1, 200)
    y = np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0)
    return np.log(np.sum(np.exp(y - np.max(y))))


def point(n: int = N, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def spanning(x):
    """Entries of a gradient over thirty orders of magnitude."""
    return np.sum(np.exp(-np.abs(x) * 9) * x)


@pytest.mark.parametrize("seed", range(3 if FULL else 1))
@pytest.mark.parametrize(
    ("f", "shape"),
    [(rosenbrock, (N,)), (saturated, (40_000,)), (attention, (60, 30)), (masked, (N,)), (log_softmax, (900, 25)),
     (spanning, (20_000,)), (alike, (300, 5)), (alike_and_saturated, (200, 50)), (through_abs, (250, 30))],
)  # fmt: skip
def test_what_is_right_is_not_accused(f: Callable[..., Any], shape: tuple[int, ...], seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=shape)
    report = crosscheck(f, x, operators=["grad", "hvp"], seed=seed)
    assert report.ok, str(report)
    assert red(report) == ""
    decided = {(g.method, g.verdict) for g in report.findings if g.method != "symbolic"}
    assert decided == {("tape", Verdict.AGREE), ("jax", Verdict.AGREE)}
    assert {g.basis for g in report.findings if g.method != "symbolic"} == {"measured"}
    assert "noise" in " ".join(report.notes)


@pytest.mark.parametrize("factor", [-1.0, 2.0, 1 + 1e-3, 1 + 1e-6, 1 + 1e-9])
def test_one_wrong_entry_of_many_is_found(factor: float) -> None:
    def claim(x):
        g = optimize.rosen_der(x)
        g[4321] *= factor
        return g

    report = crosscheck(rosenbrock, point(), claimed=claim)
    assert accused(report) == {"claimed"}
    (guilty,) = [f for f in report.findings if f.verdict is Verdict.DIFFER]
    assert guilty.argument == "x[4321]"
    assert guilty.index == (4321,)
    assert crosscheck(rosenbrock, point(), claimed=optimize.rosen_der).ok


@pytest.mark.parametrize("error", [1e-3, 1e-9])
def test_a_wrong_rule_of_the_tape_is_the_tapes(error: float) -> None:
    with pull_back("integer_power", times(1 + error)):
        report = crosscheck(rosenbrock, point())
    assert accused(report) == {"tape"}
    assert "D" in red(report)


@pytest.mark.parametrize("error", [1e-3, 1e-9])
def test_a_wrong_column_of_jax_is_jaxs(error: float) -> None:
    with row("integer_power", jax=lambda x, n: x**n * (1 + error)):
        report = crosscheck(rosenbrock, point())
    assert accused(report) == {"jax"}


def test_a_shared_mistake_lights_r_and_b() -> None:
    healthy = TABLE["sin"]
    off = {
        "forward": lambda x: np.sin(x) * 1.001, "jax": lambda x: jnp.sin(x) * 1.001,
        "vjp": (lambda ct, y, x: healthy.vjp[0](ct, y, x) * 1.001,),
    }  # fmt: skip
    with row("sin", **off):
        report = crosscheck(lambda x: np.sum(np.sin(x) * x), point(40_000))
    assert set(red(report)) == {"R", "B"}
    assert not report.ok


def test_a_random_draw_is_seen() -> None:
    rng = np.random.default_rng(0)
    report = crosscheck(lambda x: np.sum(x**2 * rng.normal(size=x.shape)), point(40_000))
    assert "R" in red(report)


def test_a_nan_where_the_other_has_a_number_is_no_agreement() -> None:
    def claim(x):
        g = optimize.rosen_der(x)
        g[17] = np.nan
        return g

    assert accused(crosscheck(rosenbrock, point(), claimed=claim)) == {"claimed"}


def test_one_method_alone_is_not_agreement() -> None:
    report = crosscheck(rosenbrock, point(), methods=["tape"])
    assert report.verdict is Verdict.UNDECIDED
    assert not report.ok


def test_a_hessian_of_a_large_function_is_refused_in_a_sentence() -> None:
    says = r"hessian of this function cannot be checked: .* ask for grad, jvp, vjp, hvp or tvp"
    with pytest.raises(InputError, match=says):
        crosscheck(rosenbrock, point(), operators="hessian")


def test_the_symbolic_numbers_are_its_own() -> None:
    """The symbolic answer is planted wrong: symbolic alone is accused, and nobody else's numbers stand for it."""
    from symdiff.methods import method

    symbolic, healthy = method("symbolic"), type(method("symbolic")).arrays

    def off(self, problem, task, leaves, vector):
        return [np.asarray(v) * (1 + 1e-9) for v in healthy(self, problem, task, leaves, vector)]

    type(symbolic).arrays = off
    try:
        report = crosscheck(lambda x: np.sum(np.sin(x) * x), point(40_000))
    finally:
        type(symbolic).arrays = healthy
    assert accused(report) == {"symbolic"}


def test_a_narrow_check_survives_a_symbolic_method_without_a_matrix_program(monkeypatch):
    """einsum goes entry by entry there: its noise is not measured, and a wrong answer is still seen."""
    from symdiff.methods import method

    def product(x):
        return np.sum(np.einsum("ij,jk->ik", x, x) ** 2)

    x = np.random.default_rng(0).standard_normal((4, 4)).astype(np.float32)
    assert crosscheck(product, x).ok
    healthy = type(method("symbolic")).arrays
    monkeypatch.setattr(
        type(method("symbolic")), "arrays", lambda *asked: [np.asarray(v) * 1.01 for v in healthy(*asked)]
    )
    assert accused(crosscheck(product, x)) == {"symbolic"}


def test_full_is_for_float64():
    with pytest.raises(InputError, match="float32"):
        crosscheck(lambda x: np.sum(np.sin(x) * x), point(40_000).astype(np.float32), full=True)
