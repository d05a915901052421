"""SciPy's Rosenbrock function: its hand-written derivatives as claims, and its own code as it stands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der, rosen_hess, rosen_hess_prod

import symdiff as sd
from symdiff.crosscheck import Verdict
from tests.data_files import wrong


def rosenbrock(x: Any) -> Any:
    """The formula of scipy.optimize.rosen, and nothing of its handling of arguments."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0)


CLAIMS = {"grad": rosen_der, "hessian": rosen_hess, "hvp": rosen_hess_prod}


@pytest.mark.parametrize("n", [3, 5, 8])
def test_scipy_s_derivatives_agree(n: int, rng: np.random.Generator) -> None:
    x = rng.normal(size=n)
    assert rosenbrock(x) == rosen(x)
    report = sd.crosscheck(rosenbrock, x, operators=tuple(CLAIMS), claimed=CLAIMS)
    assert wrong(report) == []
    assert report.ok
    assert len({f.method for f in report.findings}) == 6


@pytest.mark.parametrize("operator", CLAIMS)
def test_a_mistake_in_one_of_them_is_seen(operator: str, rng: np.random.Generator) -> None:
    x = rng.normal(size=4)
    at = int(rng.integers(4))

    def claimed(*arguments: Any) -> Any:
        answer = CLAIMS[operator](*arguments)
        answer[(at,) * answer.ndim] *= 1 + 1e-6
        return answer

    report = sd.crosscheck(rosenbrock, x, operators=operator, claimed=claimed)
    wrong_ones = [(f.method, f.index) for f in report.findings if f.verdict is Verdict.DIFFER]
    assert wrong_ones == [("claimed", (at, at) if operator == "hessian" else (at,))]


def test_the_minimum_has_a_zero_gradient() -> None:
    for method in ("symbolic", "tape", "jax"):
        assert np.array_equal(sd.grad(rosenbrock, method=method)(np.ones(6)), np.zeros(6))
        np.testing.assert_array_equal(sd.hessian(rosenbrock, method=method)(np.ones(6)), rosen_hess(np.ones(6)))


def test_scipy_s_own_function_is_refused_in_a_sentence() -> None:
    """It calls asarray, which can give nothing but a plain array: what was to be recorded would be lost."""
    for f in (rosen, lambda x: 2.0 * rosen(x)):
        with pytest.raises(sd.UnsupportedError, match=r"scipy\.optimize\.rosen makes a plain array of its arguments"):
            sd.grad(f)(np.array([1.0, 2.0, 3.0]))
