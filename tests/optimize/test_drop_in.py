"""`sd.check_grad`: SciPy's signature, the certified gradient."""

from __future__ import annotations

import inspect
import math
import warnings

import numpy as np
import pytest
from scipy import optimize

import symdiff as sd

X = np.array([1.3, 0.7, 0.8, 1.9])


def rosen(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_the_signature_is_scipys() -> None:
    theirs, mine = (list(inspect.signature(f).parameters) for f in (optimize.check_grad, sd.check_grad))
    assert set(theirs) <= set(mine)
    positional = ["func", "grad", "x0", "args"]
    assert mine[:4] == theirs[:4] == positional


def test_a_right_gradient_is_off_by_rounding_and_a_wrong_one_by_its_error() -> None:
    assert sd.check_grad(rosen, optimize.rosen_der, X) < 1e-15 * np.linalg.norm(optimize.rosen_der(X)) * 10
    assert optimize.check_grad(rosen, optimize.rosen_der, X) > 1e-6  # what differences make of it
    off = np.array([0.0, 3e-9, 0.0, -4e-9])
    assert sd.check_grad(rosen, lambda x: optimize.rosen_der(x) + off, X) == pytest.approx(5e-9, rel=1e-3)


def test_it_says_what_scipy_says_of_a_wrong_one() -> None:
    wrong = lambda x: 2 * optimize.rosen_der(x)  # noqa: E731 - in a line
    for options in ({}, {"direction": "random", "rng": 3}):
        theirs = optimize.check_grad(rosen, wrong, X, **options)
        assert sd.check_grad(rosen, wrong, X, **options) == pytest.approx(theirs, rel=1e-5)


def test_further_arguments_and_several_values() -> None:
    f = lambda x, a, b: a * np.exp(-b * x)  # noqa: E731 - in a line
    jac = lambda x, a, b: np.diag(-a * b * np.exp(-b * x))  # noqa: E731 - in a line
    assert sd.check_grad(f, jac, [0.5, 2.0], 1.5, 0.7) < 1e-15
    assert sd.check_grad(f, lambda *a: -jac(*a), [0.5, 2.0], 1.5, 0.7) == pytest.approx(
        optimize.check_grad(f, lambda *a: -jac(*a), [0.5, 2.0], 1.5, 0.7), rel=1e-6
    )
    with pytest.raises(sd.InputError, match="one value"):
        sd.check_grad(f, jac, [0.5, 2.0], 1.5, 0.7, direction="random")


def test_a_black_box_and_a_large_function() -> None:
    closed = lambda x: float(rosen(np.asarray(x, float)))  # noqa: E731 - as compiled code
    assert sd.check_grad(closed, optimize.rosen_der, X) < 1e-8
    x = np.linspace(-1, 1, 30_000)
    assert sd.check_grad(rosen, optimize.rosen_der, x) < 1e-9
    assert sd.check_grad(rosen, lambda x: optimize.rosen_der(x) * (1 + 1e-6), x) > 1e-6


def test_what_has_no_meaning_says_so() -> None:
    with pytest.warns(UserWarning, match="epsilon has no meaning here"):
        sd.check_grad(rosen, optimize.rosen_der, X, epsilon=1e-6)
    with pytest.raises(sd.InputError, match="seed=, its old name"):
        sd.check_grad(rosen, optimize.rosen_der, X, rng=1, seed=1)
    with pytest.raises(sd.InputError, match="expected 'all' or 'random'"):
        sd.check_grad(rosen, optimize.rosen_der, X, direction="some")


def test_where_there_is_no_gradient_the_answer_passes_no_bound() -> None:
    with pytest.warns(UserWarning, match="no derivative to compare with"):
        found = sd.check_grad(lambda x: np.abs(x[0]), np.sign, [0.0])
    assert math.isnan(found)
    assert not found < 1e-6


def test_a_gradient_of_another_shape_or_that_raises() -> None:
    with pytest.raises(sd.InputError, match=r"grad returns shape \(3,\)"):
        sd.check_grad(rosen, lambda x: np.ones(3), X)
    with pytest.raises(sd.InputError, match="grad raises ZeroDivisionError"):
        sd.check_grad(rosen, lambda x: 1 / 0, X)


def test_the_point_is_left_as_it_is() -> None:
    given = [1, 2, 3]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sd.check_grad(rosen, optimize.rosen_der, given)
    assert given == [1, 2, 3]
