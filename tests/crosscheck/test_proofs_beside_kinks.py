"""Kinks beside which a step is zero, or two are one number, and no ball shows it: a proof does.

It holds wherever the inputs go, or along a ray, on which some of them stay where they are. What is due is worked out
by hand; a wrong derivative at the same point is seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.verdict import Verdict


def of(f: Any, args: tuple[Any, ...], entries: Any, operator: str) -> set[Verdict]:
    """The verdicts on a claim of these entries."""
    claimed = {operator: lambda *_: entries}
    report = crosscheck(f, *args, claimed=claimed, methods=("tape",), operators=(operator,))
    return {f.verdict for f in report.findings if f.method == "claimed"}


def huber(z: Any) -> Any:
    return np.where(np.abs(z) < 1.0, 0.5 * z**2, np.abs(z) - 0.5)


def log_sum_exp(x: Any) -> Any:
    return np.log(np.sum(np.exp(x - np.max(x)))) + np.max(x)


SORTED = np.array([1.0, 0.0, -0.0, -0.0])
TIED = np.array([1.0, 1.0, 0.0])
SMOOTH: dict[str, tuple[Any, tuple[Any, ...], str, Any]] = {
    "x - x below a bound": (lambda x: np.maximum(x - x, 0.0) + x, (-1000.0,), "grad", 1.0),
    "zero along one axis": (lambda x: huber((x[0] + x[1]) - x[0]) + x[1], (np.array([0.7, 0.0]),), "grad",
                            [0.0, 1.0]),
    "an exponent that is no root": ("abs(x - x) + (y**2 + 1)**0.3", (1.0, 0.0), "hessian", ((0.0, 0.0), (0.0, 0.6))),
    "of nothing": ("abs(x - x)**0.3 + x**2", (1.0,), "grad", (2.0,)),
    "a whole number everywhere": ("floor(x/x)*y", (-1.1, 2.0), "grad", (0.0, 1.0)),
    "the unit vector": (lambda x: np.where(np.abs(x / np.sqrt(x**2)) < 1.0, x, x**2), (1.7,), "grad", 3.4),
    "equal logarithms": (lambda x: np.sum(np.sort(np.log2(3 + np.sin(x)))), (SORTED,), "grad",
                         np.cos(SORTED) / (3 + np.sin(SORTED)) / np.log(2)),
    "the largest of all, taken away": (log_sum_exp, (TIED,), "grad", np.exp(TIED) / np.sum(np.exp(TIED))),
    "tan(pi)": ("abs(x)*tan(pi)**2 + x", (0.0,), "grad", (1.0,)),
}  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
def test_the_derivative_is_due(name: str) -> None:
    f, args, operator, due = SMOOTH[name]
    assert of(f, args, due, operator) == {Verdict.AGREE}
    for wrong in (1e-9, -1.0, np.nan):
        assert Verdict.DIFFER in of(f, args, np.asarray(due) + wrong, operator), wrong


def standardised(x: Any) -> Any:
    return np.max((x - np.mean(x)) / np.sqrt(np.var(x) + 0.125))


KINKED: dict[str, tuple[Any, tuple[Any, ...], list[Any], list[Any]]] = {  # what is taken at the kink, and what is wrong
    "clip, at a bound": ("clip(log(exp(x)), 2, 5)", (2.0,), [(0.0,), (0.5,), (1.0,)], [(1.1,), (-0.1,)]),
    "sinc at a whole number": ("abs(sinc(x))", (3.0,), [(0.0,), (1 / 3,), (-1 / 3,)], [(0.34,), (1.0,)]),
    "equal distances": ("max(sqrt((x - y)**2), abs(y - x)) + abs(x - 1)", (1.0, 3.0), [(-1.5, 1.0), (0.0, 1.0)],
                        [(0.5, 1.0), (-1.0, -1.0)]),
}  # fmt: skip


@pytest.mark.parametrize("name", KINKED)
def test_a_convention_is_known_from_what_is_wrong(name: str) -> None:
    f, args, taken, wrong = KINKED[name]
    for entries in taken:
        assert of(f, args, entries, "grad") <= {Verdict.KINK, Verdict.AGREE}, entries
    for entries in wrong:
        assert Verdict.DIFFER in of(f, args, entries, "grad"), entries


def test_the_largest_of_standardised_numbers_that_tie() -> None:
    x = np.array([0.38, 1.03, 1.03])
    report = crosscheck(standardised, x)
    assert {f.verdict for f in report.findings} <= {Verdict.KINK, Verdict.AGREE}, str(report)
    taken = np.array([f.value for f in report.findings if f.method == "jax"], float)
    assert Verdict.DIFFER not in of(standardised, (x,), taken[[0, 2, 1]], "grad")
    for wrong in (taken * 1.001, -taken, taken + np.array([0.0, 0.5, -0.5]) * 5):
        assert Verdict.DIFFER in of(standardised, (x,), wrong, "grad"), wrong


ROUNDED: dict[str, tuple[str, tuple[float, ...], list[Any], list[Any]]] = {  # what is computed at 0, and how it rounds
    "a function's own zero": ("abs(erf(x))*3 + x", (0.0,), [1.0, 1.0 + 6 / np.sqrt(np.pi)], [5.0, -3.0]),
    "a number minus itself": ("cos(abs(y**2 - y**2)**0.5) + abs(x)*y", (0.0, 2.0), [(0.0, 0.0), (2.0, 0.0)],
                              [(2.1, 0.0), (0.0, 1e-9)]),
}  # fmt: skip


@pytest.mark.parametrize("name", ROUNDED)
def test_what_rounding_may_do_beside_an_exact_zero_is_known(name: str) -> None:
    text, x, taken, wrong = ROUNDED[name]
    report = crosscheck(text, *x, methods=("symbolic", "tape"))
    assert Verdict.UNDECIDED not in {f.verdict for f in report.findings}, str(report)
    for entries in taken:
        assert of(text, x, entries, "grad") <= {Verdict.KINK, Verdict.AGREE}, entries
    for entries in wrong:
        assert Verdict.DIFFER in of(text, x, entries, "grad"), entries


def test_second_derivatives_of_a_number_clipped_at_itself() -> None:
    """clip(y, y, 3) is y below 3."""
    text, y = "softplus(clip(y, y, 3))**2 + x", 1.155
    report = crosscheck(text, at={"x": 1.0, "y": y}, operators="hessian")
    assert {f.verdict for f in report.findings} <= {Verdict.AGREE, Verdict.INACCURATE}, str(report)
    s, p = 1 / (1 + np.exp(-y)), np.log1p(np.exp(y))
    due = np.array([[0.0, 0.0], [0.0, 2 * s * s + 2 * p * s * (1 - s)]])
    assert of(text, (1.0, y), due, "hessian") == {Verdict.AGREE}
    assert Verdict.DIFFER in of(text, (1.0, y), due * (1 + 1e-9), "hessian")


def test_ends_and_zeros_that_no_ball_shows() -> None:
    """Of sqrt, asin and floor the switching argument is zero: proven, and so the point is judged as any other there."""
    for text, due in {"sqrt(sin(x)**2 + cos(x)**2 - 1)*x + x": 1.0, "x*acos(sin(x)**2 + cos(x)**2)": 0.0}.items():
        found = crosscheck(text, 0.7, claimed=lambda x, d=due: d, methods=("symbolic",)).findings
        assert {f.verdict for f in found if f.method == "claimed"} == {Verdict.AGREE}, text
        found = crosscheck(text, 0.7, claimed=lambda x, d=due: d + 1e-9, methods=("symbolic",)).findings
        assert {f.verdict for f in found if f.method == "claimed"} == {Verdict.DIFFER}, text


def of_quadrants(x: Any) -> Any:
    return np.sum(np.maximum(x, 0.0) ** 2) + np.maximum(x[0], 0.0) * np.maximum(x[1], 0.0) + np.prod(x)


@pytest.mark.parametrize(
    ("at", "value", "verdict"),
    [
        ((0, 0), 0.0, Verdict.KINK), ((0, 0), 2.0, Verdict.KINK), ((0, 0), 2.1, Verdict.DIFFER),
        ((0, 0), -0.1, Verdict.DIFFER), ((0, 1), 0.0, Verdict.KINK), ((0, 1), 0.25, Verdict.KINK),
        ((0, 1), 1.0, Verdict.KINK), ((0, 1), 1.1, Verdict.DIFFER), ((0, 2), 0.0, Verdict.AGREE),
        ((0, 2), 1e-9, Verdict.DIFFER),
    ],
)  # fmt: skip
def test_a_second_derivative_in_many_pieces_entry_by_entry(at: tuple[int, int], value: float, verdict: Verdict) -> None:
    """Of more inputs than have their pieces put together: in each quadrant of two of them the entry is a number."""
    entries = np.zeros((5, 5))
    entries[at] = entries[at[::-1]] = value
    claimed = {"hessian": lambda _: entries}
    report = crosscheck(of_quadrants, np.zeros(5), claimed=claimed, methods=("tape",), operators="hessian")
    assert {f.verdict for f in report.findings if f.method == "claimed" and f.index == at} == {verdict}
