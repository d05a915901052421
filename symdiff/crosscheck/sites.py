"""What is looked at, and where: a function of numbers at a point, with what is asked of it there.

A formula is one function at many points. A Python function is recorded anew at each of them, as its code
may decide otherwise there, and then taken apart into its entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, flat
from symdiff.crosscheck.draws import weights
from symdiff.crosscheck.judging import Case
from symdiff.crosscheck.places.points import chosen, chosen_arrays
from symdiff.crosscheck.places.sharp import Chosen
from symdiff.crosscheck.places.terrain import Terrain, survey
from symdiff.errors import InputError, UnsupportedError
from symdiff.graph import Graph
from symdiff.inputs.code import Code, Recording
from symdiff.methods.base import Task, flat_task
from symdiff.problem import Problem, Wrt, listed

At = Mapping[str, Any] | Sequence[Mapping[str, Any]]
Taken = tuple[Recording, list[np.ndarray], tuple[Any, ...]]  # a recording, its leaves, the caller's arguments


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A function of numbers at a numbered point. `wrt` are the variables to differentiate by, `shown` is the
    point as the report prints it; `recording` and `args` are the Python function's, if it is one; `why` a generated
    point was chosen, in words; `again` records the function at another point, entry by entry."""

    problem: Problem
    wrt: tuple[int, ...]
    x: tuple[np.float64, ...]
    number: int
    shown: dict[str, Any]
    recording: Recording | None = None
    args: tuple[Any, ...] = ()
    why: str = ""
    again: Callable[[Sequence[float]], Graph] | None = None

    def survey(self) -> Terrain:
        return survey(self.problem, self.x)

    def task(self, operator: str) -> Task:
        """The operator with respect to the site's variables."""
        return Task.named(operator, self.wrt)

    def case(self, operator: str, seed: int) -> Case:
        """The operator here, with a tangent or cotangent if it needs one."""
        task = self.task(operator)
        vector = vector_of(task.vector_length(self.problem), seed, self.number)
        return Case(self.problem, task, self.x, vector, self.number, self.again)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a claim about a function that is not taken apart is called."""

    recording: Recording
    args: tuple[Any, ...]


def vector_of(length: int, seed: int, number: int) -> tuple[float, ...]:
    """A tangent or cotangent without special entries: no 0, no 1, both signs."""
    return tuple(map(float, weights(np.random.default_rng([seed, number]), length)))


def formula_sites(problem: Problem, args: Sequence[Any], at: At | None, wrt: Wrt, count: int, seed: int) -> list[Site]:
    """A formula at the points that were given, and at generated ones."""
    given: list[tuple[np.float64, ...]] = []
    if at is not None and not isinstance(at, Mapping):
        given = [problem.point((), p) for p in _several(at)]
    elif at is not None or args:
        given = [problem.point(args, at)]
    elif not problem.names:
        given = [()]
    generated = chosen(problem, count, seed, given[0] if given else None)
    if not given and not generated:
        if count:
            raise InputError(f"no point was found where {problem.source[:100]!r} is defined: give one with at={{...}}")
        raise InputError(
            f"no point given: give a value for {listed(problem.names)}, or points=N to have some generated"
        )
    points = [Chosen(x, "") for x in given] + [p for p in generated if p.x not in given]
    by = problem.select(wrt)
    return [
        Site(problem, by, p.x, k, dict(zip(problem.names, map(float, p.x), strict=True)), why=p.why)
        for k, p in enumerate(points)
    ]


def _several(at: Any) -> Iterable[Any]:
    if isinstance(at, str) or not isinstance(at, Iterable):
        raise InputError(f"at: expected {{name: value}} or a list of these, got {type(at).__name__}")
    return at


def recordings(
    code: Code, args: Sequence[Any], kwargs: dict[str, Any], at: At | None, wrt: Wrt, count: int, seed: int
) -> tuple[list[Taken], list[str]]:
    """A Python function recorded at the arguments that were given, and at generated ones: where its steps are special,
    and near the given ones. Also why each was chosen, in words; "" for those that were given, and for generic ones."""
    several = calls_of(code, args, at)
    found = [(*code.recorded(a, kwargs, wrt, fresh=True), a) for a in several]
    recording, leaves, first = found[0]
    why = [""] * len(found)
    for made, says in chosen_arrays(recording.problem, leaves, count, seed):
        moved = recording.arguments(first, made, recording.problem.dtype)
        try:
            found.append((*code.recorded(moved, kwargs, wrt, fresh=True), moved))
        except Exception:
            if not says:
                raise
            continue  # the caller's code objects to a special point, in any way it likes
        why.append(says)
    return found, why


def calls_of(code: Code, args: Sequence[Any], at: At | None) -> list[tuple[Any, ...]]:
    """The arguments of a Python function, by position, at every point that was given."""
    if at is not None and args:
        raise InputError("give the arguments either by position or by name, not both")
    if at is not None:
        mappings = [at] if isinstance(at, Mapping) else list(_several(at))
        odd = next((type(m).__name__ for m in mappings if not isinstance(m, Mapping)), "")
        if odd:
            got = f"got {type(at).__name__}" + (f" of {odd}" if isinstance(at, list | tuple) else "")
            raise InputError(f"at: expected {{name: value}} or a list of these, {got}")
        return [code.arguments((), dict(m)) for m in mappings]
    if args:
        return [tuple(args)]
    names = listed(code.names) or "its arguments"
    raise InputError(f"no point given: give {code.name} a value for {names}, as it is called")


def too_large(problem: ArrayProblem, leaves: Sequence[np.ndarray]) -> str:
    """Why the function cannot be taken apart into its entries; "" if it can."""
    try:
        problem.scalars(leaves)
    except UnsupportedError as e:
        return str(e)
    return ""


def beside(code: Code, taken: Taken, kwargs: dict[str, Any], wrt: Wrt, x: Sequence[float]) -> Graph:
    """The caller's function recorded at other numbers, entry by entry."""
    recording, _, args = taken
    problem = recording.problem
    moved = recording.arguments(args, problem.leaves(x), problem.dtype)
    other, leaves = code.recorded(moved, kwargs, wrt, fresh=True)
    return other.problem.scalars(leaves).graph


def array_site(
    recording: Recording, leaves: list[np.ndarray], args: tuple[Any, ...], number: int, why: str = "",
    again: Callable[[Sequence[float]], Graph] | None = None,
) -> Site:  # fmt: skip
    """A recorded function taken apart at the leaves. Raises `UnsupportedError` if it is too large for that."""
    problem = recording.problem
    scalars = problem.scalars(leaves)
    wrt = flat_task(problem, Task("grad", tuple(range(len(leaves))))).wrt
    shown = {n: v.tolist() for n, v in zip(problem.names, leaves, strict=True)}
    return Site(scalars, wrt, tuple(flat(leaves)), number, shown, recording, args, why, again)
