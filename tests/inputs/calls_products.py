"""Calls: products, polynomials, covariances."""

from __future__ import annotations

import numpy as np

from tests.inputs.call import call

for left, right in (
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 2)), ((4, 2, 3), (3, 2)), ((2, 3), (4, 3, 2)),
    ((4, 1, 2, 3), (3, 3, 2)), ((3,), (4, 3, 2)), ((4, 2, 3), (3,)), ((1, 3), (3, 1)), ((0, 3), (3, 2)), ((2, 0), (0,
        3)),
):  # fmt: skip
    call("np.matmul", np.matmul, left, right, ulps=6)
    call("@", lambda x, y: x @ y, left, right, ulps=6)
    call("np.dot", lambda x, y: np.dot(x, y) if y.ndim < 3 and x.ndim < 3 else np.dot(x, np.swapaxes(y, -1, -1)),
        left, right, ulps=6)
call("np.dot", lambda x, y: x.dot(y), (2,), ())
call("np.dot", lambda x: np.dot([[1, 2], [3, 4]], x), (2,), ulps=6)
call("@", lambda x: np.arange(6).reshape(2, 3) @ x, (3,), ulps=6)
call("@", lambda x: x @ [[1.0], [2.0], [3.0]], (3,), ulps=6)
call("np.vdot", np.vdot, (2, 3), (2, 3), ulps=6)
call("np.vecdot", np.vecdot, (2, 3), (3,), ulps=6)
call("np.vecdot", lambda x, y: np.vecdot(x, y, axis=0), (3, 2), (3, 1), ulps=6)
call("np.linalg.vecdot", np.linalg.vecdot, (2, 3), (2, 3), ulps=6)
call("np.matvec", np.matvec, (2, 3), (4, 3), ulps=6)
call("np.vecmat", np.vecmat, (4, 3), (3, 2), ulps=6)
call("np.inner", np.inner, (2, 3), (4, 3), ulps=6)
call("np.inner", np.inner, (3,), (3,), ulps=6)
call("np.inner", lambda x: np.inner(x, 2.0), (3,), ulps=6)
call("np.outer", np.outer, (2, 2), (3,))
call("np.outer", lambda x: np.outer(x, [1.0, 2.0]), ())
call("np.outer", lambda x: np.outer([1.0, 2.0], x), (3,))
call("np.linalg.outer", np.linalg.outer, (2,), (3,))
call("np.tensordot", np.tensordot, (2, 3, 4), (3, 4, 2), ulps=12)
call("np.tensordot", lambda x, y: np.tensordot(x, y, 1), (2, 3), (3, 4), ulps=12)
call("np.tensordot", lambda x, y: np.tensordot(x, y, 0), (2,), (3, 4), ulps=12)
call("np.tensordot", lambda x, y: np.tensordot(x, y, ([0, 2], [1, 0])), (2, 3, 4), (4, 2, 3), ulps=12)
call("np.linalg.tensordot", lambda x, y: np.linalg.tensordot(x, y, axes=1), (2, 3), (3,), ulps=12)
call("np.linalg.matmul", np.linalg.matmul, (2, 3), (3, 2), ulps=6)
call("np.kron", np.kron, (2, 2), (2, 3))
call("np.kron", np.kron, (2,), (2, 3))
call("np.cross", np.cross, (3,), (3,))
call("np.cross", np.cross, (2, 3), (3,))
call("np.cross", lambda x, y: np.cross(x, y, axis=0), (3, 2), (3, 2))
call("np.cross", lambda x, y: np.cross(x, y, 0, 1, 0), (3, 2), (2, 3))
call("np.linalg.cross", np.linalg.cross, (2, 3), (2, 3))
for subscripts, shapes in (
    ("ij,jk->ik", ((2, 3), (3, 4))), ("ij,jk", ((2, 3), (3, 4))), ("ij->ji", ((2, 3),)), ("ii->i", ((3, 3),)), ("ii",
        ((3, 3),)),
    ("i,i", ((3,), (3,))), ("i,j->ij", ((2,), (3,))), ("ij,j", ((2, 3), (3,))), ("...i,i->...", ((2, 4, 3), (3,))),
    ("bij,bjk->bik", ((2, 2, 3), (2, 3, 2))), ("i,j,k->", ((2,), (2,), (3,))), ("ij,kj->ik", ((2, 3),
        (4, 3))), ("...ij->...ji", ((2, 3, 2),)),
    ("ij->", ((2, 3),)), ("ij->j", ((2, 3),)), ("iij->j", ((2, 2, 3),)), ("i...->...", ((2, 3),)), ("a,ab,b->", ((2,),
        (2, 3), (3,))),
    ("ij, j -> i", ((1, 3), (3,))), ("...,...->...", ((2, 3), (3,))), ("ij,ij->ij", ((2, 3), (2, 3))),
):  # fmt: skip
    call(f"np.einsum {subscripts}", lambda *x, s=subscripts: np.einsum(s, *x), *shapes, draw="positive", ulps=12)
call("np.einsum", lambda x: np.einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], x, optimize=True), (2,), ulps=12)
call("np.einsum", lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [0, 2]), (2, 3), (3, 2), ulps=12)
call("np.einsum", lambda x, y: np.einsum(x, [0, 1], y, [1]), (2, 3), (3,), ulps=12)
call("np.einsum", lambda x: np.einsum(x, [..., 0]), (2, 3), ulps=12)
for mode in "full same valid".split():
    for n, m in ((5, 3), (3, 5), (4, 4), (6, 2), (5, 1), (1, 1), (2, 5)):
        call("np.convolve", lambda x, y, m=mode: np.convolve(x, y, m), (n,), (m,), ulps=8)
        call("np.correlate", lambda x, y, m=mode: np.correlate(x, y, m), (n,), (m,), ulps=8)
call("np.convolve", lambda x: np.convolve(x, [1, 2, 1], "same"), (5,), ulps=8)
call("np.polyval", np.polyval, (4,), (3,), ulps=8)
call("np.polyval", lambda x: np.polyval([1.0, 2.0, 3.0], x), (2, 2), ulps=8)
call("np.polynomial.polynomial.polyval", lambda x: np.polynomial.polynomial.polyval(x, [1.0, 2.0, 3.0]), (3,), ulps=8)
call("np.polynomial.chebyshev.chebval", lambda x: np.polynomial.chebyshev.chebval(x, [1.0, 2.0, 3.0]), (3,), ulps=8)
call("np.cov", np.cov, (3, 5), ulps=8)
call("np.cov", np.cov, (5,), ulps=8)
call("np.cov", lambda x: np.cov(x, rowvar=False, ddof=0), (5, 2), ulps=8)
call("np.cov", lambda x, y: np.cov(x, y, bias=True), (5,), (5,), ulps=8)
call("np.corrcoef", lambda x, y: np.corrcoef(x, y)[0, 1], (5,), (5,), ulps=8)
call("np.corrcoef", np.corrcoef, (3, 5), ulps=8)
call("np.gradient", np.gradient, (5,), ulps=2)
call("np.gradient", lambda x: np.gradient(x, 0.5), (5,), ulps=2)
call("np.gradient", lambda x: np.gradient(x)[0] + np.gradient(x)[1], (3, 4), ulps=2)
call("np.gradient", lambda x: np.gradient(x, 0.25, axis=-1), (3, 4), ulps=2)
call("np.gradient", lambda x: np.gradient(x, edge_order=2), (5,), ulps=4)
call("np.gradient", lambda y: np.gradient(y, np.array([0.0, 1.0, 3.0, 4.0])), (4,), ulps=4)
