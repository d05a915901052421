"""The random program of a number: a formula or a function of arrays, a point, and what is asked."""

from __future__ import annotations

import re
from typing import Any

import numpy
from mpmath import mp, mpf

from benchmarks.trust.random_programs import arrays, formulas, points
from benchmarks.trust.random_programs.program import Program
from benchmarks.trust.random_programs.reading import reading

SHAPES: tuple[tuple[int, ...], ...] = ((), (1,), (2,), (3,), (4,), (2, 3), (3, 3), (2, 2), (1, 3), (3, 1), (2, 1, 2))
OPERATORS = ("grad", "grad", "grad", "grad", "hessian", "jvp", "vjp", "hvp")
TRIES = 40  # points
LARGEST = 1e100


def program(seed: int, dtype: str = "float64") -> Program:
    """Half of them formulas, in float32 none: text is computed in float64."""
    single = dtype == "float32"
    for attempt in range(100):
        rng = numpy.random.default_rng([seed, attempt, int(single)])
        found = of_arrays(rng, seed, single) if single or seed % 2 else of_numbers(rng, seed)
        if found is not None:
            return found
    raise AssertionError(f"nothing is defined with number {seed}")


def of_numbers(rng: numpy.random.Generator, seed: int) -> Program | None:
    """A formula, at a point where it is defined."""
    text = formulas.formula(rng)
    names = tuple(n for n in "xyz" if re.search(rf"\b{n}\b", text))
    if not names:
        return None
    f, operator = reading(text, names), str(rng.choice(OPERATORS[:6]))
    for _ in range(TRIES):
        kind = str(rng.choice(points.KINDS))
        args = tuple(float(v) for v in points.numbers(rng, len(names), kind))
        if defined(f, args):
            return Program(seed, text, names, args, kind, operator)
    return None


def defined(f: Any, args: tuple[float, ...]) -> bool:
    """Whether the value is a real number of a size that floats have."""
    if max(map(abs, args)) > LARGEST:
        return False
    with mp.workdps(40):
        try:
            value = f(*map(mpf, args))
        except (ValueError, ZeroDivisionError, OverflowError, mp.NoConvergence, TypeError):
            return False
        return isinstance(value, mp.mpf) and bool(mp.isfinite(value)) and abs(value) < LARGEST


def of_arrays(rng: numpy.random.Generator, seed: int, single: bool) -> Program | None:
    """A function of one to three arrays at a point; vectors are asked for their Jacobian or their products."""
    shapes = [SHAPES[k] for k in rng.integers(len(SHAPES), size=1 + int(rng.integers(3)))]
    kind = str(rng.choice(points.KINDS))
    args = points.arguments(rng, shapes, kind, single)
    names = list("xyz")[: len(args)]
    scalar = bool(rng.random() < 0.8)
    operator = str(rng.choice(OPERATORS if scalar else ("jacobian", "jvp", "vjp")))
    if single:  # what the measured noise judges
        operator = operator if operator in ("grad", "jvp", "vjp", "hvp") else "grad" if scalar else "jvp"
    if operator == "hessian" and sum(map(numpy.size, args)) > 9:
        operator = "hvp"
    source = arrays.function(rng, args, names, single, scalar)
    given = Program(seed, source, tuple(names), tuple(args), kind, operator, "float32" if single else "float64")
    with numpy.errstate(all="ignore"):
        value = given.given()(*args)
    if numpy.size(value) > arrays.MOST or not numpy.all(numpy.abs(value) < (1e30 if single else LARGEST)) or (scalar and numpy.ndim(value)):
        return None
    return given
