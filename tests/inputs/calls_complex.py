"""Calls: complex values on the way to a real result."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.inputs.call import call


def _rotated(x: Any) -> Any:
    z = x * 1j
    z += x
    z = z * np.exp(1j * np.pi * x)
    return np.abs(z) ** 2 + z.conj().imag


def _spectrum(x: Any) -> Any:
    return np.abs(np.fft.fft(x))


DFT = np.exp(-2j * np.pi * np.outer(np.arange(4), np.arange(4)) / 4)
call("x * 1j", lambda x: (x * 1j).imag + (1j * x).real + (x + 2j).imag + (2j - x).real, (3,))
call("z / z", lambda x: ((x + 1j) / (x - 2j)).real + (x / (1 + x * 1j)).imag + ((x + 1j) / x).imag + (1j / x).imag,
    (3,), ulps=16)
call("z ** n", lambda x: ((x + 0.5j) ** 3).real + ((1 + x * 1j) ** -2).imag + ((x + 1j) ** 0).real, (3,), ulps=32)
call("z ** 0.5", lambda x: ((x + 0.5j) ** 0.5).real + (2.0 ** (x * 1j)).imag, (3,), ulps=32)
call("np.exp(1j x)", lambda x: np.exp(1j * x).real + np.exp((0.5 + 1j) * x).imag, (2, 2), ulps=8)
for name in "exp log sqrt sin cos sinh cosh tan tanh square reciprocal negative positive conjugate".split():
    g = getattr(np, name)
    call(f"np.{name}(z)", lambda x, g=g: g(x + 0.7j).real - 2 * g(x * (1 + 2j)).imag, (4,), ulps=64)
call("np.abs(z)", lambda x: np.abs(x + 1j) + np.absolute(1j * x) + abs(x * 2j), (3,), ulps=4)
call("np.angle(z)", lambda x: np.angle(x + 1j) + np.angle(x * 1j, deg=True), (3,), ulps=4)
call("np.real(z)", lambda x: np.real(x * (1 + 2j)) + np.imag(x * (1 + 2j)), (3,))
call("DFT @ x", lambda x: np.abs(DFT @ x), (4,), ulps=16)
call("x @ DFT", lambda x: (x @ DFT).real + np.dot(DFT, x).imag + np.inner(DFT, x).real, (4,), ulps=16)
call("np.einsum of complex", lambda x: np.einsum("ij,j->i", DFT, x).imag + np.einsum("ii", DFT * x).real, (4,), ulps=16)
call("np.outer of complex", lambda x: np.outer(x * 1j, DFT[1]).real + np.kron(x, DFT[1]).reshape(4, 4).imag, (4,),
    ulps=16)
call("np.vdot of complex", lambda x: np.vdot(x * 1j + 1, x + 1j).real, (4,), ulps=16)
call("np.sum(z)", lambda x: (x * DFT).sum(0).real + np.mean(x * DFT, 1).imag + (x * DFT).sum().real, (4,), ulps=16)
call("np.prod(z)", lambda x: np.prod(x + 1j).real + np.prod(x + DFT, axis=0).imag, (4,), ulps=64)
call("z[...]", lambda x: (x * 1j)[::-1].imag + (x * 1j)[[0, 0, 1]].imag + next(z.imag for z in x + 1j), (3,))
call("np.concatenate of complex",
    lambda x: np.concatenate([x * 1j, x, DFT[1]]).imag + np.stack([x, x * 1j]).imag.sum(), (4,), ulps=8)
call("np.where of complex", lambda x: np.where(x > 0, x * 1j, x + 1j).imag, (4,))
call("z.T, z.reshape", lambda x: (x * 1j).T.reshape(-1).imag + np.roll(x * 1j, 1).ravel().imag, (2, 3))
call("z += x", _rotated, (4,), ulps=16)
call("np.linalg.norm of complex", lambda x: np.linalg.norm(x * (1 + 1j)) + np.linalg.norm(DFT * x, axis=0), (4,),
    ulps=16)
call("np.var of complex", lambda x: np.var(x * (1 + 1j)), (4,), ulps=16)
call("np.iscomplexobj(z)", lambda x: x * (2.0 if np.iscomplexobj(x * 1j) and not np.isrealobj(x * 1j) else 3.0), (4,))
for n in (1, 4, 5):
    call("np.fft.fft", _spectrum, (n,), ulps=64)
    call("np.fft.ifft", lambda x: np.fft.ifft(x).real - np.fft.ifft(np.fft.fft(x)).imag, (n,), ulps=64)
    call("np.fft.rfft", lambda x: np.abs(np.fft.rfft(x)), (n,), ulps=64)
    call("np.fft.irfft", lambda x, n=n: np.fft.irfft(np.fft.rfft(x), n) ** 2, (n,), ulps=64)
call("np.fft.fft", lambda x: np.fft.fft(x, 6, 0, "ortho").imag + np.fft.fft(x, 6, norm="forward", axis=0).real, (4,
    2), ulps=64)
call("np.fft.fft", lambda x: np.abs(np.fft.fft(x, 2, axis=-1)), (2, 4), ulps=64)
call("np.fft.fft2", lambda x: np.abs(np.fft.fft2(x)) + np.fft.ifft2(x).real, (2, 3), ulps=64)
call("np.fft.fftn", lambda x: np.abs(np.fft.fftn(x)) + np.fft.ifftn(x, axes=(0, 1)).imag, (2, 3), ulps=64)
call("np.fft.irfft", lambda x: np.fft.irfft(x) + np.fft.irfft(x * 1j), (4,), ulps=64)
call("np.fft.fftshift", lambda x: np.fft.fftshift(x) * np.fft.ifftshift(x) + np.fft.fftshift(x * 1j).imag, (5,))
call("np.fft.fftshift", lambda x: np.fft.fftshift(x, 1) - np.fft.ifftshift(x, axes=(0,)), (3, 4))
