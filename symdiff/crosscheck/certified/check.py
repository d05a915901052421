"""The check of a function that is taken apart into its entries: each is judged in balls, at one site after another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial

from symdiff.crosscheck import lamps
from symdiff.crosscheck.blaming.blame import blame, blamed
from symdiff.crosscheck.claimed.claims import Claim, whereabouts
from symdiff.crosscheck.claimed.diagnosis import diagnosed
from symdiff.crosscheck.claimed.explained import explained
from symdiff.crosscheck.jax_scope import device_notes
from symdiff.crosscheck.judging import findings
from symdiff.crosscheck.orders import asked_for
from symdiff.crosscheck.places.terrain import Terrain
from symdiff.crosscheck.question import Matter, Question
from symdiff.crosscheck.replay import replay
from symdiff.crosscheck.report import Finding, Lamp, Report
from symdiff.crosscheck.sites import Site, array_site, beside, formula_sites
from symdiff.crosscheck.verdict import Verdict
from symdiff.crosscheck.witness import black_box
from symdiff.methods import THREE
from symdiff.methods.base import Task
from symdiff.problem import Problem


@dataclass(slots=True)
class _Seen:
    """What was looked at: the sites with their terrain, what was found there, and the places that were left out."""

    surveyed: list[tuple[Site, Terrain]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    left_out: list[Site] = field(default_factory=list)

    @property
    def sites(self) -> list[Site]:
        return [site for site, _ in self.surveyed]


def check(matter: Matter) -> Report:
    """The report: every operator at every site, the likely mistakes of the claims, proofs if asked for, the lamps."""
    asked, problem = matter.asked, matter.problem
    seen = _judged(matter)
    found = _named(matter, seen)
    found, unproved = _proofs(seen.surveyed[0][0], matter, found) if asked.prove and seen.surveyed else (found, [])
    lit = _lit(asked, seen.surveyed, found)
    notes = [*matter.notes, *matter.remarks(), *device_notes(problem, asked.methods)]
    notes += [*unproved, *_said_of(seen.left_out), *whereabouts(matter.claims, found)]
    shown = [site.shown for site in seen.sites]
    report = Report(problem.source, problem.names, shown, found, lit, asked.methods, asked.strict, notes=notes)
    report.paths, report.why, report.nothing = matter.paths, [site.why for site in seen.sites], bool(matter.nothing)
    if matter.claims and report.verdict is Verdict.DIFFER:
        report.exact = cache(partial(_residuals, seen.sites, matter.claims, found, asked.seed))
    return report


def _judged(matter: Matter) -> _Seen:
    """Every operator at every site. A special point that nobody asked for and that is of no use is left out."""
    asked, seen = matter.asked, _Seen()
    sites, count = _sites(matter)
    for number, place in enumerate(sites):
        if asked.progress is not None:
            asked.progress(number, count)
        site = replace(place, number=len(seen.surveyed))
        terrain = site.survey()
        here = [f for name in matter.operators for f in _at_site(site, site.task(name), terrain, matter)]
        if site.why and _of_no_use(here):
            seen.left_out.append(place)
            continue
        seen.surveyed.append((site, terrain))
        seen.findings += here
    return seen


def _sites(matter: Matter) -> tuple[Iterable[Site], int]:
    """Where to look, and how many places that is; code is taken apart when its turn comes."""
    asked, given = matter.asked, matter.asked.given
    if isinstance(given, Problem):
        sites = formula_sites(given, asked.args, asked.at, asked.wrt, asked.points, asked.seed)
        return sites, len(sites)
    several = enumerate(zip(matter.taken, matter.why, strict=True))
    made = (array_site(*r, k, why, partial(beside, given, r, asked.kwargs, asked.wrt)) for k, (r, why) in several)
    return made, len(matter.taken)


def _at_site(site: Site, task: Task, terrain: Terrain, matter: Matter) -> list[Finding]:
    methods, here = matter.asked.methods, [c.at(site) for c in matter.claims]
    found = findings(site.case(task.name, matter.asked.seed), asked_for(task.name, methods), here, terrain)
    return blamed(found, methods, lambda m, o, finite: blame(site.problem, m, site.x, o, finite))


def _of_no_use(found: Sequence[Finding]) -> bool:
    """Whether a special point that nobody asked for is undecided, and accuses nobody."""
    verdicts = {f.verdict for f in found}
    return Verdict.DIFFER not in verdicts and not verdicts.isdisjoint((Verdict.UNDECIDED, Verdict.OUTSIDE_DOMAIN))


def _named(matter: Matter, seen: _Seen) -> list[Finding]:
    """The findings, with the likely mistake of every claim that is wrong: by the function's own word, or by ours."""
    given = matter.asked.given
    if isinstance(given, Problem):
        return diagnosed(seen.sites, matter.claims, seen.findings)
    left_out = {site.number for site in seen.left_out}
    taken = [t for number, t in enumerate(matter.taken) if number not in left_out]
    found = explained(given, taken, matter.claims, seen.findings, matter.asked.kwargs)
    return diagnosed(taken, matter.claims, found)


def _lit(asked: Question, surveyed: Sequence[tuple[Site, Terrain]], found: Sequence[Finding]) -> dict[str, Lamp]:
    return {
        "V": lamps.values(surveyed, [m for m in asked.methods if m in THREE]),
        "D": lamps.from_findings(found),
        "R": replay(surveyed),
        "B": black_box(surveyed, asked.seed),
    }


def _said_of(left_out: Sequence[Site]) -> list[str]:
    if not left_out:
        return []
    which = "; ".join(dict.fromkeys(site.why for site in left_out))
    return [f"generated points that were left out, as not everything can be decided there: {which}"]


def _proofs(site: Site, matter: Matter, found: Sequence[Finding]) -> tuple[list[Finding], list[str]]:
    """PROVED for what SymPy can show, operator by operator."""
    from symdiff.crosscheck.proving.proof import prove

    result: list[Finding] = []
    said: list[str] = []
    here = [replace(c, remarks=[]).at(site) for c in matter.claims]
    for operator in matter.operators:
        case = site.case(operator, matter.asked.seed)
        more, left = prove(case, [f for f in found if f.operator == operator], here)
        result += more
        said += left
    return result, said


def _residuals(sites: Sequence[Site], claimed: Sequence[Claim], found: Sequence[Finding], seed: int) -> list[str]:
    """What each claim that is wrong is more than the derivative, as formulas, at the first point where it is."""
    from symdiff.crosscheck.proving.residual import residuals

    lines: list[str] = []
    for claim in claimed:
        mine = (f for f in found if f.method == claim.name and f.operator == claim.operator)
        wrong = {f.point for f in mine if f.verdict is Verdict.DIFFER and f.value is not None}
        for site in [s for s in sites if s.number in wrong][:1]:
            with suppress(Exception):  # a courtesy: what SymPy or the claim objects to must not take the report down
                lines += residuals(site.case(claim.operator, seed), replace(claim, remarks=[]).at(site), found)
    return lines
