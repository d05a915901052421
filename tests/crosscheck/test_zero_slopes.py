"""Claims about black boxes where the slope is zero: held against how steep the function is nearby."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.boxed import judged
from tests.crosscheck.boxes import X, closed, verdicts


def first(f: Callable[..., Any], x: Any, claimed: Any, **options: Any) -> str:
    return verdicts(sd.crosscheck(f, x, claimed=lambda _: claimed, **options))[0]


def either_kind(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Not recorded, and with the complex step."""
    return lambda x: f(np.asarray(x, complex if np.iscomplexobj(x) else float)).tolist()


# functions with the slope 0, or what rounding of the point makes of it
FLAT: dict[str, tuple[Callable[[Any], Any], float, float]] = {
    "cos": (math.cos, 0.0, -math.sin(0.0)),
    "cos at pi": (math.cos, math.pi, -math.sin(math.pi)),
    "a constant": (lambda x: 0 * math.cos(x) + 2.5, 1.3, 0.0),
    "a tiny constant": (lambda x: 0 * math.cos(x) + 2.5e-200, 1.3, 0.0),
    "zero": (lambda x: 0 * math.cos(x), 1.3, 0.0),
    "a minimum": (lambda x: (0 * math.cos(x) + x - 1) ** 2, 1.0, 0.0),
    "a tiny minimum": (lambda x: 1e-20 * (0 * math.cos(x) + x - 1) ** 2, 1.0, 0.0),
    "a fourth power": (lambda x: math.fabs(x) ** 4, 0.0, 0.0),
    "the complex step": (either_kind(np.cos), 0.0, 0.0),
    "a constant, by the complex step": (either_kind(lambda x: 0 * x + 2.5), 1.3, 0.0),
}


@pytest.mark.parametrize("name", FLAT)
def test_a_right_zero_agrees(name: str) -> None:
    f, x, slope = FLAT[name]
    assert first(f, x, slope) == "AGREE"
    assert first(f, x, 0.0) == "AGREE"
    assert first(f, x, np.nan) in ("DIFFER", "UNDECIDED")


@pytest.mark.parametrize("wrong", [1.0, 1e-3, 1e-6, 1e-9, -1e-9])
@pytest.mark.parametrize("name", FLAT)
def test_a_wrong_one_differs(name: str, wrong: float) -> None:
    f, x, _ = FLAT[name]
    assert first(f, x, wrong) == "DIFFER"


@pytest.mark.parametrize("share", [1e-3, 1e-6, 1e-8, 1e-9, 1e-11])
def test_a_small_slope_is_no_zero(share: float) -> None:
    """Beside a function that is not steep: claimed to be zero, twice itself, and rightly."""

    def f(x: float) -> float:
        return math.cos(x) + share * math.sin(x)

    assert first(f, 0.0, 0.0) == "DIFFER"
    assert first(f, 0.0, 2 * share) == "DIFFER"
    assert first(f, 0.0, share) in ("AGREE", "UNDECIDED")


def test_what_is_no_zero_is_held_to_what_it_says() -> None:
    """Within the error of the estimate, and more than rounding: nobody knows."""
    assert first(math.cos, 0.0, 1e-13) == "UNDECIDED"


def test_where_the_values_are_too_large_to_tell_it_is_undecided() -> None:
    def f(x: float) -> float:
        return 1e9 + math.cos(x) + 1e-4 * x

    assert first(f, 0.0, 0.0) == "UNDECIDED"
    assert first(lambda x: math.fabs(x) + 1.0, 0.0, 0.0) == "UNDECIDED"  # a kink is no zero


def test_without_the_limit_on_the_error_a_wrong_zero_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: float) -> float:
        return 1e9 + math.cos(x) + 1e-4 * x

    monkeypatch.setattr(judged, "CONFIRMED", 1.0)
    assert first(f, 0.0, 0.0) == "AGREE"


def test_without_the_limit_on_the_claim_a_wrong_slope_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judged, "ROUNDED", 1e-9)
    assert first(math.cos, 0.0, 1e-13) == "AGREE"


@pytest.mark.parametrize(
    ("operator", "right", "wrong"),
    [
        ("grad", np.zeros(4), np.full(4, 1e-9)),
        ("value_and_grad", (4.0, np.zeros(4)), (4.0, np.full(4, 1e-9))),
        ("jvp", 0.0, 1e-9),
        ("vjp", np.zeros(4), np.full(4, 1e-9)),
    ],
)
def test_every_first_derivative(operator: str, right: Any, wrong: Any) -> None:
    """At the minimum of a sum of squares, beside X."""
    f = closed(lambda x: 4.0 + np.sum((x - X) ** 2))
    assert set(verdicts(sd.crosscheck(f, X, claimed={operator: lambda *_: right}))) == {"AGREE"}
    assert "DIFFER" in verdicts(sd.crosscheck(f, X, claimed={operator: lambda *_: wrong}))


def test_a_zero_entry_of_a_jacobian() -> None:
    f = lambda x: np.array([math.cos(x[0]), math.exp(x[1])])  # noqa: E731 - math: it is not recorded
    x = np.array([0.0, 1.0])
    report = sd.crosscheck(f, x, claimed=lambda x: np.diag([0.0, math.exp(x[1])]))
    assert set(verdicts(report)) == {"AGREE"}
    report = sd.crosscheck(f, x, claimed=lambda x: np.array([[1e-9, 0.0], [1e-9, math.exp(x[1])]]))
    assert verdicts(report).count("DIFFER") == 2


def test_zeros_at_random_are_judged_rightly() -> None:
    """Minima of random polynomials, with a slope hidden there or not."""
    rng = np.random.default_rng(0)
    for trial in range(40):
        a, b, c = rng.normal(size=3) * 10.0 ** rng.uniform(-3, 3, 3)
        x = float(rng.normal()) if trial % 3 else 0.0
        hidden = float(rng.choice([0.0, 0.0, 1e-6, 1e-9]) * abs(a))

        def f(t: float, a: float = a, b: float = b, c: float = c, x: float = x, hidden: float = hidden) -> float:
            u = float(t) - x
            return c * abs(a) / 1e3 + a * u**2 + b * u**3 + hidden * u

        found = first(f, x, 0.0)
        assert found != ("DIFFER" if hidden == 0.0 else "AGREE"), (trial, found, a, b, c, x, hidden)
