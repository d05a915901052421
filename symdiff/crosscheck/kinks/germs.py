"""The caller's function just beyond a point, along rays: recorded anew where its code decides otherwise there.

A recording is the function wherever its guards hold. At a tie of a sort, or of an `if x > y`, they hold on one side,
and the recording of the other side is another graph. Series along the ray (`expansions`) decide the guards for all
small t, and not for one: a recording that was made at some point nearby is believed only if its guards hold there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flint import arb

from symdiff import balls
from symdiff.balls import Ball, precision
from symdiff.crosscheck.kinks.along_rays import Elsewhere, Proven, along
from symdiff.crosscheck.kinks.edges import Unclear
from symdiff.crosscheck.kinks.general_series import Series
from symdiff.crosscheck.places.terrain import survey
from symdiff.graph import Graph, run
from symdiff.methods.ball import enclosures
from symdiff.methods.base import Task
from symdiff.problem import Problem

BITS = 512
ABOVE = frozenset(("greater", "greater_equal"))
ORDERS = ABOVE | frozenset(("less", "less_equal"))
STEPS = (2.0**-12, 2.0**-24, 2.0**-36)  # how far along a ray the function is recorded, relative to the point
MOST_RECORDINGS = 200
MOST_STEPS = 40_000  # of all rays together, of code that decides: some seconds


@dataclass(eq=False)
class Germs:
    """A function near a point. `again` records it at another one; None for a formula, which decides nothing."""

    graph: Graph
    x: Sequence[float]
    again: Callable[[Sequence[float]], Graph] | None = None
    known: list[Graph] = field(default_factory=list)
    _smooth: list[tuple[Graph, list[list[arb]]]] = field(default_factory=list)  # with their gradients at the point
    _steps: int = 0
    _proven: dict[int, Proven] = field(default_factory=dict)  # by the graphs' ids: those that did not hold stay, too

    def along(self, direction: Sequence[arb]) -> list[Series]:
        """The outputs along x + t direction, for all small t > 0: see `along_rays.along`.

        Raises:
            Outside: the function is not defined just beyond the point.
            Unclear: a decision that cannot be made, or code that does not run there.
        """
        return self._found(direction)[1]

    def slopes(self, direction: Sequence[arb], wrt: Sequence[int]) -> list[list[arb]] | None:
        """The gradient of each output at the point, of the recording that holds along the direction; None where that
        recording is not smooth at the point."""
        for graph, rows in self._smooth:
            if self._holds(graph, direction):
                return rows
        graph, _ = self._found(direction)
        if all(graph is not known for known, _ in self._smooth) and graph.guards:
            problem = Problem(graph.copy(), tuple(graph.nodes[i].name for i in graph.inputs), "", "python", vector=True)
            problem.graph.guards = []
            if survey(problem, self.x).ordinary:
                with precision(BITS, 1):
                    flat = enclosures(problem, Task("jacobian", tuple(wrt)), self.x, ())
                n = len(wrt)
                self._smooth.append((graph, [flat[k : k + n] for k in range(0, len(flat), n)]))
                return self._smooth[-1][1]
        return None

    def _holds(self, graph: Graph, direction: Sequence[arb]) -> bool:
        """Whether the guards of a graph that is smooth at the point are seen, at first order, to hold along the ray."""
        with precision(BITS, 1):
            given = [balls.variable(x, d) for x, d in zip(self.x, direction, strict=True)]
            compared = [a for g, _ in graph.guards for a in graph.nodes[g].args]
            values = run(graph, "ball", given, balls.const, graph.live(compared))
            for g, was in graph.guards:
                args = [values[a] for a in graph.nodes[g].args]
                if graph.nodes[g].op not in ORDERS or not all(isinstance(a, Ball) for a in args):
                    return False
                gap = args[0].value - args[1].value
                side = args[0][1] - args[1][1] if gap == 0 else gap
                if not (side > 0 or side < 0) or (side > 0) != (was == (graph.nodes[g].op in ABOVE)):
                    return False
        return True

    def _along(self, graph: Graph, direction: Sequence[arb]) -> list[Series]:
        self._steps += len(graph.nodes)
        if graph.guards and self._steps > MOST_STEPS:
            raise Unclear("its code decides otherwise in too many directions")
        if id(graph) not in self._proven:
            self._proven[id(graph)] = Proven(graph, self.x)
        return along(graph, self.x, direction, self._proven[id(graph)])

    def _found(self, direction: Sequence[arb]) -> tuple[Graph, list[Series]]:
        self.known = self.known or [self.graph]
        for graph in self.known:
            try:
                return graph, self._along(graph, direction)
            except Elsewhere:
                continue
        return self._recorded(direction)

    def _recorded(self, direction: Sequence[arb]) -> tuple[Graph, list[Series]]:
        size = 1.0 + max(map(abs, self.x), default=0.0)
        again = self.again
        for t in STEPS if len(self.known) < MOST_RECORDINGS else ():
            if again is None:
                break
            beside = [float(x) + t * size * float(d) for x, d in zip(self.x, direction, strict=True)]
            try:
                graph = again(beside)
            except Exception as e:  # it is the caller's code, and may object in any way it likes
                raise Unclear(f"its code does not run beside the point: {type(e).__name__}") from e
            try:
                found = self._along(graph, direction)
            except Elsewhere:
                continue
            self.known.append(graph)
            return graph, found
        raise Unclear("what its code decides beside the point is not known")
