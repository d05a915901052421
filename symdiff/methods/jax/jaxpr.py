"""Jaxprs: walking through one, calls opened up, and running it primitive by primitive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jax.extend import core

CALLS = {
    "pjit",
    "jit",
    "closed_call",
    "core_call",
    "custom_jvp_call",
    "custom_vjp_call",
    "custom_vjp_call_jaxpr",
    "remat2",
    "checkpoint",
    "linear_call",
}


def library_name(eqn: Any) -> str:
    """The name of the function of JAX's own that a call calls; "" for anybody else's."""
    inner = eqn.params.get("call_jaxpr")
    about = getattr(getattr(inner, "jaxpr", inner), "debug_info", None)
    home = str(getattr(about, "func_filename", "") or "").replace("\\", "/")
    return about.func_name if about is not None and "/jax/_src/" in home else ""


def _inner(eqn: Any, whole: frozenset[str] = frozenset()) -> core.ClosedJaxpr | None:
    """The jaxpr that a call equation calls, or None if it is no call, or one that is taken as a whole."""
    if eqn.primitive.name not in CALLS or library_name(eqn) in whole:
        return None
    for key in ("jaxpr", "call_jaxpr", "fun_jaxpr", "callee"):
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


def scan_parts(eqn: Any) -> tuple[core.ClosedJaxpr, int, int, range]:
    """A scan: its step, how many of its values are carried, how many inputs are not scanned, and the order."""
    closed, length = eqn.params["jaxpr"], eqn.params["length"]
    closed = closed if hasattr(closed, "consts") else core.ClosedJaxpr(closed, ())
    # What is scanned has one axis more outside than in the body. (jax 0.12 has no num_consts and num_carry.)
    still = sum(v.aval.ndim == b.aval.ndim for v, b in zip(eqn.invars, closed.jaxpr.invars, strict=True))
    carried = sum(v.aval.ndim == b.aval.ndim for v, b in zip(eqn.outvars, closed.jaxpr.outvars, strict=True))
    return closed, carried, still, range(length)[::-1] if eqn.params["reverse"] else range(length)


def evaluate(closed: core.ClosedJaxpr, args: Sequence[Any]) -> list[Any]:
    """Run a jaxpr eagerly with JAX's own primitives; calls are opened up so that nothing is compiled twice."""

    def bind(eqn: Any, inputs: list[Any]) -> list[Any]:
        outputs = eqn.primitive.bind(*inputs, **eqn.params)
        return list(outputs) if eqn.primitive.multiple_results else [outputs]

    given = [np.asarray(a, v.aval.dtype)[()] for v, a in zip(closed.jaxpr.invars, args, strict=True)]
    return walk(closed.jaxpr, closed.consts, given, lambda c: c, bind)
