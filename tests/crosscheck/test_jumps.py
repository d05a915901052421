"""At a jump there is no derivative, and still not every number is a convention; what only seems to jump does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.verdict import Verdict

AGREE, DIFFER, KINK, UNDECIDED = Verdict.AGREE, Verdict.DIFFER, Verdict.KINK, Verdict.UNDECIDED


def of(f: Any, x: Any, entries: Any, operator: str = "grad") -> list[Verdict]:
    """The verdicts on a claim of these entries."""
    given = x if isinstance(x, tuple) else (x,)
    claimed = {operator: lambda *_: entries if isinstance(x, tuple) else np.array(entries, float)}
    report = sd.crosscheck(f, *given, claimed=claimed, methods=("tape",), operators=(operator,))
    return [found.verdict for found in report.findings if found.method == "claimed"]


ONE: list[tuple[str, float, list[float], list[float]]] = [  # f, the point, what may be taken and what may not
    ("where(x > 1, 3*x, x)", 1.0, [1.0, 2.0, 3.0, np.inf, np.nan], [0.999, 3.001, -100.0]),
    ("sign(x)*exp(x)", 0.0, [-1.0, 0.0, 1.0], [-1.1, 55.0]),
    ("floor(x)*x", 2.0, [1.0, 2.0], [0.0, 1e300]),
    ("mod(x, 3)", 3.0, [1.0], [0.0, 5.0]),
    ("where(x > 0, 1, 0)", 0.0, [0.0], [1e-9, 7.0]),
    ("sign(x)**2*(x + 1)", 0.0, [0.0, 1.0], [-1.0, 1.5]),  # 0 is what the code has at 0 itself
    ("where(x == 0, 5*x, x + 1)", 0.0, [1.0, 5.0], [0.0, 6.0]),
    ("where(x > 0, sqrt(x) + 1, x)", 0.0, [1.0, 6.0, np.inf], [-6.0]),
    ("floor(x) + abs(x - 2)", 2.0, [-1.0, 0.5, 1.0], [1.5]),
    ("abs(x)**2*floor(x) + x**2*ceil(x)", 2.0, [12.0, 16.0, 20.0], [11.0, 21.0]),
]


@pytest.mark.parametrize(("text", "x", "taken", "wrong"), ONE)
def test_of_one_input_both_sides_are_known(text: str, x: float, taken: list[float], wrong: list[float]) -> None:
    for value in taken:
        assert of(text, (x,), (value,)) == [KINK], value
    for value in wrong:
        assert of(text, (x,), (value,)) == [DIFFER], value


def test_of_second_derivatives_as_well() -> None:
    for value, due in ((6.0, KINK), (0.0, KINK), (7.0, DIFFER)):
        assert of("where(x > 1, 3*x**2, x)", (1.0,), ((value,),), "hessian") == [due]


def products(x: Any) -> Any:
    return np.floor(x[0]) * x[1]


def test_of_more_inputs_each_entry_by_itself() -> None:
    x = np.array([2.0, 1.0])
    assert of(products, x, [0.0, 2.0]) == [KINK, KINK]
    assert of(products, x, [0.0, 1.0]) == [KINK, KINK]  # the slope below
    assert of(products, x, [0.0, -9.0]) == [KINK, DIFFER]
    assert of(products, x, [9.0, 2.0]) == [DIFFER, KINK]
    assert of(products, x, [0.0, 2.05]) == [KINK, UNDECIDED]  # of some directions nobody has looked
    assert of("atan2(y, x)", (-1.0, 0.0), (0.0, -1.0)) == [KINK, KINK]
    assert of("atan2(y, x)", (-1.0, 0.0), (7.0, 5.0)) == [DIFFER, DIFFER]
    assert of("atan2(y, x)", (0.0, 0.0), (7.0, 5.0)) == [KINK, KINK]  # as steep as one likes, nearby


def test_what_does_not_jump_itself_is_due() -> None:
    """A sum taken apart: sqrt(y) has its derivative, whatever floor(x) does."""
    assert of("floor(x) + sqrt(y)", (3.0, 2.0), (0.0, 0.5 / np.sqrt(2.0))) == [KINK, AGREE]
    assert of("floor(x) + sqrt(y)", (3.0, 2.0), (100.0, 0.5)) == [DIFFER, DIFFER]


def test_products_with_a_vector() -> None:
    x = np.array([2.0, 1.0])
    found = sd.crosscheck(products, x, claimed={"vjp": lambda _, ct: np.array([0.0, 2.0]) * ct})
    assert {f.verdict for f in found.findings if f.method == "claimed"} == {KINK}
    found = sd.crosscheck(products, x, claimed={"vjp": lambda _, ct: np.array([0.0, 20.0]) * ct})
    assert [f.verdict for f in found.findings if f.method == "claimed"] == [KINK, DIFFER]
    found = sd.crosscheck(products, x, claimed={"jvp": lambda _, v: 2.0 * v[1]})
    assert {f.verdict for f in found.findings if f.method == "claimed"} == {KINK}
    found = sd.crosscheck(products, x, claimed={"jvp": lambda _, v: 20.0 * v[1]})
    assert {f.verdict for f in found.findings if f.method == "claimed"} == {DIFFER}


def branch(x: float) -> float:
    if x > 1:
        return 3 * x
    return x


def test_code_that_decides_jumps_as_well() -> None:
    for value, due in ((1.0, KINK), (3.0, KINK), (-100.0, DIFFER)):
        assert of(branch, (1.0,), value) == [due]


def branches(x: Any) -> Any:
    if x[0] > 1:
        return 3 * x[0] * x[1]
    return x[0] + x[1]


def test_branches_of_code_are_looked_at_together() -> None:
    """Their slopes at (1, 2) are (6, 3) and (1, 1)."""
    x = np.array([1.0, 2.0])
    for value, due in (([6.0, 3.0], KINK), ([1.0, 1.0], KINK), ([6.0, 1.0], UNDECIDED), ([60.0, 1.0], DIFFER)):
        assert due in of(branches, x, value), value
    for factor, due in ((1.0, KINK), (30.0, DIFFER)):
        claims: dict[str, Any] = {"jvp": lambda _, v, k=factor: k * (6.0 * v[0] + 3.0 * v[1])}
        found = sd.crosscheck(branches, x, claimed=claims)
        assert [f.verdict for f in found.findings if f.method == "claimed"] == [due]
        claims = {"vjp": lambda _, ct, k=factor: k * ct * np.array([6.0, 3.0])}
        found = sd.crosscheck(branches, x, claimed=claims)
        assert {f.verdict for f in found.findings if f.method == "claimed"} == {due}


def elu(x: Any) -> Any:
    return np.sum(np.where(x > 0, x, np.exp(x) - 1))


def cancelling(x: Any) -> Any:
    return np.where(x[0] > 0, x[0], 2 * x[0]) + (np.exp(x[1]) - np.exp(1.0))


def ackley(x: Any) -> Any:
    return -20 * np.exp(-0.2 * np.sqrt(np.mean(x * x))) - np.exp(np.mean(np.cos(2 * np.pi * x))) + 20 + np.e


CANCELLED: list[tuple[Callable[..., Any], list[float], list[float], list[float]]] = [
    (elu, [0.0, 1.0, -30.0], [1.0, 1.0, np.exp(-30.0)], [9.0, 7.0, 5.0]),
    (cancelling, [0.0, 1.0], [1.5, np.e], [99.0, 7.0]),
    (ackley, [0.0, 0.0], [0.0, 0.0], [70.0, -3000.0]),
]


@pytest.mark.parametrize(("f", "x", "right", "wrong"), CANCELLED)
def test_digits_lost_in_the_value_are_no_jump(f: Any, x: list[float], right: list[float], wrong: list[float]) -> None:
    """The float of f is off by 1e-17 from what f tends to, and that may be all of it."""
    assert set(of(f, np.array(x), right)) <= {AGREE, KINK}
    assert set(of(f, np.array(x), wrong)) == {DIFFER}
