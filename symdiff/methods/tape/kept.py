"""Loops in programs: the step and the way back through it, each compiled once, in a Python loop.

The forward pass keeps what the sweep of every step needs, and no step is run forward twice; where the loop keeps less
(`checkpoint`), its carries are computed again. The bits are those of `loops.py`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np

from symdiff.graph import CONST, Graph, Params, rewritten
from symdiff.loops import Loop
from symdiff.methods.tape.loops import Rules, Way, backwards, first_numbers, swept_step
from symdiff.methods.tape.opening import of_several_calls, opened, values_at
from symdiff.methods.tape.plan import Plan
from symdiff.methods.tape.source import commented
from symdiff.ops.loops import joined

RUN, KEPT, ANSWER, PULLED = "loop", "loop kept", "loop answer", "loop pulled"  # ops of programs, no rows
VIEWS = ("reshape", "transpose", "getitem", "broadcast_to")  # taken again on the way back
Arrays = list[Any]
Made = tuple[Any, ...]  # the rows of the table that a step is made of
_compiled: weakref.WeakKeyDictionary[Loop, dict[Any, Any]] = weakref.WeakKeyDictionary()  # equal loops share it


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A loop that was run: its answer, its arguments, and for every step what its way back needs, if that was kept."""

    answer: np.ndarray
    args: Arrays
    steps: list[tuple[Any, ...]]


def run(*args: Any, loop: Loop, rows: Made) -> np.ndarray:
    """The answer of a loop."""
    given, dtype = _alike(args)
    known = _compiled.setdefault(loop, {})
    loose = _loose(loop, given)
    key = "run", dtype, rows, loose
    if key not in known:
        graph, _ = _at_first(loop.body, loop.body.outputs, first_numbers(loop, given))
        known[key], _ = _turning(graph, {k: k for k in range(loop.carries)}, dtype, loose)
    with known[key].taken() as step:
        return joined(*loop.turned(lambda now: step(*now), given))


def kept(*args: Any, loop: Loop, rows: Made, moving: tuple[bool, ...], rules: Rules) -> Kept:
    """A loop that is to be gone back through."""
    if loop.keep != "all":
        return Kept(run(*args, loop=loop, rows=rows), list(args), [])
    known, dtype = _alike(args)
    there, count = There.of(loop, rows, moving, rules, dtype, known), len(loop.body.outputs)
    of_given, of_found = _taking(there.inputs), _taking(there.results)
    steps: list[tuple[Any, ...]] = []

    def step(given: Arrays) -> Arrays:
        found = forward(*given)
        steps.append(of_given(given) + of_found(found))
        return found[:count]

    with there.forward.taken() as forward:
        return Kept(joined(*loop.turned(step, known)), known, steps)


def _taking(places: Sequence[int]) -> Callable[[Arrays], tuple[Any, ...]]:
    """What stands at these places, as a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: tuple(values[k] for k in places)


def pulled(
    was: Kept, ct: Any, *, loop: Loop, rows: Made, moving: tuple[bool, ...], rules: Rules
) -> np.ndarray:
    """The cotangents of the arguments that vary, one after the other."""
    args, dtype = _alike(was.args)
    there, way = There.of(loop, rows, moving, rules, dtype, args), Way.of(loop, moving)
    carry, scanned, shared = loop.split(args)
    parts = loop.parts(np.asarray(ct, dtype))
    given = parts[loop.carries :]
    adjoints = [np.array(v) for v in way.chosen(parts[: loop.carries])]
    totals = [np.zeros(v.shape, dtype) for v in way.shared(shared)]
    along = [np.zeros(v.shape, dtype) for v in way.scanned(scanned)]
    ends, count = len(adjoints), len(adjoints) + len(totals)

    def back(t: int, known: Sequence[Any]) -> None:
        nonlocal adjoints, totals
        found = step(*known, *adjoints, *[y[t] for y in given], *totals)
        adjoints, totals = found[:ends], found[ends:count]
        for row, v in zip(along, found[count:], strict=True):
            row[t] = v

    if was.steps:
        with there.back.taken() as step:
            for t, known in zip(reversed(loop.order), reversed(was.steps), strict=True):
                back(t, known)
    else:
        of_given, of_found = _taking(there.inputs), _taking(there.results)
        with there.back.taken() as step, there.forward.taken() as forward, there.carry.taken() as move:

            def inputs(t: int, carry: Arrays) -> Arrays:
                return [*carry, *[x[t] for x in scanned], *shared]

            for t, before in backwards(loop, carry, lambda t, carry: move(*inputs(t, carry))):
                known = inputs(t, before)
                back(t, of_given(known) + of_found(forward(*known)))
    return np.concatenate([np.ravel(v) for v in (*adjoints, *along, *totals)])


OWN = {RUN: run, KEPT: kept, ANSWER: lambda was: was.answer, PULLED: pulled}


@dataclass(frozen=True, slots=True, eq=False)
class There:
    """A step and its way back. `forward` returns the outputs and what is kept; `back` takes the `inputs` of the step
    and the `results` of `forward`, by position, then the cotangents; `carry` is the next carry alone."""

    forward: Plan
    back: Plan
    carry: Plan
    inputs: list[int]
    results: list[int]

    @classmethod
    def of(
        cls, loop: Loop, rows: Made, moving: tuple[bool, ...], rules: Rules, dtype: np.dtype, args: Arrays
    ) -> There:
        known = _compiled.setdefault(loop, {})
        loose = _loose(loop, args)
        key = "there", moving, dtype, rows, loose
        if key not in known:
            known[key] = _there(Way.of(loop, moving), rules, dtype, first_numbers(loop, args), loose)
        return known[key]


def _there(way: Way, rules: Rules, dtype: np.dtype, numbers: Sequence[Any], lying: Sequence[int]) -> There:
    loop = way.loop
    step = swept_step(way, numbers, rules, "as calls")
    wanted = (*step.found[0], *step.found[2], *step.found[1])
    number = [*numbers, *(np.ones(step.graph.nodes[i].shape)[()] for i in step.graph.inputs[len(numbers) :])]
    graph, place = _at_first(step.graph, (*loop.body.outputs, *wanted), number)
    outputs, wanted = graph.outputs[: len(loop.body.outputs)], graph.outputs[len(loop.body.outputs) :]
    inputs = [place[i] for i in loop.body.inputs]
    cotangents = [place[i] for i in (*step.ends, *step.given, *step.totals)]
    used = _kept_nodes(graph, set(graph.live(outputs)), wanted)
    at = [k for k, i in enumerate(inputs) if i in used]
    made = sorted(i for i in used if i not in inputs)
    results = [*dict.fromkeys((*outputs, *made))]
    carries = {k: k for k in range(loop.carries)}
    more = [i for i in results if i not in outputs]
    forward, loose = _turning(_part(graph, inputs, (*outputs, *more)), carries, dtype, lying)
    where = {i: len(outputs) + k for k, i in enumerate(more)} | {i: outputs.index(i) for i in results if i in outputs}
    unordered = [k for k, i in enumerate(at) if i in loose]
    unordered += [len(at) + k for k, i in enumerate(made) if not forward.ordered[where[i]]]
    ends, totals = len(step.ends), len(step.totals)
    first = len(at) + len(made)
    last = first + ends + len(step.given)
    feeds = {k: first + k for k in range(ends)} | {ends + k: last + k for k in range(totals)}
    way_back = _part(graph, [*(inputs[k] for k in at), *made, *cotangents], wanted)
    back, _ = _turning(way_back, feeds, dtype, unordered, consumed=[*feeds.values()])
    carry, _ = _turning(_part(graph, inputs, outputs[: loop.carries]), carries, dtype, lying)
    return There(forward, back, carry, at, [where[i] for i in made])


def _turning(
    graph: Graph, feeds: Mapping[int, int], dtype: np.dtype, loose: Iterable[int] = (), consumed: Sequence[int] = ()
) -> tuple[Plan, set[int]]:
    """The plan of a step some of whose outputs are inputs of the next one, and the inputs that may lie in any order:
    those of outputs that are not sure to be in C order, which may make others so."""
    loose = set(loose)
    while True:
        plan = Plan(graph, OWN, (), dtype, consumed=consumed, loose=loose)
        more = {i for o, i in feeds.items() if not plan.ordered[o]} - loose
        if not more:
            return plan, loose
        loose |= more


def _kept_nodes(graph: Graph, primal: set[int], wanted: Iterable[int]) -> set[int]:
    """The nodes of the forward pass, inputs among them, that the way back starts from: it takes views anew."""
    used: set[int] = set()
    seen: set[int] = set()
    waiting = list(wanted)
    while waiting:
        i = waiting.pop()
        if i in seen:
            continue
        seen.add(i)
        node = graph.nodes[i]
        if i in primal and node.op != CONST and node.op not in VIEWS:
            used.add(i)
        else:
            waiting += node.args
    cotangents = {i for i in graph.inputs if i not in primal}
    return {i for i in used if i not in cotangents}


def _part(graph: Graph, given: Sequence[int], outputs: Sequence[int]) -> Graph:
    """The steps from some nodes, inputs now, to others."""
    new, place = Graph(), dict[int, int]()
    for i in given:
        place[i] = new.input(graph.nodes[i].name, graph.nodes[i].shape)
        new.nodes[place[i]].kind = graph.nodes[i].kind
    needed, waiting = set[int](), list(outputs)
    while waiting:
        i = waiting.pop()
        if i not in needed and i not in place:
            needed.add(i)
            waiting += graph.nodes[i].args
    for i in sorted(needed):
        n = graph.nodes[i]
        if n.op == CONST:
            place[i] = new.const(n.value)
        else:
            place[i] = new.apply(
                n.op, *[place[a] for a in n.args], params=n.params, where=n.where, shape=n.shape, kind=n.kind
            )
    new.outputs = tuple(place[o] for o in outputs)
    return new


def _at_first(graph: Graph, outputs: Sequence[int], numbers: Sequence[Any]) -> tuple[Graph, dict[int, int]]:
    """The graph as calls of NumPy's, by what its values are in the first step, and where its nodes are now."""
    graph = graph.copy()
    graph.outputs = tuple(outputs)
    graph, place = with_loops(graph)
    with np.errstate(all="ignore"):
        numbers = [np.asarray(v, float)[()] for v in numbers]
        new, moved = opened(graph, values_at(graph, numbers, OWN, graph.live()), of_several_calls)
    return new, {i: moved[k] for i, k in place.items() if k in moved}


def with_loops(graph: Graph) -> tuple[Graph, dict[int, int]]:
    """The graph with its loops as they are run in programs: those that are gone back through keep what it needs."""
    back = {(n.args, dict(n.params)["loop"]): n.params for n in graph.nodes if n.op == KEPT}

    def step(new: Graph, i: int, args: list[int]) -> int:
        n = graph.nodes[i]
        op, params = n.op, n.params
        if op == "scan":
            kept_too: Params | None = back.get((n.args, dict(params)["loop"]))
            if kept_too is not None:
                op, args, params = ANSWER, [new.apply(KEPT, *args, params=kept_too, where=n.where)], ()
            else:
                op, params = RUN, (*params, ("rows", dict(params)["loop"].rows()))
        return new.apply(op, *args, params=params, where=n.where, shape=n.shape, kind=n.kind)

    return rewritten(graph, step)


def written(graph: Graph) -> str:
    """The programs of the steps of the loops in a program, for its reader."""
    texts = []
    for node in graph.nodes:
        if node.op not in (KEPT, RUN):
            continue
        params = dict(node.params)
        for key, found in _compiled.get(params["loop"], {}).items():
            at = commented(f"the step of {node.op}", node.where).strip()
            if key[0] == "run" and node.op == RUN:
                texts.append(f"{at}\n{found.source.strip()}\n")
            elif key[:2] == ("there", params.get("moving")):
                texts.append(f"{at}, and what its way back needs\n{found.forward.source.strip()}\n")
                texts.append(f"{at}, the way back\n{found.back.source.strip()}\n")
    return "".join(f"\n{text}" for text in dict.fromkeys(texts))


def _alike(args: Sequence[Any]) -> tuple[Arrays, np.dtype]:
    """The arguments as arrays of one dtype. They lie in memory as they did: some sums depend on it."""
    dtype = np.result_type(*args)
    return [np.asarray(v, dtype) for v in args], dtype


def _loose(loop: Loop, args: Arrays) -> tuple[int, ...]:
    """The inputs of a step that do not lie in C order; what is scanned has an axis less than its argument."""
    scanned = range(loop.carries, loop.carries + loop.xs)
    return tuple(k for k, v in enumerate(args) if v.ndim > 1 + (k in scanned) and not v.flags.c_contiguous)
