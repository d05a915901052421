"""Formulas read a second time, by Python's own grammar, over mpf: nothing of symdiff has a part in it."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from mpmath import mp, mpf

from benchmarks.trust.battery.exact import ELEMENTWISE, SPECIAL


def reading(text: str, names: tuple[str, ...]) -> Callable[..., Any]:
    """The function of the text, in the digits that are in force when it is called."""
    tree = ast.parse(text, mode="eval").body

    def value(*args: Any) -> Any:
        known = dict(zip(names, args, strict=True)) | {"pi": +mp.pi, "e": +mp.e}
        return _value(tree, {n: mpf(v) for n, v in known.items()})

    return value


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return mpf(float(node.value))  # type: ignore[arg-type]  # the texts are ours: numbers
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.BinOp):
        return _within(BINARY[type(node.op)](_value(node.left, names), _value(node.right, names)))
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, names)
    if isinstance(node, ast.Compare):
        return COMPARE[type(node.ops[0])](_value(node.left, names), _value(node.comparators[0], names))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "where":
            condition, yes, no = node.args
            return _value(yes if _value(condition, names) else no, names)
        return _within(FUNCTIONS[node.func.id](*[_value(a, names) for a in node.args]))
    raise ValueError(f"not in the language: {ast.dump(node)[:80]}")


def _within(value: Any) -> Any:
    """The value, unless it is so large that mpmath would work on its sine for minutes, or no number: at log(0) on the
    way a function is not defined, whatever becomes of the infinity."""
    if isinstance(value, mp.mpf) and mp.isinf(value):
        raise ValueError("an infinity on the way")
    if isinstance(value, mp.mpf) and mp.isfinite(value) and value and mp.mag(value) > LARGEST:
        raise OverflowError("far beyond float64")
    return value


LARGEST = 4_000_000  # binary digits before the point
BINARY: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: lambda x, y: mpf(1) if y == 0 else x**y,
}  # fmt: skip
COMPARE: dict[type, Callable[..., Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip


def elu(x: Any, alpha: Any = 1) -> Any:
    return x if x > 0 else alpha * mp.expm1(x)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def _gelu_tanh(x: Any) -> Any:
    return x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mpf(0.044715) * x**3)))


def _selu(x: Any) -> Any:
    alpha, scale = mpf(1.6732632423543772848170429916717), mpf(1.0507009873554804934193349852946)  # as code has them
    return scale * elu(x, alpha)


SAME = "sin cos tan sinh cosh tanh exp expm1 log log1p exp2 log2 log10 sqrt cbrt abs sign floor hypot logaddexp mod"
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{n: ELEMENTWISE[n] for n in SAME.split()},
    **{n: SPECIAL[n] for n in "erf erfc gamma digamma polygamma beta".split()},
    **{f"a{n}": ELEMENTWISE[f"arc{n}"] for n in "sin cos tan sinh cosh tanh".split()},
    "atan2": mp.atan2, "lgamma": SPECIAL["gammaln"], "ceil": mp.ceil, "max": max, "min": min, "sigmoid": _sigmoid,
    "clip": lambda x, low, high: min(max(x, low), high), "relu": lambda x: max(x, mpf(0)), "elu": elu, "selu": _selu,
    "leaky_relu": lambda x, alpha=0.01: x if x > 0 else mpf(alpha) * x, "softplus": lambda x: mp.log1p(mp.exp(x)),
    "silu": lambda x: x * _sigmoid(x), "gelu": lambda x: x * mp.ncdf(x), "gelu_tanh": _gelu_tanh,
    "sec": mp.sec, "csc": mp.csc, "cot": mp.cot, "sech": mp.sech, "csch": mp.csch, "coth": mp.coth,
}  # fmt: skip
