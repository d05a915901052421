"""SymPy: derivatives that are right as formulas and wrong at a point, and of matrices, silently zero."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from symdiff.museum.exhibit import Exhibit

A, B = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.5, -1.0], [2.0, 1.5]])


def _asked(make: Callable[[Any, Any, Any], Any], at: dict[str, float], by: str, order: int = 1) -> Callable[[], Any]:
    """sympy.diff of an expression in x and y, at a point, with 30 digits."""

    def says() -> Any:
        import sympy as sp

        x, y = sp.symbols("x y", real=True)
        symbol = {"x": x, "y": y}[by]
        found = sp.diff(make(sp, x, y), symbol, order).subs({x: at.get("x", 0), y: at.get("y", 0)})
        return float(sp.N(found, 30)) if found is not sp.nan else float("nan")

    return says


def _trace() -> Any:
    """d/dA of Trace(A.T A) + Trace(B.T B), as a matrix expression, with the numbers put in."""
    import sympy as sp

    a, b = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("B", 2, 2)
    found: Any = sp.diff(sp.Trace(a.T * a) + sp.Trace(b.T * b), a)  # Any: SymPy is only partly typed
    explicit = found.subs({a: sp.Matrix(A), b: sp.Matrix(B)}).doit()
    return np.array(explicit.as_explicit() if hasattr(explicit, "as_explicit") else np.full((2, 2), explicit), float)


def _traces(a: Any) -> Any:
    return np.trace(np.transpose(a) @ a) + np.trace(B.T @ B)


_ALL = (
    Exhibit("sympy-sinc-second", "sympy", "diff(Piecewise((1, Eq(x, 0)), (sin(x)/x, True)), x, 2) at 0",
            "where(x == 0, 1, sin(x)/x)", (0.0,),
            _asked(lambda sp, x, y: sp.Piecewise((1, sp.Eq(x, 0)), (sp.sin(x) / x, True)), {"x": 0}, "x", 2),
            "a Piecewise is differentiated piece by piece, and the piece of one point is constant", "hessian",
            "https://github.com/sympy/sympy/issues/11402"),
    Exhibit("sympy-piecewise", "sympy", "diff(Piecewise((x, Eq(x, 1)), (x**2, True)), x) at 1",
            "where(x == 1, x, x**2)", (1.0,),
            _asked(lambda sp, x, y: sp.Piecewise((x, sp.Eq(x, 1)), (x**2, True)), {"x": 1}, "x"),
            "the function is x**2; the piece of one point has another slope", "grad",
            "https://github.com/sympy/sympy/issues/11402"),
    Exhibit("sympy-power", "sympy", "diff(x**y, x) at (0, 2)", "x**2", (0.0,),
            _asked(lambda sp, x, y: x**y, {"x": 0, "y": 2}, "x"), "it is written x**y*y/x: 0*2/0"),
    Exhibit("sympy-power-exponent", "sympy", "diff(x**y, y) at (0, 2)", "0**y", (2.0,),
            _asked(lambda sp, x, y: x**y, {"x": 0, "y": 2}, "y"), "x**y*log(x): 0 times infinity"),
    Exhibit("sympy-elliptic-k", "sympy", "diff(elliptic_k(x), x) at 0", "elliptic_k(x)", (0.0,),
            _asked(lambda sp, x, y: sp.elliptic_k(x), {"x": 0}, "x"), "a difference over 2 x (1 - x): 0/0"),
    Exhibit("sympy-elliptic-e", "sympy", "diff(elliptic_e(x), x) at 0", "elliptic_e(x)", (0.0,),
            _asked(lambda sp, x, y: sp.elliptic_e(x), {"x": 0}, "x"), "a difference over 2 x: 0/0"),
    Exhibit("sympy-relu-minus-relu", "sympy", "diff of Piecewise((x, x > 0), (0, True)) less that of -x, at 0",
            "relu(x) - relu(-x)", (0.0,),
            _asked(lambda sp, x, y: sp.Piecewise((x, x > 0), (0, True)) - sp.Piecewise((-x, x < 0), (0, True)),
                   {"x": 0}, "x"), "the function is x; each Piecewise has slope 0 at the edge"),
    Exhibit("sympy-traces", "sympy", "diff(Trace(A.T*A) + Trace(B.T*B), A)", _traces, (A,), _trace,
            "the derivative of a sum of traces of matrix expressions is zero, without a word"),
)  # fmt: skip
EXHIBITS = tuple(replace(e, fails="1.14.0") for e in _ALL)
