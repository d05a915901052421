"""SymPy's special functions: the graph means what SymPy means, and every method's derivative is right."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import special

import symdiff as sd
from symdiff.inputs.sympy_special import STEPS

x, y = sp.symbols("x y", real=True)

EXPRESSIONS = [
    sp.besselj(0, x), sp.besselj(2, x), sp.bessely(1, x), sp.besseli(sp.Rational(1, 2), x), sp.besselk(0, x),
    sp.Ei(x), sp.Si(x), sp.Ci(x), sp.Shi(x), sp.Chi(x), sp.fresnels(x), sp.fresnelc(x), sp.li(x + 2),
    sp.erfi(x), sp.erfinv(x), sp.erfcinv(x), sp.elliptic_k(x), sp.elliptic_e(x), sp.elliptic_e(x, -2),
    sp.elliptic_f(x, sp.Rational(1, 3)), sp.LambertW(x), sp.polylog(2, x), sp.polylog(3, x / 2),
    sp.elliptic_pi(sp.Rational(1, 5), x, sp.Rational(1, 3)), sp.zeta(3, x), sp.zeta(2 + 0 * x) * x,
    sp.airyai(x), sp.airyaiprime(x), sp.airybi(x), sp.airybiprime(x),
    sp.expint(1, x), sp.expint(3, x), sp.uppergamma(sp.Rational(1, 3), x), sp.lowergamma(sp.Rational(1, 3), x),
    sp.hyper([], [sp.Rational(3, 2)], x), sp.hyper([1], [sp.Rational(1, 3)], x),
    sp.hyper([1, sp.Rational(1, 3)], [sp.Rational(5, 2)], x), sp.betainc_regularized(2, sp.Rational(3, 2), 0, x),
]  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_it_means_what_sympy_means_and_is_differentiated_rightly(expression: Any) -> None:
    at = 0.6
    known = expression.xreplace({x: sp.Float(at, 30)})
    # SymPy has no numbers of erfcinv
    exact = mpmath.erfinv(1 - at) if expression.func is sp.erfcinv else known.evalf(30)
    assert sd.function(expression)(x=at) == pytest.approx(float(sp.re(exact)), rel=1e-13)
    report = sd.crosscheck(expression, at={"x": at}, methods=("symbolic", "tape"))
    assert {str(f.verdict) for f in report.findings} == {"AGREE"}, str(report)


def test_every_head_is_among_them() -> None:
    assert set(STEPS) <= {type(a) for e in EXPRESSIONS for a in sp.preorder_traversal(e)}


@pytest.mark.parametrize(
    "expression", [sp.polylog(sp.Rational(5, 2), x), sp.hyper([1, 2, 3], [4, 5], x), sp.LambertW(x, -1),
                   sp.betainc_regularized(2, 3, x, 1)], ids=str
)
def test_what_is_no_row_is_refused_by_name(expression: Any) -> None:
    with pytest.raises(sd.UnsupportedError, match=type(expression).__name__):
        sd.function(expression)


@pytest.mark.parametrize("expression", [sp.besselj(y, x), sp.uppergamma(y, x), sp.zeta(3 + y, x)], ids=str)
def test_a_derivative_by_an_order_is_unsupported_and_never_zero(expression: Any) -> None:
    report = sd.crosscheck(expression, at={"x": 0.6, "y": 1.3}, wrt="y", methods=("symbolic", "tape"))
    assert {str(f.verdict) for f in report.findings} == {"UNSUPPORTED"}
    assert "has no closed form" in str(report)
    assert sd.crosscheck(expression, at={"x": 0.6, "y": 1.3}, wrt="x", methods=("tape",)).ok


def test_the_parameters_of_a_hypergeometric_function_may_be_expressions() -> None:
    """They were taken for numbers, and SymPy refused by the name of a Python attribute."""
    expression = sp.hyper([1, 1 + 1 / y], [2 + 1 / y], x)
    at = {"x": 0.81, "y": 1.25}
    assert sd.crosscheck(expression, at=at, wrt="x", methods=("symbolic", "tape")).ok
    with mpmath.workdps(30):
        a, c = 1 + 1 / mpmath.mpf("1.25"), 2 + 1 / mpmath.mpf("1.25")
        truth = mpmath.hyp2f1(2, a + 1, c + 1, mpmath.mpf(0.81)) * a / c
    assert sd.grad(expression, method="symbolic", wrt="x")(**at) == pytest.approx(float(truth), rel=1e-12)


def test_what_sympy_cannot_differentiate_by_matters_only_to_who_asks() -> None:
    """In a program of many steps each is differentiated by all that it is made of: the parameter as well."""
    steps = " + ".join(f"sin({k}*x)" for k in range(1, 60))  # too long to be written out as one formula
    text = f"hyp2f1(1, 1 + m, 2 + m, x)*({steps})"
    at = {"x": 0.3, "m": 0.7}
    assert sd.crosscheck(text, at=at, wrt="x", methods=("symbolic", "tape")).ok
    by_all = sd.crosscheck(text, at=at, methods=("symbolic",))
    assert {f.verdict for f in by_all.findings} == {"UNSUPPORTED"}
    assert all("it has no derivative for it" in f.reason for f in by_all.findings)


def test_the_same_in_matrix_programs() -> None:
    def f(v: np.ndarray, order: np.ndarray) -> np.ndarray:
        return np.sum(special.jv(order, v) * np.cos(v))

    v, order = np.linspace(0.5, 3, 400), np.full(400, 1.3)
    truth = special.jvp(order, v) * np.cos(v) - special.jv(order, v) * np.sin(v)
    assert sd.grad(f, method="symbolic")(v, order) == pytest.approx(truth, rel=1e-12)
    with pytest.raises(sd.UnsupportedError, match=r"no derivative|no closed form"):
        sd.grad(f, method="symbolic", wrt="order")(v, order)
