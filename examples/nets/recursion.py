"""The delta recursion: ubar_n from the loss, ubar_i = (W_{i+1}^T ubar_{i+1}) o sigma'(u_i), Wbar_i = ubar_i z_{i-1}^T.

It is derived for letters in place of widths, printed, and proved entry by entry against SymPy's derivative of the
expanded risk. A step with a transpose left out is not proved, and its layer is named.
"""

from __future__ import annotations

from dataclasses import replace

import symdiff as sd
from symdiff.methods.symbolic.notation import hadamard, product, transposed


def without_transpose(formula):
    """u1bar = (W2 u2bar) o sigma'(u1)."""
    steps = dict(formula.recursion)
    arrived, slope = steps["u1bar"].args
    steps["u1bar"] = hadamard(product(transposed(arrived.args[0]), arrived.args[1]), slope)
    return replace(formula, recursion=tuple(steps.items()))


def show() -> str:
    formula = sd.mlp([64, 128, 10], "tanh", "softmax_cross_entropy").formula("W1")
    assert str(formula).splitlines() == [
        "u2bar = (softmax(u2) - t)/N",
        "u1bar = (W2^T u2bar) o sigma'(u1)",
        "W1bar = u1bar z0^T",
        "sigma'(u) = 1 - tanh(u)**2",
    ]
    right, wrong = formula.prove(), without_transpose(formula).prove(widths=(2, 2, 2))
    assert str(right.verdict) == "PROVED"
    assert wrong.failed is not None
    assert wrong.failed.layer == 1
    return f"{formula}\n{right}\n\nW2 u2bar in place of W2^T u2bar:\n{wrong}"
