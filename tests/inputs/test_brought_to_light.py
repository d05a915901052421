"""What ordinary functions brought to light: each of these once went wrong."""

from __future__ import annotations

import time

import jax
import numpy as np
import pytest

import symdiff as sd
from symdiff.methods.base import Task


def test_the_largest_entry_along_an_axis() -> None:
    def f(x):
        return np.sum(np.max(x, axis=1) - x.min(axis=0, keepdims=True))

    x = np.array([[1.0, 4.0], [3.0, 2.0]])
    for method in ("symbolic", "tape", "jax"):
        assert np.array_equal(sd.grad(f, method=method)(x), [[-1.0, 1.0], [1.0, -1.0]])
    with pytest.raises(ValueError, match="zero-size array"):
        sd.grad(lambda x: np.sum(np.max(x[:, :0], axis=1)))(x)


def test_a_decision_about_what_the_answer_does_not_need() -> None:
    """The step of an iteration is looked at by the loop, and by nobody else."""

    def root(a):
        x, step = np.ones_like(a) + 0.0 * a, np.ones_like(a)
        while np.max(np.abs(step)) > 1e-10:
            step = (x * x - a) / (2.0 * x)
            x = x - step
        return np.sum(x)

    a = np.array([2.0, 9.0])
    assert sd.crosscheck(root, a).ok
    assert sd.grad(root)(a) == pytest.approx(0.5 / np.sqrt(a), rel=1e-12)


def test_overflow_in_the_caller_s_own_function_is_no_other_function() -> None:
    """Its floats are inf, the graph's are inf, and the certified value is 1000.3: the graph replays it all the same."""
    x = np.array([1000.0, 999.0])
    report = sd.crosscheck(lambda x: np.log(np.sum(np.exp(x))), x, methods=["symbolic", "tape"])
    assert report.lamps["R"].state == "unsure"
    assert "overflow" in report.lamps["R"].note
    assert str(report.verdict) == "INACCURATE"


def test_overflow_does_not_hide_another_function() -> None:
    """One component overflows, another one is a random draw."""
    draws = iter(range(1000))
    report = sd.crosscheck(lambda x: np.stack([np.exp(x) - np.exp(x), x * next(draws)]), 1000.0, methods=["tape"])
    assert report.lamps["R"].state == "red"


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.take(x, [0, 1], out=np.zeros(2)),
        lambda x: np.take(x, [0, 1], None, np.zeros(2)),
        lambda x: np.dot(x, np.ones(3), out=np.zeros(2)),
        lambda x: np.median(x, 1, out=np.zeros(2)),
        lambda x: np.argmax(x, 1, out=np.zeros(2, int)) * x[0, 0],
        lambda x: x.compress([True, False, True, True], out=np.zeros(2)),
        lambda x: np.einsum("ij->i", x, out=np.zeros(2)),
    ],
)
def test_an_array_to_write_into_is_refused_by_every_function(f) -> None:
    """It stayed as it was: whoever used it afterwards got a constant, and the derivative 0."""
    with pytest.raises(sd.UnsupportedError, match="out= cannot be recorded; use the value that is returned"):
        sd.jacobian(f)(np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize("order", ["A", "K"])
def test_the_order_of_memory_is_refused(order: str) -> None:
    """It was Fortran's for K, whatever lay in memory, and C's for A. A vector has but one order."""
    x = np.arange(6.0).reshape(2, 3)
    for f in (lambda x: np.ravel(x, order), lambda x: x.T.flatten(order), lambda x: np.reshape(x.T, 6, order=order)):
        with pytest.raises(sd.UnsupportedError, match=f"order='{order}' takes the entries as they lie in memory"):
            sd.jacobian(f)(x)
    assert np.array_equal(sd.jacobian(lambda v: np.ravel(v, order))(x[0]), np.eye(3))
    by_columns = sd.jacobian(lambda x: np.ravel(x, "F"))(x)
    assert np.array_equal(np.sum(by_columns * x, (1, 2)), np.ravel(x, "F"))


@pytest.mark.parametrize("method", ["symbolic", "tape", "jax", "ball", "complex_step", "finite_difference"])
def test_a_gradient_asked_for_again(method: str) -> None:
    """Once, twice and at another point: some methods answer from what they kept of the first time."""
    gradient = sd.grad(lambda x: np.sum(np.sin(x) * x), method=method)
    for x in ([0.5, 2.0], [0.5, 2.0], [1.5, -1.0]):
        assert gradient(np.array(x)) == pytest.approx(np.cos(x) * x + np.sin(x), rel=1e-6)


def test_jax_on_a_long_loop_is_run_before_it_is_compiled() -> None:
    """A loop is one long program: XLA would compile this one for minutes. Compiled later, it says the same."""
    from symdiff.methods.jax import arrays

    def f(x):
        for _ in range(400):
            x = x + 0.01 * np.sin(x[::-1]) * x
        return np.sum(x)

    x, start = np.array([0.3, -0.7, 1.1]), time.perf_counter()
    gradient = sd.grad(f, method="jax")
    first = gradient(x)
    assert time.perf_counter() - start < 20
    assert first == pytest.approx(sd.grad(f, method="tape")(x), rel=1e-12)
    problem = sd.function(lambda x: np.sum(np.sin(x))).recorded((x,), {})[0].problem
    with jax.enable_x64(True), pytest.MonkeyPatch.context() as patch:
        traced = arrays.Traced(problem, Task("grad", (0,)))
        patch.setattr(arrays, "LONG", 0)
        patch.setattr(arrays, "OFTEN", 2)
        once, again = traced.run([x], [])[0], traced.run([x], [])[0]
    assert once == pytest.approx(np.cos(x), rel=1e-14)
    assert again == pytest.approx(np.cos(x), rel=1e-14)
