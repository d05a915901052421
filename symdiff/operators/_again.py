"""The same call again: arguments matched with a recording that has a program, and its answer in their structure.

What is matched here is what `Code.recorded` would find, for the plain cases only: dicts, lists and tuples of
arrays and floats. Anything else, and everything that is wrong with an argument, is left to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from symdiff.inputs.code import MOST_RECORDINGS, Recording
from symdiff.inputs.leaves import same
from symdiff.operators._data import Way
from symdiff.pytrees import Tree

MISS = object()
_FLOAT64 = np.dtype(np.float64)
_PLAIN = (dict, list, tuple)
MATRICES = ("jacobian", "hessian")


class Again:
    """A call that a program can answer. Call it with the caller's arguments: the answer, or `MISS`."""

    __slots__ = (
        "_answered", "_chosen", "_count", "_dtype", "_matrix", "_names", "_program", "_shapes", "_still", "_valued",
        "recording", "way",
    )  # fmt: skip

    def __init__(
        self, recording: Recording, program: Callable[..., list[Any] | None], count: int, names: list[str],
        operator: str, way: Way | None = None,
    ) -> None:  # fmt: skip
        self.recording, self._program, self.way = recording, program, way
        self._valued, self._matrix = operator == "value_and_grad", operator if operator in MATRICES else ""
        self._count, self._names = count, names  # of positional arguments, and of those by name
        self._chosen = tuple(zip(dict.fromkeys(recording.chosen), recording.trees, strict=True))
        self._answered = self._chosen[: None if way is None else len(way.chosen)]
        self._shapes = recording.problem.shapes
        self._dtype = np.dtype(recording.problem.dtype)
        others, still = len(recording.still) - len(names), recording.still
        if way is None:
            self._still = [_as_it_was(v) for v in (*still[:others], *(v for _, v in still[others:]))]
        else:
            self._still = []  # data are leaves, and the way looks at all the rest

    @staticmethod
    def fits(recording: Recording) -> bool:
        """Whether this recording's arguments are of the plain kinds."""
        return all(map(_is_plain, recording.trees))

    def of_floats(self) -> Callable[..., Any] | None:
        """The program as a function of plain floats, where the arguments are nothing else."""
        alone = self._count == len(self._chosen) and not self._names and not self._still
        in_order = [k for k, _ in self._chosen] == list(range(self._count)) and len(self._shapes) == self._count
        entry = getattr(self._program, "entry", None)
        of_leaves = all(tree.kind is None for _, tree in self._chosen)
        if entry is None or self.way is not None or self._matrix or not (alone and in_order and of_leaves):
            return None
        return entry(self._valued, self.recording.single)

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        leaves = self.leaves(args, kwargs)
        found = None if leaves is None else self._program(leaves)
        if found is None:  # or the caller's code decides otherwise here
            return MISS
        if self._dtype is not _FLOAT64 and any(y.dtype != self._dtype for y in found):  # a program of float64's
            return MISS
        if self.way is not None:
            self.way.in_vain = 0
        if self._matrix:
            return shaped(self.recording, self._matrix, found)
        rest = iter(found)
        value = self.recording.like_answer([next(rest)]) if self._valued else None
        parts = [_built(tree, rest) for _, tree in self._answered]
        single = self.recording.single if self.way is None else self.way.single
        gradient = parts[0] if single else tuple(parts)
        return (value, gradient) if self._valued else gradient

    def leaves(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[np.ndarray] | None:
        """The inputs of the program, if everything else is as it was."""
        if len(args) != self._count or ((kwargs or self._names) and sorted(kwargs) != self._names):
            return None
        if self.way is not None:
            given = self.way.arguments(args, kwargs)
            if given is None:
                return None
            args = given
        found: list[Any] = []
        for k, tree in self._chosen:
            if not _taken(tree, args[k], found):
                return None
        for k, (leaf, shape) in enumerate(zip(found, self._shapes, strict=True)):
            if leaf.__class__ is np.ndarray:
                if leaf.dtype is not self._dtype or leaf.shape != shape or not math.isfinite(np.vdot(leaf, leaf)):
                    return None
                if not leaf.flags.c_contiguous:
                    found[k] = leaf.copy("C")
            elif self._dtype is _FLOAT64 and isinstance(leaf, float) and not shape and math.isfinite(leaf):
                found[k] = np.array(leaf)
            else:
                return None
        if self._still:
            chosen = self.recording.chosen
            still = [a for k, a in enumerate(args) if k not in chosen] + [kwargs[name] for name in self._names]
            for unchanged, value in zip(self._still, still, strict=True):
                if not unchanged(value):
                    return None
        return found


def noted(known: list[Any], recording: Recording, program: Any, make: Callable[[], Any]) -> Any:
    """Put `make()` before the calls that a program can answer, if there is one and it is new; what was put there."""
    new = all(again.recording.problem is not recording.problem for again in known)
    if program is None or not new or not Again.fits(recording):
        return None
    known[:] = [make(), *known[: MOST_RECORDINGS - 1]]
    return known[0]


class Along:
    """A Hessian times a vector again, for a function that is kept (`sd.function`): primals and tangents are both
    matched as arguments are."""

    __slots__ = ("_match", "_program", "recording")

    def __init__(self, recording: Recording, program: Callable[..., list[Any] | None]) -> None:
        self.recording, self._program = recording, program
        self._match = Again(recording, program, len(recording.trees), [], "hvp")

    def __call__(self, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
        leaves = self._match.leaves(tuple(primals), {})
        vector = None if leaves is None else self._match.leaves(tuple(tangents), {})
        found = None if leaves is None or vector is None else self._program([*leaves, *vector])
        if found is None:
            return MISS
        rest = iter(found)
        parts = tuple(_built(tree, rest) for tree in self.recording.trees)
        return parts[0] if len(parts) == 1 else parts


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
    if operator == "hessian":
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


def _is_plain(tree: Tree) -> bool:
    return tree.kind is None or (tree.kind in _PLAIN and all(map(_is_plain, tree.parts)))


def _taken(tree: Tree, value: Any, into: list[Any]) -> bool:
    """The leaves of `value` in order, if it has this structure."""
    kind = tree.kind
    if kind is None:
        into.append(value)
        return True
    if value.__class__ is not kind or len(value) != len(tree.keys):
        return False
    if kind is dict:
        try:
            value = [value[k] for k in tree.keys]
        except KeyError:
            return False
    for part, v in zip(tree.parts, value, strict=True):
        if part.kind is None:
            into.append(v)
        elif not _taken(part, v, into):
            return False
    return True


def _built(tree: Tree, leaves: Iterator[Any]) -> Any:
    """The structure with these leaves; an array without axes is a number."""
    if tree.kind is None:
        leaf = next(leaves)
        return leaf if leaf.shape else float(leaf) if leaf.dtype is _FLOAT64 else leaf[()]
    parts = [_built(part, leaves) for part in tree.parts]
    return dict(zip(tree.keys, parts, strict=True)) if tree.kind is dict else tree.kind(parts)
