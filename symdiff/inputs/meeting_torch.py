"""Whether a function is given PyTorch's tensors, or is one of its modules. PyTorch is not imported to find out: who has
a tensor has imported it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from symdiff.pytrees import flatten


def is_of_torch(f: Any, args: Sequence[Any]) -> bool:
    """Whether the arguments have a tensor among them, or the function is a module or an autograd.Function's apply."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "Tensor"):
        return False
    owner = getattr(f, "__self__", None)
    if isinstance(f, torch.nn.Module) or (isinstance(owner, type) and issubclass(owner, torch.autograd.Function)):
        return True
    return any(isinstance(leaf, torch.Tensor) for a in args for leaf in flatten(a)[0])
