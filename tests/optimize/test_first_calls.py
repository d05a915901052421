"""`sd.checked`: a derivative that checks itself at its first calls inside an optimization."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import optimize, sparse

import symdiff as sd

X = np.array([1.3, 0.7, 0.8, 1.9])
T = np.linspace(0, 1, 5)
DATA = np.array([1.0, 0.8, 0.5, 0.4, 0.3])


def rosen(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def residuals(p, t):
    return p[0] * np.exp(-p[1] * t) - DATA


def residuals_jac(p, t):
    e = np.exp(-p[1] * t)
    return np.column_stack([e, -p[0] * t * e])


def closed(x):
    return float(rosen(np.asarray(x, float)))


@pytest.mark.parametrize("fun", [rosen, optimize.rosen, closed], ids=["arrays", "entries", "black box"])
def test_right_derivatives_of_every_kind_go_through(fun) -> None:
    jac = sd.checked(fun, optimize.rosen_der, calls=2)
    assert optimize.minimize(fun, X, jac=jac).success
    hess = sd.checked(fun, hess=optimize.rosen_hess, calls=1)
    assert optimize.minimize(fun, X, jac=optimize.rosen_der, hess=hess, method="trust-exact").success
    hessp = sd.checked(fun, hessp=optimize.rosen_hess_prod, calls=1)
    assert optimize.minimize(fun, X, jac=optimize.rosen_der, hessp=hessp, method="Newton-CG").success
    both = sd.checked(lambda x: (fun(x), optimize.rosen_der(x)), jac=True, calls=2)
    assert optimize.minimize(both, X, jac=True).success
    for wrapped, count in ((jac, 2), (hess, 1), (hessp, 1), (both, 2)):
        assert wrapped.left == 0
        assert [r.ok for r in wrapped.reports] == [True] * count


def _wrong(f):
    return lambda *a: f(*a) * 1.0001


def test_a_wrong_one_of_every_kind_stops_the_optimization() -> None:
    der = optimize.rosen_der
    with pytest.raises(sd.Disagreement, match=r"call 1, is not the derivative of rosen here(.|\n)*to see it again"):
        optimize.minimize(rosen, X, jac=sd.checked(rosen, _wrong(der)))
    hess = sd.checked(rosen, hess=_wrong(optimize.rosen_hess))
    with pytest.raises(sd.Disagreement, match="hessian"):
        optimize.minimize(rosen, X, jac=der, hess=hess, method="trust-exact")
    hessp = sd.checked(rosen, hessp=_wrong(optimize.rosen_hess_prod))
    with pytest.raises(sd.Disagreement, match="hvp"):
        optimize.minimize(rosen, X, jac=der, hessp=hessp, method="Newton-CG")
    both = sd.checked(lambda x: (rosen(x), 1.0001 * der(x)), jac=True)
    with pytest.raises(sd.Disagreement, match="grad"):
        optimize.minimize(both, X, jac=True)


def test_a_jacobian_with_data_and_a_sparse_one() -> None:
    jac = sd.checked(residuals, residuals_jac)
    assert optimize.least_squares(residuals, [1.0, 1.0], jac=jac, args=(T,)).success
    assert [str(r.verdict) for r in jac.reports] == ["AGREE"] * 3
    thin = sd.checked(residuals, lambda p, t: sparse.csr_array(residuals_jac(p, t)), calls=1)
    assert optimize.least_squares(residuals, [1.0, 1.0], jac=thin, args=(T,)).success
    assert thin.reports[0].ok
    swapped = sd.checked(residuals, lambda p, t: residuals_jac(p, t)[:, ::-1])
    with pytest.raises(sd.Disagreement):
        optimize.least_squares(residuals, [1.0, 1.0], jac=swapped, args=(T,))


def test_a_hessian_product_with_data() -> None:
    def f(x, a):
        return np.sum(a * x**4)

    hessp = sd.checked(f, hessp=lambda x, p, a: 12 * a * x**2 * p, calls=2)
    optimize.minimize(f, X, args=(2.0,), jac=lambda x, a: 4 * a * x**3, hessp=hessp, method="Newton-CG")
    assert [r.ok for r in hessp.reports] == [True, True]


def test_a_mistake_that_shows_later_is_seen_at_a_later_call() -> None:
    calls = []

    def drifting(x):  # right at the start only
        calls.append(1)
        return optimize.rosen_der(x) + (x[0] - 1.3)

    jac = sd.checked(rosen, drifting)
    jac(X)
    with pytest.raises(sd.Disagreement, match="call 2,"):
        jac(X + 0.1)
    assert jac.left == 0


def test_afterwards_the_derivative_is_called_once_and_nothing_else_is() -> None:
    calls, values = [], []

    def counted(x):
        calls.append(1)
        return optimize.rosen_der(x)

    def fun(x):
        values.append(1)
        return rosen(x)

    jac = sd.checked(fun, counted, calls=1)
    jac(X)
    calls.clear()
    values.clear()
    x = X.copy()
    np.testing.assert_array_equal(jac(x), optimize.rosen_der(X))
    assert (len(calls), len(values)) == (1, 0)
    assert sd.checked(fun, counted, calls=0)(X) is not None
    assert not values


def test_what_is_not_decided_is_a_warning_and_no_pass() -> None:
    f = lambda x: float(abs(x[0])) + float(x[1]) ** 2  # noqa: E731 - a black box with a kink
    jac = sd.checked(f, lambda x: np.array([0.0, 2 * x[1]]))
    with pytest.warns(UserWarning, match="call 1, was not decided: UNDECIDED"):
        jac(np.array([0.0, 1.0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sd.checked(rosen, optimize.rosen_der)(X)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "takes one of jac, hess and hessp, got none"),
        ({"jac": rosen, "hess": rosen}, "got jac and hess: wrap each on its own"),
        ({"jac": rosen, "calls": -1}, "calls=-1"),
        ({"jac": "2-point"}, "jac is str, expected a function"),
    ],
)
def test_bad_input(given, says: str) -> None:
    with pytest.raises(sd.InputError, match=says):
        sd.checked(rosen, **given)
    with pytest.raises(sd.InputError, match="fun is float"):
        sd.checked(1.0, rosen)  # type: ignore[arg-type]  # that is what is asked
