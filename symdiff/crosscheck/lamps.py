"""The four lamps: what agreement of three methods cannot see by itself.

V  the values agree between the methods;       D  the derivatives agree with the reference;
R  the graph replays the caller's function;    B  a black-box derivative of the caller's function, which
                                                  never saw the graph, agrees with the reference.

R is lit in `replay`, B in `witness`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from symdiff.crosscheck.judging import Case, findings
from symdiff.crosscheck.report import Finding, Lamp
from symdiff.crosscheck.sites import Site
from symdiff.crosscheck.terrain import Terrain
from symdiff.crosscheck.verdict import DECIDED, Verdict
from symdiff.methods.base import Task


def values(sites: Sequence[tuple[Site, Terrain]], methods: Sequence[str]) -> Lamp:
    """V: each method's value of the function, judged like any other entry."""
    found: list[Finding] = []
    for site, terrain in sites:
        found += findings(Case(site.problem, Task("value", ()), site.x, (), site.number), methods, [], terrain)
    return from_findings(found)


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
