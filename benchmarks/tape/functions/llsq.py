"""Linear least squares: a polynomial with m coefficients fitted to the sign of t, at n places t in [-1, 1].

The definition of GradBench's llsq: half the sum over i of (sign t_i - sum_j x_j t_i**j)**2. The powers are data.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def inputs(n: int, m: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    t = np.linspace(-1.0, 1.0, n)
    return (np.random.default_rng(4).normal(size=m),), (t[:, None] ** np.arange(m), np.sign(t))


def value(xp: Any, args: Any, data: Any, n: int, m: int) -> Any:
    (x,), (powers, sign) = args, data
    r = sign - powers @ x
    return 0.5 * xp.sum(r * r)
