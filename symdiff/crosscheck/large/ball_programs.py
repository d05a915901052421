"""Derivative programs on arrays, whosever they are, run in balls: is the rule right, entry by entry?

What stage 1 is for a function that is taken apart (`stage1`), with the same answers: a ball of the program that is
disjoint from the truth is a wrong rule, a wide one says nothing, and a literal that somebody had to round may explain
a small gap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Any

import numpy as np
from flint import arb

from symdiff import balls
from symdiff.balls import Ball
from symdiff.crosscheck.certified.literals import width
from symdiff.crosscheck.certified.stage1 import NARROW, SMALL_GAP, _run, flipped
from symdiff.crosscheck.large.ball_arrays import each, entries, run_in_balls
from symdiff.crosscheck.large.jaxpr_balls import run_jaxpr
from symdiff.errors import UnsupportedError
from symdiff.graph import CONST, Graph, Node, is_short
from symdiff.problem import Problem
from symdiff.scalars import MOST_OF_A_PROGRAM

Arrays = list[np.ndarray]  # of balls, one array for each of the derivative's
Runs = Callable[[bool], Arrays]  # a program in balls, at the precision in force; True: its literals widened


def of_graph(graph: Graph, given: Sequence[np.ndarray], own: Set[float]) -> Runs:
    """A graph of arrays at `given`, its inputs. Literals that are not the function's `own` may be widened."""

    def runs(loose: bool) -> Arrays:
        _same_branches(graph, given)
        const = _widened(lambda v: v not in own and not is_short(v)) if loose else entries
        return [values(y) for y in run_in_balls(graph, [entries(v) for v in given], const=const)]

    return runs


def of_jaxpr(closed: Any, given: Sequence[np.ndarray], own: Set[float]) -> Runs:
    """A jaxpr, in arrays of balls; entry by entry where it has a primitive that is read so only."""

    def runs(loose: bool) -> Arrays:
        try:
            return [values(y) for y in run_jaxpr(closed, own, given, loose)]
        except UnsupportedError:
            return _entry_by_entry(closed, given, own, loose)

    return runs


def own_constants(graph: Graph) -> set[float]:
    """The numbers that stand in a function, those of its data among them."""
    return {float(v) for node in graph.nodes if node.op == CONST for v in np.ravel(node.value)}


def as_decimals(graph: Graph, given: Sequence[np.ndarray]) -> Arrays:
    """A program's entries for all that its constants may have meant, as decimals: 1.4 for the double nearest to it."""
    const = _widened(lambda v: not is_short(v), 2.0**-53)
    return [values(y) for y in run_in_balls(graph, [entries(v) for v in given], const=const)]


def rules(
    runs: Runs, truth: Sequence[np.ndarray], meant: Callable[[], Sequence[np.ndarray]] | None = None, near: float = 0.0
) -> list[np.ndarray] | None:
    """For each entry whether the rule is right: True, False, or None where the balls do not tell. None for a program
    that cannot be run in balls.

    `meant` is for claims: the truth for the function's constants as decimals; `near`, how far off, relatively, a claim
    may be. A library's literals may explain more, on the scale of an array's largest entry.
    """
    try:
        exact = runs(False)
    except UnsupportedError:
        return None
    if [e.shape for e in exact] != [t.shape for t in truth]:
        return None
    found = [each(lambda e, t: _told(e, t, near), e, t) for e, t in zip(exact, truth, strict=True)]
    if not any(r is False for array in found for r in array.flat):
        return found
    wide, decimals = runs(True), truth if meant is None else meant()
    for array, w, d, t in zip(found, wide, decimals, truth, strict=True):
        scale = None if meant is not None else max((abs(e).abs_upper() for e in t.flat), default=arb(0))
        for k, rule in enumerate(array.flat):
            if rule is False and not (w.flat[k].is_finite() and not w.flat[k].overlaps(d.flat[k])):
                small = SMALL_GAP * (abs(t.flat[k]) if scale is None else scale)
                array.flat[k] = True if w.flat[k].rad() + d.flat[k].rad() <= small else None
    return found


def values(array: np.ndarray) -> np.ndarray:
    """The values of an array of Taylor balls."""
    out = np.empty(array.shape, object)
    for k, e in enumerate(array.flat):
        out.flat[k] = e[0]
    return out


def _told(e: arb, t: arb, near: float) -> bool | None:
    if not all(v.is_finite() and v.rad() <= NARROW * abs(v.mid()) for v in (e, t)):
        return None
    return bool(e.overlaps(t)) or bool(abs(e - t) <= near * abs(t))


def _widened(which: Callable[[float], bool], relative: float | None = None) -> Callable[[Any], np.ndarray]:
    """Makes balls of constants, some of them as wide as their last place."""

    def widened(ball: Ball, value: Any) -> Any:
        if isinstance(value, bool | np.bool_) or not which(float(value)):
            return ball
        return balls.const(ball.value + (width(float(value)) if relative is None else arb(0, abs(value) * relative)))

    return lambda value: each(widened, entries(value), np.asarray(value, object))


def _same_branches(graph: Graph, given: Sequence[np.ndarray]) -> None:
    """Raise where the balls decide a branch of the program otherwise than the floats did, or cannot decide it."""
    if not graph.guards:
        return
    deciding = graph.copy()
    deciding.outputs = tuple(g for g, _ in graph.guards)
    decided = run_in_balls(deciding, [entries(v) for v in given])
    for found, (_, was) in zip(decided, graph.guards, strict=True):
        if any(f is not bool(w) for f, w in zip(found.flat, np.ravel(was), strict=True)):
            raise UnsupportedError("rounding decides a branch")


def _entry_by_entry(closed: Any, given: Sequence[np.ndarray], own: Set[float], loose: bool) -> Arrays:
    import jax

    from symdiff.methods.jax.reading import to_graph

    point = [float(v) for a in given for v in np.ravel(a)]
    nodes = [Node(CONST, value=v) for v in own]
    names = tuple(f"x{k}" for k in range(len(point)))
    with jax.enable_x64(True):
        shapes = [np.shape(a) for a in given]
        read = to_graph(closed, Problem(Graph(nodes), names, "", "python"), 0, shapes, point, MOST_OF_A_PROGRAM)
    program = read.program
    if program is None or flipped(program, point):
        raise UnsupportedError("JAX's program cannot be read, or rounding decides a branch of it")

    program.graph.outputs = tuple(int(i) for nodes in read.results for i in nodes.flat)
    found = iter(_run(program, point, loose))
    return [each(lambda _: next(found), nodes) for nodes in read.results]
