"""Differences, integrals, polynomials and covariances of recorded arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements, like_array, like_arrays
from symdiff.inputs.recorded import Recorded, place


@implements(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = np._NoValue, append: Any = np._NoValue) -> Any:
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    a = like_array(a)
    if a.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = normalize_axis_index(axis, a.ndim)
    one = tuple(1 if k == axis else size for k, size in enumerate(a.shape))
    ends = [np.broadcast_to(e, one) if e is not np._NoValue and np.ndim(e) == 0 else e for e in (prepend, append)]
    parts = [p for p in (ends[0], a, ends[1]) if p is not np._NoValue]
    a = np.concatenate(parts, axis) if len(parts) > 1 else a
    lead = (slice(None),) * axis
    truth = isinstance(a, Recorded) and a.graph.nodes[a.index].kind == "b"
    for _ in range(n):
        later, earlier = a[(*lead, slice(1, None))], a[(*lead, slice(None, -1))]
        a = np.not_equal(later, earlier) if truth else later - earlier
    return a


@implements(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    parts = [to_begin, np.diff(np.ravel(ary)), to_end]
    return np.concatenate([np.ravel(p) for p in parts if p is not None])


@implements(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = like_array(y)
    lead = (slice(None),) * normalize_axis_index(axis, y.ndim)
    steps = dx
    if x is not None:
        x = like_array(x)
        if x.ndim == 1:
            steps = np.reshape(np.diff(x), [-1 if k == len(lead) else 1 for k in range(y.ndim)])
        else:
            steps = np.diff(x, axis=axis)
    return np.sum(steps * (y[(*lead, slice(1, None))] + y[(*lead, slice(None, -1))]) / 2.0, axis)


@implements(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences inside, one-sided ones at the two ends."""
    f = like_array(f)
    axes = tuple(range(f.ndim)) if axis is None else normalize_axis_tuple(axis, f.ndim)
    steps = list(varargs) if len(varargs) > 1 else list(varargs or (1.0,)) * len(axes)
    if len(steps) != len(axes):
        raise TypeError("invalid number of arguments")
    found = [_slope(f, k, like_array(h), edge_order) for k, h in zip(axes, steps, strict=True)]
    return found[0] if len(axes) == 1 else tuple(found)


def _slope(f: Any, axis: int, h: Any, edge_order: int) -> Any:
    n = f.shape[axis]
    if n < edge_order + 1:
        raise ValueError("Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) "
                         "elements are required.")  # fmt: skip
    if edge_order not in (1, 2):
        raise ValueError("'edge_order' greater than 2 not supported")
    y = np.moveaxis(f, axis, -1)
    if h.ndim and len(h) != n:
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    gaps = np.diff(h) if h.ndim else None
    if gaps is None or (isinstance(gaps, np.ndarray) and len(gaps) and np.all(gaps == gaps[0])):
        step = h if gaps is None else gaps[0]
        inner = (y[..., 2:] - y[..., :-2]) / (2.0 * step)
        d1 = d2 = e1 = e2 = step
    else:
        d, e = gaps[:-1], gaps[1:]
        inner = -e / (d * (d + e)) * y[..., :-2] + (e - d) / (d * e) * y[..., 1:-1] + d / (e * (d + e)) * y[..., 2:]
        d1, d2, e1, e2 = gaps[0], gaps[1] if n > 2 else None, gaps[-2] if n > 2 else None, gaps[-1]
    if edge_order == 1:
        first, last = (y[..., 1] - y[..., 0]) / d1, (y[..., -1] - y[..., -2]) / e2
    else:
        first = (-(2 * d1 + d2) / (d1 * (d1 + d2)) * y[..., 0] + (d1 + d2) / (d1 * d2) * y[..., 1]
                 - d1 / (d2 * (d1 + d2)) * y[..., 2])  # fmt: skip
        last = (e2 / (e1 * (e1 + e2)) * y[..., -3] - (e2 + e1) / (e1 * e2) * y[..., -2]
                + (2 * e2 + e1) / (e2 * (e1 + e2)) * y[..., -1])  # fmt: skip
    whole = np.concatenate([first[..., None], inner, last[..., None]], -1)
    return np.moveaxis(whole, -1, axis)


@implements(np.unwrap)
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    """How often the period is taken off is a step function of p: floor has the slope 0."""
    gap = np.diff(p, axis=axis)
    whole = np.floor(gap / period + 0.5)
    tie = np.logical_and(np.equal(gap - period * whole, -period / 2), np.greater(gap, 0))
    whole = np.where(tie, whole - 1.0, whole)
    jumps = np.where(np.abs(gap) < (period / 2 if discont is None else discont), 0.0, -period * whole)
    axis = normalize_axis_index(axis, p.ndim)
    lead = (slice(None),) * axis
    return np.concatenate([p[(*lead, slice(None, 1))], p[(*lead, slice(1, None))] + np.cumsum(jumps, axis)], axis)


@implements(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """By Horner's rule, as NumPy does."""
    p, x = like_arrays(p, x)
    y = x * 0.0
    for coefficient in p:
        y = y * x + coefficient
    return y


@implements(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1.0, 0.0, -1.0)
    return p


@implements(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    n = len(x) if N is None else N
    if not n:
        return np.zeros((len(x), 0))
    powers = [np.ones(len(x))]
    for _ in range(1, n):
        powers.append(powers[-1] * x)
    return np.stack(powers if increasing else powers[::-1], 1)


@implements(np.cov)
def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None, fweights: Any = None,
        aweights: Any = None, *, dtype: Any = None) -> Any:  # fmt: skip
    if fweights is not None or aweights is not None:
        raise UnsupportedError(f"{place()}np.cov with weights cannot be recorded: centre with np.average, then X @ X.T")
    X = _variables(m, rowvar)
    if y is not None:
        X = np.concatenate([X, _variables(y, rowvar)], 0)
    ddof = int(not bias) if ddof is None else ddof
    X = X - np.mean(X, 1, keepdims=True)
    return np.squeeze(np.matmul(X, np.transpose(X)) * (1.0 / (X.shape[1] - ddof)))


def _variables(m: Any, rowvar: bool) -> Any:
    X = np.atleast_2d(like_array(m))
    return np.transpose(X) if not rowvar and X.shape[0] != 1 else X


@implements(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    c = np.cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    scale = np.sqrt(np.diagonal(c))
    return c / scale[:, None] / scale[None, :]  # NumPy's clip to [-1, 1] takes off nothing but rounding
