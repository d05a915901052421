"""The complex step: f'(x) v = Im f(x + i h v) / h, with no subtraction and so no step to choose.

It sees only values. It is right where f is made of ops that mean the same for complex numbers; abs,
max, a comparison and the like do not, and are refused rather than answered with a silent zero.

Source: W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions",
SIAM Review 40 (1998).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.methods.base import Answer, Task
from symdiff.methods.black_box import BlackBox, Function, Slope
from symdiff.problem import Problem

STEP = 1e-100
# ops whose NumPy function takes complex numbers and is analytic there
ANALYTIC = frozenset(
    "add sub mul div neg pi euler_e power integer_power sqrt exp expm1 exp2 log log1p log2 log10 "
    "total sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc gamma".split()
)


class ComplexStep(BlackBox):
    """First derivatives by the complex step, exact to rounding; second ones by differences of it."""

    name = "complex_step"

    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Answer:
        for i in problem.graph.live():
            node = problem.graph.nodes[i]
            if node.args and node.op not in ANALYTIC:
                raise UnsupportedError(f"the complex step does not pass through {node.op}: it is not analytic")
        return super().answer(problem, task, x, vector)

    def slope(self, f: Function, x: Sequence[float], direction: Sequence[float]) -> Slope:
        point = [np.complex128(complex(a, STEP * d)) for a, d in zip(x, direction, strict=True)]
        with np.errstate(all="ignore"):
            values = [float(np.imag(y)) / STEP for y in f(point)]
        return Slope(values, [abs(v) * 2.0**-50 for v in values])
