"""The tape, as a user calls it. Data stand in a closure, or are arguments: the same in every call, or a new batch."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

import symdiff as sd
from benchmarks.tape.cases import Case
from benchmarks.tape.functions import leaves
from benchmarks.tape.peers import NotThisPeer

__all__ = ["arrays", "load"]


def load(case: Case, kind: str) -> Callable[[], Any]:
    args, data = case.inputs()
    point = case.point()
    fuse = kind == "fused"
    if fuse:
        import numba  # noqa: F401 -- a peer that is not installed says so before anything is measured
    elif kind != "closure":
        if case.family != "mlp":
            raise NotThisPeer("measured with the networks only")
        g = sd.value_and_grad(lambda params, X, Y: case.value(np, (params,), (X, Y)), method="tape")
        return (lambda: g(*args, *data)) if kind == "arguments" else _batches(g, *args, *data)
    f = case.of_arguments(np, data)
    if case.operator == "hvp":
        kept = sd.function(f)  # what was recorded of it is kept
        return lambda: sd.hvp(kept, point[:-1], point[-1:], method="tape", fuse=fuse)
    if case.operator == "hessian":
        h = sd.hessian(f, method="tape", fuse=fuse)
        return lambda: h(*args)
    wrt = tuple(range(len(args)))
    if case.operator == "jacobian":  # one gradient for each of the two sums
        first, second = (sd.grad(lambda *a, k=k: f(*a)[k], method="tape", wrt=wrt, fuse=fuse) for k in range(2))
        return lambda: (first(*args), second(*args))
    operator = sd.value_and_grad if case.operator == "value_and_grad" else sd.grad
    g = operator(f, method="tape", wrt=wrt, fuse=fuse)
    return lambda: g(*args)


def _batches(g: Callable[..., Any], params: Any, X: Any, Y: Any) -> Callable[[], Any]:
    """One entry of X differs in its last bits from call to call: other data, and the same derivative to check."""
    calls = itertools.count(1)
    X = X.copy()
    start = X[0, 0]

    def call() -> Any:
        X[0, 0] = start * (1 + np.finfo(X.dtype).eps * (next(calls) % 64))
        return g(params, X, Y)

    return call


def arrays(found: Any) -> list[Any]:
    return [np.asarray(leaf) for leaf in leaves(found)]
