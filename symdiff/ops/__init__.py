"""The op table: what every op means. Importing it imports NumPy and nothing heavier."""

from symdiff.ops import (
    activations,
    arithmetic,
    bessel,
    cardinal,
    eigen,
    elliptic,
    exponential,
    hyperbolic,
    hypergeometric,
    integrals,
    linalg,
    loops,
    ordering,
    piecewise,
    polylog,
    powers,
    products,
    reductions,
    shaping,
    special,
    transcendents,
    trigonometric,
)
from symdiff.ops.row import TABLE, Approximated, Domain, Either, Kink, Lacking, Op, elementwise, primitive
