"""SciPy's two checkers. Both return a number and leave the verdict to the reader, so a limit has to be set for them."""

from __future__ import annotations

from collections.abc import Callable

from scipy.optimize import check_grad
from scipy.optimize._numdiff import check_derivative

from benchmarks.trust.battery.case import Case
from benchmarks.trust.battery.forms import flat
from benchmarks.trust.checkers import Answer

LIMIT = 1e-6


def prepare(case: Case, kind: str) -> Callable[[], Answer]:
    f, g, x = flat(case)
    check = {"check_grad": check_grad, "check_derivative": check_derivative}[kind]

    def ask() -> Answer:
        figure = float(check(f, g, x.copy()))
        if figure <= LIMIT:  # nan is not
            return Answer("accepts", figure=figure)
        return Answer("objects", f"{figure:.3g}", figure)

    return ask
