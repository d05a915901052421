"""Functions that make plain arrays of their arguments, or write into arrays, recorded entry by entry for a claim."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

import symdiff as sd
from symdiff.crosscheck.verdict import Verdict

X = np.array([1.3, 0.7, 0.8, 1.9])


def basis(report: sd.Report) -> set[str]:
    return {f.basis for f in report.findings}


def test_scipys_rosenbrock_function_is_certified() -> None:
    claimed = {"grad": optimize.rosen_der, "hessian": optimize.rosen_hess, "hvp": optimize.rosen_hess_prod}
    report = sd.crosscheck(optimize.rosen, X, claimed=claimed, methods=())
    assert report.ok
    assert basis(report) == {"certified"}
    report = sd.crosscheck(optimize.rosen_der, X, claimed=optimize.rosen_hess, methods=())
    assert report.ok
    assert basis(report) == {"certified"}


def fills_in(x):
    """Views, writes through them, and a name for the same array."""
    y = np.zeros_like(np.asarray(x))
    y[1:] += x[:-1] ** 2
    y[0] = np.exp(x[-1])
    view = y[1:3]
    view *= 2.0
    same = y
    same[3] -= np.sin(x[0])
    return np.sum(y * x)


def fills_in_by_hand(x):
    e, w = np.exp(x[3]), np.array([2.0, 2.0, 1.0])
    g = np.array([e, *(w * x[:3] ** 2)])
    g[:3] += 2 * w * x[:3] * x[1:]
    g[0] -= np.cos(x[0]) * x[3]
    g[3] += e * x[0] - np.sin(x[0])
    return g


FUNCTIONS = {
    "np.array of entries": (
        lambda x: np.array([x[0] * x[1], np.sin(x[2]) * x[3]]),
        lambda x: np.array([[x[1], x[0], 0, 0], [0, 0, np.cos(x[2]) * x[3], np.sin(x[2])]]),
    ),
    "views and writes": (fills_in, fills_in_by_hand),
    "branches": (
        lambda x: np.sum(np.where(np.asarray(x) > 1, np.asarray(x) ** 2, np.asarray(x))),
        lambda x: np.where(x > 1, 2 * x, 1.0),
    ),
    "a product of matrices": (lambda x: np.asarray(x) @ np.diag([1.0, 2, 3, 4]) @ np.asarray(x),
                              lambda x: 2 * x * np.array([1.0, 2, 3, 4])),
    "both kinds of arrays": (
        lambda x: np.sum(np.asarray(x) * np.array([1.0, 2, 3, 4]) * x[0] + x),
        lambda x: np.array([1.0, 2, 3, 4]) * x[0] + 1 + np.array([x @ [1.0, 2, 3, 4], 0, 0, 0]),
    ),
    "into its own argument": (lambda x: (x.__setitem__(0, 2.0), np.sum(x**2))[1],
                              lambda x: np.array([0.0, *(2 * x[1:])])),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_right_and_wrong_claims(name: str) -> None:
    f, by_hand = FUNCTIONS[name]
    x = X.copy()
    report = sd.crosscheck(f, x, claimed=by_hand, methods=(), points=2)
    assert report.ok, report
    assert basis(report) == {"certified"}
    assert report.lamps["R"].state == "green"
    np.testing.assert_array_equal(x, X)
    off = sd.crosscheck(f, x, claimed=lambda x: by_hand(x) * (1 + 1e-12), methods=())
    assert off.verdict is Verdict.DIFFER


def test_a_claim_that_fills_in_an_array_is_opened() -> None:
    """Its rule is judged, and not its digits: 1 part in 1e15, which no number of it shows."""

    def gradient(x, off=0.0):
        g = np.zeros_like(x)
        g[1:] += 200 * (x[1:] - x[:-1] ** 2)
        g[:-1] += -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
        g[2] *= 1 + off
        return g

    def f(x):
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    assert sd.crosscheck(f, X, claimed=gradient, methods=()).ok
    report = sd.crosscheck(f, X, claimed=lambda x: gradient(x, 2.0**-51), methods=())
    assert [v.argument for v in report.findings if v.verdict is Verdict.DIFFER] == ["x[2]"]


def test_what_gives_other_values_does_not_count() -> None:
    """A function that looks at the type of its numbers: it is a black box then, and judged by its values."""

    def f(x):
        x = np.asarray(x)
        return np.sum(x**2) if x.dtype == object else np.sum(np.asarray(x, float) ** 3)

    report = sd.crosscheck(f, X, claimed=lambda x: 3 * x**2)
    assert report.ok
    assert basis(report) == {"estimated"}


def test_without_a_claim_the_refusal_is_as_it_was() -> None:
    with pytest.raises(sd.UnsupportedError, match="makes a plain array"):
        sd.grad(optimize.rosen)(X)
    with pytest.raises(sd.UnsupportedError, match="makes a plain array"):
        sd.crosscheck(optimize.rosen, X)
