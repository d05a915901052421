"""Bounds of rounding far out: weights that are no floats, and whole powers that XLA takes apart."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.certified import rounding
from symdiff.crosscheck.certified.rounding import forget
from tests.faults import accused

RIGHT = {  # 1/u of a u beyond 1e160: the weight of its error, 1/u**2, is none in float64
    "exp": ("exp(x)", -452.81978761685156, "1/exp(-x)"),
    "softplus": ("log1p(exp(x))", -400.1, "1/(1 + exp(-x))"),
    "log": ("log(3*x)/7", 4.3866115917806055e170, "3/(x*21)"),
    "tanh": ("tanh(x)", 271.3, "1/cosh(x)**2"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_rounding_counts_where_its_weight_is_no_float(name: str) -> None:
    text, x, claim = RIGHT[name]
    assert crosscheck(text, x, claimed=claim).ok
    assert "claimed" in accused(crosscheck(text, x, claimed=f"({claim})*(1 + 1e-12)"))


def test_many_entries_far_out() -> None:
    x = np.linspace(-450.0, -400.0, 40)
    right = crosscheck(lambda x: np.sum(np.exp(x)), x, claimed=lambda x: 1 / np.exp(-x))
    assert right.ok
    x, one = np.linspace(-450.0, -400.0, 200), 1 + 1e-12 * (np.arange(200) == 7)
    assert crosscheck(lambda x: np.sum(np.exp(x)), x, claimed=lambda x: 1 / np.exp(-x)).ok
    wrong = crosscheck(lambda x: np.sum(np.exp(x)), x, claimed=lambda x: one / np.exp(-x))
    assert accused(wrong) == {"claimed"}


def test_without_it_a_right_derivative_is_accused(monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    monkeypatch.setattr(rounding, "FAINT", 0.0)
    text, x, claim = RIGHT["softplus"]
    assert "claimed" in accused(crosscheck(text, x, claimed=claim))
    forget()


@pytest.mark.parametrize("n", [255, 365, 1000, -365])
@pytest.mark.parametrize("x", [1.02, 0.97, 1.2345])
def test_a_whole_power_is_rounded_as_often_as_it_says(n: int, x: float) -> None:
    assert crosscheck(f"x**({n})", x).ok
    assert "claimed" in accused(crosscheck(f"x**({n})", x, claimed=f"{n}*x**({n} - 1)*(1 + 1e-12)"))


def test_taken_for_one_rounding_jax_is_accused(monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    monkeypatch.setattr(rounding, "abs", lambda _: 1, raising=False)  # n roundings are one
    assert "jax" in accused(crosscheck("x**365", 1.02))
    forget()
