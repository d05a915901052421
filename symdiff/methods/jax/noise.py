"""What rounding does to JAX's own derivative program, measured: its primitives run one by one, disturbed.

Another program than the tape's loses other digits: JAX's tanh' is 1 - y**2, which has none left where y is 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.extend import core

from symdiff.methods.disturbance import UNIT, UNITS, bank, drawn, systematic
from symdiff.methods.jax.jaxpr import scan_parts, walk

SUMS = {"dot_general", "reduce_sum", "cumsum"}  # errors relative to their terms
EXACT = {
    "broadcast_in_dim", "reshape", "squeeze", "transpose", "slice", "concatenate", "pad", "rev", "gather", "neg",
    "select_n", "copy", "convert_element_type", "iota", "stop_gradient", "max", "min", "abs", "sign",
    "dynamic_slice", "expand_dims", "split",
    "reduce_max", "reduce_min", "sort", "clamp", "floor", "ceil", "round", "scatter",
}  # fmt: skip
MOST_OF_A_LOOP = 50_000  # equations of a loop that are run one by one
LIBRARY = 4.0  # XLA's functions are a few units in the last place off, not half of one
ARITHMETIC = {"add", "add_any", "sub", "mul", "div"}


def floor(
    closed: core.ClosedJaxpr, point: Sequence[Any], runs: int = 12, seed: int = 0, unit: float = UNIT
) -> list[np.ndarray]:
    """For each output of the program, entry by entry, the root mean square of what rounding changed."""
    rng = np.random.default_rng(seed)
    base = _run(closed, point, None, unit)
    squares = [np.zeros(np.shape(y)) for y in base]
    for _ in range(runs):
        disturbed = _run(closed, point, rng, unit)
        squares = [s + (np.asarray(y) - np.asarray(b)) ** 2 for s, y, b in zip(squares, disturbed, base, strict=True)]
    return [np.sqrt(s / runs) for s in squares]


def of_constants(closed: core.ClosedJaxpr, point: Sequence[Any], runs: int = 12) -> list[np.ndarray]:
    """The same of a function's own jaxpr, where nothing is disturbed but what it computes in a narrower dtype than
    float64: constants, such as the log of a float32. Compiled as a whole or called step by step, JAX rounds them
    otherwise."""
    return floor(closed, point, runs, unit=0.0)


def _run(
    closed: core.ClosedJaxpr, point: Sequence[Any], rng: np.random.Generator | None, unit: float
) -> list[Any]:
    numbers = bank(rng) if rng is not None else np.zeros(0)

    def bind(eqn: Any, inputs: list[Any]) -> list[Any]:
        if _to_be_opened(eqn):
            return _loop(eqn, inputs, bind)
        found = eqn.primitive.bind(*inputs, **eqn.params)
        outputs = list(found) if eqn.primitive.multiple_results else [found]
        return outputs if rng is None else [_disturbed(eqn, inputs, y, rng, numbers, unit) for y in outputs]

    return walk(closed.jaxpr, closed.consts, [jax.numpy.asarray(v) for v in point], lambda c: c, bind)


def _to_be_opened(eqn: Any) -> bool:
    """Whether an equation is a loop, and short enough to be run step by step."""
    if eqn.primitive.name != "scan":
        return False
    body, _, _, turns = scan_parts(eqn)
    return len(turns) * len(body.jaxpr.eqns) <= MOST_OF_A_LOOP


def _loop(eqn: Any, inputs: list[Any], bind: Any) -> list[Any]:
    body, carried, still, turns = scan_parts(eqn)
    consts, carry, xs = inputs[: still - carried], inputs[still - carried : still], inputs[still:]
    rows: list[list[Any]] = [[None] * len(turns) for _ in eqn.outvars[carried:]]
    for t in turns:
        found = walk(body.jaxpr, body.consts, [*consts, *carry, *(x[t] for x in xs)], lambda c: c, bind)
        carry = found[:carried]
        for row, y in zip(rows, found[carried:], strict=True):
            row[t] = y
    return [*carry, *map(jax.numpy.stack, rows)]


def _disturbed(
    eqn: Any, inputs: list[Any], y: Any, rng: np.random.Generator, numbers: np.ndarray, unit: float
) -> Any:
    name, dtype = eqn.primitive.name, np.asarray(y).dtype
    unit = max(unit, UNITS.get(dtype.name, 0.0) if dtype != np.float64 else 0.0)
    if name in EXACT or not unit or not jax.numpy.issubdtype(dtype, np.floating):
        return y
    if name in SUMS:
        sizes = eqn.primitive.bind(*[jax.numpy.abs(x) for x in inputs], **eqn.params)
        scale = np.asarray(sizes) * systematic(_terms(eqn, inputs, y))
    else:
        scale = np.abs(np.asarray(y)) * _units(eqn)
    return jax.numpy.asarray(np.asarray(y, np.float64) + drawn(numbers, np.asarray(y), rng) * unit * scale, dtype)


def _units(eqn: Any) -> float:
    """How many units in its last place a result may be off."""
    if eqn.primitive.name == "integer_pow":  # repeated multiplication
        return max(LIBRARY, float(abs(eqn.params["y"])))
    return 1.0 if eqn.primitive.name in ARITHMETIC else LIBRARY


def _terms(eqn: Any, inputs: list[Any], y: Any) -> float:
    """How many terms each sum has."""
    if eqn.primitive.name == "dot_general":
        (contracted, _), _ = eqn.params["dimension_numbers"]
        return float(np.prod([np.shape(inputs[0])[k] for k in contracted], dtype=float))
    if eqn.primitive.name == "cumsum":
        return float(np.shape(y)[eqn.params["axis"]])
    return float(np.size(inputs[0]) / max(np.size(y), 1))
