"""PyTorch in eager mode, on one thread. Inputs are tensors already."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch.autograd import grad
from torch.nn.functional import cross_entropy

from benchmarks.tape.cases import Case
from benchmarks.tape.functions import leaves

torch.set_num_threads(1)

AS_NUMPY = SimpleNamespace(
    sum=torch.sum, max=torch.amax, min=torch.amin, mean=torch.mean, exp=torch.exp, log=torch.log, sin=torch.sin,
    cos=torch.cos, sqrt=torch.sqrt, tanh=torch.tanh, concatenate=torch.cat, reshape=torch.reshape,
)  # fmt: skip
ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}


def load(case: Case, kind: str) -> Callable[[], Any]:
    args, data = case.inputs()
    args, data = tensors(args, requires_grad=True), tensors(data)
    vector = tensors(case.point()[len(args) :])
    wanted = leaves(args)
    f = OWN.get(case.family, lambda case, args, data: case.value(AS_NUMPY, args, data))
    if case.operator == "hvp":

        def product() -> Any:
            (g,) = grad(f(case, args, data), wanted, create_graph=True)
            return grad(g, wanted, vector)

        return product
    if case.operator == "hessian":
        h = torch.func.hessian(lambda x: f(case, (x,), data))
        x = args[0].detach()
        return lambda: h(x)
    if case.operator == "jacobian":

        def rows() -> Any:
            first, second = f(case, args, data)
            return grad(first, wanted, retain_graph=True), grad(second, wanted)

        return rows
    if case.operator == "value_and_grad":

        def both() -> Any:
            y = f(case, args, data)
            return y, grad(y, wanted)

        return both
    return lambda: grad(f(case, args, data), wanted)


def tensors(tree: Any, requires_grad: bool = False) -> Any:
    """Lists and tuples of arrays and numbers as the same of tensors."""
    if isinstance(tree, list | tuple):
        return type(tree)(tensors(part, requires_grad) for part in tree)
    return torch.tensor(tree, requires_grad=requires_grad, dtype=None if hasattr(tree, "dtype") else torch.float64)


def _mlp(case: Case, args: Any, data: Any) -> Any:
    (params,), (z, Y) = args, data
    activation = ACTIVATIONS[case.size["activation"]]
    for k in range(0, len(params) - 2, 2):
        z = activation(torch.addmm(params[k + 1], z, params[k]))
    return cross_entropy(torch.addmm(params[-1], z, params[-2]), Y)


def _lse(case: Case, args: Any, data: Any) -> Any:
    return torch.logsumexp(args[0], 0)


OWN = {"mlp": _mlp, "lse": _lse}


def arrays(found: Any) -> list[Any]:
    return [np.asarray(leaf.detach()) for leaf in leaves(found)]
