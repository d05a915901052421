"""A net's backpropagation stage by stage, so that one stage of it may be replaced by a mistake.

It is no method and judges nobody: it says what a hand-written backpropagation with one mistake would give.
The derivatives of the activations and of the loss come from the operators; nothing is differentiated here.

For a batch of rows, from z_n back to the first layer:

    top      z_n bar = dQ/dz_n, of the loss
    delta    u_k bar = z_k bar o sigma_k'(u_k)
    W        W_k bar = u_k bar^T z_{k-1}
    b        b_k bar = the sum of u_k bar over the batch
    penalty  l2 W_k, which is added to W_k bar
    back     z_{k-1} bar = u_k bar W_k      (W_k^T u_k bar for a single column)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.operators.grad import grad
from symdiff.operators.vjp import vjp

if TYPE_CHECKING:
    from symdiff.nets.risk import Risk

Array = np.ndarray
Make = Callable[["Backward", int, Array, Array], Array]  # (pass, layer, z bar, u bar) -> what the stage gives


class Backward:
    """The forward pass of a net on a batch, kept, and any backward pass through it."""

    def __init__(self, risk: Risk, params: Any, X: Any, y: Any) -> None:
        self.net = risk.net
        self.W = [np.zeros((0, 0)), *(np.asarray(layer["W"], np.float64) for layer in params)]
        self.b = [np.zeros(0), *(np.asarray(layer["b"], np.float64) for layer in params)]
        X = np.asarray(X, np.float64)
        self.count, self.y = len(X), np.asarray(y)
        self.target = np.asarray(risk.target(self.y, self.count), np.float64)
        plain = [{"W": W, "b": b} for W, b in zip(self.W[1:], self.b[1:], strict=True)]
        found = self.net.layers(plain, X)
        layers = range(1, self.net.depth + 1)
        self.u = [X, *(found[f"u{k}"] for k in layers)]
        self.z = [X, *(found[f"z{k}"] for k in layers)]
        self._slopes: dict[int, Array] = {}
        self.loss_slope = self.slope_of_loss(self.target)

    def slope(self, k: int, at: Array | None = None) -> Array:
        """sigma_k' at u_k, or at other numbers."""
        if at is None:
            if k not in self._slopes:
                self._slopes[k] = self.slope(k, self.u[k])
            return self._slopes[k]
        sigma = self.net.activations[k - 1]
        if sigma.linear:
            return np.ones_like(at)
        _, pull_back = vjp(sigma, at)
        return np.asarray(pull_back(np.ones_like(at))[0])

    def slope_of_loss(self, target: Array, z: Array | None = None) -> Array:
        """dQ/dz_n of the mean over the batch, with another target, or at another z_n, if asked for."""
        z = self.z[-1] if z is None else z
        each = self.net.loss.each
        return np.asarray(grad(lambda v: np.sum(each(v, target)))(z)) / self.count

    def leaves(self, changed: Mapping[tuple[str, int], Make]) -> Iterator[tuple[int, Array, Array]]:
        """(k, dQ/dW_k, dQ/db_k) from the last layer to the first; `changed` are the stages that do otherwise,
        by name and layer."""

        def stage(name: str, k: int, zbar: Array, ubar: Array) -> Array:
            return changed.get((name, k), RIGHT[name])(self, k, zbar, ubar)

        nothing = self.z[-1]
        zbar = stage("top", self.net.depth, nothing, nothing)
        for k in range(self.net.depth, 0, -1):
            ubar = stage("delta", k, zbar, nothing)
            W, b = stage("W", k, zbar, ubar), stage("b", k, zbar, ubar)
            yield k, W + stage("penalty", k, zbar, ubar) if self.net.l2 else W, b
            zbar = stage("back", k, zbar, ubar) if k > 1 else zbar


RIGHT: dict[str, Make] = {
    "top": lambda p, k, zbar, ubar: p.loss_slope,
    "delta": lambda p, k, zbar, ubar: zbar * p.slope(k),
    "W": lambda p, k, zbar, ubar: ubar.T @ p.z[k - 1],
    "b": lambda p, k, zbar, ubar: np.sum(ubar, axis=0),
    "penalty": lambda p, k, zbar, ubar: p.net.l2 * p.W[k],
    "back": lambda p, k, zbar, ubar: ubar @ p.W[k],
}
