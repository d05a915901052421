"""Forward and reverse mode, one over the other: the ways to a second or third derivative, by name.

The outermost mode stands first, as in JAX's documentation: `forward-over-reverse` pushes a tangent through the
gradient. The gradient is what the outermost reverse sweep gives (where there is none, the outermost push along every
variable); every other mode differentiates along one of the vectors. All compositions are one derivative, so whoever
differs in one of them has a rule that is wrong in that mode only.

Source: Griewank and Walther, "Evaluating Derivatives" (2nd ed., SIAM 2008), chapter 5.
"""

from __future__ import annotations

from itertools import product

FORWARD, REVERSE = "forward", "reverse"
OVER = "-over-"


def _named(operator: str, order: int) -> tuple[str, ...]:
    return tuple(f"{operator}[{OVER.join(modes)}]" for modes in product((FORWARD, REVERSE), repeat=order))


SECOND, THIRD = _named("hvp", 2), _named("tvp", 3)
COMPOSITIONS = (*SECOND, *THIRD)


def split(name: str) -> tuple[str, tuple[str, ...]]:
    """The operator and its modes, none where the name has none.

    >>> split("hvp[forward-over-reverse]"), split("grad")
    (('hvp', ('forward', 'reverse')), ('grad', ()))
    """
    if name not in COMPOSITIONS:
        return name, ()
    operator, _, modes = name.removesuffix("]").partition("[")
    return operator, tuple(modes.split(OVER))


def joined(operator: str, modes: tuple[str, ...]) -> str:
    """The name of an operator with its modes: the inverse of `split`."""
    return f"{operator}[{OVER.join(modes)}]" if modes else operator


def gradient_at(modes: tuple[str, ...]) -> int:
    """The place of the mode that gives the gradient: the outermost reverse, or else the outermost."""
    return modes.index(REVERSE) if REVERSE in modes else 0
