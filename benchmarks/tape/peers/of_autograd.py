"""HIPS autograd: records in every call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np

from benchmarks.tape.cases import Case
from benchmarks.tape.functions import leaves


def load(case: Case, kind: str) -> Callable[[], Any]:
    args, data = case.inputs()
    point, f, each = case.point(), case.of_arguments(anp, data), tuple(range(len(args)))
    if case.operator == "hvp":
        product = autograd.hessian_vector_product(f)
        return lambda: product(*point)
    if case.operator == "hessian":
        h = autograd.hessian(f)
        return lambda: h(*args)
    if case.operator == "jacobian":
        rows = [autograd.grad(lambda *a, k=k: f(*a)[k], argnum=each) for k in range(2)]
        return lambda: [row(*args) for row in rows]
    if case.operator == "value_and_grad":
        both = autograd.value_and_grad(f)
        return lambda: both(*args)
    g = autograd.grad(f, argnum=each)
    return lambda: g(*args)


def arrays(found: Any) -> list[Any]:
    return [np.asarray(leaf) for leaf in leaves(found)]
