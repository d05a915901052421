"""Calls of NumPy's functions on tricky shapes: what the front end is held against.

A call is a name, a function and the shapes of its arguments. The name starts with the function's, so that a
test can tell which functions nobody calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """`ulps`: how far NumPy may be off, where it adds up or multiplies in another order than the recording."""

    name: str
    f: Callable[..., Any]
    shapes: tuple[Shape, ...]
    draw: str = "any"
    ulps: float = 0.0

    def arguments(self, seed: int) -> list[np.ndarray]:
        rng = np.random.default_rng([seed, len(self.name)])
        low, high = {"any": (-2.0, 2.0), "positive": (0.2, 3.0), "unit": (-0.9, 0.9), "above": (1.1, 3.0)}[self.draw]
        return [np.asarray(rng.uniform(low, high, s)) for s in self.shapes]


CALLS: list[Call] = []


def call(name: str, f: Callable[..., Any], *shapes: Shape, draw: str = "any", ulps: float = 0.0) -> None:
    CALLS.append(Call(f"{name} {len(CALLS)}", f, shapes, draw, ulps))


# -- ufuncs ----------------------------------------------------------------------------------------------

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
    call(f"np.{name}", lambda x, g=getattr(np, name): np.where(g(x, 0.3), x, x * x), (4,))
for name in "logical_and logical_or logical_xor".split():
    call(f"np.{name}", lambda x, g=getattr(np, name): np.where(g(x > 0, x < 1), x, x * x), (6,))
for name in "bitwise_and bitwise_or bitwise_xor".split():
    call(f"np.{name}", lambda x, g=getattr(np, name): np.where(g(x > 0, x < 1), x, x * x), (6,))
call("np.logical_not", lambda x: np.where(np.logical_not(x > 0), x, x * x), (6,))
call("np.invert", lambda x: np.where(~(x > 0), x, np.invert(x > 1) * x), (6,))
call("np.isnan", lambda x: np.where(np.isnan(x), 0.0, x), (3,))
call("np.isfinite", lambda x: np.where(np.isfinite(x), x, 0.0), (3,))
call("np.isposinf", lambda x: np.where(np.isposinf(x) | np.isneginf(x), 0.0, x), (3,))
call("np.isinf", lambda x: np.where(np.isinf(x), 0.0, x), (3,))
call("np.conjugate", lambda x: np.conjugate(x) * x, (3,))
call("np.add", lambda x: np.add(x, x, where=True), (3,))
call("np.add", lambda x: np.add(x, 1, dtype=np.float64), (3,))
call("np.add.reduce", lambda x: np.add.reduce(x), (2, 3))
call("np.add.reduce", lambda x: np.add.reduce(x, axis=None), (2, 3))
call("np.add.reduce", lambda x: np.add.reduce(x, axis=-1, keepdims=True), (2, 3))
call("np.multiply.reduce", lambda x: np.multiply.reduce(x, 1), (2, 3))
call("np.maximum.reduce", lambda x: np.maximum.reduce(x), (4, 3))
call("np.minimum.reduce", lambda x: np.minimum.reduce(x, (0, 1)), (2, 3))
call("np.logaddexp.reduce", lambda x: np.logaddexp.reduce(x), (4,), ulps=8)
call("np.logaddexp.reduce", lambda x: np.logaddexp.reduce(x, axis=1), (2, 3), ulps=8)
call("np.hypot.reduce", lambda x: np.hypot.reduce(x, axis=-1), (2, 3), ulps=4)
call("np.subtract.reduce", lambda x: np.subtract.reduce(x), (4,))
call("np.add.accumulate", lambda x: np.add.accumulate(x), (2, 3))
call("np.multiply.accumulate", lambda x: np.multiply.accumulate(x, 1), (2, 3), ulps=4)
call("np.maximum.accumulate", lambda x: np.maximum.accumulate(x), (5,))
call("np.minimum.accumulate", lambda x: np.minimum.accumulate(x, axis=1), (2, 3))
call("np.subtract.outer", lambda x, y: np.subtract.outer(x, y), (3,), (2, 2))
call("np.multiply.outer", lambda x: np.multiply.outer([1.0, 2.0], x), (3,))

# -- sums, means, extremes ---------------------------------------------------------------------------------

AXES: tuple[tuple[Shape, Any], ...] = (
    ((), None), ((3,), None), ((3,), 0), ((3,), -1), ((1,), 0), ((2, 3), None), ((2, 3), 0), ((2, 3), 1), ((2, 3), -2),
    ((2, 3), (0, 1)), ((2, 3), (1, 0)), ((2, 1, 3), (0, -1)), ((2, 1, 3), 1), ((2, 3), ()), ((1, 1), (0,)), ((2, 0, 3), 2),
    ((2, 0, 3), -3), ((0,), None), ((2, 0), 1),
)  # fmt: skip
NO_EMPTY = {"mean", "max", "min", "amax", "amin", "ptp", "std", "var", "nanmax", "nanmin", "nanmean"}
for name in "sum mean prod max min amax amin ptp nansum nanprod nanmean nanmax nanmin var std nanvar nanstd".split():
    g = getattr(np, name)
    for shape, axis in AXES:
        reduced = [shape[k] for k in ((axis,) if isinstance(axis, int) else range(len(shape)) if axis is None else axis)]
        if 0 in reduced and name not in {"sum", "prod", "nansum", "nanprod"}:
            continue
        if axis == () and name not in {"sum", "max", "min"}:
            continue
        exact = name in {"max", "min", "amax", "amin", "ptp", "nanmax", "nanmin"} or axis == ()
        call(f"np.{name}", lambda x, g=g, a=axis: g(x, axis=a), shape, ulps=0 if exact else 4)
        if shape and axis != ():
            call(f"np.{name}", lambda x, g=g, a=axis: g(x, a, keepdims=True), shape, ulps=0 if exact else 4)
call("np.sum", lambda x: np.sum(x, initial=2.0), (3,))
call("np.sum", lambda x: np.sum(x, 0, where=[True, False, True]), (2, 3))
call("np.sum", lambda x: np.sum(x, where=x > 0), (2, 3))
call("np.sum", lambda x: np.sum(x > 0) * x, (2, 3))
call("np.sum", lambda x: np.sum(x[::2, ::-1].T, 0), (4, 3))
call("np.mean", lambda x: np.mean(x, 1, where=x > -3), (2, 3), ulps=4)
call("np.mean", lambda x: np.mean(x > 0) * x, (2, 3))
call("np.var", lambda x: np.var(x, ddof=1), (5,), ulps=4)
call("np.var", lambda x: np.var(x, 0, correction=1), (5, 2), ulps=4)
call("np.var", lambda x: np.var(x, 0, mean=np.mean(x, 0, keepdims=True)), (5, 2), ulps=4)
call("np.std", lambda x: np.std(x, axis=-1, ddof=1, keepdims=True), (2, 4), ulps=4)
call("np.max", lambda x: np.max(x, initial=1.0), (3,))
call("np.max", lambda x: np.max(x, 0, initial=-9.0, where=[[True], [False]]), (2, 3))
call("np.min", lambda x: np.min(x, initial=5.0, where=x > 0), (3,))
call("np.max", lambda x: np.max(x, 0, initial=0.5), (0, 3))
call("np.prod", lambda x: np.prod(x, initial=2.0), (4,), ulps=4)
call("np.prod", lambda x: np.prod(x, 0, where=x > 0), (4, 2), ulps=4)
call("np.prod", lambda x: np.prod(x), (9,), ulps=9)
call("np.nansum", lambda x: np.nansum(np.where(x > 0, x, np.nan)), (5,))
call("np.nanmean", lambda x: np.nanmean(np.where(x > -9, x, np.nan), 0), (3, 2), ulps=4)
for shape, axis in (((3,), None), ((3,), 0), ((2, 3), 1), ((2, 3), -2), ((2, 3), None), ((1,), 0), ((0,), 0), ((2, 0), 1)):
    call("np.cumsum", lambda x, a=axis: np.cumsum(x, a), shape)
    call("np.cumprod", lambda x, a=axis: np.cumprod(x, a), shape, ulps=4)
    call("np.cumulative_sum", lambda x, a=axis: np.cumulative_sum(np.ravel(x) if a is None else x, axis=a), shape)
    call("np.cumulative_prod", lambda x, a=axis: np.cumulative_prod(np.ravel(x) if a is None else x, axis=a), shape, ulps=4)
    call("np.nancumsum", lambda x, a=axis: np.nancumsum(x, a), shape)
    call("np.nancumprod", lambda x, a=axis: np.nancumprod(x, a), shape, ulps=4)
call("np.cumulative_sum", lambda x: np.cumulative_sum(x, axis=1, include_initial=True), (2, 3))
call("np.cumulative_prod", lambda x: np.cumulative_prod(x, axis=0, include_initial=True), (2, 3), ulps=4)
for shape in ((5,), (2, 5), (1,), (2, 1)):
    call("np.diff", lambda x: np.diff(x), shape)
call("np.diff", lambda x: np.diff(x, 2, axis=0), (4, 2))
call("np.diff", lambda x: np.diff(x, n=0), (4,))
call("np.diff", lambda x: np.diff(x, prepend=0.0, append=x[:2]), (4,))
call("np.diff", lambda x: np.diff(x, axis=0, prepend=1.0), (3, 2))
call("np.ediff1d", lambda x: np.ediff1d(x), (2, 3))
call("np.ediff1d", lambda x: np.ediff1d(x, to_begin=x[0], to_end=[1.0, 2.0]), (4,))
call("np.trapezoid", lambda y: np.trapezoid(y), (5,), ulps=4)
call("np.trapezoid", lambda y, x: np.trapezoid(y, x), (2, 5), (5,), ulps=4)
call("np.trapezoid", lambda y, x: np.trapezoid(y, x, axis=0), (5, 2), (5,), ulps=4)
call("np.trapezoid", lambda y, x: np.trapezoid(y, x, axis=0), (5, 2), (5, 2), ulps=4)
call("np.trapezoid", lambda y: np.trapezoid(y, dx=0.25, axis=0), (3, 2), ulps=4)
call("np.trapezoid", lambda x: np.trapezoid([1.0, 2.0, 4.0], x), (3,), ulps=4)
call("np.average", lambda x: np.average(x), (2, 3), ulps=4)
call("np.average", lambda x, w: np.average(x, 1, w), (2, 3), (3,), draw="positive", ulps=4)
call("np.average", lambda x, w: np.average(x, weights=w), (2, 3), (2, 3), draw="positive", ulps=4)
call("np.average", lambda x, w: np.average(x, weights=w, axis=0, keepdims=True), (2, 3), (2, 3), draw="positive", ulps=4)
call("np.average", lambda x: sum(np.average(x, 0, [1.0, 2.0], returned=True)), (2, 3), ulps=4)
call("np.any", lambda x: np.where(np.any(x > 1, 0), x, x * x), (2, 3))
call("np.all", lambda x: np.where(np.all(x > -1, axis=1, keepdims=True), x, x * x), (2, 3))
call("np.any", lambda x: x * 2 if np.any(x > 1, where=[True, False, True]) else x, (3,))
call("np.count_nonzero", lambda x: x * np.count_nonzero(x > 0), (2, 3))
call("np.count_nonzero", lambda x: x * np.count_nonzero(x, axis=0, keepdims=True), (2, 3))

call("np.nanmax", lambda x: np.nanmax(np.where(x > 0, x, np.nan), 0, keepdims=True), (4, 3))
call("np.nanmin", lambda x: np.nanmin(np.where(x > 0, x, np.nan)), (4, 3))
call("np.polyder", lambda x: np.polyder(x, 2), (5,))

# -- moving entries ----------------------------------------------------------------------------------------

for key in (
    0, -1, (0, -1), slice(None), slice(1, None), slice(None, None, -1), slice(None, None, 2), None, Ellipsis, (..., 0),
    (None, 0), (slice(None), None), (0, ..., None), [0, 0, 1], [-1, 0], ([0, 1, 1], [2, 0, 2]), (slice(None), [2, 2, 0]),
    np.array([[0, 1], [1, 0]]), np.array([True, False]), np.array([[True, False, True], [False, True, True]]),
    (np.array([True, True]), 1), (0, np.array([True, False, True])), np.ix_([0, 1], [2, 0]), ([0, 1], slice(None, None, -1)),
    [], slice(5, 9), (slice(0, 0), 1), ([[0], [1]], [[0, 2]]), np.int64(1), (np.array(1), 0), (None, [0, 0], None, 1),
):  # fmt: skip
    call(f"x[{key}]", lambda x, k=key: x[k], (2, 3))
    call(f"x.T[{key}]", lambda x, k=key: (x.T * 1.0).T[k], (2, 3))
call("x[()]", lambda x: x[()], ())
call("x[...]", lambda x: x[...], ())
call("x[None]", lambda x: x[None], ())
call("x[x > 0]", lambda x: x[x > 0] ** 2, (2, 3))
call("x[x > 0, 1]", lambda x: x[x[:, 0] > 0, 1], (4, 2))
call("x[argmax]", lambda x: x[np.argmax(x)], (5,))
call("for row in x", lambda x: [row * k for k, row in enumerate(x)][1], (3, 2))
call("x, y = x", lambda z: (lambda a, b: a * b)(*z), (2,))
call("sum(x)", lambda x: sum(x), (3, 2))
call("sum(x) of numbers", lambda x: sum(v * v for v in x), (3,))
call("max(x)", lambda x: max(x), (3,))
call("sorted(x)", lambda x: sorted(x)[0] * 2, (3,))
call("reversed(x)", lambda x: next(iter(reversed(x))), (3,))
call("x in list", lambda x: x * 2 if 5.0 in x else x, (3,))
call("x += 1", lambda x: _grown(x), (3,))
for shape, new in (((2, 3), (3, 2)), ((2, 3), -1), ((6,), (2, -1)), ((), (1, 1)), ((2, 0), (0, 5)), ((1, 6), [3, 2])):
    call("np.reshape", lambda x, n=new: np.reshape(x, n), shape)
    call("x.reshape", lambda x, n=new: x.reshape(n), shape)
    call("np.reshape F", lambda x, n=new: np.reshape(x, n, order="F"), shape)
call("x.reshape", lambda x: x.reshape(3, 2), (2, 3))
call("x.reshape", lambda x: x.T.reshape(-1, order="F"), (2, 3))
for order in "CF":
    call("np.ravel", lambda x, o=order: np.ravel(x, o), (2, 3))
    call("x.ravel", lambda x, o=order: x.ravel(o), (2, 3))
    call("x.flatten", lambda x, o=order: x.flatten(o), (2, 3))
call("np.ravel", np.ravel, ())
call("np.transpose", np.transpose, (2, 3, 4))
call("np.transpose", lambda x: np.transpose(x, (2, 0, -2)), (2, 3, 4))
call("np.transpose", np.transpose, ())
call("np.permute_dims", lambda x: np.permute_dims(x, (1, 0)), (2, 3))
call("x.transpose", lambda x: x.transpose(1, 0, 2), (2, 3, 1))
call("x.transpose", lambda x: x.transpose((1, 0, 2)), (2, 3, 1))
call("x.transpose", lambda x: x.transpose(), (2, 3, 1))
call("x.T", lambda x: x.T, (2, 3))
call("x.mT", lambda x: x.mT, (2, 3, 1))
call("np.swapaxes", lambda x: np.swapaxes(x, 0, -1), (2, 3, 4))
call("np.matrix_transpose", np.matrix_transpose, (2, 3, 4))
call("np.linalg.matrix_transpose", np.linalg.matrix_transpose, (3, 4))
for source, destination in ((0, -1), (-1, 0), ([0, 1], [-1, -2]), ((2, 0), (0, 1)), (1, 1)):
    call("np.moveaxis", lambda x, s=source, d=destination: np.moveaxis(x, s, d), (2, 3, 4))
call("np.rollaxis", lambda x: np.rollaxis(x, 2), (2, 3, 4))
call("np.rollaxis", lambda x: np.rollaxis(x, 0, 3), (2, 3, 4))
call("np.squeeze", np.squeeze, (1, 2, 1))
call("np.squeeze", lambda x: np.squeeze(x, -1), (1, 2, 1))
call("np.squeeze", lambda x: x.squeeze((0, 2)), (1, 2, 1))
call("np.expand_dims", lambda x: np.expand_dims(x, (0, -1)), (2, 3))
call("np.expand_dims", lambda x: np.expand_dims(x, -1), (2,))
for shape in ((), (2,), (2, 3), (2, 3, 2)):
    call("np.atleast_1d", np.atleast_1d, shape)
    call("np.atleast_2d", np.atleast_2d, shape)
    call("np.atleast_3d", np.atleast_3d, shape)
call("np.atleast_1d", lambda x: np.atleast_1d(x, 2.0)[0] + np.atleast_1d(x, 2.0)[1], ())
call("np.broadcast_to", lambda x: np.broadcast_to(x, (2, 3)), (3,))
call("np.broadcast_to", lambda x: np.broadcast_to(x, (2, 3, 2)), (3, 1))
call("np.broadcast_to", lambda x: np.broadcast_to(x, 4), ())
call("np.broadcast_arrays", lambda x, y: np.broadcast_arrays(x, y)[0] * np.broadcast_arrays(x, y)[1], (3, 1), (2,))
call("np.concatenate", lambda x, y: np.concatenate([x, y]), (2, 3), (1, 3))
call("np.concatenate", lambda x, y: np.concatenate((x, np.ones((2, 1)), y), axis=-1), (2, 3), (2, 0))
call("np.concatenate", lambda x, y: np.concatenate([x, y], axis=None), (2, 3), ())
call("np.concatenate", lambda x: np.concatenate([x]), (2,))
call("np.concatenate", lambda x: np.concatenate([x, [1, 2]]), (2,))
call("np.concatenate", lambda x: np.concatenate(x), (2, 3))
call("np.concat", lambda x: np.concat([x, x[:1]], 0), (2, 3))
call("np.stack", lambda x, y: np.stack([x, y]), (2, 3), (2, 3))
call("np.stack", lambda x, y: np.stack([x, y, np.ones(3)], axis=-1), (3,), (3,))
call("np.stack", lambda x: np.stack([x[0], 1.0, x[1]]), (2,))
call("np.stack", lambda x: np.stack(x, 1), (2, 3))
for name in "vstack hstack dstack column_stack".split():
    g = getattr(np, name)
    call(f"np.{name}", lambda x, y, g=g: g([x, y]), (3,), (3,))
    call(f"np.{name}", lambda x, y, g=g: g((x, y)), (2, 3), (2, 3))
    call(f"np.{name}", lambda x, g=g: g([x, np.ones(2)]), (2,))
call("np.hstack", lambda x: np.hstack([x[0], 2.0, x]), (2,))
call("np.vstack", lambda x: np.vstack([x, 1.0]), (1,))
call("np.block", lambda x: np.block([[x, np.zeros((2, 1))], [np.ones((1, 2)), 5.0]]), (2, 2))
call("np.block", lambda x: np.block([x, 2 * x]), (2,))
call("np.append", lambda x: np.append(x, 1.0), (2, 2))
call("np.append", lambda x: np.append(x, x[:1], axis=0), (2, 2))
call("np.append", lambda x: np.append([1.0, 2.0], x), (2,))
call("np.split", lambda x: np.split(x, 3)[1], (6,))
call("np.split", lambda x: np.split(x, [1, 4])[2], (6,))
call("np.split", lambda x: np.split(x, 3, axis=1)[2], (2, 6))
call("np.split", lambda x: np.split(x, [2, 1, 9], axis=-1)[1], (2, 4))
call("np.array_split", lambda x: np.array_split(x, 4)[0], (6,))
call("np.array_split", lambda x: np.array_split(x, 4, axis=-1)[3], (2, 6))
call("np.hsplit", lambda x: np.hsplit(x, 2)[1], (2, 4))
call("np.vsplit", lambda x: np.vsplit(x, 2)[1], (2, 4))
call("np.dsplit", lambda x: np.dsplit(x, 2)[1], (2, 1, 4))
call("np.unstack", lambda x: np.unstack(x, axis=1)[2], (2, 3))
for axis in (None, 0, -1, (0, 1)):
    call("np.flip", lambda x, a=axis: np.flip(x, a), (2, 3))
    call("np.roll", lambda x, a=axis: np.roll(x, 2, a), (2, 3))
call("np.roll", lambda x: np.roll(x, (1, -1), (0, 1)), (2, 3))
call("np.roll", lambda x: np.roll(x, -7), (3,))
call("np.roll", lambda x: np.roll(x, 1), (0,))
call("np.fliplr", np.fliplr, (2, 3))
call("np.flipud", np.flipud, (3,))
for k in (0, 1, 2, -1):
    call("np.rot90", lambda x, k=k: np.rot90(x, k), (2, 3))
call("np.rot90", lambda x: np.rot90(x, 1, (1, 2)), (2, 3, 2))
call("np.repeat", lambda x: np.repeat(x, 2), (2, 2))
call("np.repeat", lambda x: np.repeat(x, [1, 0, 2], axis=1), (2, 3))
call("np.repeat", lambda x: x.repeat(3, -1), (2, 1))
call("np.repeat", lambda x: np.repeat(x, 3), ())
call("np.tile", lambda x: np.tile(x, 2), (3,))
call("np.tile", lambda x: np.tile(x, (2, 1, 2)), (2, 3))
call("np.tile", lambda x: np.tile(x, 0), (3,))
call("np.resize", lambda x: np.resize(x, (2, 4)), (3,))
for offset in (0, 1, -1, 5):
    call("np.diagonal", lambda x, k=offset: np.diagonal(x, k), (3, 4))
    call("np.diag", lambda x, k=offset: np.diag(x, k), (3, 4))
    call("np.diag", lambda x, k=offset: np.diag(x, k), (3,))
    call("np.diagflat", lambda x, k=offset: np.diagflat(x, k), (2, 2))
    call("np.trace", lambda x, k=offset: np.trace(x, k), (3, 4))
    call("np.tril", lambda x, k=offset: np.tril(x, k), (3, 4))
    call("np.triu", lambda x, k=offset: np.triu(x, k), (2, 3, 3))
call("np.tril", np.tril, (3,))
call("np.diagonal", lambda x: x.diagonal(0, 1, 2), (2, 3, 3))
call("np.linalg.diagonal", lambda x: np.linalg.diagonal(x, offset=1), (2, 3, 3))
call("np.trace", lambda x: np.trace(x, 0, 1, 2), (2, 3, 3))
call("np.linalg.trace", lambda x: np.linalg.trace(x), (2, 3, 3))
call("np.linalg.trace", lambda x: np.linalg.trace(x, offset=1), (2, 3, 3))
call("np.take", lambda x: np.take(x, [3, 0, 0]), (2, 3))
call("np.take", lambda x: np.take(x, [[1, 1], [0, 2]], axis=1), (2, 3))
call("np.take", lambda x: np.take(x, 4, mode="wrap"), (3,))
call("np.take", lambda x: x.take([5, -7], mode="clip"), (3,))
call("np.take_along_axis", lambda x: np.take_along_axis(x, np.array([[0], [2]]), 1), (2, 3))
call("np.take_along_axis", lambda x: np.take_along_axis(x, np.array([3, 3]), None), (2, 3))
call("np.compress", lambda x: np.compress([True, False, True], x, axis=1), (2, 3))
call("np.compress", lambda x: np.compress([False, True], x), (2, 3))
call("np.extract", lambda x: np.extract(x > 0, x), (2, 3))
call("np.delete", lambda x: np.delete(x, 1), (2, 3))
call("np.delete", lambda x: np.delete(x, [0, -1], axis=1), (2, 3))
call("np.delete", lambda x: np.delete(x, slice(None, None, 2), 0), (3, 2))
call("np.insert", lambda x: np.insert(x, 1, 5.0), (3,))
call("np.insert", lambda x: np.insert(x, [1, 1, 3], [5.0, 6.0, 7.0]), (3,))
call("np.insert", lambda x: np.insert(x, 1, x[0], axis=1), (3, 3))
call("np.insert", lambda x: np.insert(x, [0, 2], [[1.0], [2.0]], axis=0), (3, 3))
call("np.insert", lambda x: np.insert(x, 0, 2 * x[1]), (2, 2))
for mode in "edge reflect symmetric wrap".split():
    call("np.pad", lambda x, m=mode: np.pad(x, ((1, 2), (0, 1)), m), (3, 2))
call("np.pad", lambda x: np.pad(x, 2), (3,))
call("np.pad", lambda x: np.pad(x, (1, 0), constant_values=(4.0, 5.0)), (2, 2))
call("np.pad", lambda x: np.pad(x, 1, "constant", constant_values=7.0), (0,))
call("np.pad", lambda x: np.pad(x, 1, constant_values=2 * x[0]), (3,))
call("np.meshgrid", lambda x, y: np.meshgrid(x, y)[0] * np.meshgrid(x, y)[1], (3,), (2,))
call("np.meshgrid", lambda x, y: np.meshgrid(x, y, indexing="ij")[0] - np.meshgrid(x, y, indexing="ij")[1], (3,), (2,))
call("np.meshgrid", lambda x: np.meshgrid(x, [1.0, 2.0], sparse=True)[0] * 2, (3,))
call("np.copy", np.copy, (2,))
call("x.copy", lambda x: x.copy() * 2, (2,))
call("x.item", lambda x: x.item(3) * x[0, 0].item(), (2, 3))
call("x.item", lambda x: x.item(1, -1) + x.item((0, 1)), (2, 3))
call("x.tolist", lambda x: x.tolist()[1][0] * 2, (2, 3))
call("x.flat", lambda x: sum(v * v for v in x.flat), (2, 3), ulps=2)
call("x.flat", lambda x: x.flat[4] * x.flat[1:3], (2, 3))
call("x.astype", lambda x: x.astype(float) * (x > 0).astype(float), (2, 3))
call("np.astype", lambda x: np.astype(x > 0, float) * x, (3,))
call("np.zeros_like", lambda x: np.zeros_like(x) + x.sum(), (2, 3), ulps=4)
call("np.ones_like", lambda x: np.ones_like(x) * x, (2, 3))
call("np.full_like", lambda x: np.full_like(x, 3.0) + np.full_like(x, x[0, 0]), (2, 3))
call("np.full_like", lambda x: np.full_like(x, x[0, 0], shape=(2,)), (2, 3))
call("np.empty_like", lambda x: np.empty_like(x) * 0.0 + x, (2, 3))
call("np.shape", lambda x: x * np.shape(x)[1] + np.ndim(x) + np.size(x, 0) + np.size(x), (2, 3))
call("x.shape", lambda x: x * x.shape[1] + x.ndim + x.size + len(x), (2, 3))
call("x.nbytes", lambda x: x * x.nbytes + x.itemsize, (2, 3))
call("np.result_type", lambda x: x.astype(np.result_type(x, np.float32)), (3,))
call("np.can_cast", lambda x: x.astype(np.common_type(x)) * np.can_cast(x, np.float64), (3,))
call("np.may_share_memory", lambda x: x * (not np.may_share_memory(x, x + 1)) * (not np.shares_memory(x, x * 2)), (3,))
call("np.iscomplexobj", lambda x: x * (2.0 if np.iscomplexobj(x) else 3.0) * (1.0 if np.isrealobj(x) else 2.0), (3,))
call("np.real", lambda x: np.real(x) + np.imag(x) + x.real + x.imag + x.conj(), (3,))
call("np.real_if_close", lambda x: np.real_if_close(x) * 2, (3,))
call("np.angle", lambda x: np.angle(x) + x, (3,))
call("np.isreal", lambda x: x * np.isreal(x), (3,))
call("np.tri", lambda x: x * np.tri(*x.shape), (3, 2))
call("np.vander", lambda x: np.vander(x), (3,), ulps=4)
call("np.vander", lambda x: np.vander(x, 2, increasing=True), (3,))
call("np.apply_along_axis", lambda x: np.apply_along_axis(np.sum, 0, x), (2, 3))
call("np.apply_along_axis", lambda x: np.apply_along_axis(lambda v: v[::-1] * v[0], 1, x), (2, 3))
call("np.apply_over_axes", lambda x: np.apply_over_axes(np.sum, x, [0, 2]), (2, 3, 2), ulps=4)
call("np.diag_indices_from", lambda x: x + np.diag_indices_from(x)[0], (3, 3))
call("np.tril_indices_from", lambda x: x[np.tril_indices_from(x)] * x[np.triu_indices_from(x, 0)], (3, 3))

# -- products ------------------------------------------------------------------------------------------------

for left, right in (
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 2)), ((4, 2, 3), (3, 2)), ((2, 3), (4, 3, 2)),
    ((4, 1, 2, 3), (3, 3, 2)), ((3,), (4, 3, 2)), ((4, 2, 3), (3,)), ((1, 3), (3, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 3)),
):  # fmt: skip
    call("np.matmul", np.matmul, left, right, ulps=6)
    call("@", lambda x, y: x @ y, left, right, ulps=6)
    call("np.dot", lambda x, y: np.dot(x, y) if y.ndim < 3 and x.ndim < 3 else np.dot(x, np.swapaxes(y, -1, -1)), left, right, ulps=6)
call("np.dot", lambda x, y: x.dot(y), (2,), ())
call("np.dot", lambda x: np.dot([[1, 2], [3, 4]], x), (2,), ulps=6)
call("@", lambda x: np.arange(6).reshape(2, 3) @ x, (3,), ulps=6)
call("@", lambda x: x @ [[1.0], [2.0], [3.0]], (3,), ulps=6)
call("np.vdot", np.vdot, (2, 3), (2, 3), ulps=6)
call("np.vecdot", np.vecdot, (2, 3), (3,), ulps=6)
call("np.vecdot", lambda x, y: np.vecdot(x, y, axis=0), (3, 2), (3, 1), ulps=6)
call("np.linalg.vecdot", np.linalg.vecdot, (2, 3), (2, 3), ulps=6)
call("np.matvec", np.matvec, (2, 3), (4, 3), ulps=6)
call("np.vecmat", np.vecmat, (4, 3), (3, 2), ulps=6)
call("np.inner", np.inner, (2, 3), (4, 3), ulps=6)
call("np.inner", np.inner, (3,), (3,), ulps=6)
call("np.inner", lambda x: np.inner(x, 2.0), (3,), ulps=6)
call("np.outer", np.outer, (2, 2), (3,))
call("np.outer", lambda x: np.outer(x, [1.0, 2.0]), ())
call("np.outer", lambda x: np.outer([1.0, 2.0], x), (3,))
call("np.linalg.outer", np.linalg.outer, (2,), (3,))
call("np.tensordot", lambda x, y: np.tensordot(x, y), (2, 3, 4), (3, 4, 2), ulps=12)
call("np.tensordot", lambda x, y: np.tensordot(x, y, 1), (2, 3), (3, 4), ulps=12)
call("np.tensordot", lambda x, y: np.tensordot(x, y, 0), (2,), (3, 4), ulps=12)
call("np.tensordot", lambda x, y: np.tensordot(x, y, ([0, 2], [1, 0])), (2, 3, 4), (4, 2, 3), ulps=12)
call("np.linalg.tensordot", lambda x, y: np.linalg.tensordot(x, y, axes=1), (2, 3), (3,), ulps=12)
call("np.linalg.matmul", np.linalg.matmul, (2, 3), (3, 2), ulps=6)
call("np.kron", np.kron, (2, 2), (2, 3))
call("np.kron", np.kron, (2,), (2, 3))
call("np.cross", np.cross, (3,), (3,))
call("np.cross", np.cross, (2, 3), (3,))
call("np.cross", lambda x, y: np.cross(x, y, axis=0), (3, 2), (3, 2))
call("np.cross", lambda x, y: np.cross(x, y, 0, 1, 0), (3, 2), (2, 3))
call("np.linalg.cross", np.linalg.cross, (2, 3), (2, 3))
for subscripts, shapes in (
    ("ij,jk->ik", ((2, 3), (3, 4))), ("ij,jk", ((2, 3), (3, 4))), ("ij->ji", ((2, 3),)), ("ii->i", ((3, 3),)), ("ii", ((3, 3),)),
    ("i,i", ((3,), (3,))), ("i,j->ij", ((2,), (3,))), ("ij,j", ((2, 3), (3,))), ("...i,i->...", ((2, 4, 3), (3,))),
    ("bij,bjk->bik", ((2, 2, 3), (2, 3, 2))), ("i,j,k->", ((2,), (2,), (3,))), ("ij,kj->ik", ((2, 3), (4, 3))), ("...ij->...ji", ((2, 3, 2),)),
    ("ij->", ((2, 3),)), ("ij->j", ((2, 3),)), ("iij->j", ((2, 2, 3),)), ("i...->...", ((2, 3),)), ("a,ab,b->", ((2,), (2, 3), (3,))),
    ("ij, j -> i", ((1, 3), (3,))), ("...,...->...", ((2, 3), (3,))), ("ij,ij->ij", ((2, 3), (2, 3))),
):  # fmt: skip
    call(f"np.einsum {subscripts}", lambda *x, s=subscripts: np.einsum(s, *x), *shapes, ulps=12)
call("np.einsum", lambda x: np.einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], x, optimize=True), (2,), ulps=12)
call("np.einsum", lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [0, 2]), (2, 3), (3, 2), ulps=12)
call("np.einsum", lambda x, y: np.einsum(x, [0, 1], y, [1]), (2, 3), (3,), ulps=12)
call("np.einsum", lambda x: np.einsum(x, [..., 0]), (2, 3), ulps=12)
for mode in "full same valid".split():
    for n, m in ((5, 3), (3, 5), (4, 4), (6, 2), (5, 1), (1, 1), (2, 5)):
        call("np.convolve", lambda x, y, m=mode: np.convolve(x, y, m), (n,), (m,), ulps=8)
        call("np.correlate", lambda x, y, m=mode: np.correlate(x, y, m), (n,), (m,), ulps=8)
call("np.convolve", lambda x: np.convolve(x, [1, 2, 1], "same"), (5,), ulps=8)
call("np.polyval", lambda p, x: np.polyval(p, x), (4,), (3,), ulps=8)
call("np.polyval", lambda x: np.polyval([1.0, 2.0, 3.0], x), (2, 2), ulps=8)
call("np.polynomial.polynomial.polyval", lambda x: np.polynomial.polynomial.polyval(x, [1.0, 2.0, 3.0]), (3,), ulps=8)
call("np.polynomial.chebyshev.chebval", lambda x: np.polynomial.chebyshev.chebval(x, [1.0, 2.0, 3.0]), (3,), ulps=8)
call("np.cov", lambda x: np.cov(x), (3, 5), ulps=8)
call("np.cov", lambda x: np.cov(x), (5,), ulps=8)
call("np.cov", lambda x: np.cov(x, rowvar=False, ddof=0), (5, 2), ulps=8)
call("np.cov", lambda x, y: np.cov(x, y, bias=True), (5,), (5,), ulps=8)
call("np.corrcoef", lambda x, y: np.corrcoef(x, y)[0, 1], (5,), (5,), ulps=8)
call("np.corrcoef", lambda x: np.corrcoef(x), (3, 5), ulps=8)
call("np.gradient", lambda x: np.gradient(x), (5,), ulps=2)
call("np.gradient", lambda x: np.gradient(x, 0.5), (5,), ulps=2)
call("np.gradient", lambda x: np.gradient(x)[0] + np.gradient(x)[1], (3, 4), ulps=2)
call("np.gradient", lambda x: np.gradient(x, 0.25, axis=-1), (3, 4), ulps=2)
call("np.gradient", lambda x: np.gradient(x, edge_order=2), (5,), ulps=4)
call("np.gradient", lambda y: np.gradient(y, np.array([0.0, 1.0, 3.0, 4.0])), (4,), ulps=4)

# -- choosing --------------------------------------------------------------------------------------------------

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
call("np.clip", lambda x: np.clip(x), (3,))
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


def _grown(x: Any) -> Any:
    y = x * 1.0
    y += 1.0
    y *= x
    y -= 0.5
    y /= 2.0
    y **= 2
    return y


# -- complex values on the way ------------------------------------------------------------------------------------------


def _spectrum(x: Any) -> Any:
    return np.abs(np.fft.fft(x))


DFT = np.exp(-2j * np.pi * np.outer(np.arange(4), np.arange(4)) / 4)
call("x * 1j", lambda x: (x * 1j).imag + (1j * x).real + (x + 2j).imag + (2j - x).real, (3,))
call("z / z", lambda x: ((x + 1j) / (x - 2j)).real + (x / (1 + x * 1j)).imag + ((x + 1j) / x).imag + (1j / x).imag, (3,), ulps=16)
call("z ** n", lambda x: ((x + 0.5j) ** 3).real + ((1 + x * 1j) ** -2).imag + ((x + 1j) ** 0).real, (3,), ulps=32)
call("z ** 0.5", lambda x: ((x + 0.5j) ** 0.5).real + (2.0 ** (x * 1j)).imag, (3,), ulps=32)
call("np.exp(1j x)", lambda x: np.exp(1j * x).real + np.exp((0.5 + 1j) * x).imag, (2, 2), ulps=8)
for name in "exp log sqrt sin cos sinh cosh tan tanh square reciprocal negative positive conjugate".split():
    call(f"np.{name}(z)", lambda x, g=getattr(np, name): g(x + 0.7j).real - 2 * g(x * (1 + 2j)).imag, (4,), ulps=64)
call("np.abs(z)", lambda x: np.abs(x + 1j) + np.absolute(1j * x) + abs(x * 2j), (3,), ulps=4)
call("np.angle(z)", lambda x: np.angle(x + 1j) + np.angle(x * 1j, deg=True), (3,), ulps=4)
call("np.real(z)", lambda x: np.real(x * (1 + 2j)) + np.imag(x * (1 + 2j)), (3,))
call("DFT @ x", lambda x: np.abs(DFT @ x), (4,), ulps=16)
call("x @ DFT", lambda x: (x @ DFT).real + np.dot(DFT, x).imag + np.inner(DFT, x).real, (4,), ulps=16)
call("np.einsum of complex", lambda x: np.einsum("ij,j->i", DFT, x).imag + np.einsum("ii", DFT * x).real, (4,), ulps=16)
call("np.outer of complex", lambda x: np.outer(x * 1j, DFT[1]).real + np.kron(x, DFT[1]).reshape(4, 4).imag, (4,), ulps=16)
call("np.vdot of complex", lambda x: np.vdot(x * 1j + 1, x + 1j).real, (4,), ulps=16)
call("np.sum(z)", lambda x: (x * DFT).sum(0).real + np.mean(x * DFT, 1).imag + (x * DFT).sum().real, (4,), ulps=16)
call("np.prod(z)", lambda x: np.prod(x + 1j).real + np.prod(x + DFT, axis=0).imag, (4,), ulps=64)
call("z[...]", lambda x: (x * 1j)[::-1].imag + (x * 1j)[[0, 0, 1]].imag + [z.imag for z in x + 1j][0], (3,))
call("np.concatenate of complex", lambda x: np.concatenate([x * 1j, x, DFT[1]]).imag + np.stack([x, x * 1j]).imag.sum(), (4,), ulps=8)
call("np.where of complex", lambda x: np.where(x > 0, x * 1j, x + 1j).imag, (4,))
call("z.T, z.reshape", lambda x: (x * 1j).T.reshape(-1).imag + np.roll(x * 1j, 1).ravel().imag, (2, 3))
call("z += x", lambda x: _rotated(x), (4,), ulps=16)
call("np.linalg.norm of complex", lambda x: np.linalg.norm(x * (1 + 1j)) + np.linalg.norm(DFT * x, axis=0), (4,), ulps=16)
call("np.var of complex", lambda x: np.var(x * (1 + 1j)), (4,), ulps=16)
call("np.iscomplexobj(z)", lambda x: x * (2.0 if np.iscomplexobj(x * 1j) and not np.isrealobj(x * 1j) else 3.0), (4,))
for n in (1, 4, 5):
    call("np.fft.fft", _spectrum, (n,), ulps=64)
    call("np.fft.ifft", lambda x: np.fft.ifft(x).real - np.fft.ifft(np.fft.fft(x)).imag, (n,), ulps=64)
    call("np.fft.rfft", lambda x: np.abs(np.fft.rfft(x)), (n,), ulps=64)
    call("np.fft.irfft", lambda x, n=n: np.fft.irfft(np.fft.rfft(x), n) ** 2, (n,), ulps=64)
call("np.fft.fft", lambda x: np.fft.fft(x, 6, 0, "ortho").imag + np.fft.fft(x, 6, norm="forward", axis=0).real, (4, 2), ulps=64)
call("np.fft.fft", lambda x: np.abs(np.fft.fft(x, 2, axis=-1)), (2, 4), ulps=64)
call("np.fft.fft2", lambda x: np.abs(np.fft.fft2(x)) + np.fft.ifft2(x).real, (2, 3), ulps=64)
call("np.fft.fftn", lambda x: np.abs(np.fft.fftn(x)) + np.fft.ifftn(x, axes=(0, 1)).imag, (2, 3), ulps=64)
call("np.fft.irfft", lambda x: np.fft.irfft(x) + np.fft.irfft(x * 1j), (4,), ulps=64)
call("np.fft.fftshift", lambda x: np.fft.fftshift(x) * np.fft.ifftshift(x) + np.fft.fftshift(x * 1j).imag, (5,))
call("np.fft.fftshift", lambda x: np.fft.fftshift(x, 1) - np.fft.ifftshift(x, axes=(0,)), (3, 4))


def _rotated(x: Any) -> Any:
    z = x * 1j
    z += x
    z = z * np.exp(1j * np.pi * x)
    return np.abs(z) ** 2 + z.conj().imag
