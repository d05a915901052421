"""Who is guilty, in a JAX function: the first equation of its jaxpr whose derivative is not that of what it computes.

Every equation is a function of its own, at the numbers that it meets here: JAX differentiates it as it stands, by the
rule that its author gave it (`jax.custom_jvp`, `jax.custom_vjp`, `jax.lax.stop_gradient`), and the reference is that of
the function under the rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend import core

from symdiff.arrays import ArrayProblem, flat
from symdiff.crosscheck.blaming.single_op import NOBODY, fault
from symdiff.errors import SymdiffError
from symdiff.graph import Graph
from symdiff.inputs.jax.reading import CALLS, CUSTOM, RULES, Reading, called, constant, of_jax, place
from symdiff.inputs.recorded import Recorded

MOST = 300  # equations that are looked at: JAX compiles each
TURNS = 20  # of a loop that are looked into


def blame_jax(problem: ArrayProblem, leaves: Sequence[Any], operators: Sequence[str]) -> str:
    """Name the first equation that JAX differentiates wrongly; those with a rule of their own are asked first.

    Args:
        problem: a JAX function (with `native`).
        leaves: the point.
        operators: what to ask of one equation.
    """
    assert problem.native is not None
    with jax.enable_x64(True):
        closed = jax.make_jaxpr(problem.native)(*[jax.numpy.asarray(v, np.float64) for v in leaves])
        met = list(_equations(closed, [np.asarray(v, np.float64) for v in leaves]))
    rules = [m for m in met if m[0].primitive.name in RULES]
    stopped = [m for m in met if m[0].primitive.name == "stop_gradient"]  # often where it does no harm: asked last
    others = [m for m in met[:MOST] if m[0].primitive.name not in (*RULES, "stop_gradient")]
    for eqn, inputs in (*rules, *others, *stopped):
        try:
            guilty = _fault(eqn, inputs, operators)
        except (SymdiffError, ArithmeticError, TypeError, ValueError):  # it cannot be looked at by itself
            continue
        if guilty:
            return f"{_said(eqn)}: {guilty}"
    return NOBODY


def _equations(closed: Any, args: Sequence[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """The equations as they are met, with the numbers that go in; the results are those of the whole."""
    env: dict[Any, Any] = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True))
    env.update(zip(closed.jaxpr.invars, args, strict=True))
    for eqn in closed.jaxpr.eqns:
        inputs = [v.val if isinstance(v, core.Literal) else env[v] for v in eqn.invars]
        env.update(zip(eqn.outvars, _run(eqn, inputs), strict=True))
        yield from _within(eqn, inputs)
        name = eqn.primitive.name
        if name in CUSTOM or not (name in CALLS or (name == "stop_gradient" and of_jax(closed.jaxpr))):
            yield eqn, inputs


def _within(eqn: Any, inputs: list[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """The equations of what an equation calls; those under a rule are not JAX's to differentiate."""
    name = eqn.primitive.name
    if name in CALLS and name not in CUSTOM:
        yield from _equations(_closed(called(eqn)), inputs)
    elif name == "cond":
        branches = eqn.params["branches"]
        yield from _equations(_closed(branches[min(max(int(inputs[0]), 0), len(branches) - 1)]), inputs[1:])
    elif name == "scan":
        step = _closed(eqn.params["jaxpr"])
        scanned = sum(v.aval.ndim != b.aval.ndim for v, b in zip(eqn.invars, step.jaxpr.invars, strict=True))
        carried = sum(v.aval.ndim == b.aval.ndim for v, b in zip(eqn.outvars, step.jaxpr.outvars, strict=True))
        still = inputs[: len(inputs) - scanned]
        for t in range(min(eqn.params["length"], TURNS)):
            given = [*still, *(np.asarray(x)[t] for x in inputs[len(still) :])]
            yield from _equations(step, given)
            still[len(still) - carried :] = core.jaxpr_as_fun(step)(*given)[:carried]


def _closed(jaxpr: Any) -> Any:
    return jaxpr if hasattr(jaxpr, "consts") else core.ClosedJaxpr(jaxpr, ())


def _run(eqn: Any, inputs: Sequence[Any]) -> list[Any]:
    """The results of an equation, as JAX computes and differentiates them."""
    found = eqn.primitive.bind(*inputs, **eqn.primitive.get_bind_params(eqn.params))
    return list(found) if eqn.primitive.multiple_results else [found]


def _fault(eqn: Any, inputs: Sequence[Any], operators: Sequence[str]) -> str:
    """What JAX says of this equation that is not so, certified."""
    moving = [k for k, v in enumerate(eqn.invars) if not isinstance(v, core.Literal) and v.aval.dtype == np.float64]
    if not moving or any(v.aval.dtype != np.float64 for v in eqn.outvars):
        return ""
    point = [np.asarray(inputs[k], np.float64) for k in moving]

    def native(*leaves: Any) -> list[Any]:
        given = dict(zip(moving, leaves, strict=True))
        return _run(eqn, [given.get(k, v) for k, v in enumerate(inputs)])

    graph = Graph()
    names = [f"argument {k}" if len(moving) > 1 else "x" for k in moving]
    values = {k: Recorded(graph, graph.input(n, np.shape(v)), v[()])
              for k, n, v in zip(moving, names, point, strict=True)}  # fmt: skip
    with jax.enable_x64(True), np.errstate(all="ignore"):
        found = Reading(graph, "it").equation(eqn, [values.get(k, constant(v)) for k, v in enumerate(inputs)])
    graph.outputs = tuple(y.index if isinstance(y, Recorded) else graph.const(np.asarray(y, float)) for y in found)
    alone = ArrayProblem(graph, tuple(names), eqn.primitive.name, native, language="jax", native=native)
    return fault(alone.scalars(point), "jax", tuple(flat(point)), operators)


def _said(eqn: Any) -> str:
    """`bad (model.py, line 3), a custom_vjp with the rule bad_bwd (model.py, line 7)`."""
    name, where = eqn.primitive.name, place(eqn)
    at = f" at {where}" if where else ""
    if name not in CUSTOM:
        return f"{name}{at}"
    inner = called(eqn)
    function = _source(getattr(getattr(inner, "jaxpr", inner), "debug_info", None))
    rule = _source(getattr(eqn.params.get("bwd") or eqn.params.get("jvp_jaxpr_fun"), "debug_info", None))
    kind = name.partition("_call")[0]
    return f"{function or kind}{at}, whose {kind} rule is {rule or 'its own'}"


def _source(about: Any) -> str:
    """`bad_bwd (model.py, line 7)`, from what JAX remembers of a function: `bad_bwd at model.py:7`."""
    said = str(getattr(about, "func_src_info", "") or "")
    name, _, place = said.partition(" at ")
    path, _, line = place.rpartition(":")
    return f"{name} ({path.replace(chr(92), '/').rpartition('/')[2]}, line {line})" if line.isdigit() else name
