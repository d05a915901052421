"""A claim about a function of arrays is opened like a method: its own program says whether its rule is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.arrays import dtype_of
from symdiff.crosscheck.verdict import Verdict

RNG = np.random.default_rng(3)
X, Y, W = RNG.normal(size=(5, 3)), RNG.normal(size=5), RNG.normal(size=3)


def ridge(w: Any, x: Any, y: Any) -> Any:
    return np.mean((x @ w - y) ** 2) + 0.5 * np.sum(w**2)


def right(w: Any, x: Any, y: Any) -> Any:
    return 2 * x.T @ (x @ w - y) / len(y) + w


def closed(w: Any, x: Any, y: Any) -> Any:
    """The same, but it cannot be recorded."""
    g = np.zeros(3)
    g[:] = right(w, x, y)
    return g


WRONG = {
    "no mean": lambda w, x, y: 2 * x.T @ (x @ w - y) + w,
    "no regulariser": lambda w, x, y: 2 * x.T @ (x @ w - y) / len(y),
    "a hair off": lambda w, x, y: right(w, x, y) * 1.0000000001,
    "sign": lambda w, x, y: -right(w, x, y),
}


def reasons(claim: Any, f: Any = ridge, *args: Any, **options: Any) -> set[tuple[Verdict, str]]:
    report = sd.crosscheck(f, *(args or (W, X, Y)), claimed=claim, methods=["tape"], **options)
    return {(f.verdict, f.reason) for f in report.findings if f.method.startswith("claimed")}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_called_wrong(name: str) -> None:
    assert reasons(WRONG[name]) == {(Verdict.DIFFER, "the rule is wrong")}


@pytest.mark.parametrize("claim", [right, closed])
def test_a_right_rule_is_right(claim: Any) -> None:
    assert reasons(claim) == {(Verdict.AGREE, "")}


def test_a_claim_that_cannot_be_opened_is_judged_by_its_numbers() -> None:
    def wrong(w: Any, x: Any, y: Any) -> Any:
        return closed(w, x, y) * 1.01

    assert reasons(wrong) == {(Verdict.DIFFER, "further off than rounding can explain, going by the tape's program")}


OF_A_VECTOR = {
    "jvp": (lambda x, t: 2 * x * t, lambda x, t: 3 * x * t), "vjp": (lambda x, c: 2 * x * c, lambda x, c: x * c),
    "hessian": (lambda x: np.diag(2 + 0 * x), np.diag),
    "hvp": (lambda x, t: 2 * t, lambda x, t: 2 * x * t),
}  # fmt: skip


@pytest.mark.parametrize("operator", OF_A_VECTOR)
def test_with_a_vector(operator: str) -> None:
    def f(x: Any) -> Any:
        return np.sum(x**2) if operator in ("hessian", "hvp") else x**2

    good, bad = OF_A_VECTOR[operator]
    assert reasons({operator: good}, f, W) == {(Verdict.AGREE, "")}
    assert (Verdict.DIFFER, "the rule is wrong") in reasons({operator: bad}, f, W)


def shares(x: Any) -> Any:
    g = 2 * x
    h = g
    h *= 2.0  # g, too
    return g / 2.0


def asks(x: Any) -> Any:
    return 2 * x if isinstance(x, np.ndarray) else 3 * x


def asks_otherwise(x: Any) -> Any:
    return 3 * x if isinstance(x, np.ndarray) else 2 * x


def test_a_program_that_is_not_what_was_called_does_not_count() -> None:
    for claim in (shares, asks):
        assert reasons(claim, lambda x: np.sum(x**2), W) == {(Verdict.AGREE, "")}
    (verdict, reason) = next(iter(reasons(asks_otherwise, lambda x: np.sum(x**2), W)))
    assert (verdict, reason.partition(",")[0]) == (Verdict.DIFFER, "further off than rounding can explain")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize(("factor", "verdict"), [(1.0, "AGREE"), (-1.0, "DIFFER")])
def test_a_claim_in_the_functions_own_dtype_is_taken_as_it_is(dtype: str, factor: float, verdict: str) -> None:
    """NumPy says of bfloat16 that it is no float, and float32's digits do for a function of float32."""
    x, y, w = (a.astype(dtype_of(dtype)) for a in (X, Y, W))

    def claimed(w: Any, x: Any, y: Any) -> Any:
        return (factor * right(*(a.astype(np.float64) for a in (w, x, y)))).astype(dtype_of(dtype))

    report = sd.crosscheck(ridge, w, x, y, claimed=claimed, methods=["jax"])
    assert {str(f.verdict) for f in report.findings if f.method == "claimed"} == {verdict}
    assert not [note for note in report.notes if "digits do not do" in note]
