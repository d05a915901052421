"""Who made a value, or a function: a function that knows more of it than the ops say leaves a note in the graph.

So `lambda p: net.risk(p, X, y)` is known to be the risk of that net.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from symdiff.inputs.recorded import Recorded, written
from symdiff.pytrees import Tree, flatten


@dataclass(frozen=True, slots=True)
class Made:
    """The function, and its arguments: their structure and their leaves, the node's number of one that is recorded.

    No recorded value is kept: the graph would hold on to itself.
    """

    maker: Any
    tree: Tree
    leaves: tuple[Any, ...]
    nodes: tuple[int | None, ...]


def made_by(value: Any, maker: Any, args: tuple[Any, ...]) -> Any:
    """The value itself; where it is recorded, its graph notes that it is `maker(*args)`."""
    if isinstance(value, Recorded):
        leaves, tree = flatten(args)
        nodes = tuple(v.index if isinstance(v, Recorded) else None for v in leaves)
        kept = tuple(v if n is None else None for v, n in zip(leaves, nodes, strict=True))
        value.graph.makers.setdefault(value.index, Made(maker, tree, kept, nodes))
    return value


def made_at(f: Callable[..., Any]) -> str:
    """Where a function was written: `model.py, line 3`; "" of what has no Python text.

    >>> made_at(len)
    ''
    """
    code = getattr(inspect.unwrap(f), "__code__", None)
    return written(code.co_filename, code.co_firstlineno) if code is not None else ""
