"""The table of steps as LaTeX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symdiff.lecture import Steps

_NAME = re.compile(r"[^\W\d]\w*")


def steps_latex(table: Steps) -> str:
    r"""An `array` with one line per step: z_1 = x_1^{2} = 1 and \bar{z}_1 = ... = 2."""
    lines = [r"\begin{array}{lll}", r"\text{step} & \text{value} & \text{adjoint} \\ \hline"]
    for s in table.inputs:
        lines.append(rf"{name_latex(s.name)} & {_number(s.value)} & {_adjoint(s.name, s.adjoint_formula, s.adjoint)} \\")
    for s in table.rows:
        left = f"{name_latex(s.name)} = {_expression(s.expression)}"
        lines.append(rf"{left} & {_number(s.value)} & {_adjoint(s.name, s.adjoint_formula, s.adjoint)} \\")
    return "\n".join([*lines, r"\end{array}"])


def name_latex(name: str) -> str:
    r"""x1 as x_{1}, z12bar as \bar{z}_{12}, omega_0 as \omega_{0}."""
    import sympy as sp

    barred = name.endswith("bar") and len(name) > 3
    stem, digits = re.fullmatch(r"(.*?)_?(\d*)", name[:-3] if barred else name).groups()  # type: ignore[union-attr]  # matches everything
    text = sp.latex(sp.Symbol(stem)) if stem else digits
    text = rf"\bar{{{text}}}" if barred else text
    return f"{text}_{{{digits}}}" if stem and digits else text


def _expression(text: str) -> str:
    """A step's expression: read by our own parser, printed by SymPy, in the order it was written."""
    import sympy as sp

    from symdiff.graph import run
    from symdiff.inputs.text import parse

    graph = parse(text, sorted(set(_NAME.findall(text)) - _called(text)))
    symbols = [sp.Symbol(name_latex(graph.nodes[i].name), real=True) for i in graph.inputs]
    values = run(graph, "sympy", symbols, lambda c: sp.Integer(int(c)) if float(c).is_integer() else sp.Float(float(c)))
    return sp.latex(values[graph.outputs[0]], symbol_names={s: s.name for s in symbols}, order="none")


def _called(text: str) -> set[str]:
    return set(re.findall(r"([^\W\d]\w*)\s*\(", text))


def _adjoint(name: str, formula: str, value: float) -> str:
    return f"{name_latex(name + 'bar')} = {_expression(formula)} = {_number(value)}"


def _number(value: float) -> str:
    return re.sub(r"e([+-])0*(\d+)", lambda m: rf" \cdot 10^{{{m[1].replace('+', '')}{m[2]}}}", f"{value:.10g}")
