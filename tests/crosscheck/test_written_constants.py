"""What a claim writes down is what was meant: decimals in exponents, roots of unity, matrices in another order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.inputs.numpy.fft import _roots
from tests.faults import accused

COBB_DOUGLAS, AT = "A*K**0.3*L**0.7", {"A": 1.3, "K": 8.0, "L": 1e6}


def of_claim(report: Report) -> set[Verdict]:
    return {f.verdict for f in report.findings if f.method == "claimed"}


@pytest.mark.parametrize(("more", "right"), [("1", True), ("(1 + 1e-12)", False), ("L**1e-14", False)])
def test_decimals_in_exponents(more: str, right: bool) -> None:
    """0.7 - 1 and -0.3 are not one float, and L to them is 4 units in the last place apart."""
    claims = ["K**0.3*L**0.7", "0.3*A*(L/K)**0.7", f"0.7*A*(K/L)**0.3*{more}"]
    assert ("claimed" not in accused(crosscheck(COBB_DOUGLAS, at=AT, claimed=claims))) == right


@pytest.mark.parametrize("n", [4, 5, 8, 12])
def test_a_power_spectrum(n: int) -> None:
    """Parseval: the sum of |fft(x)|**2 is n sum(x**2), so that at x[0] = 0 its slope is 0, and not 5e-15."""

    def f(x: Any) -> Any:
        return np.sum(np.abs(np.fft.fft(x)) ** 2)

    x, one = np.arange(float(n)), 1 + 1e-12 * (np.arange(n) == 1)
    assert crosscheck(f, x, claimed=lambda x: 2 * n * x).ok
    assert accused(crosscheck(f, x, claimed=lambda x: 2 * n * one * x)) == {"claimed"}
    assert "claimed" in accused(crosscheck(f, x, claimed=lambda x: 2 * n * x + 1e-9 * (x == 0)))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 8, 12, 30])
def test_roots_of_unity(n: int) -> None:
    turns = np.outer(np.arange(n), np.arange(n)) % n / n
    for sign in (1, -1):
        roots = _roots(n, sign)
        assert np.allclose(roots, np.exp(2j * np.pi * sign * turns), atol=1e-14, rtol=0)
        assert np.all(roots == roots.T)
        assert np.all(roots[n // 2 + 1 :, 1:] == roots[(n - 1) // 2 : 0 : -1, 1:].conj()) or n < 3
        quarters = 4 * turns == np.round(4 * turns)
        assert np.all(roots[quarters] == np.round(roots[quarters]))


A, B = np.random.default_rng(4).standard_normal((6, 2)), np.random.default_rng(5).standard_normal(6)
MINIMUM = np.linalg.lstsq(A, B, rcond=None)[0]


def squares(x: Any) -> Any:
    return 0.5 * np.sum((A @ x - B) ** 2)


def test_at_a_minimum_a_claim_is_opened_all_the_same() -> None:
    """Nothing but rounding is left of a gradient there, and A.T lies in memory otherwise than what is recorded."""
    assert of_claim(crosscheck(squares, MINIMUM, claimed=lambda x: A.T @ (A @ x - B))) == {Verdict.AGREE}
    for off in (1e-10, 1e-13):
        found = of_claim(crosscheck(squares, MINIMUM, claimed=lambda x, off=off: A.T @ (A @ x - B) + off))
        assert found == {Verdict.DIFFER}


def test_a_recording_that_gives_something_else_is_none() -> None:
    def claim(x: Any) -> Any:
        factor = 1.0 if type(x) is np.ndarray else 0.5
        return factor * A.T @ (A @ x - B)

    assert of_claim(crosscheck(squares, np.array([0.3, 0.7]), claimed=claim)) == {Verdict.AGREE}  # by its numbers


@pytest.mark.parametrize("factor", [np.inf, np.array([1.0, np.inf, 1.0])])
def test_an_infinity_that_is_written_down_is_no_overflow(factor: Any) -> None:
    report = crosscheck(lambda x: np.sum(x**3), np.array([1.0, 2.0, 3.0]), claimed=lambda x: 3 * x**2 * factor)
    infinite = [f for f in report.findings if f.method == "claimed" and f.value == np.inf]
    assert infinite
    assert {f.verdict for f in infinite} == {Verdict.DIFFER}
