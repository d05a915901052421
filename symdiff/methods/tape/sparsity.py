"""Which entries of a Jacobian or a Hessian can be anything but zero, and how few products show them all.

Columns whose nonzero entries never share a row are asked for together: a tridiagonal Hessian of any size takes
three products. The pattern is read off the graph, entry by entry, as sets of inputs kept as the bits of an int.

Source: A. Griewank, A. Walther, "Evaluating Derivatives", SIAM 2008, chapter 8 (compression by colouring) and
section 7.2 (propagation of index sets); A. Walther, "Computing sparse Hessians with automatic differentiation",
ACM TOMS 34 (2008) (which pairs interact).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, looks_at_numbers
from symdiff.errors import UnsupportedError
from symdiff.graph import CONST, INPUT, Graph
from symdiff.ops import TABLE
from symdiff.scalars import to_scalars

FEWEST = 8  # columns: below that nothing is saved
MOST_STEPS = 60_000  # scalar steps that are looked at
LINEAR = frozenset("add sub neg total where".split())


@dataclass(frozen=True, slots=True)
class Groups:
    """Columns that are asked for together. Entry `target[k]` of the matrix is entry `source[k]` of the products, both
    counted through the rows."""

    directions: np.ndarray  # (products, columns) of 0 and 1
    source: np.ndarray
    target: np.ndarray
    shape: tuple[int, int]

    def matrix(self, found: np.ndarray) -> np.ndarray:
        """The matrix from its products, one a row."""
        full = np.zeros(self.shape[0] * self.shape[1], found.dtype)
        full[self.target] = found.ravel()[self.source]
        return full.reshape(self.shape)


def hessian_groups(problem: ArrayProblem, leaves: Sequence[Any]) -> Groups | None:
    """How to ask for a Hessian; None where every column has to be asked for by itself."""
    graph = _scalars(problem, leaves)
    return None if graph is None else _grouped(interactions(graph), len(graph.inputs))


def jacobian_groups(problem: ArrayProblem, leaves: Sequence[Any]) -> tuple[Groups | None, Groups | None]:
    """How to ask for a Jacobian by its columns, and how by its rows (then it is the transpose that is described)."""
    graph = _scalars(problem, leaves)
    if graph is None:
        return None, None
    depends = dependencies(graph)
    rows, width = [depends[o] for o in graph.outputs], len(graph.inputs)
    return _grouped(_transposed(rows, width), len(rows)), _grouped(rows, width)


def _scalars(problem: ArrayProblem, leaves: Sequence[Any]) -> Graph | None:
    """The function entry by entry, where that shows its pattern at every point and is not too large."""
    if looks_at_numbers(problem.graph):
        return None
    try:
        return to_scalars(problem.graph, leaves, MOST_STEPS)
    except UnsupportedError:
        return None


def dependencies(graph: Graph) -> list[int]:
    """For each node of scalar steps the inputs that it depends on, as bits."""
    depends = [0] * len(graph.nodes)
    for k, i in enumerate(graph.inputs):
        depends[i] = 1 << k
    for i, node in enumerate(graph.nodes):
        for a in _differentiable(node):
            depends[i] |= depends[a]
    return depends


def _differentiable(node: Any) -> Sequence[int]:
    """The arguments that a slope goes to."""
    if node.op in (INPUT, CONST) or TABLE[node.op].boolean:
        return ()
    return node.args[1:] if node.op == "where" else node.args


def interactions(graph: Graph) -> list[int]:
    """For each input the inputs it may have a second derivative with, as bits."""
    depends, found = dependencies(graph), [0] * len(graph.inputs)

    def meet(a: int, b: int) -> None:
        for k in _bits(a):
            found[k] |= b
        for k in _bits(b):
            found[k] |= a

    for i in graph.live():
        node = graph.nodes[i]
        args = _differentiable(node)
        if not args or node.op in LINEAR:
            continue
        if node.op == "mul":
            meet(depends[args[0]], depends[args[1]])
        elif node.op == "div":
            meet(depends[i], depends[args[1]])
        else:
            meet(depends[i], depends[i])
    return found


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _transposed(rows: Sequence[int], count: int) -> list[int]:
    columns = [0] * count
    for i, row in enumerate(rows):
        for k in _bits(row):
            columns[k] |= 1 << i
    return columns


def _grouped(columns: Sequence[int], height: int) -> Groups | None:
    """First fit: a column goes to the first group none of whose columns has an entry in one of its rows."""
    if len(columns) < FEWEST:
        return None
    taken: list[int] = []
    group = []
    for column in columns:
        fits = next((g for g, rows in enumerate(taken) if not rows & column), len(taken))
        if fits == len(taken):
            taken.append(0)
        taken[fits] |= column
        group.append(fits)
    if 2 * len(taken) > len(columns):
        return None
    directions = np.zeros((len(taken), len(columns)))
    directions[group, np.arange(len(columns))] = 1.0
    entries = np.array([(i, k, group[k]) for k, column in enumerate(columns) for i in _bits(column)], int)
    rows, at, products = entries.reshape(-1, 3).T
    return Groups(directions, products * height + rows, rows * len(columns) + at, (height, len(columns)))
