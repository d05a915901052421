"""Plain Python functions of scalars, recorded as they run.

Arrays, branches and pytrees are the subject of the NumPy front end to come; until then a branch on a
recorded value is refused with a sentence.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from symdiff.errors import InputError
from symdiff.graph import Graph
from symdiff.inputs.recorded import Recorded
from symdiff.problem import Problem


def from_python(f: Callable[..., Any], variables: Sequence[str] | None = None) -> Problem:
    """Record a function of scalars, `lambda x, y: np.sin(x) * y`; a tuple result is a vector function."""
    names = tuple(variables) if variables is not None else _parameters(f)
    graph = Graph()
    try:
        result = f(*[Recorded(graph, graph.input(name)) for name in names])
    except (TypeError, ValueError) as e:
        raise InputError(
            f"{getattr(f, '__name__', 'the function')} cannot be read as a formula: every argument is one number here, "
            f"and it says: {e}; a function of arrays is for grad, crosscheck and the like"
        ) from e
    vector = isinstance(result, tuple | list)
    parts = list(result) if vector else [result]
    for p in parts:
        if not isinstance(p, Recorded | Real):
            raise InputError(f"{getattr(f, '__name__', 'the function')} returns {type(p).__name__}: expected numbers")
    graph.outputs = tuple(p.index if isinstance(p, Recorded) else graph.const(float(p)) for p in parts)
    return Problem(graph, names, getattr(f, "__name__", "function"), "python", own=f, native=None, vector=vector)


def _parameters(f: Callable[..., Any]) -> tuple[str, ...]:
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError) as e:
        raise InputError(f"{f!r} does not say its arguments: give variables=[...]") from e
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = tuple(p.name for p in signature.parameters.values() if p.kind in kinds)
    if not names:
        raise InputError(f"{getattr(f, '__name__', f)!r} takes no positional argument: nothing to differentiate by")
    return names
