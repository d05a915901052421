"""`symdiff formula`: the derivative, to read."""

from __future__ import annotations

import argparse
import json

from symdiff.cli.main import OK
from symdiff.inputs import formula_of
from symdiff.lecture import output_name
from symdiff.methods.symbolic.formula import formula
from symdiff.reports.latex import name_latex


def run(options: argparse.Namespace) -> int:
    """One line per variable."""
    import sympy as sp

    problem = formula_of(options.formula)
    y = output_name(problem)
    names = [problem.names[k] for k in problem.select(options.wrt)]
    derivatives = [formula(problem, name, simplify=options.simplify) for name in names]
    if not names:
        print("{}" if options.json else f"{y} depends on no variable: there is nothing to differentiate by")
        return OK
    if options.json:
        print(json.dumps({name: str(d) for name, d in zip(names, derivatives, strict=True)}, indent=2))
        return OK
    for name, derivative in zip(names, derivatives, strict=True):
        if options.latex:
            left = sp.latex(sp.Symbol(name))
            print(rf"\frac{{\partial {name_latex(y)}}}{{\partial {left}}} = {sp.latex(derivative)}")
        else:
            print(f"d{y}/d{name} = {derivative}")
    return OK
