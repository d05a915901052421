"""Slopes of black boxes are never further off than they say, and each part of that is there for a reason."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.boxed import differences
from symdiff.crosscheck.boxed import estimates as estimating
from symdiff.crosscheck.boxed.analytic import ComplexStep
from tests.crosscheck.boxes import X, closed, estimates, verdicts

OPEN = {
    "products": lambda x: np.sum(x[1:] * x[:-1]) / (1 + np.sum(x**2)),
    "a wave": lambda x: np.sin(50 * x[0]) * x[1] + x[2] * x[3],
    "logsumexp": lambda x: np.log(np.sum(np.exp(x))),
    "a pole not far": lambda x: np.sum(1 / (x - 5)),
    "powers": lambda x: np.sum(x**7) - np.sum(x**3),
    "a steep exponential": lambda x: np.exp(20 * x[0]) + np.sum(x),
    "digits that cancel": lambda x: (1 - np.cos(x[0] * 1e-3)) * 1e6 + np.sum(x * x),
}


@pytest.mark.parametrize("name", OPEN)
def test_an_estimate_is_never_further_off_than_it_says(name: str) -> None:
    f, rng = OPEN[name], np.random.default_rng(0)
    for trial in range(12):
        x = rng.normal(size=4) * 10 ** rng.uniform(-2, 1, 4 if trial % 2 else 1)
        truth = np.array([np.imag(f(x + 1e-100j * e)) / 1e-100 for e in np.eye(4)])  # f is analytic
        if not np.all(np.isfinite(truth)):
            continue
        for g in (closed(f), f):
            found = estimates(g, x)[1]
            assert np.all(np.abs(found.values - truth) <= found.errors + 16 * 2.0**-53 * np.abs(truth))


def test_ordinary_estimates_are_sharp() -> None:
    box, found = estimates(closed(OPEN["products"]), X)
    assert box.step.refused.startswith("it takes no complex numbers (TypeError")
    assert np.max(found.errors / np.abs(found.values)) < 1e-9
    box, found = estimates(OPEN["products"], X)
    assert not box.step.refused
    assert np.max(found.errors / np.abs(found.values)) < 1e-11


@pytest.mark.parametrize("share", [1.0, 1e-3, 1e-6, 1e-9])
def test_a_dropped_imaginary_part_is_seen(share: float) -> None:
    """The complex step alone would silently leave the share out."""
    box, found = estimates(lambda x: np.sum(x**2) + share * np.sum(np.abs(x)), X)
    assert box.step.refused
    assert np.all(np.abs(found.values - (2 * X + share)) <= found.errors)
    assert np.max(found.errors) < 1e-9


# -- what each part of the estimate is there for: without it, something wrong goes through ----------------


def test_without_the_jump_of_the_slope_a_kink_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "JUMP", {n: 0.0 * w for n, w in differences.JUMP.items()})
    f = lambda x: float(abs(x[0])) + float(x[1])  # noqa: E731 - a kink at 0
    report = sd.crosscheck(f, np.array([0.0, 1.0]), claimed=lambda x: np.array([0.0, 1.0]))
    assert verdicts(report) == ["AGREE", "AGREE"]


def test_without_the_measured_noise_an_estimate_would_be_too_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "noise_of", lambda phi, scale: 0.0 * phi(0.0))
    f = lambda x: float(np.sum(np.exp(np.asarray(x, np.float32))))  # noqa: E731 - float32 inside
    found = estimates(f, X)[1]
    settled = np.isfinite(found.errors)
    assert np.any(np.abs(found.values - np.exp(X))[settled] > found.errors[settled])


def test_without_the_circles_the_differences_still_refuse_the_complex_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ComplexStep, "_error", lambda self, here, slope, direction, radius: np.zeros_like(slope))
    box, found = estimates(lambda x: np.sum(x**2) + np.sum(np.abs(x)), X)
    assert box.step.refused == "differences of its values tell another slope"
    assert np.all(np.abs(found.values - (2 * X + 1)) <= found.errors)
