"""The checks of the array rows have teeth: every mutant of every rule and every column is seen.

One that cannot be seen because it is the same function is in EQUIVALENT, with the reason; there must be no
other, and none that is there must be seen.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest
from flint import arb

from symdiff import balls
from symdiff.arrays import ArrayProblem, flat
from symdiff.graph import Graph
from symdiff.methods.base import Program, Task
from symdiff.ops import TABLE, Op
from symdiff.scalars import to_scalars
from tests import faults

from .array_case import ArrayCase
from .arrays import CASES, REAL
from .judging import Truth, complaints, one_op, rounded
from .rows import BITS
from .test_arrays import cotangent, jax_pulls, of_jax

Rule = Callable[..., Any]
Mutation = Callable[[Rule], Rule]
OTHER = "the rule of another argument"
# (row, argument, mutant): why it is the same function
EQUIVALENT: dict[tuple[str, int, str], str] = {
    ("total", k, mutant): "every term has the slope one"
    for k in (0, 1)
    for mutant in (OTHER, "arguments swapped")
}
# a loop has no rule of its own: faults on its way back are planted in tests/crosscheck/test_loops_judged.py
ROWS = [name for name in CASES if name != "scan" and any(case in REAL for case in CASES[name])]


# -- mutants of a rule ----------------------------------------------------------------------------------


class NotHere(Exception):
    """This mutant is the healthy rule at these arguments: a transposition of what has one axis."""


def without_cotangent(rule: Rule) -> Rule:
    return lambda ct, y, *args, **params: rule(np.ones(np.shape(y)), y, *args, **params)


def swapped(rule: Rule) -> Rule:
    def mutant(ct: Any, y: Any, *args: Any, **params: Any) -> Any:
        if len(args) < 2:
            raise NotHere
        return rule(ct, y, args[1], args[0], *args[2:], **params)

    return mutant


def after(change: Callable[[Any], Any]) -> Mutation:
    """What the rule returns is changed."""
    return lambda rule: lambda ct, y, *args, **params: change(rule(ct, y, *args, **params))


def transposed(share: Any) -> Any:
    shape = np.shape(share)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise NotHere
    return np.swapaxes(share, -1, -2)


def backwards(share: Any) -> Any:
    if not np.shape(share):
        raise NotHere
    return share[::-1]


def next_door(share: Any) -> Any:
    if np.size(share) < 2:
        raise NotHere
    return np.roll(share, 1)


def first_forgotten(share: Any) -> Any:
    mask = np.ones(np.shape(share))
    mask.flat[:1] = 0.0
    return share * mask


def something_for_nothing(ct: Any, y: Any, *args: Any, **params: Any) -> Any:
    """For a row through which nothing flows."""
    return np.broadcast_to(np.sum(ct), np.shape(args[0]))


MUTATIONS: dict[str, Mutation] = {
    **{name: faults.times(factor) for name, factor in faults.FACTORS.items()},
    "ones for the cotangent": without_cotangent,
    "arguments swapped": swapped,
    "transposed": after(transposed),
    "backwards": after(backwards),
    "every entry next door": after(next_door),
    "the first entry forgotten": after(first_forgotten),
}


def planted(row: Op, argument: int, mutant: str) -> AbstractContextManager[None]:
    """The table with the rule of one argument changed."""
    rules = row.rules(2 if row.variadic else row.arity)
    right = rules[argument]
    changed: Rule | None
    if mutant == OTHER:
        changed = rules[1 - argument]
    else:
        changed = something_for_nothing if right is None else MUTATIONS[mutant](right)
    if not row.variadic:
        return faults.row(row.name, vjp=tuple(changed if k == argument else rule for k, rule in enumerate(row.vjp)))
    (every,) = row.vjp
    assert every is not None

    def rule(k: int, ct: Any, y: Any, *args: Any, **params: Any) -> Any:
        return changed(ct, y, *args, **params) if k == argument else every(k, ct, y, *args, **params)

    return faults.row(row.name, vjp=(rule,))


@functools.cache
def healthy(case: ArrayCase) -> tuple[ArrayProblem, np.ndarray, Truth, np.ndarray]:
    problem, ct = one_op(case), cotangent(case)
    truth = Truth.of(problem, Task("vjp", tuple(range(len(case.args)))), case.args, [ct])
    return problem, ct, truth, jax_pulls(case, ct)


def seen(case: ArrayCase) -> bool | None:
    """Whether the check of pull-backs complains; None where the mutant is the healthy rule."""
    problem, ct, truth, theirs = healthy(case)
    try:
        return any(True for _ in complaints(problem, "vjp", case.args, [ct], truth, [("JAX", theirs)], case.loses))
    except NotHere:
        return None
    except ValueError:  # shapes that do not fit are seen by NumPy
        return True


@functools.cache
def verdicts(name: str) -> dict[tuple[str, int, str], bool]:
    """For each mutant of a row that is one somewhere, whether a case sees it."""
    row, found = TABLE[name], {}
    for argument in range(2 if row.variadic else row.arity):
        cases = [case for case in CASES[name] if case in REAL and len(case.args) > argument]
        flows = row.variadic or row.vjp[argument] is not None
        choices = [*MUTATIONS, *([OTHER] if row.variadic or row.arity == 2 else [])]
        for mutant in choices if flows else ["something for nothing"]:
            for case in cases:
                if mutant == OTHER and len(case.args) < 2:
                    continue
                with planted(row, argument, mutant):
                    answer = seen(case)
                if answer is not None:
                    found[name, argument, mutant] = answer
                if answer:
                    break
    return found


@pytest.mark.parametrize("name", ROWS)
def test_every_mutant_of_a_rule_is_seen(name: str) -> None:
    for case in [c for c in CASES[name] if c in REAL][:3]:  # tests of their own look at all of them
        assert not seen(case), "healthy"
    survivors = {mutant for mutant, killed in verdicts(name).items() if not killed}
    assert survivors == {mutant for mutant in EQUIVALENT if mutant[0] == name}


def test_the_mutants_are_counted() -> None:
    found = {mutant: killed for name in ROWS for mutant, killed in verdicts(name).items()}
    killed = sum(found.values())
    report = f"{len(found)} mutants of {len(ROWS)} rows: {killed} killed, {len(EQUIVALENT)} equivalent"
    assert killed + len(EQUIVALENT) == len(found), report
    assert all(any(m[:2] == (name, 0) for m in found) for name in ROWS), report
    assert killed > 9 * len(ROWS), report
    print(report)  # noqa: T201 - shown by pytest -rP


# -- mutants of a column ----------------------------------------------------------------------------------


def columns() -> Iterator[tuple[str, str, Rule]]:
    """Every column of every row, with its answer times 1 + 1e-6 or, of truth values, turned round."""
    for name in CASES:
        row = TABLE[name]
        for column in ("forward", "scalars", "jax"):
            if getattr(row, column) is not None:
                yield name, column, spoiled(getattr(row, column), row.boolean)


def spoiled(column: Rule, boolean: bool) -> Rule:
    def mutant(*args: Any, **params: Any) -> Any:
        y = column(*args, **params)
        if not boolean:
            return y * (1 + 1e-6)
        if np.asarray(y).dtype.kind != "O":
            return np.logical_not(y)
        return turned_round(y)

    return mutant


def turned_round(y: np.ndarray) -> np.ndarray:
    """Every truth value of scalar steps turned round."""
    out = np.empty(y.shape, object)
    for at in np.ndindex(*y.shape):
        out[at] = TABLE["logical_not"](y[at])
    return out


@pytest.mark.parametrize(("name", "column", "mutant"), list(columns()), ids=lambda v: v if isinstance(v, str) else "")
def test_a_spoiled_column_is_seen(name: str, column: str, mutant: Rule) -> None:
    with faults.row(name, **{column: mutant}):
        assert any(not one_function(case) for case in CASES[name])
    assert all(one_function(case) for case in CASES[name][:4])


def one_function(case: ArrayCase) -> bool:
    """NumPy's answer and JAX's lie within the rounding of the scalar steps."""
    import jax

    problem = one_op(case)
    with jax.enable_x64(True):
        theirs = np.ravel(of_jax(case)(*map(jax.numpy.asarray, case.args)))
    scalars: Graph = to_scalars(problem.graph, case.args)
    with balls.precision(BITS):
        reach = rounded(Program(scalars), list(flat(case.args)), any_order=True)
        ours = np.ravel(case.answer())
        return all(
            near == bool(v) if isinstance(near, bool) else near.contains(arb(float(v)))
            for k, near in enumerate(reach)
            for v in (ours[k], theirs[k])
        )


@pytest.mark.parametrize("name", ["matmul", "einsum", "amax"])
def test_a_row_that_is_called_linear_and_is_not_is_seen(name: str) -> None:
    case = max((c for c in CASES[name] if c in REAL), key=lambda c: sum(a.size for a in c.args))
    problem, along = one_op(case), [np.asarray(case.rng.normal(size=a.shape)) for a in case.args]
    truth = Truth.of(problem, Task("jvp", tuple(range(len(case.args)))), case.args, along)
    with faults.row(name, examples={"linear": True}):
        assert list(complaints(problem, "jvp", case.args, along, truth, []))
    assert not list(complaints(problem, "jvp", case.args, along, truth, []))
