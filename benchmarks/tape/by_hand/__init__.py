"""Gradients as a person writes them: the function and its backward pass, in NumPy or in plain Python.

A module a family, with makers by operator: `makers[operator] = {"numpy": ..., "buffers": ..., "python": ...}`. A maker
gets the arguments, the data and the size, and returns a function of the arguments. "numpy" is what reads best,
"buffers" what a patient engineer makes of it: no new arrays, every result written where it belongs. It may return
the same arrays in every call. "fresh" has the same buffers inside, and what it returns are new arrays in every call,
as the tape's are. The first maker of a family is the reference that all peers are checked against.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

Maker = Callable[..., Callable[..., Any]]


def makers(family: str, operator: str) -> dict[str, Maker]:
    """What was written by hand for this family and operator, by kind."""
    return importlib.import_module(f"{__name__}.{family}").makers.get(operator, {})


def reference(family: str, operator: str) -> Maker:
    """The gradient that decides whether a peer's is right."""
    return next(iter(makers(family, operator).values()))
