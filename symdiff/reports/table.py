"""The steps as plain text: the expression of one step, and the table of them all."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from symdiff.graph import CONST, INPUT, Graph, Node
from symdiff.inputs.unparse import to_text

if TYPE_CHECKING:
    from symdiff.lecture import Step, Steps

MOST_ROWS = 400  # beyond it the middle is left out; the JSON has everything
WIDEST_EXPRESSION, WIDEST_LINE = 60, 160
MOST_NAMES = 20  # of the gradient, below the table


def steps_text(table: Steps) -> str:
    """Forward on the left, the adjoint on the right, aligned in columns."""
    rows = [("step", "", "value", "adjoint", "")]
    steps = [("", s) for s in table.inputs] + [(clip(f"= {s.expression}", WIDEST_EXPRESSION), s) for s in table.rows]
    rows += [(s.name, shown, value_text(s.value), value_text(s.adjoint), _adjoint(table, s)) for shown, s in steps]
    left_out, half = len(rows) - 1 - MOST_ROWS, MOST_ROWS // 2
    if left_out > 0:
        rows = [*rows[: half + 1], *rows[-half:]]
    widths = [max(len(row[k]) for row in rows) for k in range(4)]
    lines = []
    for name, expression, value, adjoint, formula in rows:
        line = f"{name:<{widths[0]}} {expression:<{widths[1]}}  {value:>{widths[2]}}  {adjoint:>{widths[3]}}  {formula}"
        lines.append(clip(line.rstrip(), WIDEST_LINE))
    if left_out > 0:
        lines.insert(half + 1, f"... {left_out} more steps: the JSON has them all")
    notes = [textwrap.fill(note, 100, subsequent_indent="  ") for note in table.notes]
    return "\n".join([*lines, "", _gradient(table), *notes])


def _gradient(table: Steps) -> str:
    y, names, gradient = table.output, table.problem.names, [value_text(g) for g in table.gradient]
    if not names:
        return f"{y} depends on no variable: there is no gradient"
    if len(names) == 1:
        return f"gradient d{y}/d{names[0]} = {gradient[0]}"
    more = ", ..." if len(names) > MOST_NAMES else ""
    return f"gradient d{y}/d({', '.join(names[:MOST_NAMES])}{more}) = ({', '.join(gradient[:MOST_NAMES])}{more})"


def _adjoint(table: Steps, step: Step) -> str:
    """`z1bar = ybar*z4`; at the top `ybar = dy/dy`, which is 1."""
    if step.adjoint is None:
        return ""
    top = step.name == table.output
    return f"{step.name}{table.bar} = {f'd{step.name}/d{step.name}' if top else step.adjoint_formula}"


def value_text(value: float | None) -> str:
    """A number of the table with ten digits; true and false; nothing for no number."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else f"{value + 0.0:.10g}"


def clip(text: str, limit: int) -> str:
    """The text, or its beginning and three dots."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def fresh(wanted: Sequence[str], stem: str, taken: Collection[str]) -> str:
    """The first of the names that is free, else stem1, stem2, ..."""
    return next(n for n in (*wanted, *(f"{stem}{k}" for k in range(1, len(taken) + 2))) if n not in taken)


def cut(graph: Graph, wanted: int, named: Mapping[int, str], taken: Collection[str], top: bool = False) -> Graph:
    """The expression of one node, in which every other node that has a name is an input of that name.

    `top`: the node's own name does not count. a*(1/b) is written a/b. A part that is used twice, as in
    the slope of gelu_tanh, gets a name that no step has.
    """
    small: Graph = Graph()
    at: dict[int, int] = {}
    inputs: dict[str, int] = {}
    stack = [wanted]
    while stack:
        i = stack[-1]
        node = graph.nodes[i]
        if i in at:
            stack.pop()
        elif node.op == CONST:
            at[i] = small.const(node.value)  # type: ignore[arg-type]  # a "const" always has a value
        elif node.op == INPUT or (i in named and not (top and i == wanted)):
            name = named.get(i, node.name)
            if name not in inputs:
                inputs[name] = small.input(name)
            at[i] = inputs[name]
        else:
            op, args = _quotient(graph, node, named)
            needs = [a for a in args if a not in at]
            if needs:
                stack.extend(needs)
            else:
                at[i] = small.apply(op, *[at[a] for a in args], params=node.params)
    small.outputs = (at[wanted],)
    _name_shared(small, taken)
    return small


def _quotient(graph: Graph, node: Node, named: Mapping[int, str]) -> tuple[str, tuple[int, ...]]:
    """a*(1/b), as the rules multiply, is a/b to read."""
    if node.op == "mul":
        a, inverse = node.args
        below = graph.nodes[inverse]
        if inverse not in named and below.op == "div" and graph.nodes[below.args[0]].value == 1.0:
            return "div", (a, below.args[1])
    return node.op, node.args


def _name_shared(small: Graph, taken: Collection[str]) -> None:
    uses = Counter(a for node in small.nodes for a in node.args)
    own: set[str] = set()
    for i, node in enumerate(small.nodes):
        if uses[i] > 1 and node.op not in (INPUT, CONST) and len(node.args) > (node.op == "neg"):
            node.name = fresh(("s", "t", "u", "v", "w"), "s", {*taken, *own})
            own.add(node.name)


def leaf(node: Node) -> Graph:
    """A graph that is one variable or one number."""
    small = Graph()
    small.outputs = (small.input(node.name) if node.op == INPUT else small.const(node.value or 0.0),)
    return small


def written_as(graph: Graph, i: int, named: Mapping[int, str], drawn: Graph) -> str:
    """Node i as text in terms of the nodes that have names."""
    return named[i] if i in named and graph.nodes[i].op != CONST else to_text(drawn)


def factor(graph: Graph, i: int, named: Mapping[int, str]) -> str:
    """A local derivative as text, without the seed 1 that the rule multiplied by."""
    node = graph.nodes[i]
    if node.op == "mul" and graph.nodes[node.args[0]].value == 1.0:
        i = node.args[1]
    return written_as(graph, i, named, cut(graph, i, named, named.values()))
