"""The four lamps: what agreement of three methods cannot see by itself.

V  the values agree between the methods;       D  the derivatives agree with the reference;
R  the graph replays the caller's function;    B  a black-box derivative of the caller's function, which
                                                  never saw the graph, agrees with the reference.

R is lit in `replay`, B in `witness`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from symdiff.crosscheck.judging import Case, findings
from symdiff.crosscheck.places.terrain import Terrain
from symdiff.crosscheck.report import Finding, Lamp
from symdiff.crosscheck.sites import Site
from symdiff.crosscheck.verdict import DECIDED, Verdict
from symdiff.methods.base import Task
from symdiff.ops import TABLE

ROUNDED = 1e-12  # relative: two ways to add up on the same branch


def values(sites: Sequence[tuple[Site, Terrain]], methods: Sequence[str]) -> Lamp:
    """V: each method's value of the function, judged like any other entry. Nothing else shows a value that nobody can
    judge, so that one of these leaves the lamp unsure."""
    found: list[Finding] = []
    for site, terrain in sites:
        case = Case(site.problem, Task("value", ()), site.x, (), site.number)
        found += [_of_the_branch(f, site, terrain) for f in findings(case, methods, [], terrain)]
    lamp = from_findings(found)
    open_ = [f for f in found if f.verdict is Verdict.UNDECIDED]
    return Lamp("unsure", f"{open_[0].method}: {open_[0].reason}") if open_ and lamp.state == "green" else lamp


def _of_the_branch(f: Finding, site: Site, terrain: Terrain) -> Finding:
    """At a jump, where (x + z) - x > z and the like are decided by rounding: the value of the other branch is no fault
    of the method's, if the floats of the function do the same."""
    nodes = site.problem.graph.nodes
    jumps = any((kink := TABLE[nodes[i].op].kink) is not None and kink.jump for i in terrain.kinks)
    if f.verdict is not Verdict.DIFFER or not jumps or f.value is None:
        return f
    theirs = site.problem.evaluate(site.x)[f.index[0] if f.index else 0]
    if not math.isclose(f.value, theirs, rel_tol=ROUNDED):
        return f
    return replace(f, verdict=Verdict.UNDECIDED, reason=f"{terrain.kink} is a jump, and rounding decides its side")


def from_findings(found: Sequence[Finding]) -> Lamp:
    """The lamp that a set of findings lights: red for a DIFFER, unsure where nothing could be decided."""
    wrong = [f for f in found if f.verdict is Verdict.DIFFER]
    if wrong:
        methods = ", ".join(dict.fromkeys(f.method for f in wrong))
        return Lamp("red", f"{methods}: {wrong[0].reason}")
    lost = [f for f in found if f.verdict is Verdict.INACCURATE and not math.isfinite(f.value or 0.0)]
    if lost:
        return Lamp("unsure", f"{lost[0].method}: {lost[0].value}, {lost[0].reason}")
    if any(f.verdict in DECIDED for f in found):
        return Lamp("green")
    open_ = [f for f in found if f.verdict is Verdict.UNDECIDED]
    return Lamp("unsure", open_[0].reason) if open_ else Lamp("off", found[0].reason if found else "nothing to look at")
