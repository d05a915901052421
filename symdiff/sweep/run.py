"""Running a manifest: one report per formula, in order, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from symdiff.crosscheck import Finding, Lamp, Report, Verdict, crosscheck
from symdiff.crosscheck.claims import claims
from symdiff.crosscheck.terrain import survey
from symdiff.errors import InputError, SymdiffError
from symdiff.inputs import formula_of
from symdiff.methods.base import Task
from symdiff.problem import Problem, nearest
from symdiff.sweep.manifest import Formula

TRIES = 200  # draws per point wanted, before the range is said to lie outside the domain

Progress = Callable[[int, int], None]


def run(formulas: Iterable[Formula], seed: int = 0, progress: Progress | None = None) -> Iterator[Report]:
    """Check formula after formula; yields one report each, as it is finished.

    A formula that cannot be checked is a report, too: `error` is the sentence, and its one finding is by
    the method "input". Interrupt the run and what was yielded is yours.

    Args:
        formulas: entries of a manifest.
        seed: for the points that are drawn and for the vectors of jvp, vjp and hvp.
        progress: called with (points done, points in all) of the formula at hand.

    >>> good = Formula("cube", "here: formula 'cube'", "x**3", at=({"x": 2.0},))
    >>> bad = Formula("typo", "here: formula 'typo'", "x**3", at=({"y": 2.0},))
    >>> [str(report.verdict) for report in run([good, bad])]
    ['AGREE', 'UNSUPPORTED']
    """
    for formula in formulas:
        yield check(formula, seed, progress)


def check(formula: Formula, seed: int = 0, progress: Progress | None = None) -> Report:
    """Check one entry. Never raises but for an interrupt: what goes wrong is the report's `error`."""
    try:
        report = _checked(formula, seed, progress)
    except SymdiffError as e:
        return _unread(formula, str(e))
    except Exception as e:  # noqa: BLE001 - a defect of ours in one formula must not cost the others their check
        return _unread(formula, f"{formula.place}: symdiff failed, please report it: {type(e).__name__}: {e}")
    report.notes.append(f"{formula.name}: {formula.title}" if formula.title else formula.name)
    return report


def _unread(formula: Formula, why: str) -> Report:
    """The report of an entry that could not be checked."""
    source = formula.expr if isinstance(formula.expr, str) else ", ".join(formula.expr)
    finding = Finding("input", "", "", (), 0, None, None, None, None, "", Verdict.UNSUPPORTED, why)
    lamps = {name: Lamp("off", "not checked") for name in "VDRB"}
    return Report(source, (), [], [finding], lamps, strict=formula.strict, error=why, notes=[formula.name])


def _checked(formula: Formula, seed: int, progress: Progress | None) -> Report:
    if formula.fault:
        raise InputError(formula.fault)
    with _named(formula, "expr"):
        problem = formula_of(formula.expr if isinstance(formula.expr, str) else list(formula.expr), formula.variables)
    with _named(formula, "wrt"):
        chosen = problem.select(formula.wrt)
    with _named(formula, "operators"):
        operators = formula.operators or _operators(problem, formula.claimed)
        for operator in operators:
            Task.named(operator, chosen).check(problem)
    with _named(formula, "claimed"):
        for claim in claims(formula.claimed, problem, operators):
            _counted(claim.formulas, Task(claim.operator, chosen), problem)
    with _named(formula, "at"):
        given = [dict(zip(problem.names, problem.point((), point), strict=True)) for point in formula.at]
    generated = formula.points
    if formula.range is not None:
        with _named(formula, "range"):
            given += draw(problem, formula.range, formula.points, seed)
        generated = 0
    with _named(formula, "points"):
        return crosscheck(
            problem, at=given or None, wrt=formula.wrt, claimed=formula.claimed, methods=formula.methods,
            operators=operators, points=generated, seed=seed, strict=formula.strict, progress=progress,
        )  # fmt: skip


def _operators(problem: Problem, claimed: Any) -> tuple[str, ...]:
    """What is checked where nobody says: the operators that are claimed, else the first derivative."""
    if isinstance(claimed, Mapping):
        return tuple(claimed)
    return ("jacobian",) if problem.vector else ("grad",)


@contextmanager
def _named(formula: Formula, key: str) -> Iterator[None]:
    """Whatever is refused inside says which file, formula and key it was."""
    try:
        yield
    except SymdiffError as e:
        raise InputError(f"{formula.place}: {key}: {str(e).removeprefix(key + ': ')}") from e


def _counted(formulas: Problem | None, task: Task, problem: Problem) -> None:
    wanted = len(task.indices(problem))
    given = wanted if formulas is None else len(formulas.graph.outputs)
    if given != wanted:
        raise InputError(f"{given} formula(s) given, but {task.operator} has {wanted} entries")


def draw(problem: Problem, ranges: Mapping[str, tuple[float, float]], count: int, seed: int) -> list[dict[str, float]]:
    """Points from the box of `ranges`, each where the function is defined and has a derivative.

    The same seed gives the same points. Raises `InputError` where a variable has no interval, an interval
    no variable, or where no point can be found.

    >>> [point] = draw(formula_of("log(x)"), {"x": (-1.0, 1.0)}, 1, seed=0)
    >>> 0 < point["x"] < 1
    True
    """
    for name in ranges:
        if name not in problem.names:
            raise InputError(f"{name!r} is not a variable of {problem.source!r}{nearest(name, problem.names)}")
    missing = [name for name in problem.names if name not in ranges]
    if missing:
        raise InputError(f"no interval for {', '.join(missing)}: the variables are {', '.join(problem.names)}")
    rng = np.random.default_rng(seed)
    low, high = np.array([ranges[name] for name in problem.names]).reshape(-1, 2).T
    found: list[dict[str, float]] = []
    for _ in range(TRIES * count):
        if len(found) == count:
            break
        x = tuple(rng.uniform(low, high))
        if np.all(np.isfinite(problem.evaluate(x))) and survey(problem, x).ordinary:
            found.append(dict(zip(problem.names, map(float, x), strict=True)))
    if len(found) < count:
        raise InputError(f"only {len(found)} of {count} points were found where {problem.source!r} is defined")
    return found
