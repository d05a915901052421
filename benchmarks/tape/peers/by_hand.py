"""What was written by hand; and the function alone, without a derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.tape.by_hand import makers
from benchmarks.tape.cases import Case
from benchmarks.tape.functions import leaves
from benchmarks.tape.peers import NotThisPeer


def load(case: Case, kind: str) -> Callable[[], Any]:
    args, data = case.inputs()
    if kind == "function":
        import math

        f = case.of_arguments(math if case.family == "chain" else np, data)
        return lambda: f(*args)
    maker = makers(case.family, case.operator).get(kind)
    if maker is None:
        raise NotThisPeer("not written")
    g, point = maker(args, data, **case.size), case.point()
    return lambda: g(*point)


def arrays(found: Any) -> list[Any]:
    return [np.asarray(leaf) for leaf in leaves(found)]
