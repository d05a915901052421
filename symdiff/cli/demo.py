"""`symdiff demo`: the lecture's example from end to end."""

from __future__ import annotations

import argparse

from symdiff.cli.check import exit_code, show
from symdiff.cli.main import LECTURE
from symdiff.crosscheck import crosscheck
from symdiff.lecture import steps

POINT = {"x1": 1.0, "x2": 2.0, "x3": 3.0}


def run(options: argparse.Namespace) -> int:
    """The table of steps, then the same derivative three ways with its verdict."""
    print("The lecture's example: every step, its value, and its adjoint (how y moves with it).\n")
    print(steps(LECTURE, at=POINT))
    print("\nThe same gradient by SymPy, by the tape and by JAX, each held against a certified reference.")
    print("(1, 2, 3) is a weak point: x1**2 and x1**3 coincide there. So three generic points, too.\n")
    report = crosscheck(LECTURE, at=POINT, points=3)
    show(report, as_json=False)
    return exit_code(report)
