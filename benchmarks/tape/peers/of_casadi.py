"""CasADi: expressions of scalars, run by its own virtual machine, without a C compiler."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import casadi as ca
import numpy as np

from benchmarks.tape.cases import Case
from benchmarks.tape.functions import leaves
from benchmarks.tape.peers import NotThisPeer

NATURAL = ("scalar", "rosenbrock", "chain", "det")
MOST = 1000  # entries of an argument
AS_NUMPY = SimpleNamespace(sum=ca.sum1, sin=ca.sin)


def load(case: Case, kind: str) -> Callable[[], Any]:
    if case.family not in NATURAL or case.size.get("n", 0) > MOST:
        raise NotThisPeer("its graphs are of scalars")
    args, data = case.inputs()
    point = case.point()
    names = [ca.SX.sym(f"x{k}", *(np.shape(a) or (1,))) for k, a in enumerate(args)]
    y, vector = case.value(AS_NUMPY, names, data), []
    if case.operator == "hessian":
        entries = [ca.densify(ca.hessian(y, names[0])[0])]
    elif case.operator == "hvp":
        vector = [ca.SX.sym("v", len(point[-1]))]
        entries = [ca.jtimes(ca.gradient(y, names[0]), names[0], vector[0])]
    else:
        entries = [ca.gradient(y, x) for x in names]
    compiled = ca.Function("derivative", [*names, *vector], entries)
    given = [ca.DM(a) for a in point]
    return lambda: compiled(*given)


def arrays(found: Any) -> list[Any]:
    return [leaf.full().squeeze() for leaf in leaves(found)]
