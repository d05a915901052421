"""Linear layers collapse into one: W_n(...(W_1 x + b_1)...) + b_n = W x + b."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.errors import InputError
from symdiff.nets.arguments import checked_parameters

if TYPE_CHECKING:
    import sympy as sp

    from symdiff.nets.mlp import MLP


@dataclass(frozen=True)
class Collapse:
    """The one layer that a linear net is, as SymPy matrix expressions of symbolic shape.

    Attributes:
        W: W_n ... W_1.
        b: the sum of (W_n ... W_{i+1}) b_i.
        layered: W_n(...(W_1 x + b_1)...) + b_n, as the net computes it.
        proved: whether SymPy's expansion of `layered` is W x + b, term by term, for all shapes.
    """

    W: sp.MatrixExpr
    b: sp.MatrixExpr
    layered: sp.MatrixExpr
    proved: bool

    def __str__(self) -> str:
        return f"W = {_text(self.W)}\nb = {_text(self.b)}"

    def latex(self) -> str:
        """The two lines for LaTeX."""
        import sympy as sp

        return f"W = {sp.latex(self.W)} \\\\ b = {sp.latex(self.b)}"


def _text(expression: Any) -> str:
    """Products by juxtaposition, as in the lecture; the layers from the top."""
    terms = expression.args if expression.is_MatAdd else (expression,)
    products = [" ".join(map(str, t.args)) if t.is_MatMul else str(t) for t in terms]
    return " + ".join(sorted(products, key=lambda p: (-len(p), p)))


def collapse(net: MLP, params: Any = None) -> Collapse | dict[str, np.ndarray]:
    """See `MLP.collapse`."""
    for i, sigma in enumerate(net.activations, 1):
        if not sigma.linear:
            raise InputError(f"layer {i} of {net} has the activation {sigma}: only linear layers collapse into one")
    if params is None:
        return _symbolic(net.depth)
    checked_parameters(net.widths, params)
    weights, bias = np.asarray(params[0]["W"]), np.asarray(params[0]["b"])
    for layer in params[1:]:
        weights, bias = layer["W"] @ weights, layer["W"] @ bias + layer["b"]
    return {"W": weights, "b": bias}


def _symbolic(depth: int) -> Collapse:
    import sympy as sp

    d = [sp.Symbol(f"d{i}", integer=True, positive=True) for i in range(depth + 1)]
    ws = [sp.MatrixSymbol(f"W{i}", d[i], d[i - 1]) for i in range(1, depth + 1)]
    bs = [sp.MatrixSymbol(f"b{i}", d[i], 1) for i in range(1, depth + 1)]
    x = sp.MatrixSymbol("x", d[0], 1)
    layered: Any = x
    for w, b in zip(ws, bs, strict=True):
        layered = w * layered + b
    whole = sp.MatMul(*reversed(ws)).doit()
    terms = [sp.MatMul(*reversed(ws[i + 1 :]), b).doit() for i, b in enumerate(bs)]
    shift = sp.MatAdd(*terms).doit()
    difference = sp.expand(layered) - sp.MatAdd(sp.MatMul(whole, x).doit(), *terms).doit()
    return Collapse(whole, shift, layered, bool(difference.doit().is_ZeroMatrix))  # type: ignore[arg-type]  # SymPy is only partly typed
