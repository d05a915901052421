"""The cases of the array rows: arguments and parameters that have gone wrong somewhere before.

One entry of CASES is one row. A row without cases fails the table test; a new row needs its entry here and
no new test code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from symdiff.ops.shaping import Index

from .array_case import ArrayCase, Shape, backwards, some, turned
from .arrays_of_loops import LOOPS
from .arrays_of_matrices import MATRICES
from .arrays_of_orders import ORDERS

# Rows without cases here, each with the reason. Empty is best.
ELSEWHERE: dict[str, str] = {
    "eigenvalue": "a scalar step of eigvalsh, whose cases run it; the tape takes all eigenvalues at once",
    "eigenvector": "a scalar step of eigenvectors, whose cases run it; the tape takes all eigenvectors at once",
    "eigenflips": "what NumPy decides, and JAX decides for itself: no one function of all columns",
}


def _one(name: str, argument: np.ndarray, **options: Any) -> ArrayCase:
    return ArrayCase(name, (argument,), **options)


def _along(name: str, choices: Iterable[tuple[np.ndarray, Any]], **options: Any) -> list[ArrayCase]:
    return [_one(name, x, params={"axis": axis}, **options) for x, axis in choices]


def _sums() -> list[ArrayCase]:
    return _along("sum", [
        (some(), ()), (some(3), (0,)), (some(1), (0,)), (some(3, 3), (0,)), (some(3, 3), (1,)), (some(2, 3), (0, 1)),
        (some(2, 3, 2), (0, 2)), (some(2, 1, 3), (1,)), (some(2, 3), ()), (turned(4, 2), (0,)), (backwards(2, 3), (1,)),
        (some(40), (0,)),  # more than sixteen, and a rest
        (np.array([1e16, 1.0, -1e16, 0.3]), (0,)),  # the order of summation decides the digits
        (np.zeros((2, 3)), (1,)), (some(0, 3), (0,)), (some(0, 3), (1,)), (some(0), (0,)), (some(3, 0), (0, 1)),
    ])  # fmt: skip


def _extremes(name: str) -> list[ArrayCase]:
    smooth = [
        (some(), ()), (some(1), (0,)), (some(5), (0,)), (some(3, 3), (0,)), (some(3, 3), (1,)), (some(2, 3), (0, 1)),
        (some(2, 3, 2), (0, 2)), (some(2, 1, 3), (1,)), (turned(3, 2), (1,)), (backwards(3, 2), (0,)),
        (some(0, 3), (1,)), (some(3, 0), (0,)),
    ]  # fmt: skip
    ties = [
        (np.array([2.0, -1.0, 2.0, 2.0]), (0,)), (np.array([[1.0, 1.0], [1.0, 0.5], [-3.0, -3.0]]), (1,)),
        (np.zeros((2, 3)), (0, 1)), (np.array([0.0, -0.0, -1.0]), (0,)), (np.array([0.0, -0.0, 1.0]), (0,)),
    ]  # fmt: skip
    kinks = [t for t in ties if has_ties(name, *t)]
    smooth += [t for t in ties if not has_ties(name, *t)]
    return _along(name, smooth) + _along(name, kinks, kink="two are the extreme")


def has_ties(name: str, x: np.ndarray, axis: Shape) -> bool:
    best = np.max(x, axis, keepdims=True) if name == "amax" else np.min(x, axis, keepdims=True)
    return bool(np.any(np.sum(x == best, axis) > 1))


def _logs_of_sums() -> list[ArrayCase]:
    return _along("logsumexp", [
        (some(), ()), (some(1), (0,)), (some(5), (0,)), (some(3, 3), (1,)), (some(2, 3), (0, 1)),
        (some(2, 3, 2), (0, 2)), (some(2, 3), ()), (turned(3, 2), (0,)), (backwards(2, 3), (1,)),
        (np.zeros((2, 3)), (1,)),
        (np.array([-800.0, -801.0]), (0,)),  # exp underflows
    ]) + _along("logsumexp", [(np.array([800.0, 799.0, 798.5]), (0,))], loses=800.0)  # fmt: skip  # exp overflows


def _running_sums() -> list[ArrayCase]:
    return _along("cumsum", [
        (some(1), 0), (some(5), 0), (some(3, 3), 0), (some(3, 3), 1), (some(2, 3, 2), 1), (some(2, 1), 1),
        (turned(2, 3), 0), (backwards(4), 0), (np.array([1e16, 1.0, -1e16, 0.3]), 0), (np.zeros(3), 0),
        (some(0), 0), (some(2, 0), 0), (some(0, 2), 1),
    ])  # fmt: skip


def _truths(name: str) -> list[ArrayCase]:
    mixed = np.array([[1.0, -1.0, 2.0], [1.0, 1.0, 1.0], [-1.0, -2.0, -3.0]])
    return _along(name, [
        (mixed, (0,)), (mixed, (1,)), (mixed, (0, 1)), (mixed[:, 1:].T, (0,)), (mixed[::-1], (1,)),
        (some(), ()), (some(1), (0,)), (some(2, 3), ()), (some(0), (0,)), (some(0, 2), (0,)), (some(0, 2), (1,)),
    ], truth=(0,))  # fmt: skip


def _matmuls() -> list[ArrayCase]:
    pairs = [
        (some(2, 3), some(3, 4)), (some(3, 3), some(3, 3)), (some(1, 1), some(1, 1)), (some(1, 3), some(3, 1)),
        (some(3, 1), some(1, 3)), (some(1, 20), some(20, 2)), (turned(2, 3), turned(3, 2)),
        (backwards(2, 3), backwards(3, 2)), (np.zeros((2, 2)), some(2, 2)),
        (some(2, 2, 3), some(3, 2)), (some(2, 3), some(2, 3, 2)), (some(2, 2, 3), some(2, 3, 2)),  # stacks
        (some(2, 1, 2, 2), some(3, 2, 2)), (some(1, 2, 2), some(3, 2, 1)), (some(3, 3, 3), some(3, 3, 3)),
        (some(2, 0), some(0, 3)), (some(0, 2), some(2, 2)), (some(2, 2), some(2, 0)), (some(0, 2, 2), some(2, 2)),
    ]  # fmt: skip
    masked = [((0,), (some(2, 3), some(3, 2))), ((1,), (some(2, 3), some(3, 2)))]
    twice = [ArrayCase("matmul", (x,), times=2) for x in (some(3, 3), some(2, 2, 2))]
    return [*(ArrayCase("matmul", p) for p in pairs), *(ArrayCase("matmul", p, truth=t) for t, p in masked), *twice]


def _einsums() -> list[ArrayCase]:
    def of(subscripts: str, *args: np.ndarray, truth: Shape = (), times: int = 1) -> ArrayCase:
        return ArrayCase("einsum", args, {"subscripts": subscripts}, truth, times=times)

    return [
        of("ij,jk->ik", some(2, 3), some(3, 4)), of("ij,jk->ki", some(3, 3), some(3, 3)), of("ij->ji", some(3, 3)),
        of("ij->", some(2, 3)), of("i->", some(3)), of("ij->i", turned(2, 3)), of("ij->j", some(3, 3)),
        of("->", some()), of("i->i", backwards(3)), of(",i->i", some(), some(3)), of(",->", some(), some()),
        of("i,i->", some(4), some(4)), of("i,j->ji", some(2), some(2)), of("ij,ij->ij", some(2, 2), some(2, 2)),
        of("ij,k->k", some(2, 3), some(2)), of("ij,jk->k", some(2, 3), some(3, 2)), of("i,j->", some(2), some(3)),
        of("ijk,kl,l->ij", some(2, 2, 3), some(3, 2), some(2)), of("i,i,i->i", some(3), some(3), some(3)),
        of("bij,bjk->bik", some(2, 2, 2), some(2, 2, 2)), of("bij,bkj->bik", some(2, 1, 3), some(2, 2, 3)),
        of("ij,ij->i", turned(2, 3), backwards(2, 3)), of("i,i->", some(1), some(1)), of("i,i->", some(20), some(20)),
        of("ij,jk->ik", np.zeros((2, 2)), some(2, 2)), of("ij,jk->ik", some(2, 0), some(0, 2)),
        of("ij,k->k", some(0, 2), some(2)), of("i,i->i", some(0), some(0)),
        of("ij,kj->ik", some(2, 3), times=2), of("ij,ij->", some(2, 3), times=2), of("i,i,i->", some(3), times=3),
        of("ij,j->i", some(2, 3), some(3), truth=(0,)), of("ij,jk->ik", some(2, 3), some(3, 2), truth=(1,)),
    ]  # fmt: skip


def _reshapes() -> list[ArrayCase]:
    choices: list[tuple[np.ndarray, Shape]] = [
        (some(2, 3), (3, 2)), (some(6), (2, 3)), (some(2, 3), (6,)), (some(), (1, 1)),
        (some(1), ()), (some(1, 1), (1,)), (turned(2, 3), (3, 2)), (backwards(2, 3), (6,)), (some(3, 3), (9,)),
        (some(2, 2), (2, 2)),
        (some(2, 1, 2), (4, 1)), (some(0, 3), (3, 0)), (some(0), (2, 0, 4)), (np.zeros((2, 2)), (4,)),
    ]  # fmt: skip
    found = [_one("reshape", x, params={"shape": shape}) for x, shape in choices]
    return [*found, _one("reshape", some(2, 3), params={"shape": (3, 2)}, truth=(0,))]


def _transposes() -> list[ArrayCase]:
    choices: list[tuple[np.ndarray, Shape]] = [
        (some(2, 3), (1, 0)), (some(3, 3), (1, 0)), (some(2, 3, 4), (2, 0, 1)), (some(2, 2, 2), (1, 2, 0)),
        (some(3), (0,)), (some(), ()), (turned(2, 3), (1, 0)), (backwards(2, 3), (1, 0)), (some(1, 3), (1, 0)),
        (some(0, 2), (1, 0)),
        (some(2, 1, 3, 2), (3, 1, 0, 2)), (some(2, 2), (0, 1)),
    ]  # fmt: skip
    found = [_one("transpose", x, params={"axes": axes}) for x, axes in choices]
    return [*found, _one("transpose", some(2, 3), params={"axes": (1, 0)}, truth=(0,))]


def _broadcasts() -> list[ArrayCase]:
    choices: list[tuple[np.ndarray, Shape]] = [
        (some(3), (2, 3)), (some(1, 3), (2, 3)), (some(2, 1), (2, 3)), (some(2, 1), (4, 2, 3)), (some(), (2, 2)),
        (some(), ()), (some(3), (3,)), (some(1, 1), (3, 3)), (some(3, 3), (2, 3, 3)),
        (some(1), (0,)), (some(1, 2), (0, 2)), (some(0), (2, 0)), (some(1, 2, 1), (3, 2, 2)), (turned(2, 1, 2),
        (2, 3, 2)),
        (backwards(3), (2, 3)), (some(1), (20,)), (some(1, 1), (1, 1, 1)),
    ]  # fmt: skip
    found = [_one("broadcast_to", x, params={"shape": shape}) for x, shape in choices]
    return [*found, _one("broadcast_to", some(3), params={"shape": (2, 3)}, truth=(0,))]


_ALL = slice(None)
# (shape, what stands in the brackets)
KEYS: list[tuple[Shape, Any]] = [
    ((4,), 0), ((4,), -1), ((4,), np.int64(2)), ((4,), slice(1, 3)), ((4,), slice(None, None, -1)),
    ((5,), slice(-1, None, -2)), ((5,), slice(3, 0, -1)), ((4,), slice(2, 2)), ((4,), slice(np.int64(1), None)),
    ((4,), None), ((4,), Ellipsis), ((4,), ()), ((), ()), ((), None), ((), Ellipsis), ((), (None, Ellipsis, None)),
    ((2, 3), 1), ((2, 3), (_ALL, 1)), ((2, 3), (1, 2)), ((2, 3), (Ellipsis, 0)),
    ((2, 3), (None, 0, None, slice(None, None, -2))),
    ((3, 3), (slice(None, None, -1), _ALL)), ((2, 3, 2), (1, Ellipsis, slice(None, None, -1))),
    ((4,), [0, 0, 3, 0]), ((4,), np.array([-1, 3, 1])), ((3,), np.array([[0, 1], [1, 1]])), ((3,), np.array(1)),
    ((4,), []), ((4,), np.array([1, 1], np.uint8)), ((3,), np.zeros((2, 0), int)),
    ((3, 3), (np.array([0, 0, 2]), np.array([1, 1, 2]))), ((3, 3), (np.array([[0], [2]]), np.array([0, 1]))),
    ((2, 3, 2), (np.array([0, 0]), _ALL, np.array([1, 1]))), ((2, 3), (_ALL, [2, 0, 2])), ((3, 2), ([1, 1], _ALL)),
    ((2, 3), (None, [1, 1], slice(None, None, -1))), ((2, 3), (1, [0, 0, 1])), ((2, 3, 2), (0, _ALL, [1, 1, 0])),
    ((4,), np.array([True, False, True, True])), ((4,), np.zeros(4, bool)), ((4,), [True, True, False, True]),
    ((2, 3), np.array([[True, False, True], [False, True, True]])), ((2, 3), (_ALL, np.array([True, False, True]))),
    ((2, 3), (np.array([True, True]), np.array([2, 2]))), ((3,), True), ((3,), False), ((3,), np.array(True)),
    ((4,), ((0, 0, 3),)), ((2, 3), ((1, 1), (2, 2))), ((4,), (range(3),)),  # sequences that are no lists
    ((0,), slice(None, None, -1)), ((0, 3), (_ALL, [1, 1])), ((3, 0), 1), ((1,), [0, 0, 0, 0]), ((1, 1), (0, 0)),
]  # fmt: skip


def _indexings() -> list[ArrayCase]:
    found = [_one("getitem", some(*shape), params={"index": Index(key)}) for shape, key in KEYS]
    found += [
        _one("getitem", x, params={"index": Index(key)})
        for x in (turned(3, 3), backwards(3, 3))
        for key in (([0, 0, 2],), (slice(None, None, -1), 1))
    ]
    keys: list[Any] = [slice(None, None, -1), [0, 0, 1], np.array([True, False, True])]
    return found + [_one("getitem", some(3), params={"index": Index(k)}, truth=(0,)) for k in keys]


def _scatters() -> list[ArrayCase]:
    found = []
    for shape, key in KEYS:
        index = Index(key)
        found.append(_one("scatter", some(*np.zeros(shape)[index.key].shape), params={"index": index, "shape": shape}))
    many = Index(np.zeros(40, int))  # forty entries arrive in one place
    return [
        *found,
        _one("scatter", some(40), params={"index": many, "shape": (2,)}),
        _one("scatter", turned(2, 2), params={"index": Index(([1, 1], slice(None))), "shape": (3, 2)}),
        _one("scatter", backwards(3), params={"index": Index([2, 0, 2]), "shape": (4,)}),
    ]


def _joins() -> list[ArrayCase]:
    def of(axis: int, *parts: np.ndarray, truth: Shape = (), times: int = 1) -> ArrayCase:
        return ArrayCase("concatenate", parts, {"axis": axis}, truth, times=times)

    return [
        of(0, some(2), some(3)), of(0, some(2), some(2), some(2)), of(0, some(3)), of(1, some(2, 1), some(2, 3)),
        of(1, some(2, 2), some(2, 2)), of(2, some(2, 1, 1), some(2, 1, 2)),
        of(0, some(0), some(2)), of(0, some(2), some(0)), of(0, some(0), some(0)), of(1, some(0, 2), some(0, 1)),
        of(0, turned(2, 3), backwards(1, 3)), of(0, some(1), some(1)),
        of(1, some(2, 2), times=2), of(0, some(2), some(1), times=2),
        of(0, some(3), some(3), truth=(0,)), of(0, some(3), some(3), truth=(0, 1)), of(0, np.zeros(2), np.zeros(2)),
    ]  # fmt: skip


def _totals() -> list[ArrayCase]:
    def of(terms: Iterable[float], count: int) -> ArrayCase:
        return ArrayCase("total", tuple(np.asarray(t) for t in terms), {"of": count})

    return [
        of(some(1), 1), of(some(2), 2), of(some(16), 16), of(some(5), 40), of([0.0, 0.0, 1.0], 3),
        of([1e16, 1.0, -1e16], 3), ArrayCase("total", (some(),), {"of": 2}, times=2),
    ]  # fmt: skip


CASES: dict[str, list[ArrayCase]] = {
    "total": _totals(),
    "sum": _sums(),
    "amax": _extremes("amax"),
    "amin": _extremes("amin"),
    "logsumexp": _logs_of_sums(),
    "cumsum": _running_sums(),
    "any": _truths("any"),
    "all": _truths("all"),
    "matmul": _matmuls(),
    "einsum": _einsums(),
    "reshape": _reshapes(),
    "transpose": _transposes(),
    "broadcast_to": _broadcasts(),
    "getitem": _indexings(),
    "scatter": _scatters(),
    "concatenate": _joins(),
    "scan": LOOPS,
    **MATRICES,
    **ORDERS,
}
EVERY = [case for cases in CASES.values() for case in cases]
REAL = [case for case in EVERY if case.answer().dtype.kind == "f"]  # those with a derivative
