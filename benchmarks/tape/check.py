"""Whether a peer's derivative is the right one, before it is timed.

The reference is the derivative by hand in float64. That the hand has not slipped is a test: tests/test_bench_tape.py
holds it against central differences.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tape.by_hand import reference
from benchmarks.tape.cases import Case
from benchmarks.tape.functions import leaves

TOLERANCE = {"float64": 1e-9, "float32": 2e-4}  # of the largest entry; XLA's reassociation alone was seen to do 1e-12


def expected(case: Case) -> list[np.ndarray]:
    """The derivative by hand, in float64."""
    if case.dtype != "float64":
        case = replace(case, size={**case.size, "dtype": "float64"})
    args, data = case.inputs()
    found = reference(case.family, case.operator)(args, data, **case.size)(*case.point())
    return [np.array(leaf, np.float64) for leaf in leaves(found)]


def distance(case: Case, file: Path, truth: list[np.ndarray]) -> tuple[float, str]:
    """The largest difference in units of the largest entry, and what is wrong, if anything is."""
    with np.load(file) as saved:
        found: list[Any] = [saved[name] for name in saved.files]
    entries, wanted = sum(np.size(v) for v in found), sum(np.size(v) for v in truth)
    if entries != wanted:
        return float("inf"), f"{entries} entries, {wanted} expected"
    if {v.dtype.name for v in found} - {case.dtype, "float64"}:
        return float("inf"), f"dtype {found[-1].dtype}"
    if len(found) != len(truth):  # CasADi's columns and the like
        found, truth = ([np.concatenate([np.ravel(v) for v in some])] for some in (found, truth))
    apart = []
    for v, t in zip(found, truth, strict=True):
        largest = np.max(np.abs(t), initial=1e-300)
        apart.append(np.max(np.abs(np.reshape(v, np.shape(t)) - t), initial=0.0) / largest)
    worst = float(np.max(apart))  # nan where one is: Python's max would lose it
    if not worst <= TOLERANCE[case.dtype]:
        return worst, f"differs from the reference by {worst:.1e} of the largest entry"
    return worst, ""
