"""Which operators a check asks for: those that are named, or all derivatives up to an order.

`order=2` is the gradient, the Hessian (of more than `FEW` variables: the Hessian times a random vector), and this
vector's product once more in each of the four compositions of forward and reverse mode. `order=3` has the third
derivatives, too (of more variables: along two random vectors), and these all forward and all in reverse. What is all
forward takes a push along every variable, and is left out where there are more than `MOST_PUSHES`. No entry of
the vectors is 0 or 1: a check that is seeded with the point or the value sees nothing where these are zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.arrays import ArrayProblem
from symdiff.errors import InputError
from symdiff.methods import method as find_method
from symdiff.methods.base import OPERATORS, Task
from symdiff.methods.modes import COMPOSITIONS, SECOND, THIRD, split
from symdiff.problem import Problem

ORDERS = (1, 2, 3)
FEW = 4  # variables, up to which whole Hessians and third derivatives are looked at
MOST_PUSHES = 64  # variables, up to which all is done forward: that takes a push along every one of them
MOST_ENTRIES = 4096  # of a third derivative: sixteen variables
ALL_ALIKE = (THIRD[0], THIRD[-1])


def operators_of(
    problem: Problem | ArrayProblem, operators: Sequence[str] | None, order: Any, claimed: Any, width: int
) -> list[str]:
    """The names of the operators to check.

    Args:
        operators: what the caller named, or None.
        order: 1, 2, 3 or None.
        claimed: what the caller claims: a mapping says which operators are asked for.
        width: by how many numbers is differentiated.

    Raises:
        InputError: both are given, or neither fits the function.
    """
    if operators is not None:
        if order is not None:
            raise InputError("give operators= or order=, not both")
        names = list(operators)
        if not names:
            raise InputError(f"operators is empty: expected some of {', '.join(OPERATORS)}")
    elif order is not None:
        names = _up_to(problem, order, width)
        names += [o for o in claimed if o not in names] if isinstance(claimed, Mapping) else []
    else:
        names = list(claimed) if isinstance(claimed, Mapping) else [_first(problem)]
        _not_by_variable(claimed, problem)
    for name in names:
        _look_at(name, problem, width)
    return names


def _not_by_variable(claimed: Any, problem: Problem | ArrayProblem) -> None:
    """A mapping is by operator: one by variable would be told that its variables are no operators."""
    if isinstance(claimed, Mapping) and claimed and set(claimed) <= set(problem.names) - set(OPERATORS):
        order = ", ".join(problem.names)
        name = next(iter(claimed))
        raise InputError(
            f"claimed: operator {name!r} is not known: expected one of {', '.join(OPERATORS)}; "
            f"for a derivative per variable give a list, in the order {order}"
        )


def _first(problem: Problem | ArrayProblem) -> str:
    return "jacobian" if problem.vector else "grad"


def _up_to(problem: Problem | ArrayProblem, order: Any, width: int) -> list[str]:
    if isinstance(order, bool) or order not in ORDERS:
        raise InputError(f"order={repr(order)[:60]}: expected 1, 2 or 3")
    wide = getattr(problem, "dtype", "float64") == "float64"  # a narrower one is judged array by array
    few, names = width <= FEW and wide, [_first(problem)]
    if order >= 2:
        names += ["hessian" if few else "hvp", *SECOND]
    if order == 3:
        names += ["third" if few else "tvp", *ALL_ALIKE]
    if width > MOST_PUSHES:
        names = [name for name in names if name not in (SECOND[0], THIRD[0])]
    if problem.vector:
        names = [{"hvp": "hessian", "tvp": "third"}.get(n, n) for n in names if split(n)[0] == n]
    return names


def _look_at(name: Any, problem: Problem | ArrayProblem, width: int) -> None:
    if not isinstance(name, str):
        raise InputError(f"operators: expected names such as 'grad', got {type(name).__name__}")
    task = Task.named(name, ())
    if "[" in name and not task.modes:
        raise InputError(f"operator {name!r} is not known: compositions of modes are {', '.join(COMPOSITIONS)}")
    task.check(problem)
    if task.operator == "third" and width**3 > MOST_ENTRIES:
        if problem.vector:
            raise InputError(f"the third derivatives by {width} variables are too many: name fewer in wrt=")
        raise InputError(f"the third derivatives by {width} variables are {width**3:,}: ask for tvp, along two vectors")


def asked_for(operator: str, methods: Sequence[str]) -> list[str]:
    """The methods that are asked for an operator: for a composition of modes those that have modes.

    Where none of them has, all are asked, and say so.
    """
    if not split(operator)[1]:
        return list(methods)
    return [m for m in methods if find_method(m).composes] or list(methods)
