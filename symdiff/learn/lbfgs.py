"""L-BFGS: SciPy's, with our gradient of the risk over the whole training set."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.errors import InputError
from symdiff.learn.history import History
from symdiff.learn.scores import record
from symdiff.learn.vectors import by_layer, packed, unpacker

if TYPE_CHECKING:
    from symdiff.learn.rule import Rule
    from symdiff.nets.mlp import MLP, Params


class _Enough(Exception):
    """The callback wants no more."""


def by_lbfgs(
    net: MLP, params: Params, X: Any, y: Any, rule: Rule, epochs: int, seed: int,
    kept: tuple[Any, Any] | None, callback: Callable[[History], Any] | None, score: bool,
) -> History:  # fmt: skip
    """At most `epochs` iterations of L-BFGS-B from these parameters.

    Raises:
        InputError: a rule that does not give the gradient of the risk: a line search believes it.
    """
    from scipy.optimize import minimize

    if rule.promise != "exact":
        raise InputError(f"optimizer 'lbfgs' needs the gradient of what it minimises; {rule.name} is {rule.promise}")
    unpack, dtype = unpacker(params), packed(params).dtype
    state, seen = rule.start(net, params, seed), {}
    history = History(rule.name, "lbfgs", {"seed": seed, "batch": len(X), "examples": len(X)}, params)

    def value_and_slopes(w: np.ndarray) -> tuple[float, np.ndarray]:
        found = rule.step(net, unpack(w.astype(dtype)), X, y, state)
        seen[w.tobytes()] = found.direction
        return found.loss, packed(found.direction).astype(np.float64)

    def after(intermediate_result: Any) -> None:
        w = intermediate_result.x
        history.params = unpack(w.astype(dtype))
        history.losses.append(float(intermediate_result.fun))
        history.steps += 1
        history.norms.append([float(np.linalg.norm(v)) for v in by_layer(seen[w.tobytes()])])
        record(history, rule, net, (X, y) if score else None, kept)
        seen.clear()
        if callback is not None and callback(history) is True:
            raise _Enough

    start = packed(params).astype(np.float64)
    try:
        found = minimize(value_and_slopes, start, jac=True, method="L-BFGS-B", callback=after,
                         options={"maxiter": epochs})  # fmt: skip
        history.stopped = "epochs" if history.epochs >= epochs else "converged" if found.success else str(found.message)
    except _Enough:
        history.stopped = "stopped by the callback"
    return history
