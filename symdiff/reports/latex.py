r"""The table of steps as LaTeX, and the expressions in it: as they were written, nothing reordered.

The names are the lecture's: x1 is x_{1}, the adjoint of z1 is \bar{z}_{1}. `where` needs amsmath (cases).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from symdiff.graph import CONST, INPUT, Graph, Node, number
from symdiff.reports.table import value_text

if TYPE_CHECKING:
    from symdiff.lecture import Step, Steps

MOST_ROWS = 400  # beyond it the middle is left out
MOST_NODES = 300  # of one formula; beyond it three dots

# how tightly a piece of LaTeX holds together
LOGIC, COMPARE, SUM, PRODUCT, FRACTION, POWER, ATOM = range(7)
Piece = tuple[str, int]

_GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
_ESCAPED = str.maketrans({c: f"\\{c}" for c in "_#%&${}"} | {"\\": r"\backslash ", "^": r"\hat{}", "~": r"\tilde{}"})
_FUNCTIONS = {name: f"\\{name}" for name in "sin cos tan sinh cosh tanh log max min".split()} | {
    "asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan", "sigmoid": r"\sigma", "gamma": r"\Gamma",
    "lgamma": r"\ln\Gamma", "digamma": r"\psi", "beta": r"\mathrm{B}", "log2": r"\log_{2}", "log10": r"\log_{10}",
    "asinh": r"\operatorname{arsinh}", "acosh": r"\operatorname{arcosh}", "atanh": r"\operatorname{artanh}",
}  # fmt: skip
_INFIX = {
    "less": ("<", COMPARE), "less_equal": (r"\le", COMPARE), "greater": (">", COMPARE), "equal": ("=", COMPARE),
    "greater_equal": (r"\ge", COMPARE), "not_equal": (r"\ne", COMPARE), "logical_and": (r"\land", LOGIC),
    "logical_or": (r"\lor", LOGIC), "add": ("+", SUM), "sub": ("-", SUM),
}  # fmt: skip
_INFIX_TRUTHS = frozenset(_INFIX) - {"add", "sub"}
_AROUND = {
    "abs": (r"\left|", r"\right|"), "floor": (r"\left\lfloor ", r"\right\rfloor"),
    "ceil": (r"\left\lceil ", r"\right\rceil"), "sqrt": (r"\sqrt{", "}"), "cbrt": (r"\sqrt[3]{", "}"),
}  # fmt: skip


def steps_latex(table: Steps) -> str:
    r"""An `array` with one line per step: z_{1} = x_{1}^{2} & 1 & \bar{z}_{1} = ... = 2."""
    steps = [(s, True) for s in table.inputs] + [(s, False) for s in table.rows]
    bars = {s.name + table.bar: name_latex(s.name, barred=True) for s, _ in steps}
    half = MOST_ROWS // 2
    shown = steps if len(steps) <= MOST_ROWS else [*steps[:half], *steps[-half:]]
    lines = [_line(table, s, bars, given) for s, given in shown]
    if len(steps) > MOST_ROWS:
        lines.insert(half, rf"\vdots & & \text{{{len(steps) - MOST_ROWS} more steps}} \\")
    head = [r"\begin{array}{lll}", r"\text{step} & \text{value} & \text{adjoint} \\ \hline"]
    return "\n".join([*head, *lines, r"\end{array}"])


def _line(table: Steps, step: Step, bars: Mapping[str, str], given: bool) -> str:
    expression, adjoint = table.drawn[step.name]
    name = name_latex(step.name)
    left = name if given or expression is None else f"{name} = {_side(expression, bars)}"
    return rf"{left} & {_value(step.value)} & {_adjoint(step, adjoint, bars, table.bar)} \\"


def _side(expression: Graph, bars: Mapping[str, str]) -> str:
    """The right-hand side of a step; a comparison has an equals sign of its own."""
    text = draw(expression, bars)
    return rf"\left({text}\right)" if expression.nodes[expression.outputs[0]].op in _INFIX_TRUTHS else text


def _adjoint(step: Step, drawn: Graph | None, bars: Mapping[str, str], bar: str) -> str:
    if step.adjoint is None:
        return ""
    formula = f"{draw(drawn, bars)} = " if drawn is not None else ""
    return f"{bars[step.name + bar]} = {formula}{_value(step.adjoint)}"


def name_latex(name: str, barred: bool = False) -> str:
    r"""x1 as x_{1}, omega_0 as \omega_{0}, speed as \mathit{speed}; with a bar on the stem if `barred`."""
    stem, digits, rest = re.fullmatch(r"(_*[^_]*?)(\d*)((?:_.*)?)", name).groups()  # type: ignore[union-attr]  # matches all
    if not stem:
        stem, digits = digits, ""
    index = ",".join([*([digits] if digits else []), *[_word(part) for part in rest.split("_") if part]])
    stem = rf"\bar{{{_word(stem)}}}" if barred else _word(stem)
    return f"{stem}_{{{index}}}" if index else stem


def _word(word: str) -> str:
    if word in _GREEK:
        return f"\\{word}"
    return word if word.isdigit() or (len(word) == 1 and word.isalpha()) else rf"\mathit{{{word.translate(_ESCAPED)}}}"


def draw(graph: Graph, names: Mapping[str, str] | None = None) -> str:
    """The output of a graph as LaTeX; `names` are inputs that have their LaTeX already."""
    live = graph.live()
    if len(live) > MOST_NODES:
        return r"\ldots"
    pieces: dict[int, Piece] = {}
    for i in live:
        node = graph.nodes[i]
        if node.op == INPUT:
            pieces[i] = (names or {}).get(node.name) or name_latex(node.name), ATOM
        elif node.op == CONST:
            pieces[i] = _constant(node.value)
        else:
            pieces[i] = _piece(node, [pieces[a] for a in node.args])
    return pieces[graph.outputs[0]][0]


def _piece(node: Node, args: list[Piece]) -> Piece:
    op = node.op
    if op in _AROUND:
        before, after = _AROUND[op]
        return f"{before}{args[0][0]}{after}", ATOM
    if op in _INFIX:
        sign, binding = _INFIX[op]
        return f"{_inside(args[0], binding)} {sign} {_inside(args[1], binding + 1)}", binding
    if op in _SPECIAL:
        return _SPECIAL[op](*args)
    if op == "integer_power":
        return f"{_inside(args[0], ATOM)}^{{{node.params[0][1]}}}", POWER
    name = _FUNCTIONS.get(op) or rf"\operatorname{{{op.translate(_ESCAPED)}}}"
    if op == "polygamma":
        name = rf"\psi^{{({node.params[0][1]})}}"
    return rf"{name}\left({', '.join(text for text, _ in args)}\right)", ATOM


def _times(a: Piece, b: Piece) -> Piece:
    left, right = _inside(a, PRODUCT), _inside(b, FRACTION)
    return left + (r" \cdot " if right[0].isdigit() else " ") + right, PRODUCT


def _cases(condition: Piece, then: Piece, otherwise: Piece) -> Piece:
    rows = rf"{then[0]} & \text{{if }} {condition[0]} \\ {otherwise[0]} & \text{{otherwise}}"
    return rf"\begin{{cases}} {rows} \end{{cases}}", LOGIC


_SPECIAL = {
    "neg": lambda a: (f"-{_inside(a, PRODUCT)}", SUM),
    "mul": _times,
    "div": lambda a, b: (rf"\frac{{{a[0]}}}{{{b[0]}}}", FRACTION),
    "power": lambda a, b: (f"{_inside(a, ATOM)}^{{{b[0]}}}", POWER),
    "exp": lambda a: (f"e^{{{a[0]}}}", POWER),
    "exp2": lambda a: (f"2^{{{a[0]}}}", POWER),
    "where": _cases,
    "logical_not": lambda a: (rf"\lnot {_inside(a, ATOM)}", LOGIC),
    "pi": lambda: (r"\pi", ATOM),
    "euler_e": lambda: ("e", ATOM),
}


def _inside(piece: Piece, binding: int) -> str:
    text, own = piece
    return text if own >= binding else rf"\left({text}\right)"


def _constant(value: float | Fraction | None) -> Piece:
    if isinstance(value, Fraction) and value.denominator != 1:
        return rf"\frac{{{value.numerator}}}{{{value.denominator}}}", FRACTION
    text = _power_of_ten(number(value))
    return text, SUM if text[0] == "-" else PRODUCT if "cdot" in text else ATOM


def _value(value: float | None) -> str:
    text = value_text(value)
    if text.strip("-") in ("true", "false", "nan"):
        return rf"\text{{{text}}}"
    return _power_of_ten(text.replace("inf", r"\infty"))


def _power_of_ten(text: str) -> str:
    return re.sub(r"e([+-]?)0*(\d+)", lambda m: rf" \cdot 10^{{{m[1].replace('+', '')}{m[2]}}}", text)
