"""What the derivative is: differences of the function itself in 170 digits, or 900. Nothing of symdiff is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy
from mpmath import mp, mpf

from benchmarks.trust.battery.case import Case
from benchmarks.trust.battery.exact import MP

# Steps of 1e-400 see slopes 1e-400 times the value and every length that float64 has; mostly 1e-50 are enough.
DIGITS, COARSE, CLOSED = 900, 170, 60
NOTHING = mpf(10) ** -350  # what is below the smallest float64 by far counts as 0
MANY = 64  # entries; beyond, a closed form is wanted, and differences at a sample of entries hold it to the function


def exact(point: tuple[Any, ...]) -> list[Any]:
    """The arguments as mpf, exactly."""
    return [numpy.frompyfunc(mpf, 1, 1)(x) if isinstance(x, numpy.ndarray) else mpf(x) for x in point]


def entries(args: list[Any]) -> Iterator[tuple[int, Any]]:
    """Every number of the arguments: which argument, and where in it."""
    for k, x in enumerate(args):
        yield from ((k, i) for i in numpy.ndindex(numpy.shape(x)))


def moved(args: list[Any], k: int, i: Any, h: Any) -> list[Any]:
    """The arguments with h added to one number."""
    if not isinstance(args[k], numpy.ndarray):
        return [x + h if j == k else x for j, x in enumerate(args)]
    other = args[k].copy()
    other[i] += h
    return [other if j == k else x for j, x in enumerate(args)]


def slope_by(case: Case, args: list[Any], k: int, i: Any) -> Any:
    """The derivative by one number, by a central difference: in few digits where they settle it, else in many."""
    x = args[k][i] if isinstance(args[k], numpy.ndarray) else args[k]
    if x:
        with mp.workdps(COARSE):
            h = abs(x) * mpf(10) ** -50
            right, left = (case.function(MP, *moved(args, k, i, s * h)) for s in (1, -1))
            middle, difference = case.function(MP, *args), right - left
            rise = abs(right - middle) + abs(left - middle)
            if abs(difference) > mpf(10) ** -20 * rise + mpf(10) ** -90 * abs(middle):
                return difference / (2 * h)
    h = (abs(x) or 1) * mpf(10) ** -400
    right, left = (case.function(MP, *moved(args, k, i, s * h)) for s in (1, -1))
    slope = (right - left) / (2 * h)
    return slope if abs(slope) > NOTHING else mpf(0)


def gradient(case: Case, args: list[Any] | None = None) -> list[Any]:
    """The true gradient, one array (or number) of mpf for each argument."""
    if case.truth is not None:
        with mp.workdps(CLOSED):
            found = case.truth(MP, *exact(case.point))
            return list(found) if len(case.point) > 1 else [found]
    with mp.workdps(DIGITS):
        args = exact(case.point) if args is None else args
        if sum(numpy.size(x) for x in args) > MANY:
            raise ValueError(f"{case.name}: more than {MANY} entries want a closed form: give truth=")
        out = [numpy.empty(numpy.shape(x), dtype=object) for x in args]
        for k, i in entries(args):
            out[k][i] = slope_by(case, args, k, i)
        return out


def claim(case: Case) -> list[Any]:
    """What is claimed, computed in float64, one array for each argument."""
    with numpy.errstate(all="ignore"):
        found = case.claimed(*case.copies())
    return [numpy.asarray(g) for g in (found if len(case.point) > 1 else [found])]


def errors(case: Case) -> list[tuple[Any, Any]]:
    """(the error of the claim, the true entry) for every entry, as mpf; nan where the claim is not finite."""
    with mp.workdps(DIGITS):
        out = []
        for claimed, true in zip(claim(case), gradient(case), strict=True):
            flat = numpy.asarray(true, dtype=object)
            if claimed.shape != flat.shape:
                raise ValueError(f"{case.name}: the claim has shape {claimed.shape}, the gradient {flat.shape}")
            out += [(abs(mpf(c) - t), t) for c, t in zip(claimed.astype(float).flat, flat.flat, strict=True)]
        return out


def formula(case: Case) -> list[Any] | None:
    """The claim evaluated in many digits, where its formula allows that: what it would be without rounding."""
    with mp.workdps(COARSE if case.truth is None else CLOSED):
        try:
            found = case.gradient(MP, *exact(case.point))
            parts = list(found) if len(case.point) > 1 else [found]
            as_mpf = numpy.frompyfunc(mpf, 1, 1)
            return [numpy.asarray(as_mpf(numpy.asarray(g, dtype=object)), dtype=object) for g in parts]
        except (TypeError, ValueError, ZeroDivisionError, AttributeError, IndexError):
            return None


def nearby(case: Case, count: int = 24) -> list[Any]:
    """Gradients close to a kink, in directions drawn at random: their hull is Clarke's set."""
    rng = numpy.random.default_rng(0)
    with mp.workdps(DIGITS):
        found = []
        for _ in range(count):
            args = exact(case.point)
            away = [numpy.frompyfunc(mpf, 1, 1)(rng.standard_normal(numpy.shape(x))) for x in args]
            near = [x + mpf(10) ** -20 * d for x, d in zip(args, away, strict=True)]
            found.append(numpy.concatenate([numpy.ravel(g) for g in gradient(case, near)]))
        return found
