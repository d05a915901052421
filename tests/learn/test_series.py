"""Mackey-Glass and NARMA10: they solve their equations, by the seed, and an error is the error."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff.errors import InputError
from symdiff.learn import mackey_glass, narma10, nrmse, series


def test_mackey_glass_is_integrated_to_fourth_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half the step is a sixteenth of the error, across the kinks that a constant past leaves at multiples of tau."""
    runs = {}
    for substeps in (10, 20, 40):
        monkeypatch.setattr(series, "SUBSTEPS", substeps)
        runs[substeps] = mackey_glass(60, washout=0)
    ratio = np.max(np.abs(runs[10] - runs[20])) / np.max(np.abs(runs[20] - runs[40]))
    assert 14.0 < ratio < 18.0
    assert np.max(np.abs(runs[10] - runs[20])) < 1e-9


def test_mackey_glass_solves_its_equation() -> None:
    """In integral form, by Simpson's rule on whole units: x(t+2) - x(t) = the integral of the right side."""
    x = mackey_glass(400)
    slope = 0.2 * x[:-17] / (1.0 + x[:-17] ** 10) - 0.1 * x[17:]
    steps = (slope[:-2] + 4.0 * slope[1:-1] + slope[2:]) / 3.0
    np.testing.assert_allclose(x[19:] - x[17:-2], steps, atol=2e-4)


def test_the_past_is_constant_at_the_first_value() -> None:
    x = mackey_glass(18, washout=0)
    pull = 0.2 * x[0] / (1.0 + x[0] ** 10)  # constant for tau units: x relaxes to ten times that, exponentially
    np.testing.assert_allclose(x, 10 * pull + (x[0] - 10 * pull) * np.exp(-0.1 * np.arange(18)), rtol=1e-9)


def test_narma10_obeys_its_recurrence_everywhere() -> None:
    u, y = narma10(300, seed=2)
    for t in range(9, 299):
        expected = 0.3 * y[t] + 0.05 * y[t] * y[t - 9 : t + 1].sum() + 1.5 * u[t] * u[t - 9] + 0.1
        assert y[t + 1] == pytest.approx(expected, rel=1e-14)
    assert 0.0 <= u.min() < 0.01 < 0.49 < u.max() <= 0.5


def test_a_run_that_grows_without_bound_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = narma10(50, washout=0)[1]
    monkeypatch.setattr(series, "NARMA_BOUND", float(np.max(plain)) * 0.999)
    assert np.max(narma10(50, washout=0)[1]) < np.max(plain)
    monkeypatch.setattr(series, "NARMA_BOUND", 0.1)
    with pytest.raises(InputError, match="100 runs"):
        narma10(50)


@pytest.mark.parametrize("make", [mackey_glass, lambda n, seed: narma10(n, seed)[1]])
def test_the_seed_decides(make) -> None:
    assert np.array_equal(make(50, seed=1), make(50, seed=1))
    assert not np.allclose(make(50, seed=1), make(50, seed=2))


def test_what_is_no_number_of_steps_is_refused() -> None:
    for call, said in (
        (lambda: mackey_glass(0), "n=0"),
        (lambda: mackey_glass(10, tau=1.5), "tau=1.5"),  # type: ignore[arg-type]  # that is the mistake
        (lambda: narma10(10, washout=-1), "washout=-1"),
        (lambda: narma10(10, seed=-1), "seed=-1"),
        (lambda: nrmse([1.0, 2.0], [1.0]), "expected the same"),
        (lambda: nrmse([1.0, 2.0], [1.0, 1.0]), "constant"),
        (lambda: nrmse([1.0, 2.0], [1.0, np.inf]), r"true\[1\] = inf"),
        (lambda: nrmse([[1.0], [1.0, 2.0]], [1.0]), "rows of different lengths"),
    ):
        with pytest.raises(InputError, match=said):
            call()
