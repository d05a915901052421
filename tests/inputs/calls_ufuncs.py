"""Calls: ufuncs, their reductions and outer products."""

from __future__ import annotations

import numpy as np

from tests.inputs.call import call

for name in (
    "negative positive absolute fabs sign exp exp2 expm1 sin cos tan arctan sinh cosh tanh arcsinh cbrt square "
    "deg2rad radians rad2deg degrees floor ceil rint trunc fix sinc"
).split():
    call(f"np.{name}", getattr(np, name), (2, 3))
for name in "log log2 log10 log1p sqrt reciprocal".split():
    call(f"np.{name}", getattr(np, name), (2, 3), draw="positive")
for name in "arcsin arccos arctanh".split():
    call(f"np.{name}", getattr(np, name), (2, 3), draw="unit")
call("np.arccosh", np.arccosh, (2, 3), draw="above")
for name in (
    "add subtract multiply divide true_divide maximum minimum fmax fmin hypot arctan2 logaddexp logaddexp2 "
    "remainder mod floor_divide copysign heaviside fmod"
).split():
    for shapes in (((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2,)), ((0, 3), (3,)), ((2, 2), ())):
        call(f"np.{name}", getattr(np, name), *shapes, ulps=2 if name == "logaddexp2" else 0)
for name in "power float_power".split():
    call(f"np.{name}", getattr(np, name), (2, 3), (3,), draw="positive", ulps=2)
call("np.power", lambda x: np.power(x, 3), (3,))
call("np.power", lambda x: np.power(2.0, x), (3,))
call("np.power", lambda x: x ** np.array([1, 2, 3]), (3,))
call("np.modf", lambda x: np.modf(x)[0] * 2 + np.modf(x)[1], (4,))
call("np.divmod", lambda x: np.divmod(x, 0.7)[0] + np.divmod(x, 0.7)[1], (4,))
call("np.divmod", lambda x: divmod(x, 0.7)[1] - divmod(3.0, x)[0], (4,), draw="positive")
call("np.signbit", lambda x: np.where(np.signbit(x), x, 2 * x), (4,))
for name in "less less_equal greater greater_equal equal not_equal".split():
    g = getattr(np, name)
    call(f"np.{name}", lambda x, g=g: np.where(g(x, 0.3), x, x * x), (4,))
for name in "logical_and logical_or logical_xor".split():
    g = getattr(np, name)
    call(f"np.{name}", lambda x, g=g: np.where(g(x > 0, x < 1), x, x * x), (6,))
for name in "bitwise_and bitwise_or bitwise_xor".split():
    g = getattr(np, name)
    call(f"np.{name}", lambda x, g=g: np.where(g(x > 0, x < 1), x, x * x), (6,))
call("np.logical_not", lambda x: np.where(np.logical_not(x > 0), x, x * x), (6,))
call("np.invert", lambda x: np.where(~(x > 0), x, np.invert(x > 1) * x), (6,))
call("np.isnan", lambda x: np.where(np.isnan(x), 0.0, x), (3,))
call("np.isfinite", lambda x: np.where(np.isfinite(x), x, 0.0), (3,))
call("np.isposinf", lambda x: np.where(np.isposinf(x) | np.isneginf(x), 0.0, x), (3,))
call("np.isinf", lambda x: np.where(np.isinf(x), 0.0, x), (3,))
call("np.conjugate", lambda x: np.conjugate(x) * x, (3,))
call("np.add", lambda x: np.add(x, x, where=True), (3,))
call("np.add", lambda x: np.add(x, 1, dtype=np.float64), (3,))
call("np.add.reduce", np.add.reduce, (2, 3))
call("np.add.reduce", lambda x: np.add.reduce(x, axis=None), (2, 3))
call("np.add.reduce", lambda x: np.add.reduce(x, axis=-1, keepdims=True), (2, 3))
call("np.multiply.reduce", lambda x: np.multiply.reduce(x, 1), (2, 3))
call("np.maximum.reduce", np.maximum.reduce, (4, 3))
call("np.minimum.reduce", lambda x: np.minimum.reduce(x, (0, 1)), (2, 3))
call("np.logaddexp.reduce", np.logaddexp.reduce, (4,), ulps=8)
call("np.logaddexp.reduce", lambda x: np.logaddexp.reduce(x, axis=1), (2, 3), ulps=8)
call("np.hypot.reduce", lambda x: np.hypot.reduce(x, axis=-1), (2, 3), ulps=4)
call("np.subtract.reduce", np.subtract.reduce, (4,))
call("np.add.accumulate", np.add.accumulate, (2, 3))
call("np.multiply.accumulate", lambda x: np.multiply.accumulate(x, 1), (2, 3), ulps=4)
call("np.maximum.accumulate", np.maximum.accumulate, (5,))
call("np.minimum.accumulate", lambda x: np.minimum.accumulate(x, axis=1), (2, 3))
call("np.subtract.outer", np.subtract.outer, (3,), (2, 2))
call("np.multiply.outer", lambda x: np.multiply.outer([1.0, 2.0], x), (3,))
