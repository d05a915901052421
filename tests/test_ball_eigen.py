"""Certified eigenpairs as Taylor balls, against matrices whose eigenvalues are known in closed form."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from flint import arb

from symdiff import balls
from symdiff.balls import Ball
from symdiff.ops import TABLE

BITS = 300


def lower(a: np.ndarray) -> list[Ball]:
    return [balls.const(v) for v in a[np.tril_indices(len(a))]]


def toeplitz(n: int) -> np.ndarray:
    """2 on the diagonal and -1 beside it: eigenvalues 2 - 2 cos(k pi / (n + 1)), sines for vectors."""
    return 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)


@pytest.mark.parametrize("n", [1, 2, 3, 6, 9])
def test_enclosures_hold_the_closed_forms(n: int) -> None:
    with balls.precision(BITS):
        entries = lower(toeplitz(n))
        for k in range(n):
            angle = arb.pi() * (k + 1) / (n + 1)
            found = balls.eigenvalue(*entries, n=n, k=k).value
            assert found.contains(2 - 2 * angle.cos()) or found.overlaps(2 - 2 * angle.cos())
            assert found.rad() < arb(2) ** (40 - BITS)
            scale = (arb(2) / (n + 1)).sqrt()
            vector = [balls.eigenvector(*entries, n=n, k=k, row=i, gap=1.0).value for i in range(n)]
            side = 1 if vector[0] > 0 else -1  # the first sine is positive
            for i, v in enumerate(vector):
                assert v.overlaps(side * scale * (angle * (i + 1)).sin())
                assert v.rad() < arb(2) ** (40 - BITS)


def test_taylor_coefficients_are_those_of_the_closed_form() -> None:
    """Of a 2 x 2 matrix, in FLINT's own power series."""
    with balls.precision(BITS, 4):
        a, b, c = (balls.variable(v, d) for v, d in ((1.25, 0.5), (0.75, -2.0), (-0.5, 1.5)))
        root = balls.sqrt((a - c) * (a - c) + b * b * 4)
        for k, sign in ((0, -1), (1, 1)):
            found, truth = balls.eigenvalue(a, b, c, n=2, k=k), (a + c + root * sign) / 2
            vector = [balls.eigenvector(a, b, c, n=2, k=k, row=i, gap=1.0) for i in range(2)]
            for m in range(5):
                assert found[m].overlaps(truth[m])
                assert found[m].rad() < arb(2) ** (40 - BITS)
                assert ((a * vector[0] + b * vector[1]) - found * vector[0])[m].contains(0)
                assert (vector[0] * vector[0] + vector[1] * vector[1])[m].contains(1 if m == 0 else 0)


def test_equal_eigenvalues_are_not_a_number_and_the_others_are() -> None:
    with balls.precision(BITS, 1):
        entries = lower(np.diag([2.0, 5.0, 2.0]))
        found = [balls.eigenvalue(*entries, n=3, k=k).value for k in range(3)]
    assert [bool(f.is_finite()) for f in found] == [False, False, True]
    assert float(found[2]) == 5.0


AWKWARD = [0.0, -1.0, 1e300, 1e-300, float("inf"), float("nan"), arb(0, 1), arb(-1, 1e-20)]


@pytest.mark.parametrize("order", [0, 2])
def test_nothing_raises_and_no_number_in_is_no_number_out(order: int) -> None:
    with balls.precision(100, order):
        pool = [b for v in AWKWARD for b in (balls.const(v), balls.variable(v, 1))]
        for entries in itertools.product(pool, repeat=3):
            for k in range(2):
                found = balls.eigenvalue(*entries, n=2, k=k)
                balls.eigenvector(*entries, n=2, k=k, row=0, gap=1.0)
                assert not found.value.is_finite() or all(e.value.is_finite() for e in entries)


def test_wide_entries_give_wide_eigenvalues_that_hold_all() -> None:
    """Every matrix within the balls has its eigenvalues within theirs."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=(4, 4))
    a = a + a.T
    with balls.precision(BITS):
        wide = [balls.const(arb(v, 1e-3)) for v in a[np.tril_indices(4)]]
        found = [balls.eigenvalue(*wide, n=4, k=k).value for k in range(4)]
        assert all(f.is_finite() for f in found)
        for _ in range(50):
            moved = a + np.tril(rng.uniform(-1e-3, 1e-3, (4, 4)))
            inside = [balls.eigenvalue(*lower(moved), n=4, k=k).value for k in range(4)]
            assert all(f.contains(v) for f, v in zip(found, inside, strict=True))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
def test_lapack_is_as_accurate_as_the_rows_say(n: int) -> None:
    worst = 0.0
    for seed in range(20):
        a = np.random.default_rng([n, seed]).normal(size=(n, n)) * 10.0 ** np.random.default_rng(seed).uniform(-2, 2, n)
        a = np.tril(a) + np.tril(a, -1).T
        values, vectors = np.linalg.eigvalsh(a), TABLE["eigenvectors"].forward(a)
        sizes = np.abs(a[np.tril_indices(n)])
        gaps = np.diff(values, prepend=-np.inf, append=np.inf)
        for k in range(n):
            gap = min(gaps[k], gaps[k + 1])
            with balls.precision(BITS):
                error = abs(float(balls.eigenvalue(*lower(a), n=n, k=k).value - values[k]))
                worst = max(worst, error / (TABLE["eigenvalue"].rounding(*sizes, n=n, k=k) * 2.0**-53))
                for row in range(n):
                    error = abs(float(balls.eigenvector(*lower(a), n=n, k=k, row=row, gap=gap).value - vectors[row, k]))
                    units = TABLE["eigenvector"].rounding(*sizes, n=n, k=k, row=row, gap=gap)
                    worst = max(worst, error / (max(units, 1.0) * 2.0**-53))
    assert worst < 0.5, worst
