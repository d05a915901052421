"""Elliptic integrals, by the parameter m = k**2, as SciPy and SymPy have them (DLMF chapter 19)."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.ops.arithmetic import pi
from symdiff.ops.hypergeometric import hyp2f1
from symdiff.ops.powers import sqrt
from symdiff.ops.row import Domain, Either, Kink, Lacking, elementwise, not_in_jax
from symdiff.ops.trigonometric import sin
from symdiff.vocabulary import arb, sp
from symdiff.vocabulary import special as scipy_special


def _leaves(phi: Any, m: Any) -> Any:
    """Where 1 - m sin(t)**2 is not positive all the way to phi."""
    s = np.sin(phi)
    return np.logical_or(m * (s * s) >= 1, np.logical_and(m >= 1, np.abs(phi) >= np.pi / 2))


# The derivatives of K and E are (E - (1 - m) K) / (2 m (1 - m)) and (E - K) / (2 m) (DLMF 19.4.1 and 19.4.2), which
# cancel for small m. K is pi/2 F(1/2, 1/2; 1; m), and E is pi/2 F(-1/2, 1/2; 1; m) (DLMF 19.5.1 and 19.5.2).
ellipk = elementwise(
    "ellipk", scipy_special.ellipk, partials=lambda y, m: pi.beside(m) / 8.0 * hyp2f1(1.5, 1.5, 2.0, m),
    sympy=sp.elliptic_k, jax=not_in_jax("ellipk"), ball=arb.ellipk,
    domain=Domain(lambda m: m >= 1, "a parameter m below 1", ((-3.0, 0.99),)),
    ulp=16, doc="the complete elliptic integral K(m) (DLMF 19.2.8)",
)
def _near_the_pole(y: Any, p: Any) -> Any:
    """DLMF 19.4.1"""
    near = np.where(p < 0.5, p, 0.5)
    return -(ellipe(1.0 - near) - near * y) / (2.0 * near * (1.0 - near))


ellipkm1 = elementwise(
    "ellipkm1", scipy_special.ellipkm1,
    partials=Either(
        lambda y, p: p < 0.5, _near_the_pole,
        lambda y, p: -(pi.beside(p) / 8.0) * hyp2f1(1.5, 1.5, 2.0, 1.0 - p),
    ),
    sympy=lambda p: sp.elliptic_k(1 - p), jax=not_in_jax("ellipkm1"), ball=arb.ellipkm1,
    domain=Domain(lambda p: p <= 0, "an argument above zero", ((0.01, 4.0),)),
    ulp=16, doc="the complete elliptic integral K(1 - p), with the digits of a small p (DLMF 19.2.8)",
)
ellipe = elementwise(
    "ellipe", scipy_special.ellipe, partials=lambda y, m: -(pi.beside(m) / 8.0) * hyp2f1(0.5, 1.5, 2.0, m),
    sympy=sp.elliptic_e, jax=not_in_jax("ellipe"), ball=arb.ellipe,
    domain=Domain(lambda m: m > 1, "a parameter m that is not above 1", ((-3.0, 0.99),)),
    kink=Kink(lambda m: m - 1.0, (None,), "the end of the domain, where the slope is infinite"),
    ulp=16, doc="the complete elliptic integral E(m) (DLMF 19.2.8)",
)


def _delta(phi: Any, m: Any) -> Any:
    s = sin(phi)
    return sqrt(1.0 - m * (s * s))


def _by_m(name: str) -> Lacking:
    return Lacking(
        f"the derivative of {name}(phi, m) by its parameter m is known by DLMF 19.4 only, and cancels around m = 0 and "
        "m = 1: only that by phi is known here"
    )


def _f(phi: Any, m: Any) -> Any:
    return _reciprocal(phi, m, scipy_special.ellipkinc, lambda beta, n: np.sqrt(n) * scipy_special.ellipkinc(beta, n))


def _e(phi: Any, m: Any) -> Any:
    def above_one(beta: Any, n: Any) -> Any:
        return (scipy_special.ellipeinc(beta, n) - (1 - n) * scipy_special.ellipkinc(beta, n)) / np.sqrt(n)

    return _reciprocal(phi, m, scipy_special.ellipeinc, above_one)


def _reciprocal(phi: Any, m: Any, plain: Any, above_one: Any) -> Any:
    """SciPy has nan for m > 1: there by the parameter 1/m, for sin(beta) = sqrt(m) sin(phi) (DLMF 19.7.4)."""
    if not np.any(np.greater_equal(m, 1)):
        return plain(phi, m)
    with np.errstate(all="ignore"):  # both branches are computed; the unused one may well be no number
        phi, m = np.asarray(phi), np.asarray(m)
        n = 1 / np.where(m > 1, m, 2)
        beta = np.where(np.abs(phi) < np.pi / 2, np.arcsin(np.sin(phi) / np.sqrt(n)), np.nan)
        found = np.where(m > 1, above_one(beta, n), plain(phi, np.where(m > 1, 0, m)))
        found = np.where((m >= 1) & (np.abs(phi) >= np.pi / 2), np.nan, found)
    return found.astype(np.result_type(phi, m))[()]


ellipkinc = elementwise(
    "ellipkinc", _f,
    partials=(lambda y, phi, m: 1.0 / _delta(phi, m), _by_m("ellipkinc")),
    sympy=sp.elliptic_f, jax=not_in_jax("ellipkinc"), ball=arb.ellipkinc,
    domain=Domain(_leaves, "phi and m with 1 - m sin(t)**2 > 0 up to phi", ((0.1, 1.5), (-2.0, 0.9))),
    examples={"measured": ((1e-8, 20.0), (1e-8, 1e3))}, ulp=64, near_zero=0.0,
    doc="the incomplete elliptic integral F(phi, m) (DLMF 19.2.4)",
)
ellipeinc = elementwise(
    "ellipeinc", _e,
    partials=(lambda y, phi, m: _delta(phi, m), _by_m("ellipeinc")),
    sympy=sp.elliptic_e, jax=not_in_jax("ellipeinc"), ball=arb.ellipeinc,
    domain=Domain(_leaves, "phi and m with 1 - m sin(t)**2 > 0 up to phi", ((0.1, 1.5), (-2.0, 0.9))),
    examples={"measured": ((1e-8, 20.0), (1e-8, 1e3))}, ulp=2048,
    doc="the incomplete elliptic integral E(phi, m) (DLMF 19.2.5)",
)


def _pi(n: Any, phi: Any, m: Any) -> Any:
    """By Carlson's integrals, for |phi| < pi/2 (DLMF 19.25.14)."""
    s, c = np.sin(phi), np.cos(phi)
    square, one = s * s, np.ones_like(s)
    inside = (np.abs(phi) < np.pi / 2) & (n * square < 1) & (m * square < 1)
    delta, pole = np.where(inside, 1 - m * square, 1), np.where(inside, 1 - n * square, 1)
    first, third = scipy_special.elliprf(c * c, delta, one), scipy_special.elliprj(c * c, delta, one, pole)
    return np.where(inside, s * first + n * s * square / 3 * third, np.nan).astype(np.result_type(n, phi, m))[()]


def _by(name: str) -> Lacking:
    return Lacking(f"the derivative of elliptic_pi(n, phi, m) by {name} is not known here: only that by phi is")


def _pi_outside(n: Any, phi: Any, m: Any) -> Any:
    return np.logical_or(np.logical_or(_leaves(phi, m), _leaves(phi, n)), np.abs(phi) >= np.pi / 2)


def _pi_slope(y: Any, n: Any, phi: Any, m: Any) -> Any:
    s = sin(phi)
    return 1.0 / ((1.0 - n * (s * s)) * _delta(phi, m))


elliptic_pi = elementwise(
    "elliptic_pi", _pi, partials=(_by("n"), _pi_slope, _by("m")),
    sympy=sp.elliptic_pi, jax=not_in_jax("elliptic_pi"), ball=arb.elliptic_pi,
    domain=Domain(
        _pi_outside, "n, phi and m with |phi| < pi/2, 1 - n sin(phi)**2 > 0 and 1 - m sin(phi)**2 > 0",
        ((-2.0, 0.9), (0.1, 1.5), (-2.0, 0.9)),
    ),
    examples={"measured": ((1e-8, 1e3), (1e-8, 1.5), (1e-8, 1e3))}, ulp=64,
    doc="the incomplete elliptic integral Pi(n; phi, m) (DLMF 19.2.7)",
)
