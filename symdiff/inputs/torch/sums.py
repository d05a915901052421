"""ATen operations that make one entry of many: reductions, products of matrices, normalisation, convolution.

No PyTorch is needed to read them: a test calls them on arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symdiff.inputs.jax.values import Refused, kind_of, number, plain
from symdiff.inputs.windows import convolved, taken, windows


def _axes(x: Any, dim: Any) -> tuple[int, ...]:
    """PyTorch's dim: None and [] are all of them."""
    if dim is None or (isinstance(dim, list | tuple) and not dim):
        return tuple(range(np.ndim(x)))
    return tuple(int(d) % max(np.ndim(x), 1) for d in (dim if isinstance(dim, list | tuple) else [dim]))


def _reduction(f: Callable[..., Any]) -> Callable[..., Any]:
    def read(x: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
        if not np.ndim(x):
            return number(x)
        return f(number(x), axis=_axes(x, dim), keepdims=keepdim)

    return read


def _product(x: Any, dim: int | None = None, keepdim: bool = False, dtype: Any = None) -> Any:
    return np.prod(x, axis=None if dim is None else int(dim), keepdims=keepdim) if np.ndim(x) else x


def _extreme(f: Callable[..., Any]) -> Callable[..., Any]:
    """`x.max()`, `x.max(other)`, and `x.max(dim)`, whose second result are places."""

    def read(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if not isinstance(dim, int):
            return f(x) if np.ndim(x) else x
        return (f(x, axis=dim, keepdims=keepdim) if np.ndim(x) else x), None

    return read


def _variance(x: Any, dim: Any = None, unbiased: Any = True, keepdim: bool = False, correction: Any = None) -> Any:
    if isinstance(dim, bool):  # var(x, unbiased)
        dim, unbiased = None, dim
    fewer = float(bool(unbiased)) if correction is None else float(correction)
    return np.var(x, axis=_axes(x, dim), ddof=fewer, keepdims=keepdim)


def _deviation(*args: Any, **kwargs: Any) -> Any:
    return np.sqrt(_variance(*args, **kwargs))


def _variance_and_mean(
    x: Any, dim: Any = None, unbiased: Any = True, keepdim: bool = False, correction: Any = None
) -> Any:
    axes = _axes(x, None if isinstance(dim, bool) else dim)
    return _variance(x, dim, unbiased, keepdim, correction), np.mean(x, axis=axes, keepdims=keepdim)


def _running(f: Callable[..., Any]) -> Callable[..., Any]:
    def read(x: Any, dim: int, dtype: Any = None) -> Any:
        return f(x, axis=dim) if np.ndim(x) else x

    return read


def _logsumexp(x: Any, dim: Any, keepdim: bool = False) -> Any:
    axes = _axes(x, dim)
    most = np.max(x, axis=axes, keepdims=True)
    found = most + np.log(np.sum(np.exp(x - most), axis=axes, keepdims=True))
    return found if keepdim else np.reshape(found, [n for k, n in enumerate(np.shape(x)) if k not in axes])


def _logcumsumexp(x: Any, dim: int) -> Any:
    return np.logaddexp.accumulate(x, axis=dim)


def _softmax(x: Any, dim: int, half_to_float: bool = False) -> Any:
    if not np.ndim(x):
        return np.exp(x - x)
    away = x - np.max(x, axis=dim, keepdims=True)
    powers = np.exp(away)
    return powers / np.sum(powers, axis=dim, keepdims=True)


def _log_softmax(x: Any, dim: int, half_to_float: bool = False) -> Any:
    if not np.ndim(x):
        return x - x
    away = x - np.max(x, axis=dim, keepdims=True)
    return away - np.log(np.sum(np.exp(away), axis=dim, keepdims=True))


def _norm(x: Any, power: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    axes = _axes(x, dim)
    if power == 2:
        return np.sqrt(np.sum(x**2, axis=axes, keepdims=keepdim))
    if power in (float("inf"), float("-inf")):
        return (np.max if power > 0 else np.min)(np.abs(x), axis=axes, keepdims=keepdim)
    if power == 1:
        return np.sum(np.abs(x), axis=axes, keepdims=keepdim)
    if power == 0:
        raise Refused("the number of entries that are not 0 has no derivative")
    return np.power(np.sum(np.power(np.abs(x), float(power)), axis=axes, keepdims=keepdim), 1.0 / float(power))


def _standardised(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any, Any]:
    """With mean 0 and variance 1 over these axes; the mean, and what it is multiplied by."""
    mean = np.mean(x, axis=axes, keepdims=True)
    away = x - mean
    inverse = 1.0 / np.sqrt(np.mean(away**2, axis=axes, keepdims=True) + eps)
    return away * inverse, mean, inverse


def _layer_norm(x: Any, shape: Sequence[int], weight: Any, bias: Any, eps: float) -> Any:
    """J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer Normalization", arXiv:1607.06450 (2016), with PyTorch's eps."""
    found, mean, inverse = _standardised(x, tuple(range(np.ndim(x) - len(shape), np.ndim(x))), eps)
    found = found if weight is None else found * weight
    return (found if bias is None else found + bias), mean, inverse


def _batch_norm(x: Any, weight: Any, bias: Any, *rest: Any) -> Any:
    """S. Ioffe, C. Szegedy, "Batch Normalization", arXiv:1502.03167 (2015), in training: by the batch's own numbers."""
    training, _, eps = rest[-3:]  # before them the running mean and variance, which are for later
    if not training:
        raise Refused("it is asked for in training only")
    found, mean, inverse = _standardised(x, (0, *range(2, np.ndim(x))), eps)
    each = (1, -1, *[1] * (np.ndim(x) - 2))
    found = found if weight is None else found * np.reshape(weight, each)
    found = found if bias is None else found + np.reshape(bias, each)
    return found, np.reshape(mean, (-1,)), np.reshape(inverse, (-1,))


def _best(f: Callable[..., Any]) -> Callable[..., Any]:
    def read(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
        x = x if kind_of(x) == "f" else plain(x)
        return np.asarray(f(x, axis=dim, keepdims=keepdim))

    return read


def _truth(f: Callable[..., Any]) -> Callable[..., Any]:
    def read(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return f(x, axis=_axes(x, dim), keepdims=keepdim)

    return read


# -- products ------------------------------------------------------------------------------------------


def _plus(x: Any, found: Any, beta: Any, alpha: Any) -> Any:
    found = found if alpha == 1 else alpha * found
    return found if beta == 0 else (x if beta == 1 else beta * x) + found


def _addmm(x: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    return _plus(x, np.matmul(a, b), beta, alpha)


def _each(value: Any, count: int) -> list[int]:
    """One number for every axis, as PyTorch lets it be left out."""
    values = [int(v) for v in (value if isinstance(value, list | tuple) else [value])]
    return values * count if len(values) == 1 else values


def _windows(x: Any, kernel: Sequence[int], stride: Any, padding: Any, dilation: Any) -> np.ndarray:
    steps, ends, holes = (_each(v, len(kernel)) for v in (stride, padding, dilation))
    return windows(np.shape(x), kernel, steps, [(n, n) for n in ends], holes=holes)


def _convolution(
    x: Any, w: Any, bias: Any, stride: Any, padding: Any, dilation: Any, transposed: bool, output_padding: Any,
    groups: int,
) -> Any:  # fmt: skip
    if transposed:
        raise Refused("a transposed convolution is not read")
    found = convolved(x, w, _windows(x, np.shape(w)[2:], stride, padding, dilation), groups)
    return found if bias is None else found + np.reshape(bias, (1, -1, *[1] * (np.ndim(x) - 2)))


def _pooled(x: Any, kernel: Any, stride: Any = (), padding: Any = 0, ceil_mode: bool = False,
            count_include_pad: bool = True, divisor_override: Any = None) -> Any:  # fmt: skip
    if ceil_mode or (not count_include_pad and np.any(padding)) or divisor_override:
        raise Refused("its option ceil_mode, count_include_pad or divisor_override is not read")
    kernel = list(kernel)
    places = _windows(x, kernel, stride or kernel, padding, 1)
    return np.mean(taken(np.reshape(x, (-1,)), places.reshape(*places.shape[: np.ndim(x)], -1)), axis=-1)


def _status(f: Callable[..., Any]) -> Callable[..., Any]:
    """linalg's `_ex` forms also say whether it worked; that is no number of ours."""

    def read(a: Any, check_errors: bool = False) -> Any:
        return f(a), None

    return read


def _cholesky(a: Any, upper: bool = False, check_errors: bool = False) -> Any:
    return np.linalg.cholesky(a, upper=upper), None


def _det(a: Any) -> Any:
    return np.linalg.det(a), None, None


def _slogdet(a: Any) -> Any:
    sign, found = np.linalg.slogdet(a)
    return sign, found, None, None


def _solve(a: Any, b: Any, left: bool = True, check_errors: bool = False) -> Any:
    if not left:
        a, b = np.swapaxes(a, -1, -2), np.swapaxes(b, -1, -2)
    flat = np.ndim(b) == np.ndim(a) - 1
    found = np.linalg.solve(a, b[..., None])[..., 0] if flat else np.linalg.solve(a, b)
    return (found if left else np.swapaxes(found, -1, -2)), None, None, None


def _triangular(a: Any, b: Any, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    if unitriangular:
        raise Refused("unitriangular=True is not read")
    a = np.triu(a) if upper else np.tril(a)
    return _solve(a, b, left)[0]


READERS: dict[str, Callable[..., Any]] = {
    "sum": _reduction(np.sum), "mean": _reduction(np.mean), "amax": _reduction(np.max), "amin": _reduction(np.min),
    "prod": _product, "max": _extreme(np.max), "min": _extreme(np.min), "var": _variance, "std": _deviation,
    "var_mean": _variance_and_mean, "cumsum": _running(np.cumsum), "cumprod": _running(np.cumprod),
    "logsumexp": _logsumexp, "logcumsumexp": _logcumsumexp, "_softmax": _softmax, "_log_softmax": _log_softmax,
    "linalg_vector_norm": _norm,
    "native_layer_norm": _layer_norm, "_native_batch_norm_legit": _batch_norm,
    "argmax": _best(np.argmax), "argmin": _best(np.argmin), "any": _truth(np.any),
    "all": _truth(np.all), "mm": np.matmul, "bmm": np.matmul, "mv": np.matmul, "dot": np.matmul, "addmm": _addmm,
    "addmv": _addmm, "baddbmm": _addmm, "convolution": _convolution, "avg_pool2d": _pooled,
    "linalg_inv_ex": _status(np.linalg.inv), "linalg_cholesky_ex": _cholesky, "_linalg_det": _det,
    "_linalg_slogdet": _slogdet, "_linalg_solve_ex": _solve, "linalg_solve_triangular": _triangular,
}  # fmt: skip
