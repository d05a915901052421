"""Who loses the digits is told from who has a wrong rule: INACCURATE, with the digits that are left.

A branch that the balls decide otherwise than the floats, and a bit-cast, leave the rule open: UNDECIDED where the
numbers do not tell, and never wrong.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.verdict import Verdict
from tests.faults import accused, pull_back, row, times

LOST = {
    ("sigmoid(x)", 40.0): {"jax"}, ("expm1(x)", -40.0): {"jax"}, ("tanh(x)", 20.0): {"jax", "symbolic"},
    ("elu(x)", -40.0): {"jax"}, ("selu(x)", -40.0): {"jax"}, ("sqrt(x)", 1e-310): {"jax"},
}  # fmt: skip


@pytest.mark.parametrize(("text", "x"), LOST)
def test_the_method_that_lost_the_digits_is_inaccurate_and_says_how_many_are_left(text: str, x: float) -> None:
    report = crosscheck(text, x)
    lost = {f.method: f for f in report.findings if f.verdict is Verdict.INACCURATE}
    assert set(lost) == LOST[text, x]
    assert not accused(report)
    assert report.ok
    assert not crosscheck(text, x, strict=True).ok
    words = "all digits are lost" if text == "sqrt(x)" else "0 of 16 digits left"
    assert all(f.reason.startswith(words) for f in lost.values())
    assert words in str(report)
    right = [f for f in report.findings if f.method not in lost]
    assert {f.verdict for f in right} == {Verdict.AGREE}
    assert all(f.value is not None and f.value > 0 for f in right)


@pytest.mark.parametrize(("text", "x"), [k for k in LOST if k[0] != "sqrt(x)"])
def test_a_wrong_rule_there_is_not_taken_for_lost_digits(text: str, x: float) -> None:
    with pull_back(text.partition("(")[0], times(1 + 1e-9)):
        assert accused(crosscheck(text, x)) == {"tape"}


TINY = {"sqrt(x)": 0.5 / 1e-310**0.5, "abs(x)": 1.0, "cbrt(x)": 1.5471962778709295e206, "max(x, 0)": 1.0}


@pytest.mark.parametrize("text", TINY)
def test_a_library_that_takes_a_subnormal_number_for_zero_loses_it_and_fails_nobody_else(text: str) -> None:
    """XLA computes at 0 what is asked at 1e-310: value and slope are lost, by no wrong rule."""
    report = crosscheck(text, 1e-310, claimed=lambda x: TINY[text])
    assert report.ok
    assert report.lamps["V"].state != "red"
    assert {f.verdict for f in report.findings if f.method != "jax"} == {Verdict.AGREE}
    for wrong in (-TINY[text], TINY[text] * (1 + 1e-9), 0.0):
        assert accused(crosscheck(text, 1e-310, claimed=lambda x, w=wrong: w)) == {"claimed"}


def test_a_wrong_rule_of_the_library_is_seen_behind_the_number_that_it_lost() -> None:
    """inf either way; its program in exact numbers tells."""
    with row("sqrt", jax=lambda x: jnp.sqrt(x) * (1 + 1e-9)):
        report = crosscheck("sqrt(x)", 1e-310)
    assert accused(report) == {"jax"}
    assert not report.ok


def test_a_right_claim_beside_a_method_that_is_wrong_agrees_and_the_report_is_not_ok() -> None:
    """`ok` is about everybody who was asked: name the methods that are to answer."""
    report = crosscheck("relu(x) - relu(-x)", 0.0, claimed=lambda x: 1.0)
    assert [f.verdict for f in report.findings if f.method == "claimed"] == [Verdict.AGREE]
    assert accused(report) == {"symbolic", "tape", "jax"}
    assert not report.ok
    assert crosscheck("cbrt(x)**3", 0.0, claimed=lambda x: 1.0, methods=("symbolic",)).ok


def with_column(column: Any) -> set[tuple[str, Verdict]]:
    with row("sin", jax=column):
        report = crosscheck("sin(x)*x", 0.7)
    return {(f.method, f.verdict) for f in report.findings if f.method == "jax"}


def bits(x: Any) -> Any:
    """Its own sign, by its bits."""
    return jnp.sin(x) * jnp.where(jax.lax.bitcast_convert_type(x, jnp.int64) < 0, 1.0, 1.0)


@pytest.mark.parametrize("column", [bits])
def test_what_cannot_be_opened_is_never_called_wrong_for_it(column: Any) -> None:
    assert with_column(column) <= {("jax", Verdict.AGREE), ("jax", Verdict.UNDECIDED)}


def test_a_branch_that_rounding_decides_is_undecided_and_not_wrong() -> None:
    """3 times the double 0.1 is rounded up to the next double after 0.3, which it is below."""

    def claim(x: Any) -> Any:
        return 2.0 * x if (x[0] * 0.1) * 3.0 >= 0.30000000000000004 else 3.0 * x

    report = crosscheck(lambda x: np.sum(x**2), np.array([1.0]), claimed=claim, methods=["tape"])
    (found,) = [f for f in report.findings if f.method == "claimed"]
    assert found.verdict is Verdict.UNDECIDED
    assert found.reason.startswith("rounding decides the branch")
