"""What became of the faults: killed, survived, or equivalent, and whether the right step was named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

KILLED, EQUIVALENT, SURVIVED = "killed", "equivalent", "survived"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault, where it was planted, and what the check said.

    Attributes:
        part: what is broken: "pull-backs", "columns", "sweep", "compositions", "front ends",
            "comparator".
        where: the function and the step, `matmul: argument 2 of matmul`.
        fault: what was done to it.
        fate: "killed", "equivalent" (with the `proof`) or "survived".
        guilty: whether the first step that is named is the broken one; None where nothing has to be named.
        said: what the check said.
        proof: why a mutant is no mutant.
    """

    part: str
    where: str
    fault: str
    fate: str
    guilty: bool | None = None
    said: str = ""
    proof: str = ""


@dataclass(slots=True)
class Score:
    """All faults. `ok` says that every one that is one was seen, and that nothing healthy was accused."""

    mutants: list[Mutant] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    healthy: int = 0
    unreached: list[str] = field(default_factory=list)
    seconds: float = 0.0
    complete: bool = True

    def add(self, mutants: Iterable[Mutant]) -> None:
        self.mutants.extend(mutants)

    def of(self, fate: str) -> list[Mutant]:
        return [m for m in self.mutants if m.fate == fate]

    @property
    def named(self) -> tuple[int, int]:
        """How often the broken step was named first, of how many kills in which a step is to be named."""
        asked = [m for m in self.of(KILLED) if m.guilty is not None]
        return sum(bool(m.guilty) for m in asked), len(asked)

    @property
    def ok(self) -> bool:
        return self.complete and not self.of(SURVIVED) and not self.alarms and bool(self.mutants)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        right, asked = self.named
        return {
            "ok": self.ok, "complete": self.complete, "killed": len(self.of(KILLED)),
            "equivalent": len(self.of(EQUIVALENT)), "survived": len(self.of(SURVIVED)),
            "named": right, "to be named": asked, "healthy": self.healthy, "alarms": self.alarms,
            "unreached": self.unreached, "seconds": self.seconds, "mutants": [asdict(m) for m in self.mutants],
        }  # fmt: skip

    def __str__(self) -> str:
        lines = []
        for part in dict.fromkeys(m.part for m in self.mutants):
            here = [m for m in self.mutants if m.part == part]
            counts = [f"{sum(m.fate == fate for m in here)} {fate}" for fate in (KILLED, EQUIVALENT, SURVIVED)]
            lines.append(f"{part:12} {len(here):5} faults: {', '.join(counts)}")
        killed, right = len(self.of(KILLED)), self.named
        real = killed + len(self.of(SURVIVED))
        lines += [f"SURVIVED {m.part}, {m.where}: {m.fault}; {m.said}" for m in self.of(SURVIVED)]
        lines += [f"equivalent {m.part}, {m.where}: {m.fault}; {m.proof}" for m in self.of(EQUIVALENT)]
        lines += [f"not named {m.where}: {m.fault}; {m.said}" for m in self.of(KILLED) if m.guilty is False]
        lines += [f"FALSE ALARM {text}" for text in self.alarms]
        lines += [f"not reached {text}" for text in self.unreached]
        share = f", {100 * killed / real:.2f} %" if real else ""
        lines.append(f"mutation score: {killed} of {real}{share}; false alarms: {len(self.alarms)} of {self.healthy}")
        if right[1]:
            lines.append(f"the broken step was named first in {right[0]} of {right[1]} kills")
        if not self.complete:
            lines.append("interrupted: this is what was done by then")
        return "\n".join(lines)
