"""Learning: minimise the empirical risk by the gradient, or by what people put in its place, and measure how far off
that is. One rule a file; all have the same `step`. Data, series and plain baselines beside."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from symdiff.learn.contracts import Claim, Contract
from symdiff.learn.rule import RULES, Promise, Rule, Step, rule

if TYPE_CHECKING:  # for type checkers and editors: the same names as in _HOME, which a test compares
    from symdiff.learn.data import digits, split
    from symdiff.learn.readout import Readout, least_squares
    from symdiff.learn.reservoir import EchoStateNetwork
    from symdiff.learn.series import mackey_glass, narma10, nrmse

# Loaded when they are asked for: where each of these names lives.
_HOME = {
    "symdiff.learn.data": ("digits", "split"),
    "symdiff.learn.readout": ("Readout", "least_squares"),
    "symdiff.learn.reservoir": ("EchoStateNetwork",),
    "symdiff.learn.series": ("mackey_glass", "narma10", "nrmse"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "RULES",
    "Claim",
    "Contract",
    "EchoStateNetwork",
    "Promise",
    "Readout",
    "Rule",
    "Step",
    "digits",
    "least_squares",
    "mackey_glass",
    "narma10",
    "nrmse",
    "rule",
    "split",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = found  # the next look-up does not come here
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})
