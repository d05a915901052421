"""Primitives that do the same to every entry."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symdiff.graph import CONST
from symdiff.methods.jax.jaxpr import library_name
from symdiff.methods.jax.nodes import Nodes, Opaque, is_plain

LARGEST = float(np.finfo(np.float64).max)

_SAME = {  # primitive -> op with the same arguments
    "add": "add", "add_any": "add", "sub": "sub", "mul": "mul", "div": "div", "neg": "neg",
    "pow": "power", "sqrt": "sqrt", "cbrt": "cbrt", "exp": "exp", "exp2": "exp2", "expm1": "expm1",
    "log": "log", "log1p": "log1p", "log2": "log2", "sin": "sin", "cos": "cos", "tan": "tan",
    "asin": "asin", "acos": "acos", "atan": "atan", "atan2": "atan2",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "asinh", "acosh": "acosh", "atanh": "atanh",
    "logistic": "sigmoid", "erf": "erf", "erfc": "erfc", "lgamma": "lgamma", "digamma": "digamma",
    "bessel_i0e": "i0e", "bessel_i1e": "i1e", "erf_inv": "erfinv",
    "abs": "abs", "sign": "sign", "max": "max", "min": "min", "floor": "floor", "ceil": "ceil",
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal",
    "lt_to": "less", "le_to": "less_equal", "eq_to": "equal",  # other for nan and -0.0
    "and": "logical_and", "or": "logical_or", "not": "logical_not",
}  # fmt: skip
_LOGICAL = frozenset({"and", "or", "not"})
_OF_WHOLE_NUMBERS = frozenset(  # what is the same for whole numbers; division, say, is not
    (
        "add add_any sub mul neg max min abs sign lt le gt ge eq ne lt_to le_to eq_to clamp select_n "
        "integer_pow square"
    ).split()
)
NAMES = frozenset(_SAME) | frozenset(
    (
        "integer_pow polygamma rem square rsqrt one_minus_square select_n clamp convert_element_type is_finite xor "
        "polynomial"
    ).split()
)


def read(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> np.ndarray:
    """The nodes of an elementwise equation."""
    name, shape = eqn.primitive.name, eqn.outvars[0].aval.shape
    before = [np.dtype(v.aval.dtype) for v in eqn.invars]
    if name == "convert_element_type":
        return _converted(nodes, inputs[0], before[0], np.dtype(eqn.params["new_dtype"]))
    if name == "select_n" and is_plain(inputs[0]):
        return _picked(nodes, inputs[0], inputs[1:], shape)
    if name == "pow" and is_plain(inputs[1]) and before[1].kind in "iu":
        powers = np.broadcast_to(inputs[1], shape).ravel().tolist()
        bases = np.broadcast_to(inputs[0], shape).ravel().tolist()
        return nodes.array([nodes.apply("integer_power", b, n=n) for b, n in zip(bases, powers, strict=True)], shape)
    if name == "select_n" and before[0].kind in "iu":
        return _numbered(nodes, inputs, shape)
    if before[0] == np.bool_ and name in ("xor", "ne", "eq"):
        return _either(nodes, inputs, name == "eq", shape)
    _check(name, before)
    size = int(np.prod(shape, dtype=int))
    nodes.expect(size)
    columns = [np.broadcast_to(nodes.entries(v), shape).ravel().tolist() for v in inputs]
    if name in _SAME:
        return nodes.array(nodes.graph.apply_each(_SAME[name], zip(*columns, strict=True)), shape)
    return nodes.array([_node(nodes, eqn, name, [c[k] for c in columns]) for k in range(size)], shape)


def _check(name: str, dtypes: list[np.dtype]) -> None:
    """Float64; of truth values what is logical, of whole numbers what is the same for them."""
    for k, dtype in enumerate(dtypes):
        if dtype == np.bool_:
            if name not in _LOGICAL and name != "select_n":
                raise Opaque
        elif name in _LOGICAL or (name == "select_n" and k == 0):
            raise Opaque
        elif dtype != np.float64 and (dtype.kind not in "iu" or name not in _OF_WHOLE_NUMBERS):
            raise Opaque


def _either(nodes: Nodes, inputs: list[np.ndarray], alike: bool, shape: Any) -> np.ndarray:
    """Whether exactly one of two truth values holds, or whether they are alike."""
    found = []
    for a, b in zip(*[np.broadcast_to(nodes.entries(v), shape).ravel().tolist() for v in inputs], strict=True):
        one = nodes.apply("logical_and", a, nodes.apply("logical_not", b))
        other = nodes.apply("logical_and", nodes.apply("logical_not", a), b)
        either = nodes.apply("logical_or", one, other)
        found.append(nodes.apply("logical_not", either) if alike else either)
    return nodes.array(found, shape)


def _picked(nodes: Nodes, which: np.ndarray, cases: list[np.ndarray], shape: Any) -> np.ndarray:
    choice = np.broadcast_to(which, shape).ravel().astype(int).tolist()
    columns = [np.broadcast_to(nodes.entries(c), shape).ravel().tolist() for c in cases]
    return nodes.array([columns[c][k] for k, c in enumerate(choice)], shape)


def _numbered(nodes: Nodes, inputs: list[np.ndarray], shape: Any) -> np.ndarray:
    """The case whose number a whole number is that depends on the inputs."""
    found = []
    columns = [np.broadcast_to(nodes.entries(v), shape).ravel().tolist() for v in inputs]
    for which, *cases in zip(*columns, strict=True):
        picked = cases[-1]
        for k in range(len(cases) - 1)[::-1]:
            picked = nodes.apply("where", nodes.apply("equal", which, nodes.const(k)), cases[k], picked)
        found.append(picked)
    return nodes.array(found, shape)


def _node(nodes: Nodes, eqn: Any, name: str, args: list[int]) -> int:
    """One entry."""
    if library_name(eqn) == "exp_neg_sq":  # jax 0.12: exp(-x**2), with twice the digits of x**2 inside
        return nodes.apply("exp", nodes.apply("neg", nodes.apply("integer_power", *args, n=2)))
    if name == "integer_pow":
        return nodes.apply("integer_power", *args, n=int(eqn.params["y"]))
    if name == "polygamma":
        return nodes.apply("polygamma", args[1], n=_order(nodes, args[0]))
    if name == "rem":  # the sign of the dividend, as C's fmod has it
        quotient = _quotient(nodes, *args)
        down, up = nodes.apply("floor", quotient), nodes.apply("ceil", quotient)
        whole = nodes.apply("where", nodes.apply("greater", quotient, nodes.const(0.0)), down, up)
        return nodes.apply("sub", args[0], nodes.apply("mul", args[1], whole))
    if name == "square":
        return nodes.apply("integer_power", *args, n=2)
    if name == "rsqrt":
        return nodes.apply("div", nodes.const(1.0), nodes.apply("sqrt", *args))
    if name == "one_minus_square":  # jax 0.12 and later, in the derivative of tanh
        return nodes.apply("sub", nodes.const(1.0), nodes.apply("mul", *args, *args))
    if name == "select_n" and len(args) == 3:
        return nodes.apply("where", args[0], args[2], args[1])
    if name == "clamp":
        low, x, high = args
        return nodes.apply("clip", x, low, high)
    if name == "polynomial":  # jax 0.12: x, then the coefficients from that of x**0 upwards
        x, *coefficients = args
        y = coefficients[-1]
        for c in coefficients[-2::-1]:
            y = nodes.apply("add", nodes.apply("mul", y, x), c)
        return y
    if name == "is_finite":
        return nodes.apply("less_equal", nodes.apply("abs", *args), nodes.const(LARGEST))
    raise Opaque


def _quotient(nodes: Nodes, a: int, b: int) -> int:
    """a / b; by a power of two as a product, which nobody rounds."""
    by = nodes.graph.nodes[b]
    if by.op == CONST and by.value and abs(math.frexp(float(by.value))[0]) == 0.5:
        return nodes.apply("mul", a, nodes.const(1.0 / float(by.value)))
    return nodes.apply("div", a, b)


def _order(nodes: Nodes, i: int) -> int:
    """The order of a polygamma: a constant."""
    value = nodes.constant(i)
    if not value.is_integer() or not 0 <= value <= 100:
        raise Opaque
    return int(value)


def _converted(nodes: Nodes, value: np.ndarray, before: np.dtype, after: np.dtype) -> np.ndarray:
    """A change of dtype: 1 or 0 for a truth value, and whole numbers are themselves."""
    if is_plain(value):
        if after != np.float64 or any(abs(v) > 2**53 for v in value.ravel().tolist()):
            raise Opaque
        return nodes.array([nodes.const(v) for v in value.ravel().tolist()], value.shape)
    entries = value.ravel().tolist()
    if before == np.bool_ and (after == np.float64 or after.kind in "iu"):
        one, zero = nodes.const(1.0), nodes.const(0.0)
        return nodes.array([nodes.apply("where", i, one, zero) for i in entries], value.shape)
    if after == np.bool_ and (before == np.float64 or before.kind in "iu"):
        return nodes.array([nodes.apply("not_equal", i, nodes.const(0.0)) for i in entries], value.shape)
    if (after == before and after in (np.float64, np.bool_)) or (before.kind in "iu" and after.kind in "fi"):
        if after in (np.float64, np.int64, np.int32, np.bool_):
            return value
    if before == np.float64 and after.kind in "iu":
        return np.array([nodes.truncated(i) for i in entries], after).reshape(value.shape)
    raise Opaque
