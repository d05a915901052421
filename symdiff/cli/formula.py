"""`symdiff formula`: the derivative, to read."""

from __future__ import annotations

import argparse
import json

from symdiff.cli.main import OK
from symdiff.inputs import function
from symdiff.methods.symbolic import formula


def run(options: argparse.Namespace) -> int:
    """One line per variable."""
    import sympy as sp

    problem = function(options.formula)
    names = [problem.names[k] for k in problem.select(options.wrt)]
    derivatives = [formula(problem, name, simplify=options.simplify) for name in names]
    if options.json:
        print(json.dumps({name: str(d) for name, d in zip(names, derivatives, strict=True)}, indent=2))
        return OK
    for name, derivative in zip(names, derivatives, strict=True):
        if options.latex:
            left = sp.latex(sp.Symbol(name))
            print(rf"\frac{{\partial y}}{{\partial {left}}} = {sp.latex(derivative)}")
        else:
            print(f"dy/d{name} = {derivative}")
    return OK
