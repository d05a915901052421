"""A decimal is what its writer meant: 1.4 and 0.4 are 7/5 and 2/5, not two doubles that do not fit together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.crosscheck.certified import stage1
from symdiff.crosscheck.verdict import Verdict


def claimed(f: str, x: float, claim: object) -> Verdict:
    (finding,) = [g for g in sd.crosscheck(f, x, claimed=claim, methods=("tape",)).findings if g.method == "claimed"]
    return finding.verdict


RIGHT = [
    ("x**1.4", "1.4*x**0.4"), ("0.1*x**2", "x/5"), ("x**0.1", "x**0.1/10/x"), ("0.1*x**2", "0.2*x"),
    ("x**0.3", "0.3/x**0.7"), ("x**2/6", "0.3333333333333333*x"),
]  # fmt: skip
WRONG = [
    ("x**1.4", "1.4*x**0.400001"), ("x**1.4", "1.4*x**0.4*(1 + 1e-12)"), ("0.1*x**2", "x/5.00000000001"),
    ("x**1.4", "1.4*x**0.5"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "claim"), RIGHT)
def test_a_right_claim_in_decimals_is_not_accused(f: str, claim: str) -> None:
    assert claimed(f, 2.0, [claim]) is Verdict.AGREE


@pytest.mark.parametrize(("f", "claim"), WRONG)
def test_a_wrong_claim_does_not_hide_behind_decimals(f: str, claim: str) -> None:
    assert claimed(f, 2.0, [claim]) is Verdict.DIFFER


@pytest.mark.parametrize(("factor", "verdict", "asked"), [(1.0, Verdict.AGREE, 0), (1.5, Verdict.DIFFER, 2)])
def test_decimals_are_asked_about_only_where_a_claim_misses(
    factor: float, verdict: Verdict, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data are decimals, too: a sweep for every input, which a right claim of a net with data need not pay. Who is
    accused is looked at a second time, with what NumPy may have computed of the constants allowed for."""
    calls, meant = [], stage1._meant
    monkeypatch.setattr(stage1, "_meant", lambda *given: calls.append(1) or meant(*given))
    X, y = np.array([[0.3, -1.1], [0.7, 0.2]]), np.array([0.1, -0.4])
    report = sd.crosscheck(
        lambda w: np.sum((X @ w - y) ** 2), np.array([0.6, 1.7]), claimed=lambda w: factor * 2 * X.T @ (X @ w - y)
    )
    assert {f.verdict for f in report.findings if f.method == "claimed"} == {verdict}
    assert len(calls) == asked


def test_what_decimals_leave_open_is_not_asked_again_with_more_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """sin of 2**40 times a decimal: its last place moves the sine by 1e-5, whatever the precision."""
    answers, compare = [], stage1._compare
    monkeypatch.setattr(stage1, "_compare", lambda *given: answers.append(compare(*given)) or answers[-1])
    claim = "sin(1099511627776*0.1)*1.0000001"
    sd.crosscheck("sin(1099511627776*0.1)*x", 2.0, claimed=[claim], methods=())
    assert answers == [([None], True)] * 2  # the second look allows for what was computed of the constants


def test_a_claim_written_as_a_function() -> None:
    assert claimed("x**1.4", 2.0, lambda x: 1.4 * x**0.4) is Verdict.AGREE
    assert claimed("x**1.4", 2.0, lambda x: 1.4 * x**0.41) is Verdict.DIFFER


def test_a_claim_that_adds_up_huge_numbers_is_not_believed() -> None:
    verdict = claimed("x**3", 2.0, lambda x: 3 * x**2 + 1 + (x * 1e60) * 1e10 - (x * 1e60) * 1e10)
    assert verdict not in (Verdict.AGREE, Verdict.INACCURATE)


def test_an_imaginary_part_is_not_dropped() -> None:
    report = sd.crosscheck("x**2", 1.0, claimed=lambda x: np.complex128(2 + 5j) * float(x))
    assert not report.ok
    assert any("expected real numbers" in f.reason for f in report.findings)


def test_symbols_are_names() -> None:
    x, y = sp.symbols("x y")
    assert sd.crosscheck(x * y, at={x: 1, y: 2}, wrt=x).ok


def test_a_series_that_is_cut_off_below_the_last_place_is_right() -> None:
    """expm1(x)/x at 1e-5: the next term is 1e-28; at 1e-2 it can be seen, and is."""

    def f(x: Any) -> Any:
        return np.expm1(x) / x

    def series(x: Any) -> Any:
        return 0.5 + x / 3 + x**2 / 8 + x**3 / 30 + x**4 / 144

    assert [q.verdict for q in sd.crosscheck(f, 1e-5, claimed=series).findings if q.method == "claimed"] == [
        Verdict.AGREE
    ]
    assert [q.verdict for q in sd.crosscheck(f, 1e-2, claimed=series).findings if q.method == "claimed"] == [
        Verdict.DIFFER
    ]
    off = sd.crosscheck(f, 1e-5, claimed=lambda x: series(x) * (1 + 2.0**-50))
    assert [q.verdict for q in off.findings if q.method == "claimed"] == [Verdict.DIFFER]


def test_the_nearest_double_is_right_whatever_the_claim_is_made_of() -> None:
    """0.3 * 1e3 is the number 300: no rounding is left in the claim, and the truth lies beside it."""

    def f(x: Any) -> Any:
        return np.sum(x * np.array([0.3, -1.0])) / np.sqrt(np.mean(x**2) + 1e-6)

    report = sd.crosscheck(f, np.zeros(2), claimed=lambda x: np.array([0.3, -1.0]) * 1e3)
    assert {q.verdict for q in report.findings} == {Verdict.AGREE}
    report = sd.crosscheck(f, np.zeros(2), claimed=lambda x: np.array([0.3, -1.0]) * (1e3 + 1e-9))
    assert {q.verdict for q in report.findings if q.method == "claimed"} == {Verdict.DIFFER}


def test_a_wrong_claim_is_accused_where_the_tape_has_no_rule() -> None:
    """By its order J has no derivative on the tape: nobody says what constants may do, and that is no error."""
    report = sd.crosscheck("besselj(v, 2.5)", at={"v": 0.3}, claimed=["v*7"], methods=("symbolic",))
    assert {f.verdict for f in report.findings if f.method == "claimed"} == {Verdict.DIFFER}
