"""PROVED: SymPy shows that a rule holds for every point; what holds at one point only is not proved."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.proving import proof
from symdiff.crosscheck.verdict import Verdict
from symdiff.ops import TABLE

LECTURE, POINT = "x1**2*(x2*x3 - 2*x1**2)", {"x1": 1.0, "x2": 2.0, "x3": 3.0}


def test_the_lecture_is_proved_for_all_three() -> None:
    report = sd.crosscheck(LECTURE, at=POINT, operators=["grad", "hessian"], prove=True)
    assert {f.verdict for f in report.findings} == {Verdict.PROVED}
    assert {f.basis for f in report.findings} == {"symbolic"}
    assert report.verdict is Verdict.PROVED
    assert report.ok


def test_without_being_asked_nothing_is_proved() -> None:
    assert sd.crosscheck(LECTURE, at=POINT).verdict is Verdict.AGREE


def test_a_rule_that_is_right_at_one_point_only_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """sin' = cos + (x - 1): right at x = 1 and nowhere else."""
    row = TABLE["sin"]
    cos = TABLE["cos"]
    wrong = dataclasses.replace(row, vjp=(lambda ct, y, x: ct * (cos(x) + (x - 1.0)),))
    monkeypatch.setitem(TABLE, "sin", wrong)
    report = sd.crosscheck("sin(x)", 1.0, methods=("tape",), prove=True)
    assert [f.verdict for f in report.findings] == [Verdict.AGREE]
    monkeypatch.setitem(TABLE, "sin", row)
    report = sd.crosscheck("sin(x)", 1.0, methods=("tape",), prove=True)
    assert [f.verdict for f in report.findings] == [Verdict.PROVED]


def test_a_claim_beside_it_stays_what_it_is() -> None:
    """8 x1**2 for 8 x1**3: it agrees at x1 = 1."""
    report = sd.crosscheck(LECTURE, at=POINT, wrt="x1", claimed="2*x1*x2*x3 - 8*x1**2", prove=True)
    assert {f.method: f.verdict for f in report.findings}["claimed"] is Verdict.AGREE
    assert {f.method: f.verdict for f in report.findings}["tape"] is Verdict.PROVED


@pytest.mark.parametrize("wrt", ["a", "b", "c", ("a", "c"), ("a", "b", "c"), ("c", "a")])
def test_the_entries_of_arrays_are_proved_one_by_one(wrt: str | tuple[str, ...]) -> None:
    a, b, c = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, 1.5]), 2.0
    report = sd.crosscheck(lambda a, b, c: np.sum(a @ b) * c**2, a, b, c, wrt=wrt, prove=True)
    assert report.verdict is Verdict.PROVED
    assert all(f.verdict is Verdict.PROVED for f in report.findings)


def test_an_entry_that_is_not_proved_stays_so_beside_one_of_another_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = np.array([1.5, 2.5]), np.array([0.5, 1.5])
    proved = proof._proved

    def first_only(case: Any, method: str, truth: Any, symbols: Any) -> Any:
        return [index for index in proved(case, method, truth, symbols) if index == (0,)]

    monkeypatch.setattr(proof, "_proved", first_only)
    report = sd.crosscheck(lambda a, b: np.sum(a * b), a, b, wrt=(0, 1), prove=True)
    assert {f.argument for f in report.findings if f.verdict is Verdict.PROVED} == {"a[0]"}
