"""Primitives of linear algebra, by the textbook: substitution, Cholesky's and Gauss's recurrences.

LAPACK works in blocks, but adds up the same terms for every entry; `total` allows for any order. What an eigenvalue is,
and an eigenvector, the balls know.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.methods.jax.nodes import Nodes, Opaque
from symdiff.ops.eigen import gaps_between, signs


def _matrices(value: np.ndarray) -> list[list[list[int]]]:
    """The matrices in the last two axes."""
    return value.reshape(-1, *value.shape[-2:]).tolist()


def _rest(nodes: Nodes, start: int, products: list[tuple[int, int]]) -> int:
    """start - sum of products."""
    terms = [start, *[nodes.apply("neg", nodes.apply("mul", a, b)) for a, b in products]]
    return nodes.total(terms)


def _float64(eqn: Any) -> None:
    if np.dtype(eqn.outvars[0].aval.dtype) != np.float64:
        raise Opaque


def _triangular_solve(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    _float64(eqn)
    a, b = (nodes.entries(v) for v in inputs)
    params, shape = eqn.params, b.shape
    lower, unit = params["lower"], params["unit_diagonal"]
    if params["transpose_a"]:
        a, lower = np.swapaxes(a, -1, -2), not lower
    if not params["left_side"]:  # x a = b is a^T x^T = b^T
        a, lower, b = np.swapaxes(a, -1, -2), not lower, np.swapaxes(b, -1, -2)
    n = a.shape[-1]
    nodes.expect(b.size * n)
    found = []
    for matrix, right in zip(_matrices(a), _matrices(b), strict=True):
        solution: list[list[int]] = [[] for _ in range(n)]
        done: list[int] = []
        for i in range(n) if lower else reversed(range(n)):
            for c, start in enumerate(right[i]):
                x = _rest(nodes, start, [(matrix[i][k], solution[k][c]) for k in done])
                solution[i].append(x if unit else nodes.apply("div", x, matrix[i][i]))
            done.append(i)
        found += [x for row in solution for x in row]
    result = nodes.array(found, b.shape)
    return [(result if params["left_side"] else np.swapaxes(result, -1, -2)).reshape(shape)]


def _cholesky(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """The lower factor; only the lower triangle is looked at."""
    _float64(eqn)
    a, n, found = nodes.entries(inputs[0]), inputs[0].shape[-1], []
    nodes.expect(a.size * n)
    for matrix in _matrices(a):
        factor = [[nodes.const(0.0)] * n for _ in range(n)]
        for j in range(n):
            for i in range(j, n):
                left = _rest(nodes, matrix[i][j], [(factor[i][k], factor[j][k]) for k in range(j)])
                factor[i][j] = nodes.apply("sqrt", left) if i == j else nodes.apply("div", left, factor[j][j])
        found += [x for row in factor for x in row]
    return [nodes.array(found, a.shape)]


def _lu(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """Both factors in one matrix, the rows that were swapped, and the order they ended up in.

    The pivot is the largest number in its column.
    """
    _float64(eqn)
    a, (rows, columns) = nodes.entries(inputs[0]), inputs[0].shape[-2:]
    nodes.expect(a.size * min(rows, columns))
    factors, swaps, orders = [], [], []
    for matrix in _matrices(a):
        order, mine = list(range(rows)), []
        for j in range(columns):
            for i in range(rows):
                few = min(i, j)
                left = _rest(nodes, matrix[i][j], [(matrix[i][k], matrix[k][j]) for k in range(few)])
                matrix[i][j] = left
            if j >= rows:
                continue
            best = _pivot(nodes, [matrix[i][j] for i in range(j, rows)]) + j
            mine.append(best)
            matrix[j], matrix[best] = matrix[best], matrix[j]
            order[j], order[best] = order[best], order[j]
            for i in range(j + 1, rows):
                matrix[i][j] = nodes.apply("div", matrix[i][j], matrix[j][j])
        factors += [x for row in matrix for x in row]
        swaps.append(mine)
        orders.append(order)
    out = [np.dtype(v.aval.dtype) for v in eqn.outvars]
    shapes = [v.aval.shape for v in eqn.outvars]
    return [
        nodes.array(factors, shapes[0]),
        np.array(swaps, out[1]).reshape(shapes[1]), np.array(orders, out[2]).reshape(shapes[2]),
    ]  # fmt: skip


def _pivot(nodes: Nodes, column: list[int]) -> int:
    """The place of the largest entry, by its size."""
    if len(column) == 1:
        return 0
    sizes = [nodes.apply("abs", i) for i in column]
    best = int(np.argmax(nodes.numbers(nodes.array(sizes, (len(sizes),)))))
    for k, size in enumerate(sizes):
        if k != best:
            nodes.decide(nodes.apply("greater_equal", sizes[best], size))
    return best


def _eigh(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """Vectors, then values. Which of its two sides a unit vector has is the library's choice: the one that it makes at
    these numbers."""
    _float64(eqn)
    params, a = eqn.params, nodes.entries(inputs[0])
    if params.get("subset_by_index") is not None or not params.get("sort_eigenvalues", True):
        raise Opaque
    a, n = a if params["lower"] else np.swapaxes(a, -1, -2), a.shape[-1]
    nodes.expect(a.size * (n + 1))
    chosen = np.asarray(eqn.primitive.bind(nodes.numbers(inputs[0]), **params)[0]).reshape(-1, n, n)
    vectors, values = [], []
    for matrix, theirs in zip(a.reshape(-1, n, n), chosen, strict=True):
        entries = matrix[np.tril_indices(n)].tolist()
        gaps = gaps_between(nodes.numbers(matrix))
        turned = np.where(signs(theirs) < 0, "neg", "")
        values += [nodes.apply("eigenvalue", *entries, n=n, k=k) for k in range(n)]
        for row, k in np.ndindex(n, n):
            entry = nodes.apply("eigenvector", *entries, n=n, k=k, row=row, gap=gaps[k])
            vectors.append(nodes.apply("neg", entry) if turned[k] else entry)
    shapes = [v.aval.shape for v in eqn.outvars]
    return [nodes.array(vectors, shapes[0]), nodes.array(values, shapes[1])]


READERS = {"triangular_solve": _triangular_solve, "cholesky": _cholesky, "lu": _lu, "eigh": _eigh}
