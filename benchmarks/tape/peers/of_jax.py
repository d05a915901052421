"""JAX, compiled: `jax.jit` of its derivative. The arrays are JAX's already, the answer is waited for.

Where a loop would be unrolled into a program that takes minutes to compile, it is `lax.scan`, as a JAX user writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.tape.cases import Case
from benchmarks.tape.functions import leaves, lstm, ode

jax.config.update("jax_enable_x64", True)  # in a process of its own


def load(case: Case, kind: str) -> Callable[[], Any]:
    args, data = jax.tree.map(jnp.asarray, case.inputs())
    vector = jax.tree.map(jnp.asarray, case.point()[len(args) :])
    value = OWN.get(case.family, case.value)
    each = tuple(range(len(args)))

    def f(*a: Any) -> Any:
        return value(jnp, a[: len(args)], a[len(args) :]) if value == case.value else value(case, a, len(args))

    if case.operator == "hvp":
        compiled = jax.jit(lambda x, v: jax.jvp(jax.grad(f), (x,), (v,))[1])
        return lambda: jax.block_until_ready(compiled(*args, *vector))
    if case.operator == "jacobian":
        rows = [jax.grad(lambda *a, k=k: f(*a)[k], argnums=each) for k in range(2)]
        compiled = jax.jit(lambda *a: [row(*a) for row in rows])
    elif case.operator == "hessian":
        compiled = jax.jit(jax.hessian(f))
    else:
        operator = jax.value_and_grad if case.operator == "value_and_grad" else jax.grad
        compiled = jax.jit(operator(f, argnums=each))
    return lambda: jax.block_until_ready(compiled(*args, *data))


def _mlp(case: Case, a: Any, _: int) -> Any:
    params, z, Y = a
    activation = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}[case.size["activation"]]
    for k in range(0, len(params) - 2, 2):
        z = activation(z @ params[k] + params[k + 1])
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(z @ params[-2] + params[-1]) * Y, axis=1))


def _chain(case: Case, a: Any, _: int) -> Any:
    (x,) = a
    return jax.lax.scan(lambda y, _: (jnp.sin(y * x + 0.3), None), x, length=case.size["ops"] // 3)[0]


def _lstm(case: Case, a: Any, _: int) -> Any:
    w, w2, start, sequence = a

    def step(state: Any, seen: Any) -> tuple[Any, Any]:
        after, share = lstm.step(jnp, lstm.gates(w), (w2[0], w2[1], w2[2]), state, *seen)
        return jnp.stack(after), share

    shares = jax.lax.scan(step, start, (sequence[:-1], sequence[1:]))[1]
    return -jnp.sum(shares) / (case.size["steps"] * lstm.WIDTH)


def _ode(case: Case, a: Any, _: int) -> Any:
    x, one = a
    h = 1.0 / case.size["steps"]
    return jax.lax.scan(lambda y, _: (ode.step(jnp, x, one, y, h), None), 0.0 * x, length=case.size["steps"])[0][-1]


def _lse(case: Case, a: Any, _: int) -> Any:
    return jax.nn.logsumexp(a[0])


OWN = {"mlp": _mlp, "chain": _chain, "lstm": _lstm, "ode": _ode, "lse": _lse}


def arrays(found: Any) -> list[Any]:
    return [np.asarray(leaf) for leaf in leaves(found)]
