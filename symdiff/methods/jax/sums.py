"""Primitives that make one entry of many: reductions, running sums, sums of products, windows.

A sum is `total`, whose rounding bound is that of any order of summation: XLA adds in its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import accumulate
from typing import Any

import numpy as np

from symdiff.inputs.windows import windows
from symdiff.methods.jax.nodes import Nodes, Opaque

Fold = Callable[[Nodes, list[int]], int]


def _chain(op: str, empty: float) -> Fold:
    def fold(nodes: Nodes, line: list[int]) -> int:
        if not line:
            return nodes.const(empty)
        return reduce(lambda a, b: nodes.apply(op, a, b), line)

    return fold


def _logical(op: str) -> Fold:
    def fold(nodes: Nodes, line: list[int]) -> int:
        return reduce(lambda a, b: nodes.apply(op, a, b), line) if line else nodes.truth(op == "logical_and")

    return fold


def _sum(nodes: Nodes, line: list[int]) -> int:
    return nodes.total(line)


PRODUCT, MAX, MIN = _chain("mul", 1.0), _chain("max", float("-inf")), _chain("min", float("inf"))


def _numbers_only(eqn: Any, whole: bool = False) -> None:
    """Float64, or whole numbers where these are added or compared."""
    for v in eqn.outvars:
        dtype = np.dtype(v.aval.dtype)
        if dtype != np.float64 and not (whole and dtype.kind in "iu"):
            raise Opaque


def _reduction(fold: Fold, whole: bool = False) -> Any:
    def read(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
        _numbers_only(eqn, whole)
        return [_reduced(nodes, fold, inputs[0], eqn.params["axes"])]

    return read


def _reduced(nodes: Nodes, fold: Fold, value: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    kept = [k for k in range(value.ndim) if k not in axes]
    left = tuple(value.shape[k] for k in kept)
    lines = np.transpose(nodes.entries(value), [*kept, *axes]).reshape(int(np.prod(left, dtype=int)), -1)
    return nodes.array([fold(nodes, line) for line in lines.tolist()], left)


def _logical_reduction(op: str) -> Any:
    def read(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
        if np.dtype(eqn.outvars[0].aval.dtype) != np.bool_:
            raise Opaque
        return [_reduced(nodes, _logical(op), inputs[0], eqn.params["axes"])]

    return read


def _running(op: str) -> Any:
    def along(nodes: Nodes, line: list[int]) -> list[int]:
        if op == "total":
            return [nodes.total(line[: k + 1], of=len(line)) for k in range(len(line))]
        return list(accumulate(line, lambda a, b: nodes.apply(op, a, b)))

    def read(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
        _numbers_only(eqn)
        axis, back = eqn.params["axis"], slice(None, None, -1 if eqn.params["reverse"] else 1)
        lines = np.moveaxis(nodes.entries(inputs[0]), axis, -1)
        flat = lines.reshape(-1, lines.shape[-1])
        nodes.expect(flat.size)
        done = [i for line in flat.tolist() for i in along(nodes, line[back])[back]]
        return [np.moveaxis(nodes.array(done, lines.shape), -1, axis)]

    return read


def _dot(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    _numbers_only(eqn)
    contracted, stacked = eqn.params["dimension_numbers"]
    sides = []
    for value, inner, lead in zip(inputs, contracted, stacked, strict=True):
        free = [k for k in range(value.ndim) if k not in inner and k not in lead]
        groups = [[value.shape[k] for k in some] for some in (lead, free, inner)]
        moved = np.transpose(nodes.entries(value), [*lead, *free, *inner])
        sides.append((moved.reshape([int(np.prod(g, dtype=int)) for g in groups]).tolist(), groups))
    (a, (lead, rows, inner)), (b, (_, columns, _)) = sides
    nodes.expect(int(np.prod([*lead, *rows, *columns, *inner], dtype=int)))
    found = [
        nodes.total([nodes.apply("mul", x, y) for x, y in zip(row, column, strict=True)])
        for p, q in zip(a, b, strict=True) for row in p for column in q
    ]  # fmt: skip
    return [nodes.array(found, (*lead, *rows, *columns))]


# -- windows -------------------------------------------------------------------------------------------


def _windowed(fold: Fold) -> Any:
    def read(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
        _numbers_only(eqn)
        params, pool = eqn.params, nodes.entries(inputs[0]).ravel().tolist()
        seen = windows(
            inputs[0].shape, params["window_dimensions"], params["window_strides"], params["padding"],
            params["base_dilation"], params["window_dilation"],
        )  # fmt: skip
        shape = eqn.outvars[0].aval.shape
        lines = seen.reshape(int(np.prod(shape, dtype=int)), -1).tolist()
        return [nodes.array([fold(nodes, [pool[k - 1] for k in line if k]) for line in lines], shape)]

    return read


def _convolution(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    _numbers_only(eqn)
    params, numbers = eqn.params, eqn.params["dimension_numbers"]
    left = np.transpose(inputs[0], numbers.lhs_spec)  # image, channel, place
    right = np.transpose(inputs[1], numbers.rhs_spec)  # output channel, channel, place
    pool, weights = (nodes.entries(v).ravel().tolist() for v in (left, right))
    kernel = np.arange(len(weights)).reshape(right.shape[0], -1)
    seen = windows(
        left.shape, right.shape[2:], params["window_strides"], params["padding"],
        params["lhs_dilation"], params["rhs_dilation"],
    )  # fmt: skip
    images, channels, places = len(left), right.shape[1], seen.shape[2 : 2 + right.ndim - 2]
    groups, batches, outputs = params["feature_group_count"], params["batch_group_count"], len(right)
    per_batch = images // batches
    out = np.empty((per_batch, outputs, *places), object)
    nodes.expect(out.size * kernel.shape[1])
    for at in np.ndindex(*out.shape):
        image, o = at[0] + (at[1] // (outputs // batches)) * per_batch, at[1]
        start = (o // (outputs // groups)) * channels
        view = seen[(image, slice(start, start + channels), *at[2:])].ravel().tolist()
        pairs = zip(view, kernel[o].tolist(), strict=True)
        out[at] = nodes.total([nodes.apply("mul", pool[k - 1], weights[w]) for k, w in pairs if k])
    return [np.transpose(out, np.argsort(numbers.out_spec))]


READERS = {
    "reduce_sum": _reduction(_sum, whole=True), "reduce_prod": _reduction(PRODUCT),
    "reduce_max": _reduction(MAX, whole=True), "reduce_min": _reduction(MIN, whole=True),
    "reduce_and": _logical_reduction("logical_and"), "reduce_or": _logical_reduction("logical_or"),
    "cumsum": _running("total"), "cumprod": _running("mul"), "cummax": _running("max"), "cummin": _running("min"),
    "dot_general": _dot, "conv_general_dilated": _convolution,
    "reduce_window_sum": _windowed(_sum), "reduce_window_max": _windowed(MAX), "reduce_window_min": _windowed(MIN),
}  # fmt: skip
