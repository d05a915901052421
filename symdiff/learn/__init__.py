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
    from symdiff.learn.baselines import Autoregression, autoregression, logistic_regression, majority, persistence
    from symdiff.learn.classification import (
        Calibration,
        Classification,
        assess,
        calibration,
        confusion_matrix,
        decision_regions,
    )
    from symdiff.learn.data import digits, split
    from symdiff.learn.forecasting import Forecast, learn_series
    from symdiff.learn.margins import MULTICLASS_HINGE, SQUARED_HINGE
    from symdiff.learn.readout import Readout, least_squares
    from symdiff.learn.reservoir import EchoStateNetwork
    from symdiff.learn.series import mackey_glass, narma10, nrmse

_HOME = {
    "symdiff.learn.baselines": ("Autoregression", "autoregression", "logistic_regression", "majority", "persistence"),
    "symdiff.learn.classification": (
        "Calibration", "Classification", "assess", "calibration", "confusion_matrix", "decision_regions",
    ),
    "symdiff.learn.data": ("digits", "split"),
    "symdiff.learn.forecasting": ("Forecast", "learn_series"),
    "symdiff.learn.margins": ("MULTICLASS_HINGE", "SQUARED_HINGE"),
    "symdiff.learn.readout": ("Readout", "least_squares"),
    "symdiff.learn.reservoir": ("EchoStateNetwork",),
    "symdiff.learn.series": ("mackey_glass", "narma10", "nrmse"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ += [
    "MULTICLASS_HINGE", "SQUARED_HINGE", "Autoregression", "Calibration", "Classification", "EchoStateNetwork",
    "Forecast", "Readout", "assess", "autoregression", "calibration", "confusion_matrix", "decision_regions",
    "digits", "learn_series", "least_squares", "logistic_regression", "mackey_glass", "majority", "narma10",
    "nrmse", "persistence", "split",
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
