"""What a method says of one op by itself, at the numbers that it meets here: judged as a function of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symdiff.crosscheck.judging import Case, findings
from symdiff.crosscheck.places.terrain import Terrain, survey
from symdiff.crosscheck.verdict import Verdict
from symdiff.methods.base import MATRICES, Task
from symdiff.problem import Problem

OF_SEVERAL = {"grad": "jacobian", "hvp": "hessian", "tvp": "third"}  # what to ask of an op with several entries
MOST_ENTRIES = 4096  # of that

CHAINING = "every step's own derivative is right: the mistake is in how they are chained"
NOBODY = "every equation's own derivative is right: the mistake is in how JAX chains them"


def fault(alone: Problem, method: str, point: tuple[float, ...], operators: Sequence[str]) -> str:
    """What the method says of one op that is not so; the tape is there for its bounds.

    A random vector finds it, as one of ones would not find all; where ones show it, too, it is said of these: then
    the numbers are the op's slopes, or their sums.
    """
    terrain = survey(alone, point)
    rng = np.random.default_rng(0)
    for operator in operators:
        task = Task.named(operator, tuple(range(len(alone.names))))
        if alone.vector and task.operator in OF_SEVERAL:
            task = Task(OF_SEVERAL[task.operator], task.wrt)
            if len(alone.graph.outputs) * len(task.wrt) ** MATRICES[task.operator] > MOST_ENTRIES:
                continue
        length = task.vector_length(alone)
        random = tuple(rng.uniform(0.5, 1.5, length))
        if said := _wrong(Case(alone, task, point, random), method, terrain):
            plain = _wrong(Case(alone, task, point, (1.0,) * length), method, terrain) if length else said
            return plain or f"{said}, each times a number"
    return ""


def _wrong(case: Case, method: str, terrain: Terrain) -> str:
    """The first entry that the method has wrong."""
    task = case.task
    for f in findings(case, dict.fromkeys([method, "tape"]), [], terrain):
        if f.method == method and f.verdict is Verdict.DIFFER:
            order = {"hessian": "2", "third": "3"}.get(task.operator, "")
            by = " ".join(f"d{name}" for name in f.argument.split("; ")) if f.argument else ""
            what = f"d{order}/{by} is" if by else "the value is"
            what = f"{task.name} {what}" if task.modes else what
            return f"{what} {f.reference!r}, {method} says {f.value!r}"
    return ""
