"""The straight-line program: SymPy's partials of every step, chained in reverse.

The size stays linear in the size of the function, where the written-out derivative doubles with every
step (expression swell). Adjoints are accumulated in the lecture's order, and share what the function
has computed already.

Source: S. Laue, "On the equivalence of automatic and symbolic differentiation", arXiv:1904.02990.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from symdiff.graph import CONST, Graph
from symdiff.methods.symbolic.expression import tree_sizes
from symdiff.methods.symbolic.templates import Shape, shape_of, template
from symdiff.ops import TABLE

# ops that SymPy knows in pieces
PIECEWISE = frozenset("abs sign max min where clip relu leaky_relu elu selu cbrt mod floor ceil".split())
STEP_OPS = 24  # a named step larger than this is taken op by op: SymPy's time per step stays small
CONSTANT_OPS = 8  # a number computed by more ops than this is a step by itself, and an argument where it is used


@dataclass(frozen=True, slots=True)
class Step:
    """Node `target` as a function of the nodes `leaves`, through the nodes `inside` (target last)."""

    target: int
    leaves: tuple[int, ...]
    inside: tuple[int, ...]


Shaped = list[tuple[Step, Shape]]
_KNOWN: WeakKeyDictionary[Graph, tuple[object, Shaped]] = WeakKeyDictionary()


def _shaped(graph: Graph) -> Shaped:
    """The steps of a function with what they look like, found once: the value, the derivative and every row of a
    Jacobian are made of them."""
    key = graph.outputs, len(graph.nodes)
    if graph not in _KNOWN or _KNOWN[graph][0] != key:
        _KNOWN[graph] = key, [(step, shape_of(graph, step.inside, step.leaves)) for step in steps(graph)]
    return _KNOWN[graph][1]


def steps(graph: Graph) -> list[Step]:
    """The caller's named steps, each in the names before it; op by op where there are no names."""
    live, varies = graph.live(), graph.varying()
    named = {i for i in live if graph.nodes[i].name and graph.nodes[i].args} | set(graph.outputs)
    for i in live:  # a where is a step of its own: its other branch must not come in, not even times zero
        if graph.nodes[i].op == "where" and varies[i]:
            named |= {i, *(a for a in graph.nodes[i].args[1:] if varies[a])}
    numbers = _long_numbers(graph, live, varies)
    cut = named | set(graph.inputs) | numbers
    result = {i: _step(graph, i, cut) for i in numbers}
    for i in live:
        if i not in named or not graph.nodes[i].args or not varies[i]:
            continue
        step = _step(graph, i, cut)
        if _written_out(graph, step) <= STEP_OPS and not nested_pieces(graph, step.inside):
            result[i] = step
        else:
            ops = [k for k in step.inside if varies[k] and graph.nodes[k].args]
            each = cut | set(ops)
            result |= {k: _step(graph, k, each) for k in ops}
    return [result[i] for i in sorted(result)]


def _long_numbers(graph: Graph, live: Sequence[int], varies: Sequence[bool]) -> set[int]:
    """Where to cut what is computed of constants alone, so that no part of it has many more than `CONSTANT_OPS` ops.

    The factors of a matrix that is data are such numbers: each is used by the next ones, and written out into the
    steps that they multiply they would double with every column. Conditions stay where they are: SymPy's pieces are
    told by a comparison, and not by a number.
    """
    cut: set[int] = set()
    sizes: dict[int, int] = {}
    for i in live:
        if varies[i] or not graph.nodes[i].args:
            continue
        sizes[i] = 1 + sum(sizes.get(a, 0) for a in graph.nodes[i].args)
        if sizes[i] > CONSTANT_OPS and not TABLE[graph.nodes[i].op].boolean:
            cut.add(i)
            sizes[i] = 0
    return cut


def _step(graph: Graph, target: int, cut: set[int]) -> Step:
    """`target` in terms of the nodes in `cut`. A constant that SymPy can use (a small whole number, an
    exponent) is part of the step, any other is an argument: steps that differ in it share one template."""
    leaves: set[int] = set()
    inside, stack = {target}, [target]
    while stack:
        node = graph.nodes[stack.pop()]
        for place, a in enumerate(node.args):
            telling = _small_whole(graph, a) or (node.op == "power" and place == 1)
            if a in cut or (graph.nodes[a].op == CONST and not telling):
                leaves.add(a)
            elif a not in inside:
                inside.add(a)
                stack.append(a)
    return Step(target, tuple(sorted(leaves - inside)), tuple(sorted(inside)))


def _small_whole(graph: Graph, i: int) -> bool:
    value = graph.nodes[i].value
    return value is not None and abs(value) <= 64 and float(value).is_integer()


def _written_out(graph: Graph, step: Step) -> int:
    """How many ops a step has when shared nodes are repeated; counting stops above `STEP_OPS`."""
    sizes = dict.fromkeys(step.leaves, 0)
    for i in step.inside:
        args = graph.nodes[i].args
        sizes[i] = min(1 + sum(sizes[a] for a in args), STEP_OPS + 1) if args else 0
    return sizes[step.target]


def adjoints(
    graph: Graph, target: Graph, outputs: Mapping[int, int | None], values: Sequence[object], wrt: Sequence[int]
) -> dict[int, int]:
    """Chain the steps in reverse, writing into `target` (a copy of `graph` that may have grown).

    `outputs` maps a node to the node of its cotangent, None for 1. `values` tells which branch of a
    `where` was taken: the other one gets no cotangent. Returns {node: node of its adjoint} for the nodes that
    depend on the inputs `wrt`.
    """
    varies = graph.varying(wrt)
    ones: set[int] = {o for o, ct in outputs.items() if ct is None}
    known: dict[int, int] = {o: ct for o, ct in outputs.items() if ct is not None}
    known |= {o: target.const(1.0) for o in ones}
    for step, shape in reversed(_shaped(graph)):
        if step.target not in known:
            continue
        ct = known[step.target]
        for leaf, partial, constant in _partials(graph, target, step, shape, values, varies):
            if constant == 0.0:
                continue
            if constant == 1.0 or step.target not in ones:
                share = _scaled(target, ct, partial, constant)
            else:  # 1 times the partial
                share = partial
            if leaf in known:
                known[leaf] = target.apply("add", known[leaf], share)
                ones.discard(leaf)
            else:
                known[leaf] = share
                if constant == 1.0 and step.target in ones:
                    ones.add(leaf)
    return known


def _scaled(target: Graph, ct: int, partial: int, constant: float | None) -> int:
    if constant == 1.0:
        return ct
    return target.apply("neg", ct) if constant == -1.0 else target.apply("mul", ct, partial)


def _partials(
    graph: Graph, target: Graph, step: Step, shape: Shape, values: Sequence[object], varies: Sequence[bool]
) -> list[tuple[int, int, float | None]]:
    node = graph.nodes[step.target]
    if node.op == "where":
        taken = node.args[1] if values[node.args[0]] else node.args[2]
        return [(taken, target.const(1.0), 1.0)] if varies[taken] else []
    ready = template(shape, len(step.leaves))
    entries = zip(step.leaves, ready.partials(target, step.leaves), ready.constant, strict=True)
    found = []
    for k, (leaf, partial, constant) in enumerate(entries):
        if varies[leaf]:
            ready.must_have(k)
            found.append((leaf, partial, constant))
    return found


def meaning(graph: Graph, target: Graph) -> list[int]:
    """The outputs as SymPy means them: every step written into `target` from SymPy's own expression."""
    at: dict[int, int] = {i: i for i in graph.inputs}
    for step, shape in _shaped(graph):
        for leaf in step.leaves:
            if leaf not in at:
                at[leaf] = target.const(graph.nodes[leaf].value)  # type: ignore[arg-type]  # inputs and steps are there
        at[step.target] = template(shape, len(step.leaves)).step(target, [at[leaf] for leaf in step.leaves])
    return [at.get(o, o) for o in graph.outputs]


def nested_pieces(graph: Graph, nodes: Sequence[int]) -> bool:
    """Whether a piecewise op depends on another among `nodes`.

    SymPy turns pieces within pieces into conditions within conditions, and may think about those for
    ever (abs(relu(logaddexp(1.1, x)))): such steps are taken one by one.
    """
    depth: dict[int, int] = {}
    for i in nodes:
        node = graph.nodes[i]
        depth[i] = (node.op in PIECEWISE) + max((depth.get(a, 0) for a in node.args), default=0)
    return max(depth.values(), default=0) > 1


def is_small(graph: Graph, limit: int) -> bool:
    """Whether SymPy may see the outputs written out: at most `limit` ops each, in all four times that,
    and no pieces within pieces."""
    sizes = tree_sizes(graph)
    each = [sizes[o] for o in graph.outputs]
    return max(each, default=0) <= limit and sum(each) <= 4 * limit and not nested_pieces(graph, graph.live())
