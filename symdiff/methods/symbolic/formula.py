"""`sd.formula`: the derivative as a SymPy expression, to read."""

from __future__ import annotations

from typing import Any

from symdiff.errors import UnsupportedError
from symdiff.graph import run
from symdiff.inputs import formula_of
from symdiff.methods.symbolic.closed_form import closed_form
from symdiff.methods.symbolic.expression import exact, shown, tree_sizes
from symdiff.methods.symbolic.program import nested_pieces
from symdiff.problem import Wrt

SHOWN_OPS = 2000


def formula(f: Any, wrt: Wrt = None, *, simplify: bool = False) -> Any:
    """The derivative of a formula, as SymPy writes it.

    Args:
        f: whatever `function` takes.
        wrt: a variable's name or position: one expression. None or a sequence: a tuple of expressions,
            one per variable (one expression if the function has only one variable).
        simplify: let SymPy simplify the result.

    Returns:
        A SymPy expression, or a tuple; for a function with several components a tuple of these.

    Raises:
        UnsupportedError: written out, the function has more than 2000 ops; its derivative would be
            no formula to read. `steps` shows it step by step.

    >>> import symdiff as sd
    >>> sd.formula("x1**2*(x2*x3 - 2*x1**2)", "x2")
    x1**2*x3
    """
    problem = formula_of(f)
    sizes = tree_sizes(problem.graph)
    largest = max(sizes[o] for o in problem.graph.outputs)
    if largest > SHOWN_OPS:
        raise UnsupportedError(
            f"written out, {_short(problem.source)} has {largest} ops: its derivative is no formula to read "
            f"(limit {SHOWN_OPS}); look at it step by step with steps()"
        )
    if nested_pieces(problem.graph, problem.graph.live()):
        raise UnsupportedError(
            f"{_short(problem.source)} has a piecewise function inside another (abs, max, where, relu, ...): SymPy "
            "does not write such a derivative down; look at it step by step with steps()"
        )
    form = closed_form(problem)
    values = run(problem.graph, "forward", [float("nan")] * len(problem.names), float) if form.kept else []
    numbers = {s: exact(float(values[i])) for s, i in form.kept.items()}
    positions = problem.select(wrt)
    rows = [[shown(d.xreplace(numbers), simplify) for d in row] for row in form.first(positions)]
    single = isinstance(wrt, int | str) or (wrt is None and len(positions) == 1)
    shaped = [row[0] if single else tuple(row) for row in rows]
    return tuple(shaped) if problem.vector else shaped[0]


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
