"""NumPy's names over mpf, more of them than the battery needs."""

from __future__ import annotations

from typing import Any

import numpy
from mpmath import mp, mpf

from benchmarks.trust.battery.exact import Linalg, Mp, Special, _array, vectorised

MORE = {
    "reciprocal": lambda x: 1 / x, "negative": lambda x: -x, "rint": mp.nint, "ceil": mp.ceil,
    "heaviside": lambda x, y: mpf(0) if x < 0 else mpf(1) if x > 0 else y, "rad2deg": lambda x: x * 180 / mp.pi,
    "logaddexp2": lambda x, y: mp.log(mpf(2) ** x + mpf(2) ** y) / mp.log(2), "fmax": max, "fmin": min,
}  # fmt: skip
TWO = {"heaviside", "logaddexp2", "fmax", "fmin"}


class ExactLinalg(Linalg):
    """Norms, matrices on the right."""

    def norm(self, x: Any, ord: Any = None, axis: Any = None) -> Any:
        size = EXACT.abs(x)
        if ord is None or ord == 2:
            return EXACT.sqrt(numpy.sum(size * size, axis=axis))
        if ord == numpy.inf:
            return numpy.max(size, axis=axis)
        return numpy.sum(size, axis=axis) if ord == 1 else numpy.sum(size**ord, axis=axis) ** (mpf(1) / mpf(ord))

    def matrix_power(self, a: Any, n: int) -> Any:
        return a if n == 1 else a @ self.matrix_power(a, n - 1)

    def svdvals(self, a: Any) -> Any:
        return numpy.sort(EXACT.sqrt(self.eigvalsh(a.T @ a)))[::-1]

    def slogdet(self, a: Any) -> Any:
        d = self.det(a)
        return numpy.array([mp.sign(d), mp.log(abs(d))], dtype=object)

    def solve(self, a: Any, b: Any) -> Any:
        right = b if b.ndim == 2 else b[:, None]
        found = _array(mp.lu_solve(mp.matrix(a.tolist()), mp.matrix(right[:, :1].tolist())))
        for k in range(1, right.shape[1]):
            each = _array(mp.lu_solve(mp.matrix(a.tolist()), mp.matrix(right[:, k : k + 1].tolist())))
            found = numpy.hstack([found, each])
        return found if b.ndim == 2 else found[:, 0]


class ExactSpecial(Special):
    """Sums along an axis."""

    def logsumexp(self, x: Any, axis: Any = None) -> Any:
        return EXACT.log(numpy.sum(EXACT.exp(x), axis=axis))

    def softmax(self, x: Any, axis: Any = None) -> Any:
        e = EXACT.exp(x)
        return e / numpy.sum(e, axis=axis, keepdims=True)

    def log_softmax(self, x: Any, axis: Any = None) -> Any:
        return x - EXACT.log(numpy.sum(EXACT.exp(x), axis=axis, keepdims=True))


class Exact(Mp):
    """What a random program calls."""

    special, linalg = ExactSpecial(), ExactLinalg()
    float64 = float32 = staticmethod(lambda x: x)

    def __getattr__(self, name: str) -> Any:
        if name in MORE:
            return vectorised(MORE[name], 2 if name in TWO else 1)
        return super().__getattr__(name)

    def var(self, x: Any, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Any:
        away = x - numpy.mean(x, axis=axis, keepdims=True)
        count = numpy.size(x) if axis is None else numpy.shape(x)[axis]
        return numpy.sum(away * away, axis=axis, keepdims=keepdims) / (count - ddof)

    def std(self, x: Any, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Any:
        return self.sqrt(self.var(x, axis, keepdims, ddof))

    def median(self, x: Any) -> Any:
        flat = sorted(numpy.ravel(x))
        return (flat[(len(flat) - 1) // 2] + flat[len(flat) // 2]) / 2

    def ptp(self, x: Any) -> Any:
        return numpy.max(x) - numpy.min(x)

    def power(self, x: Any, y: Any) -> Any:
        return vectorised(lambda a, b: mpf(1) if b == 0 else a**b, 2)(x, y)

    def einsum(self, subscripts: str, *args: Any) -> Any:
        return numpy.einsum(subscripts, *args, optimize=False)

    def interp(self, x: Any, xp: Any, fp: Any) -> Any:
        def one(v: Any) -> Any:
            if v <= xp[0]:
                return fp[0] + 0 * v
            for a, b, fa, fb in zip(xp, xp[1:], fp, fp[1:], strict=False):
                if v <= b:
                    return mpf(fa) + (v - mpf(a)) * (mpf(fb) - mpf(fa)) / (mpf(b) - mpf(a))
            return fp[-1] + 0 * v

        return numpy.frompyfunc(one, 1, 1)(x)


EXACT = Exact()
