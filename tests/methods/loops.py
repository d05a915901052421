"""Functions with a loop in them, written once for `sd.scan` and for the loop in Python that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import symdiff as sd
from symdiff.inputs.code import from_code
from symdiff.methods.base import Task
from symdiff.methods.tape.known import same_bits
from symdiff.pytrees import flatten

Scan = Callable[..., tuple[Any, Any]]
RNG = np.random.default_rng(7)
DATA = RNG.normal(size=(6, 3))


def in_python(step: Any, init: Any, xs: Any = None, length: int | None = None, reverse: bool = False) -> Any:
    """`sd.scan` as the loop that it says, which is recorded step by step."""
    leaves, tree = flatten(xs)
    n = len(leaves[0]) if leaves else length or 0
    carry, ys = init, {}
    for t in range(n)[::-1] if reverse else range(n):
        carry, ys[t] = step(carry, tree.build([x[t] for x in leaves]))
    rows = [flatten(ys[t]) for t in range(n)]
    return carry, rows[0][1].build([sd.array(list(column)) for column in zip(*(r for r, _ in rows), strict=True)])


def rnn(scan: Scan) -> Callable[..., Any]:
    def f(W: Any, b: Any, h: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            h = np.tanh(W @ h + x * b)
            return h, np.sum(h * h)

        h, ys = scan(step, h, DATA)
        return np.sum(ys * np.arange(6.0)) + np.sum(h)

    return f


def logistic(scan: Scan) -> Callable[..., Any]:
    def f(r: Any, x: Any) -> Any:
        return scan(lambda x, _: (r * x * (1.0 - x), None), x, length=9)[0]

    return f


def branches(scan: Scan) -> Callable[..., Any]:
    """Branches of numbers and of arrays."""

    def f(a: Any, v: Any) -> Any:
        def step(carry: Any, x: Any) -> Any:
            s, v = carry["s"], carry["v"]
            s = np.where(s > 0.3, s * a[0], np.sqrt(np.abs(s) + 1.0) * a[1])
            v = np.where(v > x, np.log(np.abs(v) + 0.1) * s, v * v)
            return {"s": s, "v": v}, s * np.max(v)

        carry, ys = scan(step, {"v": v, "s": v[0]}, DATA)
        return np.sum(ys) + carry["s"] + np.sum(carry["v"])

    return f


def traps(scan: Scan) -> Callable[..., Any]:
    """Branches that are not taken have infinite slopes: JAX's `where` makes nan of them."""

    def f(a: Any, v: Any) -> Any:
        def step(carry: Any, x: Any) -> Any:
            s, v = carry
            s = np.where(s > 0.3, s * a, np.sqrt(np.maximum(0.5 - s, 0.0)))
            v = np.where(v > x, np.sqrt(np.maximum(v - x, 0.0)) * s, v * v)
            return (s, v), np.max(v)

        (s, v), ys = scan(step, (v[0], v), DATA)
        return np.sum(ys) + s + np.sum(v)

    return f


def scanned(scan: Scan) -> Callable[..., Any]:
    """What is scanned is differentiated, too, from its end on."""

    def f(x: Any, w: Any) -> Any:
        def step(c: Any, now: Any) -> Any:
            u, k = now
            return c * w + u @ k, (c * u, k)

        c, (ys, ks) = scan(step, np.zeros(2), (x, x * w), reverse=True)
        return np.sum(c) + np.sum(ys**2) + np.sum(np.exp(ks))

    return f


def lstm(scan: Scan) -> Callable[..., Any]:
    def f(w: Any, start: Any) -> Any:
        gates = [w[k] for k in range(4)]

        def step(state: Any, x: Any) -> Any:
            h, c = state
            forget, write, out = (1.0 / (1.0 + np.exp(-(x * g + h))) for g in gates[:3])
            c = c * forget + write * np.tanh(h * gates[3] + x)
            return (out * np.tanh(c), c), np.log(2.0 + np.sum(np.exp(c)))

        _, ys = scan(step, (start[0], start[1]), DATA)
        return -np.mean(ys)

    return f


def turned(scan: Scan) -> Callable[..., Any]:
    """A carry that lies the other way round in memory after every step."""

    def f(A: Any, H: Any) -> Any:
        def step(H: Any, x: Any) -> Any:
            G = np.sin(H @ A) + x[0]
            return np.transpose(G * H), (np.sum(G, axis=0), np.sum(H, axis=1))

        H, (ys, zs) = scan(step, H, DATA)
        return np.sum(H * H) + np.sum(ys * DATA) + np.sum(zs)

    return f


def nested(scan: Scan) -> Callable[..., Any]:
    def f(A: Any, h: Any) -> Any:
        def outer(h: Any, x: Any) -> Any:
            g, ys = scan(lambda g, y: (np.sin(A @ g + y * x), np.sum(g)), h, DATA[:3])
            return g * 0.5, np.sum(ys)

        h, ys = scan(outer, h, DATA[:4])
        return np.sum(h) + np.sum(ys)

    return f


CASES: dict[str, tuple[Callable[[Scan], Callable[..., Any]], tuple[Any, ...]]] = {
    "rnn": (rnn, (RNG.normal(size=(3, 3)), RNG.normal(size=3), RNG.normal(size=3))),
    "logistic": (logistic, (3.1, 0.3)),
    "branches": (branches, (RNG.normal(size=2), RNG.normal(size=3))),
    "traps": (traps, (0.7, np.array([0.9, -0.3, 1.2]))),
    "scanned": (scanned, (RNG.normal(size=(4, 2)), 0.7)),
    "lstm": (lstm, (RNG.normal(size=(4, 3)), RNG.normal(size=(2, 3)))),
    "turned": (turned, (RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3)))),
    "nested": (nested, (RNG.normal(size=(3, 3)), RNG.normal(size=3))),
}


def random_loop(seed: int) -> Callable[[Scan], Callable[..., Any]]:
    """A loop whose step is made of most of what a program does differently: views, sums, products, branches."""

    def make(scan: Scan) -> Callable[..., Any]:
        def f(w: Any, A: Any, h: Any) -> Any:
            pick = np.random.default_rng([seed, 1]).integers

            def step(carry: Any, x: Any) -> Any:
                rng = np.random.default_rng(seed)
                known = [*carry, x, w, A[0]]
                for _ in range(9):
                    a, b = (known[k] for k in rng.integers(len(known), size=2))
                    known.append(MOVES[rng.integers(len(MOVES))](a, b, A))
                after = [np.tanh(known[-1 - k] + known[k]) for k in range(2)]
                return tuple(after), [known[-3], np.sum(known[-4]), known[rng.integers(len(known))]][: rng.integers(4)]

            carry, ys = scan(step, (h, w * h), DATA, reverse=bool(pick(2)))
            return sum(np.sum(np.cos(v)) for v in (*carry, *ys))

        return f

    return make


MOVES: list[Callable[[Any, Any, Any], Any]] = [
    lambda a, b, A: a + b, lambda a, b, A: a * b, lambda a, b, A: a - b / (2.0 + b * b), lambda a, b, A: np.sin(a),
    lambda a, b, A: np.exp(-np.abs(a)), lambda a, b, A: A @ a, lambda a, b, A: A.T @ b, lambda a, b, A: a[::-1] * b,
    lambda a, b, A: np.sum(np.reshape(a, (3, 1)) * b, axis=0), lambda a, b, A: a * np.max(b), lambda a, b, A: a - a[1],
    lambda a, b, A: np.where(a > b, a * a, b), lambda a, b, A: np.maximum(a, b),
    lambda a, b, A: np.concatenate([a[1:], b[:1]]),
    lambda a, b, A: np.transpose(np.reshape(a, (3, 1)) @ np.reshape(b, (1, 3)))[1], lambda a, b, A: np.cumsum(a) * 0.3,
    lambda a, b, A: a * np.where(np.sum(b) > 0.0, 2.0, -0.5), lambda a, b, A: 1.0 / (1.0 + np.exp(-a)),
]  # fmt: skip


def recorded(f: Any, args: Sequence[Any]) -> tuple[Any, list[np.ndarray]]:
    recording, leaves = from_code(f).recorded(tuple(args), {}, tuple(range(len(args))))
    return recording.problem, leaves


def gradient_of(leaves: Sequence[Any]) -> Task:
    return Task("grad", tuple(range(len(leaves))))


def near(leaves: Sequence[np.ndarray], seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [np.asarray(v + 0.1 * rng.normal(size=np.shape(v))) for v in leaves]


def same(a: Sequence[Any], b: Sequence[Any]) -> bool:
    return len(a) == len(b) and all(map(same_bits, map(np.asarray, a), map(np.asarray, b)))
