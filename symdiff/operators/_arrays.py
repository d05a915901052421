"""Operators on Python functions: from the caller's pytrees to leaves, and back to JAX's structures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from symdiff.errors import InputError, UnsupportedError
from symdiff.inputs.code import MOST_RECORDINGS, Code, Recording
from symdiff.inputs.leaves import as_leaf
from symdiff.methods import method as find_method
from symdiff.methods.base import Task
from symdiff.operators._again import MATRICES, MISS, Again, Looked, looked_at, noted, shaped
from symdiff.operators._data import Prepared, Template, Way
from symdiff.problem import Wrt
from symdiff.pytrees import flatten


def on_arrays(
    code: Code, operator: str, method: str, wrt: Wrt, fuse: bool = False, verify_every: int = 0
) -> Callable[..., Any]:
    """A callable of the function's own arguments that answers one operator without a vector."""
    answers = _Answers(code, operator, method, wrt, fuse)
    calls = count() if checked_rate(verify_every) else None

    def answer(*args: Any, **kwargs: Any) -> Any:
        if calls is not None and next(calls) % verify_every == 0:
            answers.verify(args, dict(kwargs))
        if answers.of_floats is not None and not kwargs:
            try:
                found = answers.of_floats(*args)
                if found is not None:
                    return found
            except (TypeError, ArithmeticError, ValueError):  # other arguments, or NumPy's inf and nan
                pass
        return answers(args, kwargs)

    answer.program = answers.source  # type: ignore[attr-defined]  # functions may have attributes
    return answer


class _Answers:
    """The calls of one operator and what is known of them: tried is the quickest way first."""

    def __init__(self, code: Code, operator: str, method: str, wrt: Wrt, fuse: bool) -> None:
        self.code, self.operator, self.method, self.wrt, self.fuse = code, operator, method, wrt, fuse
        self.known: list[Again] = []  # calls that a program can answer, the newest first
        self.templates: list[Template] = []  # calls whose data may come new, the newest first
        self.prepared = Prepared.of(code, wrt)
        self.of_floats: Callable[..., Any] | None = None  # the last program whose arguments are all plain floats

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        code = self.code
        if kwargs:
            args = code.by_position(args, kwargs)
        looked: Looked = {}
        for again in self.known:
            found = again(args, kwargs, looked)
            if found is not MISS:
                return found
        replays = find_method(self.method).replays
        if replays:
            found = self.with_new_data(args, kwargs, looked)
            if found is not MISS:
                return found
        before = code.recordings
        recording, leaves = code.recorded(args, kwargs, self.wrt)
        entries = ask(recording, self.operator, self.method, leaves, fuse=self.fuse)
        if replays:
            self.look_at_data(args, kwargs, recording, entries, code.recordings is not before)
        self.note(recording, args, kwargs)
        return shaped(recording, self.operator, entries)

    def with_new_data(self, args: tuple[Any, ...], kwargs: dict[str, Any], looked: Looked) -> Any:
        """The answer of a recording whose data are inputs, or `MISS`."""
        for way in self.templates if self.prepared is None else [self.prepared]:
            given = looked_at(way, args, kwargs, looked)
            recording, leaves = (None, []) if given is None else way.holding(given)
            if recording is not None:
                seen = recording.of_variables(len(way.chosen), way.single)
                entries = ask(seen, self.operator, self.method, leaves, fuse=self.fuse)
                self.note(recording, args, kwargs, way)
                return shaped(seen, self.operator, entries)
        return MISS

    def look_at_data(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], recording: Recording, entries: Sequence[Any], new: bool
    ) -> None:
        """A template of such a call, the first time; a recording with inputs where the data came new."""
        for template in self.templates:
            given = template.arguments(args, kwargs)
            if given is None:
                continue
            if new and template.useful:
                template.learn(given, partial(self.reproduced, template, entries))
            if not template.useful:
                self.known = [again for again in self.known if again.way is not template]
            return
        template = Template(self.code, args, kwargs, recording)
        if template.useful:
            self.templates = [template, *self.templates[: MOST_RECORDINGS - 1]]

    def reproduced(self, way: Template, entries: Sequence[Any], recording: Recording, leaves: Sequence[Any]) -> bool:
        """Whether a recording with inputs gives the entries of the one with constants, but for rounding."""
        seen = recording.of_variables(len(way.chosen), way.single)
        again = ask(seen, self.operator, self.method, leaves, fuse=self.fuse)
        return len(again) == len(entries) and all(map(_near, again, entries))

    def note(self, recording: Recording, args: tuple[Any, ...], kwargs: dict[str, Any], way: Way | None = None) -> None:
        """The next call with such arguments is the program's, if there is one by now."""
        width = len(recording.problem.names) if way is None else recording.of_variables(len(way.chosen), False).width
        task = Task(self.operator, tuple(range(width)), self.fuse)
        program = find_method(self.method).program(recording.problem, task)
        if way is not None and self.operator in MATRICES:
            return
        call = (len(args), sorted(kwargs), self.operator, way)
        again = noted(self.known, recording, program, lambda program: Again(recording, program, *call))
        if again is not None:
            self.of_floats = again.of_floats() or self.of_floats

    def verify(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Record the call once more, and compare with what is known of it."""
        code = self.code
        args = code.by_position(args, kwargs) if kwargs else args
        known, _ = code.recorded(args, kwargs, self.wrt)
        again, _ = Code(code.f, code.names).recorded(args, kwargs, self.wrt)
        if again.problem.graph.content() != known.problem.graph.content():
            raise UnsupportedError(
                f"{code.name} computes something else than when it was recorded, at the same arguments: it depends "
                "on something besides them (a random draw, a global, a counter); give that as an argument"
            )

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The source of the program that answers such a call; see `grad`."""
        code = self.code
        recording, leaves = code.recorded(code.by_position(args, kwargs) if kwargs else args, kwargs, self.wrt)
        task = Task(self.operator, tuple(range(len(leaves))), self.fuse)
        task.check(recording.problem)
        return find_method(self.method).source(recording.problem, task, leaves)


def checked_rate(verify_every: Any) -> int:
    """`verify_every` as it was given, or `InputError`."""
    if isinstance(verify_every, bool) or not isinstance(verify_every, int) or verify_every < 0:
        raise InputError(f"verify_every={verify_every!r}: expected a whole number of calls, or 0 for never")
    return verify_every


def _near(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal but for rounding."""
    if np.shape(a) != np.shape(b) or a.dtype != b.dtype:
        return False
    wide, other = np.asarray(a, np.float64), np.asarray(b, np.float64)
    eps = 2.0**-26 if a.dtype == np.float64 else 2.0**-4 if a.dtype.itemsize == 2 else 2.0**-12
    finite = np.abs(other[np.isfinite(other)])
    return bool(np.allclose(wide, other, eps, eps * float(np.max(finite, initial=0.0)), equal_nan=True))


def ask(
    recording: Recording, operator: str, method: str, leaves: Sequence[Any], vector: Sequence[Any] = (),
    fuse: bool = False,
) -> list[Any]:  # fmt: skip
    """The entries as arrays."""
    problem = recording.problem
    task = Task(operator, tuple(range(recording.width)), fuse)
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
