"""The lecture's formulas of neural networks, executed: `python -m examples.nets [name ...]`.

A module has `show()`, which asserts what it claims and returns what it prints. `misprint` has a longer table of its
own: `python -m examples.nets.misprint`.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def examples() -> dict[str, ModuleType]:
    """All of them, by name."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return {name: importlib.import_module(f"{__name__}.{name}") for name in names}
