"""Fourier transforms of recorded arrays: products with the matrix of the transform.

A transform of n entries costs n**2 here, and its derivative is that of a matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements
from symdiff.inputs.recorded import place


def _roots(n: int, sign: int) -> np.ndarray:
    """exp(sign 2 pi i j k / n), by the first eighth of a turn: what is 0, 1 or one half is that, and what is equal or
    opposite is that, too, so that sums of roots cancel."""
    quarter, rest = np.divmod(4 * np.outer(np.arange(n), np.arange(n)) % (4 * n), n)
    swapped = 2 * rest > n
    part = np.where(swapped, n - rest, rest)  # of n: of a quarter turn
    cosine = np.where(2 * part == n, np.sqrt(0.5), np.cos(0.5 * np.pi * part / n))
    sine = np.select([2 * part == n, 3 * part == n], [np.sqrt(0.5), 0.5], np.sin(0.5 * np.pi * part / n))
    root = np.where(swapped, sine + 1j * cosine, cosine + 1j * sine) * np.array([1, 1j, -1, -1j])[quarter]
    return root if sign > 0 else root.conj()


def _scaled(n: int, sign: int, norm: str | None) -> float:
    if norm not in (None, "backward", "ortho", "forward"):
        raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".')
    if norm == "ortho":
        return 1.0 / np.sqrt(n)
    return 1.0 / n if (norm == "forward") == (sign < 0) else 1.0


def _fitted(a: Any, n: int | None, axis: int) -> Any:
    """The first n entries along an axis, zeros where there are fewer."""
    have = a.shape[axis]
    size = have if n is None else n
    if size < 1:
        raise ValueError(f"Invalid number of FFT data points ({size}) specified.")
    lead = (slice(None),) * axis
    if size <= have:
        return a if size == have else a[(*lead, slice(0, size))]
    zeros = np.zeros([size - have if k == axis else m for k, m in enumerate(a.shape)])
    return np.concatenate([a, zeros], axis)


def _along(a: Any, matrix: np.ndarray, axis: int) -> Any:
    return np.moveaxis(np.matmul(np.moveaxis(a, axis, -1), matrix), -1, axis)


def _transform(a: Any, n: int | None, axis: int, norm: str | None, sign: int) -> Any:
    axis = normalize_axis_index(axis, a.ndim)
    a = _fitted(a, n, axis)
    size = a.shape[axis]
    return _along(a, _roots(size, sign) * _scaled(size, sign, norm), axis)


def _no_out(out: Any) -> None:
    if out is not None:
        raise UnsupportedError(f"{place()}out= of a transform cannot be recorded; use the value that is returned")


@implements(np.fft.fft)
def fft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Any:
    _no_out(out)
    return _transform(a, n, axis, norm, -1)


@implements(np.fft.ifft)
def ifft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Any:
    _no_out(out)
    return _transform(a, n, axis, norm, 1)


@implements(np.fft.rfft)
def rfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Any:
    _no_out(out)
    axis = normalize_axis_index(axis, a.ndim)
    a = _fitted(a, n, axis)
    size = a.shape[axis]
    return _along(a, (_roots(size, -1) * _scaled(size, -1, norm))[:, : size // 2 + 1], axis)


@implements(np.fft.irfft)
def irfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Any:
    """Real and imaginary parts, each times its own matrix: the other half of the entries is the conjugate."""
    _no_out(out)
    axis = normalize_axis_index(axis, a.ndim)
    size = 2 * (a.shape[axis] - 1) if n is None else n
    half = size // 2 + 1
    a = _fitted(a, half, axis)
    twice = np.where((np.arange(half) == 0) | (2 * np.arange(half) == size), 1.0, 2.0)[:, None]
    roots = twice * _roots(size, 1)[:half] * _scaled(size, 1, norm)
    return _along(np.real(a), roots.real, axis) - _along(np.imag(a), roots.imag, axis)


def _several(a: Any, s: Sequence[int] | None, axes: Sequence[int] | None, norm: str | None, sign: int) -> Any:
    if axes is None:
        axes = range(a.ndim) if s is None else range(a.ndim - len(s), a.ndim)
    for n, axis in reversed(list(zip(s or [None] * len(axes), axes, strict=True))):
        a = _transform(a, n, axis, norm, sign)
    return a


@implements(np.fft.fftn)
def fftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None, out: Any = None) -> Any:
    _no_out(out)
    return _several(a, s, axes, norm, -1)


@implements(np.fft.ifftn)
def ifftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None, out: Any = None) -> Any:
    _no_out(out)
    return _several(a, s, axes, norm, 1)


@implements(np.fft.fft2)
def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None, out: Any = None) -> Any:
    return fftn(a, s, axes, norm, out)


@implements(np.fft.ifft2)
def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None, out: Any = None) -> Any:
    return ifftn(a, s, axes, norm, out)


@implements(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Any:
    return _shifted(x, axes, lambda n: n // 2)


@implements(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Any:
    return _shifted(x, axes, lambda n: -(n // 2))


def _shifted(x: Any, axes: Any, by: Any) -> Any:
    axes = tuple(range(x.ndim)) if axes is None else (axes,) if isinstance(axes, int) else tuple(axes)
    return np.roll(x, tuple(by(x.shape[k]) for k in axes), axes)
