"""What an entry of a manifest is expected to be: the registry of what is known to be wrong, until when.

    expect = "KINK"                                            # the verdict of the whole check

    [[formula.logsumexp.expect]]                               # a wrong derivative of a library's, known and reported
    method = "jax"
    verdict = "DIFFER"
    versions = "jax>=0.4,<0.11"
    reason = "https://example.org/issues/1"

An expectation holds where the installed version is inside `versions` (everywhere, if it is not given). Where it
holds, the findings by its method must have that verdict, and they do not count against the entry; everything else
must be right as ever. Where the method is right all the same, the entry fails: it was repaired, and the
expectation is to be deleted or to be given an end.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from symdiff.crosscheck import Finding, Report, Verdict
from symdiff.crosscheck.lamps import from_findings

TEXTS = ("verdict", "method", "operator", "versions", "reason")
GOOD = (Verdict.AGREE, Verdict.PROVED, Verdict.KINK)  # verdicts that are no fault
CLAUSE = re.compile(r"\s*([A-Za-z][\w.-]*)?\s*(<=|>=|==|!=|<|>)\s*(\d+(?:\.\d+)*)\s*")
COMPARE = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b, "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expected verdict. `method` "" is the whole report, `operator` "" every operator."""

    verdict: Verdict
    method: str = ""
    operator: str = ""
    versions: str = ""
    reason: str = ""

    @classmethod
    def read(cls, value: Any) -> Expectation:
        """From a verdict's name or a table. Raises `ValueError` in the words of the manifest's readers."""
        table = {"verdict": value} if isinstance(value, str) else value
        if not isinstance(table, dict) or not all(k in TEXTS and isinstance(v, str) for k, v in table.items()):
            raise ValueError(f"expected a verdict, or a table of texts with some of {', '.join(TEXTS)}")
        name = table.get("verdict", "")
        if name not in Verdict.__members__:
            raise ValueError(f"expected verdict = one of {', '.join(Verdict)}")
        if "operator" in table and "method" not in table:
            raise ValueError("expected a method beside operator")
        _clauses(table.get("versions", ""))
        return cls(**{**table, "verdict": Verdict(name)})

    @property
    def applies(self) -> bool:
        """Whether the installed version is inside `versions`; a library that is not installed is in no range."""
        clauses = _clauses(self.versions)
        if not clauses:
            return True
        try:
            here = release(importlib.metadata.version(clauses[0][0]))
        except importlib.metadata.PackageNotFoundError:
            return False
        return all(COMPARE[sign](*_same_length(here, wanted)) for _, sign, wanted in clauses)

    @property
    def of(self) -> str:
        """`DIFFER by jax for grad (jax<0.11)`."""
        by = f" by {self.method}" if self.method else ""
        of = f" for {self.operator}" if self.operator else ""
        return f"{self.verdict}{by}{of}" + (f" ({self.versions})" if self.versions else "")


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version; a pre-release counts as its release.

    >>> release("0.11.0rc1")
    (0, 11, 0)
    """
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _same_length(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    longest = max(len(a), len(b))
    return a + (0,) * (longest - len(a)), b + (0,) * (longest - len(b))


def _clauses(versions: str) -> list[tuple[str, str, tuple[int, ...]]]:
    """`jax>=0.4,<0.11` as (library, sign, version), every one with the library of the first."""
    found, library = [], ""
    for part in versions.split(",") if versions.strip() else []:
        clause = CLAUSE.fullmatch(part)
        named = clause[1] if clause else None
        if clause is None or not (named or library) or (named and library not in ("", named)):
            raise ValueError('expected versions of one library, such as "jax>=0.4,<0.11"')
        library = named or library
        found.append((library, clause[2], release(clause[3])))
    return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """A report held against what was expected of it.

    Attributes:
        ok: everything is right, or wrong as expected.
        report: the report without the findings that were expected: what is left to be judged.
        known: the sentences of the faults that are there as expected.
        surprises: the sentences of the expectations that were not met.
    """

    ok: bool
    report: Report
    known: tuple[str, ...] = ()
    surprises: tuple[str, ...] = ()


def outcome(report: Report, expected: Sequence[Expectation]) -> Outcome:
    """Hold a report against the expectations that apply to the installed versions."""
    if report.error:
        return Outcome(False, report)
    left, known, surprises, whole = report, [], [], False
    for wanted in expected:
        if not wanted.applies:
            continue
        if wanted.method:
            mine = [f for f in left.findings if f.method == wanted.method and wanted.operator in ("", f.operator)]
            found = left.part(mine)
            left = _without(left, mine)
        else:
            whole, found = True, report
        if not found.findings or found.verdict is not wanted.verdict:
            surprises.append(_surprise(wanted, found))
        elif not found.ok:
            known.append(f"expected {wanted.of}" + (f": {wanted.reason}" if wanted.reason else ""))
    ok = not surprises and (whole or left.ok or _nothing_left(left))
    return Outcome(ok, left, tuple(known), tuple(surprises))


def _without(report: Report, findings: list[Finding]) -> Report:
    """The report without these findings; lamp D, which they light, is lit by the others."""
    gone = {id(f) for f in findings}
    others = [f for f in report.findings if id(f) not in gone]
    lamps = {**report.lamps, "D": from_findings(others)} if "D" in report.lamps else report.lamps
    return replace(report, findings=others, lamps=lamps)


def _nothing_left(report: Report) -> bool:
    return not report.findings and all(lamp.state != "red" for lamp in report.lamps.values())


def _surprise(wanted: Expectation, found: Report) -> str:
    if not found.findings:
        return f"expected {wanted.of}, but nothing was checked by {wanted.method}"
    said = f"expected {wanted.of}, found {found.verdict}"
    if found.ok and wanted.verdict not in GOOD:
        return f"{said}: repaired? Delete the expectation, or end its versions before this one"
    return said
