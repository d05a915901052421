"""The readout: the least-squares weights, the gradient that is zero there, and what tells good weights from bad."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import InputError
from symdiff.learn.readout import check, least_squares, objective, relative_gradient

METHODS = ("symbolic", "tape", "jax")


def system(rows: int = 60, columns: int = 8, condition: float = 1e3) -> tuple[np.ndarray, np.ndarray]:
    """A system of that condition whose targets do not lie in its range."""
    rng = np.random.default_rng(0)
    u, _ = np.linalg.qr(rng.standard_normal((rows, columns)))
    v, _ = np.linalg.qr(rng.standard_normal((columns, columns)))
    A = (u * np.geomspace(1.0, 1.0 / condition, columns)) @ v.T
    return A, A @ rng.standard_normal(columns) + 1e-3 * rng.standard_normal(rows)


def by_normal_equations(A: np.ndarray, d: np.ndarray, ridge: float = 0.0) -> np.ndarray:
    return np.linalg.solve(A.T @ A + ridge * np.eye(A.shape[1]), A.T @ d)[:, None]


@pytest.mark.parametrize("solver", ["qr", "svd"])
@pytest.mark.parametrize("ridge", [0.0, 1e-4])
def test_the_weights_are_those_of_the_normal_equations_where_these_can_be_solved(solver: str, ridge: float) -> None:
    A, d = system(condition=10.0)
    fit = least_squares(A, d, ridge, solver)
    np.testing.assert_allclose(fit.weights, by_normal_equations(A, d, ridge), rtol=1e-11)
    assert (fit.rank, fit.columns) == (8, 8)


def test_the_condition_is_that_of_the_system_that_is_solved() -> None:
    A, d = system()
    assert least_squares(A, d).condition == pytest.approx(1e3, rel=1e-10)
    assert least_squares(A, d, 1e-2).condition == pytest.approx(np.sqrt(1.01 / (1e-6 + 1e-2)), rel=1e-10)


@pytest.mark.parametrize("ridge", [0.0, 1e-8])
def test_at_the_goal_s_condition_gradient_and_solvers_are_within_the_goal(ridge: float) -> None:
    A, d = system(400, 50, condition=4e5)
    fit, other = least_squares(A, d, ridge), least_squares(A, d, ridge, "svd")
    assert np.linalg.norm(fit.weights - other.weights) <= 1e-10 * np.linalg.norm(other.weights)
    for method in METHODS:
        assert relative_gradient(fit, A, d, method) <= 1e-12
    assert check(fit, A, d).ok


def test_normal_equations_are_seen_by_the_weights_and_not_by_the_gradient() -> None:
    A, d = system(400, 50, condition=4e5)
    bad = dataclasses.replace(least_squares(A, d), weights=by_normal_equations(A, d))
    *gradients, weights = check(bad, A, d, ("tape",)).claims
    assert all(claim.ok for claim in gradients)
    assert not weights.ok


def test_weights_that_are_off_are_seen_by_every_gradient() -> None:
    A, d = system()
    fit = least_squares(A, d)
    off = dataclasses.replace(fit, weights=fit.weights * (1.0 + 1e-6))
    found = check(off, A, d, METHODS)
    assert [claim.ok for claim in found.claims] == [False] * 4
    assert "BROKEN" in str(found)


def test_the_gradient_of_a_small_one_as_a_formula_is_zero_at_its_solution() -> None:
    """(w - 1)^2 + (2 w - 3)^2 = the squares of a system of one column, by SymPy alone."""
    (w,) = least_squares([[1.0], [2.0]], [1.0, 3.0]).weights[:, 0]
    slope = sd.formula("((w - 1)**2 + (2*w - 3)**2)/2", "w")
    (letter,) = slope.free_symbols
    assert abs(float(slope.subs(letter, w))) <= 4 * 7 * np.finfo(float).eps  # 5 w - 7 at w = 1.4
    at = np.array([[0.3]])
    given = sd.grad(objective)(at, np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]]), 0.0)
    assert given[0, 0] == pytest.approx(float(slope.subs(letter, 0.3)), rel=1e-15)


@pytest.mark.parametrize("solver", ["qr", "svd"])
def test_a_system_without_full_rank_is_said_to_be_and_solved_with_the_least_norm(solver: str) -> None:
    A, d = system(condition=10.0)
    A = np.concatenate([A, A[:, :2]], axis=1)
    with pytest.warns(UserWarning, match="rank 8 of 10 columns.*minimum norm.*ridge > 0"):
        fit = least_squares(A, d, solver=solver)
    np.testing.assert_allclose(fit.weights[:, 0], np.linalg.pinv(A) @ d, rtol=1e-10)
    assert "rank 8 of 10 (minimum norm)" in str(fit)
    assert check(fit, A, d, ("tape",)).ok
    assert least_squares(A, d, 1e-6, solver).rank == 10


def test_more_columns_than_rows_have_the_rank_of_the_rows() -> None:
    with pytest.warns(UserWarning, match="of 2 rows has rank 2 of 3"):
        fit = least_squares([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]], [1.0, 2.0])
    np.testing.assert_allclose(fit.weights[:, 0], [0.0, 1.0, 1.0], atol=1e-15)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([[1.0], [2.0]], [1.0]), "one row of A for each row of d"),
        (([1.0, 2.0], [1.0, 2.0]), "A has shape"),
        (([[1.0], [np.inf]], [1.0, 2.0]), r"A\[1, 0\] = inf"),
        (([[1.0], [2.0]], [1.0, 2.0], -1.0), "ridge=-1.0"),
        (([[1.0], [2.0]], [1.0, 2.0], 0.0, "qrr"), "did you mean.*qr|qrr.*qr"),
    ],
)
def test_what_is_no_system_is_refused(arguments, said: str) -> None:
    with pytest.raises(InputError, match=said):
        least_squares(*arguments)
