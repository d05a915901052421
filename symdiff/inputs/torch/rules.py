"""The derivative rules of somebody's own that a function's outputs go through: backwards of autograd Functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from symdiff.inputs.made import made_at


def backwards(outputs: Sequence[Any]) -> dict[str, Callable[..., Any]]:
    """By their names, `MyFunction.backward`, as far as they are written in Python."""
    todo = [y.grad_fn for y in outputs]
    seen: set[Any] = set()
    found: dict[str, Callable[..., Any]] = {}
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        cls = getattr(node, "_forward_cls", None)
        rule = getattr(cls, "backward", None)
        if cls is not None and inspect.isfunction(rule) and not rule.__module__.startswith("torch."):
            found[f"{cls.__name__}.backward"] = rule
        todo += [before for before, _ in node.next_functions]
    return dict(sorted(found.items()))


def applied(f: Any) -> type | None:
    """The autograd.Function of which this is the `apply`; None of anything else."""
    owner = getattr(f, "__self__", None)
    return owner if getattr(f, "__name__", "") == "apply" and isinstance(owner, type) else None


def places(rules: dict[str, Callable[..., Any]]) -> list[str]:
    """`MyFunction.backward is in model.py, line 12`, of each."""
    return [f"{name} is in {made_at(rule)}" for name, rule in rules.items()]
