"""Points where something is special: kinks, edges, poles, infinite slopes, branches not taken."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symdiff import Disagreement, assert_agree, crosscheck
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.ops import TABLE

AGREE, DIFFER, UNDECIDED, OUTSIDE = Verdict.AGREE, Verdict.DIFFER, Verdict.UNDECIDED, Verdict.OUTSIDE_DOMAIN


def verdicts(report: Report) -> set[Verdict]:
    return {f.verdict for f in report.findings}


ORDINARY = {
    "branch not taken has a kink": ("where(x > 1, abs(y), x*y)", (0.5, 0.0)),
    "branch not taken is outside its domain": ("where(x > 1, log(y), x*y)", (0.5, -2.0)),
    "branch not taken is at the pole": ("where(x > 1, 1/y, x*y)", (0.5, 0.0)),
    "branch not taken has an infinite slope": ("where(x > 1, sqrt(x), sin(x))", (0.0,)),
    "branch not taken is nan": ("where(x > 0, sqrt(x), x**2)", (-2.0,)),
    "kink of a constant": ("abs(0)*x + max(2, 2)*x", (0.7,)),
    "near a kink": ("abs(x)", (1e-300,)),
    "a tie with itself": ("max(x, x)", (0.7,)),
    "abs on one side": ("abs(x)**3", (-0.5,)),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY)
def test_what_does_not_take_part_does_not_matter(name: str) -> None:
    text, x = ORDINARY[name]
    report = crosscheck(text, *x, methods=("tape", "symbolic"))
    assert verdicts(report) <= {AGREE, Verdict.UNSUPPORTED}
    assert AGREE in verdicts(report)
    assert report.ok


def test_nan_where_the_derivative_exists_is_wrong() -> None:
    """The where-trap: JAX multiplies the zero cotangent of sqrt, which is not taken, by its infinite slope."""
    report = crosscheck("where(x > 1, sqrt(x), sin(x))", 0.0)
    by_method = {f.method: f for f in report.findings}
    assert by_method["tape"].verdict is AGREE
    assert by_method["symbolic"].verdict is AGREE
    assert math.isnan(by_method["jax"].value)
    assert by_method["jax"].verdict is DIFFER
    assert by_method["jax"].reference == 1.0
    assert not report.ok


OUTSIDE_DOMAIN = {
    "log of a negative number": ("log(x)*y", (-1.0, 2.0)), "log of zero": ("log(x)", (0.0,)),
    "sqrt": ("sqrt(x)", (-1e-300,)),
    "a pole": ("1/x", (0.0,)), "a pole inside": ("sin(1/(x - y))", (0.3, 0.3)),
    "asin": ("asin(x)", (1.0000000000000002,)),
    "gamma at a pole": ("gamma(x)", (-2.0,)), "a power of a negative number": ("x**y", (-1.5, 0.5)),
    "x**-2 at 0": ("x**-2", (0.0,)),
    "atanh": ("atanh(x)", (1.0,)), "acosh": ("acosh(x)", (0.5,)), "mod by zero": ("mod(x, y)", (1.0, 0.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE_DOMAIN)
def test_outside_the_domain_nothing_is_right(name: str) -> None:
    text, x = OUTSIDE_DOMAIN[name]
    report = crosscheck(text, *x)
    assert OUTSIDE in verdicts(report)
    assert verdicts(report) <= {OUTSIDE, Verdict.UNSUPPORTED}
    assert all(" needs " in f.reason for f in report.findings if f.verdict is OUTSIDE)
    assert report.verdict is OUTSIDE
    assert not report.ok


def test_a_method_that_answers_outside_the_domain_is_named() -> None:
    """log has no value at -1; its slope 1/x is a number there all the same."""
    report = crosscheck("log(x)", -2.0, methods=("tape", "jax"), claimed=lambda x: float("nan"))
    reasons = {f.method: f.reason for f in report.findings}
    assert "tape returns -0.5 all the same" in reasons["tape"]
    assert "jax returns -0.5 all the same" in reasons["jax"]
    assert "all the same" not in reasons["claimed"]


@pytest.mark.parametrize("scale", [1e-12, 1e-100, 1e-300, 1e12, 1e300])
@pytest.mark.parametrize("wrong", [-1.0, 0.0, 2.0, 1 + 1e-9, math.nan, math.inf])
def test_a_wrong_claim_is_wrong_at_every_scale(scale: float, wrong: float) -> None:
    """No absolute floor: f = scale x, a claimed slope that is no program."""
    report = crosscheck(f"{scale!r}*x", 0.7, claimed=lambda x: float(x) * 0 + scale * wrong, methods=("tape",))
    assert [f.verdict for f in report.findings if f.method == "claimed"] == [DIFFER]
    right = crosscheck(f"{scale!r}*x", 0.7, claimed=lambda x: float(x) * 0 + scale, methods=("tape",))
    assert right.ok


def test_minus_zero_and_true_zeros() -> None:
    for zero in (0.0, -0.0):
        report = crosscheck("sin(x)**2 + cos(x)**2", 0.3, claimed=lambda x, z=zero: float(x) * 0 + z, methods=("tape",))
        assert report.findings[-1].verdict is AGREE
    report = crosscheck("x - x", 0.3, claimed=lambda x: 1e-300, methods=("tape",))
    assert report.findings[-1].verdict is DIFFER


def test_a_subnormal_derivative() -> None:
    report = crosscheck("1e-310*x", 0.5, claimed=lambda x: float(x) * 0 - 1e-310, methods=("tape",))
    assert [f.verdict for f in report.findings] == [AGREE, DIFFER]
    assert crosscheck("1e-310*x", 0.5, methods=("symbolic", "tape", "jax")).verdict is not DIFFER


def test_the_value_at_a_kink_is_judged_like_any_other() -> None:
    report = crosscheck("abs(x) + 1", 0.0, operators=("value", "grad"), methods=("tape",))
    assert {f.operator: f.verdict for f in report.findings} == {"value": AGREE, "grad": Verdict.KINK}


def test_one_bad_point_among_good_ones() -> None:
    report = crosscheck("log(x)", at=[{"x": 1.5}, {"x": -1.0}], methods=("tape",))
    assert [f.verdict for f in report.findings] == [AGREE, OUTSIDE]
    assert report.verdict is OUTSIDE
    with pytest.raises(Disagreement, match="needs an argument above zero"):
        assert_agree("log(x)", at=[{"x": 1.5}, {"x": -1.0}])


def test_a_numpy_function_that_overflows_gives_no_warning() -> None:
    report = crosscheck(lambda x: np.exp(x) * 0.5, 800.0)
    assert verdicts(report) == {AGREE}


def normalised(p: Any) -> Any:
    assert np.isclose(np.sum(p), 1.0)
    return -np.sum(p * np.log(p))


def normalised_by_hand(p: Any) -> Any:
    assert abs(np.sum(p) - 1.0) < 1e-6
    return -np.sum(p * np.log(p))


def symmetric(p: Any) -> Any:
    assert np.allclose(p, p.T)
    return np.sum(p**3)


def not_negative(p: Any) -> Any:
    assert np.max(np.abs(p - 0.5)) <= 0.5
    return np.sum(p**3)


CHECKED = {
    "sums to one": (normalised, np.array([0.25, 0.75])), "by hand": (normalised_by_hand, np.array([0.25, 0.75])),
    "symmetric": (symmetric, np.array([[2.0, 0.5], [0.5, 3.0]])), "in range": (not_negative, np.array([0.5, 0.75])),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKED)
def test_a_kink_that_only_a_decision_depends_on_does_not_matter(name: str) -> None:
    f, x = CHECKED[name]
    report = crosscheck(f, x)
    assert report.verdict is AGREE
    assert report.lamps["B"].state != "red"


def branch_at_a_tie(x: Any) -> Any:
    return np.sum(x**2) if abs(x[0]) <= 1.5 else np.sum(x)


def branch_at_a_jump(x: Any) -> Any:
    return np.sum(x**2) if np.floor(x[0]) > 1.5 else np.sum(x)


def branch_on_both(x: Any) -> Any:
    return np.sum(x**2) if x[0] > 1.0 and x[0] >= 1.5 else np.sum(x)


def branch_on_either(x: Any) -> Any:
    return np.sum(x**2) if np.logical_or(x[0] >= 1.5, x[1] > 9.0) else np.sum(x)


def kink_of_the_result_too(x: Any) -> Any:
    size = abs(x[0] - 1.5)
    assert size < 1.0
    return size * x[1]


@pytest.mark.parametrize("f", [branch_at_a_tie, branch_on_both, branch_on_either])
def test_a_decision_that_may_change_is_a_kink(f: Any) -> None:
    x = np.array([1.5, 2.5])
    assert crosscheck(f, x).verdict is Verdict.KINK  # f jumps, and each method has the slope of a branch
    for wrong in ([3.0, 4.9], [0.0, 1.0], [np.nan, 1.0]):
        assert not crosscheck(f, x, claimed=lambda x, wrong=wrong: np.array(wrong), methods=("tape",)).ok, wrong


def test_a_kink_that_the_result_depends_on_matters_although_a_decision_does_too() -> None:
    assert crosscheck(kink_of_the_result_too, np.array([1.5, 2.5])).verdict is Verdict.KINK


def test_a_decision_on_a_jump_is_a_kink() -> None:
    x = np.array([2.0, 2.5])
    assert crosscheck(branch_at_a_jump, x).verdict is Verdict.KINK
    assert not crosscheck(branch_at_a_jump, x, claimed=lambda x: 3 * x, methods=("tape",)).ok


@pytest.mark.parametrize("op", ["sign", "floor", "ceil", "mod", "atan2", "power", "less", "equal"])
def test_what_jumps_says_so(op: str) -> None:
    kink = TABLE[op].kink
    assert kink is not None
    assert kink.jump


def test_what_has_an_edge_only_does_not_jump() -> None:
    """Continuous across its kink: the values on both sides meet."""
    for op in ("abs", "max", "min", "relu", "clip", "sqrt", "hypot"):
        kink = TABLE[op].kink
        assert kink is not None
        assert not kink.jump
