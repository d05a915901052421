"""A diagnosis that is not sure says nothing: what looks like a mistake, and is another or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.claimed.nearness import Seen
from symdiff.crosscheck.claimed.patterns import pattern, vague_pattern

ONES = np.ones(3)
X = np.array([0.3, 0.7, 1.1, 2.0, 3.0])


def product(x: Any) -> Any:
    return np.sum(np.exp(x) * np.sin(x))


def in_float32(x: np.ndarray) -> np.ndarray:
    return np.exp(x) * (np.sin(x).astype(np.float32) + np.cos(x))


def noisy(x: np.ndarray) -> np.ndarray:
    return np.array([(product(x + 1e-8 * e) - product(x)) / 1e-8 for e in np.eye(len(x))])


# what is claimed of which function where: the one sentence that may be said, "" for none
SURE: dict[str, tuple[Any, Any, tuple[Any, ...], str]] = {
    "nothing is swapped": ("x + y + z", ["1", "1", "1 + 1e-12"], (1.0, 2.0, 3.0),
        "z: claimed = (1 + 1e-12) x true at 5 of 5 points"),
    "nothing is reversed": (lambda x: np.sum(2 * x), lambda x: np.array([2, 2, 2 + 2e-9]), (ONES,),
        "right but for x[2]: there claimed = (1 + 1e-09) x true"),
    "tiny entries": (lambda x: np.sum(np.exp(x)), lambda x: np.exp(x) * np.array([1, 1, 0]),
        (np.array([0.0, -40.0, -700.0]),), ""),
    "inf is no multiple": ("x**3", "exp(1000*x)", (2.0,), ""),
    "inf is not reversed": (lambda x: np.sum(x**2), lambda x: np.full(3, np.inf), (ONES,), ""),
    "a division by zero": (lambda x: np.sum(x**2), lambda x: x / (x - x), (ONES,), ""),
    "no logarithm": ("10**x", "10**x", (2.0,),
        "claimed = 0.434294 x true at 5 of 5 points: the factor log(10) is missing"),
    "no logarithm of 2": ("exp2(x)", "exp2(x)", (2.0,),
        "claimed = 1.4427 x true at 5 of 5 points: the factor log(2) is missing"),
    "a logarithm": ("log10(x)", "1/x", (2.0,),
        "claimed = 2.30259 x true at 5 of 5 points: log10 is differentiated as log"),
    "nowhere right": (lambda x: np.sum(abs(x)), lambda x: np.where(x > 0, 1 + 1e-12 * np.cos(x), 1.0),
        (np.array([0.5, 1.0, -2.0, -3.0]),), "is missing at abs(x)"),
    "right beside 1e100 only": ("x**1000 - y", "1000*x**999 - y*x**2", ({"x": 1.01, "y": 1.0}, "x"), ""),
    "float32 inside": (product, in_float32, (X,), "a part of it is computed in float32"),
    "differences": (product, noisy, (X,), "without a pattern: finite differences?"),
    "decimals": (product, lambda x: np.round(np.exp(x) * (np.sin(x) + np.cos(x)), 7), (X,), "finite differences?"),
}  # fmt: skip


@pytest.mark.parametrize("name", SURE)
def test_what_is_said_is_so(name: str) -> None:
    f, claim, point, says = SURE[name]
    at, wrt = point if isinstance(point[0], dict) else (None, None)
    report = sd.crosscheck(f, *(() if at else point), at=at, wrt=wrt, claimed=claim, methods=("tape",))
    assert not report.ok
    assert len(report.diagnosis) == (1 if says else 0), report.diagnosis
    assert all(says in said for said in report.diagnosis)


def test_a_stale_derivative_does_not_change_with_its_argument() -> None:
    def stale(x: Any, y: Any = X) -> Any:
        return np.cos(y)

    report = sd.crosscheck(lambda x: np.sum(np.sin(x)), X, claimed=stale, points=2, methods=("tape",))
    assert report.diagnosis == ["what is claimed does not change with x"]


def test_a_constant_truth_is_not_stale() -> None:
    report = sd.crosscheck(lambda x: np.sum(3 * x), X, claimed=lambda x: np.array([3, 1, 4, 1, 5]), methods=("tape",))
    assert report.diagnosis == []


def two(claimed: Any, right: Any, **more: Any) -> Seen:
    return Seen([np.asarray(claimed, float)], [np.asarray(right, float)], **more)


Look = Callable[..., str]
NOTHING: dict[str, tuple[Look, list[Seen]]] = {
    "the last places": (pattern, [two([1 + 2.0**-52], [1.0])]),
    "the last places, everywhere": (vague_pattern, [two(ONES + 2.0**-52, ONES)]),
    "reversed or shifted": (pattern, [two([2, 1, 1], [1, 1, 2])]),
    "2 times the largest, the others right": (pattern, [two([2.0, 1e-20], [1.0, 1e-20])]),
    "few at the first point, more at the next": (vague_pattern, [
        two([1, 2, 3, 5], [1, 2, 3, 4]), two([1, 2, 3, 5], [7, 2, 3, 4])]),
    "few, and the others hardly right": (vague_pattern, [two([1 + 1e-11, 2, 3, 5], [1, 2, 3, 4])]),
    "hardly right on one side": (pattern, [two([1 + 1e-12, 1 + 1e-12, 1, 1], [1, 1, -1, -1], x=[np.array(
        [1.0, 2.0, -1.0, -2.0])])]),
    "no argument": (vague_pattern, [two([2 + 1e-9], [2.0], x=[np.array([1.0])])]),
    "numbers that are in any format": (pattern, [two([2.0, 4.0], [2.0 + 1e-9, 4.0])]),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTHING)
def test_of_such_numbers_nothing_is_said(name: str) -> None:
    look, seen = NOTHING[name]
    assert look(seen, ["x"]) == ""
