r"""The table of steps as LaTeX, and the expressions in it: as they were written, nothing reordered.

The names are the lecture's: x1 is x_{1}, the adjoint of z1 is \bar{z}_{1}. amsmath is needed (cases).
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from symdiff.graph import CONST, INPUT, Graph, Node

if TYPE_CHECKING:
    from symdiff.lecture import Step, Steps

MOST_ROWS = 400  # beyond it the middle is left out
MOST_NODES = 200  # of one formula; beyond it three dots

# how tightly a piece of LaTeX holds together
LOGIC, COMPARE, SUM, PRODUCT, POWER, ATOM = range(6)
Piece = tuple[str, int]

_GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
_ESCAPED = str.maketrans({c: f"\\{c}" for c in "_#%&${}"} | {"\\": r"\backslash ", "^": r"\hat{}", "~": r"\tilde{}"})
_NAMED = frozenset("sin cos tan sinh cosh tanh log max min".split())
_CALLED = {
    "asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan", "sigmoid": r"\sigma", "gamma": r"\Gamma",
    "lgamma": r"\ln\Gamma", "digamma": r"\psi", "beta": r"\mathrm{B}", "log2": r"\log_{2}", "log10": r"\log_{10}",
    "asinh": r"\operatorname{arsinh}", "acosh": r"\operatorname{arcosh}", "atanh": r"\operatorname{artanh}",
}  # fmt: skip
_INFIX = {
    "less": "<", "less_equal": r"\le", "greater": ">", "greater_equal": r"\ge", "equal": "=", "not_equal": r"\ne",
    "logical_and": r"\land", "logical_or": r"\lor",
}  # fmt: skip
_AROUND = {
    "abs": (r"\left|", r"\right|"), "floor": (r"\left\lfloor ", r"\right\rfloor"),
    "ceil": (r"\left\lceil ", r"\right\rceil"), "sqrt": (r"\sqrt{", "}"), "cbrt": (r"\sqrt[3]{", "}"),
}  # fmt: skip


def steps_latex(table: Steps) -> str:
    r"""An `array` with one line per step: z_{1} = x_{1}^{2} & 1 & \bar{z}_{1} = ... = 2."""
    names = {s.name + table.bar: rf"\bar{{{{{stem}}}}}{index}" for s in (*table.inputs, *table.rows)
             for stem, index in [_stem_and_index(s.name)]}  # fmt: skip
    names = {name: text.replace("{{", "{").replace("}}", "}") if "}}_" not in text else text for name, text in names.items()}
    lines = [_line(table, s, names) for s in (*table.inputs, *table.rows)]
    if len(lines) > MOST_ROWS:
        left_out = len(lines) - MOST_ROWS
        half = MOST_ROWS // 2
        lines = [*lines[:half], rf"\vdots & & \text{{{left_out} more steps}} \\", *lines[-half:]]
    return "\n".join([r"\begin{array}{lll}", r"\text{step} & \text{value} & \text{adjoint} \\ \hline", *lines, r"\end{array}"])
