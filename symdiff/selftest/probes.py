"""The functions that faults are planted into: every row with a pull-back is a step of one of them.

A row of its own would not do: what is upstream has to carry the cotangent on, and what is downstream gives it a value
that is not 1. So each stands between a sine and a weighted sum.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem
from symdiff.inputs.code import from_code
from symdiff.inputs.recorded import Recorded, record
from symdiff.ops import TABLE, Lacking, Op
from symdiff.ops.shaping import Index

WIDE = (-3.0, 3.0)
Site = tuple[str, int]  # a row, and which of its arguments


@dataclass(frozen=True, eq=False)
class Probe:
    """A function and the arguments it is checked at."""

    name: str
    f: Callable[..., Any]
    args: tuple[np.ndarray, ...]

    @property
    def wrt(self) -> tuple[int, ...]:
        return tuple(range(len(self.args)))

    def problem(self) -> ArrayProblem:
        """The function recorded anew: nothing is remembered of a healthy row."""
        return from_code(self.f).recorded(self.args, {}, self.wrt, fresh=True)[0].problem

    @cached_property
    def sites(self) -> list[Site]:
        """The pull-backs that its gradient uses, each once."""
        graph = self.problem().graph
        varies, found = graph.varying(), dict[Site, None]()
        for i in graph.live():
            node = graph.nodes[i]
            if not node.args or node.op == "scan" or (node.op == "where" and not node.shape):
                continue  # a loop's rules are those of its step; of numbers, `where` is a branch
            rules = TABLE[node.op].rules(len(node.args))
            for k, a in enumerate(node.args):
                if varies[a] and rules[k] is not None:
                    found[node.op, k] = None
        return list(found)


def probes() -> list[Probe]:
    """All of them: one a row of numbers, and functions of arrays."""
    return [*(_of_row(row) for row in TABLE.values() if _elementwise(row)), *_of_arrays()]


def _elementwise(row: Op) -> bool:
    flows = not row.variadic and any(rule is not None and not isinstance(rule, Lacking) for rule in row.vjp)
    return flows and row.partials is not None and row.name != "where"


def _of_row(row: Op) -> Probe:
    """sum(weights * op(x, y)), at points of the row's domain and off its kinks; an argument that the row has no
    derivative by, the order of a Bessel function, is held."""
    rng = np.random.default_rng(zlib.crc32(row.name.encode()))
    params = {k: v[-1] for k, v in row.examples.items() if k in row.params}
    draw = row.domain.draw or (WIDE,) * row.arity
    near = [(max(low, -4.0), min(high, 4.0)) for low, high in draw]
    narrow = [few if few[0] < few[1] else far for few, far in zip(near, draw, strict=True)]  # hyperu begins at 64
    shapes = [(3,), (3,), (1,), (1,)][: row.arity]
    args = tuple(rng.uniform(low + 0.1, high - 0.1, shape) for (low, high), shape in zip(narrow, shapes, strict=True))
    if row.name == "clip":
        args = (np.array([0.4, -2.0, 2.5]), np.array([-1.0, -1.5, 0.5]), np.array([1.5]))
    if row.name in ("leaky_relu", "elu"):
        args = (np.array([0.7, -1.3, -0.4]), np.array([0.3, 0.8, 1.2]))
    if row.name == "spence":
        args = (np.array([0.3, 2.2, 3.1]),)  # between 1 and 2 JAX's slope is nan: see the museum
    if row.name in ("relu", "selu"):
        args = (np.array([0.7, -1.3, 0.4]),)
    weights = np.array([1.3, -0.7, 0.45])

    held = {k: args[k] for k, rule in enumerate(row.vjp[: row.arity]) if isinstance(rule, Lacking)}

    def f(*given: Any) -> Any:
        left = iter(given)
        y = _apply(row.name, [held[k] if k in held else next(left) for k in range(row.arity)], params)
        return np.sum(weights * np.sin(y + 0.3) + y * weights)

    return Probe(row.name, f, tuple(a for k, a in enumerate(args) if k not in held))


def _apply(name: str, xs: Sequence[Any], params: dict[str, Any]) -> Any:
    known = [x for x in xs if isinstance(x, Recorded)]
    if known:
        return record(known[0].graph, name, tuple(xs), tuple(params.items()))
    return TABLE[name].forward(*xs, **params)


# -- of arrays -------------------------------------------------------------------------------------------------

A = np.array([[0.7, -1.3, 0.4], [1.9, 0.2, -0.6], [0.3, 1.1, 2.3]])
B = np.array([[1.2, 0.5, -0.8], [-0.4, 1.6, 0.9], [0.1, -1.4, 0.6]])
C = np.array([[0.3, -1.1, 0.8], [1.4, 0.6, -0.2], [-0.9, 0.5, 1.3]])
V = np.array([0.6, -1.2, 1.7])


def _spread(a: Any) -> Any:
    """A symmetric, positive definite matrix with eigenvalues that are well apart."""
    return np.matmul(a, np.transpose(a)) + np.diag(np.array([1.0, 3.0, 7.0]))


def _largest_to_smallest(x: Any) -> Any:
    return np.sum(C * np.exp(x - np.max(x, axis=1, keepdims=True))) * np.min(x**2, axis=0)[1]


def _scattered(x: Any) -> Any:
    """The adjoint of x[1:], which only second derivatives pull back through."""
    index = Index((slice(1, None),))
    return np.sum(np.sin(_apply("scatter", (x * x,), {"index": index, "shape": (4,)})) * np.arange(4.0))


def _of_numbers(x: Any, y: Any) -> Any:
    """What sums and products of arrays are, entry by entry."""
    of = _apply("total", (np.sin(x), x * y, y), {"of": 3})
    return _apply("product", (of, np.exp(y)), {}) * x


def _of_arrays() -> list[Probe]:
    def probe(name: str, f: Callable[..., Any], *args: np.ndarray) -> Probe:
        return Probe(name, f, args)

    return [
        probe("broadcasting", lambda x, y: np.sum(C * (x + y) * np.sin(y / (2.5 + x))), A, V),
        probe("twice", lambda x: np.sum(x * np.sin(x) * V) * x[0], V),
        probe("where", lambda x: np.sum(np.where(x > 0, x**2, np.exp(x)) * V), V),
        probe("sum", lambda x: np.sum(np.sin(np.sum(x, axis=0)) * V) + np.sum(np.cos(np.sum(x, axis=1)) * V), A),
        probe("extremes", _largest_to_smallest, A),
        probe("logsumexp", lambda x: np.sum(V * _apply("logsumexp", (np.sin(x),), {"axis": (1,)})), A),
        probe("cumsum", lambda x: np.sum(C * np.cumsum(np.sin(x), axis=0)), A),
        probe("moves", lambda x: np.sum(C * np.exp(np.transpose(np.reshape(x, (3, 3))))), A.ravel()),
        probe("broadcast_to", lambda x: np.sum(C * np.sin(np.broadcast_to(np.exp(x), (3, 3)))), V),
        probe("getitem", lambda x: np.sum(V[:2] * np.exp(x[1:, 1])) + x[0, 2] ** 3, A),
        probe("indices", lambda x: np.sum(np.sin(x[np.array([0, 2, 0])]) * V), V),
        probe("concatenate", lambda x, y: np.sum(np.exp(np.concatenate([x, y * y])) * np.arange(1.0, 7.0)), V, V[::-1]),
        probe("total", lambda x: np.sum(np.sin(x)) + np.mean(x**2) * np.sum(x), V),
        probe("product", lambda x: np.sin(np.prod(x)) * np.prod(x[:2]), V),
        probe("matmul", lambda a, b: np.sum(C * np.tanh(np.matmul(a, b) / 4)), A, B),
        probe("einsum", lambda a, b: np.sum(V * np.sin(np.einsum("ij,jk->i", a, b) / 5)), A, B),
        probe("solve", lambda a, b: np.sum(V * np.sin(np.linalg.solve(a, b))), _spread(A), V),
        probe("inv", lambda a: np.sum(C * np.linalg.inv(a)), _spread(A)),
        probe("det", lambda a: np.sin(np.linalg.det(a) / 9), A),
        probe("slogdet", lambda a: np.linalg.slogdet(a)[1] ** 2, A),
        probe("cholesky", lambda a: np.sum(C * np.linalg.cholesky(_spread(a))), A),
        probe("eigvalsh", lambda a: np.sum(V * np.linalg.eigvalsh(_spread(a))), A),
        probe("eigh", lambda a: np.sum(C * np.linalg.eigh(_spread(a))[1] ** 2), A),
        probe("scatter", _scattered, V),
        probe("steps of numbers", _of_numbers, V[0], V[1]),
    ]
