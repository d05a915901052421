"""The one exception family: everything symdiff raises on purpose is a `SymdiffError`.

A message is one sentence (or a sentence and a pointer line) that says what was given, what was
expected, where, and what to do. Exceptions raised by the user's own functions keep their type.
"""

from __future__ import annotations


class SymdiffError(Exception):
    """Base class of everything symdiff raises on purpose."""


class ExpressionError(SymdiffError, ValueError):
    """A formula text that cannot be read.

    `position` is the 0-based index of the offending character in the text, or None where no single
    place is to blame. The message already contains the column (1-based) and a pointer line.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class InputError(SymdiffError, ValueError):
    """A value, a name or an option that does not fit: missing, surplus, not a finite real number."""


class DomainError(SymdiffError, ValueError):
    """The function is not defined at the point that was given."""


class UnsupportedError(SymdiffError):
    """This method cannot do this function; the message says why."""


class Disagreement(SymdiffError, AssertionError):
    """`assert_agree` found a derivative that is not right. `report` holds the whole story."""

    def __init__(self, message: str, report: object = None) -> None:
        super().__init__(message)
        self.report = report


class BrokenRule(UnsupportedError):
    """A derivative rule of the caller's own (`jax.custom_vjp`) that raises, or returns something of another shape."""
