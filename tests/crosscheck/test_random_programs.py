"""What random programs have shown: each alarm's reason in small, and beside it a wrong derivative that must be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from symdiff import balls, crosscheck
from symdiff.balls import precision
from tests.faults import accused

TIED = {"x": 1e-160, "y": -1e-8}  # whose difference has more bits than the balls begin with


@pytest.mark.parametrize("text", ["max(x - y, x - y)", "min(x - y, x - y)", "clip(x - y, x - y, 9)"])
def test_one_number_twice_moves_as_it_does(text: str) -> None:
    """Program 437: the larger of a wide ball and itself was taken for a constant, and the truth for 0."""
    report = crosscheck(text, at=TIED)
    assert report.ok
    assert report.reference["grad"] == [1.0, -1.0]
    assert accused(crosscheck(text, at=TIED, claimed=lambda x, y: [0.0, 0.0])) == {"claimed"}
    assert accused(crosscheck(text, at=TIED, claimed=lambda x, y: [1.0, -1.0 - 1e-9])) == {"claimed"}


def test_two_that_cannot_be_told_apart_and_move_differently_have_no_slope() -> None:
    with precision(64, 1):
        x, y = balls.variable(1e-160, 1.0), balls.variable(1e-160, 2.0)
        wide = balls.const(1e8)
        for chosen in (balls.maximum, balls.minimum):
            assert not chosen(x + wide, y + wide)[1].is_finite()
            assert chosen(x + wide, x + wide)[1] == 1


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.linalg.norm(x, 3) + np.sum(np.cbrt(np.exp(x))),
        lambda x: np.sum(x**0.3333333333333333 + np.cbrt(x) ** 2),
        lambda x: np.sum(0.4342944819032518 * x * np.log10(x)),
    ],
)
def test_a_number_that_is_the_callers_and_the_librarys(f: Callable[..., Any]) -> None:
    """Program 113 in float32: JAX's 1/3, in the derivative of cbrt, is the same double as the function's own."""
    x = np.array([1.0, 3.0, 1.5])
    assert crosscheck(f, x).ok


def test_such_a_number_hides_no_wrong_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """JAX is given another cbrt, whose slope is off by 1e-9, in a function that has 1/3 itself."""
    import jax

    from symdiff.ops import TABLE

    def off(x: Any) -> Any:
        return jax.numpy.cbrt(x) + 1e-9 * (x - jax.lax.stop_gradient(x)) * jax.numpy.cbrt(x)

    def f(x: Any) -> Any:
        return np.sum(x**0.3333333333333333 + np.cbrt(x) ** 2)

    row = TABLE["cbrt"]
    x = np.array([1.0, 3.0, 1.5])
    assert crosscheck(f, x).ok
    monkeypatch.setitem(TABLE, "cbrt", replace(row, jax=off))
    assert accused(crosscheck(f, x)) == {"jax"}


def test_no_float64_is_nearer_to_what_underflows_than_zero() -> None:
    """Program 654: the slope of expm1 at -1157000 is 1e-502475, and the claim is the double nearest to it."""
    assert crosscheck("expm1(x)", at={"x": -1157000.0}, claimed=lambda x: 0.0).ok
    assert accused(crosscheck("expm1(x)", at={"x": -700.0}, claimed=lambda x: 0.0)) == {"claimed"}
    assert accused(crosscheck("expm1(x)", at={"x": -1157000.0}, claimed=lambda x: 2.0 * np.exp(x))) == {"claimed"}
