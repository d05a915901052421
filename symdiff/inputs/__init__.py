"""Everything a user may hand over, turned into a `Problem`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symdiff.errors import InputError
from symdiff.inputs.code import Code, from_code
from symdiff.problem import Problem

__all__ = ["function"]


def function(f: Any, variables: Sequence[str] | None = None) -> Problem | Code:
    """Turn a formula or a Python function into something that every method can differentiate.

    Args:
        f: a formula as text; a SymPy expression; a plain NumPy function; a JAX function; a list or tuple of texts or
            expressions (a function with several components); or a `Problem`, which is returned as it
            is. Every operator and `crosscheck` take these directly, too.
        variables: the variables in calling order; by default all names in natural order (x2
            before x10).

    Raises:
        ExpressionError: the text cannot be read.
        InputError: the object is none of the above, or cannot be a real function.

    >>> import symdiff as sd
    >>> f = sd.function("x1**2*(x2*x3 - 2*x1**2)")
    >>> f.names
    ('x1', 'x2', 'x3')
    >>> float(f(1.0, 2.0, 3.0))
    4.0
    """
    if isinstance(f, Problem | Code):
        return f
    if isinstance(f, str):
        return _texts([f], variables, vector=False)
    if isinstance(f, list | tuple):
        return _components(f, variables)
    if _is_sympy(f):
        from symdiff.inputs.sympy import from_sympy

        return from_sympy([f], variables, vector=False)
    if isinstance(f, Callable):
        if variables is not None:
            from symdiff.inputs.python import from_python

            return from_python(f, variables)
        return from_code(f)
    raise InputError(
        f"{type(f).__name__} cannot be differentiated: expected a formula as text, a SymPy expression, "
        "a Python function, or a list of formulas"
    )


def formula_of(f: Any, variables: Sequence[str] | None = None) -> Problem:
    """A function of named numbers, for those who look at its steps: a Python function is recorded without
    values, as a formula."""
    found = function(f, variables)
    if isinstance(found, Problem):
        return found
    from symdiff.inputs.python import from_python

    return from_python(found.f)


def _is_sympy(f: Any) -> bool:
    """SymPy is not imported to find out; and the class is asked, as collecting the symbols may recurse deeply."""
    return hasattr(f if isinstance(f, type) else type(f), "free_symbols")


def _components(parts: Sequence[Any], variables: Sequence[str] | None) -> Problem:
    if parts and all(isinstance(p, str) for p in parts):
        return _texts(parts, variables, vector=True)
    if parts and all(_is_sympy(p) for p in parts):
        from symdiff.inputs.sympy import from_sympy

        return from_sympy(parts, variables, vector=True)
    raise InputError("a list of components must hold formulas as text only, or SymPy expressions only, at least one")


def _texts(parts: Sequence[str], variables: Sequence[str] | None, vector: bool) -> Problem:
    from symdiff.inputs.text import parse, parse_many

    graph = parse_many(parts, variables) if vector else parse(parts[0], variables)
    names = tuple(graph.nodes[i].name for i in graph.inputs)
    return Problem(graph, names, ", ".join(parts), "text", vector=vector)
