"""A value that writes down what is done with it.

Plain NumPy code runs on `Recorded` values unchanged: every operator, ufunc and function of NumPy's becomes
nodes of a graph. The rules of the op table are plain NumPy, so the tape's own backward pass is recorded
with the same values; that is how derivatives of derivatives and printable programs come about.

A decision (`if x > 0`, an index computed from x) is made with the number that the value carries, and noted
in the graph as a guard.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.graph import Graph
from symdiff.inputs.numpy.methods import ArrayMethods
from symdiff.ops import TABLE, Op
from symdiff.overloads import Operators, note

# ufuncs whose name is not the op's; the others are looked up by their own name
UFUNC_NAMES = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "negative": "neg",
    "absolute": "abs", "fabs": "abs", "maximum": "max", "minimum": "min",
    "remainder": "mod", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "psi": "digamma", "gammaln": "lgamma",
    "expit": "sigmoid", "float_power": "power", "bitwise_and": "logical_and", "bitwise_or": "logical_or",
    "invert": "logical_not",
}  # fmt: skip
_OF_OBJECTS = frozenset(
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan arcsin arccos arctan sinh cosh tanh "
    "arcsinh arccosh arctanh rint degrees radians fabs deg2rad rad2deg".split()
)
# packages whose frames are not the caller's
NOT_THE_CALLERS = ("symdiff", "numpy", "scipy", "torch")


class Recorded(Operators, ArrayMethods):
    """Node `index` of `graph`. `value` is the number or array it is here, or None if only the graph is wanted."""

    __slots__ = ("graph", "index", "value")

    def __init__(self, graph: Graph, index: int, value: Any = None) -> None:
        self.graph, self.index, self.value = graph, index, value

    # -- what NumPy asks ------------------------------------------------------------------------------

    def __symdiff_apply__(self, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Called by `Op.__call__`: a row used as a function."""
        return record(self.graph, op.name, args, tuple(params.items()))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
        from symdiff.inputs.numpy import functions

        name = UFUNC_NAMES.get(ufunc.__name__, ufunc.__name__)
        row = TABLE.get(name)
        if method == "__call__" and not kwargs and row is not None and row.elementwise:
            return record(self.graph, name, args)
        self._look_for_jax(args)
        return functions.ufunc(self, ufunc, method, args, kwargs)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        from symdiff.inputs.numpy import functions

        self._look_for_jax(args)
        if self.graph.objects:
            from symdiff.inputs.objects import together

            args = tuple(together(a) for a in args)
        return functions.call(func, args, kwargs)

    def _look_for_jax(self, args: Any) -> None:
        self.graph.met_jax = self.graph.met_jax or any(map(is_of_jax, args))

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self.graph.objects and dtype in (None, object):
            from symdiff.inputs.objects import elements

            found = np.empty((), object)
            found[()] = self
            return elements(self) if self.shape else found
        from symdiff.inputs.refused import plain_array

        raise UnsupportedError(plain_array())

    def __getattr__(self, name: str) -> Any:
        """`np.sin` of an array of objects asks each of them for its method `sin`."""
        if name in _OF_OBJECTS and self.graph.objects:
            return lambda: getattr(np, name)(self)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __array_namespace__(self, api_version: str | None = None) -> Any:
        """The array-API namespace: NumPy's functions, which come back here."""
        from symdiff.inputs.numpy.namespace import NAMESPACE

        return NAMESPACE

    # -- what Python asks -----------------------------------------------------------------------------

    def __bool__(self) -> bool:
        if self.value is None:
            raise UnsupportedError("a branch on a recorded value that carries no number: use np.where")
        if np.size(self.value) != 1:
            raise UnsupportedError(f"{place()}the truth of an array with {np.size(self.value)} entries is ambiguous: "
                                   "use np.any or np.all")  # fmt: skip
        return bool(self.decided())

    def decided(self) -> Any:
        """The number itself, for a decision of the caller's: noted as a guard."""
        if self.value is None:
            raise UnsupportedError("a decision on a recorded value that carries no number: use np.where")
        if self.graph.nodes[self.index].kind == "f":
            return (self != 0.0).decided()  # a number as a condition
        note(self.graph, self.index, self.value)
        return self.value

    def __float__(self) -> float:
        raise UnsupportedError(
            f"{place()}a value that is being differentiated is no plain float: use NumPy's functions, np.sin and not "
            "math.sin, leave float(x) out, and build an array with sd.array([...]), not out[i] = x"
        )

    def __complex__(self) -> complex:
        raise UnsupportedError(
            f"{place()}a value that is being differentiated is no plain complex number: use NumPy's functions, "
            "np.exp(1j * x) and not cmath.exp(1j * x), and leave complex(x) out"
        )

    def __int__(self) -> int:
        if self.graph.nodes[self.index].kind == "f":
            raise UnsupportedError(f"{place()}int(x) of a value that is being differentiated: use np.floor(x)")
        return int(self.decided())

    def __index__(self) -> int:
        if self.graph.nodes[self.index].kind != "i":
            raise UnsupportedError(f"{place()}a value that is being differentiated is no index: it is not whole")
        return int(self.decided())

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("iteration over a 0-d array")
        return (self[k] for k in range(self.shape[0]))

    def __getitem__(self, key: Any) -> Any:
        if self.value is None:
            raise UnsupportedError("a variable is a number here, not an array: write f(x1, x2), not f(x) with x[0]")
        from symdiff.inputs.numpy.shaping import getitem

        return getitem(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise UnsupportedError(
            f"{place()}writing into an array that is being differentiated: build the new array instead, with "
            "np.where, np.concatenate or sd.array([...])"
        )

    def __contains__(self, value: Any) -> bool:
        return bool(np.any(self == value))

    def __repr__(self) -> str:
        return f"<{self.graph.nodes[self.index].op} #{self.index} = {self.value!r}>"

    def __format__(self, spec: str) -> str:
        """In an f-string: the number, where a format is asked for, as of a NumPy number."""
        return format(self.value, spec) if spec and self.value is not None else repr(self)

    def _apply(self, name: str, args: tuple[Any, ...], params: tuple[tuple[str, Any], ...] = ()) -> Any:
        return record(self.graph, name, args, params)

    def __matmul__(self, other: Any) -> Any:
        return np.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return np.matmul(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return np.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return np.floor_divide(other, self)

    def __divmod__(self, other: Any) -> Any:
        return np.divmod(self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return np.divmod(other, self)

    def __round__(self, digits: int | None = None) -> Any:
        return np.round(self, digits or 0)

    def __xor__(self, other: Any) -> Any:
        return np.logical_xor(self, other)

    __rxor__ = __xor__

    # y += x makes a new value of y's name. NumPy writes into the array, which another name may share: who
    # records the function looks whether that mattered

    def _written(self, new: Any) -> Any:
        if self.shape and not self.graph.wrote:
            self.graph.wrote = caller() or "somewhere"
        return new

    def __iadd__(self, other: Any) -> Any:
        return self._written(self + other)

    def __isub__(self, other: Any) -> Any:
        return self._written(self - other)

    def __imul__(self, other: Any) -> Any:
        return self._written(self * other)

    def __itruediv__(self, other: Any) -> Any:
        return self._written(self / other)

    def __ipow__(self, other: Any) -> Any:
        return self._written(self**other)

    def __ifloordiv__(self, other: Any) -> Any:
        return self._written(self // other)

    def __imod__(self, other: Any) -> Any:
        return self._written(self % other)

    def __imatmul__(self, other: Any) -> Any:
        return self._written(self @ other)


def place() -> str:
    """`model.py, line 7: ` of the caller's code that is running, or nothing where there is none."""
    where = caller()
    return f"{where}: " if where else ""


def caller() -> str:
    """The innermost line that belongs neither to this package nor to NumPy, SciPy or PyTorch."""
    frame = sys._getframe(1)
    while frame is not None:
        if _is_the_callers(frame.f_globals.get("__name__", "")):
            return written(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return ""


@functools.lru_cache(maxsize=4096)  # asked for every step that is recorded
def _is_the_callers(module: Any) -> bool:
    return str(module).partition(".")[0] not in NOT_THE_CALLERS


@functools.lru_cache(maxsize=4096)
def written(path: str, line: int) -> str:
    """`model.py, line 7`."""
    return f"{path.replace(chr(92), '/').rpartition('/')[2]}, line {line}"


def record(graph: Graph, name: str, args: tuple[Any, ...], params: tuple[tuple[str, Any], ...] = ()) -> Recorded:
    """Apply an op to recorded values and plain numbers: add the node, and compute it where numbers are known."""
    row = TABLE[name]
    conditions = row.examples.get("conditions", ()) if row.elementwise else None
    ids, values, known = [], [], True
    for k, a in enumerate(args):
        if isinstance(a, Recorded):
            if a.graph is not graph:  # the step of a loop and what is around it
                from symdiff.inputs.steps import meeting

                graph, args = meeting(args)
                return record(graph, name, args, params)
            given = a
            odd = conditions is not None and (k in conditions) == (graph.nodes[a.index].kind == "f")
            if odd and a.value is not None:  # without a value it is a rule looked at by itself, and anything it likes
                given = as_number(a) if k not in (conditions or ()) else record(graph, "not_equal", (a, 0.0))
            ids.append(given.index)
            values.append(given.value)
            known = known and given.value is not None
        elif is_complex(a):
            from symdiff.inputs.numpy.complex import apply

            if graph.asked is not None:
                graph.asked.append("complex numbers")
            return apply(name, args, dict(params))
        else:
            if graph.objects and isinstance(a, np.ndarray) and a.dtype == object:
                from symdiff.inputs.objects import together

                return record(graph, name, tuple(together(v) for v in args), params)
            graph.met_jax = graph.met_jax or is_of_jax(a)
            plain = constant(a, name, conditions is None or k in conditions)
            truth = conditions is not None and k in conditions
            ids.append(_condition(graph, plain) if truth else graph.const(plain))
            values.append(plain)
    if not known:
        return Recorded(graph, graph.apply(name, *ids, params=params, kind="b" if row.boolean else "f"))
    return _computed(graph, name, args, params, ids, values)


def _computed(
    graph: Graph, name: str, args: tuple[Any, ...], params: tuple[tuple[str, Any], ...], ids: list[int],
    values: list[Any],
) -> Recorded:  # fmt: skip
    """The step with its value, where every argument has one."""
    row = TABLE[name]
    value = row.forward(*values, **dict(params))
    kind = "b" if row.boolean else "i" if row.whole else "f"
    if not row.elementwise and not (row.boolean or row.whole):
        kind = np.asarray(value).dtype.kind
    where = caller() if graph.places else ""
    shape = value.shape if isinstance(value, np.generic | np.ndarray) else np.shape(value)  # np.shape takes its time
    index = graph.apply(name, *ids, params=params, where=where, shape=shape, kind=kind)
    if graph.kept is not None:
        graph.kept[index] = value
    if graph.asked is not None and not any(type(a) is Recorded for a in args):
        from symdiff.inputs.datum import result

        return result(graph, index, value, row, args)
    return Recorded(graph, index, value)


def _condition(graph: Graph, plain: Any) -> int:
    """The node of a plain condition; one without axes as a comparison, since a constant is a number."""
    if np.ndim(plain):
        return graph.const(np.asarray(plain, bool))
    return graph.apply("greater", graph.const(np.float64(bool(plain))), graph.const(np.float64(0.5)), kind="b")


def is_of_jax(value: Any) -> bool:
    """Whether an object's class is one of JAX's."""
    return type(value).__module__.partition(".")[0] in ("jax", "jaxlib")


def is_complex(a: Any) -> bool:
    """Whether it is a complex number or array, recorded or plain."""
    return getattr(getattr(a, "dtype", None), "kind", "") == "c" or type(a) is complex


def constant(a: Any, name: str, as_it_is: bool) -> Any:
    """A plain number or array beside a recorded value: float64, unless it is a condition or an index."""
    if isinstance(a, float | int) and not isinstance(a, bool):
        return np.float64(a)
    array = np.asarray(a)
    if array.dtype.kind == "c":
        raise UnsupportedError(f"{place()}complex numbers met a recorded value in {name}: expected an array")
    if array.dtype.kind not in "fiub":
        kind = f"array of {array.dtype}" if isinstance(a, np.ndarray) else type(a).__name__
        raise UnsupportedError(f"{place()}{kind} met a recorded value in {name}: expected numbers")
    if not (as_it_is and array.dtype.kind in "bi"):
        array = array.astype(np.float64)
    return array if array.ndim else array[()]


def as_number(a: Recorded) -> Recorded:
    """A truth value as 1.0 or 0.0."""
    return record(a.graph, "where", (a, 1.0, 0.0))



def named(value: Any, name: str) -> Any:
    """The value itself; where it is recorded, its step gets a name, unless it has one."""
    if isinstance(value, Recorded):
        node = value.graph.nodes[value.index]
        if not node.name and node.args:
            node.name = name
    return value
