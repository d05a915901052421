"""Taylor balls by Cauchy's integral: enclosures of the truth, narrow ones, and nan where the promise is broken."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
from flint import acb, arb, arb_series

from symdiff import balls
from symdiff.balls import Ball, cauchy, const, precision, variable


def exponential(z: acb) -> acb:
    return z.exp()


@pytest.mark.parametrize("bits", [64, 200, 2000])
@pytest.mark.parametrize("x", [0.0, 1e-300, 2.5, -40.0, 700.0])
def test_the_coefficients_are_those_of_flints_own_series(bits: int, x: float) -> None:
    with precision(bits, 4):
        found, truth = cauchy.analytic(exponential, [variable(x, 1)], [1.0]), balls.exp(variable(x, 1))
        for k in range(5):
            assert found[k].overlaps(truth[k])
            assert found[k].rad() < abs(truth[k]) / arb(2) ** (bits // 2)


@pytest.mark.parametrize("radius", [2.0**-53, 1e-6, 0.1])
def test_a_wide_argument_is_enclosed_whole_and_no_wider_than_that(radius: float) -> None:
    moving = Ball(arb_series([arb(1.5, radius), 1]))
    with precision(128, 2):
        found = cauchy.analytic(exponential, [moving], [1.0])
        for x in (1.5 - radius, 1.5, 1.5 + radius):
            truth = balls.exp(variable(x, 1))
            assert all(found[k].contains(truth[k].mid()) for k in range(3))
        assert found[1].rad() < 100 * radius


def test_arguments_that_move_together_along_curves() -> None:
    x, y = Ball(arb_series([0.5, 2, -1])), Ball(arb_series([1.25, -3, 0.5]))
    with precision(160, 2):
        found = cauchy.analytic(lambda a, b: a.exp() * b.sin(), [x, y], [1.0, 1.0])
        truth = balls.exp(x) * balls.sin(y)
        assert all(found[k].overlaps(truth[k]) and found[k].rad() < 1e-30 for k in range(3))


def test_the_rest_of_the_sum_is_in_the_enclosure(monkeypatch: pytest.MonkeyPatch) -> None:
    """With few points what is left out counts; without its bound the enclosure would miss the truth."""
    monkeypatch.setattr(cauchy, "APART", 2)
    monkeypatch.setattr(cauchy, "POINTS", 10**9)
    with precision(8, 1):
        found = cauchy.analytic(lambda z: (1 - z).log(), [variable(0.0, 1)], [0.5])
        assert found[1].contains(-1)
        assert not found[1].is_exact()


def test_what_is_not_finite_nearby_has_a_value_and_no_coefficients() -> None:
    def f(z: acb) -> acb:
        return z if z.imag == 0 else acb(arb.nan())

    with precision(100, 2):
        found = cauchy.analytic(f, [variable(1.0, 1)], [1.0])
        assert found[0] == 1
        assert not any(found[k].is_finite() for k in (1, 2))


OF_TWO: dict[str, tuple[Any, tuple[float, float]]] = {
    "jv": (mpmath.besselj, (2.3, 1.5)), "yv": (mpmath.bessely, (2.3, 1.5)),
    "iv": (mpmath.besseli, (2.3, 1.5)), "kv": (mpmath.besselk, (2.3, 1.5)),
    "ive": (lambda v, x: mpmath.exp(-x) * mpmath.besseli(v, x), (2.3, 1.5)),
    "kve": (lambda v, x: mpmath.exp(x) * mpmath.besselk(v, x), (2.3, 1.5)),
    "gammainc": (lambda a, x: mpmath.gammainc(a, 0, x, regularized=True), (2.5, 1.4)),
    "gammaincc": (lambda a, x: mpmath.gammainc(a, x, regularized=True), (2.5, 1.4)),
    "uppergamma": (mpmath.gammainc, (-1.5, 1.4)), "zeta": (mpmath.zeta, (2.5, 1.5)),
    "ellipkinc": (mpmath.ellipf, (2.0, 0.5)), "ellipeinc": (mpmath.ellipe, (-5.0, 0.3)),
    "hyp0f1": (mpmath.hyp0f1, (1.5, -4.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_TWO)
@pytest.mark.parametrize("k", [0, 1])
def test_functions_of_two_arguments_by_each(name: str, k: int) -> None:
    """Also by the orders, of which no method has a derivative."""
    f, at = OF_TWO[name]
    with mpmath.workdps(50), precision(200, 2):
        found = getattr(balls, name)(*[variable(v, 1) if i == k else const(v) for i, v in enumerate(at)])
        taylor = mpmath.taylor(lambda v: f(*[v if i == k else w for i, w in enumerate(at)]), mpmath.mpf(at[k]), 2)
        for i, truth in enumerate(taylor):
            assert found[i].rad() < 1e-30
            assert abs(found[i] - arb(mpmath.nstr(truth, 40))) < arb("1e-12"), i  # numerical derivatives


@pytest.mark.parametrize("at", [(2.5, 1.5, 0.3), (0.75, 8.0, 0.02), (6.0, 0.5, 0.95)])
@pytest.mark.parametrize("k", [0, 1, 2])
def test_the_incomplete_beta_function_by_each_argument(at: tuple[float, ...], k: int) -> None:
    with mpmath.workdps(50), precision(200, 2):
        found = balls.betainc(*[variable(v, 1) if i == k else const(v) for i, v in enumerate(at)])

        def along(v: Any) -> Any:
            a, b, x = [v if i == k else mpmath.mpf(w) for i, w in enumerate(at)]
            return mpmath.betainc(a, b, 0, x, regularized=True)

        for i, truth in enumerate(mpmath.taylor(along, mpmath.mpf(at[k]), 2)):
            assert found[i].rad() < 1e-30
            assert abs(found[i] - arb(mpmath.nstr(truth, 40))) < arb("1e-12"), i  # numerical derivatives


def test_the_incomplete_beta_function_ends_at_zero_and_one() -> None:
    with precision(100, 1):
        for x in (0.0, 1.0):
            found = balls.betainc(const(2.0), const(3.0), variable(x, 1))
            assert found[0] == x
            assert found[1].is_nan()
        for beyond in ((2.0, 3.0, 1.5), (2.0, 3.0, -0.5), (0.0, 3.0, 0.5), (2.0, -1.0, 0.5)):
            assert not balls.betainc(*map(const, beyond))[0].is_finite()


@pytest.mark.parametrize("n", [-3, -2, -1, 0, 1, 2, 5])
@pytest.mark.parametrize("x", [0.0, 0.4, -0.4, 1.75, -1.75])
def test_bessel_functions_of_whole_order_on_the_whole_line(n: int, x: float) -> None:
    for f, bessel in ((balls.jv, mpmath.besselj), (balls.iv, mpmath.besseli)):

        def truth(t: Any, bessel: Any = bessel) -> Any:
            if x == 0 and n < 0:  # mpmath does not come to an end there; DLMF 10.4.1 and 10.27.1
                return mpmath.re(bessel(-n, t)) * (-1 if bessel is mpmath.besselj and n % 2 else 1)
            return mpmath.re(bessel(n, t))

        with mpmath.workdps(40), precision(160, 1):
            found = f(const(n), variable(x, 1))
            slope = mpmath.diff(truth, mpmath.mpf(x))
            assert abs(found[0] - arb(mpmath.nstr(truth(mpmath.mpf(x)), 40))) < arb("1e-30")
            assert abs(found[1] - arb(mpmath.nstr(slope, 30))) < arb("1e-14")


def test_at_zero_the_scaled_one_has_a_kink_and_a_broken_order_an_end() -> None:
    with precision(100, 2):
        assert balls.i0e(variable(0, 1))[0] == 1
        assert balls.i0e(variable(0, 1))[1].is_nan()
        assert balls.i1e(variable(0, 1))[1] == 0.5
        assert balls.i1e(variable(0, 1))[2].is_nan()
        assert balls.jv(const(1.5), variable(0, 1))[1] == 0
        assert balls.jv(const(0.5), variable(0, 1))[1].is_nan()
        assert not balls.jv(const(0.5), variable(-1, 1))[0].is_finite()
        assert not balls.jv(const(-0.5), variable(0, 1))[0].is_finite()
