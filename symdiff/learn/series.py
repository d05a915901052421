"""Time series to predict: Mackey-Glass and NARMA10, seeded, and the errors they are judged by."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.learn.data import checked_seed
from symdiff.learn.given import floats
from symdiff.nets.arguments import whole

SUBSTEPS = 10  # Runge-Kutta steps in a unit of time
STARTS_AT = 1.2  # Mackey-Glass: the constant past; the seed moves it by a tenth
NARMA_BOUND = 2.0  # a NARMA10 run that leaves [-2, 2] is on its way to infinity and is drawn anew
NARMA_TRIES = 100


def mackey_glass(n: int, tau: int = 17, seed: int = 0, washout: int = 1000) -> np.ndarray:
    """x' = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x, at n whole units of time (Mackey and Glass 1977).

    The classical Runge-Kutta method with ten steps a unit. Halfway through a step the delayed value is the cubic with
    the values and slopes at both ends, so the whole is of fourth order.

    Args:
        n: how many values, 1 or more.
        tau: the delay, in units of time; chaotic from 17 on.
        seed: of NumPy's generator, which moves the constant past, 1.2, by a tenth of a standard normal number.
        washout: units of time that are dropped before the first value.

    Returns:
        float64 of shape (n,).

    Raises:
        InputError: an argument that is none.

    >>> x = mackey_glass(5000)
    >>> x.shape, round(float(x.mean()), 2), round(float(x.std()), 2)
    ((5000,), 0.93, 0.23)
    """
    whole("n", n, 1)
    whole("tau", tau, 1)
    whole("washout", washout, 0)
    checked_seed(seed)
    start = STARTS_AT + 0.1 * float(np.random.default_rng(seed).standard_normal())
    delay, steps = tau * SUBSTEPS, (n + washout - 1) * SUBSTEPS
    x = [start] * (delay + 1)  # x[delay] is time 0
    slopes = [0.0] * (delay + 1)
    slopes[delay] = _mackey_glass_slope(start, start)
    for i in range(delay, delay + steps):
        x.append(_runge_kutta(x[i], slopes[i], x[i - delay], x[i - delay + 1], _halfway(x, slopes, i - delay, delay)))
        slopes.append(_mackey_glass_slope(x[i + 1], x[i + 1 - delay]))
    return np.array(x[delay + washout * SUBSTEPS :: SUBSTEPS])


def _mackey_glass_slope(now: float, then: float) -> float:
    return 0.2 * then / (1.0 + then**10) - 0.1 * now


def _halfway(x: list[float], slopes: list[float], i: int, start: int) -> float:
    """x between i and i + 1. Before time 0 it is constant, and has another slope on the left of 0 than on the right."""
    if i < start:
        return x[i]
    return 0.5 * (x[i] + x[i + 1]) + (slopes[i] - slopes[i + 1]) / (8.0 * SUBSTEPS)


def _runge_kutta(now: float, k1: float, then: float, then_after: float, then_between: float) -> float:
    h = 1.0 / SUBSTEPS
    k2 = _mackey_glass_slope(now + 0.5 * h * k1, then_between)
    k3 = _mackey_glass_slope(now + 0.5 * h * k2, then_between)
    k4 = _mackey_glass_slope(now + h * k3, then_after)
    return now + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def narma10(n: int, seed: int = 0, washout: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """y_{t+1} = 0.3 y_t + 0.05 y_t (y_t + ... + y_{t-9}) + 1.5 u_t u_{t-9} + 0.1, u uniform in [0, 0.5].

    The nonlinear autoregressive moving average of tenth order of Atiya and Parlos (2000). To be predicted: y_t from
    u_t, u_{t-1}, ..., of which u_t has no share in y_t yet. A run that grows beyond 2 is drawn anew.

    Args:
        n: how many values, 1 or more.
        seed: of NumPy's generator.
        washout: steps that are dropped before the first value.

    Returns:
        `u, y`, float64 of shape (n,) each.

    Raises:
        InputError: an argument that is none; a run so long that a hundred draws have all grown without bound.

    >>> u, y = narma10(100)
    >>> bool(np.isclose(y[50], 0.3*y[49] + 0.05*y[49]*y[40:50].sum() + 1.5*u[49]*u[40] + 0.1, rtol=1e-15, atol=0))
    True
    """
    whole("n", n, 1)
    whole("washout", washout, 0)
    checked_seed(seed)
    rng = np.random.default_rng(seed)
    for _ in range(NARMA_TRIES):
        u = 0.5 * rng.random(n + washout)
        y = _narma10(u)
        if y is not None:
            return u[washout:], y[washout:]
    raise InputError(f"n={n!r}: {NARMA_TRIES} runs of NARMA10 of this length have all grown without bound; try fewer")


def _narma10(u: np.ndarray) -> np.ndarray | None:
    inputs, y = u.tolist(), [0.0] * len(u)
    for t in range(9, len(u) - 1):
        y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * sum(y[t - 9 : t + 1]) + 1.5 * inputs[t] * inputs[t - 9] + 0.1
        if abs(y[t + 1]) > NARMA_BOUND:
            return None
    return np.array(y)


def nrmse(predicted: Any, true: Any) -> float:
    """sqrt(mean (predicted - true)^2 / var(true)): 1 is what the mean of the series reaches.

    Raises:
        InputError: shapes that differ, a series that is constant, or not finite.

    >>> nrmse([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), round(nrmse([2.0, 2.0, 2.0], [1.0, 2.0, 3.0]), 12)
    (0.0, 1.0)
    """
    p, t = floats(predicted, "predicted", finite=False), floats(true, "true")
    if p.shape != t.shape or not t.size:
        raise InputError(f"predicted has shape {p.shape} and the true series {t.shape}: expected the same, and some")
    variance = float(np.var(t))
    if not variance > 0.0:
        raise InputError("the true series is constant: there is no variance to hold the error against")
    return math.sqrt(float(np.mean((p - t) ** 2)) / variance)
