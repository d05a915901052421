"""The functions that are differentiated: a module a family, each with `inputs` and `value`.

`inputs(**size)` returns the arguments to differentiate by, and the data. `value(np, args, data, **size)` is the
function, written once in the NumPy that is given: NumPy itself, HIPS autograd's, JAX's, or PyTorch under these names.
Nobody's code is copied: the definitions come from the papers and definitions that each module names.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

FAMILIES = ("scalar", "rosenbrock", "mlp", "chain", "gmm", "ba", "lstm", "lse", "llsq", "ode", "kmeans", "det")


def family(name: str) -> ModuleType:
    """The module of one family."""
    if name not in FAMILIES:
        raise KeyError(f"no family {name!r}: expected one of {', '.join(FAMILIES)}")
    return importlib.import_module(f"{__name__}.{name}")


def leaves(found: Any) -> list[Any]:
    """The arrays and numbers of nested lists, tuples and dicts, in order."""
    if isinstance(found, dict):
        return [leaf for k in sorted(found) for leaf in leaves(found[k])]
    if isinstance(found, list | tuple):
        return [leaf for part in found for leaf in leaves(part)]
    return [found]
