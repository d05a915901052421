"""XLA's functions against balls: the bounds in `methods/jax/accuracy.py` are not exceeded."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from jax import lax

from symdiff import balls
from symdiff.balls import precision
from symdiff.methods.jax.accuracy import XLA
from symdiff.methods.jax.checked import LESS_ACCURATE, QUICKLY
from symdiff.ops import TABLE

FUNCTIONS = {
    "exp": lax.exp, "exp2": lax.exp2, "expm1": lax.expm1, "log": lax.log, "log1p": lax.log1p,
    "sin": lax.sin, "cos": lax.cos, "tan": lax.tan, "asin": lax.asin, "acos": lax.acos, "atan": lax.atan,
    "sinh": lax.sinh, "cosh": lax.cosh, "tanh": lax.tanh, "asinh": lax.asinh, "acosh": lax.acosh,
    "atanh": lax.atanh, "sqrt": lax.sqrt, "cbrt": lax.cbrt, "sigmoid": lax.logistic, "erf": lax.erf,
    "erfc": lax.erfc, "lgamma": lax.lgamma, "digamma": lax.digamma,
    "i0e": lax.bessel_i0e, "i1e": lax.bessel_i1e, "erfinv": lax.erf_inv,
}  # fmt: skip


def sample(rng: np.random.Generator, n: int = 120) -> np.ndarray:
    """Arguments of all sizes: ordinary ones, tails, tiny and huge ones, and close to 1."""
    signs = np.where(rng.random(2 * n) < 0.5, -1.0, 1.0)
    sizes = np.concatenate([10.0 ** rng.uniform(-300, 300, n), 10.0 ** rng.uniform(-8, 4, n)])
    ordinary = [rng.normal(size=n), rng.uniform(-30, 30, n), rng.uniform(-710, 710, n)]
    return np.concatenate([*ordinary, signs * sizes, 1 + rng.normal(size=n) / 1e3])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_xla_is_as_accurate_as_we_say(name: str, rng: np.random.Generator) -> None:
    row = TABLE[name]
    bound = dict(XLA.ulps).get(name, max(row.ulp, 1.0) * XLA.factor)
    xs = sample(rng)
    with jax.enable_x64(True):
        ys = np.asarray(FUNCTIONS[name](xs))
        quick = np.asarray(jax.jit(FUNCTIONS[name]).lower(xs).compile(compiler_options=QUICKLY)(xs))
    others = ~np.equal(ys, quick) & (name not in LESS_ACCURATE)  # a check's compilation: few bits differ
    worst, checked = 0.0, 0
    with precision(200):
        for x, y in zip([*xs, *xs[others]], [*ys, *quick[others]], strict=True):
            truth = row.ball(balls.const(float(x))).value
            size = float(abs(truth).upper())
            if not np.isfinite(y) or not truth.is_finite() or not 1e-300 < size < 1e308:
                continue
            error = float(abs(balls.const(float(y)).value - truth).upper())
            worst, checked = max(worst, error / np.spacing(max(size, row.least_size(abs(float(x)))))), checked + 1
    assert checked > 50
    assert worst <= bound, f"{name}: {worst:.1f} ulp, the bound says {bound}"
