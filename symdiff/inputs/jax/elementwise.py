"""Primitives that do the same to every entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symdiff.inputs.jax.values import Refused, either, is_recorded, kind_of, number, of_kind, plain, whole
from symdiff.inputs.numpy.complex import ComplexRecorded
from symdiff.ops import TABLE

_ROWS = {  # primitive -> row with the same arguments
    "add": "add", "add_any": "add", "sub": "sub", "mul": "mul", "div": "div", "neg": "neg",
    "sqrt": "sqrt", "cbrt": "cbrt", "exp": "exp", "exp2": "exp2", "expm1": "expm1", "log": "log", "log1p": "log1p",
    "sin": "sin", "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan", "atan2": "atan2",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "asinh", "acosh": "acosh", "atanh": "atanh",
    "logistic": "sigmoid", "erf": "erf", "erfc": "erfc", "lgamma": "lgamma", "digamma": "digamma",
    "abs": "abs", "sign": "sign", "max": "max", "min": "min", "floor": "floor", "ceil": "ceil",
    "log2": "log2", "erf_inv": "erfinv", "bessel_i0e": "i0e", "bessel_i1e": "i1e", "zeta": "zeta",
    "igamma": "gammainc", "igammac": "gammaincc", "regularized_incomplete_beta": "betainc",
}  # fmt: skip
_COMPARISONS = {"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal",
                "ne": "not_equal", "lt_to": "less", "le_to": "less_equal", "eq_to": "equal"}  # fmt: skip
_ON_COMPLEX = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative,
               "exp": np.exp, "abs": np.abs}  # fmt: skip
# what rounds nothing: of plain floats it is a plain float
EXACT = frozenset(
    "neg abs sign max min floor ceil select_n clamp convert_element_type is_finite round real imag".split()
) | frozenset(_COMPARISONS)


def _row(name: str) -> Callable[..., Any]:
    def read(eqn: Any, *args: Any) -> Any:
        if any(isinstance(a, ComplexRecorded) for a in args):
            return _ON_COMPLEX[name](*args) if name in _ON_COMPLEX else _refuse_complex()
        return of_kind(TABLE[name](*map(number, args)), eqn.outvars[0].aval.dtype)

    return read


def _refuse_complex() -> Any:
    raise Refused("its arguments are complex")


def _comparison(name: str) -> Callable[..., Any]:
    def read(eqn: Any, a: Any, b: Any) -> Any:
        if is_recorded(a) and is_recorded(b) and a.index == b.index and name in ("equal", "not_equal"):
            return np.isnan(a) if name == "not_equal" else np.logical_not(np.isnan(a))  # what it is asked for
        if is_recorded(a, b) and "b" in (kind_of(a), kind_of(b)) and name in ("equal", "not_equal"):
            one = either(a, b)
            return np.logical_not(one) if name == "equal" else one
        return TABLE[name](a, b)

    return read


def _logical(on_truth: Any, on_numbers: Any) -> Callable[..., Any]:
    def read(eqn: Any, *args: Any) -> Any:
        if is_recorded(*args) and all(kind_of(a) == "b" for a in args):
            return on_truth(*args)
        return on_numbers(*map(plain, args))

    return read


def _power(eqn: Any, x: Any, y: Any) -> Any:
    if kind_of(y) not in "iu":
        return np.power(x, y) if is_recorded(x, y) else TABLE["power"](x, y)
    exponents = np.asarray(y)
    whole_ones = np.unique(exponents).tolist()
    found = x ** int(whole_ones[0])
    for n in whole_ones[1:]:
        found = np.where(exponents == n, x ** int(n), found)
    return found


def _integer_pow(eqn: Any, x: Any) -> Any:
    return x ** int(eqn.params["y"])


def _square(eqn: Any, x: Any) -> Any:
    return x**2


def _rsqrt(eqn: Any, x: Any) -> Any:
    return 1.0 / np.sqrt(x)


def _polynomial(eqn: Any, x: Any, *coefficients: Any) -> Any:
    """jax 0.12: the coefficients come from that of x**0 upwards."""
    y = coefficients[-1]
    for c in coefficients[-2::-1]:
        y = y * x + c
    return y


def _polygamma(eqn: Any, n: Any, x: Any) -> Any:
    orders = np.unique(np.asarray(n.value if is_recorded(n) else n))
    varies = is_recorded(n) and any(n.graph.varying()[n.index : n.index + 1])
    if varies or orders.size != 1 or orders[0] != int(orders[0]) or orders[0] < 0:
        raise Refused("its order is to be one whole number that is known")
    return TABLE["polygamma"](x, n=int(orders[0]))


def _remainder(eqn: Any, a: Any, b: Any) -> Any:
    return np.fmod(a, b)


def _rounded(eqn: Any, x: Any) -> Any:
    if "EVEN" in str(eqn.params["rounding_method"]):
        return np.rint(x)
    return np.sign(x) * np.floor(np.abs(x) + 0.5)


def _select(eqn: Any, which: Any, *cases: Any) -> Any:
    """`which` picks one of the cases, entry by entry: a truth value the second where it holds."""
    shape, dtype = eqn.outvars[0].aval.shape, np.dtype(eqn.outvars[0].aval.dtype)
    if not is_recorded(which):
        which = np.asarray(which)
        if len({id(c) for c in cases}) == 1 or (which.size and np.all(which == which.flat[0])):
            return cases[int(which.flat[0])] if which.size else cases[0]
    if dtype.kind in "iu" or (dtype.kind == "b" and not is_recorded(*cases)):
        which, cases = plain(which), tuple(map(plain, cases))
        return np.asarray(np.choose(np.broadcast_to(which, shape).astype(int), cases), dtype)
    if dtype.kind == "b":
        other, one = cases
        return np.logical_or(np.logical_and(which, one), np.logical_and(np.logical_not(which), other))
    if kind_of(which) == "b":
        other, one = cases
        return np.where(which, one, other)
    found = cases[0]
    for k, case in enumerate(cases[1:], 1):
        found = np.where(plain(which) == k, case, found)
    return found


def _clamp(eqn: Any, low: Any, x: Any, high: Any) -> Any:
    return np.clip(x, low, high)


def _is_finite(eqn: Any, x: Any) -> Any:
    return np.isfinite(x)


def _converted(eqn: Any, x: Any) -> Any:
    """A change of dtype: 1 or 0 for a truth value, whole numbers are themselves, a float is cut to one."""
    after, before = np.dtype(eqn.params["new_dtype"]), eqn.invars[0].aval.dtype
    if after.kind == "c":
        return x + 0j
    if not is_recorded(x):
        if after == np.float64 and np.dtype(before).kind in "iu" and np.any(np.abs(np.asarray(x, object)) > 2**53):
            raise Refused("an integer above 2**53 is made a float")
        return np.asarray(x).astype(after)
    if after.kind in "iu":
        return whole(x, after)
    if after.kind == "b":
        return x if kind_of(x) == "b" else np.not_equal(x, 0.0)
    return number(x)


def _reduced_precision(eqn: Any, x: Any) -> Any:
    if eqn.params["exponent_bits"] < 11 or eqn.params["mantissa_bits"] < 52:
        raise Refused("it rounds to fewer digits than float64 has")
    return x


def _complex(eqn: Any, a: Any, b: Any) -> Any:
    return a + 1j * b


def _one_argument(f: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda eqn, x: f(x)


READERS: dict[str, Callable[..., Any]] = {
    **{primitive: _row(row) for primitive, row in _ROWS.items() if row in TABLE},
    **{primitive: _comparison(row) for primitive, row in _COMPARISONS.items()},
    "and": _logical(np.logical_and, np.bitwise_and), "or": _logical(np.logical_or, np.bitwise_or),
    "xor": _logical(either, np.bitwise_xor), "not": _logical(np.logical_not, np.invert),
    "pow": _power, "integer_pow": _integer_pow, "square": _square, "rsqrt": _rsqrt, "polynomial": _polynomial,
    "polygamma": _polygamma, "rem": _remainder, "round": _rounded, "select_n": _select, "clamp": _clamp,
    "is_finite": _is_finite, "convert_element_type": _converted, "reduce_precision": _reduced_precision,
    "complex": _complex, "real": _one_argument(np.real), "imag": _one_argument(np.imag),
    "conj": _one_argument(np.conj),
}  # fmt: skip
