"""autograd.test_util.check_grads: each mode along one direction, drawn from NumPy's global generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from autograd.test_util import check_grads

from benchmarks.trust.battery.case import Case
from benchmarks.trust.battery.forms import in_autograd
from benchmarks.trust.checkers import Answer


def prepare(case: Case, kind: str) -> Callable[[], Answer]:
    del kind
    f, many = in_autograd(case), len(case.point)
    check: Any = check_grads(f, tuple(range(many)) if many > 1 else 0, order=1)

    def ask() -> Answer:
        before = np.random.get_state()  # noqa: NPY002 -- autograd draws from this one
        np.random.seed(0)  # noqa: NPY002 -- the same run gives the same answers
        try:
            check(*case.copies())
        except AssertionError as e:
            return Answer("objects", str(e))
        finally:
            np.random.set_state(before)  # noqa: NPY002 -- as it was
        return Answer("accepts")

    return ask
