"""No false alarm on random formulas, and every small error planted into a claim about them is seen.

`SYMDIFF_FULL=1` goes through ten thousand in one process, else two hundred; `make random-programs` goes through more
kinds of programs, in workers, and goes on where it was broken off.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import SymdiffError
from symdiff.inputs import function
from symdiff.methods import method
from symdiff.methods.base import Task
from tests.crosscheck.random_formulas import formula

FULL = bool(os.environ.get("SYMDIFF_FULL"))
SEEDS = range(10_000) if FULL else range(200)
CLAIMED = range(0, 10_000, 20) if FULL else range(40)
# a wrong derivative of a library's own, by the number of its formula; each is looked into by hand
LIVE: dict[int, tuple[str, str]] = {}


def reports(seeds: range) -> Iterator[tuple[int, Report]]:
    """Of the formulas that have variables, and points where they are defined."""
    for seed in seeds:
        try:
            yield seed, crosscheck(formula(seed), points=1, seed=seed)
        except SymdiffError:  # a constant too large to be written, or defined nowhere
            continue


def test_nobody_is_accused() -> None:
    verdicts: Counter[str] = Counter()
    alarms = []
    for seed, report in reports(SEEDS):
        for f in report.findings:
            verdicts[str(f.verdict)] += 1
            if f.verdict is Verdict.DIFFER and LIVE.get(seed, ("",))[0] != f.method:
                alarms.append((seed, f.method, f.argument, f.value, f.reference, f.reason, report.source))
    print(dict(verdicts), *alarms, sep="\n")  # noqa: T201 - the figures, for whoever runs it with -s
    assert alarms == []
    assert verdicts["AGREE"] > 0.9 * sum(verdicts.values())


def test_a_live_bug_is_still_live() -> None:
    """Or it has to come off the list."""
    for seed, (who, _) in LIVE.items():
        report = crosscheck(formula(seed), points=1, seed=seed)
        assert {f.method for f in report.findings if f.verdict is Verdict.DIFFER} == {who}, seed


@pytest.mark.parametrize("error", [-2.0, 1e-6, 1e-9])
def test_a_small_error_in_one_entry_of_a_claim_is_seen(error: float) -> None:
    """The tape's program, with one of its entries off: where the entry is not zero and its digits are there."""
    seen = missed = 0
    for seed in CLAIMED:
        try:
            problem = function(formula(seed))
            report = crosscheck(problem, points=1, seed=seed, methods=("tape",))
        except SymdiffError:  # a constant too large to be written, or defined nowhere
            continue
        good = [f for f in report.findings if f.verdict is Verdict.AGREE and f.reference and f.error_ulps is not None]
        if not problem.names or len(good) < len(problem.names) or any(f.error_ulps > 1e3 for f in good):
            continue
        point = tuple(report.points[0][n] for n in problem.names)
        task = Task("grad", tuple(range(len(point))))
        entries = method("tape").answer(problem, task, tuple(map(np.float64, point)), ()).entries
        entries[0] *= 1 + error
        claim = crosscheck(problem, *point, methods=("tape",), claimed=lambda *_, e=entries: list(e))
        wrong = {f.verdict for f in claim.findings if f.method == "claimed"}
        seen += Verdict.DIFFER in wrong
        missed += Verdict.DIFFER not in wrong
    print(f"{error:g}: {seen} seen, {missed} missed")  # noqa: T201 - the figures, for whoever runs it with -s
    assert seen > len(CLAIMED) / 2
    assert missed == 0
