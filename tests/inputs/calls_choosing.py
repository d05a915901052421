"""Calls: choosing, rounding, the methods of ndarray, and SciPy's functions."""

from __future__ import annotations

import numpy as np
from scipy import special

from tests.inputs.call import call

call("np.where", lambda x, y: np.where(x > y, x, y * 2), (2, 3), (3,))
call("np.where", lambda x: np.where([True, False, True], x, 0), (3,))
call("np.where", lambda x: np.where(x, x, 1.0), (3,))
call("np.where", lambda x: np.where(x > 0, 1.0, 2) * x, (3,))
call("np.where", lambda x: x[np.where(x > 0)] * 2, (2, 3))
call("np.select", lambda x: np.select([x > 1, x > 0], [x, x**2], -x), (6,))
call("np.select", lambda x: np.select([x > 1, x > 0], [x, x**2]), (2, 3))
call("np.piecewise", lambda x: np.piecewise(x, [x < 0, x >= 0], [lambda v: -v, lambda v: v**2]), (6,))
call("np.piecewise", lambda x: np.piecewise(x, [x < 0], [-1.0, lambda v: v * 2]), (6,))
call("np.piecewise", lambda x: np.piecewise(x, x > 0, [lambda v, k: v * k, 0.5], 3.0), (6,))
call("np.choose", lambda x: np.choose([0, 1, 0], [x, x * x]), (3,))
call("np.choose", lambda x: np.choose(x > 0, [x, x * x]), (3,))
call("np.choose", lambda x: np.choose([0, 3, -1], [x, x * x], mode="wrap"), (3,))
call("np.clip", lambda x: np.clip(x, -0.5, 0.5), (6,))
call("np.clip", lambda x: np.clip(x, None, 0.5), (6,))
call("np.clip", lambda x: np.clip(x, 0.1, None), (6,))
call("np.clip", lambda x: np.clip(x, min=0.1, max=x[0]), (6,))
call("np.clip", lambda x: x.clip(-0.5, [0.1, 0.2, 0.3]), (2, 3))
call("np.clip", np.clip, (3,))
call("np.nan_to_num", lambda x: np.nan_to_num(x) * 2, (5,))
call("np.nan_to_num", lambda x: np.nan_to_num(np.where(x > 0, x, np.nan), nan=3.0), (5,))
call("np.nan_to_num", lambda x: np.nan_to_num(np.where(x > 0, x, np.inf), posinf=3.0), (5,))
call("np.nonzero", lambda x: x[np.nonzero(x > 0)], (2, 3))
call("x.nonzero", lambda x: x[(x > 0).nonzero()], (2, 3))
call("np.argwhere", lambda x: x[tuple(np.argwhere(x > -3)[1])], (2, 3))
call("np.flatnonzero", lambda x: x.ravel()[np.flatnonzero(x > 0)], (2, 3))
call("np.interp", lambda x: np.interp(x, [-1.0, 0.0, 2.0], [0.0, 1.0, 5.0]), (6,), ulps=4)
call("np.interp", lambda x, y: np.interp(x, [-1.0, 0.0, 1.0], y, left=0.0, right=9.0), (2, 3), (3,), ulps=4)
call("np.array_equal", lambda x: x if np.array_equal(x, x * 1.0) else -x, (3,))
call("np.array_equiv", lambda x: x if np.array_equiv(x, x[:1]) else -x, (3,))
call("np.allclose", lambda x: x if np.allclose(x, x + 1e-12) else -x, (3,))
call("np.isclose", lambda x: np.where(np.isclose(x, 0.5), x, -x), (3,))
call("np.isclose", lambda x: np.where(np.isclose(0.5, x, rtol=10.0, atol=0.0), x, -x), (3,))
call("np.round", lambda x: np.round(x) + x.round(1), (4,))
call("np.round", lambda x: np.round(100 * x, decimals=-1) + round(x[0]), (4,))
call("np.around", lambda x: np.around(x, 2), (4,))
call("np.digitize", lambda x: x * np.digitize(x, [-1.0, 0.0, 1.0]), (4,))
call("np.unwrap", lambda x: np.unwrap(4 * np.cumsum(x)), (6,), ulps=8)
call("np.iscomplex", lambda x: np.where(np.iscomplex(x), 0.0, x), (3,))

# -- the methods of ndarray --------------------------------------------------------------------------------------

for name in "sum mean prod max min std var cumsum cumprod ravel flatten squeeze trace transpose argmax argmin".split():
    call(f"x.{name}", lambda x, n=name: getattr(x, n)() * 1.0, (2, 3), ulps=6)
call("x.sum", lambda x: x.sum(0, keepdims=True) + x.mean(axis=1, keepdims=True), (2, 3), ulps=6)
call("x.any", lambda x: x * (x > 0).any() + (x > 5).all(), (2, 3))
call("x.take", lambda x: x.take([0, 2], axis=1), (2, 3))
call("x.compress", lambda x: x.compress([True, False], 0), (2, 3))
call("x.choose", lambda x: (x > 0).choose([x, x * x]), (3,))
call("x.swapaxes", lambda x: x.swapaxes(0, 1), (2, 3))
call("x.conj", lambda x: x.conjugate() * x.conj(), (2, 3))
call("x.view", lambda x: x.view() * 2, (2, 3))
call("x.__floordiv__", lambda x: x // 0.3 + 2.0 // x, (4,), draw="positive")
call("x.__mod__", lambda x: x % 0.3 + 2.0 % x, (4,), draw="positive")
call("x.__pow__", lambda x: x**2 + x**0.5 + 2**x + x**-1 + x**x, (4,), draw="positive", ulps=8)
call("x.__abs__", lambda x: abs(x) + (+x) - (-x), (4,))
call("x.__xor__", lambda x: np.where((x > 0) ^ (x > 1), x, -x), (4,))
call("x.__and__", lambda x: np.where((x > 0) & (x < 1) | (x < -1), x, -x), (4,))

# -- SciPy's special functions ---------------------------------------------------------------------------------------

for name in "expit erf erfc log1p expm1 exp2 cbrt log_expit softplus sinc ndtr".split():
    if hasattr(special, name):
        call(f"special.{name}", getattr(special, name), (2, 3), draw="positive", ulps=16)
for name in "gammaln digamma psi gamma entr rgamma loggamma".split():
    call(f"special.{name}", getattr(special, name), (2, 3), draw="positive", ulps=64)
for name in "xlogy xlog1py beta betaln rel_entr kl_div boxcox".split():
    call(f"special.{name}", getattr(special, name), (2, 3), (3,), draw="positive", ulps=64)
call("special.logit", lambda x: special.logit(special.expit(x)), (3,), ulps=16)
call("special.exprel", special.exprel, (3,), ulps=16)
call("special.huber", lambda x: special.huber(1.0, x), (5,), ulps=4)
call("special.pseudo_huber", lambda x: special.pseudo_huber(1.0, x), (5,), ulps=16)
for f in (special.sici, special.shichi, special.fresnel, special.airy):
    call(f"special.{f.__name__}", lambda x, f=f: sum(f(x)), (2, 3), draw="positive", ulps=64)
for f in (special.kn, special.yn, special.expn):
    call(f"special.{f.__name__}", lambda x, f=f: f(2, x), (2, 3), draw="positive", ulps=512)
call("special.lambertw", lambda x: np.real(special.lambertw(x)), (2, 3), draw="positive", ulps=16)
call("special.zeta", lambda q: special.zeta(2.5, q), (2, 3), draw="positive", ulps=16)
call("special.zeta(s)", lambda s: np.where(special.zeta(s + 1.5) > 1.3, s, -s), (5,), draw="positive")
call("np.rint",
    lambda x: np.rint(np.array([0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994, 2.0**52 + 1.0]) + 0.0 * x), (1,))
call("np.rint", lambda x: np.rint(np.round(4 * x) / 2), (9,))
call("np.sort", lambda x: np.sort(x, 0) + np.sort(x, axis=None).reshape(4, 3) - np.median(x, 1, keepdims=True), (4, 3))
call("np.argsort", lambda x: x[np.argsort(x)] + np.median(x), (5,))
call("np.searchsorted", lambda x: x * np.searchsorted(np.array([-1.0, 0.0, 1.0]), x, "right"), (5,))
call("np.argmin", lambda x: x * np.argmin(x, 1, keepdims=True) + np.argmax(x), (3, 2))
