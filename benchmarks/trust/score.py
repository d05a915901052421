"""Counting: what a checker caught and let pass, in all and by family, and the goals."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.trust.battery.case import Kind
from benchmarks.trust.checkers import SYMDIFF, TORCH_SLOW
from benchmarks.trust.records import Record, Records


@dataclass(frozen=True, slots=True)
class Count:
    """The answers of one checker to one kind of case."""

    asked: int = 0
    objects: int = 0
    accepts: int = 0
    refuses: int = 0

    @classmethod
    def of(cls, records: Iterable[Record]) -> Count:
        many = Counter(r.outcome for r in records)
        return cls(many.total(), many["objects"], many["accepts"], many["refuses"])


def count(records: Records, checker: str, kind: Kind) -> Count:
    return Count.of(records.of(checker, kind))


def misjudged(records: Records, checker: str, family: str | None = None) -> list[Record]:
    return [r for r in records.of(checker) if r.misjudged and family in (None, r.family)]


def median_cpu(records: Records, checker: str) -> float | None:
    """Seconds of the processor a case. A case that ran into the limit counts with what it had used until then."""
    return statistics.median(used) if (used := [r.cpu for r in records.of(checker)]) else None


def ratio(records: Records, checker: str, under: str = TORCH_SLOW) -> float | None:
    """Of the two medians."""
    own, other = median_cpu(records, checker), median_cpu(records, under)
    return own / other if own is not None and other else None


def judged_rightly_by(records: Records, of: Record) -> int:
    """How many other checkers have this case right."""
    same = (r for r in records.found.values() if (r.family, r.case) == (of.family, of.case))
    return sum(not r.misjudged for r in same if r.checker != of.checker)


def striking(records: Records, checker: str, kind: Kind, most: int = 3) -> list[Record]:
    """What it misjudges and most others do not; of equals the first of the battery, one a family."""
    found = [r for r in misjudged(records, checker) if r.kind == kind]
    found.sort(key=lambda r: -judged_rightly_by(records, r))
    one_each: dict[str, Record] = {}
    for r in found:
        one_each.setdefault(r.family, r)
    return list(one_each.values())[:most]


@dataclass(frozen=True, slots=True)
class Goal:
    """What was asked of symdiff. `met` is None where it was not measured."""

    what: str
    measured: str
    met: bool | None


def goals(records: Records) -> list[Goal]:
    wrong, right = count(records, SYMDIFF, "wrong"), count(records, SYMDIFF, "right")
    of_torch = ratio(records, SYMDIFF)
    return [
        Goal("every wrong derivative caught", f"{wrong.objects} of {wrong.asked}",
             wrong.objects == wrong.asked if wrong.asked else None),
        Goal("no false alarm on a right one", f"{right.asked - right.accepts} of {right.asked}",
             right.accepts == right.asked if right.asked else None),
        Goal(f"median time of a case below that of {TORCH_SLOW}",
             "-" if of_torch is None else f"{of_torch:.3g} times it", None if of_torch is None else of_torch < 1),
    ]  # fmt: skip


def by_limit(records: Records, checker: str, limit: float) -> tuple[int, int]:
    """Wrong ones missed and right ones alarmed, if a checker's number were judged by another limit. What has no number
    was refused and stays so."""
    wrong, right = records.of(checker, "wrong"), records.of(checker, "right")
    missed = sum(r.figure is None or r.figure <= limit for r in wrong)
    alarms = sum(r.figure is None or not r.figure <= limit for r in right)
    return missed, alarms
