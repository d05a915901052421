"""What was answered: a line of JSON a case and checker, written as they come, so that a run can end at any time."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.trust.battery.case import Case, Kind
from benchmarks.trust.checkers import CHECKERS, Checker, Outcome


@dataclass(frozen=True, slots=True)
class Record:
    """One answer. `seconds` are by the clock, `cpu` of the processor, in all threads."""

    checker: str
    family: str
    case: str
    kind: Kind
    outcome: Outcome
    said: str = ""
    figure: float | None = None
    seconds: float = 0.0
    cpu: float = 0.0

    @property
    def key(self) -> tuple[str, str, str]:
        return self.checker, self.family, self.case

    @property
    def verdict(self) -> str:
        """What became of it: a wrong claim is caught or missed, a right one passed or alarmed. Not to say is a miss
        of the one and an alarm of the other. Of an inaccurate one: the outcome."""
        if self.kind == "wrong":
            return "caught" if self.outcome == "objects" else "missed"
        if self.kind == "right":
            return "passed" if self.outcome == "accepts" else "alarm"
        return self.outcome

    @property
    def misjudged(self) -> bool:
        return self.verdict in ("missed", "alarm")


@dataclass(slots=True)
class Records:
    """The answers of a run, with what it ran on. A later answer to the same question takes the earlier one's place."""

    found: dict[tuple[str, str, str], Record] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)  # checkers that are not installed, and what is missing
    seconds: float = 0.0  # that the run took, its parts added where it was taken up again

    def add(self, record: Record) -> None:
        self.found[record.key] = record

    @property
    def checkers(self) -> list[str]:
        """In the order of the list, then in that in which they came."""
        came = dict.fromkeys(r.checker for r in self.found.values())
        return [*(name for name in CHECKERS if name in came), *(name for name in came if name not in CHECKERS)]

    def of(self, checker: str, kind: Kind | None = None) -> list[Record]:
        return [r for r in self.found.values() if r.checker == checker and kind in (None, r.kind)]

    def forget(self, checkers: Iterable[str]) -> None:
        gone = set(checkers)
        self.found = {key: r for key, r in self.found.items() if r.checker not in gone}

    def keep_only(self, asked: Iterable[Case]) -> None:
        """A case that is gone, or is of another kind now, was another question."""
        kinds = {(c.family, c.name): c.kind for c in asked}
        self.found = {key: r for key, r in self.found.items() if kinds.get((r.family, r.case)) == r.kind}

    def lines(self) -> Iterator[str]:
        yield json.dumps({"about": self.about, "left_out": self.left_out, "seconds": self.seconds}) + "\n"
        yield from (line(r) for r in self.found.values())

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".new")  # who ends the process while it writes finds the file as it was
        unfinished.write_text("".join(self.lines()), encoding="utf-8")
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> Records:
        """A last line that was cut off is left out: its question is asked again."""
        records = cls()
        for text in path.read_text(encoding="utf-8").splitlines():
            try:
                raw = json.loads(text)
            except json.JSONDecodeError:
                continue
            if "about" in raw:
                records.about, records.left_out, records.seconds = raw["about"], raw["left_out"], raw["seconds"]
            else:
                records.add(Record(**raw))
        return records


def line(record: Record) -> str:
    return json.dumps(asdict(record)) + "\n"


def versions(checkers: Iterable[Checker]) -> str:
    names = dict.fromkeys(["numpy", *(c.needs for c in checkers)])
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names if _there(name))


def _there(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
