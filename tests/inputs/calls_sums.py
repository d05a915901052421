"""Calls: sums, means, extremes, differences and integrals."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.inputs.call import Shape, call

AXES: tuple[tuple[Shape, Any], ...] = (
    ((), None), ((3,), None), ((3,), 0), ((3,), -1), ((1,), 0), ((2, 3), None), ((2, 3), 0), ((2, 3), 1), ((2, 3), -2),
    ((2, 3), (0, 1)), ((2, 3), (1, 0)), ((2, 1, 3), (0, -1)), ((2, 1, 3), 1), ((2, 3), ()), ((1, 1), (0,)), ((2, 0,
        3), 2),
    ((2, 0, 3), -3), ((0,), None), ((2, 0), 1),
)  # fmt: skip
NO_EMPTY = {"mean", "max", "min", "amax", "amin", "ptp", "std", "var", "nanmax", "nanmin", "nanmean"}
for name in "sum mean prod max min amax amin ptp nansum nanprod nanmean nanmax nanmin var std nanvar nanstd".split():
    g = getattr(np, name)
    for shape, axis in AXES:
        reduced = [shape[k] for k in ((axis,) if isinstance(axis,
            int) else range(len(shape)) if axis is None else axis)]
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
call("np.prod", np.prod, (9,), ulps=9)
call("np.nansum", lambda x: np.nansum(np.where(x > 0, x, np.nan)), (5,))
call("np.nanmean", lambda x: np.nanmean(np.where(x > -9, x, np.nan), 0), (3, 2), ulps=4)
for shape, axis in (((3,), None), ((3,), 0), ((2, 3), 1), ((2, 3), -2), ((2, 3), None), ((1,), 0), ((0,), 0), ((2, 0),
    1)):
    call("np.cumsum", lambda x, a=axis: np.cumsum(x, a), shape)
    call("np.cumprod", lambda x, a=axis: np.cumprod(x, a), shape, ulps=4)
    call("np.cumulative_sum", lambda x, a=axis: np.cumulative_sum(np.ravel(x) if a is None else x, axis=a), shape)
    call("np.cumulative_prod", lambda x, a=axis: np.cumulative_prod(np.ravel(x) if a is None else x, axis=a), shape,
        ulps=4)
    call("np.nancumsum", lambda x, a=axis: np.nancumsum(x, a), shape)
    call("np.nancumprod", lambda x, a=axis: np.nancumprod(x, a), shape, ulps=4)
call("np.cumulative_sum", lambda x: np.cumulative_sum(x, axis=1, include_initial=True), (2, 3))
call("np.cumulative_prod", lambda x: np.cumulative_prod(x, axis=0, include_initial=True), (2, 3), ulps=4)
for shape in ((5,), (2, 5), (1,), (2, 1)):
    call("np.diff", np.diff, shape)
call("np.diff", lambda x: np.diff(x, 2, axis=0), (4, 2))
call("np.diff", lambda x: np.diff(x, n=0), (4,))
call("np.diff", lambda x: np.diff(x, prepend=0.0, append=x[:2]), (4,))
call("np.diff", lambda x: np.diff(x, axis=0, prepend=1.0), (3, 2))
call("np.ediff1d", np.ediff1d, (2, 3))
call("np.ediff1d", lambda x: np.ediff1d(x, to_begin=x[0], to_end=[1.0, 2.0]), (4,))
call("np.trapezoid", np.trapezoid, (5,), ulps=4)
call("np.trapezoid", np.trapezoid, (2, 5), (5,), ulps=4)
call("np.trapezoid", lambda y, x: np.trapezoid(y, x, axis=0), (5, 2), (5,), ulps=4)
call("np.trapezoid", lambda y, x: np.trapezoid(y, x, axis=0), (5, 2), (5, 2), ulps=4)
call("np.trapezoid", lambda y: np.trapezoid(y, dx=0.25, axis=0), (3, 2), ulps=4)
call("np.trapezoid", lambda x: np.trapezoid([1.0, 2.0, 4.0], x), (3,), ulps=4)
call("np.average", np.average, (2, 3), ulps=4)
call("np.average", lambda x, w: np.average(x, 1, w), (2, 3), (3,), draw="positive", ulps=4)
call("np.average", lambda x, w: np.average(x, weights=w), (2, 3), (2, 3), draw="positive", ulps=4)
call("np.average", lambda x, w: np.average(x, weights=w, axis=0, keepdims=True), (2, 3), (2, 3), draw="positive",
    ulps=4)
call("np.average", lambda x: sum(np.average(x, 0, [1.0, 2.0], returned=True)), (2, 3), ulps=4)
call("np.any", lambda x: np.where(np.any(x > 1, 0), x, x * x), (2, 3))
call("np.all", lambda x: np.where(np.all(x > -1, axis=1, keepdims=True), x, x * x), (2, 3))
call("np.any", lambda x: x * 2 if np.any(x > 1, where=[True, False, True]) else x, (3,))
call("np.count_nonzero", lambda x: x * np.count_nonzero(x > 0), (2, 3))
call("np.count_nonzero", lambda x: x * np.count_nonzero(x, axis=0, keepdims=True), (2, 3))

call("np.nanmax", lambda x: np.nanmax(np.where(x > 0, x, np.nan), 0, keepdims=True), (4, 3))
call("np.nanmin", lambda x: np.nanmin(np.where(x > 0, x, np.nan)), (4, 3))
call("np.polyder", lambda x: np.polyder(x, 2), (5,))
