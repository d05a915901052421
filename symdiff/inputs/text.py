"""Formulas as text: the public calls. `language` says what the language is, `reader` reads it.

Nothing here evaluates Python: a text can only become nodes of a graph or an `ExpressionError`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symdiff.errors import ExpressionError
from symdiff.graph import Graph
from symdiff.inputs.language import MAX_LENGTH
from symdiff.inputs.reader import Reader
from symdiff.inputs.tokens import complaint, name_fault, natural_key, show
from symdiff.problem import Problem

__all__ = ["NotText", "from_text", "natural_key", "parse", "parse_many"]


class NotText(ExpressionError, TypeError):
    """What was to be read as a formula is not a string."""


def parse(text: str, variables: Sequence[str] | None = None) -> Graph:
    """Read one formula.

    Args:
        text: the formula, with named steps before it if you like: `"z1 = x**2; z1*(z1 - y)"`.
        variables: the inputs in calling order, used or not; any other name is then an error. By default
            every name that is neither called nor a step is an input, in natural order (x2 before x10).

    Returns:
        The graph with one output. Every op says its place in the text (`where`), and a step that the
        text names keeps its name.

    Raises:
        ExpressionError: the text is no formula or beyond a budget; the message points at the column.

    >>> print(parse("x1**2*(x2*x3 - 2*x1**2)"))
    x1: f64 = input
    z1: f64 = integer_power(x1, n=2)
    x2: f64 = input
    x3: f64 = input
    z2: f64 = mul(x2, x3)
    z3: f64 = mul(2, z1)
    z4: f64 = sub(z2, z3)
    z5: f64 = mul(z1, z4)
    return z5
    """
    return _read([text], variables, [""])


def parse_many(texts: Sequence[str], variables: Sequence[str] | None = None) -> Graph:
    """Read several formulas into one graph with one output each; they share inputs and equal nodes.

    Each text has its own named steps. Otherwise like `parse`.

    >>> parse_many(["x*y", "x*y + 1"]).count_ops()
    2
    """
    return _read(texts, variables, [f"output {k}, " for k in range(1, len(texts) + 1)])


def from_text(texts: Sequence[str], variables: Sequence[str] | None = None, *, vector: bool = False) -> Problem:
    """The problem that formulas pose: one text, or several as a function with that many components."""
    graph = parse_many(texts, variables) if vector else parse(texts[0], variables)
    names = tuple(graph.nodes[i].name for i in graph.inputs)
    source = f"[{', '.join(texts)}]" if vector else texts[0]
    return Problem(graph, names, source, "text", vector=vector)


def _read(texts: Sequence[str], variables: Sequence[str] | None, labels: Sequence[str]) -> Graph:
    reader = Reader(None if variables is None else _declared(variables))
    room = MAX_LENGTH
    with np.errstate(all="ignore"):  # constants are worked out with NumPy
        outputs = []
        for text, label in zip(texts, labels, strict=True):
            if not isinstance(text, str):
                raise NotText(f"{label}expected a formula as text, got {type(text).__name__[:80]}")
            if len(text) > room:
                what = f"a text of {len(text)} characters: at most {MAX_LENGTH} are read, this one is too much"
                raise complaint(what, text, room, label)
            room -= len(text)
            outputs.append(reader.read(text, label))
    graph = reader.graph
    graph.outputs = tuple(outputs)
    if variables is None:
        graph.inputs.sort(key=lambda i: natural_key(graph.nodes[i].name))
    return graph


def _declared(variables: Sequence[str]) -> list[str]:
    """The declared variables, each a name, none twice."""
    names = list(variables)
    if isinstance(variables, str) or not all(isinstance(name, str) for name in names):
        raise ExpressionError(f"variables must be a list of names, got {show(str(variables))}")
    seen: set[str] = set()
    for name in names:
        if fault := name_fault(name):
            raise ExpressionError(f"variables: {fault}")
        if name in seen:
            raise ExpressionError(f"the variable {show(name)} is declared twice")
        seen.add(name)
    return names
