"""torch.autograd.gradcheck, which compares every entry, and its fast mode, which compares one random projection."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.autograd.gradcheck import GradcheckError

from benchmarks.trust.battery.case import Case
from benchmarks.trust.battery.forms import arrays, in_torch
from benchmarks.trust.checkers import Answer


def prepare(case: Case, kind: str) -> Callable[[], Answer]:
    torch.set_num_threads(1)
    f = in_torch(case)
    inputs = tuple(torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in arrays(case))

    def ask() -> Answer:
        try:
            torch.autograd.gradcheck(f, inputs, fast_mode=kind == "fast")
        except GradcheckError as e:
            return Answer("objects", str(e))
        return Answer("accepts")

    return ask
