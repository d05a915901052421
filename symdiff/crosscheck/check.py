"""`crosscheck` and `assert_agree`: the whole check, from a function to a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symdiff.crosscheck import lamps
from symdiff.crosscheck.blame import blame
from symdiff.crosscheck.claims import Claim, claims
from symdiff.crosscheck.judging import Case, findings
from symdiff.crosscheck.points import generate
from symdiff.crosscheck.report import Finding, Report
from symdiff.crosscheck.terrain import Terrain, survey
from symdiff.crosscheck.verdict import DECIDED, Verdict
from symdiff.errors import Disagreement, InputError
from symdiff.inputs import function
from symdiff.methods import THREE
from symdiff.methods import method as find_method
from symdiff.methods.base import OPERATORS, Task
from symdiff.problem import Problem, Wrt, listed

At = Mapping[str, float] | Sequence[Mapping[str, float]]


def crosscheck(
    f: Any,
    *args: float,
    at: At | None = None,
    wrt: Wrt = None,
    claimed: Any = None,
    methods: Sequence[str] | None = None,
    operators: Sequence[str] | str | None = None,
    points: int = 0,
    seed: int = 0,
    strict: bool = False,
    prove: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Differentiate `f` by every method and judge each result against a certified reference.

    Args:
        f: a formula as text, a SymPy expression, a Python function of scalars, or a `Problem`.
        *args: the point, by position.
        at: the point by name, `{"x": 1.0, "y": 2.0}`, or a sequence of such points.
        wrt: the variables to differentiate by; all by default.
        claimed: your own derivative, judged with the rest: a function of the point that returns the
            entries, a formula (or a list, one per variable), or a mapping {operator: one of these}.
        methods: which methods; ("symbolic", "tape", "jax") by default.
        operators: which operators; the gradient of a function with one value and the Jacobian of one
            with several by default. jvp, vjp and hvp get a random vector.
        points: that many generated points in addition (see `crosscheck.points`).
        seed: for the generated points and vectors.
        strict: an INACCURATE finding makes `report.ok` false.
        prove: let SymPy try to show that each rule that agrees holds for every point: PROVED. Takes as
            long as SymPy takes.
        progress: called with (points done, points in all).

    Returns:
        A `Report`; `print(report)` shows it, `report.ok` is the answer.

    Raises:
        ExpressionError, InputError: the function, a point, a name or an option does not fit.

    >>> import symdiff as sd
    >>> report = sd.crosscheck("x1**2*(x2*x3 - 2*x1**2)", at={"x1": 1, "x2": 2, "x3": 3})
    >>> report.ok, str(report.verdict), report.reference["grad"]
    (True, 'AGREE', [4.0, 3.0, 2.0])
    """
    start = time.perf_counter()
    problem = function(f)
    asked = THREE if methods is None else tuple(_words(methods, "methods", "tape"))
    for name in asked:
        find_method(name)
    tasks = [Task(o, problem.select(wrt)) for o in _operators(problem, operators, claimed)]
    for task in tasks:
        task.check(problem)
    claimed_by_user = claims(claimed, problem, [t.operator for t in tasks])
    where = _points(problem, args, at, points, seed)
    surveyed: list[tuple[tuple[float, ...], Terrain]] = []
    found: list[Finding] = []
    for number, x in enumerate(where):
        if progress is not None:
            progress(number, len(where))
        terrain = survey(problem, x)
        surveyed.append((x, terrain))
        for task in tasks:
            found += _at_point(problem, task, x, number, terrain, asked, claimed_by_user, seed)
    if prove and where:
        found = _proofs(problem, tasks, where[0], found, seed)
    lit = {
        "V": lamps.values(problem, surveyed, [m for m in asked if m in THREE]),
        "D": lamps.from_findings(found),
        "R": lamps.replay(problem, surveyed),
        "B": lamps.black_box(problem, problem.select(wrt), surveyed),
    }
    named = [dict(zip(problem.names, map(float, x), strict=True)) for x in where]
    seconds = time.perf_counter() - start
    return Report(problem.source, problem.names, named, found, lit, asked, strict, seconds)


def assert_agree(f: Any, *args: float, allow_unsupported: bool = False, **options: Any) -> Report:
    """Raise `Disagreement` unless every derivative of `f` is right here; otherwise return the report.

    Takes what `crosscheck` takes. Also wants all of the three methods decided, unless `methods=` names
    fewer or `allow_unsupported=True`.

    >>> import symdiff as sd
    >>> bool(sd.assert_agree("sin(x)*exp(y)", at={"x": 1.0, "y": 2.0}))
    True
    >>> sd.assert_agree("x**3", 2.0, claimed=lambda x: 3 * x)
    Traceback (most recent call last):
    ...
    symdiff.errors.Disagreement: ...
    """
    report = crosscheck(f, *args, **options)
    missing = [] if allow_unsupported else _undecided_methods(report)
    if not report.ok or missing:
        text = str(report)
        if missing:
            text += "\nnot decided by " + ", ".join(missing) + " (allow_unsupported=True accepts that)"
        raise Disagreement(text, report)
    return report


def _undecided_methods(report: Report) -> list[str]:
    undecided = {f.method for f in report.findings if f.verdict not in DECIDED}
    return [m for m in report.methods if m in undecided]


def _words(given: Any, what: str, such_as: str) -> list[str]:
    """One name or several."""
    names = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else [given]
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"{what}: expected names such as {such_as!r}, got {type(name).__name__}")
    return names


def _operators(problem: Problem, operators: Sequence[str] | str | None, claimed: Any) -> list[str]:
    if operators is None:
        default = ["jacobian"] if problem.vector else ["grad"]
        return list(claimed) if isinstance(claimed, Mapping) else default
    names = _words(operators, "operators", "grad")
    if not names:
        raise InputError(f"operators is empty: expected some of {', '.join(OPERATORS)}")
    return names


def _points(problem: Problem, args: Sequence[float], at: At | None, count: int, seed: int) -> list[tuple[float, ...]]:
    given: list[tuple[float, ...]] = []
    if at is not None and not isinstance(at, Mapping):
        if isinstance(at, str) or not isinstance(at, Iterable):
            raise InputError(f"at: expected {{name: value}} or a list of these, got {type(at).__name__}")
        given = [problem.point((), p) for p in at]
    elif at is not None or args:
        given = [problem.point(args, at)]
    elif not problem.names:
        given = [()]
    for what, number in (("points", count), ("seed", seed)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise InputError(f"{what}={repr(number)[:60]}: expected a whole number, 0 or more")
    generated = generate(problem, count, seed, given[0] if given else None)
    if not given and not generated:
        if count:
            raise InputError(f"no point was found where {problem.source[:100]!r} is defined: give one with at={{...}}")
        raise InputError(
            f"no point given: give a value for {listed(problem.names)}, or points=N to have some generated"
        )
    return given + [p for p in generated if p not in given]


def _proofs(
    problem: Problem, tasks: Sequence[Task], x: tuple[float, ...], found: Sequence[Finding], seed: int
) -> list[Finding]:
    """PROVED for what SymPy can show, operator by operator."""
    from symdiff.crosscheck.proof import prove

    result: list[Finding] = []
    for task in tasks:
        case = Case(problem, task, x, _vector(task.vector_length(problem), seed, 0))
        result += prove(case, [f for f in found if f.operator == task.operator])
    return result


def _vector(length: int, seed: int, number: int) -> tuple[float, ...]:
    """A tangent or cotangent without special entries: no 0, no 1, both signs."""
    rng = np.random.default_rng([seed, number])
    return tuple(float(v) for v in rng.uniform(0.5, 1.5, length) * rng.choice([-1.0, 1.0], length))


def _at_point(
    problem: Problem,
    task: Task,
    x: tuple[float, ...],
    number: int,
    terrain: Terrain,
    methods: Sequence[str],
    claimed: Sequence[Claim],
    seed: int,
) -> list[Finding]:
    vector = _vector(task.vector_length(problem), seed, number)
    found = findings(Case(problem, task, x, vector, number), methods, claimed, terrain)
    guilty: dict[str, str] = {}
    for f in found:
        if f.verdict is Verdict.DIFFER and f.method in methods and f.method not in guilty:
            guilty[f.method] = blame(problem, f.method, x, task.operator)
    return [replace(f, blame=guilty.get(f.method, "")) if f.verdict is Verdict.DIFFER else f for f in found]
