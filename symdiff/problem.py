"""What is to be differentiated: a graph, its inputs, and what the caller wrote."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.graph import Graph, run

Wrt = int | str | Sequence[int | str] | None


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A function of named real scalars, ready for every method.

    Attributes:
        graph: the computational graph, nothing folded or reordered; one output per component.
        names: the variables in calling order.
        source: the function as the caller wrote it, for reports.
        language: "text", "sympy" or "python": whose native path comes first.
        own: the caller's own callable (positional floats -> float or tuple of floats), which never
            saw the graph; None for text, which has none.
        native: the caller's object in the language of one method (a SymPy expression), or None.
        vector: whether the function has several components (its value is a tuple).
        origin: the function of arrays that this is, entry by entry (an `ArrayProblem`), or None.
    """

    graph: Graph
    names: tuple[str, ...]
    source: str
    language: str
    own: Callable[..., Any] | None = None
    native: Any = None
    vector: bool = False
    origin: Any = None

    def __call__(self, *values: float, **named: float) -> Any:
        """The value at a point, in float64: `f(1.0, 2.0)` or `f(x=1.0, y=2.0)`."""
        results = self.evaluate(self.point(values, named or None))
        return tuple(results) if self.vector else results[0]

    def evaluate(self, x: Sequence[Any]) -> list[Any]:
        """The outputs of the graph with NumPy, at positional values of any dtype."""
        with np.errstate(all="ignore"):
            values = run(self.graph, "forward", x, np.float64)
        return [values[o] for o in self.graph.outputs]

    def point(self, args: Sequence[Any] = (), at: Mapping[str, Any] | None = None) -> tuple[np.float64, ...]:
        """The values of all variables in order, from positions or by name.

        Raises `InputError` for a missing, surplus or unknown variable and for a value that is not a
        finite real number.
        """
        if at is None:
            if len(args) != len(self.names):
                raise InputError(
                    f"{len(args)} value(s) given, but the function has {len(self.names)} variable(s): "
                    f"{listed(self.names) or 'none'}"
                )
            at = dict(zip(self.names, args, strict=True))
        elif args:
            raise InputError("give the point either by position or by name, not both")
        if not isinstance(at, Mapping):
            raise InputError(f"at={_short(at)}: expected a mapping of names to values, such as {{'x': 1.0}}")
        known = set(self.names)
        at = {getattr(name, "name", name): value for name, value in at.items()}  # a SymPy symbol is its name
        for name in at:
            if name not in known:
                what = f"{_short(name)} is not a variable of {_short(self.source)}"
                raise InputError(what + nearest(name, self.names))
        missing = [name for name in self.names if name not in at]
        if missing:
            raise InputError(f"no value given for {listed(missing)}: the variables are {listed(self.names)}")
        return tuple(finite(at[name], name) for name in self.names)

    def select(self, wrt: Wrt) -> tuple[int, ...]:
        """The positions of the variables to differentiate by; None is all of them."""
        wrt = getattr(wrt, "name", wrt)  # a SymPy symbol is its name
        if wrt is None:
            return tuple(range(len(self.names)))
        if not isinstance(wrt, int | str | Iterable) or isinstance(wrt, bytes):
            raise InputError(f"wrt={_short(wrt)}: expected a variable's name or position, or a sequence of them")
        chosen = (wrt,) if isinstance(wrt, int | str) else tuple(wrt)
        return tuple(self._position(w) for w in chosen)

    def _position(self, wrt: Any) -> int:
        wrt = getattr(wrt, "name", wrt)
        if isinstance(wrt, str):
            if wrt not in self.names:
                what = f"wrt={_short(wrt)} is not a variable of {_short(self.source)}"
                raise InputError(what + nearest(wrt, self.names))
            return self.names.index(wrt)
        if isinstance(wrt, bool) or not isinstance(wrt, int) or not -len(self.names) <= wrt < len(self.names):
            raise InputError(f"wrt={_short(wrt)}: expected a variable's name or a position below {len(self.names)}")
        return wrt % len(self.names)


def nearest(name: Any, known: Sequence[str]) -> str:
    """`: did you mean 'x1'?`, or the names there are."""
    import difflib

    close = difflib.get_close_matches(name, known[:1000], n=2) if isinstance(name, str) else []
    if close:
        return f": did you mean {' or '.join(map(_short, close))}?"
    return f": the variables are {listed(known)}" if known else ": it has no variables"


def listed(names: Sequence[str], most: int = 8) -> str:
    """The names, or the first of them: a message is one sentence."""
    shown = [name if len(name) <= 20 else f"{name[:17]}..." for name in names[:most]]
    return ", ".join([*shown, *["..."] * (len(names) > most)])


def _short(value: Any) -> str:
    """The repr of what a caller gave, cut to what fits into a sentence."""
    text = " ".join(repr(value if not isinstance(value, int) or abs(value) < 10**50 else float("inf")).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def finite(value: Any, name: str) -> np.float64:
    """`value` as float64, or `InputError`: text, complex, nan and inf are not points."""
    if isinstance(value, np.ndarray) and value.shape == ():
        value = value[()]
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real | np.floating | np.integer):
        raise InputError(f"{name} = {_short(value)} ({type(value).__name__}): expected a finite real number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InputError(f"{name} = {_short(value)}: expected a finite real number (float64)")
    return np.float64(number)
