"""`selftest`: faults are planted into symdiff, one at a time, and the check has to go red."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from symdiff.crosscheck.verdict import judge
from symdiff.ops import TABLE, Lacking
from symdiff.selftest.comparator import CASES, comparing, wrongly_judged
from symdiff.selftest.front_ends import front_ends
from symdiff.selftest.probes import Probe, Site, probes
from symdiff.selftest.rows import checked, columns, pull_backs
from symdiff.selftest.score import Score
from symdiff.selftest.sweeps import chaining, compositions

Progress = Callable[[int, int], None]
EVERY = 8  # the short form looks at the columns of every eighth row


def selftest(full: bool = False, progress: Progress | None = None) -> Score:
    """Plant faults into every part of symdiff and count those that a check sees.

    The op table is broken while a fault is in it and mended afterwards: nothing else should differentiate in this
    process meanwhile. Ctrl-C ends it, and keeps what is done.

    Args:
        full: every way to be wrong at every step of every function (minutes); else a few ways at each pull-back once.
        progress: called with (functions done, functions in all).

    Returns:
        A `Score`: `print(score)` lists survivors and equivalent mutants, `score.ok` is the answer.

    >>> from symdiff.selftest.probes import probes
    >>> from symdiff.selftest.rows import pull_backs
    >>> sine = next(p for p in probes() if p.name == "sin")
    >>> [m.fate for m in pull_backs(sine, [("sin", 0)], full=False)]
    ['killed', 'killed', 'killed']
    """
    start, score, every = time.perf_counter(), Score(), probes()
    try:
        met: set[Site] = set()
        for k, probe in enumerate(every):
            if progress is not None:
                progress(k, len(every) + 1)
            _healthy(probe, score)
            sites = probe.sites if full else [s for s in probe.sites if s not in met]
            met.update(probe.sites)
            score.add(pull_backs(probe, sites, full))
            if probe.name in TABLE and TABLE[probe.name].partials is not None and (full or k % EVERY == 0):
                score.add(columns(probe))
        said = "argument {} of {}: no gradient that the tape takes of a function has this step"
        score.unreached = [said.format(k + 1, op) for op, k in _all() if (op, k) not in met]
        if progress is not None:
            progress(len(every), len(every) + 1)
        for part in (chaining, compositions, front_ends, comparing):
            score.add(part())
        wrong = wrongly_judged(judge)
        score.healthy += len(CASES)
        score.alarms += [f"the comparator's case {k + 1} is judged as it must not be" for k in wrong]
    except KeyboardInterrupt:
        score.complete = False
    score.seconds = time.perf_counter() - start
    return score


def _healthy(probe: Probe, score: Score) -> None:
    """Without a fault nobody is accused."""
    report = checked(probe, ("symbolic", "tape", "jax"))
    score.healthy += 1
    if not report.ok:
        score.alarms.append(f"{probe.name}: {report.verdict}")


def _all() -> Iterator[Site]:
    """Every pull-back of the table."""
    for name, row in TABLE.items():
        if name == "scan":
            continue
        rules = row.rules(2) if row.variadic else row.vjp
        yield from ((name, k) for k, rule in enumerate(rules) if rule is not None and not isinstance(rule, Lacking))
