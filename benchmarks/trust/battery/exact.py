"""The same functions over mpmath: object arrays of mpf, in as many digits as wanted. No derivative is known here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from mpmath import mp, mpf

ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "sin": mp.sin, "cos": mp.cos, "tan": mp.tan, "arcsin": mp.asin, "arccos": mp.acos, "arctan": mp.atan,
    "sinh": mp.sinh, "cosh": mp.cosh, "tanh": mp.tanh, "arcsinh": mp.asinh, "arccosh": mp.acosh,
    "arctanh": mp.atanh, "exp": mp.exp, "expm1": mp.expm1, "log": mp.log, "log1p": mp.log1p,
    "exp2": lambda x: mpf(2) ** x, "log2": lambda x: mp.log(x) / mp.log(2), "log10": lambda x: mp.log(x) / mp.log(10),
    "sqrt": mp.sqrt, "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)), "abs": abs, "absolute": abs, "sign": mp.sign,
    "floor": mp.floor, "square": lambda x: x * x, "arctan2": mp.atan2, "hypot": mp.hypot, "power": lambda x, y: x**y,
    "maximum": max, "minimum": min, "real": mp.re, "imag": mp.im,
    "conj": mp.conj, "logaddexp": lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))),
    "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x), "deg2rad": lambda x: x * mp.pi / 180,
    "sinc": lambda x: mpf(1) if x == 0 else mp.sin(mp.pi * x) / (mp.pi * x),
    "mod": lambda x, y: x - y * mp.floor(x / y),
}  # fmt: skip
SPECIAL: dict[str, Callable[..., Any]] = {
    "erf": mp.erf, "erfc": mp.erfc, "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x), "gamma": mp.gamma,
    "gammaln": lambda x: mp.log(abs(mp.gamma(x))), "digamma": mp.digamma, "psi": mp.digamma,
    "polygamma": lambda n, x: mp.psi(int(n), x), "expit": lambda x: 1 / (1 + mp.exp(-x)),
    "logit": lambda x: mp.log(x / (1 - x)), "log_expit": lambda x: -mp.log1p(mp.exp(-x)),
    "xlogy": lambda x, y: mpf(0) if x == 0 else x * mp.log(y),
    "xlog1py": lambda x, y: mpf(0) if x == 0 else x * mp.log1p(y),
    "entr": lambda x: mpf(0) if x == 0 else -x * mp.log(x), "ndtr": mp.ncdf, "log_ndtr": lambda x: mp.log(mp.ncdf(x)),
    "ndtri": lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1), "erfinv": mp.erfinv, "j0": lambda x: mp.besselj(0, x),
    "j1": lambda x: mp.besselj(1, x), "jv": mp.besselj, "yv": mp.bessely, "iv": mp.besseli, "kv": mp.besselk,
    "i0": lambda x: mp.besseli(0, x), "i1": lambda x: mp.besseli(1, x), "k0": lambda x: mp.besselk(0, x),
    "k1": lambda x: mp.besselk(1, x), "i0e": lambda x: mp.exp(-abs(x)) * mp.besseli(0, x),
    "i1e": lambda x: mp.exp(-abs(x)) * mp.besseli(1, x), "ive": lambda v, x: mp.exp(-abs(x)) * mp.besseli(v, x),
    "beta": mp.beta, "betaln": lambda a, b: mp.log(mp.beta(a, b)),
    "gammainc": lambda a, x: mp.gammainc(a, 0, x, regularized=True),
    "gammaincc": lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True), "zeta": mp.zeta, "expi": mp.ei,
    "exp1": mp.e1, "ellipk": mp.ellipk, "ellipe": mp.ellipe, "spence": lambda x: mp.polylog(2, 1 - x),
    "lambertw": mp.lambertw, "dawsn": lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x),
}  # fmt: skip


def vectorised(function: Callable[..., Any], arity: int) -> Callable[..., Any]:
    """Over numbers and arrays alike. What mpmath cannot say (log 0, a pole) is nan, as in a `where` that drops it."""

    def one(*args: Any) -> Any:
        try:
            return function(*map(_mpf, args))
        except (ValueError, ZeroDivisionError):
            return mpf("nan")

    return numpy.frompyfunc(one, arity, 1)


def _mpf(x: Any) -> Any:
    return x if isinstance(x, mp.mpf | mp.mpc) else mp.mpmathify(x.item() if isinstance(x, numpy.generic) else x)


TWO = {
    "arctan2", "hypot", "power", "maximum", "minimum", "logaddexp", "copysign", "mod", "polygamma", "xlogy", "xlog1py",
    "jv", "yv", "iv", "kv", "ive", "beta", "betaln", "gammainc", "gammaincc",
}  # fmt: skip


class Linalg:
    """Determinants and solutions by elimination, over mpf."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"mpmath's namespace has no linalg.{name} yet; add it to exact.py")

    def det(self, a: Any) -> Any:
        return mp.det(mp.matrix(a.tolist()))

    def slogdet(self, a: Any) -> Any:
        d = self.det(a)
        return mp.sign(d), mp.log(abs(d))

    def inv(self, a: Any) -> Any:
        return _array(mp.inverse(mp.matrix(a.tolist())))

    def solve(self, a: Any, b: Any) -> Any:
        return self.inv(a) @ b

    def norm(self, x: Any) -> Any:
        return mp.sqrt(numpy.sum(x * x))

    def eigvalsh(self, a: Any) -> Any:
        return numpy.array(list(mp.eigsy(mp.matrix(a.tolist()), eigvals_only=True)), dtype=object)

    def cholesky(self, a: Any) -> Any:
        return _array(mp.cholesky(mp.matrix(a.tolist())))


def _array(matrix: Any) -> Any:
    return numpy.array(matrix.tolist(), dtype=object)


class Special:
    """scipy.special's names."""

    def __getattr__(self, name: str) -> Any:
        return vectorised(SPECIAL[name], 2 if name in TWO else 1)

    def logsumexp(self, x: Any) -> Any:
        return mp.log(numpy.sum(MP.exp(x)))

    def softmax(self, x: Any) -> Any:
        e = MP.exp(x)
        return e / numpy.sum(e)


class Mp:
    """NumPy's names over mpf. What only moves or adds is NumPy's own, which works on objects."""

    special, linalg = Special(), Linalg()

    def __getattr__(self, name: str) -> Any:
        if name in ELEMENTWISE:
            return vectorised(ELEMENTWISE[name], 2 if name in TWO else 1)
        return getattr(numpy, name)

    @property
    def pi(self) -> Any:
        return mpf(numpy.pi)  # the number that the program holds, not the circle's

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        chosen = numpy.where(numpy.asarray(condition, dtype=bool), x, y)
        return chosen if chosen.ndim else chosen.item()

    def clip(self, x: Any, low: Any, high: Any) -> Any:
        return self.minimum(self.maximum(x, low), high)

    def var(self, x: Any, axis: Any = None) -> Any:
        return numpy.mean((x - numpy.mean(x, axis=axis, keepdims=True)) ** 2, axis=axis)

    def std(self, x: Any, axis: Any = None) -> Any:
        return self.sqrt(self.var(x, axis))

    def asarray(self, x: Any) -> Any:
        found = numpy.asarray(x)
        return found.astype(object) if found.dtype.kind == "f" else found  # integers stay indices

    array = asarray


MP = Mp()
