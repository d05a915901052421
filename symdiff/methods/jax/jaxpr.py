"""Jaxprs of scalar functions: run them primitive by primitive, and read them as a graph.

The graph is what a check runs in balls. A primitive that is not known here makes the program opaque
(None): JAX moves its primitives between versions, and an opaque program is judged by its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jax.extend import core

from symdiff.graph import CONST, INPUT, Graph, is_short, run
from symdiff.methods.base import Program
from symdiff.methods.jax.accuracy import XLA
from symdiff.problem import Problem

_CALLS = {
    "pjit",
    "jit",
    "closed_call",
    "core_call",
    "custom_jvp_call",
    "custom_vjp_call",
    "custom_vjp_call_jaxpr",
    "remat2",
    "checkpoint",
}

_SAME = {  # primitive -> op with the same arguments
    "add": "add", "add_any": "add", "sub": "sub", "mul": "mul", "div": "div", "neg": "neg",
    "pow": "power", "sqrt": "sqrt", "cbrt": "cbrt", "exp": "exp", "exp2": "exp2", "expm1": "expm1",
    "log": "log", "log1p": "log1p", "log2": "log2", "sin": "sin", "cos": "cos", "tan": "tan",
    "asin": "asin", "acos": "acos", "atan": "atan", "atan2": "atan2",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "asinh", "acosh": "acosh", "atanh": "atanh",
    "logistic": "sigmoid", "erf": "erf", "erfc": "erfc", "lgamma": "lgamma", "digamma": "digamma",
    "abs": "abs", "sign": "sign", "max": "max", "min": "min", "floor": "floor", "ceil": "ceil",
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal",
    "and": "logical_and", "or": "logical_or", "not": "logical_not",
}  # fmt: skip
_PASSED_ON = {
    "copy",
    "copy_p",
    "stop_gradient",
    "optimization_barrier",
    "broadcast_in_dim",
    "reshape",
    "squeeze",
}


def _library_name(eqn: Any) -> str:
    """The name of the function of JAX's own that a call calls; "" for anybody else's."""
    inner = eqn.params.get("call_jaxpr")
    about = getattr(getattr(inner, "jaxpr", inner), "debug_info", None)
    home = str(getattr(about, "func_filename", "") or "").replace("\\", "/")
    return about.func_name if about is not None and "/jax/_src/" in home else ""


def _inner(eqn: Any, whole: frozenset[str] = frozenset()) -> core.ClosedJaxpr | None:
    """The jaxpr that a call equation calls, or None if it is no call, or one that is taken as a whole."""
    if eqn.primitive.name not in _CALLS or _library_name(eqn) in whole:
        return None
    for key in ("jaxpr", "call_jaxpr", "fun_jaxpr"):
        inner = eqn.params.get(key)
        if inner is not None:
            return inner if hasattr(inner, "consts") else core.ClosedJaxpr(inner, ())
    return None


def walk(
    jaxpr: Any,
    consts: Sequence[Any],
    args: Sequence[Any],
    literal: Callable[[Any], Any],
    apply: Callable[..., list[Any]],
    whole: frozenset[str] = frozenset(),
) -> list[Any]:
    """Visit the equations in order, calls opened up except those in `whole`.

    `apply(eqn, inputs) -> outputs` is the interpretation.
    """
    env: dict[Any, Any] = {}

    def read(v: Any) -> Any:
        return literal(v.val) if isinstance(v, core.Literal) else env[v]

    env.update(zip(jaxpr.constvars, [literal(c) for c in consts], strict=True))
    env.update(zip(jaxpr.invars, args, strict=True))
    for eqn in jaxpr.eqns:
        inputs = [read(v) for v in eqn.invars]
        inner = _inner(eqn, whole)
        if inner is None:
            outputs = apply(eqn, inputs)
        else:
            outputs = walk(inner.jaxpr, inner.consts, inputs, literal, apply, whole)
        env.update(zip(eqn.outvars, outputs, strict=True))
    return [read(v) for v in jaxpr.outvars]


def evaluate(closed: core.ClosedJaxpr, args: Sequence[Any]) -> list[Any]:
    """Run a jaxpr eagerly with JAX's own primitives; calls are opened up so that nothing is compiled twice."""

    def bind(eqn: Any, inputs: list[Any]) -> list[Any]:
        outputs = eqn.primitive.bind(*inputs, **eqn.params)
        return list(outputs) if eqn.primitive.multiple_results else [outputs]

    return walk(closed.jaxpr, closed.consts, [np.float64(a) for a in args], lambda c: c, bind)


def to_graph(closed: core.ClosedJaxpr, problem: Problem, vector: int) -> Program | None:
    """The jaxpr as a graph of table ops, or None where it holds what the table has no row for."""
    graph = Graph()
    args = [graph.input(name) for name in problem.names] + [graph.input(f"v{k + 1}") for k in range(vector)]
    own = {float(node.value) for node in problem.graph.nodes if node.op == CONST and node.value is not None}
    loose: set[float] = set()

    def literal(value: Any) -> int:
        array = np.asarray(value)
        if array.shape != () or array.dtype.kind not in "fiub":
            raise _Opaque
        number = float(array)
        if number not in own and not is_short(number):
            loose.add(number)
        return graph.const(number)

    def apply(eqn: Any, inputs: list[int]) -> list[int]:
        return [_node(graph, eqn, inputs)]

    try:
        outputs = walk(closed.jaxpr, closed.consts, args, literal, apply, frozenset({"exp_neg_sq"}))
    except _Opaque:
        return None
    graph.outputs = tuple(outputs)
    return Program(graph, (), frozenset(loose), XLA)


class _Opaque(Exception):
    """A primitive that the table has no row for."""


def _node(graph: Graph, eqn: Any, inputs: list[int]) -> int:
    """One equation as a node. Scalars only: anything with a shape is opaque."""
    name, params = eqn.primitive.name, eqn.params
    if any(getattr(v.aval, "shape", ()) for v in (*eqn.invars, *eqn.outvars)):
        raise _Opaque
    one = graph.const(1.0)
    if name in _SAME:
        return graph.apply(_SAME[name], *inputs)
    if name in _PASSED_ON:
        return inputs[0]
    if _library_name(eqn) == "exp_neg_sq":  # jax 0.12: exp(-x**2), with twice the digits of x**2 inside
        square = graph.apply("integer_power", *inputs, params=(("n", 2),))
        return graph.apply("exp", graph.apply("neg", square))
    if name == "integer_pow":
        return graph.apply("integer_power", *inputs, params=(("n", int(params["y"])),))
    if name == "polygamma":
        return graph.apply("polygamma", inputs[1], params=(("n", _whole_number(graph, inputs[0])),))
    if name == "rem":  # the sign of the dividend, as C's fmod has it
        quotient = graph.apply("div", *inputs)
        down, up = graph.apply("floor", quotient), graph.apply("ceil", quotient)
        whole = graph.apply("where", graph.apply("greater", quotient, graph.const(0.0)), down, up)
        return graph.apply("sub", inputs[0], graph.apply("mul", inputs[1], whole))
    if name == "square":
        return graph.apply("integer_power", *inputs, params=(("n", 2),))
    if name == "rsqrt":
        return graph.apply("div", one, graph.apply("sqrt", *inputs))
    if name == "one_minus_square":  # jax 0.12 and later, in the derivative of tanh
        return graph.apply("sub", one, graph.apply("mul", *inputs, *inputs))
    if name == "select_n" and len(inputs) == 3:
        return graph.apply("where", inputs[0], inputs[2], inputs[1])
    if name == "clamp":
        low, x, high = inputs
        return graph.apply("clip", x, low, high)
    if name == "convert_element_type":
        return _converted(graph, eqn, inputs[0])
    raise _Opaque


def _whole_number(graph: Graph, i: int) -> int:
    """The value of a constant subexpression, if it is a whole number."""
    if any(graph.nodes[k].op == INPUT for k in graph.live([i])):
        raise _Opaque
    value = float(run(graph, "forward", [0.0] * len(graph.inputs), np.float64, graph.live([i]))[i])
    if not value.is_integer() or not 0 <= value <= 100:
        raise _Opaque
    return int(value)


def _converted(graph: Graph, eqn: Any, i: int) -> int:
    """A change of dtype: nothing for float64 to float64, 1 or 0 for a truth value."""
    before, after = eqn.invars[0].aval.dtype, np.dtype(eqn.params["new_dtype"])
    if after == before and after in (np.float64, np.bool_):
        return i
    if after == np.bool_ and before == np.float64:
        return graph.apply("not_equal", i, graph.const(0.0))
    if after == np.float64 and before == np.bool_:
        return graph.apply("where", i, graph.const(1.0), graph.const(0.0))
    if after == np.float64 and before.kind in "iu" and graph.nodes[i].op == CONST:
        return i
    raise _Opaque
