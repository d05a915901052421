"""Matrices of symbolic shape, as SymPy expressions to read: the notation of the lecture.

The expressions are notation only: none is ever handed to `diff`. What SymPy lacks for that is here: a function
applied entry by entry to several matrices, and softmax; and a transpose that is carried out at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.symbol import Str

from symdiff.errors import UnsupportedError


class Entrywise(sp.MatrixExpr):
    """f(A, B, ...), entry by entry: a name, a Lambda, matrices of one shape."""

    def __new__(cls, name: str | Str, function: sp.Lambda, *matrices: sp.MatrixExpr) -> Entrywise:
        return super().__new__(cls, name if isinstance(name, Str) else Str(name), function, *matrices)

    name = property(lambda self: self.args[0].name)
    function = property(lambda self: self.args[1])
    matrices = property(lambda self: self.args[2:])
    shape = property(lambda self: self.args[2].shape)  # type: ignore[override]  # SymPy is only partly typed

    def _entry(self, i: Any, j: Any, **kwargs: Any) -> sp.Expr:
        return self.function(*[m[i, j] for m in self.matrices])


class Softmax(sp.MatrixExpr):
    """e^A, each row (axis 1) or each column (axis 0) divided by its sum."""

    matrix = property(lambda self: self.args[0])
    axis = property(lambda self: int(self.args[1]))
    shape = property(lambda self: self.args[0].shape)  # type: ignore[override]  # SymPy is only partly typed

    def _entry(self, i: Any, j: Any, **kwargs: Any) -> sp.Expr:
        k = sp.Dummy("k", integer=True)
        along = self.matrix[i, k] if self.axis else self.matrix[k, j]
        return sp.exp(self.matrix[i, j]) / sp.Sum(sp.exp(along), (k, 0, self.shape[self.axis] - 1))


def ones(rows: Any) -> sp.OneMatrix:
    """The column of ones."""
    return sp.OneMatrix(rows, sp.Integer(1))  # type: ignore[return-value]  # SymPy is only partly typed


def product(*factors: Any) -> Any:
    """The product of numbers and matrices in this order."""
    number = sp.Mul(*[f for f in factors if not _is_matrix(f)])
    flat = [g for f in factors if _is_matrix(f) for g in (f.args if isinstance(f, sp.MatMul) else (f,))]
    numbers, matrices = [f for f in flat if not _is_matrix(f)], [f for f in flat if _is_matrix(f)]
    number = sp.Mul(number, *numbers)
    if number == 1 and len(matrices) == 1:
        return matrices[0]
    return sp.MatMul(*([] if number == 1 else [number]), *matrices, evaluate=False)


def added(*terms: Any) -> Any:
    """The sum in this order."""
    return terms[0] if len(terms) == 1 else sp.MatAdd(*terms, evaluate=False)


def hadamard(*factors: Any) -> Any:
    """The product entry by entry in this order."""
    return factors[0] if len(factors) == 1 else sp.HadamardProduct(*factors, evaluate=False)


def _is_matrix(part: Any) -> bool:
    return isinstance(part, sp.MatrixExpr)


def transposed(m: Any) -> Any:
    """The transpose, moved inside as far as it goes: (A B)^T = B^T A^T."""
    if isinstance(m, sp.Transpose):
        return m.arg
    if isinstance(m, sp.OneMatrix | sp.ZeroMatrix):
        return m.func(*m.shape[::-1])  # type: ignore[arg-type]  # SymPy is only partly typed
    if isinstance(m, sp.MatMul):
        numbers = [a for a in m.args if not _is_matrix(a)]
        return product(*numbers, *[transposed(a) for a in reversed(m.args) if _is_matrix(a)])
    if isinstance(m, Softmax):
        return Softmax(transposed(m.matrix), sp.Integer(1 - m.axis))
    if isinstance(m, sp.MatAdd | sp.HadamardProduct | Entrywise):
        return rebuilt(m, [transposed(a) if _is_matrix(a) else a for a in m.args])
    return sp.Transpose(m)


def rebuilt(m: Any, parts: Sequence[Any]) -> Any:
    """The same expression of other parts."""
    make = {sp.MatMul: product, sp.MatAdd: added, sp.HadamardProduct: hadamard}.get(type(m))
    if make is not None:
        return make(*parts)
    return transposed(parts[0]) if isinstance(m, sp.Transpose) else m.func(*parts)


def replaced(m: Any, by: Mapping[Any, Any]) -> Any:
    """The expression with symbols replaced by matrices of the same shape."""
    if m in by:
        return by[m]
    if isinstance(m, sp.MatrixSymbol | sp.OneMatrix | sp.ZeroMatrix) or not _is_matrix(m):
        return m
    return rebuilt(m, [replaced(a, by) if _is_matrix(a) else a for a in m.args])


def entries(
    m: Any,
    values: Mapping[str, np.ndarray],
    sizes: Mapping[sp.Symbol, int],
    replace: Callable[[Any, Mapping[Any, Any]], Any] = lambda e, at: e.xreplace(at),
) -> np.ndarray:
    """The entries of an expression, as an object array: `values` are those of the symbols by name, `sizes` the
    numbers that N and the d_i stand for. `replace` puts arguments into the definition of a function."""
    if isinstance(m, sp.MatrixSymbol):
        return values[m.name]
    if isinstance(m, sp.OneMatrix | sp.ZeroMatrix):
        return np.full([int(n.xreplace(sizes)) for n in m.shape], sp.Integer(isinstance(m, sp.OneMatrix)), object)  # type: ignore[arg-type]  # SymPy is only partly typed
    if not _is_matrix(m):
        return m.xreplace(sizes)
    if isinstance(m, sp.Transpose):
        return entries(m.arg, values, sizes, replace).T
    inside = [a for a in m.args if isinstance(a, sp.Expr) and a is not getattr(m, "function", 0)]
    parts = [entries(a, values, sizes, replace) for a in inside]
    if isinstance(m, sp.MatMul):
        return reduce(lambda a, b: a @ b if np.ndim(a) and np.ndim(b) else a * b, parts)
    if isinstance(m, sp.MatAdd):
        return reduce(lambda a, b: a + b, parts)
    if isinstance(m, sp.HadamardProduct):
        return reduce(lambda a, b: a * b, parts)
    if isinstance(m, Entrywise):
        variables, body = m.function.variables, m.function.expr.xreplace(sizes)
        f = np.frompyfunc(lambda *at: replace(body, dict(zip(variables, at, strict=True))), len(parts), 1)
        return f(*parts)  # type: ignore[no-any-return]  # an object array
    if isinstance(m, Softmax):
        grown = np.frompyfunc(sp.exp, 1, 1)(parts[0])
        return grown / np.sum(grown, axis=m.axis, keepdims=True)  # type: ignore[arg-type, call-overload]  # SymPy is only partly typed
    raise UnsupportedError(f"{type(m).__name__} has no entries here")
