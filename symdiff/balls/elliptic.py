"""Elliptic integrals of balls, by the parameter m: FLINT's series and values, and Cauchy's integral."""

from __future__ import annotations

from flint import acb, acb_series, arb, arb_series

from symdiff.balls.cauchy import Value, analytic
from symdiff.balls.series import Ball, _kinked, nan, terms

LARGEST = 2.0**64  # of a parameter of Pi: with larger ones FLINT takes minutes
REACH = 0.5


def ellipk(m: Ball) -> Ball:
    """K(m), for m < 1."""
    if not m.value < 1:
        return nan()
    series = acb_series([acb(c) for c in m.series.coeffs()]).elliptic_k()
    return Ball(arb_series([series[k].real for k in range(terms())]))


def ellipkm1(p: Ball) -> Ball:
    """K(1 - p), for p > 0."""
    return ellipk(1 - p)


def ellipe(m: Ball) -> Ball:
    """E(m), for m <= 1."""
    if m.value == 1:
        return _kinked(arb(1), m)
    if not m.value < 1:
        return nan()
    return analytic(lambda z: z.elliptic_e(), [m], [(1 - m.value).lower() / 2])


def ellipkinc(phi: Ball, m: Ball) -> Ball:
    """F(phi, m), where 1 - m sin(t)**2 > 0 on the way to phi."""
    return _incomplete(acb.elliptic_f, acb.elliptic_k, phi, m)


def ellipeinc(phi: Ball, m: Ball) -> Ball:
    """E(phi, m), where 1 - m sin(t)**2 > 0 on the way to phi."""
    return _incomplete(acb.elliptic_e_inc, acb.elliptic_e, phi, m)


def elliptic_pi(n: Ball, phi: Ball, m: Ball) -> Ball:
    """Pi(n; phi, m), where 1 - m sin(t)**2 > 0 and 1 - n sin(t)**2 > 0 on the way to phi, and |phi| < pi/2."""

    def f(n: acb, phi: acb, m: acb) -> acb:
        sin, cos = phi.sin_cos()
        if not (cos.real > 0 and all((1 - k * sin * sin).real > 0 for k in (n, m))):
            return acb(arb.nan())
        return acb.elliptic_pi_inc(n, phi, m)

    if not (abs(n.value) < LARGEST and abs(m.value) < LARGEST):
        return nan()
    return analytic(f, [n, phi, m], [REACH, REACH, REACH])


def _incomplete(inside: Value, whole: Value, phi: Ball, m: Ball) -> Ball:
    """Twice the complete integral for every pi, and the incomplete one for what is left of phi.

    That one is analytic while cos(phi) and 1 - m sin(phi)**2 stay to the right of 0: of both square roots under
    the integral neither leaves its branch. Elsewhere `f` says nan.
    """
    turns = (phi.value / arb.pi() + arb(0.5)).mid().floor().unique_fmpz()
    if turns is None or (turns != 0 and not m.value < 1):
        return nan()

    def f(phi: acb, m: acb) -> acb:
        rest = phi - arb.pi() * turns
        sin, cos = rest.sin_cos()
        if not (cos.real > 0 and (1 - m * sin * sin).real > 0):
            return acb(arb.nan())
        return inside(rest, m) + (2 * turns * whole(m) if turns else 0)

    return analytic(f, [phi, m], [REACH, REACH])
