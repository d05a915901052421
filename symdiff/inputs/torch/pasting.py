"""A check of a PyTorch function as a program to paste."""

# where PyTorch, an extra, is not installed, pyright takes this folder for it
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from symdiff.inputs.recorded import written
from symdiff.inputs.torch.rules import applied

MOST = 64  # entries of a tensor that is no variable, written out


def program(f: Any, name: str, words: Sequence[str], variables: Sequence[tuple[str, str, Any]], options: str) -> str:
    """The program. `words` are the arguments as the caller wrote them; `variables` are (name here, the function's own
    name, array), a module's parameters among them; `options` is what else `crosscheck` is asked, `, order=2`."""
    module = isinstance(f, torch.nn.Module)
    inputs = [f"{own} = {tensor(array, True)}" for own, _, array in variables if own in words]
    parameters = [
        f"    {_called(name)}.get_parameter({path.removesuffix(' (parameter)')!r}).copy_({tensor(array)})"
        for own, path, array in variables if own not in words
    ]  # fmt: skip
    called = f"{name}.apply" if applied(f) else _called(name)
    what = repr(f) if module and "\n" not in repr(f) else _where(f)
    parts = [
        "import torch\nimport symdiff as sd",
        f"# {_called(name)}: put your own here ({what})",
        *(["\n".join(inputs)] if inputs else []),
        *(["\n".join(["with torch.no_grad():", *parameters])] if parameters else []),
        f"print(sd.crosscheck({', '.join([called, *words])}{options}))",
    ]
    return "\n\n".join(parts)


def word(value: Any) -> str:
    """An argument that is no variable, as Python writes it."""
    if isinstance(value, torch.Tensor):
        plain = value.device.type == "cpu" and value.layout == torch.strided and value.dtype != torch.bfloat16
        return tensor(value.detach().numpy()) if plain and value.numel() <= MOST else "..."
    text = repr(value)
    return text if len(text) <= 200 and not text.startswith("<") else "..."


def tensor(array: Any, variable: bool = False) -> str:
    array = np.asarray(array)
    kind = "" if array.dtype in (np.int64, np.bool_) else f", dtype=torch.{array.dtype}"
    return f"torch.tensor({array.tolist()!r}{kind}{', requires_grad=True' if variable else ''})"


def _called(name: str) -> str:
    return name if name.isidentifier() else "your_function"


def _where(f: Any) -> str:
    target = applied(f) or f
    try:
        return written(str(inspect.getsourcefile(target)), inspect.getsourcelines(target)[1])
    except (OSError, TypeError):
        return f"your {type(f).__name__}"
