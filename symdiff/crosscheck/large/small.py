"""A large function's rules, certified in balls on the same function in small.

The protocol: the object that is checked has a method

    smaller(args) -> iterable of (function, arguments, words)

that yields itself in small, the larger one first: of the same steps with fewer numbers, its leaves in the same order
under the same names, and what it is in words. The first that is small enough is checked as every small function is.
A method whose rule is wrong there is wrong on the large one, too, whatever the noise floor there hides. A claim may
hold for the large one's sizes alone (a batch size written out): where what is wrong in small would be seen at large,
and is not there, that is said, and lamp D is unsure; else the claim is accused, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symdiff.arrays import cut
from symdiff.crosscheck.blaming.blame import blame
from symdiff.crosscheck.claimed.claim_faults import ClaimFault
from symdiff.crosscheck.claimed.claimed_arrays import written
from symdiff.crosscheck.claimed.claims import Claim
from symdiff.crosscheck.draws import weights
from symdiff.crosscheck.judging import Case, certified
from symdiff.crosscheck.large.noise_floor import lamp_of
from symdiff.crosscheck.orders import asked_for
from symdiff.crosscheck.places.terrain import Terrain
from symdiff.crosscheck.report import Finding, Lamp, Report
from symdiff.crosscheck.sites import Site, Taken, array_site, recordings
from symdiff.crosscheck.verdict import DECIDED, RULE, Judgement, Verdict
from symdiff.errors import UnsupportedError
from symdiff.graph import is_short
from symdiff.inputs.code import from_code
from symdiff.methods import method as find_method
from symdiff.methods.base import Answer, Program, in_flat_order, leaf_task
from symdiff.methods.modes import split
from symdiff.ops import TABLE
from symdiff.scalars import MOST_OF_A_PROGRAM, steps, to_scalars

AIM, MOST = 1_000, 3_000  # scalar steps: a second in balls, and a few
HVP = 300  # scalar steps: second derivatives are longer programs
HIDDEN = 1e3  # a claim's error in small, in units of what the large one's noise allows, that is no other function's
BITS = 1536  # at most: enough to tell zero from the smallest float64; in a deep net more take minutes
MOST_KNOWN = 64  # checks that are remembered; the oldest is forgotten
# findings and terrains, with the op table they were found with
_known: dict[tuple[Any, ...], tuple[Any, Any]] = {}


@dataclass(frozen=True, slots=True)
class Small:
    """The function in small: where it is looked at, and what it is in words."""

    site: Site
    terrain: Terrain
    words: str
    steps: int


def check_in_small(
    f: Callable[..., Any], taken: Taken, operators: Sequence[str], methods: Sequence[str], claimed: Sequence[Claim],
    report: Report, seed: int,
) -> None:  # fmt: skip
    """Put into a large function's report what balls say of it in small. Nothing where it has no `smaller`."""
    smaller = getattr(f, "smaller", None)
    if not callable(smaller):
        return
    try:
        small = _chosen(smaller, taken)
    except Exception as e:  # noqa: BLE001 - without it the large one is judged as any other, and that is said
        report.notes.append(f"no rule is certified in small: {type(e).__name__}: {e}")
        return
    if isinstance(small, str):
        report.notes.append(f"no rule is certified in small: {small}")
        return
    for operator in operators:
        if split(operator)[0] in ("hvp", "tvp") and small.steps > HVP:
            why = f"{small.steps} scalar steps are too many"
            report.notes.append(f"the rules of {operator} are not certified in small: {why}")
            continue
        case = _case(small, operator, seed)
        found = _of_methods(small, case, asked_for(operator, methods))
        _accuse_methods(report, small, operator, found)
        report.notes += _said(small, operator, found, len(operators) > 1)
        for claim in claimed:
            if claim.operator == operator:
                _judge_claim(report, small, case, claim, taken[0].problem.dtype)


def _chosen(smaller: Callable[..., Any], taken: Taken) -> Small | str:
    """The first one that is small enough, else the last; or why there is none."""
    recording, _, args = taken
    one: Taken | None = None
    said = ""
    for function, given, said in smaller(args):  # noqa: B007 - the words of the last one are wanted
        (one,), _ = recordings(from_code(function), given, {}, None, recording.chosen, 0, 0)
        if steps(one[0].problem.graph) <= AIM:
            break
    if one is None:
        return "the function offers none"
    if one[0].problem.names != recording.problem.names:
        return "it has other arguments"
    count = steps(one[0].problem.graph)
    if count > MOST:
        return f"even {said} has {count:,} scalar steps, more than {MOST:,}"
    site = array_site(*one, 0)
    terrain = _surveyed(site)
    return Small(site, terrain, said, count) if terrain.ordinary else terrain.outside or terrain.kink or terrain.unsure


def _surveyed(site: Site) -> Terrain:
    """Where the point lies, looked at once for equal functions."""
    key, rows = ("terrain", tuple(site.x), site.problem.origin.graph.content()), tuple(TABLE.values())
    known = _known.get(key)
    if known is None or not _same_rows(known[1], rows):
        _keep(key, site.survey(), rows)
    return _known[key][0]


def _same_rows(known: Sequence[Any], rows: Sequence[Any]) -> bool:
    """Whether the op table is what it was: a row that is another one now is another rule."""
    return len(known) == len(rows) and all(a is b for a, b in zip(known, rows, strict=True))


def _keep(key: Any, what: Any, rows: Sequence[Any]) -> None:
    while len(_known) >= MOST_KNOWN:
        _known.pop(next(iter(_known)))
    _known[key] = what, rows


def _case(small: Small, operator: str, seed: int) -> Case:
    task = small.site.task(operator)
    rng, n = np.random.default_rng(seed), task.vector_length(small.site.problem)
    return Case(small.site.problem, task, small.site.x, tuple(map(float, weights(rng, n))))


def _of_methods(small: Small, case: Case, methods: Sequence[str]) -> list[Finding]:
    """Every method's entries, judged once for the same function, rows of the op table and operator."""
    key = (case.task, tuple(methods), case.x, case.vector, small.site.problem.origin.graph.content())
    rows, known = tuple(TABLE.values()), _known.get(key)
    if known is not None and _same_rows(known[1], rows):
        return known[0]
    answers: dict[str, Answer] = {}
    found: list[Finding] = []
    for name in methods:
        try:
            answers[name] = _answer(name, case)
        except UnsupportedError as e:
            found.append(case.finding(name, 0, None, Judgement(Verdict.UNSUPPORTED, "", str(e))))
    found += certified(case, answers, small.terrain, BITS) if answers else []
    _keep(key, found, rows)
    return found


def forget() -> None:
    """Forget what was certified: after a change of a method's own code within one process."""
    _known.clear()


def _answer(name: str, case: Case) -> Answer:
    """What the method says; of the symbolic one the matrix program, which is what differentiates the large one."""
    problem = case.problem.origin
    if name != "symbolic":
        return find_method(name).answer(case.problem, case.task, case.x, case.vector)
    task = leaf_task(problem, case.task)
    try:
        graph = find_method(name).array_program(problem, task)  # type: ignore[attr-defined]  # it has one
    except UnsupportedError:
        return find_method(name).answer(case.problem, case.task, case.x, case.vector)
    shapes = problem.answers if task.operator == "vjp" else problem.shapes
    leaves, vectors = problem.leaves(case.x), cut(np.asarray(case.vector), shapes) if case.vector else []
    scalars = to_scalars(graph, [*leaves, *vectors], MOST_OF_A_PROGRAM)
    numbers = in_flat_order(find_method(name).arrays(problem, task, leaves, vectors), problem, task)
    rounded = written(scalars) - written(case.problem.graph)  # sqrt(2/pi) is known to its last place only
    loose = frozenset(v for v in rounded if not is_short(v))
    return Answer([float(v) for v in numbers], Program(scalars, tuple(scalars.guards), loose))


def _accuse_methods(report: Report, small: Small, operator: str, found: Sequence[Finding]) -> None:
    """DIFFER for every array of the large function whose rule is wrong in small."""
    wrong = {(f.method, f.array): f for f in reversed(found) if f.verdict is Verdict.DIFFER}  # the first of each
    for method in dict.fromkeys(method for method, _ in wrong):
        already = [f.blame for f in report.findings if (f.method, f.operator) == (method, operator) and f.blame]
        guilty = already[0] if already else blame(small.site.problem, method, small.site.x, operator)
        _accuse(report, small, operator, {k: f for k, f in wrong.items() if k[0] == method}, guilty)


def _accuse(
    report: Report, small: Small, operator: str, wrong: dict[tuple[str, str], Finding], guilty: str = ""
) -> None:
    changed = False
    for k, f in enumerate(report.findings):
        here = wrong.get((f.method, f.array))
        if f.operator == operator and here is not None and f.verdict not in (Verdict.DIFFER, Verdict.UNSUPPORTED):
            reason = f"{_wrong(here)} on {small.words}"
            report.findings[k] = replace(f, verdict=Verdict.DIFFER, basis="certified", reason=reason, blame=guilty)
            changed = True
    if changed:
        report.lamps["D"] = lamp_of(report.findings)


def _wrong(f: Finding) -> str:
    """`the rule is wrong: d/dW1[0, 2] is 0.5, not 0.25,`."""
    of = f"d{f.component}/d{f.argument}" if f.argument else f.operator + f.component
    if f.reference is None or f.value is None:
        return f"{f.reason}: {of}"
    if f.value == f.reference:
        return f"{f.reason}: {of} is off by less than a float64 shows"
    mine, truth = f"{f.value:.9g}", f"{f.reference:.9g}"
    mine, truth = (mine, truth) if mine != truth else (repr(f.value), repr(f.reference))
    return f"{f.reason}: {of} is {mine}, not {truth},"


def _said(small: Small, operator: str, found: Sequence[Finding], several: bool) -> list[str]:
    """Whose rules are certified in small, and why the others are not."""
    verdicts: dict[str, set[Verdict]] = {}
    for f in found:
        verdicts.setdefault(f.method, set()).add(f.verdict)
    right = [m for m, seen in verdicts.items() if seen <= set(DECIDED) - {Verdict.DIFFER}]
    of = f" of {operator}" if several else ""
    notes = [f"rules{of} certified in balls on {small.words}: {', '.join(right)}"] if right else []
    for method, seen in verdicts.items():
        if method not in right and Verdict.DIFFER not in seen:
            why = next(f.reason for f in found if f.method == method and f.verdict not in DECIDED)
            notes.append(f"the rules{of} of {method} are not certified on {small.words}: {why}")
    return notes


def _judge_claim(report: Report, small: Small, case: Case, claim: Claim, dtype: str) -> None:
    """A claim in small: certified, accused, or left to the noise floor. The tape is asked along: its program spares
    the reference a sweep for every input, and its bounds do for a claim that cannot be opened."""
    name, operator = claim.name, case.task.operator
    try:
        theirs = replace(claim, remarks=[]).at(small.site).answer(case.problem, case.task, case.x, case.vector)
    except Exception as e:  # noqa: BLE001 - it may be written for these sizes, and object in any way it likes
        report.notes.append(f"{name} is judged by the noise floor alone: it does not take {small.words}: {_brief(e)}")
        return
    answers = {"tape": _answer("tape", case), name: theirs}
    found = [f for f in certified(case, answers, small.terrain, BITS) if f.method == name]
    wrong = [f for f in found if f.verdict is Verdict.DIFFER]
    open_ = [f.reason for f in found if f.verdict not in DECIDED]
    if not wrong:
        said = f"{name} is not certified on" if open_ else f"{name} is certified in balls on"
        report.notes.append(f"{said} {small.words}" + (f": {open_[0]}" if open_ else ""))
    if dtype != "float64":  # its digits are those of the narrower dtype: only a rule in balls says something
        wrong = [f for f in wrong if f.reason == RULE]
    ours = {f.array: f for f in report.findings if (f.method, f.operator, f.point) == (name, operator, 0)}
    other = [f for f in wrong if f.array in ours and _would_be_seen(f, ours[f.array])]
    if not other:
        _accuse(report, small, operator, {(name, f.array): f for f in reversed(wrong)})
    elif not any(f.verdict is Verdict.DIFFER for f in ours.values()):
        said = f"{name} is right here, and not on {small.words}: {_wrong(other[0])} there"
        report.notes.append(f"{said}; does it hold for these sizes alone?")
        if report.lamps["D"].state != "red":
            report.lamps["D"] = Lamp("unsure", f"{name} is not right in small")


def _would_be_seen(small: Finding, large: Finding) -> bool:
    """Whether the large one is right, and an error as large as in small, relatively, would stand out of its noise."""
    if large.verdict not in (Verdict.AGREE, Verdict.INACCURATE):
        return False
    if not small.reference or small.value is None or not large.reference or large.bound is None:
        return False
    relative = abs(small.value - small.reference) / abs(small.reference)
    return not relative <= HIDDEN * large.bound / abs(large.reference)


def _brief(e: BaseException) -> str:
    own = e.__cause__ if isinstance(e, ClaimFault) and e.__cause__ else e
    return f"{type(own).__name__}: {own}"[:120]
