"""numdifftools.Gradient, the numerical gradient that people compare theirs with, by numpy.allclose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numdifftools
import numpy as np

from benchmarks.trust.battery.case import Case
from benchmarks.trust.battery.forms import flat
from benchmarks.trust.checkers import Answer


def prepare(case: Case, kind: str) -> Callable[[], Answer]:
    del kind
    f, g, x = flat(case)

    def ask() -> Answer:
        found: Any = numdifftools.Gradient(f)(x.copy())
        claimed, numerical = g(x.copy()), np.ravel(found)
        if np.allclose(claimed, numerical):
            return Answer("accepts")
        first = np.flatnonzero(~np.isclose(claimed, numerical))[0]
        return Answer("objects", f"entry {first}: claimed {claimed[first]:.6g}, numerical {numerical[first]:.6g}")

    return ask
