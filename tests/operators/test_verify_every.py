"""A function that depends on more than its arguments is found out, when that is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd

OPERATORS = [sd.grad, sd.value_and_grad, sd.jacobian, sd.hessian]


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_random_draw_is_found_at_the_first_call(operator: Any) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(sd.UnsupportedError, match=r"noisy computes something else .*\(a random draw"):
        operator(noisy(rng), verify_every=10)(np.ones(3))
    operator(noisy(rng))(np.ones(3))  # not asked for: the draw is read once, as the documentation says


def noisy(rng: np.random.Generator) -> Any:
    def noisy(x: Any) -> Any:
        return np.sum(x * x * rng.normal(size=3))

    return noisy


@pytest.mark.parametrize("method", ["tape", "jax"])
def test_a_setting_that_changes_later_is_found_at_the_nth_call(method: str) -> None:
    setting = {"scale": 2.0}
    gradient = sd.grad(lambda x: setting["scale"] * x * x, method=method, verify_every=4)
    for _ in range(6):
        assert gradient(1.0) == 4.0
    setting["scale"] = 3.0
    assert gradient(1.0) == 4.0  # the seventh: replayed
    assert gradient(1.0) == 4.0
    with pytest.raises(sd.UnsupportedError, match="besides"):
        gradient(1.0)


def test_a_function_of_its_arguments_is_left_in_peace() -> None:
    def f(x: Any, data: Any, *, power: int = 2) -> Any:
        return np.sum(x**power * data) if x[0] > 0 else np.sum(np.sin(x))

    gradient, plain = sd.grad(f, verify_every=1), sd.grad(f)
    rng = np.random.default_rng(0)
    for k in range(12):
        x, data = rng.normal(size=3), rng.normal(size=3)
        assert gradient(x, data, power=2 + k % 2).tolist() == plain(x, data, power=2 + k % 2).tolist()


@pytest.mark.parametrize("bad", [-1, 1.5, True, "2"])
def test_what_is_no_number_of_calls_is_refused(bad: Any) -> None:
    with pytest.raises(sd.InputError, match="verify_every"):
        sd.grad(lambda x: x, verify_every=bad)
