"""JAX's exp1 and expi over arrays, whose loop would not end: the check does, and says what it could not do."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
import scipy.special

import symdiff as sd
from symdiff import crosscheck
from symdiff.crosscheck.verdict import Verdict
from tests.faults import accused

FAR = np.array([16.0, 1e-300])  # beside 16, the continued fraction of 1e-300 takes 8e301 turns
SLOPES = {"exp1": lambda x: -np.exp(-x) / x, "expi": lambda x: np.exp(x) / x}


@pytest.mark.parametrize("name", SLOPES)
def test_jax_is_asked_number_by_number(name: str) -> None:
    f: Any = getattr(scipy.special, name)

    def whole(x: Any) -> Any:
        return np.sum(f(x))

    report = crosscheck(whole, FAR, claimed=SLOPES[name])
    assert {f.verdict for f in report.findings} == {Verdict.AGREE}
    assert {f.method for f in report.findings} >= {"jax"}
    off = np.array([1.0, 1.0 + 1e-9])
    report = crosscheck(whole, FAR, claimed=lambda x: off * SLOPES[name](x))
    assert accused(report) == {"claimed"}
    assert [f.index for f in report.findings if f.verdict is Verdict.DIFFER] == [(1,)]


def test_a_second_derivative_that_jax_has_not_is_unsupported_and_no_crash() -> None:
    report = crosscheck(lambda x: np.sum(scipy.special.exp1(x)), np.array([2.0, 0.5]), operators=("hessian",))
    found = {f.method: f for f in report.findings}
    assert found["jax"].verdict in (Verdict.UNSUPPORTED, Verdict.AGREE)  # a later JAX may have it
    assert found["tape"].verdict is found["symbolic"].verdict is Verdict.AGREE


def test_a_jax_function_that_would_not_end_is_refused_with_the_line() -> None:
    """It is the caller's own function that does not end: nothing can be asked of it."""
    with pytest.raises(sd.UnsupportedError, match=r"line \d+: .*'while': it has not ended after \d+ turns"):
        crosscheck(lambda x: jax.numpy.sum(jax.scipy.special.exp1(x)), FAR)
