"""Python functions recorded entry by entry: their arguments are NumPy arrays of objects, each a recorded number.

For code that makes plain arrays of its arguments (`np.asarray(x)`, SciPy's `rosen`) or fills in an array that it has
made of them (`g = np.zeros_like(x); g[1:] += ...`): NumPy itself moves the objects around then, views and writes
included, and what is computed with each of them is written down. Slower than arrays, and only numbers, so it is what
a check tries second, where recorded arrays were refused by one of our own sentences (code that reaches for the
memory of an array, x.ctypes, is not asked); and what was recorded must give the function's own values, or it does
not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.inputs.leaves import close
from symdiff.inputs.recorded import Recorded

if TYPE_CHECKING:
    from symdiff.inputs.code import Call, Code, Recording

MOST_ENTRIES = 1000  # of all arguments: each step is one of Python's


def elements(value: Recorded) -> Any:
    """An array of objects, one recorded number for each entry; a number as it is."""
    value.graph.objects = True
    if not value.shape:
        return value
    found = np.empty(value.shape, object)
    for at in np.ndindex(value.shape):
        found[at] = value[at]
    return found


def together(value: Any) -> Any:
    """An array of objects as one recorded value, or as plain numbers where none of them is recorded."""
    from symdiff.inputs.numpy.shaping import array

    if not isinstance(value, np.ndarray) or value.dtype != object:
        return value
    return array(value.tolist())


def recording(code: Code, call: Call) -> Recording:
    """The function recorded entry by entry.

    Raises:
        UnsupportedError: it cannot be, or gives other values than the function itself.
    """
    if sum(np.size(v) for v in call.leaves) > MOST_ENTRIES:
        raise UnsupportedError(f"{code.name} has more than {MOST_ENTRIES} entries to be recorded one by one")
    found = code.ran(call, elements)
    problem = found.problem
    for mine, own in zip(problem.evaluate(call.leaves), problem.own(call.leaves), strict=True):
        if not close(mine, own):
            raise UnsupportedError(f"{code.name} gives other values when it is recorded entry by entry")
    return found
