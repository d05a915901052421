"""Random well-formed functions of arrays, and points for them: nothing in them is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Function = Callable[..., Any]
SHAPES: tuple[tuple[int, ...], ...] = ((), (1,), (3,), (4,), (2, 3), (3, 3), (1, 3), (3, 1), (2, 2, 2), (2, 1, 3))
KINDS = ("plain", "plain", "scaled", "wide", "cancelling", "whole")
MOST = 30  # entries of an intermediate array


@dataclass(frozen=True)
class Made:
    """A function with the arguments to call it with, and what to ask of it."""

    seed: int
    f: Function
    args: tuple[Any, ...]
    operators: str | None
    wrt: tuple[int, ...]


def point(rng: np.random.Generator, shape: tuple[int, ...], kind: str) -> np.ndarray:
    """Values of one kind: all near 1, of one size, of many sizes, nearly equal, whole numbers."""
    plain = rng.uniform(0.2, 2.0, shape) * rng.choice([-1.0, 1.0], shape)
    if kind == "scaled":
        return plain * 10.0 ** rng.uniform(-8, 8)
    if kind == "wide":
        return plain * 10.0 ** rng.uniform(-8, 8, shape)
    if kind == "cancelling":
        return 1.0 + plain * 10.0 ** rng.uniform(-9, -3)
    if kind == "whole":  # all different: equal ones are kinks
        return np.reshape(rng.permutation(np.arange(1.0, 1.0 + np.prod(shape, dtype=int))), shape)
    return plain


def _unary(rng: np.random.Generator, x: Any) -> Any:
    return [
        lambda: np.exp(-np.abs(x)), lambda: np.sin(x), lambda: np.cos(x), lambda: np.tanh(x), lambda: -x,
        lambda: x**2, lambda: x**3, lambda: 1.0 / (2.0 + x * x), lambda: np.abs(x), lambda: np.log(1.5 + np.abs(x)),
        lambda: np.sqrt(x * x + 0.5), lambda: 1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0))), lambda: np.arctan(x),
        lambda: np.log1p(x * x), lambda: np.expm1(-np.abs(x)), lambda: np.arcsinh(x), lambda: np.clip(x, -1.3, 1.7),
        lambda: np.maximum(x, 0.1), lambda: np.sqrt(np.abs(x)), lambda: np.cbrt(x), lambda: x - 1.0,
        lambda: x + 1e8 - 1e8, lambda: np.abs(x) ** 1.5, lambda: np.sign(x) * x, lambda: np.sinh(np.tanh(x)),
        lambda: x * 1e-8, lambda: x * 1e8, lambda: np.logaddexp(x, 0.0), lambda: np.square(x - 1.0),
        lambda: np.exp2(np.tanh(x)), lambda: np.arcsin(np.tanh(x) * 0.9), lambda: np.reciprocal(np.abs(x) + 0.1),
    ][rng.integers(32)]()  # fmt: skip


def _binary(rng: np.random.Generator, x: Any, y: Any) -> Any:
    return [
        lambda: x + y, lambda: x - y, lambda: x * y, lambda: x / (1.0 + y * y), lambda: np.maximum(x, y),
        lambda: np.minimum(x, 0.7 * y), lambda: np.hypot(x, y), lambda: np.where(x > y, x, y * 2.0),
        lambda: np.where(x > 0.1, np.log(np.abs(x)), y), lambda: np.arctan2(x, y), lambda: np.logaddexp(x, y),
        lambda: (x + y) - x, lambda: (x - y) * (x + y), lambda: x / y, lambda: np.where(np.abs(y) < 1.0, y * x, x),
        lambda: np.abs(x) ** np.tanh(y),
    ][rng.integers(16)]()  # fmt: skip


def _reduced(rng: np.random.Generator, x: Any) -> Any:
    axis, keep = int(rng.integers(x.ndim)), bool(rng.integers(2))
    return [
        lambda: np.sum(x), lambda: np.sum(x, axis, keepdims=keep), lambda: np.mean(x, axis, keepdims=keep),
        lambda: np.max(x, axis, keepdims=keep), lambda: np.min(x, axis), lambda: np.var(x, axis, keepdims=keep),
        lambda: np.prod(x, axis), lambda: np.sqrt(np.sum(x * x, axis)), lambda: np.linalg.norm(np.ravel(x)),
        lambda: np.std(x), lambda: np.max(x) - np.min(x), lambda: np.amax(x - 3.0, axis), lambda: np.median(x),
    ][rng.integers(13)]()  # fmt: skip


def _moved(rng: np.random.Generator, x: Any) -> Any:
    axis = int(rng.integers(x.ndim))
    return [
        lambda: x.T, lambda: np.swapaxes(x, 0, -1), lambda: np.reshape(x, -1), lambda: x[:1], lambda: x[..., -1:],
        lambda: x[::-1] * x, lambda: x[[0, 0, -1]], lambda: np.broadcast_to(x, (2, *x.shape)),
        lambda: np.cumsum(x, axis), lambda: np.concatenate([x, x[:1] * 2.0]), lambda: np.stack([x, x * 0.5], axis),
        lambda: np.sort(x, axis), lambda: x[None] * 1.5, lambda: np.roll(x, 1, axis), lambda: np.flip(x, axis),
        lambda: np.diff(x, axis=axis) if x.shape[axis] > 1 else x, lambda: np.tile(x, 2), lambda: np.outer(x, x),
        lambda: x[0], lambda: np.where(np.arange(x.shape[-1]) % 2 == 0, x, -x), lambda: np.tril(x) if x.ndim > 1 else x,
        lambda: np.pad(x, 1), lambda: np.expand_dims(x, axis), lambda: np.cumprod(np.tanh(x), axis),
    ][rng.integers(24)]()  # fmt: skip


def _softmax(rng: np.random.Generator, x: Any) -> Any:
    m = np.max(x, axis=-1, keepdims=True)
    e = np.exp(x - m)
    return [
        lambda: e / np.sum(e, axis=-1, keepdims=True),
        lambda: np.log(np.sum(e, axis=-1)) + m[..., 0],
        lambda: x - m - np.log(np.sum(e, axis=-1, keepdims=True)),
        lambda: (x - np.mean(x)) / np.sqrt(np.var(x) + 1e-5),
    ][rng.integers(4)]()


def _product(rng: np.random.Generator, x: Any, y: Any) -> Any:
    if x.ndim == 2 and y.ndim == 2:
        a = x if x.shape[1] == y.shape[0] else x.T
        if a.shape[1] == y.shape[0]:
            return a @ y if rng.integers(2) else np.einsum("ij,jk->ki", a, y)
        return x @ x.T
    return np.dot(np.ravel(x), np.ravel(x) * 0.5) if rng.integers(2) else np.einsum("i,j->ij", np.ravel(x), np.ravel(y))


def _solved(rng: np.random.Generator, x: Any, y: Any) -> Any:
    """Linear algebra on a well-conditioned matrix made of the entries."""
    v = np.tanh(np.ravel(x))[:3]
    n = v.shape[0]
    a = np.outer(v, v) + np.diag(np.arange(1.0, n + 1.0))
    b = np.ones(n) * np.sum(np.tanh(y)) + v
    return [
        lambda: np.linalg.solve(a, b),
        lambda: np.linalg.cholesky(a),
        lambda: np.linalg.det(a),
        lambda: np.linalg.inv(a),
        lambda: np.linalg.slogdet(a)[1],
        lambda: b @ np.linalg.solve(a, b),
        lambda: np.linalg.eigvalsh(a),
        lambda: np.trace(a @ a),
    ][rng.integers(8)]()


def _looped(rng: np.random.Generator, x: Any, y: Any) -> Any:
    z = x
    for k in range(int(rng.integers(2, 4))):
        z = np.tanh(z + 0.1 * k) * y + x if rng.integers(2) else z * 0.5 + y
    return z


def _step(rng: np.random.Generator, x: Any, y: Any) -> Any:
    kind = rng.random()
    if kind < 0.27:
        return _unary(rng, x)
    if kind < 0.52:
        return _binary(rng, x, y)
    if kind < 0.57:
        return _looped(rng, x, y)
    if not np.ndim(x):
        return x * 1.0
    if kind < 0.67:
        return _reduced(rng, x)
    if kind < 0.82:
        return _moved(rng, x)
    if kind < 0.88:
        return _softmax(rng, x)
    return _product(rng, x, y) if kind < 0.94 and np.ndim(y) else _solved(rng, x, y)


def _size(value: Any) -> int:
    return int(np.prod(np.shape(value), dtype=int))


def made(seed: int, steps: int = 6) -> Made:
    """A function of one or two arrays, the same whenever it is called, and a point at which it is defined."""
    first = np.random.default_rng([seed, 0])
    shapes = [SHAPES[k] for k in first.integers(len(SHAPES), size=1 + int(first.integers(2)))]
    kind = KINDS[first.integers(len(KINDS))]
    leaves = [point(first, s, kind) for s in shapes]
    tree = bool(first.random() < 0.2)
    answer = str(first.choice(["number", "number", "array", "tree"]))
    count = int(first.integers(2, steps + 1))
    asked = first.choice(["", "", "", "hvp", "hessian", "jvp", "vjp"])

    def body(args: list[Any]) -> Any:
        rng = np.random.default_rng([seed, 1])
        known = [*args, np.array([-1.0, 0.3, 1.0])]
        for _ in range(count):
            x, y = (known[k] for k in rng.integers(max(0, len(known) - 4), len(known), 2))
            try:
                new = _step(rng, x, y)
            except (ValueError, IndexError):  # shapes that do not fit, the same in every call
                continue
            if 0 < _size(new) <= MOST:
                known.append(new)
        if answer == "tree":
            both = known[-1] * args[0] if _fits(known[-1], args[0]) else args[0]
            return {"last": known[-1] * 1.0, "sum": np.sum(both)}
        if answer == "array":
            return known[-1] + 0.25 * np.sum(np.tanh(args[0]))
        total = 0.0
        for v in known[-3:]:
            total = total + np.sum(np.tanh(v) * 0.5 + v)
        return total + np.sum(args[0] * args[0])

    if tree:

        def f(p: Any) -> Any:
            return body(list(p.values()))

        args: tuple[Any, ...] = ({f"w{k}": v for k, v in enumerate(leaves)},)
        wrt: tuple[int, ...] = (0,)
    else:

        def f(*a: Any) -> Any:
            return body(list(a))

        args, wrt = tuple(leaves), tuple(range(len(leaves)))
    operators = str(asked) or None
    if answer != "number" and operators == "hvp":
        operators = "jvp"
    return Made(seed, f, args, operators, wrt)


def _fits(x: Any, y: Any) -> bool:
    try:
        np.broadcast_shapes(np.shape(x), np.shape(y))
    except ValueError:
        return False
    return True
