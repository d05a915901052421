"""Gauss's function of balls where parameters differ by whole numbers, and no ball can know it; Kummer's far away."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
from flint import acb, arb

from symdiff import crosscheck
from symdiff.balls import const, hypergeometric, variable
from symdiff.balls.series import precision
from tests.faults import accused, pull_back, times

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


# -- Kummer's function far to the right ----------------------------------------------------------------


@pytest.mark.parametrize("moving", ["a", "b", "z"])
@pytest.mark.parametrize("z", [30.0, 2.0**20 - 1, 2.0**20 + 1, 2e6])
def test_kummer_and_its_slopes_are_mpmaths(z: float, moving: str) -> None:
    a, b = 1.5, 2.25
    with precision(192, 1):
        given = [variable(v, 1.0) if n == moving else const(v) for n, v in (("a", a), ("b", b), ("z", z))]
        found = hypergeometric.hyp1f1(*given)
        ratio = found[1] / found[0]
    with mpmath.workdps(70):
        step = mpmath.mpf(10) ** -25

        def at(side: int) -> Any:
            return mpmath.hyp1f1(*(v + side * step * (n == moving) for n, v in (("a", a), ("b", b), ("z", z))))

        truth = (at(1) - at(-1)) / (2 * step * at(0))
        assert ratio.rad() < 1e-10
        assert abs(mpmath.mpf(ratio.mid().str(30, radius=False)) / truth - 1) < 1e-13


def test_a_slope_at_1e20_is_had_at_once() -> None:
    """M' / M is 1 + (a - b) / z + ..., DLMF 13.7.1; FLINT's own bound on a disk is e**(1e11) above the value."""
    with precision(192, 1):
        found = hypergeometric.hyp1f1(const(1.5), const(2.5), variable(1e20, 1.0))
        assert abs(found[1] / found[0] - 1) < 1e-19
    with precision(128):
        disk = acb(arb(1e20, 1), arb(0, 1))
        value, alone = hypergeometric._kummer(acb(1.5), acb(2.5), disk), disk.hypgeom_1f1(acb(1.5), acb(2.5))
        assert abs(alone).abs_upper() > abs(value).abs_upper() * arb(10) ** 1_000_000_000


def test_a_bound_that_is_beyond_hope_is_not_worked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def alone(a: acb, b: acb, z: acb) -> acb:
        asked.append(z)
        return z.hypgeom_1f1(a, b)

    monkeypatch.setattr(hypergeometric, "_kummer", alone)
    with precision(3000, 1):
        found = hypergeometric.hyp1f1(const(1.5), const(2.5), variable(1e20, 1.0))
    assert found.value.is_finite()
    assert not found[1].is_finite()
    assert len(asked) < 50


@pytest.mark.parametrize(("factor", "wrong"), [(1.0, set()), (-1.0, {"tape"})])
def test_a_check_there_ends_and_sees_a_wrong_sign(factor: float, wrong: set[str]) -> None:
    with pull_back("hyp1f1", times(factor), 2):
        report = crosscheck("hyp1f1(1.5, 2.5, x)", 1e20, operators="grad", methods=("tape",))
    assert accused(report) == wrong
    assert {str(f.verdict) for f in report.findings} == ({"DIFFER"} if wrong else {"AGREE"})
