"""ATen operations that do the same to every entry. No PyTorch is needed to read them: a test calls them on arrays.

Source of their meaning: PyTorch's documentation of `torch` and `torch.nn.functional`. What is not here is opened by
PyTorch's own decomposition into simpler operations (`torch._decomp`), where there is one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from symdiff.inputs.jax.values import Refused, either, kind_of, number, whole
from symdiff.ops import TABLE

_ROWS = {  # operation -> row with the same arguments
    "neg": "neg", "sqrt": "sqrt", "exp": "exp", "exp2": "exp2", "expm1": "expm1", "log": "log", "log1p": "log1p",
    "log2": "log2", "log10": "log10", "sin": "sin", "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos",
    "atan": "atan", "atan2": "atan2", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "asinh",
    "acosh": "acosh", "atanh": "atanh", "sigmoid": "sigmoid", "erf": "erf", "erfc": "erfc", "erfinv": "erfinv",
    "lgamma": "lgamma", "digamma": "digamma", "abs": "abs", "sign": "sign", "sgn": "sign", "maximum": "max",
    "minimum": "min", "fmax": "max", "fmin": "min", "floor": "floor", "ceil": "ceil", "relu": "relu", "silu": "silu",
    "selu": "selu", "hypot": "hypot", "sinc": "sinc", "i0": "i0", "special_i0e": "i0e", "special_i1": "i1",
    "special_i1e": "i1e", "special_bessel_j0": "j0", "special_bessel_j1": "j1", "special_zeta": "zeta",
    "special_gammainc": "gammainc", "special_gammaincc": "gammaincc", "special_ndtr": "ndtr", "deg2rad": "deg2rad",
    "rad2deg": "rad2deg", "logaddexp": "logaddexp", "remainder": "mod", "lt": "less", "le": "less_equal",
    "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal",
}  # fmt: skip


def _row(name: str) -> Callable[..., Any]:
    def read(*args: Any) -> Any:
        return TABLE[name](*map(number, args))

    return read


def _scaled(x: Any, factor: Any) -> Any:
    """factor * x, without a step where the factor is 1."""
    return number(x) if isinstance(factor, int | float) and factor == 1 else number(x) * factor


def _add(a: Any, b: Any, alpha: Any = 1) -> Any:
    return number(a) + _scaled(b, alpha)


def _sub(a: Any, b: Any, alpha: Any = 1) -> Any:
    return number(a) - _scaled(b, alpha)


def _rsub(a: Any, b: Any, alpha: Any = 1) -> Any:
    return number(b) - _scaled(a, alpha)


def _mul(a: Any, b: Any) -> Any:
    return number(a) * number(b)


def _div(a: Any, b: Any, rounding_mode: str | None = None) -> Any:
    found = number(a) / number(b)
    if rounding_mode is None:
        return found
    return np.floor(found) if rounding_mode == "floor" else np.trunc(found)


def _power(x: Any, y: Any) -> Any:
    if isinstance(y, int | float) and not isinstance(y, bool) and float(y).is_integer():
        return x ** int(y)
    return np.power(x, y)


def _square(x: Any) -> Any:
    return x**2


def _reciprocal(x: Any) -> Any:
    return 1.0 / x


def _rsqrt(x: Any) -> Any:
    return 1.0 / np.sqrt(x)


def _frac(x: Any) -> Any:
    return x - np.trunc(x)


def _round(x: Any, decimals: int = 0) -> Any:
    return np.round(x, decimals) if decimals else np.rint(x)


def _addcmul(x: Any, a: Any, b: Any, value: Any = 1) -> Any:
    return x + _scaled(a * b, value)


def _addcdiv(x: Any, a: Any, b: Any, value: Any = 1) -> Any:
    return x + _scaled(a / b, value)


def _lerp(start: Any, end: Any, weight: Any) -> Any:
    return start + weight * (end - start)


def _clamp(x: Any, min: Any = None, max: Any = None) -> Any:  # noqa: A002 - PyTorch calls them so
    low, high = min, max
    if low is not None and high is not None:
        return np.clip(x, low, high)
    if high is not None:
        return np.minimum(x, high)
    return x if low is None else np.maximum(x, low)


def _where(condition: Any, a: Any, b: Any) -> Any:
    return np.where(condition, number(a), number(b))


def _masked_fill(x: Any, mask: Any, value: Any) -> Any:
    return np.where(mask, value, x)


def _threshold(x: Any, threshold: Any, value: Any) -> Any:
    return np.where(x > threshold, x, value)


def _leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    return TABLE["leaky_relu"](x, negative_slope)


def _elu(x: Any, alpha: Any = 1.0, scale: Any = 1.0, input_scale: Any = 1.0) -> Any:
    return _scaled(TABLE["elu"](_scaled(x, input_scale), alpha), scale)


def _softplus(x: Any, beta: Any = 1, threshold: Any = 20) -> Any:
    """Above the threshold PyTorch takes x itself, which is another function by less than 3e-9: so is the branch."""
    inside = _scaled(x, beta)
    smooth = TABLE["softplus"](inside)
    return np.where(inside > threshold, x, smooth if beta == 1 else smooth / beta)


def _gelu(x: Any, approximate: str = "none") -> Any:
    if approximate == "none":
        return TABLE["gelu"](x)
    return 0.5 * x * (1.0 + np.tanh(0.7978845608028654 * (x + 0.044715 * x**3)))  # sqrt(2/pi), as PyTorch has it


def _log_sigmoid(x: Any) -> Any:
    return -TABLE["softplus"](-x), None


def _hardtanh(x: Any, min_val: Any = -1.0, max_val: Any = 1.0) -> Any:
    return np.clip(x, min_val, max_val)


def _softshrink_back(g: Any, x: Any, lambd: Any) -> Any:
    return np.where(np.abs(x) <= lambd, 0.0, g)


def _polygamma(n: int, x: Any) -> Any:
    return TABLE["polygamma"](x, n=int(n))


def _truth(f: Callable[..., Any]) -> Callable[..., Any]:
    def read(*args: Any) -> Any:
        if not all(kind_of(a) == "b" for a in args):
            args = tuple(np.not_equal(a, 0.0) if kind_of(a) == "f" else a for a in args)
        return f(*args)

    return read


def converted(x: Any, dtype: Any, before: Any) -> Any:
    """A change of dtype, by its name: `torch.int64` makes a decision of a float; a narrower float is refused."""
    name = str(dtype or before).removeprefix("torch.")
    if name == "bool":
        return x if kind_of(x) == "b" else np.not_equal(x, 0.0)
    if name.startswith(("int", "uint")):
        return whole(x, name)
    if name.startswith("complex"):
        raise Refused("it makes the value complex")
    wide = {"float64": 3, "float32": 2, "float16": 1, "bfloat16": 1}
    old = str(before).removeprefix("torch.")
    if old in wide and wide.get(name, 0) < wide[old]:
        raise Refused(f"it makes {old} narrower, {name}, on the way")
    return number(x)


READERS: dict[str, Callable[..., Any]] = {
    **{name: _row(row) for name, row in _ROWS.items() if row in TABLE},
    "add": _add, "sub": _sub, "rsub": _rsub, "mul": _mul, "div": _div, "pow": _power, "square": _square,
    "reciprocal": _reciprocal, "rsqrt": _rsqrt, "fmod": np.fmod, "trunc": np.trunc,
    "frac": _frac, "round": _round, "addcmul": _addcmul, "addcdiv": _addcdiv, "lerp": _lerp, "clamp": _clamp,
    "clamp_min": np.maximum, "clamp_max": np.minimum, "where": _where, "masked_fill": _masked_fill,
    "threshold": _threshold, "leaky_relu": _leaky_relu, "elu": _elu, "softplus": _softplus, "gelu": _gelu,
    "log_sigmoid_forward": _log_sigmoid, "hardtanh": _hardtanh, "xlogy": special.xlogy, "polygamma": _polygamma,
    "softshrink_backward": _softshrink_back, "__and__": _truth(np.logical_and), "__or__": _truth(np.logical_or),
    "logical_and": _truth(np.logical_and), "logical_or": _truth(np.logical_or), "logical_not": _truth(np.logical_not),
    "logical_xor": _truth(either), "bitwise_and": _truth(np.logical_and), "bitwise_or": _truth(np.logical_or),
    "bitwise_not": _truth(np.logical_not), "bitwise_xor": _truth(either), "isnan": np.isnan,
}  # fmt: skip
