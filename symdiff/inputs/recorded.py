"""A value that writes down what is done with it.

Plain NumPy code runs on `Recorded` values unchanged: every operator, ufunc and `np.where` becomes a
node of a graph. The rules of the op table are plain NumPy, so the tape's own backward pass is recorded
with the same values; that is how derivatives of derivatives and printable programs come about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.graph import Graph
from symdiff.ops import TABLE, Op

# ufuncs whose name is not the op's; the others are looked up by their own name
_UFUNC_NAMES = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "negative": "neg",
    "absolute": "abs", "fabs": "abs", "maximum": "max", "minimum": "min", "fmax": "max", "fmin": "min",
    "remainder": "mod", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "psi": "digamma", "gammaln": "lgamma",
    "expit": "sigmoid", "float_power": "power",
}  # fmt: skip


class Recorded:
    """Node `index` of `graph`. `value` is the number it has here, or None if only the graph is wanted."""

    __slots__ = ("graph", "index", "value")

    def __init__(self, graph: Graph, index: int, value: Any = None) -> None:
        self.graph, self.index, self.value = graph, index, value

    def __symdiff_apply__(self, op: Op, args: tuple[Any, ...], params: dict[str, int]) -> Any:
        """Called by `Op.__call__`: a row used as a function."""
        return record(self.graph, op.name, args, tuple(params.items()))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
        name = _UFUNC_NAMES.get(ufunc.__name__, ufunc.__name__)
        if method != "__call__" or kwargs or name not in TABLE:
            raise UnsupportedError(f"np.{ufunc.__name__} ({method}) cannot be recorded: the op table has no row for it")
        return record(self.graph, name, args)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        if func is np.where and len(args) == 3:
            return record(self.graph, "where", args)
        if func is np.clip and len(args) == 3 and not kwargs:
            return record(self.graph, "clip", args)
        raise UnsupportedError(f"np.{func.__name__} cannot be recorded: the op table has no row for it")

    def __bool__(self) -> bool:
        if self.value is None:
            raise UnsupportedError("a branch on a recorded value that carries no number: use np.where")
        return bool(self.value)

    def __float__(self) -> float:
        raise UnsupportedError("a recorded value is no float: use NumPy's functions, np.sin and not math.sin")

    def __getitem__(self, key: Any) -> Any:
        raise UnsupportedError("a variable is a number here, not an array: write f(x1, x2), not f(x) with x[0], x[1]")

    def __floordiv__(self, other: Any) -> Any:
        raise UnsupportedError("// cannot be recorded: write np.floor(x / y)")

    def __repr__(self) -> str:
        return f"<{self.graph.nodes[self.index].op} #{self.index} = {self.value!r}>"

    def __add__(self, other: Any) -> Any:
        return record(self.graph, "add", (self, other))

    def __radd__(self, other: Any) -> Any:
        return record(self.graph, "add", (other, self))

    def __sub__(self, other: Any) -> Any:
        return record(self.graph, "sub", (self, other))

    def __rsub__(self, other: Any) -> Any:
        return record(self.graph, "sub", (other, self))

    def __mul__(self, other: Any) -> Any:
        return record(self.graph, "mul", (self, other))

    def __rmul__(self, other: Any) -> Any:
        return record(self.graph, "mul", (other, self))

    def __truediv__(self, other: Any) -> Any:
        return record(self.graph, "div", (self, other))

    def __rtruediv__(self, other: Any) -> Any:
        return record(self.graph, "div", (other, self))

    def __mod__(self, other: Any) -> Any:
        return record(self.graph, "mod", (self, other))

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, int):  # x**2 is a product, defined for every x: not exp(2 log x)
            return record(self.graph, "integer_power", (self,), (("n", other),))
        return record(self.graph, "power", (self, other))

    def __rpow__(self, other: Any) -> Any:
        return record(self.graph, "power", (other, self))

    def __neg__(self) -> Any:
        return record(self.graph, "neg", (self,))

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return record(self.graph, "abs", (self,))

    def __lt__(self, other: Any) -> Any:
        return record(self.graph, "less", (self, other))

    def __le__(self, other: Any) -> Any:
        return record(self.graph, "less_equal", (self, other))

    def __gt__(self, other: Any) -> Any:
        return record(self.graph, "greater", (self, other))

    def __ge__(self, other: Any) -> Any:
        return record(self.graph, "greater_equal", (self, other))


def record(graph: Graph, name: str, args: tuple[Any, ...], params: tuple[tuple[str, int], ...] = ()) -> Recorded:
    """Apply an op to recorded values and plain numbers: add the node, and compute it where numbers are known."""
    if any(isinstance(a, complex | np.complexfloating) for a in args):
        raise UnsupportedError(f"a complex number met a recorded value in {name}: only real functions can be recorded")
    ids = [a.index if isinstance(a, Recorded) else graph.const(float(a)) for a in args]
    index = graph.apply(name, *ids, params=params)
    values = []
    for a in args:
        value = a.value if isinstance(a, Recorded) else np.float64(float(a))
        if value is None:  # only the graph is wanted
            return Recorded(graph, index)
        values.append(value)
    return Recorded(graph, index, TABLE[name].forward(*values, **dict(params)))
