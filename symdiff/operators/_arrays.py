"""Operators on Python functions: from the caller's pytrees to leaves, and back to JAX's structures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.inputs.code import MOST_RECORDINGS, Code, Recording
from symdiff.inputs.leaves import as_leaf
from symdiff.methods import method as find_method
from symdiff.methods.base import Task
from symdiff.operators._again import MISS, Again, shaped
from symdiff.problem import Wrt
from symdiff.pytrees import flatten


def on_arrays(code: Code, operator: str, method: str, wrt: Wrt, fuse: bool = False) -> Callable[..., Any]:
    """A callable of the function's own arguments that answers one operator without a vector."""
    known: list[Again] = []  # calls that a program can answer, the newest first
    of_floats: Callable[..., Any] | None = None  # the last program whose arguments are all plain floats

    def answer(*args: Any, **kwargs: Any) -> Any:
        if of_floats is not None and not kwargs:
            try:
                found = of_floats(*args)
                if found is not None:
                    return found
            except (TypeError, ArithmeticError, ValueError):  # other arguments, or NumPy's inf and nan
                pass
        if kwargs:
            args = code.by_position(args, kwargs)
        for again in known:
            found = again(args, kwargs)
            if found is not MISS:
                return found
        recording, leaves = code.recorded(args, kwargs, wrt)
        found = shaped(recording, operator, ask(recording, operator, method, leaves, fuse=fuse))
        note(recording, args, kwargs)
        return found

    def note(recording: Recording, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """The next call with such arguments is the program's, if there is one by now."""
        nonlocal of_floats
        task = Task(operator, tuple(range(len(recording.problem.names))), fuse)
        program = find_method(method).program(recording.problem, task)
        new = all(again.recording.problem is not recording.problem for again in known)
        if program is not None and new and Again.fits(recording):
            again = Again(recording, program, len(args), sorted(kwargs), operator)
            known[:] = [again, *known[: MOST_RECORDINGS - 1]]
            of_floats = again.of_floats() or of_floats

    def program(*args: Any, **kwargs: Any) -> str:
        """The source of the program that answers such a call; see `grad`."""
        recording, leaves = code.recorded(code.by_position(args, kwargs) if kwargs else args, kwargs, wrt)
        task = Task(operator, tuple(range(len(leaves))), fuse)
        task.check(recording.problem)
        return find_method(method).source(recording.problem, task, leaves)

    answer.program = program  # type: ignore[attr-defined]  # functions may have attributes
    return answer


def ask(
    recording: Recording, operator: str, method: str, leaves: Sequence[Any], vector: Sequence[Any] = (),
    fuse: bool = False,
) -> list[Any]:  # fmt: skip
    """The entries as arrays."""
    problem = recording.problem
    task = Task(operator, tuple(range(len(leaves))), fuse)
    task.check(problem)
    return find_method(method).arrays(problem, task, leaves, vector)


def every(code: Code, primals: Sequence[Any]) -> tuple[Recording, list[Any]]:
    """The function recorded with all of its arguments differentiated by."""
    return code.recorded(tuple(primals), {}, tuple(range(len(primals))))


def bare(answer: tuple[Any, ...]) -> Any:
    """The answer for one argument by itself."""
    return answer[0] if len(answer) == 1 else answer


def one_each(values: Any, what: str) -> tuple[Any, ...]:
    """One value per argument, as a tuple or list; `InputError` for an array that came bare."""
    if isinstance(values, tuple | list):
        return tuple(values)
    kind = "an array" if isinstance(values, np.ndarray) else type(values).__name__
    raise InputError(f"{what}: expected a sequence with one value per argument, got {kind}: write ({what[0]},)")


def tangents_like(recording: Recording, leaves: Sequence[Any], given: Sequence[Any]) -> list[np.ndarray]:
    """Tangents, one per argument and of its structure and shapes."""
    if len(given) != len(recording.trees):
        raise InputError(f"{len(given)} tangent(s) given for {len(recording.trees)} argument(s): expected one each")
    found: list[np.ndarray] = []
    for k, (tangent, tree) in enumerate(zip(given, recording.trees, strict=True)):
        values, structure = flatten(tangent)
        if structure != tree:
            raise InputError(f"tangents[{k}] is {structure}: expected {tree}, as its argument is")
        paths = structure.paths(f"tangents[{k}]")
        found += [as_leaf(v, path)[0] for v, path in zip(values, paths, strict=True)]
    names = recording.problem.names
    return [
        _of_shape(v, np.shape(leaf), f"the tangent of {n}", n) for v, leaf, n in zip(found, leaves, names, strict=True)
    ]


def cotangents_like(recording: Recording, given: Any) -> list[np.ndarray]:
    """A cotangent of the structure and shapes of the function's result."""
    values, structure = flatten(given)
    if structure != recording.answer:
        raise InputError(f"the cotangent is {structure}: expected {recording.answer}, as the result is")
    found = []
    for v, shape, path in zip(values, recording.problem.answers, structure.paths(), strict=True):
        leaf, _ = as_leaf(v, f"the cotangent{path}")
        found.append(_of_shape(leaf, shape, f"the cotangent{path}", f"the result{path}"))
    return found


def _of_shape(value: np.ndarray, shape: tuple[int, ...], what: str, of: str) -> np.ndarray:
    if value.shape != shape:
        raise InputError(f"{what} has shape {value.shape}: expected {shape}, the shape of {of}")
    return value
