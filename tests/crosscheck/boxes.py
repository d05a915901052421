"""Functions as compiled code is, for the tests of black boxes, and their estimates."""

from __future__ import annotations

import numpy as np

from symdiff.crosscheck.boxed.estimates import BlackBox
from symdiff.inputs import function
from symdiff.inputs.boxes import boxed

X = np.array([1.3, 0.7, 0.8, 1.9])


def closed(f):
    """The function as compiled code: it takes plain floats only."""
    return lambda x: f(np.ascontiguousarray(x, dtype=float)).tolist()


def estimates(f, x, operator="grad", vector=()):
    recording, leaves = boxed(function(f), (x,), {})
    box = BlackBox(recording.problem, leaves)
    return box, box.entries(operator, np.asarray(vector, float))


def verdicts(report):
    return [str(f.verdict) for f in report.findings]
