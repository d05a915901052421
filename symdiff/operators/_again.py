"""The same call again: arguments matched with a recording that has a program, and its answer in their structure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from symdiff.inputs.code import MOST_RECORDINGS, Recording
from symdiff.inputs.leaves import same
from symdiff.methods.base import MATRICES
from symdiff.operators._data import Way
from symdiff.operators._entry import Entry, Leaf, is_plain

MISS = object()
Looked = dict[Way, tuple[Any, ...] | None]  # what ways have said of the arguments of one call


def looked_at(way: Way, args: tuple[Any, ...], kwargs: dict[str, Any], looked: Looked) -> tuple[Any, ...] | None:
    """What the way says of these arguments: it looks at them once, however many recordings it has."""
    if way not in looked:
        looked[way] = way.arguments(args, kwargs)
    return looked[way]


class Again:
    """A call that a program can answer. Call it with the caller's arguments, and what ways have said of them: the
    answer, or `MISS`."""

    __slots__ = ("_count", "_entry", "_names", "_operator", "_program", "recording", "way")

    def __init__(
        self, recording: Recording, program: Callable[..., list[Any] | None], count: int, names: list[str],
        operator: str, way: Way | None = None,
    ) -> None:  # fmt: skip
        self.recording, self._program, self._operator, self.way = recording, program, operator, way
        self._count, self._names = count, names  # of positional arguments, and of those by name
        self._entry: Entry | None = None  # written when it is first asked for

    @staticmethod
    def fits(recording: Recording) -> bool:
        """Whether this recording's arguments are of the plain kinds."""
        return all(map(is_plain, recording.trees))

    def of_floats(self) -> Callable[..., Any] | None:
        """The program as a function of plain floats, where the arguments are nothing else."""
        recording = self.recording
        in_order = tuple(dict.fromkeys(recording.chosen)) == tuple(range(self._count)) and not self._names
        of_leaves = all(tree.kind is None for tree in recording.trees) and not recording.still
        entry = getattr(self._program, "entry", None)
        if entry is None or self.way is not None or self._operator in MATRICES or not (in_order and of_leaves):
            return None
        return entry(self._operator == "value_and_grad", recording.single)

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any], looked: Looked) -> Any:
        if len(args) != self._count or ((kwargs or self._names) and sorted(kwargs) != self._names):
            return MISS
        if self.way is not None:  # data are leaves, and the way looks at all the rest
            given = looked_at(self.way, args, kwargs, looked)
            if given is None:
                return MISS
            args = given
        elif kwargs:
            args = (*args, *(kwargs[name] for name in self._names))
        entry = self._entry
        if entry is None:
            entry = self._entry = self._written(len(args))
        found = entry(*args)
        if found is None:  # or the caller's code decides otherwise here
            return MISS
        if self.way is not None:
            self.way.in_vain = 0
        return found

    def _written(self, count: int) -> Entry:
        recording, way = self.recording, self.way
        seen = recording if way is None else recording.of_variables(len(way.chosen), way.single)
        trees = dict(zip(dict.fromkeys(recording.chosen), recording.trees, strict=True))
        still = {} if way is not None else _still(recording, self._count, len(self._names))
        return _entry(self._program, count, trees, still, seen, self._operator)


def _still(recording: Recording, count: int, named: int) -> dict[int, Callable[[Any], bool]]:
    """What every argument that is not differentiated by has to be, by position; those by name stand behind."""
    others, still = len(recording.still) - named, recording.still
    places = [k for k in range(count) if k not in recording.chosen] + [count + k for k in range(named)]
    values = (*still[:others], *(v for _, v in still[others:]))
    return {k: _as_it_was(v) for k, v in zip(places, values, strict=True)}


def _entry(
    program: Callable[..., list[Any] | None], count: int, trees: dict[int, Any],
    still: dict[int, Callable[[Any], bool]], seen: Recording, operator: str,
) -> Entry:  # fmt: skip
    """The entry of a program whose answer is shaped as that of `seen`."""
    problem, width = seen.problem, seen.width
    variables = [(), *problem.shapes][operator != "value_and_grad" :][: width + (operator == "value_and_grad")]
    shapes: list[Any] = list(variables)
    if operator in MATRICES:
        shapes = [None] * (len(problem.answers) * width ** MATRICES[operator])
    given = problem.shapes * 2 if operator == "hvp" else problem.shapes
    answer = shaped(seen, operator, [Leaf(k, shape) for k, shape in enumerate(shapes)])
    build = partial(shaped, seen, operator)
    return Entry(program, count, trees, given, np.dtype(problem.dtype), still, answer, build, len(shapes))


def noted(known: list[Any], recording: Recording, program: Any, make: Callable[[Any], Any]) -> Any:
    """Put what is made of the program before the calls that one can answer, if there is one and it is new; what was
    put there."""
    new = all(again.recording.problem is not recording.problem for again in known)
    if program is None or not new or not Again.fits(recording):
        return None
    known[:] = [make(program), *known[: MOST_RECORDINGS - 1]]
    return known[0]


class Along:
    """A Hessian times a vector again, for a function that is kept (`sd.function`): primals and tangents are both
    matched as arguments are."""

    __slots__ = ("_count", "_entry", "recording")

    def __init__(self, recording: Recording, program: Callable[..., list[Any] | None]) -> None:
        self.recording, self._count = recording, len(recording.trees)
        trees = dict(enumerate(recording.trees * 2))
        # bare for one argument, as `operators.hvp` answers
        seen = recording.of_variables(self._count, self._count == 1)
        self._entry = _entry(program, 2 * self._count, trees, {}, seen, "hvp")

    def __call__(self, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
        if len(primals) != self._count or len(tangents) != self._count:
            return MISS
        found = self._entry(*primals, *tangents)
        return MISS if found is None else found


def shaped(recording: Recording, operator: str, found: Sequence[Any]) -> Any:
    """The entries in the structure that JAX would give them."""
    n = recording.width
    if operator == "value":
        return recording.like_answer(found)
    if operator in ("grad", "vjp", "hvp"):
        return recording.like_arguments(found)
    if operator == "value_and_grad":
        return recording.like_answer(found[:1]), recording.like_arguments(found[1:])
    if operator == "jvp":
        return recording.like_answer(found)
    rows = [recording.like_arguments(found[k : k + n]) for k in range(0, len(found), n)] if n else []
    for _ in range(MATRICES[operator] - 1):
        rows = [recording.like_arguments_of(rows[k : k + n]) for k in range(0, len(rows), n)] if n else []
    return recording.answer.build(rows)


def _as_it_was(value: Any) -> Callable[[Any], bool]:
    """Whether an argument that is not differentiated by is what it was."""
    if value.__class__ is not np.ndarray:
        return partial(same, value)
    dtype, shape, content = value.dtype, value.shape, value.tobytes()

    def same_array(now: Any) -> bool:
        return now.__class__ is np.ndarray and now.dtype == dtype and now.shape == shape and now.tobytes() == content

    return same_array
