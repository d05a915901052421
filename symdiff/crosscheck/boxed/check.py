"""The check of claims about a Python function that cannot be recorded: the function is a black box then.

Compiled code, ctypes, solvers, `float(x)`: what cannot be recorded still has values. No method differentiates it, and
there is no certified reference; a claim is held against slopes that are estimated from values (`estimates`). Their
verdicts have the basis "estimated", and the report says once why.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np

from symdiff.arrays import cut
from symdiff.crosscheck.boxed.differences import Estimated, noise_of
from symdiff.crosscheck.boxed.estimates import BlackBox
from symdiff.crosscheck.boxed.judged import judged
from symdiff.crosscheck.claimed.claim_faults import ClaimFault
from symdiff.crosscheck.claimed.claimed_arrays import called, examined, expected
from symdiff.crosscheck.claimed.claims import Claim, whereabouts
from symdiff.crosscheck.claimed.patterns import Seen, pattern, vague_pattern
from symdiff.crosscheck.draws import around
from symdiff.crosscheck.judging import Case
from symdiff.crosscheck.lamps import from_findings
from symdiff.crosscheck.question import Matter, Question
from symdiff.crosscheck.replay import NOT_A_FUNCTION
from symdiff.crosscheck.report import Finding, Lamp, Report
from symdiff.crosscheck.sites import Site, array_site, calls_of
from symdiff.crosscheck.verdict import Judgement, Verdict
from symdiff.errors import InputError, SymdiffError, UnsupportedError
from symdiff.inputs.boxes import boxed
from symdiff.inputs.code import Recording
from symdiff.methods.base import Task, in_flat_order, leaf_task
from symdiff.methods.base import count as entries_of

NONE = "a black box has no graph"
_Taken = tuple[Recording, list[np.ndarray]]


def check(asked: Question, refusal: Exception) -> Report:
    """Judge the claims about a function that `refusal` says cannot be recorded.

    Methods that were asked for by name are UNSUPPORTED.

    Raises:
        InputError: the arguments, the claims or the function's answer do not fit.
        Exception: whatever the function raises at a point that was given.
    """
    calls = calls_of(asked.code, asked.args, asked.at)
    first = _first(asked, calls[0], refusal)
    matter = asked.about(first[0].problem)
    places = [(first, calls[0])]
    places += [(boxed(asked.code, arguments, asked.kwargs, asked.wrt), arguments) for arguments in calls[1:]]
    findings: list[Finding] = []
    sites: list[Site] = []
    repeats, how = True, ""
    with _unheard():
        places += _nearby(asked, first, calls[0])
        for number, (taken, arguments) in enumerate(places):
            site = array_site(*taken, arguments, number)
            box = BlackBox(taken[0].problem, taken[1], asked.seed + number, asked.accuracy)
            sites.append(site)
            for operator in matter.operators:
                findings += _at_site(site.case(operator, asked.seed), site, box, matter, refusal)
            repeats, how = repeats and box.repeats, how or box.how
    notes = [f"{asked.code.name} is a black box here: {why_not(refusal)}", f"its slopes are estimated by {how}"]
    left_out = len(calls) + asked.points - len(places)
    notes += [f"generated points that were left out, as {asked.code.name} raises there: {left_out}"] * bool(left_out)
    return _reported(matter, sites, findings, repeats, notes)


@contextmanager
def _unheard() -> Iterator[None]:
    """Without the warnings of what is computed here, and of the function at points that the caller never asked for: at
    his own it was called before. Python's filters are the whole process's, so that only the main thread sets them
    aside: two threads could put them back in the wrong order."""
    with np.errstate(all="ignore"):
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield


def _first(asked: Question, arguments: tuple[Any, ...], refusal: Exception) -> _Taken:
    """The black box at the first point that was given. Raises what keeps it from being one."""
    try:
        return boxed(asked.code, arguments, asked.kwargs, asked.wrt)
    except InputError:
        raise
    except UnsupportedError:
        raise refusal from None
    except Exception as e:
        raise e from None  # the function's own, which hides nothing of ours


def why_not(refusal: Exception) -> str:
    """Why the function cannot be recorded, in a sentence."""
    cause: BaseException | None = refusal
    while cause is not None and not isinstance(cause, SymdiffError):  # as of C code that stumbled over ours
        cause = cause.__cause__ or cause.__context__
    refusal = cause if isinstance(cause, SymdiffError) else refusal
    said = str(refusal).strip().partition("\n")[0]
    known = isinstance(refusal, SymdiffError)
    return said if known else f"on recorded values it raises {type(refusal).__name__}: {said}"


def _nearby(asked: Question, first: _Taken, args: tuple[Any, ...]) -> list[tuple[_Taken, tuple[Any, ...]]]:
    """The black box at generated points around the one that was given; not where it raises: nobody asked for those."""
    recording, leaves = first
    rng = np.random.default_rng(asked.seed)
    found = []
    for _ in range(asked.points):
        made = [around(rng, v) for v in leaves]
        arguments = recording.arguments(args, made, recording.problem.dtype)
        with suppress(Exception):
            found.append((boxed(asked.code, arguments, asked.kwargs, asked.wrt), arguments))
    return found


def _at_site(case: Case, site: Site, box: BlackBox, matter: Matter, refusal: Exception) -> list[Finding]:
    """One operator at one point: the methods that were named refuse it, and its claims are judged."""
    claimed = [c.at(site) for c in matter.claims if c.operator == case.task.name]
    return [
        *_refused(case, matter.asked.chosen or (), why_not(refusal)),
        *(_findings(case, box, claimed) if claimed else []),
    ]


def _reported(
    matter: Matter, sites: Sequence[Site], findings: list[Finding], repeats: bool, notes: Sequence[str]
) -> Report:
    asked, problem = matter.asked, matter.problem
    lit = {
        "V": Lamp("off", NONE),
        "D": Lamp("off", NONE),
        "R": Lamp("green") if repeats else Lamp("red", NOT_A_FUNCTION),
        "B": from_findings([f for f in findings if f.verdict is not Verdict.UNSUPPORTED]),
    }
    said = [*matter.notes, *notes, *matter.remarks(), *whereabouts(matter.claims, findings)]
    shown, chosen = [site.shown for site in sites], asked.chosen or ()
    report = Report(problem.source, problem.names, shown, findings, lit, chosen, asked.strict, notes=said)
    report.why, report.nothing = [""] * len(sites), bool(matter.nothing)
    return report


def _refused(case: Case, methods: Sequence[str], why: str) -> list[Finding]:
    """What the methods that were named say of it."""
    no = Judgement(Verdict.UNSUPPORTED, "", why)
    return [case.finding(m, k, None, no) for m in methods for k in range(len(case.indices))]


def _findings(case: Case, box: BlackBox, asked: Sequence[Claim]) -> list[Finding]:
    """The verdict on every entry of every claim under this operator."""
    estimates = box.entries(case.task.operator, np.array(case.vector))
    result: list[Finding] = []
    for claim in asked:
        reader = _Reader(claim, case, box)
        try:
            arrays = reader.twice()
        except ClaimFault as e:
            result += case.faults(claim.name, str(e))
            continue
        found = _judged(case, box, claim, reader, arrays, estimates)
        if any(f.verdict is Verdict.DIFFER for f in found):
            said = reader.diagnosis(arrays, estimates)
            found = [replace(f, diagnosis=said) if f.verdict is Verdict.DIFFER else f for f in found]
        result += found
    return result


def _judged(
    case: Case, box: BlackBox, claim: Claim, reader: _Reader, arrays: list[np.ndarray], estimates: Estimated
) -> list[Finding]:
    result = []
    steepness = cache(partial(box.steepness, case.task.name, np.array(case.vector)))
    for k, value in enumerate(reader.flat(arrays)):
        judgement, bound = judged(k, float(value), estimates, reader.noise, steepness, exact=not box.step.refused)
        truth = float(estimates.values[k])
        found = case.finding(claim.name, k, float(value), judgement)
        result.append(replace(found, reference=truth if np.isfinite(truth) else None, bound=bound))
    return result


class _Reader:
    """A claim about a black box: its entries, here and nearby."""

    def __init__(self, claim: Claim, case: Case, box: BlackBox) -> None:
        self.claim, self.box, self.problem = claim, box, box.problem
        self.task: Task = leaf_task(box.problem, case.task)
        answers = self.problem.answers if self.task.operator == "vjp" else self.problem.shapes
        self.vectors = cut(np.array(case.vector), answers) if case.vector else []
        self._entries = len(case.indices)
        self._noise: np.ndarray | None = None

    def twice(self) -> list[np.ndarray]:
        """What it returns, after a second call has shown that it returns it again."""
        return examined(self.claim, self.problem, self.task, cut(self.box.x, self.problem.shapes), self.vectors)

    def flat(self, arrays: Sequence[np.ndarray]) -> np.ndarray:
        return np.asarray(in_flat_order(arrays, self.problem, self.task), float)

    def noise(self) -> np.ndarray:
        """How far off its entries are by its own rounding, measured once."""
        if self._noise is None:
            quiet = replace(self.claim, remarks=[])
            nothing = np.full(self._entries, np.nan)

            def near(t: float) -> np.ndarray:
                leaves = cut(self.box.x + t * self.box.direction, self.problem.shapes)
                try:
                    return self.flat(called(quiet, self.problem, self.task, leaves, self.vectors))
                except Exception:  # noqa: BLE001 - the caller's code may object to a point nearby in any way it likes
                    return nothing

            self._noise = np.nan_to_num(noise_of(near, 1.0))
        return self._noise

    def diagnosis(self, arrays: Sequence[np.ndarray], estimates: Estimated) -> str:
        """The likely mistake, by the pattern of the numbers."""
        if not np.all(np.isfinite(estimates.values)) or len(estimates.values) < 2:
            return ""
        names = list(self.problem.names) if len(arrays) == len(self.problem.names) else ["it"] * len(arrays)
        right = self._like(arrays, estimates.values)
        x = cut(self.box.x, self.problem.shapes)
        seen = [Seen(list(arrays), right, x if len(x) == len(arrays) else ())]
        sizes = sorted({n for shape in (*self.problem.shapes, *self.problem.answers) for n in shape})
        try:
            return pattern(seen, names, sizes) or vague_pattern(seen, names, sizes)
        except Exception:  # noqa: BLE001 - a diagnosis is a courtesy: it must not take the check down
            return ""

    def _like(self, arrays: Sequence[np.ndarray], entries: np.ndarray) -> list[np.ndarray]:
        """Flat entries in the arrays that the claim has."""
        shapes = expected(self.problem, self.task)
        sizes = np.cumsum([0, *(entries_of([s]) for s in shapes)])
        places = [np.arange(a, b).reshape(s) for a, b, s in zip(sizes[:-1], sizes[1:], shapes, strict=True)]
        order = self.flat(places).astype(int)
        ordered = np.empty(len(order))
        ordered[order] = entries
        return [ordered[p] for p in places]
