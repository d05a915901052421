"""Running a manifest: one report per entry, in order, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from symdiff.crosscheck import Finding, Lamp, Report, Verdict, crosscheck
from symdiff.crosscheck.claimed.claims import claims
from symdiff.crosscheck.orders import operators_of
from symdiff.crosscheck.places.terrain import survey
from symdiff.errors import InputError, SymdiffError
from symdiff.inputs import formula_of
from symdiff.methods.base import Task
from symdiff.problem import Problem, nearest
from symdiff.sweep.arguments import sample
from symdiff.sweep.code import NOT_ALLOWED, importing_from, load, raised_by
from symdiff.sweep.manifest import Formula
from symdiff.sweep.values import names_code

DRAWN = 3  # calls of a function that leaves arguments open, where nobody says how many
TRIES = 200  # draws per point wanted, before the range is said to lie outside the domain

Progress = Callable[[int, int], None]


def run(
    formulas: Iterable[Formula], seed: int = 0, progress: Progress | None = None, allow_import: bool = False
) -> Iterator[Report]:
    """Check entry after entry; yields one report each, as it is finished.

    An entry that cannot be checked is a report, too: `error` is the sentence, and its one finding is by
    the method "input". Interrupt the run and what was yielded is yours.

    Args:
        formulas: entries of a manifest.
        seed: for the points that are drawn and for the vectors of jvp, vjp and hvp.
        progress: called with (points done, points in all) of the entry at hand.
        allow_import: whether entries that name Python code, `module:name`, may run it.

    >>> good = Formula("cube", "here", "x**3", at=({"x": 2.0},))
    >>> bad = Formula("typo", "here", "x**3", at=({"y": 2.0},))
    >>> [str(report.verdict) for report in run([good, bad])]
    ['AGREE', 'UNSUPPORTED']
    """
    for formula in formulas:
        yield check(formula, seed, progress, allow_import)


def check(
    formula: Formula, seed: int = 0, progress: Progress | None = None, allow_import: bool = False
) -> Report:
    """Check one entry. Never raises but for an interrupt: what goes wrong is the report's `error`."""
    try:
        with importing_from([Path.cwd(), formula.path.parent]):
            report = checked(formula, seed, progress, allow_import)
    except SymdiffError as e:
        return _unread(formula, str(e))
    except Exception as e:  # noqa: BLE001 - a defect of ours in one entry must not cost the others their check
        raised = raised_by(e, formula.f) if formula.f else ""
        if raised:
            return _unread(formula, f"{formula.where('f')}: {raised}")
        return _unread(formula, f"{formula.where()}: symdiff failed, please report it: {type(e).__name__}: {e}")
    report.notes.append(f"{formula.name}: {formula.title}" if formula.title else formula.name)
    return report


def _unread(formula: Formula, why: str) -> Report:
    """The report of an entry that could not be checked."""
    finding = Finding("input", "", "", (), 0, None, None, None, None, "", Verdict.UNSUPPORTED, why)
    lamps = {name: Lamp("off", "not checked") for name in "VDRB"}
    return Report(formula.source, (), [], [finding], lamps, strict=formula.strict, error=why, notes=[formula.name])


def checked(formula: Formula, seed: int, progress: Progress | None, allow_import: bool) -> Report:
    """Check one entry, and raise `InputError` for what is wrong with it."""
    if formula.fault:
        raise InputError(formula.fault)
    if formula.kind == "function":
        return _function(formula, seed, progress, allow_import)
    with _named(formula, "expr"):
        problem = formula_of(formula.expr if isinstance(formula.expr, str) else list(formula.expr), formula.variables)
    with _named(formula, "wrt"):
        chosen = problem.select(formula.wrt)
    with _named(formula, "operators"):
        operators = operators_of(problem, formula.operators, _order(formula), formula.claimed, len(chosen))
    with _named(formula, "claimed"):
        claimed = _claimed(formula.claimed, allow_import)
        for claim in claims(claimed, problem, operators):
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
            problem, at=given or None, wrt=formula.wrt, claimed=claimed, methods=formula.methods,
            operators=operators, points=generated, seed=seed, strict=formula.strict, prove=formula.prove,
            progress=progress,
        )  # fmt: skip


def _function(formula: Formula, seed: int, progress: Progress | None, allow_import: bool) -> Report:
    """The same for a function of Python code: what its calls leave open is drawn."""
    with _named(formula, "f"):
        f = _code(formula.f, allow_import)
    with _named(formula, "claimed"):
        claimed = _claimed(formula.claimed, allow_import)
    with _named(formula, "at"):
        calls, notes, generated = _calls(f, formula, seed)
    options = {
        "at": calls, "operators": formula.operators, "order": _order(formula), "wrt": formula.wrt,
        "claimed": claimed, "methods": formula.methods, "points": generated, "seed": seed, "strict": formula.strict,
        "prove": formula.prove, "progress": progress,
    }  # fmt: skip
    with _named(formula, ""):
        report = crosscheck(f, **options)
    report.notes += notes
    return report


def _calls(f: Callable[..., Any], formula: Formula, seed: int) -> tuple[list[dict[str, Any]], list[str], int]:
    """The calls that were given, completed by what is drawn; sentences on what was guessed; and how many points are
    still to be generated near them, which is where nothing was left open."""
    ranges, shapes, drawn = formula.range or {}, formula.shape or {}, formula.points or DRAWN
    calls: list[dict[str, Any]] = []
    notes: list[str] = []
    for k, point in enumerate(formula.at or ({},)):
        given = {name: as_arrays(value) for name, value in point.items()}
        found, said = sample(f, given, ranges, shapes, drawn, seed + k)
        calls += found
        notes += [said] if said and said not in notes else []
    complete = len(calls) == len(formula.at)
    return calls, notes, formula.points if complete and not ranges and not shapes else 0


def as_arrays(value: Any) -> Any:
    """Lists of numbers as arrays; tables, and lists of other things, are pytrees.

    >>> as_arrays({"W": [[1.0, 2.0]], "b": 1.0})
    {'W': array([[1., 2.]]), 'b': 1.0}
    """
    if isinstance(value, Mapping):
        return {name: as_arrays(part) for name, part in value.items()}
    if not isinstance(value, list):
        return value
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError):  # of several lengths, or of tables
        return [as_arrays(part) for part in value]


def _code(name: str, allow_import: bool) -> Callable[..., Any]:
    if not allow_import:
        raise InputError(NOT_ALLOWED.format(name=name))
    return load(name)


def _claimed(claimed: Any, allow_import: bool) -> Any:
    """What was claimed, with code in the places of its names."""
    if isinstance(claimed, Mapping):
        return {operator: _claimed(claim, allow_import) for operator, claim in claimed.items()}
    return _code(claimed, allow_import) if names_code(claimed) else claimed


def _order(formula: Formula) -> int | None:
    """The order to check up to, where that is more than what goes without saying; operators that are named go first."""
    return formula.order if formula.order != 1 and not formula.operators else None


@contextmanager
def _named(formula: Formula, key: str) -> Iterator[None]:
    """Whatever is refused inside says which file, line, entry and key it was."""
    try:
        yield
    except SymdiffError as e:
        said = str(e).removeprefix(key + ": ")
        raise InputError(f"{formula.where(key)}: {key}: {said}" if key else f"{formula.where()}: {said}") from e


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
