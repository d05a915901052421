"""The two smooth pieces of every op that has an edge and no jump: abs, max, min, relu and its kin.

Each piece is a function in ball arithmetic, so that its slopes are FLINT's. Where the switching function is
zero, or cannot be told from zero, the op lies between its pieces, and so do its slopes (the mean value theorem
for Lipschitz functions: Clarke, "Optimization and Nonsmooth Analysis", SIAM 1990, theorem 2.3.7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flint import arb, arb_series

from symdiff.balls import Ball, const, expm1
from symdiff.ops.activations import SELU_ALPHA, SELU_SCALE

Piece = Callable[..., Ball]


@dataclass(frozen=True, slots=True)
class Sides:
    """An op with two pieces: `plus` where its switching function is above zero, `minus` where it is below.

    `weights` are those of the arguments in the switching function: (1, -1) for max(a, b), which is a - b."""

    weights: tuple[int, ...]
    plus: Piece
    minus: Piece


SIDES = {
    "abs": Sides((1,), lambda x: x, lambda x: -x),
    "relu": Sides((1,), lambda x: x, lambda x: x * 0),
    "leaky_relu": Sides((1, 0), lambda x, alpha: x, lambda x, alpha: alpha * x),
    "elu": Sides((1, 0), lambda x, alpha: x, lambda x, alpha: alpha * expm1(x)),
    "selu": Sides((1,), lambda x: const(SELU_SCALE) * x, lambda x: const(SELU_SCALE) * const(SELU_ALPHA) * expm1(x)),
    "max": Sides((1, -1), lambda a, b: a, lambda a, b: b),
    "min": Sides((-1, 1), lambda a, b: a, lambda a, b: b),
}


def piece(op: str, side: int) -> Piece:
    """The piece of an op on a side: 1 is `plus`, -1 is `minus`."""
    return SIDES[op].plus if side > 0 else SIDES[op].minus


def slope(op: str, side: int, args: Sequence[Ball], k: int) -> arb:
    """The derivative of a piece by its k-th argument. Needs a precision with first coefficients."""
    moved = Ball(arb_series([args[k].value, 1]))
    return piece(op, side)(*args[:k], moved, *args[k + 1 :])[1]


def between(op: str, args: Sequence[Ball], k: int) -> arb:
    """All slopes that the op can have by its k-th argument, where its side is not known."""
    return slope(op, 1, args, k).union(slope(op, -1, args, k))


def of_clip(args: Sequence[Ball], k: int) -> arb:
    """All slopes that clip(x, low, high), which is min(max(x, low), high), can have by its k-th argument."""
    inner = enclosed("max", args[:2])

    def slopes(op: str, given: Sequence[Ball], at: int) -> arb:
        gap = switch(op, given)
        return slope(op, 1 if gap > 0 else -1, given, at) if gap > 0 or gap < 0 else between(op, given, at)

    if k == 2:
        return slopes("min", (inner, args[2]), 1)
    return slopes("max", args[:2], k) * slopes("min", (inner, args[2]), 0)


def undecided(op: str, args: Sequence[Ball]) -> bool:
    """Whether the arguments lie on the edge between the two pieces, or cannot be told from it."""
    if op not in SIDES or not all(a.value.is_finite() for a in args):
        return False
    return bool(switch(op, args).contains(0))


def switch(op: str, args: Sequence[Ball]) -> arb:
    """The switching function."""
    total = arb(0)
    for w, a in zip(SIDES[op].weights, args, strict=True):
        total += w * a.value
    return total


def enclosed(op: str, args: Sequence[Ball]) -> Ball:
    """The value of an op, where its side is not known: between those of its pieces."""
    values = [piece(op, s)(*(Ball(arb_series([a.value])) for a in args)).value for s in (1, -1)]
    return Ball(arb_series([values[0].union(values[1])]))
