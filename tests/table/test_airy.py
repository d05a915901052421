"""Airy functions far to the left: SciPy's error is that of the phase, and the rows say so."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb

from symdiff import balls
from symdiff.ops import TABLE

UNIT = 2.0**-53
LEFT = [-(10.0**e) for e in np.linspace(0, 6, 121)]


def in_bounds(name: str, x: float) -> float:
    """The error as a share of what the row allows."""
    row = TABLE[name]
    with balls.precision(300):
        truth = getattr(balls, name)(balls.const(x)).value
    error = float(abs(arb(float(row.forward(np.float64(x)))) - truth))
    return error / (row.ulp * UNIT * max(abs(float(truth)), row.least_size(abs(x))))


@pytest.mark.parametrize("name", ["airy_ai", "airy_aip", "airy_bi", "airy_bip"])
def test_the_error_far_to_the_left_is_within_the_rows_bound_and_not_far_below(name: str) -> None:
    shares = [in_bounds(name, x) for x in LEFT]
    assert max(shares) <= 1.0
    assert max(shares) >= 0.05


@pytest.mark.parametrize("name", ["airy_ai", "airy_aip", "airy_bi", "airy_bip"])
def test_without_the_phase_the_bound_is_broken(name: str) -> None:
    """Near a zero and far out nothing of it is relative to the value."""
    row = TABLE[name]
    far = [x for x in LEFT if x < -1e5]
    with balls.precision(300):
        truths = [getattr(balls, name)(balls.const(x)).value for x in far]
    errors = [float(abs(arb(float(row.forward(np.float64(x)))) - t)) for x, t in zip(far, truths, strict=True)]
    assert any(e > row.ulp * UNIT * abs(float(t)) for e, t in zip(errors, truths, strict=True))
