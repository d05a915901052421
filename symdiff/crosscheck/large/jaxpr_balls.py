"""A program of JAX's run in arrays of balls: its jaxpr, with the primitives that nets need."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from functools import reduce
from typing import Any

import numpy as np

from symdiff import balls
from symdiff.arrays import ArrayProblem
from symdiff.balls import Ball
from symdiff.crosscheck.certified.literals import width
from symdiff.crosscheck.large.ball_arrays import each, entries, number_of_truth, product
from symdiff.errors import UnsupportedError
from symdiff.graph import is_short
from symdiff.methods.base import Task
from symdiff.ops.reductions import folded

ENTRYWISE: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b, "add_any": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b, "neg": lambda a: -a, "exp": balls.exp, "log": balls.log, "log1p": balls.log1p,
    "tanh": balls.tanh, "logistic": balls.sigmoid, "max": balls.maximum, "min": balls.minimum, "abs": balls.abs,
    "sign": balls.sign, "eq": balls.equal, "ne": balls.not_equal, "gt": balls.greater, "lt": balls.less,
    "ge": balls.greater_equal, "le": balls.less_equal, "sqrt": balls.sqrt, "erf": balls.erf, "erfc": balls.erfc,
    "sin": balls.sin, "cos": balls.cos, "tan": balls.tan, "atan": balls.atan, "sinh": balls.sinh, "cosh": balls.cosh,
    "asinh": balls.asinh, "expm1": balls.expm1, "exp2": balls.exp2, "cbrt": balls.cbrt, "pow": balls.power,
    "floor": balls.floor, "ceil": balls.ceil, "square": lambda a: a * a, "rsqrt": lambda a: 1 / balls.sqrt(a),
    "is_finite": lambda a: True if a.value.is_finite() else None,
    "stop_gradient": lambda a: a, "copy": lambda a: a,
}  # fmt: skip


def jaxpr(problem: ArrayProblem, task: Task, leaves: Sequence[np.ndarray]) -> Any:
    """The jaxpr of JAX's own derivative."""
    import jax

    from symdiff.methods.jax.arrays import derivative

    with jax.enable_x64(True):
        return jax.make_jaxpr(derivative(problem.in_float64(), task))(*leaves)


def run_jaxpr(
    closed: Any, own: Container[float], leaves: Sequence[np.ndarray], loose: bool = False
) -> list[np.ndarray]:
    """The results as object arrays of balls, at the precision in force and order 0. `loose`: literals that are not the
    function's `own`, such as the 1.1283791670955126 of erf's derivative, are widened by what they were rounded.

    Raises:
        UnsupportedError: a primitive that is not read here.
    """
    import jax

    from symdiff.methods.jax.jaxpr import walk

    def literal(value: Any) -> np.ndarray:
        array = np.asarray(value)
        exact = entries(array)
        if not loose or array.dtype.kind != "f":
            return exact

        def widened(ball: Ball, value: float) -> Ball:
            return ball if value in own or is_short(value) else balls.const(ball.value + width(value))

        return each(widened, exact, array.astype(object))

    with jax.enable_x64(True):
        return walk(closed.jaxpr, closed.consts, [entries(v) for v in leaves], literal, _apply)


def _apply(eqn: Any, args: list[np.ndarray]) -> list[np.ndarray]:
    name, p = eqn.primitive.name, eqn.params
    kind = eqn.outvars[0].aval.dtype.kind
    if name in ENTRYWISE:
        return [each(ENTRYWISE[name], *args)]
    if name == "integer_pow":
        return [each(lambda e: balls.integer_power(e, p["y"]), args[0])]
    if name == "select_n" and len(args) == 3:  # the first case where the condition is false
        return [each(balls.where, args[0], args[2], args[1])]
    if name == "convert_element_type" and kind == "f" and eqn.outvars[0].aval.dtype == np.float64:
        truths = eqn.invars[0].aval.dtype.kind == "b"
        return [each(number_of_truth, args[0]) if truths else args[0]]
    if name == "broadcast_in_dim":
        ones = [1] * len(p["shape"])
        for axis, n in zip(p["broadcast_dimensions"], args[0].shape, strict=True):
            ones[axis] = n
        return [np.broadcast_to(args[0].reshape(ones), p["shape"])]
    if name == "reshape" and p.get("dimensions") is None:
        return [args[0].reshape(p["new_sizes"])]
    if name == "squeeze":
        return [args[0].reshape(eqn.outvars[0].aval.shape)]
    if name == "transpose":
        return [np.transpose(args[0], p["permutation"])]
    if name == "reduce_sum":
        return [folded(lambda line: reduce(lambda a, b: a + b, line, balls.const(0)))(args[0], p["axes"])]
    if name == "reduce_max":
        return [folded(lambda line: reduce(balls.maximum, line))(args[0], p["axes"])]
    if name == "dot_general" and kind == "f":
        return [_dot(*args, *p["dimension_numbers"])]
    raise UnsupportedError(f"JAX's primitive {name} is not read in arrays of balls")


def _dot(a: np.ndarray, b: np.ndarray, summed: Any, batch: Any) -> np.ndarray:
    """The sum over the paired axes, as one product of matrices."""
    if batch[0] or batch[1]:
        raise UnsupportedError("a stack of matrix products in JAX's program is not read in arrays of balls")
    left = [k for k in range(a.ndim) if k not in summed[0]]
    right = [k for k in range(b.ndim) if k not in summed[1]]
    shape = (*(a.shape[k] for k in left), *(b.shape[k] for k in right))
    inner = int(np.prod([a.shape[k] for k in summed[0]], dtype=int))
    first = np.transpose(a, [*left, *summed[0]]).reshape(-1, inner)
    return product(first, np.transpose(b, [*summed[1], *right]).reshape(inner, -1)).reshape(shape)
