"""What one example is: a function at a point, its derivatives by hand, and slips that people make in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Slip:
    """A wrong derivative.

    Attributes:
        claimed: the wrong one, as in `Case`.
        wrong: what the check has to find wrong: (component, argument) of the entries.
        named: the diagnosis, as far as the mistake has a name.
    """

    claimed: Mapping[str, Callable[..., Any]]
    wrong: frozenset[tuple[str, str]]
    named: str = ""


@dataclass(frozen=True)
class Case:
    """A function with derivatives by hand.

    Attributes:
        title: a line of text.
        f: the function.
        args: where it is checked.
        claimed: operator -> its derivative, called with the same arguments.
        slips: what may go wrong, by what it is.
        wrt: the arguments to differentiate by; the first by default.
    """

    title: str
    f: Callable[..., Any]
    args: tuple[Any, ...]
    claimed: Mapping[str, Callable[..., Any]]
    slips: Mapping[str, Slip] = field(default_factory=dict)
    wrt: tuple[str, ...] | None = None
