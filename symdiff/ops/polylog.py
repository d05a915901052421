"""The polylogarithm Li_s(z) of whole orders s and real z <= 1, and its derivatives (DLMF 25.12.10).

SciPy has the dilogarithm only (the row spence); mpmath has them all, one number at a time. With theta = z d/dz it is
theta Li_s = Li_(s - 1), and z**k times the k-th derivative is a sum of powers of theta with Stirling's numbers of
the first kind (DLMF 26.8.1), which loses the digits of a small z: mpmath is given as many more.
"""

from __future__ import annotations

import functools
import math
import threading
from typing import Any

import numpy as np

from symdiff.ops.row import Domain, Kink, elementwise, not_in_jax
from symdiff.vocabulary import arb, mpmath, sp

BITS = 90  # of float64's 53: the digits that the sum loses away from 0
_LOCAL = threading.local()  # a context of mpmath's own precision, for every thread


def _context() -> Any:
    if not hasattr(_LOCAL, "mp"):
        _LOCAL.mp = mpmath.MPContext()
    return _LOCAL.mp


@functools.cache
def _stirling(k: int) -> list[int]:
    return [int(mpmath.stirling1(k, j, exact=True)) for j in range(k + 1)]


def _value(z: float, n: int, k: int) -> float:
    """The k-th derivative of Li_n(z)."""
    if not z <= 1 or z == -math.inf:
        return math.nan
    if z == 1 and n - k <= 1:
        return math.inf
    mp = _context()
    if z == 0:
        return 0.0 if k == 0 else float(mp.factorial(k) * mp.mpf(k) ** -n)
    with mp.workprec(BITS + k * (8 + max(0, -math.frexp(z)[1]))):
        total = mp.fsum(c * mp.polylog(n - j, mp.mpf(z)) for j, c in enumerate(_stirling(k)) if c)
        return float(mp.re(total) / mp.mpf(z) ** k)


def _polylog(z: Any, n: int, k: int = 0) -> Any:
    with np.errstate(all="ignore"):  # beyond float32
        found = np.frompyfunc(functools.partial(_value, n=n, k=k), 1, 1)(z)
        return np.asarray(found, np.float64).astype(np.result_type(z))[()]


def _sympy(z: Any, n: int, k: int = 0) -> Any:
    if k == 0:
        return sp.polylog(n, z)
    elsewhere = sum(c * sp.polylog(n - j, z) for j, c in enumerate(_stirling(k)) if c) / z**k
    return sp.Piecewise((math.factorial(k) * sp.Integer(k) ** -n, sp.Eq(z, 0)), (elsewhere, True))


polylog = elementwise(
    "polylog", _polylog, partials=lambda y, z, n, k=0: polylog(z, n=n, k=k + 1),
    sympy=_sympy, jax=not_in_jax("polylog"), ball=arb.polylog, params=("n", "k"),
    domain=Domain(
        lambda z, n=3, k=0: np.logical_or(z > 1, np.logical_and(z == 1, n - k <= 1)),
        "an argument below 1, or 1 where the order is above 1", ((-3.0, 0.9),),
    ),
    kink=Kink(lambda z, n=3, k=0: z - 1.0, (None,), "the end of the domain"),
    examples={"n": (3,), "k": (0, 1), "measured": ((0.0, 1e8),)}, ulp=2,
    doc="the polylogarithm of a whole order n, differentiated k times (DLMF 25.12.10)",
)
