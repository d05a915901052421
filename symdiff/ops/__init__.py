"""The op table: what every op means. Importing it imports NumPy and nothing heavier."""

from symdiff.ops import (
    activations,
    arithmetic,
    bessel,
    eigen,
    exponential,
    hyperbolic,
    linalg,
    loops,
    ordering,
    piecewise,
    powers,
    products,
    reductions,
    shaping,
    special,
    trigonometric,
)
from symdiff.ops.row import TABLE, Domain, Either, Kink, Lacking, Op, elementwise, primitive
