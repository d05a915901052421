"""Derivatives that are wrong and ones that are right but hard. `cases()` yields them; README.md tells the rules."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator

from benchmarks.trust.battery.case import Case, Kind

FAMILIES = (
    "algebra", "exponentials", "trigonometry", "special_functions", "kinks", "linear_algebra", "reductions", "losses",
    "statistics", "activations", "nets", "physics", "optimisation", "floating_point", "scales", "one_of_many",
    "higher_order", "trackers",
)  # fmt: skip


def cases(family: str | None = None, kind: Kind | None = None) -> Iterator[Case]:
    """The cases, of one family or one kind if asked: "wrong", "right" or "inaccurate"."""
    for name in FAMILIES if family is None else (family,):
        found = importlib.import_module(f"{__name__}.{name}").FAMILY.cases
        yield from (case for case in found if kind in (None, case.kind))


def counts() -> dict[str, int]:
    """How many cases of each kind."""
    return dict(Counter(case.kind for case in cases()))
