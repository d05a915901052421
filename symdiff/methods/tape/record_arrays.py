"""Recording on arrays: the tape's derivative programs of functions of arrays, written down as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, flat
from symdiff.errors import UnsupportedError
from symdiff.graph import Graph, run
from symdiff.inputs.recorded import Recorded
from symdiff.methods.base import MATRICES, TANGENTS, Program, basis, count
from symdiff.methods.modes import FORWARD, REVERSE
from symdiff.methods.tape.compositions import Composition
from symdiff.methods.tape.record import Recorder
from symdiff.scalars import MOST_OF_A_PROGRAM, to_scalars


class ArrayRecorder(Recorder):
    """A recording of a task on arrays. The entries come as arrays, in the order of the flat entries; those
    of a Jacobian by columns where there are fewer of them."""

    problem: ArrayProblem
    by_columns = False

    def entries(self) -> list[Recorded]:
        outputs, operator = self.problem.graph.outputs, self.task.operator
        if operator == "jacobian":
            return self.jacobian()
        if operator in ("hvp", "tvp"):
            forward = (FORWARD,) * TANGENTS[operator]
            return Composition(self, self.task.modes or (*forward, REVERSE)).entries()
        if operator not in ("hessian", "third"):
            return super().entries()
        found = []
        for o in outputs:
            for seed in basis([self.graph.nodes[o].shape]):
                self.up_to_date()
                found += self.higher(self.pulled([o], seed), MATRICES[operator] - 1)
        return found

    def higher(self, gradient: Sequence[Recorded], times: int) -> list[Recorded]:
        """The gradient's derivatives along every direction, so often: row k of a Hessian is its column k."""
        if not times:
            return list(gradient)
        shapes = [self.graph.nodes[i].shape for i in self.inputs]
        return [h for d in basis(shapes) for h in self.higher(self.moved(gradient, d), times - 1)]

    def moved(self, gradient: Sequence[Recorded], tangents: Sequence[Any]) -> list[Recorded]:
        """Forward over reverse: the gradient program moved along the tangents."""
        self.up_to_date()
        return self.pushed([g.index for g in gradient], dict(zip(self.inputs, tangents, strict=True)))

    def jacobian(self) -> list[Recorded]:
        """One sweep for every entry of the answer, or one push for every entry of the inputs."""
        outputs = self.problem.graph.outputs
        answers, inputs = ([self.graph.nodes[i].shape for i in some] for some in (outputs, self.inputs))
        self.by_columns = count(inputs) < count(answers)
        if self.by_columns:
            found = [self.pushed(outputs, dict(zip(self.inputs, d, strict=True))) for d in basis(inputs)]
        else:
            found = [self.pulled(outputs, seed) for seed in basis(answers)]
        return [entry for row in found for entry in row]

    def numbers(self, entries: Sequence[Recorded]) -> np.ndarray:
        """The entries in flat order."""
        values = flat([e.value for e in entries])
        return values.reshape(-1, count(self.problem.answers)).T.ravel() if self.by_columns else values

    def program(self, entries: Sequence[Recorded]) -> Program | None:
        """The recorded program, entry by entry; None where that is too long to look into."""
        self.graph.outputs = tuple(e.index for e in entries)
        own = self.problem.graph
        try:
            if self.graph.outputs == own.outputs and self.graph.nodes == own.nodes:  # the very same nodes: its value
                scalars = self.problem.scalars(self.point).graph
            else:
                scalars = to_scalars(self.graph, self.point, MOST_OF_A_PROGRAM)
        except UnsupportedError:
            return None
        if self.by_columns:
            order = np.reshape(scalars.outputs, (-1, count(self.problem.answers))).T.ravel()
            scalars.outputs = tuple(int(i) for i in order)
        return Program(scalars, (*branches(scalars, list(flat(self.point))), *scalars.guards))


def branches(graph: Graph, point: Sequence[Any]) -> list[tuple[int, bool]]:
    """The branches of every `where` of the scalar steps, as the numbers at the flat point decide."""
    conditions = {graph.nodes[i].args[0] for i in graph.live() if graph.nodes[i].op == "where"}
    if not conditions:
        return []
    with np.errstate(all="ignore"):
        values = run(graph, "forward", point, lambda c: c, graph.live(sorted(conditions)))
    return [(c, bool(values[c])) for c in sorted(conditions)]
