"""A polynomial by Horner's rule."""

from __future__ import annotations

SIZE = (4, 5)  # points, coefficients


def polynomial(x, coefficients):
    """c_0 + x (c_1 + x (c_2 + ...)), the constant first.

    Source: Knuth, The Art of Computer Programming 2 (1997), section 4.6.4, equation 2.
    """
    y = 0.0 * x
    for c in coefficients[::-1]:
        y = y * x + c
    return y


def arguments(rng, size):
    n, m = size
    return rng.normal(size=n), rng.normal(size=m)
