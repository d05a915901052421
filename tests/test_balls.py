"""The balls: FLINT's values and Taylor coefficients, and nothing but nan where there is nothing to say."""

from __future__ import annotations

import inspect
import itertools

import mpmath
import pytest
from flint import arb, ctx

from symdiff import balls
from symdiff.balls import Ball, const, precision, variable

REAL = {  # every function of the vocabulary, as mpmath has it
    "exp": mpmath.exp, "expm1": mpmath.expm1, "exp2": lambda x: 2**x, "log": mpmath.log, "log1p": mpmath.log1p,
    "log2": lambda x: mpmath.log(x, 2), "log10": mpmath.log10, "sqrt": mpmath.sqrt, "cbrt": mpmath.cbrt,
    "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "asin": mpmath.asin, "acos": mpmath.acos,
    "atan": mpmath.atan, "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh, "asinh": mpmath.asinh,
    "atanh": mpmath.atanh, "erf": mpmath.erf, "erfc": mpmath.erfc, "gamma": mpmath.gamma, "lgamma": mpmath.loggamma,
    "digamma": mpmath.digamma, "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)), "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "j0": mpmath.j0, "j1": mpmath.j1, "y0": lambda x: mpmath.bessely(0, x), "y1": lambda x: mpmath.bessely(1, x),
    "i0": lambda x: mpmath.besseli(0, x), "i1": lambda x: mpmath.besseli(1, x),
    "k0": lambda x: mpmath.besselk(0, x), "k1": lambda x: mpmath.besselk(1, x),
    "i0e": lambda x: mpmath.exp(-x) * mpmath.besseli(0, x), "i1e": lambda x: mpmath.exp(-x) * mpmath.besseli(1, x),
    "k0e": lambda x: mpmath.exp(x) * mpmath.besselk(0, x), "k1e": lambda x: mpmath.exp(x) * mpmath.besselk(1, x),
    "ellipk": mpmath.ellipk, "ellipe": mpmath.ellipe, "ellipkm1": lambda p: mpmath.ellipk(1 - p),
    "exp1": mpmath.e1, "expi": mpmath.ei, "si": mpmath.si, "ci": mpmath.ci, "shi": mpmath.shi, "chi": mpmath.chi,
    "fresnel_s": mpmath.fresnels, "fresnel_c": mpmath.fresnelc, "erfi": mpmath.erfi,
    "erfcx": lambda x: mpmath.exp(x * x) * mpmath.erfc(x),
    "dawsn": lambda x: mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-x * x) * mpmath.erfi(x),
    "log_ndtr": lambda x: mpmath.log(mpmath.ncdf(x)), "erfinv": mpmath.erfinv,
    "erfcinv": lambda x: mpmath.erfinv(1 - x), "ndtri": lambda p: mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1),
    "spence": lambda z: mpmath.polylog(2, 1 - z), "lambertw": mpmath.lambertw,
    "airy_ai": mpmath.airyai, "airy_bi": mpmath.airybi, "airy_aip": lambda x: mpmath.airyai(x, derivative=1),
    "airy_bip": lambda x: mpmath.airybi(x, derivative=1),
    "gelu_tanh": lambda x: x / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf(0.044715) * x**3))),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("x", [0.3, 0.75])
def test_coefficients_are_those_of_mpmath(name: str, x: float) -> None:
    with mpmath.workdps(60), precision(160, 3):
        found = getattr(balls, name)(variable(x, 1))
        for k, truth in enumerate(mpmath.taylor(REAL[name], mpmath.mpf(x), 3)):
            assert abs(found[k] - arb(mpmath.nstr(truth, 40))) < arb("1e-14"), k  # numerical derivatives


@pytest.mark.parametrize("name", ["expm1", "log1p", "sin", "sinh", "tanh", "asinh", "atanh", "atan"])
@pytest.mark.parametrize("x", [1e-300, -1e-300, 5e-324])
def test_tiny_arguments_keep_their_digits_at_modest_precision(name: str, x: float) -> None:
    with precision(100):
        found = getattr(balls, name)(const(x)).value
        assert abs(found - arb(x)) < abs(arb(x)) / 2**80


@pytest.mark.parametrize("x", [-800.0, -1e4, -1e300, 1e300])
def test_saturated_arguments_are_enclosed(x: float) -> None:
    with precision(100):
        for f, limit in ((balls.tanh, 1 if x > 0 else -1), (balls.sigmoid, 1 if x > 0 else 0)):
            assert abs(f(const(x)).value - limit) < arb("1e-25")


def functions() -> list[str]:
    names = [n for n, f in vars(balls).items() if inspect.isfunction(f) and f.__module__.startswith(balls.__name__)]
    other = {"precision", "const", "variable", "nan", "bits", "terms"}
    other |= {"eigenvalue", "eigenvector"}  # of whole matrices: test_ball_eigen.py
    return [n for n in names if n[0] != "_" and n not in other]


AWKWARD = [0.0, -1.0, 2.5, float("inf"), float("nan"), arb(0, 1), arb(-1, 1e-20)]


@pytest.mark.parametrize("name", functions())
@pytest.mark.parametrize("order", [0, 2])
def test_nothing_raises(name: str, order: int) -> None:
    f = getattr(balls, name)
    parameters = list(inspect.signature(f).parameters.values())
    with precision(100, order):
        pools = [
            [-1 if name == "integer_power" else 1, 2] if p.annotation == "int" else
            [True, False, None] if "bool" in str(p.annotation) else
            [b for v in AWKWARD for b in (const(v), variable(v, 1))]
            for p in parameters
        ]  # fmt: skip
        for args in itertools.product(*pools):
            assert isinstance(f(*args), Ball | bool | None)
        for a, b in itertools.product(pools[0], repeat=2) if pools and isinstance(pools[0][0], Ball) else []:
            assert all(isinstance(c, Ball) for c in (a + b, a - b, a * b, a / b, 2 * a, 1 / a, 1 - a, -a))


def test_zero_times_what_is_not_there_is_not_zero() -> None:
    with precision(100, 1):
        assert not (const(0) * balls.log(const(-1))).value.is_finite()
        assert not (const(0) / const(0)).value.is_finite()
        assert not balls.mod(const(1), const(0)).value.is_finite()


def test_at_a_kink_there_is_a_value_and_no_slope() -> None:
    with precision(100, 1):
        for f in (balls.abs, balls.relu, balls.sign, balls.floor, balls.sqrt, balls.cbrt, balls.selu):
            found = f(variable(0, 1))
            assert found.value == 0
            assert found[1].is_nan()
        assert balls.elu(variable(0, 1), const(1))[1] == 1  # both slopes are 1
        assert balls.elu(variable(0, 1), const(2))[1].is_nan()
        assert balls.power(variable(0, 1), const(1.5))[1] == 0
        assert balls.power(const(0), variable(1.5, 1))[1] == 0
        assert balls.maximum(variable(1, 1), variable(1, 1))[1] == 1  # they move together


def test_comparisons_have_three_answers() -> None:
    with precision(100):
        one, two, wide = const(1), const(2), const(arb(1, 1))
        assert (one < two, one > two, one <= one, one < wide, wide >= two) == (True, False, True, None, None)
        assert (balls.equal(one, one), balls.not_equal(one, two)) == (True, True)
        assert balls.equal(wide, const(arb(1, 1))) is None
        assert balls.equal(wide, wide) is True  # one computed number, not two that overlap
        assert (balls.logical_and(None, False), balls.logical_or(None, True), balls.logical_not(None)) == (
            False, True, None)  # fmt: skip
        assert balls.where(None, one, two).value.is_nan()


def test_the_precision_is_restored_whatever_happens() -> None:
    def fails() -> None:
        with precision(333, 5):
            assert (ctx.prec, ctx.cap) == (333, 6)
            with precision(70):
                assert (ctx.prec, ctx.cap) == (70, 1)
            assert (ctx.prec, ctx.cap) == (333, 6)
            raise KeyError

    before = ctx.prec, ctx.cap
    with pytest.raises(KeyError):
        fails()
    assert (ctx.prec, ctx.cap) == before


def test_the_constants_of_the_activations_are_those_of_the_rows() -> None:
    from symdiff.ops import activations

    for name in ("SELU_ALPHA", "SELU_SCALE", "GELU_CUBIC"):
        assert getattr(balls, name) == getattr(activations, name)
