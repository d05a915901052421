"""What is being reduced, and simpler forms of it to try."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symdiff.crosscheck.asked import Asked
from symdiff.crosscheck.shrinking.expressions import Formula, simpler
from symdiff.crosscheck.shrinking.numbers import PLAIN, plainer, plainer_arrays, plainness, plainness_of
from symdiff.pytrees import Tree, flatten


class Subject(ABC):
    """A function at a point, and simpler ones to try in its place."""

    @abstractmethod
    def call(self, asked: Asked) -> Asked:
        """The check of this function at this point, otherwise as it was asked."""

    @abstractmethod
    def candidates(self, blamed: str) -> Iterator[Subject]:
        """Simpler functions and plainer points, the greatest steps first. `blamed` is the op that is to stay."""

    @property
    @abstractmethod
    def key(self) -> str:
        """Equal for equal subjects."""


@dataclass(frozen=True, slots=True)
class AsGiven(Subject):
    """A formula as the caller gave it: a claim about it would not be about a simpler one."""

    f: Any
    at: dict[str, float]

    def call(self, asked: Asked) -> Asked:
        return Asked(self.f, (), {**asked.options, "at": self.at})

    def candidates(self, blamed: str) -> Iterator[Subject]:
        return (replace(self, at=at) for at in plainer_points(self.at))

    @property
    def key(self) -> str:
        return str(self.at)


@dataclass(frozen=True, slots=True)
class AsText(Subject):
    """A formula that may become another one: written as text, one component of it, in all its variables."""

    formula: Formula

    def call(self, asked: Asked) -> Asked:
        options = {k: v for k, v in asked.options.items() if k not in ("wrt", "kwargs")}
        return Asked(self.formula.text, (), {**options, "at": self.formula.at})

    def candidates(self, blamed: str) -> Iterator[Subject]:
        for formula in simpler(self.formula, blamed):
            yield AsText(formula)
        for at in plainer_points(self.formula.at):
            yield AsText(replace(self.formula, at=at))

    @property
    def key(self) -> str:
        return f"{self.formula.text} {self.formula.at}"


@dataclass(frozen=True, slots=True)
class Called(Subject):
    """A Python function as the caller gave it, at arguments that may change: their numbers, and how many there are."""

    f: Any
    tree: Tree
    leaves: tuple[Any, ...]

    @classmethod
    def of(cls, f: Any, args: tuple[Any, ...]) -> Called:
        leaves, tree = flatten(tuple(args))
        return cls(f, tree, tuple(leaves))

    def call(self, asked: Asked) -> Asked:
        return Asked(self.f, tuple(self.tree.build(self.leaves)), asked.options)

    def candidates(self, blamed: str) -> Iterator[Subject]:
        for leaves in (*fewer_entries(self.leaves), *plainer_leaves(self.leaves)):
            yield replace(self, leaves=leaves)

    @property
    def key(self) -> str:
        return str([leaf.tolist() if isinstance(leaf, np.ndarray) else leaf for leaf in self.leaves])


def plainer_points(at: dict[str, float]) -> Iterator[dict[str, float]]:
    """All variables at one plain number, then one variable after the other at a plainer one."""
    for value in PLAIN if len(at) > 1 else ():
        if all(plainness(value) <= plainness(v) for v in at.values()) and set(at.values()) != {value}:
            yield dict.fromkeys(at, value)
    for name, value in at.items():
        yield from ({**at, name: candidate} for candidate in plainer(value))


def fewer_entries(leaves: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Every axis of one length cut to its first or last entries, in all arrays alike: the function may want them
    equal. Whether it takes other lengths at all, it says itself."""
    lengths = {n for leaf in leaves if isinstance(leaf, np.ndarray) for n in leaf.shape if n > 1}
    for n in sorted(lengths, reverse=True):
        for m in sorted({1, 2, n // 2, n - 1} - {0, n}):
            for end in (slice(None, m), slice(n - m, None)):
                yield tuple(
                    leaf[tuple(end if k == n else slice(None) for k in leaf.shape)] if isinstance(leaf, np.ndarray)
                    else leaf for leaf in leaves
                )  # fmt: skip


def plainer_leaves(leaves: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """One leaf after the other with plainer numbers. Whole numbers and truth values stay: they may be labels."""
    for k, leaf in enumerate(leaves):
        others: Iterator[Any]
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f":
            others = (a for a in plainer_arrays(leaf) if plainness_of(a) < plainness_of(leaf))
        elif isinstance(leaf, float):  # np.float64 is one
            others = plainer(leaf)
        else:
            continue
        yield from ((*leaves[:k], other, *leaves[k + 1 :]) for other in others)
