"""The museum is gone through: every library is asked anew, and the check says what is wrong today."""

from __future__ import annotations

import importlib.util
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from symdiff.crosscheck.check import crosscheck
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import InputError
from symdiff.museum import of_autograd, of_jax, of_sympy, of_torch
from symdiff.museum.exhibit import Exhibit

ROOMS = (of_jax, of_sympy, of_torch, of_autograd)
WRONG, REPAIRED, ABSENT, OPEN = "wrong", "repaired", "not installed", "not judged"


@dataclass(frozen=True, slots=True)
class Judged:
    """An exhibit today.

    Attributes:
        exhibit: what was asked.
        state: "wrong", "repaired", "not installed" or "not judged".
        version: of the library; "" where it is not installed.
        said: what the library answered, entry by entry.
        truth: the certified derivative; None for an entry that has none.
        verdict: of the worst entry.
        reason: why, in the check's words.
    """

    exhibit: Exhibit
    state: str
    version: str = ""
    said: tuple[float, ...] = ()
    truth: tuple[float | None, ...] = ()
    verdict: str = ""
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data; inf and nan are strings, as JSON has none."""
        e = self.exhibit
        return {
            "name": e.name, "library": e.library, "version": self.version, "shows": e.shows, "state": self.state,
            "says": [_plain(v) for v in self.said], "truth": [_plain(v) for v in self.truth],
            "verdict": self.verdict, "reason": self.reason, "why": e.why, "since": e.since,
        }  # fmt: skip


def _plain(value: float | None) -> float | str | None:
    return value if value is None or math.isfinite(value) else str(value)


def exhibits(names: Sequence[str] = ()) -> list[Exhibit]:
    """All of them, or those with these names, or of these libraries."""
    every = [e for room in ROOMS for e in room.EXHIBITS]
    unknown = [n for n in names if not any(n in (e.name, e.library) for e in every)]
    if unknown:
        known = ", ".join(dict.fromkeys(e.library for e in every))
        raise InputError(f"no exhibit is called {unknown[0]!r}: expected one that `symdiff museum` lists, or {known}")
    return [e for e in every if not names or e.name in names or e.library in names]


def judge(exhibit: Exhibit) -> Judged:
    """Ask the library, and the check about its answer."""
    if importlib.util.find_spec(exhibit.library) is None:
        return Judged(exhibit, ABSENT)
    installed = _version(exhibit.library)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # libraries warn where they divide by zero
            answer = np.asarray(exhibit.says(), np.float64)
    except Exception as e:  # noqa: BLE001 - a library may do what it likes in its next version
        return Judged(exhibit, OPEN, installed, reason=f"{exhibit.library} raises {type(e).__name__}: {str(e)[:150]}")
    report = crosscheck(
        exhibit.f, *exhibit.args, claimed={exhibit.operator: _saying(answer, exhibit)}, methods=("tape",),
        operators=(exhibit.operator,), wrt=None if isinstance(exhibit.f, str) else tuple(range(len(exhibit.args))),
    )  # fmt: skip
    mine = [f for f in report.findings if f.method == "claimed"]
    worst = _worst(mine)
    states = {
        Verdict.DIFFER: WRONG, Verdict.INACCURATE: WRONG, Verdict.AGREE: REPAIRED, Verdict.KINK: REPAIRED,
    }  # fmt: skip
    return Judged(
        exhibit, states.get(worst.verdict, OPEN), installed, tuple(float(v) for v in answer.ravel()),
        tuple(f.reference for f in mine), str(worst.verdict), worst.reason,
    )  # fmt: skip


def _saying(answer: np.ndarray, exhibit: Exhibit) -> Any:
    """The library's numbers as a claim about the function."""
    if isinstance(exhibit.f, str):
        return lambda *_: answer.ravel().tolist()
    if len(exhibit.args) == 1:
        return lambda *_: answer.copy() if answer.ndim else float(answer)
    return lambda *_: tuple(answer)


def _worst(found: Sequence[Finding]) -> Finding:
    order = [Verdict.DIFFER, Verdict.UNDECIDED, Verdict.OUTSIDE_DOMAIN, Verdict.INACCURATE, Verdict.KINK, Verdict.AGREE]
    return min(found, key=lambda f: order.index(f.verdict) if f.verdict in order else 0)


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:  # a module without metadata of that name
        return "unknown"
