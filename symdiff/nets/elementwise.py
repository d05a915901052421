"""The risk of a small net written out entry by entry, as one SymPy expression, and SymPy's `diff` of it.

Nothing of the delta recursion takes part: the net's own risk is recorded on arrays of these shapes and taken apart
into scalar steps. From a pre-activation u_i or a latent representation z_i on, the layers above it are written out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from symdiff.graph import CONST, Graph
from symdiff.inputs.recorded import Recorded
from symdiff.methods.symbolic.expression import as_expression, exact, tree_sizes
from symdiff.methods.symbolic.recursion import slope
from symdiff.nets.risk import Risk
from symdiff.ops import TABLE
from symdiff.scalars import to_scalars

if TYPE_CHECKING:
    from symdiff.nets.mlp import MLP

L2 = sp.Symbol("l2", positive=True)  # as in the recursion


class Held:
    """Conditions of pieces as symbols: `u > 0` is `c > 0`, with c for u.

    Off the edges a piece goes on holding nearby, so the derivative is that of the piece, and SymPy need not look into
    conditions that have pieces in them (it takes minutes for three layers of relu, and then gives up).
    """

    def __init__(self) -> None:
        self.symbols: dict[Any, sp.Symbol] = {}  # what is compared with 0, the oldest first

    def replace(self, body: Any, at: Mapping[Any, Any]) -> Any:
        """The arguments put into a definition with its own symbols."""
        found: dict[Any, Any] = {}
        for relation in body.atoms(sp.core.relational.Relational):
            if isinstance(relation, sp.Equality | sp.Unequality):
                found[relation] = sp.false if isinstance(relation, sp.Equality) else sp.true
                continue
            compared = (relation.gts - relation.lts).xreplace(at)
            symbol = self.symbols.setdefault(compared, sp.Symbol(f"c{len(self.symbols)}", real=True))
            found[relation] = symbol > 0
        return body.xreplace(found).xreplace(at)

    def op(self, node: Any, args: list[Any]) -> Any:
        """One step: the SymPy column of its row."""
        row, params = TABLE[node.op], dict(node.params)
        if row.variadic or not row.elementwise:
            return row.sympy(*args, **params)
        names = [sp.Dummy(real=True) for _ in args]
        body = as_expression(row.sympy(*names, **params))
        if body.has(sp.Piecewise, sp.Min, sp.Max):
            body = body.rewrite([sp.Min, sp.Max], sp.Piecewise)
            return self.replace(body, dict(zip(names, args, strict=True)))
        return row.sympy(*args, **params)


@dataclass(frozen=True)
class WrittenOut:
    """The risk of a net, entry by entry.

    Attributes:
        net: of these widths; its penalty is the letter l2.
        graph: the risk in scalar steps.
        leaves: SymPy symbols by name: "W1", "b1" (a column), "z0" or "u2" (a row for each example), "t".
        inputs: the node of each symbol.
    """

    net: MLP
    graph: Graph
    leaves: dict[str, np.ndarray]
    inputs: dict[sp.Symbol, int]
    held: Held = field(default_factory=Held)

    @cached_property
    def risk(self) -> sp.Expr:
        """The whole of it as one expression, conditions held."""
        values: dict[int, Any] = {i: s for s, i in self.inputs.items()}
        for i in self.graph.live():
            node = self.graph.nodes[i]
            if node.op == CONST:
                values[i] = exact(node.value)
            elif i not in values:
                values[i] = self.held.op(node, [values[a] for a in node.args])
        return as_expression(values[self.graph.outputs[0]])

    def slope(self, symbol: Any) -> sp.Expr:
        """SymPy's derivative of the risk by one entry."""
        return slope(self.risk, symbol)

    def ops(self, symbol: Any) -> int:
        """How many ops the derivative by an entry has when written out, estimated: by the chain rule, each step has
        a local slope as large as the step itself."""
        sizes, wanted = tree_sizes(self.graph), self.inputs[symbol]
        slopes: list[int] = []
        for i, node in enumerate(self.graph.nodes):
            moving = sum(slopes[a] + 1 for a in node.args if slopes[a])
            slopes.append(1 if i == wanted else moving + (sizes[i] if moving and len(node.args) < 3 else 0))
        return slopes[self.graph.outputs[0]]


def written_out(net: MLP, count: int, start: str = "z0") -> WrittenOut:
    """The risk of `count` examples as a function of `start` ("z0", "u2", "z2") and of the parameters above it."""
    level = int(start[1:])
    above = replace(net, widths=net.widths[level:], activations=net.activations[level:], l2=0.0)
    graph, made = Graph(), {}

    def leaf(name: str, shape: tuple[int, ...]) -> Recorded:
        made[name] = graph.input(name, shape), shape
        return Recorded(graph, made[name][0], np.ones(shape)[()])

    params = []
    for i in range(level + 1, net.depth + 1):
        W = leaf(f"W{i}", net.widths[i - 1 : i + 1][::-1])
        params.append({"W": W, "b": leaf(f"b{i}", (net.widths[i],))})
    given = leaf(start, (count, net.widths[level]))
    t = leaf("t", (count, net.widths[-1]))
    if net.l2 and params:
        above = replace(above, l2=leaf("l2", ()))
    z = net.activations[level - 1](given) if start[0] == "u" else given
    with np.errstate(all="ignore"):
        graph.outputs = (Risk(above).towards(t, params, z).index,)
    return _in_scalars(net, graph, made)


def _in_scalars(net: MLP, graph: Graph, made: dict[str, tuple[int, tuple[int, ...]]]) -> WrittenOut:
    scalars = to_scalars(graph, [np.ones(shape) for _, shape in made.values()])
    numbers = iter(scalars.inputs)
    leaves, inputs = {}, {}
    for name, (_, shape) in made.items():
        table = np.empty(shape, object)
        for at in np.ndindex(*shape):
            table[at] = L2 if name == "l2" else sp.Symbol(entry_symbol(name, at), real=True)
            inputs[table[at]] = next(numbers)
        leaves[name] = table[:, None] if table.ndim == 1 else table
    return WrittenOut(net, scalars, leaves, inputs)


def entry_symbol(name: str, at: tuple[int, ...]) -> str:
    """`W1_12` is the entry in row 1 and column 2, as in the lecture; `W1_1_12` where a number has two digits."""
    places = [str(k + 1) for k in at]
    return f"{name}_" + ("" if all(len(p) == 1 for p in places) else "_").join(places)


def shapes(depth: int, width: Callable[[int], int]) -> tuple[int, ...]:
    """Widths for a small net of that depth."""
    return tuple(width(i) for i in range(depth + 1))
