"""What a caller hands over, a function or a module and its tensors, made a `Subject`."""

# where PyTorch, an extra, is not installed, pyright takes this folder for it
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from symdiff.errors import InputError
from symdiff.inputs.torch.pasting import word
from symdiff.inputs.torch.rules import applied
from symdiff.inputs.torch.subject import Subject, name_of
from symdiff.pytrees import Tree, flatten


def subject(f: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any] | None = None) -> Subject:
    """A function of the tensors in `args` that require a gradient; of a module's parameters, too.

    Args:
        f: a function of tensors, the `apply` of an autograd.Function, or a module.
        args: what it is called with; tensors, pytrees of them, anything else.
        kwargs: arguments by name, which are not differentiated by.

    Raises:
        InputError: `f` cannot be called, nothing requires a gradient, or a tensor is not made of real numbers on the
            CPU.
    """
    if not callable(f):
        raise InputError(f"{type(f).__name__} is no function: expected a function of tensors, or a module")
    by_name = dict(kwargs or {})
    leaves: dict[str, Any] = {}
    others: dict[str, str] = {}  # the arguments in order: a variable, or its text
    trees: list[tuple[list[Any], Tree]] = []
    for root, given in zip(_names(f, len(args)), args, strict=True):
        found, tree = flatten(given)
        trees.append((found, tree))
        for path, value in zip(tree.paths(root), found, strict=True):
            if isinstance(value, torch.Tensor) and value.requires_grad:
                leaves[path] = checked(value, path)
        others[root] = word(given) if tree.kind is None else "..."
    count = len(leaves)
    module: Any = f if isinstance(f, torch.nn.Module) else None
    own = [(n, p) for n, p in module.named_parameters() if p.requires_grad] if module is not None else []
    if module is not None:
        leaves.update((f"{n} (parameter)" if n in leaves else n, checked(p, n)) for n, p in own)
    if not leaves:
        raise InputError(
            f"no input of {name_of(f)} requires a gradient: make them with requires_grad=True, or x.requires_grad_()"
        )

    def arguments(tensors: Sequence[Any]) -> list[Any]:
        """The arguments as the caller gave them, with these tensors in the place of the variables."""
        first = iter(tensors[:count])
        return [
            tree.build([next(first) if isinstance(v, torch.Tensor) and v.requires_grad else v for v in found])
            for found, tree in trees
        ]

    def run(tensors: Sequence[Any]) -> Any:
        given, rest = arguments(tensors), tensors[count:]
        if module is None:
            return f(*given, **by_name)
        swapped = {n: t for (n, _), t in zip(own, rest, strict=True)}
        buffers = {n: b.to(rest[0].dtype) if b.is_floating_point() else b for n, b in module.named_buffers()}
        copies = {n: b.clone() for n, b in buffers.items()} if rest else {}
        return torch.func.functional_call(module, {**copies, **swapped}, tuple(given), by_name)

    others.update((f"{name}=", f"{name}={word(value)}") for name, value in by_name.items())
    return Subject(f, run, arguments, leaves, others)


def checked(tensor: torch.Tensor, name: str) -> torch.Tensor:
    """The tensor, if it is one of real numbers on the CPU."""
    if tensor.device.type != "cpu":
        raise InputError(f"{name} is on {tensor.device}: the check runs on the CPU, give {name}.cpu()")
    if tensor.layout != torch.strided:
        raise InputError(f"{name} is a {tensor.layout} tensor: expected a dense one, give {name}.to_dense()")
    if tensor.is_complex():
        raise InputError(f"{name} is complex: expected real numbers; give real and imaginary part as two inputs")
    if not torch.isfinite(tensor.detach()).all():
        raise InputError(f"{name} has an entry that is nan or inf: expected finite numbers")
    return tensor.detach()


def _names(f: Any, count: int) -> list[str]:
    """What the function calls its arguments; `input0` where it does not say."""
    owner = applied(f)
    target = getattr(owner, "forward", f) if owner else f.forward if isinstance(f, torch.nn.Module) else f
    try:
        found = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):
        found = []
    if owner and target is not f and "setup_context" not in vars(owner):
        found = found[1:]  # ctx
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in found if p.kind in plain][:count]
    return [*names, *(f"input{k}" for k in range(len(names), count))]
