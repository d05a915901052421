"""The programs that are known, by function and task: written when a task is asked for a second time.

The first answer is the sweep's. A program is used only if it has reproduced the sweep's answer bit for bit at the
point where it was written. What writes programs is loaded then: who asks for one gradient does not wait for it.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.arrays import ArrayProblem
from symdiff.graph import Graph
from symdiff.methods.base import Task
from symdiff.problem import Problem

if TYPE_CHECKING:
    from symdiff.methods.tape.numbers import NumberPlan
    from symdiff.methods.tape.plan import Plan

OPERATORS = ("grad", "value_and_grad", "vjp", "jvp", "hvp")
SHORT, LONGEST = 30_000, 400_000  # nodes: what is longer is swept every time
PATIENCE = 3  # sweeps: to write down a program that is not short costs as much as eight

# a Plan, None, or how often it was swept
_programs: weakref.WeakKeyDictionary[Graph, dict[Any, Any]] = weakref.WeakKeyDictionary()


def _key(problem: Problem | ArrayProblem, task: Task) -> Any:
    return task, "" if isinstance(problem, Problem) else problem.dtype


def program(problem: Problem | ArrayProblem, task: Task) -> Plan | NumberPlan | None:
    """The plan that answers this task, if there is one."""
    known = _programs.get(problem.graph)
    found = known.get(_key(problem, task)) if known else None
    return None if isinstance(found, int) else found


def write(
    problem: Problem | ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any], found: Sequence[Any]
) -> None:
    """Called after each sweep, with what it found: the second time the program is written, a long one later."""
    known = _programs.setdefault(problem.graph, {})
    key = _key(problem, task)
    size, swept = len(problem.graph.nodes), known.get(key, 0)
    if not isinstance(swept, int) or size > LONGEST:
        return
    known[key] = swept + 1
    if swept >= (1 if size <= SHORT else PATIENCE):
        known[key] = _proven(problem, task, leaves, vector, found)


def _proven(
    problem: Problem | ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any], found: Sequence[Any]
) -> Plan | NumberPlan | None:
    from symdiff.methods.tape.program import planned

    for attempt in dict.fromkeys((task, replace(task, fuse=False))):
        plan = planned(problem, attempt, leaves, vector)
        if _is_proven(plan, [*leaves, *vector], found):
            return plan
    return None


def _is_proven(plan: Plan | NumberPlan, inputs: Sequence[Any], found: Sequence[Any]) -> bool:
    exact = getattr(plan, "with_numpy", None)  # a program of numbers
    run = plan if exact is None else lambda x: list(map(np.array, exact(*x) or ()))
    for _ in range(2):  # in arrays full of nan, then in those that a call has left behind
        again = run(inputs)
        if again is None or len(again) != len(found) or not all(map(same_bits, again, found)):
            return False
    return True


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal to the last bit; one nan is as good as another."""
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    return bool(np.all((a == b) & (np.signbit(a) == np.signbit(b)) | (np.isnan(a) & np.isnan(b))))
