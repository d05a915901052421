"""Nonlinear regression, the certified problems of NIST, as residuals of a vector of parameters: the gradient of the
sum of squares vanishes at the certified parameters, and the Jacobian gives their standard deviations."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from tests.data_files import FULL, cases, rename, say, wrong

PRINTED = 1e-10  # half a unit of the eleventh digit, and a little


def saturation(b: Any, x: Any) -> Any:
    return b[0] * (1 - np.exp(-b[1] * x))


def decay(b: Any, x: Any) -> Any:
    return np.exp(-b[0] * x) / (b[1] + b[2] * x)


def two_peaks(b: Any, x: Any) -> Any:
    peaks = b[2] * np.exp(-((x - b[3]) ** 2) / b[4] ** 2) + b[5] * np.exp(-((x - b[6]) ** 2) / b[7] ** 2)
    return b[0] * np.exp(-b[1] * x) + peaks


def cubic_over_cubic(b: Any, x: Any) -> Any:
    return np.vander(x, 4, increasing=True) @ b[:4] / (1 + np.vander(x, 4, increasing=True)[:, 1:] @ b[4:])


def three_exponentials(b: Any, x: Any) -> Any:
    return np.exp(-np.outer(x, b[1::2])) @ b[0::2]


def kowalik(b: Any, x: Any) -> Any:
    return b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3])


def meyer(b: Any, x: Any) -> Any:
    return b[0] * np.exp(b[1] / (x + b[2]))


def hyperbola(b: Any, x: Any) -> Any:
    return b[0] * b[1] * x * (1 + b[1] * x) ** (-1)


def breakdown(b: Any, x1: Any, x2: Any) -> Any:
    return b[0] - b[1] * x1 * np.exp(-b[2] * x2)


def arctangent(b: Any, x: Any) -> Any:
    return b[0] - b[1] * x - np.arctan(b[2] / (x - b[3])) / np.pi


MODELS: dict[str, Callable[..., Any]] = {
    "BoxBOD": saturation, "Chwirut1": decay, "Gauss1": two_peaks, "Hahn1": cubic_over_cubic,
    "Lanczos1": three_exponentials, "Lanczos2": three_exponentials, "MGH09": kowalik, "MGH10": meyer,
    "Misra1a": saturation, "Misra1d": hyperbola, "Nelson": breakdown, "Roszman1": arctangent,
    "Thurber": cubic_over_cubic,
}  # fmt: skip


@pytest.fixture(scope="module")
def problems() -> dict[str, dict[str, Any]]:
    return {case["id"]: case for case in cases("nist_strd")}


def residuals(case: dict[str, Any], most: int | None = None) -> Callable[[Any], Any]:
    """What is measured minus what the model says, one entry for each observation."""
    y, *predictors = np.array(case["data"][:most]).T
    measured = np.log(y) if case["response"] == "log(y)" else y
    model = MODELS[case["id"]]

    def f(b: Any) -> Any:
        return measured - model(b, *predictors)

    f.__name__ = case["id"]
    return f


def point(case: dict[str, Any], name: str) -> np.ndarray:
    return np.array([float(b) for b in case[name]])


def test_the_file_is_known(problems: dict[str, dict[str, Any]]) -> None:
    assert set(problems) == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_the_formula_of_the_file(problems: dict[str, dict[str, Any]], name: str) -> None:
    case = problems[name]
    y = residuals(case, 5)(point(case, "start2"))
    for row, ours in zip(case["data"], y, strict=False):
        values = {n: f"({v!r})" for n, v in zip(case["data_columns"], row, strict=True)}
        text = f"{rename(case['response'], values)} - ({rename(case['formula'], values)})"
        theirs = sd.function(text, case["params"])(*map(float, case["start2"]))
        assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_the_certified_parameters_are_a_minimum(problems: dict[str, dict[str, Any]], name: str) -> None:
    case = problems[name]
    f, best = residuals(case), point(case, "certified")
    r = f(best)
    for method in ("symbolic", "tape", "jax") if FULL or len(r) < 100 else ("tape", "jax"):  # SymPy: a step an entry
        jacobian = sd.jacobian(f, method=method)(best)
        gradient = sd.grad(lambda b: np.sum(f(b) ** 2), method=method)(best)
        # the gradient of the sum of squares vanishes, but for what the unprinted digits of the parameters do
        unprinted = np.abs(jacobian.T @ jacobian) @ np.abs(best) * PRINTED
        rounding = np.abs(jacobian).T @ np.abs(r) * 1e-12
        assert np.all(np.abs(gradient) / 2 <= 10 * (unprinted + rounding)), method
        # and the standard deviations are sqrt(rss/dof (J'J)^-1), by the triangle of J
        triangle = np.linalg.qr(jacobian / np.linalg.norm(jacobian, axis=0), mode="r")
        spread = np.linalg.norm(np.linalg.inv(triangle), axis=1) / np.linalg.norm(jacobian, axis=0)
        if name != "Lanczos1":  # its sum of squares, 1e-25, is rounding of the data
            deviations = spread * np.sqrt(r @ r / case["dof"])
            np.testing.assert_allclose(deviations, point(case, "certified_sd"), rtol=1e-6, err_msg=method)


@pytest.mark.parametrize("name", MODELS)
def test_every_method_agrees_about_the_jacobian(problems: dict[str, dict[str, Any]], name: str) -> None:
    case, start = problems[name], time.perf_counter()
    f = residuals(case, None if FULL else 8)
    for where in ("start1", "start2", "certified") if FULL else ("start1",):
        report = sd.crosscheck(f, point(case, where))
        assert wrong(report) == [], where
        assert report.ok
    say(f"{name}: {len(report.findings)} findings, {time.perf_counter() - start:.2f} s")


def test_a_jacobian_written_by_hand_is_told_from_a_wrong_one(problems: dict[str, dict[str, Any]]) -> None:
    case = problems["Misra1a"]
    f, x = residuals(case), np.array(case["data"])[:, 1]

    def right(b: Any) -> Any:
        return np.stack([np.exp(-b[1] * x) - 1, -b[0] * x * np.exp(-b[1] * x)], axis=1)

    def wrong_sign(b: Any) -> Any:
        return np.stack([np.exp(-b[1] * x) - 1, b[0] * x * np.exp(-b[1] * x)], axis=1)

    assert sd.crosscheck(f, point(case, "start1"), claimed=right).ok
    report = sd.crosscheck(f, point(case, "start1"), claimed=wrong_sign)
    assert {(g.method, g.index[1]) for g in report.findings if str(g.verdict) == "DIFFER"} == {("claimed", 1)}
