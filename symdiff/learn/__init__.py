"""Learning: the empirical risk made small, by backpropagation and by what else there is, data and baselines beside."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers and editors: the same names as in _HOME, which a test compares
    from symdiff.learn.data import digits, split

# Where each public name lives; a module is loaded when one of its names is asked for.
_HOME = {
    "symdiff.learn.data": ("digits", "split"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = ["digits", "split"]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = found  # the next look-up does not come here
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})
