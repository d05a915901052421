"""Gauss's function of balls where differences of its parameters are whole, and no ball can know it."""

from __future__ import annotations

import mpmath
import pytest
from flint import acb, arb

from symdiff.balls import hypergeometric
from symdiff.balls.series import precision

POINTS = [-20.0, -3.0, -0.9, 0.3, 0.81, 0.95]


def parameters(whole: int) -> tuple[arb, arb, arb]:
    """a, b and c with c - a - b and a - b + 1/5 such that the first is this whole number; none is a binary number."""
    a, b = arb(6) / 5, arb(9) / 7
    return a, b, a + b + whole


@pytest.mark.parametrize("bits", [64, 128, 700])
@pytest.mark.parametrize("z", POINTS)
@pytest.mark.parametrize("whole", [-1, 0, 2])
def test_nearly_all_bits_are_there_at_a_whole_difference(whole: int, z: float, bits: int) -> None:
    with precision(bits):
        a, b, c = (acb(p) for p in parameters(whole))
        found = hypergeometric._gauss(a, b, c, acb(z)).real
    assert found.rel_accuracy_bits() > min(0.5 * bits, 250)
    with mpmath.workdps(40):
        a6, b9 = mpmath.mpf(6) / 5, mpmath.mpf(9) / 7
        truth = mpmath.hyp2f1(a6, b9, a6 + b9 + whole, mpmath.mpf(z))
        assert abs(mpmath.mpf(found.mid().str(30, radius=False)) / truth - 1) < 2.0 ** -min(0.5 * bits, 80)


@pytest.mark.parametrize("z", [-3.0, 0.9])
def test_equal_upper_parameters_that_are_no_binary_numbers(z: float) -> None:
    with precision(400):
        a, c = arb(6) / 5, arb(1) / 3
        found = hypergeometric._gauss(acb(a), acb(a), acb(c), acb(z)).real
    assert found.rel_accuracy_bits() > 250
    with mpmath.workdps(40):
        truth = mpmath.hyp2f1(mpmath.mpf(6) / 5, mpmath.mpf(6) / 5, mpmath.mpf(1) / 3, mpmath.mpf(z))
        assert abs(mpmath.mpf(found.mid().str(30, radius=False)) / truth - 1) < 1e-25


def test_flint_alone_has_92_bits_there() -> None:
    """Why there is a way of our own: if FLINT mends this, it can go."""
    with precision(300):
        a, b, c = (acb(p) for p in parameters(0))
        assert acb(0.81).hypgeom_2f1(a, b, c).real.rel_accuracy_bits() < 150


@pytest.mark.parametrize("z", [0.0, 1e-300, -1e-300])
def test_at_zero(z: float) -> None:
    with precision(200):
        a, b, c = (acb(p) for p in parameters(0))
        assert hypergeometric._gauss(a, b, c, acb(z)).real.rel_accuracy_bits() > 150


def test_where_the_series_would_be_long_nothing_is_said() -> None:
    with precision(3000):
        a, b, c = (acb(p) for p in parameters(0))
        assert not hypergeometric._gauss(a, b, c, acb(0.99999)).is_finite()


def test_far_to_the_left_only_the_upper_parameters_count() -> None:
    """c - a - b is whole, a - b is not: FLINT's way there is as good as ever."""
    with precision(1000):
        a, b, c = (acb(p) for p in parameters(0))
        assert hypergeometric._gauss(a, b, c, acb(-185)).real.rel_accuracy_bits() > 900
