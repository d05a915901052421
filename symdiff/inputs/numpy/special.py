"""Functions of SciPy's that are compositions of rows.

Whether an argument lies where the function is infinite or nan is a decision: such numbers are in the graph
only where they are needed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements
from symdiff.ops import TABLE
from symdiff.ops.special import lgamma

LARGEST = float(np.finfo(np.float64).max)


@implements(special.log_expit)
def log_expit(x: Any, /) -> Any:
    return -TABLE["softplus"](-x)


@implements(special.logit)
def logit(x: Any, /) -> Any:
    return np.log(x) - np.log1p(-x)


@implements(special.xlogy)
def xlogy(x: Any, y: Any, /) -> Any:
    """x log y, and 0 where x is. Only where log y is no number is it left out: its slope by x is log y at 0, too."""
    return x * np.log(np.where(_left_out(x, y, np.logical_and(np.greater(y, 0.0), np.less_equal(y, LARGEST))), 1.0, y))


@implements(special.xlog1py)
def xlog1py(x: Any, y: Any, /) -> Any:
    within = np.logical_and(np.greater(y, -1.0), np.less_equal(y, LARGEST))
    return x * np.log1p(np.where(_left_out(x, y, within), 0.0, y))


def _left_out(x: Any, y: Any, inside: Any) -> Any:
    """Where x is 0 and y is a number, but not `inside` the logarithm's domain."""
    return np.logical_and(np.equal(x, 0.0), np.logical_not(np.logical_or(inside, np.isnan(y))))


@implements(special.entr)
def entr(x: Any, /) -> Any:
    """-x log x, 0 at 0, -inf below."""
    inside = np.greater(x, 0.0)
    safe = np.where(inside, x, 1.0)
    below = np.less(x, 0.0)
    return np.where(inside, -safe * np.log(safe), np.where(below, -np.inf, 0.0) if np.any(below) else 0.0)


@implements(special.rel_entr)
def rel_entr(x: Any, y: Any, /) -> Any:
    """x log(x/y), 0 where x is 0 and y is not negative."""
    inside = np.logical_and(np.greater(x, 0.0), np.greater(y, 0.0))
    a, b = np.where(inside, x, 1.0), np.where(inside, y, 1.0)
    zero = np.logical_and(np.equal(x, 0.0), np.greater_equal(y, 0.0))
    beyond = np.logical_not(np.logical_or(inside, zero))
    return np.where(inside, a * np.log(a / b), np.where(beyond, np.inf, 0.0) if np.any(beyond) else 0.0)


@implements(special.kl_div)
def kl_div(x: Any, y: Any, /) -> Any:
    return special.rel_entr(x, y) - x + y


@implements(special.ndtr)
def ndtr(x: Any, /) -> Any:
    """The normal distribution function."""
    return 0.5 * special.erfc(-x * np.sqrt(0.5))


@implements(special.betaln)
def betaln(a: Any, b: Any, /) -> Any:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


@implements(special.rgamma)
def rgamma(x: Any, /) -> Any:
    return 1.0 / special.gamma(x)


@implements(special.loggamma)
def loggamma(x: Any, /) -> Any:
    """For real x above 0; below, SciPy's is nan."""
    below = np.less(x, 0.0)
    return np.where(below, np.nan, lgamma(x)) if np.any(below) else lgamma(x)


@implements(special.huber)
def huber(delta: Any, r: Any, /) -> Any:
    size = np.abs(r)
    return np.where(np.less_equal(size, delta), 0.5 * (r * r), delta * (size - 0.5 * delta))


@implements(special.pseudo_huber)
def pseudo_huber(delta: Any, r: Any, /) -> Any:
    """delta**2 (sqrt(1 + (r/delta)**2) - 1), as u / (sqrt(1 + u) + 1) with no cancelling."""
    u = (r / delta) ** 2
    return delta * delta * (u / (np.sqrt(1.0 + u) + 1.0))


@implements(special.boxcox)
def boxcox(x: Any, lmbda: Any, /) -> Any:
    zero = np.equal(lmbda, 0.0)
    safe = np.where(zero, 1.0, lmbda)
    return np.where(zero, np.log(x), np.expm1(safe * np.log(x)) / safe)


@implements(special.exprel)
def exprel(x: Any, /) -> Any:
    """(e**x - 1) / x, and 1 at 0."""
    zero = np.equal(x, 0.0)
    safe = np.where(zero, 1.0, x)
    return np.where(zero, 1.0, np.expm1(safe) / safe)


# -- of several answers, or with a ufunc under another name --------------------------------------------


@implements(special.sici)
def sici(x: Any, /) -> Any:
    return TABLE["si"](x), TABLE["ci"](x)


@implements(special.shichi)
def shichi(x: Any, /) -> Any:
    return TABLE["shi"](x), TABLE["chi"](x)


@implements(special.fresnel)
def fresnel(x: Any, /) -> Any:
    return TABLE["fresnel_s"](x), TABLE["fresnel_c"](x)


@implements(special.airy)
def airy(x: Any, /) -> Any:
    return tuple(TABLE[f"airy_{name}"](x) for name in ("ai", "aip", "bi", "bip"))


@implements(special.kn)
def kn(n: Any, x: Any, /) -> Any:
    return special.kv(n, x)


@implements(special.yn)
def yn(n: Any, x: Any, /) -> Any:
    return special.yv(n, x)


@implements(special.expn)
def expn(n: Any, x: Any, /) -> Any:
    """E_n(x) = x**(n - 1) gamma(1 - n, x) (DLMF 8.19.1)"""
    order = float(n)
    return special.exp1(x) if order == 1.0 else x ** (order - 1.0) * TABLE["uppergamma"](1.0 - order, x)


@implements(special._ufuncs._lambertw)
def lambertw(z: Any, k: Any, tol: float, /) -> Any:
    """The principal branch where it is real; SciPy's answer is complex, with imaginary part 0."""
    if k != 0:
        raise UnsupportedError(f"scipy.special.lambertw(x, k={k}): only the principal branch, k=0, can be recorded")
    return TABLE["lambertw"](z)


@implements(special._ufuncs._zeta)
def zeta(s: Any, q: Any, out: None = None, /) -> Any:
    return TABLE["zeta"](s, q)


@implements(special._ufuncs._riemann_zeta)
def riemann_zeta(s: Any, out: None = None, /) -> Any:
    return TABLE["zeta"](s, 1.0)
