"""Backpropagation: (risk, adjoints of W_1, b_1, W_2, b_2, ...)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

SMALL = 4096  # entries: up to here the sign of a relu times the adjoint is faster than a mask


def numpy_gradient(args: Any, data: Any, net: str, activation: str, dtype: str) -> Callable[..., Any]:
    X, Y = data

    def value_and_gradient(params: Any) -> tuple[Any, tuple[Any]]:
        Z, n = [X], len(params) // 2
        for k in range(n - 1):
            u = Z[k] @ params[2 * k] + params[2 * k + 1]
            if activation == "relu":
                Z.append(np.maximum(u, 0.0))
            else:
                Z.append(np.tanh(u) if activation == "tanh" else 1.0 / (1.0 + np.exp(-u)))
        u = Z[-1] @ params[-2] + params[-1]
        u = u - u.max(axis=1, keepdims=True)
        e = np.exp(u)
        total = e.sum(axis=1, keepdims=True)
        risk = np.mean(np.log(total[:, 0]) - (u * Y).sum(axis=1))
        ct, found = (e / total - Y) / len(Y), [None] * len(params)
        for k in range(n - 1, -1, -1):
            found[2 * k], found[2 * k + 1] = Z[k].T @ ct, ct.sum(axis=0)
            if k:
                z, ct = Z[k], ct @ params[2 * k].T
                if activation == "relu":
                    ct = ct * (z > 0)
                else:
                    ct = ct * (1.0 - z * z) if activation == "tanh" else ct * z * (1.0 - z)
        return risk, (found,)

    return value_and_gradient


class Buffers:
    """Everything that is written in a call, allocated once."""

    def __init__(self, params: Any, X: Any, Y: Any) -> None:
        dtype, (batch, classes) = X.dtype, Y.shape
        widths = [b.shape[0] for b in params[1::2]]
        self.Z = [X, *(np.empty((batch, w), dtype) for w in widths)]
        self.turned = [z.T for z in self.Z]
        self.ct = [None, *(np.empty((batch, w), dtype) for w in widths)]
        self.masks = [None, *(np.empty((batch, w), bool) for w in widths)]
        self.found = [np.empty_like(p) for p in params]
        self.most, self.total = np.empty((batch, 1), dtype), np.empty((batch, 1), dtype)
        self.logs, self.rows, self.columns = np.empty(batch, dtype), np.ones(batch, dtype), np.ones(classes, dtype)
        self.one, self.zero, self.share = (np.array(v, dtype) for v in (1.0, 0.0, 1.0 / batch))


def forward(buffers: Buffers, params: Any, activation: str) -> None:
    Z, one, z = buffers.Z, buffers.one, buffers.Z[0]
    for k in range(len(params) // 2 - 1):
        u = Z[k + 1]
        np.dot(z, params[2 * k], u)
        np.add(u, params[2 * k + 1], u)
        if activation == "tanh":
            np.tanh(u, u)
        elif activation == "relu":
            np.maximum(u, buffers.zero, out=u)
        else:
            np.negative(u, u)
            np.exp(u, u)
            np.add(u, one, u)
            np.reciprocal(u, u)
        z = u


def back_through(buffers: Buffers, k: int, ct: Any, activation: str) -> None:
    """The adjoint of z_k into the adjoint of u_k; z_k is overwritten."""
    z = buffers.Z[k]
    if activation == "tanh":
        np.multiply(z, z, z)
        np.subtract(buffers.one, z, z)
        np.multiply(ct, z, ct)
    elif activation == "sigmoid":
        np.multiply(ct, z, ct)
        np.subtract(buffers.one, z, z)
        np.multiply(ct, z, ct)
    elif z.size <= SMALL:
        np.sign(z, z)
        np.multiply(ct, z, ct)
    else:
        np.greater(z, buffers.zero, buffers.masks[k])
        np.multiply(ct, buffers.masks[k], ct)


def buffered_gradient(
    args: Any, data: Any, net: str, activation: str, dtype: str, fresh: bool = False
) -> Callable[..., Any]:
    X, Y = data
    own, n, batch = Buffers(args[0], X, Y), len(args[0]) // 2, len(Y)
    targets, flat_total, dot = Y.reshape(-1), own.total.reshape(-1), np.dot
    u, e = own.ct[n], own.Z[n]
    flat_u = u.reshape(-1)
    into = [None] * len(args[0]) if fresh else own.found  # a product with nowhere to go is a new array

    def value_and_gradient(params: Any) -> tuple[Any, tuple[Any]]:
        forward(own, params, activation)
        dot(own.Z[n - 1], params[-2], u)
        np.add(u, params[-1], u)
        np.maximum.reduce(u, 1, None, own.most, True)
        np.subtract(u, own.most, u)
        np.exp(u, e)
        dot(e, own.columns, flat_total)
        np.log(flat_total, own.logs)
        risk = (np.add.reduce(own.logs) - dot(flat_u, targets)) / batch
        np.divide(e, own.total, u)
        np.subtract(u, Y, u)
        np.multiply(u, own.share, u)
        ct, found = u, into.copy()
        for k in range(n - 1, -1, -1):
            found[2 * k] = dot(own.turned[k], ct, into[2 * k])
            found[2 * k + 1] = dot(own.rows, ct, into[2 * k + 1])
            if k:
                dot(ct, params[2 * k].T, own.ct[k])
                ct = own.ct[k]
                back_through(own, k, ct, activation)
        return risk, (found,)

    return value_and_gradient


makers = {
    "value_and_grad": {
        "numpy": numpy_gradient, "buffers": buffered_gradient, "fresh": partial(buffered_gradient, fresh=True),
    }
}  # fmt: skip
