"""What the ops of arrays do to an adjoint, as the symbolic method states it; a graph of arrays being built.

A rule takes the builder, a node and its adjoint, and returns (argument, share of its adjoint). Each follows from
the differential: Y = A B gives dY = dA B + A dB, so Abar = Ybar B^T and Bbar = A^T Ybar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from symdiff.graph import CONST, Graph, Node, Shape
from symdiff.inputs.sympy import translate
from symdiff.methods.symbolic.stable import steady
from symdiff.ops import TABLE
from symdiff.ops.products import axis_lengths, split
from symdiff.ops.shaping import Index


class Builder:
    """Adds steps to a graph, with their shapes."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def shape(self, i: int) -> Shape:
        return self.graph.nodes[i].shape

    def __call__(self, op: str, *args: int, **params: Any) -> int:
        """The node op(*args)."""
        row = TABLE[op]
        shapes = [self.shape(a) for a in args]
        shape = np.broadcast_shapes(*shapes) if row.elementwise else SHAPES[op](*shapes, **params)
        named = tuple((k, params[k]) for k in row.params)
        return self.graph.apply(op, *args, params=named, shape=shape, kind="b" if row.boolean else "f")

    def copied(self, source: Graph, args: Sequence[int]) -> list[int]:
        """A small graph of elementwise steps, its inputs set to nodes here; its outputs."""
        at = dict(zip(source.inputs, args, strict=True))
        for i in source.live():
            node = source.nodes[i]
            if node.op == CONST:
                at[i] = self.graph.const(float(node.value))  # type: ignore[arg-type]  # always has a value
            elif i not in at:
                at[i] = steady(self, node.op, [at[a] for a in node.args], dict(node.params))
        return [at[o] for o in source.outputs]

    def is_number(self, i: int, number: float) -> bool:
        node = self.graph.nodes[i]
        return node.op == CONST and not node.shape and bool(node.value == number)

    def scaled(self, ct: int, partial: int) -> int:
        """ct times a partial. Of pieces each is scaled, so that an infinite ct meets no 0 of another piece."""
        for one, other in ((ct, partial), (partial, ct)):
            if self.is_number(one, 1.0):
                return other
        if self.is_number(partial, -1.0):
            return self("neg", ct)
        if self.is_number(partial, 0.0):
            return partial
        node = self.graph.nodes[partial]
        if node.op == "where":
            condition, *pieces = node.args
            if any(self.graph.nodes[p].op == CONST for p in pieces):
                return self("where", condition, *[self.scaled(ct, p) for p in pieces])
        return self("mul", ct, partial)

    def full(self, i: int, shape: Shape) -> int:
        return i if self.shape(i) == shape else self("broadcast_to", i, shape=shape)

    def fitted(self, share: int, of: Shape, shape: Shape) -> int:
        """Broadcasting undone: the share of an argument of `shape`, where the step had the shape `of`."""
        have = self.shape(share)
        if len(have) <= len(shape) and np.broadcast_shapes(have, shape) == shape and not _repeated(of, shape):
            return share
        if _repeated(of, shape) and len(of) >= len(shape):
            share, have = self.full(share, np.broadcast_shapes(have, of)), np.broadcast_shapes(have, of)
        lead = len(have) - len(shape)
        axes = (*range(lead), *(lead + k for k, n in enumerate(shape) if n == 1 and have[lead + k] != 1))
        share = self("sum", share, axis=axes) if axes else share
        return self.full(share, shape) if self.shape(share) == shape else self("reshape", share, shape=shape)

    def transposed(self, i: int, axes: tuple[int, ...]) -> int:
        """The transpose; (A B)^T is written B^T A^T and (A^T)^T is A, so that nothing is moved twice."""
        node = self.graph.nodes[i]
        if axes == (1, 0) and node.op == "matmul":
            a, b = node.args
            return self("matmul", self.transposed(b, axes), self.transposed(a, axes))
        if node.op == "transpose":
            inner = dict(node.params)["axes"]
            if tuple(inner[k] for k in axes) == tuple(range(len(axes))):
                return node.args[0]
        return self("transpose", i, axes=axes)


def _repeated(of: Shape, shape: Shape) -> bool:
    """Whether an argument of `shape` is repeated to have the shape `of`."""
    return of != shape and int(np.prod(of, dtype=int)) != int(np.prod(shape, dtype=int))


Shares = list[tuple[int, int]]
Rule = Callable[[Builder, int, int], Shares]


def _parts(build: Builder, i: int) -> tuple[Node, dict[str, Any]]:
    node = build.graph.nodes[i]
    return node, dict(node.params)


def _matmul(build: Builder, i: int, ct: int) -> Shares:
    node, _ = _parts(build, i)
    a, b = node.args
    ct = build.full(ct, node.shape)
    return [
        (a, _summed(build, build("matmul", ct, _swapped(build, b)), build.shape(a))),
        (b, _summed(build, build("matmul", _swapped(build, a), ct), build.shape(b))),
    ]


def _swapped(build: Builder, i: int) -> int:
    n = len(build.shape(i))
    return build.transposed(i, (*range(n - 2), n - 1, n - 2))


def _summed(build: Builder, share: int, shape: Shape) -> int:
    """A stack of matrices that was one matrix for all of them."""
    return build.fitted(share, build.shape(share), shape)


def _transpose(build: Builder, i: int, ct: int) -> Shares:
    node, params = _parts(build, i)
    inverse = tuple(int(k) for k in np.argsort(params["axes"]))
    return [(node.args[0], build.transposed(build.full(ct, node.shape), inverse))]


def _kept(build: Builder, value: int, of: Shape, reduced: int, axis: tuple[int, ...]) -> int:
    """A value of the reduced shape, with axes of length 1 where they were reduced."""
    if not build.shape(value):
        return value
    ones = tuple(1 if k in axis else n for k, n in enumerate(of))
    return build("reshape", build.full(value, build.shape(reduced)), shape=ones)


def _sum(build: Builder, i: int, ct: int) -> Shares:
    node, params = _parts(build, i)
    return [(node.args[0], _kept(build, ct, build.shape(node.args[0]), i, params["axis"]))]


@lru_cache(maxsize=1)
def _log_of_sum_slope() -> Graph:
    """d/dx log(e^x + r), in x and the answer y: r = e^y - e^x makes it e^(x - y), which does not overflow."""
    x, y, r = sp.symbols("x y r", real=True)
    slope = sp.diff(sp.log(sp.exp(x) + r), x).xreplace({r: sp.exp(y) - sp.exp(x)})
    graph = Graph()
    at = {x: graph.input("x"), y: graph.input("y")}
    graph.outputs = (translate(sp.powsimp(slope), graph, at),)
    return graph


def _logsumexp(build: Builder, i: int, ct: int) -> Shares:
    node, params = _parts(build, i)
    (x,) = node.args
    of, axis = build.shape(x), params["axis"]
    (slope,) = build.copied(_log_of_sum_slope(), [x, _kept(build, i, of, i, axis)])
    return [(x, build.scaled(_kept(build, ct, of, i, axis), slope))]


def _extreme(build: Builder, i: int, ct: int) -> Shares:
    """Equal entries share."""
    node, params = _parts(build, i)
    (x,) = node.args
    of, axis = build.shape(x), params["axis"]
    one, zero = build.graph.const(1.0), build.graph.const(0.0)
    winners = build("equal", x, _kept(build, i, of, i, axis))
    count = build("sum", build("where", winners, one, zero), axis=axis)
    share = build("div", ct, count)
    return [(x, build("where", winners, _kept(build, share, of, i, axis), zero))]


def _where(build: Builder, i: int, ct: int) -> Shares:
    (condition, a, b), zero = build.graph.nodes[i].args, build.graph.const(0.0)
    return [(a, build("where", condition, ct, zero)), (b, build("where", condition, zero, ct))]


def _reshape(build: Builder, i: int, ct: int) -> Shares:
    node, _ = _parts(build, i)
    (x,) = node.args
    return [(x, ct if not build.shape(ct) else build("reshape", build.full(ct, node.shape), shape=build.shape(x)))]


def _broadcast_to(build: Builder, i: int, ct: int) -> Shares:
    node, _ = _parts(build, i)
    return [(node.args[0], build.fitted(build.full(ct, node.shape), node.shape, build.shape(node.args[0])))]


def _getitem(build: Builder, i: int, ct: int) -> Shares:
    node, params = _parts(build, i)
    (x,) = node.args
    return [(x, build("scatter", build.full(ct, node.shape), index=params["index"], shape=build.shape(x)))]


def _scatter(build: Builder, i: int, ct: int) -> Shares:
    node, params = _parts(build, i)
    return [(node.args[0], build("getitem", build.full(ct, node.shape), index=params["index"]))]


def _concatenate(build: Builder, i: int, ct: int) -> Shares:
    node, params = _parts(build, i)
    axis, ct, start, shares = params["axis"], build.full(ct, node.shape), 0, []
    for a in node.args:
        end = start + build.shape(a)[axis]
        shares.append((a, build("getitem", ct, index=Index((*[slice(None)] * axis, slice(start, end))))))
        start = end
    return shares


def _einsum(build: Builder, i: int, ct: int) -> Shares:
    """Y is linear in each factor: its share is the sum of ct times the others, over the labels that it lacks. Along a
    label that it has alone the share is the same everywhere: times 1."""
    node, params = _parts(build, i)
    labels, answer = split(params["subscripts"])
    ct, shares = build.full(ct, node.shape), []
    for k, a in enumerate(node.args):
        others = [(label, x) for j, (label, x) in enumerate(zip(labels, node.args, strict=True)) if j != k]
        met = set(answer).union(*(label for label, _ in others))
        ones = [(c, np.ones(n)) for c, n in zip(labels[k], build.shape(a), strict=True) if c not in met]
        factors = [(answer, ct), *others, *((c, build.graph.const(one)) for c, one in ones)]
        spec = ",".join(label for label, _ in factors) + "->" + labels[k]
        shares.append((a, build("einsum", *(x for _, x in factors), subscripts=spec)))
    return shares


def _cumsum(build: Builder, i: int, ct: int) -> Shares:
    """Y_k = X_1 + ... + X_k, so that X_k goes into Y_k and all that come after: a running sum from the other end."""
    node, params = _parts(build, i)
    axis = params["axis"] % len(node.shape)
    turn = Index((*[slice(None)] * axis, slice(None, None, -1)))
    backwards = build("getitem", build.full(ct, node.shape), index=turn)
    return [(node.args[0], build("getitem", build("cumsum", backwards, axis=axis), index=turn))]


def _solve(build: Builder, i: int, ct: int) -> Shares:
    """A X = B gives A dX = dB - dA X, so Bbar = A^-T Xbar and Abar = -Bbar X^T."""
    node, _ = _parts(build, i)
    a, b = node.args
    b_bar = build("solve", _swapped(build, a), build.full(ct, node.shape))
    a_bar = build("neg", build("matmul", b_bar, _swapped(build, i)))
    return [(a, _summed(build, a_bar, build.shape(a))), (b, _summed(build, b_bar, build.shape(b)))]


def _inv(build: Builder, i: int, ct: int) -> Shares:
    """Y A = 1 gives dY = -Y dA Y, so Abar = -Y^T Ybar Y^T."""
    node, _ = _parts(build, i)
    turned = _swapped(build, i)
    inner = build("matmul", turned, build.full(ct, node.shape))
    return [(node.args[0], build("neg", build("matmul", inner, turned)))]


RULES: dict[str, Rule] = {
    "matmul": _matmul, "transpose": _transpose, "sum": _sum, "logsumexp": _logsumexp, "amax": _extreme,
    "amin": _extreme, "where": _where, "reshape": _reshape, "broadcast_to": _broadcast_to, "getitem": _getitem,
    "scatter": _scatter, "concatenate": _concatenate, "einsum": _einsum, "cumsum": _cumsum, "solve": _solve,
    "inv": _inv,
}  # fmt: skip


def _summed_product(*shapes: Shape, subscripts: str) -> Shape:
    lengths = axis_lengths(subscripts, shapes)
    return tuple(lengths[c] for c in split(subscripts)[1])


def _indexed(x: Shape, index: Index) -> Shape:
    return np.broadcast_to(np.empty(()), x)[index.key].shape


SHAPES: dict[str, Callable[..., Shape]] = {
    "matmul": lambda a, b: (*np.broadcast_shapes(a[:-2], b[:-2]), a[-2], b[-1]),
    "transpose": lambda x, axes: tuple(x[k] for k in axes),
    "sum": lambda x, axis: tuple(n for k, n in enumerate(x) if k not in axis),
    "reshape": lambda x, shape: shape,
    "broadcast_to": lambda x, shape: shape,
    "getitem": _indexed,
    "scatter": lambda x, index, shape: shape,
    "einsum": _summed_product,
    "cumsum": lambda x, axis: x,
    "solve": lambda a, b: (*np.broadcast_shapes(a[:-2], b[:-2]), *b[-2:]),
    "inv": lambda a: a,
}
