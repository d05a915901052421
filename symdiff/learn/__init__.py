"""Learning: minimise the empirical risk by the gradient, or by what people put in its place, and measure how far off
that is. One rule a file; all have the same `step`."""

from typing import TYPE_CHECKING, Any

from symdiff.learn.contracts import Claim, Contract
from symdiff.learn.directions import Direction, Directions, directions
from symdiff.learn.history import Divergence, History, Probe
from symdiff.learn.optimizers import OPTIMIZERS, Optimizer, optimizer
from symdiff.learn.rule import RULES, Promise, Rule, Step, rule
from symdiff.learn.train import train

__all__ = [
    "OPTIMIZERS", "RULES", "Claim", "Contract", "Direction", "Directions", "Divergence", "History", "Optimizer",
    "Probe", "Promise", "Rule", "Step", "directions", "optimizer", "rule", "train",
]  # fmt: skip

# What follows is loaded when it is asked for: data, series, reservoirs, reports.

if TYPE_CHECKING:  # for type checkers and editors: the same names as in _HOME, which a test compares
    from symdiff.learn.data import digits, split
    from symdiff.learn.readout import Readout, least_squares
    from symdiff.learn.reservoir import EchoStateNetwork
    from symdiff.learn.series import mackey_glass, narma10, nrmse

_HOME = {
    "symdiff.learn.data": ("digits", "split"),
    "symdiff.learn.readout": ("Readout", "least_squares"),
    "symdiff.learn.reservoir": ("EchoStateNetwork",),
    "symdiff.learn.series": ("mackey_glass", "narma10", "nrmse"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ += [
    "EchoStateNetwork", "Readout", "digits", "least_squares", "mackey_glass", "narma10", "nrmse", "split",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    import importlib

    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = found  # the next look-up does not come here
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})
