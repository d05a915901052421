"""Primitives that make one entry of many: reductions, running sums, sums of products, windows, Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symdiff.inputs.jax.moving import pool
from symdiff.inputs.jax.values import Refused, kind_of, of_kind, plain
from symdiff.inputs.windows import convolved, taken, windows


def _reduction(f: Callable[..., Any]) -> Callable[..., Any]:
    def read(eqn: Any, x: Any) -> Any:
        axes = tuple(eqn.params["axes"])
        return of_kind(f(x, axis=axes), eqn.outvars[0].aval.dtype) if axes else x

    return read


def _running(f: Callable[..., Any]) -> Callable[..., Any]:
    def read(eqn: Any, x: Any) -> Any:
        axis = eqn.params["axis"]
        if not eqn.params["reverse"]:
            return f(x, axis=axis)
        return np.flip(f(np.flip(x, axis), axis=axis), axis)

    return read


def _best(f: Callable[..., Any]) -> Callable[..., Any]:
    def read(eqn: Any, x: Any) -> Any:
        (axis,) = eqn.params["axes"]
        x = x if kind_of(x) == "f" else plain(x)
        return np.asarray(f(x, axis=axis), eqn.params["index_dtype"])

    return read


def _dot(eqn: Any, a: Any, b: Any) -> Any:
    """A product of matrices, or of a stack of them: the axes in order stacked, free, summed over."""
    inner, stacked = eqn.params["dimension_numbers"]
    sides = []
    for value, summed, lead in zip((a, b), inner, stacked, strict=True):
        shape = np.shape(value)
        free = [k for k in range(len(shape)) if k not in summed and k not in lead]
        sides.append((value, list(lead), free, list(summed), shape))
    (a, lead_a, free_a, sum_a, of_a), (b, lead_b, free_b, sum_b, of_b) = sides
    groups = [[of_a[k] for k in lead_a], [of_a[k] for k in free_a], [of_a[k] for k in sum_a], [of_b[k] for k in free_b]]
    lead, rows, inside, columns = (tuple(g) for g in groups)
    one = (_size(lead),) if lead else ()
    left = np.reshape(np.transpose(a, (*lead_a, *free_a, *sum_a)), (*one, _size(rows), _size(inside)))
    right = np.reshape(np.transpose(b, (*lead_b, *sum_b, *free_b)), (*one, _size(inside), _size(columns)))
    return np.reshape(np.matmul(left, right), (*lead, *rows, *columns))


def _size(shape: Sequence[int]) -> int:
    return int(np.prod(shape, dtype=int))


# -- windows -------------------------------------------------------------------------------------------


def _windowed(f: Callable[..., Any], empty: float) -> Callable[..., Any]:
    def read(eqn: Any, x: Any) -> Any:
        p, shape = eqn.params, eqn.outvars[0].aval.shape
        seen = windows(
            np.shape(x), p["window_dimensions"], p["window_strides"], p["padding"], p.get("base_dilation"),
            p.get("window_dilation"),
        )  # fmt: skip
        return f(taken(pool(x), seen.reshape(*shape, -1), empty), axis=-1)

    return read


def _convolution(eqn: Any, x: Any, w: Any) -> Any:
    p, numbers = eqn.params, eqn.params["dimension_numbers"]
    x = np.transpose(x, numbers.lhs_spec)  # image, channel, place
    w = np.transpose(w, numbers.rhs_spec)  # output channel, channel, place
    if p["batch_group_count"] != 1:
        raise Refused("its batches come in groups")
    how = p["window_strides"], p["padding"], p["lhs_dilation"], p["rhs_dilation"]
    found = convolved(x, w, windows(np.shape(x), np.shape(w)[2:], *how), p["feature_group_count"])
    return np.transpose(found, np.argsort(numbers.out_spec).tolist())


def _fft(eqn: Any, x: Any) -> Any:
    kind, lengths = str(eqn.params["fft_type"]).rpartition(".")[2].upper(), eqn.params["fft_lengths"]
    kind = {"0": "FFT", "1": "IFFT", "2": "RFFT", "3": "IRFFT"}.get(kind, kind)
    axes = list(range(-len(lengths), 0))
    if kind in ("RFFT", "IRFFT") and len(axes) > 1:
        raise Refused("a real Fourier transform over several axes")
    if kind == "RFFT":
        return np.fft.rfft(x, lengths[0])
    if kind == "IRFFT":
        return np.fft.irfft(x, lengths[0])
    for axis in axes:
        x = (np.fft.fft if kind == "FFT" else np.fft.ifft)(x, axis=axis)
    return x


def _cummax(x: Any, axis: int) -> Any:
    return np.maximum.accumulate(x, axis=axis)


def _cummin(x: Any, axis: int) -> Any:
    return np.minimum.accumulate(x, axis=axis)


def _cumlogsumexp(x: Any, axis: int) -> Any:
    return np.logaddexp.accumulate(x, axis=axis)


def _truth(f: Callable[..., Any]) -> Callable[..., Any]:
    def read(eqn: Any, x: Any) -> Any:
        if kind_of(x) != "b":
            raise Refused("it is asked of whole numbers")
        return f(x, axis=tuple(eqn.params["axes"])) if eqn.params["axes"] else x

    return read


READERS: dict[str, Callable[..., Any]] = {
    "reduce_sum": _reduction(np.sum), "reduce_prod": _reduction(np.prod), "reduce_max": _reduction(np.max),
    "reduce_min": _reduction(np.min), "reduce_and": _truth(np.all), "reduce_or": _truth(np.any),
    "cumsum": _running(np.cumsum), "cumprod": _running(np.cumprod), "cummax": _running(_cummax),
    "cummin": _running(_cummin), "cumlogsumexp": _running(_cumlogsumexp),
    "argmax": _best(np.argmax), "argmin": _best(np.argmin), "dot_general": _dot,
    "reduce_window_sum": _windowed(np.sum, 0.0), "reduce_window_max": _windowed(np.max, -np.inf),
    "reduce_window_min": _windowed(np.min, np.inf), "conv_general_dilated": _convolution, "fft": _fft,
}  # fmt: skip
