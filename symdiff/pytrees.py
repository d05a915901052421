"""Pytrees: dicts, lists, tuples, named tuples and dataclasses of arrays, taken apart and put together.

The leaves come in JAX's order: the keys of a dict sorted, everything else as it stands. JAX's own module
does the same for JAX's types and dataclasses that were registered; it would have to be imported, though.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Tree:
    """The structure of a pytree. `kind` is the container's type, None for a leaf; two are equal if leaves
    of one can take the place of leaves of the other."""

    kind: type | None = None
    keys: tuple[Any, ...] = ()
    parts: tuple[Tree, ...] = ()

    @property
    def leaves(self) -> int:
        return 1 if self.kind is None else sum(p.leaves for p in self.parts)

    def __str__(self) -> str:
        """In words, for messages."""
        if self.kind is None:
            return "a number or an array"
        if self.kind is type(None):
            return "None"
        if not self.keys:
            return f"an empty {self.kind.__name__}"
        if issubclass(self.kind, list | tuple) and not hasattr(self.kind, "_fields"):
            return f"a {self.kind.__name__} of {len(self.keys)}"
        names = ", ".join(map(str, self.keys[:6])) + (", ..." if len(self.keys) > 6 else "")
        return f"a {self.kind.__name__} with {names}"

    def build(self, leaves: Sequence[Any]) -> Any:
        """The pytree with these leaves."""
        return self._build(iter(leaves))

    def _build(self, leaves: Iterator[Any]) -> Any:
        if self.kind is None:
            return next(leaves)
        parts = [p._build(leaves) for p in self.parts]
        if self.kind is type(None):
            return None
        if issubclass(self.kind, dict):
            return self.kind(zip(self.keys, parts, strict=True))
        if dataclasses.is_dataclass(self.kind):
            return self.kind(**dict(zip(self.keys, parts, strict=True)))
        return self.kind(*parts) if hasattr(self.kind, "_fields") else self.kind(parts)

    def paths(self, root: str = "") -> list[str]:
        """The name of every leaf as Python would reach it: `params['W1']`, `state[0].bias`."""
        if self.kind is None:
            return [root]
        dotted = dataclasses.is_dataclass(self.kind) or hasattr(self.kind, "_fields")
        named = [f"{root}.{k}" if dotted else f"{root}[{k!r}]" for k in self.keys]
        return [path for name, part in zip(named, self.parts, strict=True) for path in part.paths(name)]


LEAF = Tree()
PLAIN = (float, np.ndarray, np.float64)


def flatten(value: Any) -> tuple[list[Any], Tree]:
    """The leaves of a pytree, and its structure. Whatever is no container is a leaf.

    >>> leaves, tree = flatten({"b": 1.0, "a": (2.0, [3.0])})
    >>> leaves, tree.paths("p")
    ([2.0, 3.0, 1.0], ["p['a'][0]", "p['a'][1][0]", "p['b']"])
    """
    if type(value) in PLAIN:  # as most are
        return [value], LEAF
    kind, keys, parts = _open(value)
    if kind is None:
        return [value], LEAF
    flat = [flatten(p) for p in parts]
    return [leaf for leaves, _ in flat for leaf in leaves], Tree(kind, keys, tuple(tree for _, tree in flat))


def _open(value: Any) -> tuple[type | None, tuple[Any, ...], list[Any]]:
    if value is None:
        return type(None), (), []
    kind: Any = type(value)
    if isinstance(value, OrderedDict):
        return OrderedDict, tuple(value), list(value.values())
    if isinstance(value, dict):
        keys = _sorted(value)
        return dict, keys, [value[k] for k in keys]
    fields = getattr(value, "_fields", None)
    if isinstance(value, tuple) and fields is not None:  # a named tuple
        return kind, tuple(fields), list(value)
    if kind in (list, tuple):
        return kind, tuple(range(len(value))), list(value)
    if hasattr(kind, "__dataclass_fields__"):  # an instance: a class of that kind is a leaf
        names = tuple(f.name for f in dataclasses.fields(kind) if f.init)
        return kind, names, [getattr(value, n) for n in names]
    return None, (), []


def _sorted(mapping: dict[Any, Any]) -> tuple[Any, ...]:
    try:
        return tuple(sorted(mapping))
    except TypeError:  # keys of several types
        return tuple(mapping)
