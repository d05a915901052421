"""Backpropagation as a student writes it, by hand, with a switch for every mistake. It uses nothing of symdiff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

RULES = {  # sigma, sigma' of u, sigma' in terms of z where people know one
    "tanh": (np.tanh, lambda u: 1 - np.tanh(u) ** 2, lambda z: 1 - z**2),
    "sigmoid": (
        lambda u: 1 / (1 + np.exp(-u)),
        lambda u: np.exp(-u) / (1 + np.exp(-u)) ** 2,
        lambda z: z * (1 - z),
    ),
    "relu": (lambda u: np.maximum(u, 0), lambda u: (u > 0) * 1.0, None),
    "softplus": (lambda u: np.log1p(np.exp(u)), lambda u: 1 / (1 + np.exp(-u)), None),
    "linear": (lambda u: u, np.ones_like, None),
}


@dataclass(frozen=True)
class Fault:
    """A mistake in one layer, and the words by which it should be named."""

    kind: str
    layer: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class Student:
    """The gradient of a net's risk; `fault` is what is wrong with it."""

    sigmas: tuple[str, ...]
    loss: str
    l2: float = 0.0
    fault: Fault | None = None

    __name__ = "by_hand"

    def is_wrong(self, kind: str, layer: int) -> bool:
        return self.fault is not None and (self.fault.kind, self.fault.layer) == (kind, layer)

    def __call__(self, params: Any, X: Any, y: Any) -> Any:
        n, wrong = len(params), self.is_wrong
        u, z = [None], [X]
        for k in range(1, n + 1):
            u.append(z[-1] @ params[k - 1]["W"].T + params[k - 1]["b"])
            z.append(RULES[self.sigmas[k - 1]][0](u[-1]))
        result: list[Any] = [None] * n
        zbar = self.of_the_loss(z[-1], y, n)
        for k in range(n, 0, -1):
            W, b = params[k - 1]["W"], params[k - 1]["b"]
            ubar = self.delta(zbar, u[k], z[k], k)
            dW, db = ubar.T @ z[k - 1], np.sum(ubar, axis=0)
            dW = dW.T if wrong("W transposed", k) else dW
            dW = ubar.T @ u[k - 1] if wrong("W with u", k) else dW
            db = ubar[0] if wrong("bias sum missing", k) else db
            db = np.mean(ubar, axis=0) if wrong("bias mean", k) else db
            db = np.sum(ubar, axis=1) if wrong("bias axis", k) else db
            times = 0.0 if wrong("penalty missing", k) else 2.0 if wrong("penalty doubled", k) else 1.0
            result[k - 1] = {"W": dW + times * self.l2 * W, "b": db + 0.0 * b}
            zbar = ubar @ (W.T if wrong("back not transposed", k) else W)
        return result

    def delta(self, zbar: Any, u: Any, z: Any, k: int) -> Any:
        _, at_u, at_z = RULES[self.sigmas[k - 1]]
        slope, wrong = at_u(u), self.is_wrong
        slope = at_u(z) if wrong("slope at z", k) else slope
        slope = at_z(u) if wrong("answer's slope at u", k) and at_z is not None else slope
        slope = 1.0 if wrong("slope missing", k) else slope
        slope = slope**2 if wrong("slope squared", k) else slope
        ubar = zbar * slope
        ubar = ubar / len(u) if wrong("delta mean", k) else ubar
        return -ubar if wrong("sign", k) else ubar

    def of_the_loss(self, z: Any, y: Any, n: int) -> Any:
        wrong, count = self.is_wrong, 1.0 if self.is_wrong("sum over the batch", n) else float(len(z))
        if self.loss == "mse":
            t = 0.0 if wrong("target forgotten", n) else y
            twice = 1.0 if wrong("the 2 of mse", n) else 2.0
            return twice * (z - t) / count / (1.0 if wrong("sum over the outputs", n) else z.shape[1])
        t = np.eye(z.shape[1])[y]
        t = np.zeros_like(t) if wrong("target forgotten", n) else t
        t = y[:, None] if wrong("one-hot forgotten", n) else t
        axis = 0 if wrong("softmax axis", n) else 1
        e = np.exp(z - np.max(z))
        p = z if wrong("softmax missing", n) else e / np.sum(e, axis=axis, keepdims=True)
        return (p - t) / count
