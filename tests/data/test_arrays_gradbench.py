"""The problems of GradBench as plain NumPy functions, against gradients of sixty-digit arithmetic."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import multigammaln

import symdiff as sd
from tests.data_files import cases, say, wrong

NEAR = 1e-12  # relative, entry by entry


def logsumexp(a: Any, axis: int = -1) -> Any:
    largest = np.max(a, axis=axis, keepdims=True)
    return np.squeeze(largest, axis) + np.log(np.sum(np.exp(a - largest), axis=axis))


def llsq(n: int) -> Callable[[Any], Any]:
    """A polynomial that is fitted to the sign of t."""
    t = -1.0 + 2.0 * np.arange(n) / (n - 1)

    def f(x: Any) -> Any:
        powers = t[:, None] ** np.arange(len(x))
        residuals = np.sign(t) - powers @ x
        return 0.5 * residuals @ residuals

    return f


def det(x: Any) -> Any:
    """The determinant by minors, along the first row."""
    side = round(len(x) ** 0.5)
    return by_minors(x.reshape(side, side))


def by_minors(A: Any) -> Any:
    if len(A) == 1:
        return A[0, 0]
    total, sign = 0.0, 1.0
    for j in range(len(A)):
        total = total + sign * A[0, j] * by_minors(np.delete(A[1:], j, axis=1))
        sign = -sign
    return total


def ode(steps: int) -> Callable[[Any], Any]:
    """y0' = x0 and yi' = xi y(i-1) from zero to two, by the classical Runge-Kutta method; the last component."""

    def f(x: Any) -> Any:
        def slope(y: Any) -> Any:
            return x * np.concatenate([np.ones(1), y[:-1]])

        h, y = 2.0 / steps, np.zeros(len(x))
        for _ in range(steps):
            k1 = slope(y)
            k2 = slope(y + h / 2 * k1)
            k3 = slope(y + h / 2 * k2)
            k4 = slope(y + h * k3)
            y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return y[-1]

    return f


def gmm(d: int, k: int, n: int, m: int, gamma: float, data: Any, layout: str) -> Callable[[Any], Any]:
    """The log posterior of a mixture of normal distributions with a Wishart prior on the inverse covariances."""
    points = np.array(data)
    rows, columns = np.tril_indices(d, -1)
    order = np.lexsort((rows, columns))  # the entries below the diagonal, column after column
    rows, columns = rows[order], columns[order]

    def f(x: Any) -> Any:
        alpha, mu = x[:k], x[k : k + k * d].reshape(k, d)
        q = x[k + k * d : k + 2 * k * d].reshape(k, d)
        below = x[k + 2 * k * d :].reshape(k, len(rows))
        total = -0.5 * n * d * np.log(2 * np.pi) - n * logsumexp(alpha)
        scores = []
        for j in range(k):
            gaps = points - mu[j]
            whitened = np.exp(q[j]) * gaps + lower(below[j], gaps)
            scores.append(alpha[j] + np.sum(q[j]) - 0.5 * np.sum(whitened**2, axis=1))
        total = total + np.sum(logsumexp(np.stack(scores, axis=1)))
        free = d + m + 1
        prior = 0.5 * gamma**2 * (np.sum(np.exp(2 * q)) + np.sum(below**2)) - m * np.sum(q)
        constant = free * d * (np.log(gamma) - 0.5 * np.log(2)) - multigammaln(0.5 * free, d)
        return total - prior + k * constant

    def lower(entries: Any, gaps: Any) -> Any:
        """The strictly lower triangle with these entries times every row."""
        parts = [np.zeros(len(gaps)) for _ in range(d)]
        for e, (i, j) in enumerate(zip(rows, columns, strict=True)):
            parts[i] = parts[i] + entries[e] * gaps[:, j]
        return np.stack(parts, axis=1)

    return f


def kmeans(points: Any, k: int) -> Callable[[Any], Any]:
    P = np.array(points)

    def f(x: Any) -> Any:
        squares = np.sum((P[:, None, :] - x.reshape(k, -1)[None, :, :]) ** 2, axis=-1)
        return np.sum(np.min(squares, axis=1))

    return f


def function(case: dict[str, Any]) -> Callable[[Any], Any]:
    name, given = case["name"], case["params"]
    if name == "lse":
        return lambda x: np.log(np.sum(np.exp(x)))
    if name.startswith("lse"):
        return logsumexp
    if name == "llsq":
        return llsq(given["n"])
    if name == "ode":
        return ode(given["s"])
    if name == "gmm":
        return gmm(**given)
    return kmeans(given["points"], given["k"]) if name == "kmeans" else det


def label(case: dict[str, Any]) -> str:
    return case["name"] + "".join(f" {k}={v}" for k, v in case["params"].items() if isinstance(v, int))


@pytest.mark.parametrize("method", ["symbolic", "tape", "jax"])
def test_gradients_are_those_of_sixty_digit_arithmetic(method: str) -> None:
    for case in cases("gradbench_small"):
        start = time.perf_counter()
        y, gradient = sd.value_and_grad(function(case), method=method)(np.array(case["x"]))
        exact = np.array(case["grad"], float)
        assert y == pytest.approx(float(case["f"]), rel=NEAR), label(case)
        np.testing.assert_allclose(gradient, exact, rtol=NEAR, err_msg=label(case))
        worst = np.max(np.abs(gradient - exact) / np.where(exact == 0.0, 1.0, np.abs(exact)))
        say(f"GradBench, {method}: {label(case)}, {worst:.0e} off, {time.perf_counter() - start:.2f} s")


def test_every_method_agrees_about_the_small_ones() -> None:
    smallest: dict[str, dict[str, Any]] = {}
    for case in cases("gradbench_small"):
        smallest.setdefault(case["name"], case)  # the file has them in order of size
    assert len(smallest) == 8
    for case in smallest.values():
        start = time.perf_counter()
        report = sd.crosscheck(function(case), np.array(case["x"]))
        assert wrong(report) == [], label(case)
        assert report.ok
        assert {f.method for f in report.findings} == {"symbolic", "tape", "jax"}
        for ours, theirs in zip(report.reference["grad"], case["grad"], strict=True):
            assert ours == pytest.approx(float(theirs), rel=1e-14), label(case)
        say(f"GradBench, verdicts: {label(case)}, {time.perf_counter() - start:.2f} s")


def test_an_unshifted_exponential_overflows_and_is_said_to() -> None:
    """log(sum(exp(x))) as it is written overflows at x = 1000, in every method: the rule is right all the same."""
    case = next(c for c in cases("gradbench_small") if c["name"] == "lse_huge")
    report = sd.crosscheck(lambda x: np.log(np.sum(np.exp(x))), np.array(case["x"]))
    assert {str(f.verdict) for f in report.findings} <= {"INACCURATE", "AGREE"}
    assert any("overflows on the way" in f.reason for f in report.findings)
