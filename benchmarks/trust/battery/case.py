"""A case: a function, a gradient that somebody claims for it, and the point at which a user would check it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy

from benchmarks.trust.battery.spaces import NUMPY

Kind = Literal["wrong", "right", "inaccurate"]


@dataclass(frozen=True, slots=True)
class Case:
    """One derivative. `function` and `gradient` take a namespace before their arguments; `f` and `claimed` do not.

    `clarke` holds, where the point is a kink, the vertices of Clarke's set, each a flat gradient. `truth` is a closed
    form where the differences that decide otherwise would be too many or too coarse. `rtol` is what the rounding of
    `f` itself costs at this point, relative to each entry; `slack` the same, absolute, where an entry is 0.
    """

    name: str
    family: str
    kind: Kind
    function: Callable[..., Any]
    gradient: Callable[..., Any]
    point: tuple[Any, ...]
    why: str
    source: str = ""
    clarke: tuple[tuple[float, ...], ...] = ()
    truth: Callable[..., Any] | None = None
    rtol: float = 1e-13
    slack: float = 0.0

    @property
    def wrong(self) -> bool:
        return self.kind == "wrong"

    @property
    def kink(self) -> bool:
        return bool(self.clarke)

    @property
    def f(self) -> Callable[..., Any]:
        """The function as a user has it: NumPy, without the namespace."""
        return plain(self.function)

    @property
    def claimed(self) -> Callable[..., Any]:
        """The gradient as a user has it: one array for one argument, a tuple for several."""
        return plain(self.gradient)

    def copies(self) -> tuple[Any, ...]:
        """The point anew: nothing that a checker writes into its arguments reaches the next one."""
        return tuple(x.copy() if isinstance(x, numpy.ndarray) else x for x in self.point)


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """A plain NumPy function with the signature that is left without the namespace."""

    def bound(*args: Any) -> Any:
        return function(NUMPY, *args)

    bound.__name__ = function.__name__ if function.__name__.isidentifier() else "f"
    parameters = list(inspect.signature(function).parameters.values())[1:]
    bound.__signature__ = inspect.Signature([p for p in parameters if p.default is p.empty])  # the rest are slips
    return bound


@dataclass(slots=True)
class Family:
    """The cases of one file. Its methods add a case each."""

    name: str
    cases: list[Case] = field(default_factory=list)

    def wrong(self, name: str, function: Any, gradient: Any, at: Any, why: str, **more: Any) -> None:
        self._add("wrong", name, function, gradient, at, why, more)

    def right(self, name: str, function: Any, gradient: Any, at: Any, why: str, **more: Any) -> None:
        self._add("right", name, function, gradient, at, why, more)

    def inaccurate(self, name: str, function: Any, gradient: Any, at: Any, why: str, **more: Any) -> None:
        self._add("inaccurate", name, function, gradient, at, why, more)

    def _add(self, kind: Kind, name: str, function: Any, gradient: Any, at: Any, why: str, more: Any) -> None:
        point = tuple(map(_argument, at)) if isinstance(at, tuple) else (_argument(at),)
        self.cases.append(Case(name, self.name, kind, function, gradient, point, why, **more))


def _argument(x: Any) -> Any:
    return float(x) if isinstance(x, int | float) else numpy.array(x, dtype=float)
