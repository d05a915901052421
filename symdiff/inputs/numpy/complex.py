"""Complex values on the way from real arguments to a real result: pairs of recorded arrays.

`np.abs(np.fft.fft(x))**2`, `np.exp(1j*x).real`: every op of a complex value is ops of its two parts. The
function that is differentiated stays real.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import _table, has_complex, name_of
from symdiff.inputs.numpy.methods import ArrayMethods
from symdiff.inputs.recorded import UFUNC_NAMES, Recorded, is_complex, place
from symdiff.inputs.refused import plain_array
from symdiff.ops import TABLE
from symdiff.overloads import Operators

Pair = tuple[Any, Any]


class ComplexRecorded(Operators, ArrayMethods):
    """A complex value: `real` and `imag` are recorded or plain arrays of one shape."""

    __slots__ = ("_imag", "_real")

    def __init__(self, real: Any, imag: Any) -> None:
        shape = np.broadcast_shapes(np.shape(real), np.shape(imag))
        self._real, self._imag = (np.broadcast_to(v, shape) for v in (real, imag))

    @property
    def real(self) -> Any:
        return self._real

    @property
    def imag(self) -> Any:
        return self._imag

    @property
    def value(self) -> Any:  # type: ignore[override]  # there it is a slot
        """The number or array it is here."""
        a, b = (v.value if isinstance(v, Recorded) else v for v in (self._real, self._imag))
        return np.asarray(a) + 1j * np.asarray(b)

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(np.complex128)

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self._real)

    def conj(self) -> Any:
        return np.conjugate(self)

    conjugate = conj

    def astype(self, dtype: Any, **options: Any) -> Any:
        if np.dtype(dtype) == np.complex128:
            return self
        raise UnsupportedError(f"{place()}astype({np.dtype(dtype)}) of complex values: say z.real, z.imag or np.abs(z)")

    def __array_ufunc__(self, func: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
        return ufunc(func, method, args, {k: v for k, v in kwargs.items() if v is not None})

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        return call(func, args, kwargs)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise UnsupportedError(plain_array())

    def __getitem__(self, key: Any) -> Any:
        return ComplexRecorded(self._real[key], self._imag[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        raise UnsupportedError(f"{place()}writing into an array that is being differentiated: use np.where")

    def __len__(self) -> int:
        return len(self._real)

    def __iter__(self) -> Any:
        return (self[k] for k in range(len(self)))

    def __bool__(self) -> bool:
        raise UnsupportedError(f"{place()}the truth of a complex value cannot be recorded: ask about its parts")

    def __repr__(self) -> str:
        return f"<complex {self._real!r}, {self._imag!r}>"

    def __matmul__(self, other: Any) -> Any:
        return np.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return np.matmul(other, self)

    def _apply(self, name: str, args: tuple[Any, ...], params: tuple[tuple[str, Any], ...] = ()) -> Any:
        return apply(name, args, dict(params))


def parts(a: Any) -> Pair:
    """Real and imaginary part; None for an imaginary part that is not there."""
    if isinstance(a, ComplexRecorded):
        return a.real, a.imag
    if isinstance(a, Recorded):
        return a, None
    a = np.asarray(a)
    return (a.real.copy(), a.imag.copy()) if a.dtype.kind == "c" else (a, None)


def paired(a: Any) -> Pair:
    """Real and imaginary part, which may be zeros."""
    re, im = parts(a)
    return re, np.zeros(np.shape(re)) if im is None else im


# -- arithmetic ------------------------------------------------------------------------------------------


def _add(a: Any, b: Any, sign: float = 1.0) -> Any:
    (p, q), (r, s) = parts(a), parts(b)
    re = p + r if sign > 0 else p - r
    if s is None:
        return ComplexRecorded(re, q)
    if q is None:
        return ComplexRecorded(re, s if sign > 0 else -s)
    return ComplexRecorded(re, q + s if sign > 0 else q - s)


def _sub(a: Any, b: Any) -> Any:
    return _add(a, b, -1.0)


def _product(a: Any, b: Any, times: Callable[[Any, Any], Any]) -> Any:
    """Any product that is linear on both sides."""
    (p, q), (r, s) = parts(a), parts(b)
    if s is None:
        return ComplexRecorded(times(p, r), times(q, r))
    if q is None:
        return ComplexRecorded(times(p, r), times(p, s))
    return ComplexRecorded(times(p, r) - times(q, s), times(p, s) + times(q, r))


def _mul(a: Any, b: Any) -> Any:
    return _product(a, b, lambda x, y: x * y)


def _div(a: Any, b: Any) -> Any:
    (p, q), (r, s) = parts(a), parts(b)
    if s is None:
        return ComplexRecorded(p / r, q / r)
    size = r * r + s * s
    if q is None:
        return ComplexRecorded(p * r / size, -(p * s) / size)
    return ComplexRecorded((p * r + q * s) / size, (q * r - p * s) / size)


def _neg(z: Any) -> Any:
    return ComplexRecorded(-z.real, -z.imag)


def _abs(z: Any) -> Any:
    return np.hypot(z.real, z.imag)


def _conjugate(z: Any) -> Any:
    return ComplexRecorded(z.real, -z.imag)


def _integer_power(z: Any, n: int) -> Any:
    """By squaring: as few products as n has binary digits, and some."""
    if n < 0:
        return _div(1.0, _integer_power(z, -n))
    y: Any = None
    while n:
        if n & 1:
            y = z if y is None else _mul(y, z)
        n >>= 1
        z = _mul(z, z) if n else z
    return ComplexRecorded(np.ones(z.shape), np.zeros(z.shape)) if y is None else y


def _power(a: Any, b: Any) -> Any:
    if not isinstance(b, Recorded | ComplexRecorded):
        n: Any = np.asarray(b)
        if n.ndim == 0 and n.imag == 0 and float(n.real).is_integer() and abs(n.real) < 1024:
            return _integer_power(ComplexRecorded(*paired(a)), int(n.real))
    return _exp(ComplexRecorded(*paired(_mul(ComplexRecorded(*paired(_log(a))), b))))


# -- functions ---------------------------------------------------------------------------------------------


def _exp(z: Any) -> Any:
    size = np.exp(z.real)
    return ComplexRecorded(size * np.cos(z.imag), size * np.sin(z.imag))


def _log(a: Any) -> Any:
    re, im = paired(a)
    return ComplexRecorded(np.log(np.hypot(re, im)), np.arctan2(im, re))


def _sqrt(z: Any) -> Any:
    size, half = np.sqrt(np.hypot(z.real, z.imag)), np.arctan2(z.imag, z.real) / 2.0
    return ComplexRecorded(size * np.cos(half), size * np.sin(half))


def _sinh(z: Any) -> Any:
    return ComplexRecorded(np.sinh(z.real) * np.cos(z.imag), np.cosh(z.real) * np.sin(z.imag))


def _cosh(z: Any) -> Any:
    return ComplexRecorded(np.cosh(z.real) * np.cos(z.imag), np.sinh(z.real) * np.sin(z.imag))


def _sin(z: Any) -> Any:
    return ComplexRecorded(np.sin(z.real) * np.cosh(z.imag), np.cos(z.real) * np.sinh(z.imag))


def _cos(z: Any) -> Any:
    return ComplexRecorded(np.cos(z.real) * np.cosh(z.imag), -(np.sin(z.real) * np.sinh(z.imag)))


_OPS: dict[str, Callable[..., Any]] = {
    "add": _add, "sub": _sub, "mul": _mul, "div": _div, "neg": _neg, "positive": lambda z: z, "abs": _abs,
    "conjugate": _conjugate, "square": lambda z: _mul(z, z), "reciprocal": lambda z: _div(1.0, z),
    "integer_power": _integer_power, "power": _power, "exp": _exp, "log": _log, "sqrt": _sqrt, "sinh": _sinh,
    "cosh": _cosh, "sin": _sin, "cos": _cos, "tanh": lambda z: _div(_sinh(z), _cosh(z)),
    "tan": lambda z: _div(_sin(z), _cos(z)),
}  # fmt: skip


def apply(name: str, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """An op of values one of which is complex."""
    if name == "where":
        return _where(*args)
    found = _OPS.get(name)
    if found is None:
        symbol = TABLE[name].infix if name in TABLE else ""
        raise UnsupportedError(
            f"{place()}{symbol or name} of complex values cannot be recorded: write it with z.real, z.imag, np.abs(z) "
            "and np.angle(z)"
        )
    return found(*args, **params)


def ufunc(func: np.ufunc, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A ufunc of values one of which is complex."""
    if method == "__call__" and not kwargs and func in _PRODUCTS:
        a, b = args
        return _product(a, b, func)
    if method == "__call__" and not kwargs:
        return apply(UFUNC_NAMES.get(func.__name__, func.__name__), args, {})
    if method == "reduce" and func is np.add:
        return np.sum(*args, **{"axis": 0} | kwargs)
    how = "" if method == "__call__" else f".{method}"
    raise UnsupportedError(f"{place()}np.{func.__name__}{how} with these options cannot be recorded for complex values")


# -- functions of arrays ---------------------------------------------------------------------------------

# what treats both parts alike
_LINEAR = frozenset({
    np.reshape, np.ravel, np.transpose, np.permute_dims, np.swapaxes, np.matrix_transpose, np.moveaxis, np.rollaxis,
    np.squeeze, np.expand_dims, np.atleast_1d, np.atleast_2d, np.atleast_3d, np.broadcast_to, np.concatenate,
    np.concat, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.block, np.append, np.split,
    np.array_split, np.flip, np.fliplr, np.flipud, np.roll, np.rot90, np.repeat, np.tile, np.diagonal, np.diag,
    np.diagflat, np.tril, np.triu, np.take, np.take_along_axis, np.compress, np.delete, np.pad, np.copy, np.sum,
    np.mean, np.cumsum, np.diff, np.trace, np.linalg.trace, np.linalg.diagonal, np.fft.fftshift, np.fft.ifftshift,
})  # fmt: skip
_PRODUCTS = frozenset({
    np.matmul, np.dot, np.inner, np.outer, np.tensordot, np.kron, np.convolve, np.matvec, np.multiply.outer,
})  # fmt: skip
_TRANSFORMS = frozenset({
    np.fft.fft, np.fft.ifft, np.fft.fftn, np.fft.ifftn, np.fft.fft2, np.fft.ifft2, np.fft.irfft,
})  # fmt: skip
_ASKED = frozenset({np.shape, np.ndim, np.size, np.may_share_memory, np.shares_memory})


def call(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A function of NumPy's of values one of which is complex."""
    if func in _LINEAR:
        return _alike(func, args, kwargs)
    if func is np.einsum and isinstance(args[0], str) and len(args) == 3:
        return _product(args[1], args[2], lambda a, b: np.einsum(args[0], a, b, **kwargs))
    if func is np.einsum and isinstance(args[0], str) and len(args) == 2:
        return _alike(func, args, kwargs)
    if func in _PRODUCTS and len(args) > 1:
        return _product(args[0], args[1], lambda a, b: func(a, b, *args[2:], **kwargs))
    if func in _TRANSFORMS or func in _ASKED:
        return _table()[func](*args, **kwargs)
    found = _OWN.get(func)
    if found is None:
        raise UnsupportedError(
            f"{place()}{name_of(func)} of complex values cannot be recorded: write it with z.real and z.imag"
        )
    try:
        inspect.signature(found).bind(*args, **kwargs)
    except TypeError as e:
        raise UnsupportedError(f"{place()}{name_of(func)} of complex values: {e}; this cannot be recorded") from None
    return found(*args, **kwargs)


def _alike(func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The function of the real parts, and of the imaginary parts."""
    def of(which: int) -> Any:
        given = [_part(a, which) if has_complex([a]) else a for a in args]
        options = {k: _part(v, which) if has_complex([v]) else v for k, v in kwargs.items()}
        return func(*given, **options)

    real, imag = of(0), of(1)
    if isinstance(real, list | tuple):
        return type(real)(ComplexRecorded(a, b) for a, b in zip(real, imag, strict=True))
    return ComplexRecorded(real, imag)


def _part(a: Any, which: int) -> Any:
    return type(a)(_part(v, which) for v in a) if isinstance(a, list | tuple) else paired(a)[which]


def _where(condition: Any, x: Any, y: Any) -> Any:
    if is_complex(condition):
        raise UnsupportedError(f"{place()}np.where with a complex condition cannot be recorded")
    (p, q), (r, s) = paired(x), paired(y)
    return ComplexRecorded(np.where(condition, p, r), np.where(condition, q, s))


def _angle(z: Any, deg: bool = False) -> Any:
    turn = np.arctan2(z.imag, z.real)
    return turn * (180.0 / np.pi) if deg else turn


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord is not None:
        return np.linalg.norm(np.abs(x), ord, axis, keepdims)
    re, im = paired(x)
    return np.sqrt(np.sum(re * re + im * im, axis, keepdims=keepdims))


def _prod(a: Any, axis: int | None = None) -> Any:
    lines = list(np.moveaxis(a, axis, 0)) if axis is not None else list(np.ravel(a))
    y: Any = 1.0 + 0j
    for line in lines:
        y = line * y
    return y


def _vdot(a: Any, b: Any, /) -> Any:
    (p, q), b = paired(a), np.ravel(b)
    return np.dot(np.ravel(ComplexRecorded(p, -q)), b)


def _var(a: Any, axis: Any = None, ddof: float = 0) -> Any:
    gap = a - np.mean(a, axis, keepdims=True)
    return np.sum(gap.real**2 + gap.imag**2, axis) / (np.size(a) / np.size(np.sum(gap.real, axis)) - ddof)


_OWN: dict[Any, Callable[..., Any]] = {
    np.where: _where, np.angle: _angle, np.real: lambda val: paired(val)[0], np.imag: lambda val: paired(val)[1],
    np.iscomplexobj: lambda x: True, np.isrealobj: lambda x: False, np.linalg.norm: _norm, np.prod: _prod,
    np.vdot: _vdot, np.var: _var,
    np.zeros_like: lambda a: np.zeros(np.shape(a), complex), np.ones_like: lambda a: np.ones(np.shape(a), complex),
    np.result_type: lambda *a: np.dtype(np.complex128),
}  # fmt: skip
