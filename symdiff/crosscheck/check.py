"""`crosscheck` and `assert_agree`: the whole check, from a function to a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from typing import Any

from symdiff.arrays import ArrayProblem
from symdiff.crosscheck import lamps, shrinking
from symdiff.crosscheck.asked import remembered
from symdiff.crosscheck.blame import blame
from symdiff.crosscheck.blame_arrays import blame_arrays
from symdiff.crosscheck.boxed import check as boxed
from symdiff.crosscheck.claims import Claim, claims, whereabouts
from symdiff.crosscheck.collector import sparing
from symdiff.crosscheck.diagnosis import diagnosed
from symdiff.crosscheck.explained import explained
from symdiff.crosscheck.jax_scope import device_notes, in_jax_scope
from symdiff.crosscheck.judging import findings
from symdiff.crosscheck.orders import asked_for, operators_of
from symdiff.crosscheck.replay import replay
from symdiff.crosscheck.report import Finding, Report
from symdiff.crosscheck.sites import At, Place, Site, Taken, array_site, beside, formula_sites, recordings, too_large
from symdiff.crosscheck.small import check_in_small
from symdiff.crosscheck.terrain import Terrain
from symdiff.crosscheck.torch_scope import brings_columns, columns, of_tensors
from symdiff.crosscheck.verdict import DECIDED, Verdict
from symdiff.crosscheck.witness import black_box
from symdiff.errors import Disagreement, InputError, UnsupportedError
from symdiff.inputs import function
from symdiff.inputs.code import Code
from symdiff.listening import heard
from symdiff.methods import THREE
from symdiff.methods import method as find_method
from symdiff.methods.base import Task
from symdiff.methods.base import count as entries_of
from symdiff.methods.modes import split
from symdiff.problem import Problem, Wrt


@of_tensors
@remembered
@in_jax_scope
@sparing
def crosscheck(
    f: Any,
    *args: Any,
    at: At | None = None,
    kwargs: dict[str, Any] | None = None,
    wrt: Wrt = None,
    claimed: Any = None,
    methods: Sequence[str] | None = None,
    operators: Sequence[str] | str | None = None,
    order: int | None = None,
    points: int = 0,
    seed: int = 0,
    strict: bool = False,
    prove: bool = False,
    full: bool = False,
    progress: Callable[[int, int], None] | None = None,
    device: Any = None,
    platform: str | None = None,
    accuracy: float = 0.0,
) -> Report:
    """Differentiate `f` by every method and judge each result against a certified reference.

    Args:
        f: a formula as text, a SymPy expression, a plain NumPy function, a JAX function, a PyTorch function or
            module (with tensors, of which those that require a gradient are differentiated by; what torch.autograd
            says is the column "claimed:torch"), or a `Problem`.
        *args: the point, by position: numbers, or what the Python function takes (arrays and pytrees).
        at: the point by name, `{"x": 1.0, "y": 2.0}`, or a sequence of such points.
        kwargs: keyword arguments of a Python function; it is not differentiated by them.
        wrt: the variables to differentiate by; all of a formula, the first argument of a Python
            function by default.
        claimed: your own derivative, judged with the rest: a function of the point that returns the
            entries, a formula (or a list, one per variable), or a mapping {operator: one of these}.
        methods: which methods; ("symbolic", "tape", "jax") by default.
        operators: which operators; the gradient of a function with one value and the Jacobian of one
            with several by default. jvp, vjp, hvp and tvp get random vectors.
        order: instead of `operators`: all derivatives up to this order (1, 2 or 3), and every composition of
            forward and reverse mode of a second one; see `crosscheck.orders`.
        points: that many generated points in addition: half of them where the function itself says that something
            is special (see `crosscheck.sharp`; `Report.why` has the reasons), the others random ones.
        seed: for the generated points and vectors.
        strict: an INACCURATE finding makes `report.ok` false.
        prove: let SymPy try to show that each rule that agrees holds for every point: PROVED. Takes as
            long as SymPy takes.
        full: take the gradient of a function too large to be taken apart through ball arithmetic, however
            long it takes. Progress is then told op by op.
        progress: called with (points done, points in all).
        device, platform: where JAX computes, as in `grad`; the report names it, and how accurate its matrix
            products are, where that is not the CPU or the dtype is not float64.
        accuracy: how accurately a function that cannot be recorded computes its values, relative: the tolerance of
            a solver inside. A claim is held against slopes that are estimated from values (basis "estimated").

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
    given = function(f)
    asked = THREE if methods is None else tuple(_words(methods, "methods", "tape"))
    for name in asked:
        find_method(name)
    _look_at(points, seed, accuracy)
    found: list[Taken] = []
    why_chosen: list[str] = []
    paths: dict[str, str] = {}
    if isinstance(given, Code):
        try:
            found, why_chosen = _recordings(given, claimed is not None, args, kwargs or {}, at, wrt, points, seed)
        except Exception as e:
            if claimed is None and not brings_columns(given):
                raise
            report = boxed.check(
                given, e, args, kwargs or {}, at=at, wrt=wrt, claimed=claimed, methods=methods and asked,
                operators=operators and _words(operators, "operators", "grad"), order=order, points=points, seed=seed,
                strict=strict, accuracy=accuracy,
            )  # fmt: skip
            report.seconds = time.perf_counter() - start
            return report
        problem: Problem | ArrayProblem = found[0][0].problem
        count = len(found)
        paths = {name: p for p, name in given.leaf_names.items() if name in problem.names}
    elif kwargs:
        raise InputError("kwargs= is for Python functions: a formula has named variables, give them with at={...}")
    else:
        problem, count = given, 0
    named = None if operators is None else _words(operators, "operators", "grad")
    width = len(problem.select(wrt)) if isinstance(problem, Problem) else entries_of(problem.shapes)
    names = operators_of(problem, named, order, claimed, width)
    claimed_by_user = [*claims(claimed, problem, names), *columns(given, names)]
    if isinstance(given, Code):
        why = too_large(found[0][0].problem, found[0][1])
        dtype = found[0][0].problem.dtype
        if not why and dtype != "float64":
            why = f"balls judge float64, and this is {dtype}"
        if why:
            report = _measured(given.f, found, names, asked, claimed_by_user, why, seed, strict, full, progress)
            report.notes += device_notes(problem, asked)
            report.findings = explained(given, found, claimed_by_user, report.findings, kwargs or {})
            report.findings = diagnosed(found, claimed_by_user, report.findings)
            report.paths, report.why = paths, why_chosen
            report.notes += whereabouts(claimed_by_user, report.findings)
            report.seconds = time.perf_counter() - start
            return report
        sites: Iterable[Site] = (
            array_site(*r, k, why, partial(beside, given, r, kwargs or {}, wrt))
            for k, (r, why) in enumerate(zip(found, why_chosen, strict=True))
        )
    else:
        sites = formula_sites(given, args, at, wrt, points, seed)
        count = len(sites)
    surveyed: list[tuple[Site, Terrain]] = []
    findings: list[Finding] = []
    left_out: list[Site] = []
    for number, place in enumerate(sites):
        if progress is not None:
            progress(number, count)
        site = replace(place, number=len(surveyed))
        terrain = site.survey()
        here = [f for name in names for f in _at_site(site, site.task(name), terrain, asked, claimed_by_user, seed)]
        if site.why and _of_no_use(here):
            left_out.append(place)
            continue
        surveyed.append((site, terrain))
        findings += here
    found = [taken for number, taken in enumerate(found) if number not in {s.number for s in left_out}]
    if isinstance(given, Code):
        findings = explained(given, found, claimed_by_user, findings, kwargs or {})
    findings = diagnosed(found or [site for site, _ in surveyed], claimed_by_user, findings)
    unproved: list[str] = []
    if prove and surveyed:
        findings, unproved = _proofs(surveyed[0][0], names, findings, claimed_by_user, seed)
    lit = {
        "V": lamps.values(surveyed, [m for m in asked if m in THREE]),
        "D": lamps.from_findings(findings),
        "R": replay(surveyed),
        "B": black_box(surveyed, seed),
    }
    seconds = time.perf_counter() - start
    shown = [site.shown for site, _ in surveyed]
    notes = [*getattr(problem, "notes", ()), *(r for c in claimed_by_user for r in c.remarks)]
    notes += device_notes(problem, asked)
    notes += [*unproved, *_said_of(left_out), *whereabouts(claimed_by_user, findings)]
    report = Report(
        problem.source, problem.names, shown, findings, lit, asked, strict, seconds, notes=notes, paths=paths
    )
    report.why = [site.why for site, _ in surveyed]
    if claimed_by_user and report.verdict is Verdict.DIFFER:
        report.exact = cache(partial(_residuals, [site for site, _ in surveyed], claimed_by_user, findings, seed))
    return report


def _recordings(given: Code, claimed: bool, *asked: Any) -> tuple[list[Taken], list[str]]:
    """`recordings`; where there are claims to judge, a second time entry by entry. Raises what was raised first."""
    try:
        return recordings(given, *asked)
    except UnsupportedError as e:  # and no other: compiled code must not be handed objects
        if claimed:
            with suppress(Exception):
                return recordings(replace(given, recordings=[], again={}, entry_by_entry=True), *asked)
        raise e


def _look_at(points: Any, seed: Any, accuracy: Any) -> None:
    for what, number in (("points", points), ("seed", seed)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise InputError(f"{what}={repr(number)[:60]}: expected a whole number, 0 or more")
    if isinstance(accuracy, bool) or not isinstance(accuracy, float | int) or not 0 <= accuracy < 1:
        raise InputError(f"accuracy={repr(accuracy)[:60]}: expected a relative accuracy of the values, such as 1e-8")


def _of_no_use(found: Sequence[Finding]) -> bool:
    """Whether a special point that nobody asked for is undecided, and accuses nobody."""
    verdicts = {f.verdict for f in found}
    return Verdict.DIFFER not in verdicts and not verdicts.isdisjoint((Verdict.UNDECIDED, Verdict.OUTSIDE_DOMAIN))


def _said_of(left_out: Sequence[Site]) -> list[str]:
    if not left_out:
        return []
    which = "; ".join(dict.fromkeys(site.why for site in left_out))
    return [f"generated points that were left out, as not everything can be decided there: {which}"]


def _measured(
    f: Any, found: list[Taken], operators: Sequence[str], methods: Sequence[str], claimed: Sequence[Claim], why: str,
    seed: int, strict: bool, full: bool = False, progress: Callable[[int, int], None] | None = None,
) -> Report:  # fmt: skip
    """The report on a function that is too large to be taken apart: see `large`; `narrow` for float32
    and narrower, `whole` for full=True; and `small` for one that can be had in small."""
    from symdiff.crosscheck import large, narrow, whole

    findings: list[Finding] = []
    shown: list[dict[str, Any]] = []
    lit: dict[str, lamps.Lamp] = {}
    notes: list[str] = []
    in_small = callable(getattr(f, "smaller", None))  # its rules are certified there, and faster
    for number, (recording, leaves, args) in enumerate(found):
        problem = recording.problem
        here = [replace(c, site=Place(recording, args)) for c in claimed]
        given = (problem, leaves, operators, methods, here, why, number, seed)
        judge = large if problem.dtype == "float64" else narrow
        quick = None if full or in_small else whole.if_affordable(*given)
        outcome = whole.check(*given, progress) if full else quick or judge.check(*given)
        findings += _blamed(
            outcome.findings, methods, lambda m, o, p=problem, x=leaves: blame_arrays(p, m, x, o, large=True)
        )
        shown.append(dict(zip(problem.names, leaves, strict=True)))  # arrays, as they are: a list would be enormous
        lit = outcome.lamps if not lit else {k: _darker(lit[k], lamp) for k, lamp in outcome.lamps.items()}
        notes = outcome.notes
    problem = found[0][0].problem
    said = [*problem.notes, *notes, *(r for c in claimed for r in c.remarks)]
    report = Report(problem.source, problem.names, shown, findings, lit, tuple(methods), strict, notes=said)
    if not full:
        check_in_small(f, found[0], operators, methods, claimed, report, seed)
    return report


def _darker(a: lamps.Lamp, b: lamps.Lamp) -> lamps.Lamp:
    """The lamp that is more worth looking at."""
    order = ("green", "off", "unsure", "red")
    return max(a, b, key=lambda lamp: order.index(lamp.state))


def assert_agree(f: Any, *args: Any, allow_unsupported: bool = False, **options: Any) -> Report:
    """Raise `Disagreement` unless every derivative of `f` is right here; otherwise return the report.

    Takes what `crosscheck` takes. Also wants all of the three methods decided, unless `methods=` names
    fewer or `allow_unsupported=True`. The message ends with a short program that shows the failure, reduced
    within some twenty more checks and a second; `report.shrink()` looks further.

    >>> import symdiff as sd
    >>> bool(sd.assert_agree("sin(x)*exp(y)", at={"x": 1.0, "y": 2.0}))
    True
    >>> sd.assert_agree("x**3", 2.0, claimed=lambda x: 3 * x)
    Traceback (most recent call last):
    ...
    symdiff.errors.Disagreement: ...
    """
    __tracebackhide__ = True  # pytest then shows the line of the test
    report = crosscheck(f, *args, **options)
    missing = [] if allow_unsupported else _undecided_methods(report)
    if not report.ok or missing:
        text = str(report)
        if missing:
            text += "\nnot decided by " + ", ".join(missing) + " (allow_unsupported=True accepts that)"
        text += shrinking.in_short(report)
        raise Disagreement(text, report)
    heard(report)
    return report


def _undecided_methods(report: Report) -> list[str]:
    undecided = {f.method for f in report.findings if f.verdict not in DECIDED and not _without_this_mode(f)}
    return [m for m in report.methods if m in undecided]


def _without_this_mode(f: Finding) -> bool:
    """A composition of modes that a library has not, as JAX has no forward mode of a custom_vjp."""
    return f.verdict is Verdict.UNSUPPORTED and bool(split(f.operator)[1])


def _words(given: Any, what: str, such_as: str) -> list[str]:
    """One name or several."""
    names = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else [given]
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"{what}: expected names such as {such_as!r}, got {type(name).__name__}")
    return names


def _proofs(
    site: Site, operators: Sequence[str], found: Sequence[Finding], claimed: Sequence[Claim], seed: int
) -> tuple[list[Finding], list[str]]:
    """PROVED for what SymPy can show, operator by operator."""
    from symdiff.crosscheck.proof import prove

    result: list[Finding] = []
    said: list[str] = []
    here = [replace(c, remarks=[]).at(site) for c in claimed]
    for operator in operators:
        more, left = prove(site.case(operator, seed), [f for f in found if f.operator == operator], here)
        result += more
        said += left
    return result, said


def _residuals(sites: Sequence[Site], claimed: Sequence[Claim], found: Sequence[Finding], seed: int) -> list[str]:
    """What each claim that is wrong is more than the derivative, as formulas, at the first point where it is."""
    from symdiff.crosscheck.residual import residuals

    lines: list[str] = []
    for claim in claimed:
        mine = (f for f in found if f.method == claim.name and f.operator == claim.operator)
        wrong = {f.point for f in mine if f.verdict is Verdict.DIFFER and f.value is not None}
        for site in [s for s in sites if s.number in wrong][:1]:
            with suppress(Exception):  # a courtesy: what SymPy or the claim objects to must not take the report down
                lines += residuals(site.case(claim.operator, seed), replace(claim, remarks=[]).at(site), found)
    return lines


def _at_site(
    site: Site, task: Task, terrain: Terrain, methods: Sequence[str], claimed: Sequence[Claim], seed: int
) -> list[Finding]:
    here = [c.at(site) for c in claimed]
    found = findings(site.case(task.name, seed), asked_for(task.name, methods), here, terrain)
    return _blamed(found, methods, lambda method, operator: blame(site.problem, method, site.x, operator))


def _blamed(found: Sequence[Finding], methods: Sequence[str], who: Callable[[str, str], str]) -> list[Finding]:
    """The findings, with the guilty step of every method that differs."""
    wrong = [f for f in found if f.verdict is Verdict.DIFFER and f.method in methods]
    guilty = {(m, o): who(m, o) for m, o in dict.fromkeys((f.method, f.operator) for f in wrong)}
    return [
        replace(f, blame=guilty.get((f.method, f.operator), "")) if f.verdict is Verdict.DIFFER else f for f in found
    ]
