"""jax.test_util.check_grads along one direction, forward or reverse, with 64 bits on only while it is asked."""

from __future__ import annotations

from collections.abc import Callable

import jax
from jax.test_util import check_grads

from benchmarks.trust.battery.case import Case
from benchmarks.trust.battery.forms import arrays, in_jax
from benchmarks.trust.checkers import Answer


def prepare(case: Case, kind: str) -> Callable[[], Answer]:
    with jax.enable_x64(True):
        f = in_jax(case, forward=kind == "fwd")

    def ask() -> Answer:
        with jax.enable_x64(True):
            try:
                check_grads(f, arrays(case), order=1, modes=(kind,))
            except AssertionError as e:
                return Answer("objects", str(e))
        return Answer("accepts")

    return ask
