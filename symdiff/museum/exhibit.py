"""What an exhibit is: a function, a point, and a library that is asked for the derivative there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One derivative that a library had wrong when it was put here.

    The truth is not written down: `f` is checked at `args`, and what `says` returns is the claim that is judged.

    Attributes:
        name: what to type for it, `jax-hypot`.
        library: the module that is asked, as it is imported: "jax".
        shows: the call in the library's own words, and the point.
        f: the function as symdiff takes it, text or a plain NumPy function.
        args: the point.
        says: asks the library, live; returns numbers in the shape of the operator's entries.
        why: what goes wrong, in a sentence.
        operator: "grad" or "hessian".
        since: the issue where somebody told of it, "" where none is known to us.
        fails: the versions in which we have seen it wrong; what is installed is asked anew.
    """

    name: str
    library: str
    shows: str
    f: Any
    args: tuple[Any, ...]
    says: Callable[[], Any]
    why: str
    operator: str = "grad"
    since: str = ""
    fails: str = ""
