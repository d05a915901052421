"""The way into a program and out of it, written down for arguments of one structure.

What is matched is what `Code.recorded` would find, for the plain cases only: dicts, lists and tuples of arrays and
floats. Written out, leaf by leaf, it costs a third of a walk through the structure. None is the answer to everything
else, and to everything that is wrong with an argument: the call itself will say what.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from symdiff import straightline
from symdiff.pytrees import Tree

PLAIN = (dict, list, tuple)
MOST_TERMS = 20  # of one sum; a longer one is too deep for Python's compiler
FLOAT64 = np.dtype(np.float64)


@dataclass(frozen=True, slots=True)
class Leaf:
    """Output `index` of a program, where it goes into the answer; its shape, None where that is only known then."""

    index: int
    shape: tuple[int, ...] | None


class Entry:
    """Call it with positional arguments: the answer of `program`, or None.

    `trees` are the structures of the arguments that become inputs, by position, `shapes` those of their leaves;
    `still` asks all others whether they are what they were. `answer` is made of dicts, lists, tuples and `Leaf`s;
    where it is of another kind, `build` makes it of the outputs.

    Several threads may call it: each has arrays of its own.
    """

    __slots__ = ("_free", "_made", "_program", "source")

    def __init__(
        self, program: Callable[..., list[Any] | None], count: int, trees: Mapping[int, Tree],
        shapes: Sequence[tuple[int, ...]], dtype: np.dtype, still: Mapping[int, Callable[[Any], bool]],
        answer: Any, build: Callable[[Sequence[Any]], Any], outputs: int,
    ) -> None:  # fmt: skip
        writer = _Writer(shapes, dtype)
        for k, tree in trees.items():
            writer.take(tree, f"a{k}")
        for k, unchanged in still.items():
            writer.unless(f"{writer.constant(unchanged)}(a{k})")
        writer.end(answer, build, outputs)
        self.source = writer.text([f"a{k}" for k in range(count)])
        self._made = straightline.function(self.source, "entry", writer.objects)
        self._program = program
        self._free: list[Callable[..., Any]] = []

    def __call__(self, *args: Any) -> Any:
        free = self._free
        call = free.pop() if free else self._another()
        try:
            return call(*args)
        finally:
            free.append(call)

    def _another(self) -> Callable[..., Any]:
        workspace = getattr(self._program, "workspace", None)
        run = workspace() if workspace is not None else lambda *leaves: self._program(leaves)
        return straightline.quiet(self._made(run))


def is_plain(tree: Tree) -> bool:
    """Whether a structure is one that is matched here."""
    return tree.kind is None or (tree.kind in PLAIN and all(map(is_plain, tree.parts)))


class _Writer:
    def __init__(self, shapes: Sequence[tuple[int, ...]], dtype: np.dtype) -> None:
        self.shapes, self.dtype = shapes, dtype
        self.objects: dict[str, Any] = {
            "type": type, "len": len, "array": np.ndarray, "kind": dtype, "finite": math.isfinite,
            "number": partial(_number, dtype),
        }  # fmt: skip
        self.lines: list[str] = []
        self.leaves: list[str] = []
        self.squares: list[str] = []
        self.names = 0

    def constant(self, value: Any) -> str:
        name = f"k{len(self.objects)}"
        self.objects[name] = value
        return name

    def unless(self, test: str) -> None:
        self.lines += [f"if not ({test}):", "    return None"]

    def take(self, tree: Tree, value: str) -> None:
        """The leaves of the argument `value`, if it has this structure."""
        if tree.kind is None:
            self.leaf(value)
            return
        self.unless(f"type({value}) is {self.constant(tree.kind)} and len({value}) == {len(tree.keys)}")
        parts = [f"p{self.names + k}" for k in range(len(tree.keys))]
        self.names += len(parts)
        if tree.kind is dict:
            self.objects["absent"] = KeyError
            found = [f"    {part} = {value}[{self.constant(key)}]" for part, key in zip(parts, tree.keys, strict=True)]
            self.lines += ["try:", *found, "except absent:", "    return None"] if found else []
        elif parts:
            self.lines.append(f"{', '.join(parts)}, = {value}")
        for part, name in zip(tree.parts, parts, strict=True):
            self.take(part, name)

    def leaf(self, value: str) -> None:
        shape = self.shapes[len(self.leaves)]
        self.leaves.append(value)
        if not shape:
            self.lines += [f"{value} = number({value})", f"if {value} is None:", "    return None"]
            return
        self.unless(f"type({value}) is array and {value}.dtype is kind and {value}.shape == {shape}")
        self.lines += [f"if not {value}.flags.c_contiguous:", f"    {value} = {value}.copy()"]
        self.apart(value, shape)
        row = value
        if len(shape) > 1:
            row = f"r{len(self.leaves)}"
            self.lines.append(f"{row} = {value}.ravel()")
        self.squares.append(f"{row}.dot({row})")

    def apart(self, value: str, shape: tuple[int, ...]) -> None:
        """A matrix that is another argument, too, is copied, as where it was recorded: BLAS has a product of its own
        for a matrix with its transpose, and that has other bits."""
        if len(shape) < 2:
            return
        self.objects["shares"] = np.may_share_memory
        for other in self.leaves[:-1]:
            if self.shapes[self.leaves.index(other)] == shape:
                views = f"({value}.base is not None or {other}.base is not None) and shares({value}, {other})"
                self.lines += [f"if {value} is {other} or {views}:", f"    {value} = {value}.copy()"]

    def end(self, answer: Any, build: Callable[[Sequence[Any]], Any], outputs: int) -> None:
        # a square that is inf or nan stays in the sum for good
        for start in range(0, len(self.squares), MOST_TERMS):
            self.unless(f"finite({' + '.join(self.squares[start : start + MOST_TERMS])})")
        self.lines += [f"found = run({', '.join(self.leaves)})", "if found is None:", "    return None"]
        names = [f"y{k}" for k in range(outputs)]
        if names:
            self.lines.append(f"{', '.join(names)}, = found")
        if self.dtype is not FLOAT64 and names:  # else it is a program of float64's
            self.unless(" and ".join(f"{y}.dtype is kind" for y in names))
        text = self.written(answer)
        self.lines.append(f"return {self.constant(build)}(found)" if text is None else f"return {text}")

    def written(self, answer: Any) -> str | None:
        """The answer as an expression; None where it has a part of another kind."""
        if isinstance(answer, Leaf):
            return self.number(answer)
        if type(answer) not in PLAIN:
            return None
        parts = [self.written(v) for v in (answer.values() if type(answer) is dict else answer)]
        if any(part is None for part in parts):
            return None
        inside = "".join(f"{part}, " for part in parts)
        if type(answer) is dict:
            inside = "".join(f"{self.constant(k)}: {part}, " for k, part in zip(answer, parts, strict=True))
            return f"{{{inside}}}"
        return f"[{inside}]" if type(answer) is list else f"({inside})"

    def number(self, leaf: Leaf) -> str:
        """An output; an array without axes is a number: Python's for float64."""
        if leaf.shape is None:
            self.objects["bare"] = bare
            return f"bare(y{leaf.index})"
        if leaf.shape:
            return f"y{leaf.index}"
        return f"float(y{leaf.index})" if self.dtype is FLOAT64 else f"y{leaf.index}[()]"

    def text(self, given: Sequence[str]) -> str:
        lines = "".join(f"        {line}\n" for line in self.lines)
        return f"def entry(run):\n    def answer({', '.join(given)}):\n{lines}    return answer\n"


def bare(leaf: Any) -> Any:
    """An array, or the number that an array without axes is."""
    return leaf if leaf.shape else float(leaf) if leaf.dtype is FLOAT64 else leaf[()]


def _number(dtype: np.dtype, value: Any) -> np.ndarray | None:
    """A finite number as an array without axes; None where it is no input of a program in this dtype."""
    if type(value) is np.ndarray:
        fits = value.dtype is dtype and not value.shape
    else:
        fits = dtype is FLOAT64 and isinstance(value, float)
    return np.array(value) if fits and math.isfinite(value) else None
