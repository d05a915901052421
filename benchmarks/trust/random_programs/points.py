"""Where random programs are looked at: plain points, and those at which derivatives go wrong."""

from __future__ import annotations

from typing import Any

import numpy

KINDS = ("plain", "plain", "plain", "sizes", "one size", "ties", "zeros", "tails", "whole", "nearly equal")
ZEROS = (0.0, 0.0, -0.0, 1.0, -1.0)
TAILS = (40.0, -40.0, 19.5, -19.5, 710.0, -710.0, 1e3, -1e3, 1e8, 1e-8, -1e-8, 1e-160, 1e-300, 6.0, -6.0)
SINGLE_TAILS = (20.0, -20.0, 88.0, -88.0, 100.0, -100.0, 1e3, 1e-4, -1e-4, 1e-20, 1e-30, 6.0, -6.0)


def numbers(rng: numpy.random.Generator, count: int, kind: str, single: bool = False) -> numpy.ndarray:
    """That many numbers of one kind."""
    plain = rng.uniform(0.2, 2.0, count) * rng.choice([-1.0, 1.0], count)
    reach = 3.0 if single else 8.0
    if kind == "sizes":
        plain = plain * 10.0 ** rng.uniform(-reach, reach, count)
    elif kind == "one size":
        plain = plain * 10.0 ** rng.uniform(-reach, reach)
    elif kind == "ties":
        plain = rng.choice(plain[:2], count) * rng.choice([1.0, 1.0, -1.0], count)
    elif kind == "zeros":
        plain = numpy.where(rng.random(count) < 0.5, rng.choice(ZEROS, count), plain)
    elif kind == "tails":
        plain = numpy.where(rng.random(count) < 0.5, rng.choice(SINGLE_TAILS if single else TAILS, count), plain)
    elif kind == "whole":
        plain = rng.permutation(numpy.arange(-1.0, count + 2.0))[:count]
    elif kind == "nearly equal":
        plain = 1.0 + plain * 10.0 ** rng.uniform(-4 if single else -9, -3)
    if kind in ("plain", "sizes", "one size", "nearly equal") and rng.random() < 0.5:
        plain = numpy.array([float(f"{v:.4g}") for v in plain]) if kind != "nearly equal" else plain
    return plain.astype(numpy.float32 if single else numpy.float64)


def arguments(rng: numpy.random.Generator, shapes: list[tuple[int, ...]], kind: str, single: bool) -> list[Any]:
    """Arrays of these shapes, and NumPy numbers for ()."""
    sizes = [int(numpy.prod(s, dtype=int)) for s in shapes]
    flat = numbers(rng, sum(sizes), kind, single)
    parts = numpy.split(flat, numpy.cumsum(sizes)[:-1])
    return [p.reshape(s) if s else p[0] for p, s in zip(parts, shapes, strict=True)]
