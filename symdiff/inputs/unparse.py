"""A graph as text that reads back as the same graph.

Nodes used more than once become named steps, everything else is written where it is used, with as few
parentheses as the language needs. Nothing recurses: a graph of any size and depth can be written.
"""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

from symdiff.errors import UnsupportedError
from symdiff.graph import CONST, INPUT, Graph, Node, number
from symdiff.inputs import language as lang
from symdiff.inputs.tokens import name_fault, show

ATOM = lang.POWER + 1  # binds tighter than every operator
DEEPEST = 100  # nesting from which on a step gets a name of its own

_INFIX = {op: (sign, binding) for sign, (binding, op) in lang.BINARY.items() if sign != "^"}
_CONSTANT_NAMES = {op: name for name, op in lang.CONSTANTS.items()}
Parts = list["str | int"]


def to_text(graph: Graph, output: int | None = None) -> str:
    """The graph as a formula: `z1 = x1**2; z1*(x2*x3 - 2*z1)`.

    `parse(to_text(graph), variables=<names of the inputs>)` has the same nodes and the names of the steps
    that had one; a step that is used more than once and had no name now has the one the graph prints.
    (Constants that no text can say, a Fraction or a negative one, come back as the op that makes them.)

    Args:
        graph: a graph with one output, or with several and a choice.
        output: which output, counted from 0.

    Raises:
        UnsupportedError: an input's name or a constant cannot be written in the text language, or the
            graph has several outputs and none is chosen.

    >>> from symdiff.inputs.text import parse
    >>> to_text(parse("(x1^2)*((x2*x3) - 2*x1^2)"))
    'z1 = x1**2; z1*(x2*x3 - 2*z1)'
    """
    if output is None and len(graph.outputs) != 1:
        raise UnsupportedError(f"a graph with {len(graph.outputs)} outputs: choose one, to_text(graph, output=0)")
    return _Writer(graph, graph.outputs[output or 0]).text()


class _Writer:
    def __init__(self, graph: Graph, root: int) -> None:
        self.nodes, self.root = graph.nodes, root
        self.live = graph.live([root])
        self.varies = graph.varying()
        self.given = {self.nodes[i].name for i in graph.inputs}
        for name in self.given:
            if name_fault(name):
                raise UnsupportedError(f"the text language cannot name the input {show(name)}")
        self.steps = self._choose_steps(graph.names())
        self.taken = self.given.union(self.steps.values())

    def text(self) -> str:
        """All steps in order, then the value."""
        pieces = []
        for i, name in self.steps.items():
            pieces += [name, " = ", *self._expression(i), "; "]
        if self.root in self.steps:  # the last step is the value
            return "".join(pieces[:-1])
        return "".join(pieces + self._expression(self.root))

    def _choose_steps(self, names: list[str]) -> dict[int, str]:
        """The nodes that get a line of their own: named, used twice, or too deep inside another."""
        uses = Counter(a for i in self.live for a in self.nodes[i].args)
        steps: dict[int, str] = {}
        taken = set(self.given)
        depth = [0] * len(self.nodes)
        for i in self.live:
            node = self.nodes[i]
            if node.op == INPUT or not (node.args or node.name) or node.op == CONST:
                continue
            depth[i] = 1 + max((depth[a] for a in node.args), default=0)
            if self._chained(node):  # a + b + c nests to the left without parentheses
                depth[i] = max(depth[node.args[0]], 1 + depth[node.args[1]])
            if node.name or (uses[i] > 1 and not self._small(node)) or depth[i] >= DEEPEST:
                steps[i] = self._free(names[i], taken)
                taken.add(steps[i])
                depth[i] = 0
        if self.root in steps and not self.nodes[self.root].name:
            del steps[self.root]
        return steps

    def _free(self, name: str, taken: set[str]) -> str:
        """The name, if a step can have it, else another."""
        k, wanted = 0, name
        while name in taken or name_fault(name) or name in ("and", "or", "not"):
            k += 1
            name = f"{wanted}_{k}" if not name_fault(wanted) else f"step_{k}"
        return name

    def _chained(self, node: Node) -> bool:
        return node.op in _INFIX and node.op != "power"

    def _small(self, node: Node) -> bool:
        """Whether repeating the node is clearer than naming it: -2."""
        return node.op == "neg" and self.nodes[node.args[0]].op == CONST

    # -- one expression ------------------------------------------------------------------------------

    def _expression(self, i: int) -> list[str]:
        """The pieces of the text of node i, in which steps are names."""
        pieces: list[str] = []
        waiting: Parts = [*reversed(self._parts(i))]
        while waiting:
            part = waiting.pop()
            if isinstance(part, str):
                pieces.append(part)
            elif part in self.steps:
                pieces.append(self.steps[part])
            else:
                waiting += reversed(self._parts(part))
        return pieces

    def _parts(self, i: int) -> Parts:
        """Node i as text with its arguments (indices) in their places."""
        node = self.nodes[i]
        if node.op == INPUT:
            return [node.name]
        if node.op == CONST:
            return [_constant(node.value)]
        if node.op == "integer_power" and self.varies[node.args[0]]:
            n = node.params[0][1]
            return [*self._inside(node.args[0], ATOM), f"**{n}" if n >= 0 else f"**({n})"]
        if node.op in lang.PREFIX and not (node.op == "logical_not" and "not" in self.given):
            binding = lang.SIGN if node.op == "neg" else lang.NOT
            return [lang.PREFIX[node.op], *self._inside(node.args[0], binding + 1)]
        if node.op == "power":
            return [*self._inside(node.args[0], ATOM), "**", *self._exponent(*node.args)]
        if node.op in _INFIX:
            sign, binding = _INFIX[node.op]
            space = "" if binding == lang.TIMES else " "
            left = self._inside(node.args[0], binding + (binding == lang.COMPARE))
            return [*left, f"{space}{sign}{space}", *self._inside(node.args[1], binding + 1, right=True)]
        return self._call(node)

    def _call(self, node: Node) -> Parts:
        """f(a, b); an op without arguments is a constant with a name."""
        short = _CONSTANT_NAMES.get(node.op, "")
        if short and short not in self.taken:
            return [short]
        args: Parts = list(node.args)
        integers: Parts = [str(n) for _, n in node.params]
        if node.op == "polylog":  # polylog(n, x), polylog(n, x, k)
            args = [integers[0], *args, *(n for n in integers[1:] if n != "0")]
        else:
            args = integers + args if node.op in lang.INTEGER_FIRST else args + integers
        parts: Parts = [f"{node.op}("]
        for k, a in enumerate(args):
            parts += [", ", a] if k else [a]
        return [*parts, ")"]

    def _exponent(self, base: int, exponent: int) -> Parts:
        """What stands after `**`: x**2 would be integer_power, the power with the constant 2 is x**2.0."""
        node, sign = self.nodes[exponent], ""
        if self._small(node) and exponent not in self.steps:
            node, sign = self.nodes[node.args[0]], "-"
        if node.op == CONST and self.varies[base] and _constant_binding(node.value) != lang.TIMES:
            return [f"(-{_point(node.value)})" if sign else _point(node.value)]
        return self._inside(exponent, lang.POWER, right=True)

    def _inside(self, i: int, binding: int, *, right: bool = False) -> Parts:
        """Node i where something that binds so tightly is wanted; a sign is not put after an operator."""
        own = ATOM if i in self.steps else self._binding(i)
        if own < binding or (right and own == lang.SIGN):
            return ["(", i, ")"]
        return [i]

    def _binding(self, i: int) -> int:
        """How tightly the text of node i holds together."""
        node = self.nodes[i]
        if node.op == CONST:
            return _constant_binding(node.value)
        if node.op == "integer_power":
            return lang.POWER if self.varies[node.args[0]] else ATOM
        if node.op == "logical_not" and "not" in self.given:
            return ATOM
        if node.op in lang.PREFIX:
            return lang.SIGN if node.op == "neg" else lang.NOT
        return _INFIX[node.op][1] if node.op in _INFIX else ATOM


def _constant(value: float | Fraction | None) -> str:
    if value is None or not math.isfinite(value):
        raise UnsupportedError(f"the text language cannot say the constant {value}")
    return number(value)


def _point(value: float | Fraction | None) -> str:
    """A constant exponent with a point in it, so that it is not read as a whole number."""
    _constant(value)  # refuses what is not finite
    text = repr(float(value or 0))
    return text if text[0] != "-" else f"({text})"


def _constant_binding(value: float | Fraction | None) -> int:
    """A Fraction is written as a quotient, a negative constant as a sign and a number."""
    if isinstance(value, Fraction) and value.denominator != 1:
        return lang.TIMES
    return lang.SIGN if str(value)[0] == "-" else ATOM
