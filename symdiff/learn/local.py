"""The derivatives that rules are made of, each recorded once for a net: of the loss by the outputs, and of one layer.

A layer is z = sigma(z' W^T + b). Its pull-back is the gradient of <t, z> for a teaching signal t that stands where
backpropagation has dL/dz: every derivative here is the operators', by any method.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.operators import grad, value_and_grad

if TYPE_CHECKING:
    from symdiff.nets.mlp import MLP

Pulled = tuple[dict[str, Any], Any]  # the derivatives by W and b; by u, an array of shape (N, d_i)
REMEMBERED = 64


@lru_cache(maxsize=REMEMBERED)
def risk_gradient(net: MLP, method: str) -> Callable[..., tuple[Any, Any]]:
    """(params, X, y) -> (risk, its gradient by the parameters)."""
    return value_and_grad(net.risk, method=method)


@lru_cache(maxsize=REMEMBERED)
def loss_gradient(net: MLP, method: str) -> Callable[..., tuple[Any, Any]]:
    """(z_n, target) -> (mean loss, its derivative by z_n); without the penalty."""

    def mean_loss(z: Any, target: Any) -> Any:
        return np.sum(net.loss.each(z, target)) / np.shape(z)[0]

    return value_and_grad(mean_loss, method=method)


@lru_cache(maxsize=REMEMBERED)
def pull_back(net: MLP, i: int, method: str) -> Callable[..., Pulled]:
    """(parameters of layer i, z_{i-1}, teaching signal at z_i) -> that signal at W_i and b_i, and at u_i."""
    sigma = net.activations[i - 1]

    def taught(at: Any, z: Any, signal: Any) -> Any:
        # zeros are added to u: the derivative by them is the one by u, example by example
        u = z @ at["W"].T + at["b"] + at["shift"]
        return np.sum(signal * (u if sigma.linear else sigma(u)))

    gradient = grad(taught, method=method)

    def pulled(layer: Any, z: Any, signal: Any) -> Pulled:
        shift = np.zeros(np.shape(signal), np.asarray(signal).dtype)
        by = gradient({"W": layer["W"], "b": layer["b"], "shift": shift}, z, signal)
        return {"W": by["W"], "b": by["b"]}, by["shift"]

    return pulled
