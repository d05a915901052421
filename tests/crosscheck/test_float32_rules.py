"""Claims in float32 whose rule is wrong by less than the noise hides, and right ones with rounded constants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.large import narrow_certified
from tests.faults import accused

X = np.array([0.5, -1.2, 2.0], np.float32)
LARGE = np.float32(1000.1)
THIRD, ROUNDED = np.float32(1 / 3), np.array([0.1, 0.7, 1 / 7], np.float32)

Pair = tuple[Callable[[Any], Any], Callable[[Any], Any]]
WRONG: dict[str, Pair] = {
    "digits of pi": (lambda x: np.sum(np.sin(np.pi * x)), lambda x: 3.14159 * np.cos(np.pi * x)),
    "a factor": (lambda x: np.sum(x**3), lambda x: 3.00001 * x**2),
    "a guard against zero": (lambda x: np.sum(np.log(x**2)), lambda x: 2 * x / (x**2 + 1e-6)),
    "one entry": (lambda x: np.sum(x**3), lambda x: 3 * x**2 * np.array([1.000004, 1, 1], np.float32)),
    "a term": (lambda x: np.sum(x**3 + 1e-6 * x**2), lambda x: 3 * x**2),
}
RIGHT: dict[str, Pair] = {
    "pi": (lambda x: np.sum(np.sin(np.pi * x)), lambda x: np.pi * np.cos(np.pi * x)),
    "a third in float32": (lambda x: np.sum(THIRD * x**3), lambda x: x**2),
    "a third in float64": (lambda x: np.sum(x**3 / 3), lambda x: 3 * THIRD * x**2),
    "data": (lambda x: np.sum(ROUNDED * x**2), lambda x: np.array([0.2, 1.4, 2 / 7]) * x),
    "beside a neighbour": (lambda x: np.sum(LARGE * x**2 - 1000 * x**2), lambda x: 2 * 1000.1 * x - 2000 * x),
    "numbers, rounded": (lambda x: np.sum(np.cos(1e-6 * x) * x), lambda x: np.array([1.0, 1.0, 1.0], np.float32)),
    "many digits lost": (lambda x: np.sum((x + 1000) ** 2 - x**2), lambda x: 2 * (x + 1000) - 2 * x),
    "a branch": (lambda x: np.sum(np.where(x > 0, x**2, 0.3 * x)), lambda x: np.where(x > 0, 2 * x, np.float32(0.3))),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_rule_is_judged_in_float64(name: str) -> None:
    f, claim = WRONG[name]
    report = crosscheck(f, X, claimed=claim)
    assert accused(report) == {"claimed"}
    assert any("in float64" in finding.reason for finding in report.findings if finding.method == "claimed")


@pytest.mark.parametrize("name", RIGHT)
def test_constants_of_float32_are_no_wrong_rule(name: str) -> None:
    f, claim = RIGHT[name]
    assert crosscheck(f, X, claimed=claim).ok


def test_without_it_a_wrong_rule_is_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrow_certified.Certified, "_wide", lambda *_: None)
    f, claim = WRONG["a factor"]
    assert not accused(crosscheck(f, X, claimed=claim))


def test_without_one_rounding_of_an_entry_right_numbers_are_accused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrow_certified, "A_FEW_TIMES", 0.0)
    f, claim = RIGHT["numbers, rounded"]
    assert "claimed" in accused(crosscheck(f, X, claimed=claim))


def test_what_constants_explain_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrow_certified, "of_constants", lambda program, *_, **__: [0.0] * len(program.graph.outputs))
    f, claim = RIGHT["beside a neighbour"]
    assert "claimed" in accused(crosscheck(f, X, claimed=claim))
