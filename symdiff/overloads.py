"""The operators of Python on values that write down what is done with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.graph import Graph


class Operators:
    """`x + y` is the op add, and so on. `_apply(name, args, params)` writes it down."""

    __slots__ = ()

    def _apply(self, name: str, args: tuple[Any, ...], params: tuple[tuple[str, Any], ...] = ()) -> Any:
        raise NotImplementedError

    __hash__ = object.__hash__  # a value is itself; == makes a node

    def __add__(self, other: Any) -> Any:
        return self._apply("add", (self, other))

    def __radd__(self, other: Any) -> Any:
        return self._apply("add", (other, self))

    def __sub__(self, other: Any) -> Any:
        return self._apply("sub", (self, other))

    def __rsub__(self, other: Any) -> Any:
        return self._apply("sub", (other, self))

    def __mul__(self, other: Any) -> Any:
        return self._apply("mul", (self, other))

    def __rmul__(self, other: Any) -> Any:
        return self._apply("mul", (other, self))

    def __truediv__(self, other: Any) -> Any:
        return self._apply("div", (self, other))

    def __rtruediv__(self, other: Any) -> Any:
        return self._apply("div", (other, self))

    def __floordiv__(self, other: Any) -> Any:
        return self._apply("floor", (self / other,))

    def __rfloordiv__(self, other: Any) -> Any:
        return self._apply("floor", (other / self,))

    def __mod__(self, other: Any) -> Any:
        return self._apply("mod", (self, other))

    def __rmod__(self, other: Any) -> Any:
        return self._apply("mod", (other, self))

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, int | np.integer):  # x**2 is a product, defined for every x: not exp(2 log x)
            return self._apply("integer_power", (self,), (("n", int(other)),))
        return self._apply("power", (self, other))

    def __rpow__(self, other: Any) -> Any:
        return self._apply("power", (other, self))

    def __neg__(self) -> Any:
        return self._apply("neg", (self,))

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return self._apply("abs", (self,))

    def __lt__(self, other: Any) -> Any:
        return self._apply("less", (self, other))

    def __le__(self, other: Any) -> Any:
        return self._apply("less_equal", (self, other))

    def __gt__(self, other: Any) -> Any:
        return self._apply("greater", (self, other))

    def __ge__(self, other: Any) -> Any:
        return self._apply("greater_equal", (self, other))

    def __eq__(self, other: Any) -> Any:  # type: ignore[override]  # a node, as NumPy gives an array
        return self._apply("equal", (self, other))

    def __ne__(self, other: Any) -> Any:  # type: ignore[override]  # a node, as NumPy gives an array
        return self._apply("not_equal", (self, other))

    def __and__(self, other: Any) -> Any:
        return self._apply("logical_and", (self, other))

    def __or__(self, other: Any) -> Any:
        return self._apply("logical_or", (self, other))

    __rand__, __ror__ = __and__, __or__

    def __invert__(self) -> Any:
        return self._apply("logical_not", (self,))


def note(graph: Graph, index: int, value: Any) -> None:
    """Write down a decision of the caller's code, once."""
    for known, before in graph.guards:
        if known == index and np.array_equal(before, value):
            return
    graph.guards.append((index, value))
