"""Functions of arrays in which a program of the tape could be caught: random ones, and traps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def in_two_threads(work: Callable[[], None]) -> None:
    """The same at once, twice."""
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def draw(rng: np.random.Generator, shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
    values = [np.array(rng.normal(size=s)) for s in shapes]
    for v in values:  # zeros of both signs and ties are where slopes are chosen
        v[rng.random(v.shape) < 0.1] = rng.choice([0.0, -0.0, 1.0])
    return values


SHAPES = ((), (1,), (4,), (3, 4), (1, 4), (3, 1), (2, 3, 4), (2, 1, 1), (7, 9), (9, 7))

# -- random functions --------------------------------------------------------------------------------


def _unary(rng: np.random.Generator, x: Any) -> Any:
    f = rng.choice(["exp", "sin", "tanh", "negative", "square", "cube", "inverse", "abs", "log", "sqrt", "logistic"])
    own = {
        "cube": lambda: x**3, "inverse": lambda: (2.0 + x * x) ** -1, "logistic": lambda: 1.0 / (1.0 + np.exp(-x)),
        "log": lambda: np.log(1.5 + np.abs(x)), "sqrt": lambda: np.sqrt(np.abs(x)), "square": lambda: x**2,
    }  # fmt: skip
    return own[f]() if f in own else getattr(np, f)(x)


def _binary(rng: np.random.Generator, x: Any, y: Any) -> Any:
    f = rng.integers(9)
    return [
        lambda: x + y, lambda: x - y, lambda: x * y, lambda: x / y, lambda: np.maximum(x, y), lambda: np.hypot(x, y),
        lambda: np.where(x > y, x, y * 2.0), lambda: np.where(x > 0.1, np.log(np.abs(x)), y), lambda: np.arctan2(x, y),
    ][f]()  # fmt: skip


def _moved(rng: np.random.Generator, x: Any) -> Any:
    """Reductions and views: where an array may be seen twice."""
    n = x.ndim
    axis, coin = int(rng.integers(n)), bool(rng.integers(2))
    return [
        lambda: np.sum(x), lambda: np.sum(x, axis, keepdims=coin), lambda: np.mean(x, axis), lambda: np.max(x, axis),
        lambda: x.T, lambda: np.swapaxes(x, 0, -1), lambda: np.reshape(x, -1), lambda: np.reshape(x, x.shape[::-1]),
        lambda: x[:1] if n < 2 else x[..., -1:], lambda: x[::-1] * x, lambda: x[[0, 0, -1]],
        lambda: np.broadcast_to(x, (2, *x.shape)) if n < 3 else x[0], lambda: np.cumsum(x, axis),
        lambda: np.concatenate([x, x[:1] * 2.0]) if coin else x[None],
    ][rng.integers(14)]()  # fmt: skip


def _product(rng: np.random.Generator, x: Any, y: Any) -> Any:
    if x.ndim == 2 and y.ndim == 2:
        a = x if x.shape[1] == y.shape[0] else x.T
        if a.shape[1] == y.shape[0]:
            return a @ y
        if x.shape == y.shape:
            return np.einsum("ij,ij->i", x, y) if rng.integers(2) else x @ y.T
    return x.ravel() @ (x.ravel() * 0.5)


def random_function(seed: int, steps: int = 14) -> tuple[Callable[..., Any], list[tuple[int, ...]]]:
    """A function of two or three arrays, the same whenever it is called, and their shapes."""
    shapes = [SHAPES[k] for k in np.random.default_rng(seed).integers(len(SHAPES), size=2 + seed % 2)]

    def f(*args: Any) -> Any:
        rng = np.random.default_rng(seed + 1)
        known = [*args, np.linspace(-1.0, 1.0, 4), np.ones((1, 1))]
        for _ in range(steps):
            x, y = (known[k] for k in rng.integers(max(0, len(known) - 6), len(known), 2))
            kind = rng.random()
            try:
                if kind < 0.35:
                    new = _unary(rng, x)
                elif kind < 0.65:
                    new = _binary(rng, x, y)
                elif kind < 0.9:
                    new = _moved(rng, x) if np.ndim(x) else x * 1.0
                else:
                    new = _product(rng, x, y) if np.ndim(x) else x * x
            except (ValueError, IndexError):  # shapes that do not fit, the same in every call
                continue
            if np.size(new.value if hasattr(new, "value") else new) < 300:
                known.append(new)
        total = 0.0
        for v in known[-4:]:
            total = total + np.sum(np.tanh(v) * 0.5 + v)
        for a in args:
            total = total + np.sum(a * a)
        return total

    return f, shapes


def stencil(seed: int) -> tuple[Callable[..., Any], tuple[int, ...]]:
    """A function of one array by slices of it along its first axis, and slices of what is made of them."""
    shape = [(23,), (30,), (11, 3), (40,), (7,)][seed % 5]

    def f(x: Any) -> Any:
        rng = np.random.default_rng(seed)
        known, total = [x], 0.0
        for _ in range(4):
            y = known[rng.integers(len(known))]
            n = y.shape[0]
            if n < 4:
                continue
            a, b = (int(v) for v in rng.integers(0, 3, 2))
            m = n - 2
            one, two = y[a : a + m], y[b : b + m]
            z = [lambda u, v: (u - v**2) * 3.0, lambda u, v: u * v, lambda u, v: np.exp(-np.abs(u)) + v,
                 lambda u, v: np.maximum(u, v) - 0.5, lambda u, v: np.where(u > v, u * u, v)][rng.integers(5)](one, two)
            known.append(z)
            total = total + np.sum(z * (z + 0.25))
        return total + (np.sum(x[1:3] * 2.0) if seed % 3 else np.sum(x))

    return f, shape


# -- traps: layouts and views -------------------------------------------------------------------------

W = np.random.default_rng(3).normal(size=(9, 9))
TRAPS: dict[str, Callable[..., Any]] = {
    "a transposed factor first": lambda x: np.sum(np.tanh((x.T * np.exp(x)) + W) ** 2),
    "a transposed factor last": lambda x: np.sum(np.tanh((np.exp(x) * x.T).T + W) ** 2),
    "added to a transposed array": lambda x: np.sum(np.tanh(x.T + (x - 1.0))),
    "a transposed array added": lambda x: np.sum(np.tanh((x - 1.0) + x.T)),
    "columns from the last, less one": lambda x: np.sum(np.tanh(x[:, ::-1] - 1.0 - x[::-1])),
    "transposed, less one, plus one row": lambda x: np.sum(np.tanh((x.T - 1.0) + (x[0] - 2.0))),
    "repeated, then in long rows": lambda x: np.sum(
        np.tanh(np.reshape(np.broadcast_to(np.exp(x)[:, None], (9, 3, 9)), (27, 9)))
    ),
    "cut, then one long row": lambda x: np.sum(np.tanh(np.reshape(np.exp(x)[:, 1:4], 27))),
    "transposed twice": lambda x: np.sum(np.tanh((x.T - 1.0) + (x - 2.0) - W)),
    "a sum of three axes": lambda x: np.sum(np.tanh(np.sum(x[:, None].T - x[:, :, None], 1) - 1.0 - W)),
    "behind a where, then added": lambda x: (
        np.sum(np.where(x > 0, ((a := x * 2.0) - (b := x * 3.0)), x) * W) + np.sum(a * W) + np.sum(b * W.T)
    ),
    "a cotangent of another layout": lambda x: np.sum(np.tanh(x.T) * np.tanh(np.sin(x) + x.T)) + np.sum(np.tanh(x.T)),
    "reversed columns": lambda x: np.sum(np.exp(np.sin(x[:, ::-1]) * x) * W),
    "reversed rows": lambda x: np.sum(np.sum(np.exp(np.sin(x[::-1]) * x) * W, 0) ** 2),
    "every second column": lambda x: np.sum(np.exp(np.sin(x[:, ::2]) * x[:, 1::2][:, [0, 1, 2, 3, 3]])),
    "ones of more axes": lambda x: np.sum((np.ones((1, 1, 1)) * np.sin(x)) * W),
    "ones that spread": lambda x: np.sum((np.ones((9, 1, 1)) * np.sin(x)) * W[:, None]),
    "one times a view": lambda x: np.sum((1.0 * np.broadcast_to(x[0], (9, 9))).T * W + 1.0 * x.T),
    "repeated rows": lambda x: np.sum(np.broadcast_to(np.sin(x[0]), (9, 9)) * np.broadcast_to(x[1][:, None], (9, 9))),
    "repeated and nothing else": lambda x: np.sum(np.exp(np.broadcast_to(np.sin(x[0]), (9, 9)))),
    "sums along axes": lambda x: np.sum(np.sum(np.sin(x)[:, :, None] * x[:, None], 0) * W),
    "a view that outlives its array": lambda x: np.sum(np.sin(y := np.exp(x)) * 2.0) + np.sum(y.T[1] * y[2]),
    "a difference behind a where": lambda x: np.sum(
        np.where(x > 0, (a := np.exp(x)) - np.sin(x), x) * W + a * W.T * np.sum(a)
    ),
    "a root behind a where": lambda x: np.sum(np.where(x > 0, np.sqrt(x) * np.log(x), np.sqrt(-x) + x * x)),
    "the same twice": lambda x: np.sum(np.einsum("ij,jk,kl->il", x, x, W) * np.einsum("ij->ji", x)),
    "stacks of matrices": lambda x: np.sum((np.sin(x[:, None, :] * W[0][:, None]) @ x.T) ** 2),
    "largest entries": lambda x: np.sum(np.max(x * W, 0) * np.min(x.T, 1)) + np.max(x),
}
