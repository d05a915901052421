"""Through a loop: its pull-back is a loop the other way round, and so is its tangent one.

With numbers the way back is the loop it says: every step is run forward again from its carry, and swept. With
recorded values it is written down as two loops: one that gives the carries, and one whose step is the sweep of the
step. Both are ops like any other, to be run, looked into entry by entry, and differentiated again.

A weight that all steps share is handed down the steps, its adjoint growing share by share in the order in which the
sweep of the unrolled loop adds them up; so are the bits the same, but for the sign of a zero.

Source: A. Griewank, A. Walther, "Evaluating Derivatives", SIAM 2008, section 3.2 and chapter 12 (checkpoints by
halving: few carries are kept, the others computed again).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.graph import CONST, INPUT, Graph, Node
from symdiff.inputs.recorded import Recorded, record
from symdiff.loops import Loop
from symdiff.methods.tape.push import push
from symdiff.methods.tape.sweep import fitted, sweep
from symdiff.ops.loops import scan

Rules = Callable[[Node], Sequence[Any]]
Step = Callable[[int, list[Any]], list[Any]]
_known: weakref.WeakKeyDictionary[Loop, dict[Any, Any]] = weakref.WeakKeyDictionary()  # equal loops share it


def pulled(node: Node, ct: Any, known: Sequence[Any], varies: Sequence[bool], rules_of: Rules) -> list[Any]:
    """The cotangent of every argument that varies, None for the others; `known` is the answer and the arguments."""
    loop, args = dict(node.params)["loop"], list(known[1:])
    way = Way.of(loop, varies)
    back = _written_back if any(isinstance(v, Recorded) for v in (ct, *args)) else _gone_back
    found = iter(back(way, ct, args, rules_of))
    return [next(found) if moves else None for moves in way.moving]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Which inputs of a loop's step vary, and which of its nodes, if these arguments of the loop vary."""

    loop: Loop
    moving: tuple[bool, ...]
    varies: list[bool]

    @classmethod
    def of(cls, loop: Loop, moving: Sequence[bool]) -> Way:
        """What a step makes vary in the carry varies in the next one."""
        known, inputs = _known.setdefault(loop, {}), list(moving)
        key = "way", tuple(moving)
        while key not in known:
            given = dict(zip(loop.body.inputs, inputs, strict=True))
            varies: list[bool] = []
            for i, n in enumerate(loop.body.nodes):
                varies.append(given.get(i, False) or any(varies[a] for a in n.args))
            carried = [varies[o] or m for o, m in zip(loop.body.outputs, inputs[: loop.carries], strict=False)]
            if carried == inputs[: loop.carries]:
                known[key] = cls(loop, tuple(inputs), varies)
            inputs[: loop.carries] = carried
        return known[key]

    def chosen(self, values: Sequence[Any]) -> list[Any]:
        """Of something for every input, or for those of a kind at the beginning, what belongs to one that varies."""
        return [v for v, moves in zip(values, self.moving, strict=False) if moves]

    def shared(self, values: Sequence[Any]) -> list[Any]:
        """The same of what all steps share."""
        return [v for v, moves in zip(values, self.moving[self.loop.carries + self.loop.xs :], strict=True) if moves]

    def scanned(self, values: Sequence[Any]) -> list[Any]:
        """The same of what is scanned."""
        start = self.loop.carries
        return [v for v, moves in zip(values, self.moving[start : start + self.loop.xs], strict=True) if moves]

    def back(self, values: Sequence[Any], carry: Sequence[Any], given: Sequence[Any], totals: Sequence[Any],
             rules_of: Rules) -> tuple[list[Any], list[Any], list[Any]]:  # fmt: skip
        """One step swept: the cotangents of the carry and of what is scanned, and what the shared have by now.
        `values` are those of its nodes; the cotangents of the next carry (of what varies) and of what it gives come in.
        """
        loop, body = self.loop, self.loop.body
        inputs = body.inputs[loop.carries + loop.xs :]
        seeds: dict[int, Any] = dict(zip(self.shared(inputs), totals, strict=True))
        for o, ct in zip([*self.chosen(body.outputs[: loop.carries]), *body.outputs[loop.carries :]],
                         [*carry, *given], strict=True):  # fmt: skip
            if self.varies[o]:
                seeds[o] = seeds[o] + ct if o in seeds else ct
        found = sweep(body, values, seeds, self.varies, rules_of, _selected, {*body.inputs}, step=True)
        adjoints = [_full(found[i], body.nodes[i].shape) for i in body.inputs]
        last = loop.carries + loop.xs
        return self.chosen(adjoints[: loop.carries]), self.scanned(adjoints[loop.carries : last]), self.shared(
            adjoints[last:])  # fmt: skip


def _selected(ct: Any, share: Any) -> Any:
    """`where_it_arrives` for a step that stands for many: it does not ask whether the slope is finite."""
    return np.where(np.equal(ct, 0.0), 0.0, share)


def _full(adjoint: Any, shape: tuple[int, ...]) -> Any:
    return np.zeros(shape)[()] if adjoint is None else fitted(adjoint, shape)


# -- with numbers --------------------------------------------------------------------------------------


def _gone_back(way: Way, ct: Any, args: list[Any], rules_of: Rules) -> list[Any]:
    """The cotangents of what varies, step by step."""
    loop = way.loop
    carry, scanned, shared = loop.split(args)
    zero = np.zeros((), np.result_type(*args))
    parts = loop.parts(ct)
    rows = [np.zeros(np.shape(x), zero.dtype) for x in way.scanned(scanned)]

    def inputs(t: int, carry: list[Any]) -> list[Any]:
        return [*carry, *(x[t] for x in scanned), *shared]

    def forward(t: int, carry: list[Any]) -> list[Any]:
        return loop.step("forward", inputs(t, carry))[: loop.carries]

    adjoints = way.chosen(parts[: loop.carries])
    totals = [np.zeros(np.shape(v), zero.dtype)[()] for v in way.shared(shared)]
    for t, before in backwards(loop, carry, forward):
        values = loop.values("forward", inputs(t, before))
        given = [y[t] for y in parts[loop.carries :]]
        adjoints, found, totals = way.back(values, adjoints, given, totals, rules_of)
        for row, v in zip(rows, found, strict=True):
            row[t] = v
    return [np.asarray(v, zero.dtype)[()] for v in (*adjoints, *rows, *totals)]


def backwards(loop: Loop, carry: list[Any], forward: Step) -> Iterator[tuple[int, list[Any]]]:
    """The steps from the last to the first, each with the carry that goes into it.

    With few carries kept, the steps are halved: the carry in the middle is computed, and the second half done before
    the first. That keeps as many carries as n can be halved.
    """
    order = list(loop.order)
    if loop.keep == "all":
        carries = [carry]
        for t in order[:-1]:
            carries.append(forward(t, carries[-1]))
        for t in order[::-1]:
            yield t, carries.pop()
        return
    waiting = [(0, len(order), carry)]
    while waiting:
        low, high, carry = waiting.pop()
        if high - low == 1:
            yield order[low], carry
            continue
        middle, later = (low + high) // 2, carry
        waiting.append((low, middle, carry))
        for t in order[low:middle]:
            later = forward(t, later)
        waiting.append((middle, high, later))


# -- written down --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Swept:
    """A step and its sweep as one graph, that of the step with more nodes. `ends` are the inputs for the cotangents of
    the next carry, `given` for those of what the step gives, `totals` for the shared; `found` are the nodes of the
    three that `Way.back` returns."""

    graph: Graph
    ends: list[int]
    given: list[int]
    totals: list[int]
    found: tuple[list[int], list[int], list[int]]


def swept_step(way: Way, numbers: Sequence[Any], rules_of: Rules, name: str) -> Swept:
    """The sweep of a step, recorded; at other numbers it is the same. `name` tells one set of rules from another."""
    known, key = _known.setdefault(way.loop, {}), ("swept", way.moving, name, way.loop.rows())
    if key in known:
        return known[key]
    loop, graph = way.loop, way.loop.body.copy()
    with np.errstate(all="ignore"):
        tape = _taped(loop, graph, numbers)

        def more(nodes: Sequence[int], what: str) -> list[int]:
            return [graph.input(f"{what}{k}", loop.body.nodes[i].shape) for k, i in enumerate(nodes)]

        ends = more(way.chosen(loop.body.outputs[: loop.carries]), "ct_carry")
        given = more(loop.body.outputs[loop.carries :], "ct_y")
        totals = more(way.shared(loop.body.inputs[loop.carries + loop.xs :]), "total")
        unit = [[Recorded(graph, i, np.ones(graph.nodes[i].shape)[()]) for i in some] for some in (ends, given, totals)]
        found = way.back(tape, unit[0], unit[1], unit[2], rules_of)
    _undecided(graph)
    carry, scanned, shared = ([_node(graph, v) for v in some] for some in found)
    known[key] = Swept(graph, ends, given, totals, (carry, scanned, shared))
    return known[key]


def _undecided(graph: Graph) -> None:
    if graph.guards:
        raise UnsupportedError("the derivative of a loop's step decides by its values: write the loop in Python")


def _taped(loop: Loop, graph: Graph, numbers: Sequence[Any]) -> list[Recorded]:
    """Every value of a step at some numbers, recorded in a copy of its graph."""
    values = loop.values("forward", [np.asarray(v, float)[()] for v in numbers])
    return [Recorded(graph, i, v) for i, v in enumerate(values)]


def _node(graph: Graph, value: Any) -> int:
    return value.index if isinstance(value, Recorded) else graph.const(value if np.ndim(value) else float(value))


def first_numbers(loop: Loop, args: Sequence[Any]) -> list[Any]:
    """What the first step is given."""
    carry, scanned, shared = loop.split([getattr(v, "value", v) for v in args])
    return [*carry, *(x[loop.order[0]] for x in scanned), *shared]


def _written_back(way: Way, ct: Any, args: list[Any], rules_of: Rules) -> list[Any]:
    """The same as two loops of the recording's graph."""
    loop = way.loop
    graph = next(v.graph for v in (ct, *args) if isinstance(v, Recorded))
    step = swept_step(way, first_numbers(loop, args), rules_of, "as it is")
    _, scanned, shared = loop.split(args)
    parts = loop.parts(ct)
    saved = _carries(loop, graph, args) if loop.carries else []
    zeros = [np.zeros(np.shape(v))[()] for v in way.shared(shared)]
    body = step.graph.copy()
    ends, given, totals = step.found
    body.outputs = (*ends, *totals, *given)
    needed = set(body.live())
    inputs = loop.body.inputs
    entries = [*inputs[: loop.carries + loop.xs], *step.given], [*saved, *scanned, *parts[loop.carries :]]
    along = [(i, v) for i, v in zip(*entries, strict=True) if i in needed]
    still = [(i, v) for i, v in zip(inputs[loop.carries + loop.xs :], shared, strict=True) if i in needed]
    body.inputs = [*step.ends, *step.totals, *(i for i, _ in along), *(i for i, _ in still)]
    back = Loop(body, len(ends) + len(totals), len(along), loop.length, not loop.reverse)
    start = [*way.chosen(parts[: loop.carries]), *zeros, *(v for _, v in along), *(v for _, v in still)]
    answer = back.parts(_recorded(graph, back, start))
    return [*answer[: len(ends)], *answer[len(ends) + len(totals) :], *answer[len(ends) : len(ends) + len(totals)]]


def _carries(loop: Loop, graph: Graph, args: Sequence[Any]) -> list[Any]:
    """The carry that goes into every step."""
    body = loop.body.copy()
    body.outputs = (*body.outputs[: loop.carries], *body.inputs[: loop.carries])
    going = replace(loop, body=body, _written=[])
    return going.parts(_recorded(graph, going, args))[loop.carries :]


def _recorded(graph: Graph | None, loop: Loop, args: Sequence[Any]) -> Any:
    if graph is None:
        return scan.forward(*args, loop=loop)
    return record(graph, "scan", tuple(args), (("loop", loop),))


# -- tangents ------------------------------------------------------------------------------------------


def pushed(node: Node, args: Sequence[Any], tangents: Mapping[int, Any]) -> Any:
    """The tangent of a loop's answer: the loop with a tangent beside everything that has one."""
    loop: Loop = dict(node.params)["loop"]
    graph = next((v.graph for v in (*args, *tangents.values()) if isinstance(v, Recorded)), None)
    way = Way.of(loop, [k in tangents for k in range(len(args))])
    body, starts, results = _pushed_step(way, first_numbers(loop, args))
    moving = [tangents.get(k, np.zeros(np.shape(a))[()]) for k, (a, m) in enumerate(zip(args, way.moving, strict=True))
              if m]  # fmt: skip
    carry, scanned, shared = loop.split(args)
    inputs, outputs, n, last = loop.body.inputs, loop.body.outputs, loop.carries, loop.carries + loop.xs
    counts = [sum(way.moving[:n]), sum(way.moving[n:last])]
    ends = [0, counts[0], counts[0] + counts[1], len(moving)]
    cut = [slice(a, b) for a, b in pairwise(ends)]
    body = body.copy()
    body.inputs = [*inputs[:n], *starts[cut[0]], *inputs[n:last], *starts[cut[1]], *inputs[last:], *starts[cut[2]]]
    body.outputs = (*outputs[:n], *way.chosen(results[:n]), *results[n:])
    beside = Loop(body, n + counts[0], loop.xs + counts[1], loop.length, loop.reverse)
    given = [*carry, *moving[cut[0]], *scanned, *moving[cut[1]], *shared, *moving[cut[2]]]
    parts = beside.parts(_recorded(graph, beside, given))
    after = iter(parts[n : n + counts[0]])
    ct = [next(after) if m else np.zeros(np.shape(c)) for c, m in zip(carry, way.moving[:n], strict=True)]
    return np.concatenate([np.reshape(v, -1) for v in (*ct, *parts[n + counts[0] :])])


def _pushed_step(way: Way, numbers: Sequence[Any]) -> tuple[Graph, list[int], list[int]]:
    """The step with its tangents: the graph, the inputs for those of what varies, and those of its outputs."""
    known, key = _known.setdefault(way.loop, {}), ("pushed", way.moving, way.loop.rows())
    if key in known:
        return known[key]
    loop, graph = way.loop, way.loop.body.copy()
    with np.errstate(all="ignore"):
        tape = _taped(loop, graph, numbers)
        starts = [graph.input(f"v{k}", loop.body.nodes[i].shape) for k, i in enumerate(way.chosen(loop.body.inputs))]
        tangents: dict[int, Any] = {
            i: Recorded(graph, v, np.ones(graph.nodes[v].shape)[()])
            for i, v in zip(way.chosen(loop.body.inputs), starts, strict=True)
        }
        for i in loop.body.live():
            n = loop.body.nodes[i]
            moving = {k: tangents[a] for k, a in enumerate(n.args) if a in tangents}
            if moving and n.op not in (INPUT, CONST):
                moved = push(n, tape[i], [tape[a] for a in n.args], moving)
                if moved is not None:
                    tangents[i] = moved
        results = [_node(graph, _full(tangents.get(o), loop.body.nodes[o].shape)) for o in loop.body.outputs]
    _undecided(graph)
    known[key] = graph, starts, results
    return known[key]
