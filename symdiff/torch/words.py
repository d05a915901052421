"""What is said of a derivative of PyTorch's that is wrong: which input, which entry, by how much, and where it is."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING

from symdiff.crosscheck import shrinking
from symdiff.crosscheck.report import Finding, Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import SymdiffError
from symdiff.inputs.torch.rules import places

if TYPE_CHECKING:
    from symdiff.inputs.torch.subject import Subject

LONGEST = 200  # of an exact residual at the head of a message
MODES = {"jvp": "forward mode"}


def of_pytorch(report: Report) -> list[Finding]:
    """The findings on what PyTorch says, among those on the tape's."""
    return [f for f in report.findings if f.method.startswith("claimed")]


def message(report: Report, subject: Subject) -> str:
    """The sentence, the custom backwards with their lines, and the report below it."""
    own = of_pytorch(report)
    wrong = [f for f in own if f.verdict is Verdict.DIFFER]
    if not wrong and {f.verdict for f in own} <= {Verdict.AGREE, Verdict.KINK, Verdict.INACCURATE}:
        wrong = [f for f in own if f.verdict is Verdict.INACCURATE]  # beyond the tolerance that was given
    lines = [_sentence(wrong, report, subject)] if wrong else [_otherwise(report, subject)]
    lines += list(dict.fromkeys(f.diagnosis for f in wrong if f.diagnosis))
    lines += [f"exactly: {r}" for r in map(str, report.residuals[:1]) if len(r) <= LONGEST]
    lines += places(subject.backwards())
    lines += [note for note in report.notes if "is a black box here" in note]
    paste = ""
    with suppress(SymdiffError):  # a black box is not reduced
        paste = shrinking.in_short(report)
    return "\n".join([*lines, "", str(report) + paste])


def _otherwise(report: Report, subject: Subject) -> str:
    """Where no entry of PyTorch's is wrong: what cannot be told, or which lamp is red."""
    red = {name: lamp.note for name, lamp in report.lamps.items() if lamp.state == "red"}
    if not red:
        why = next((f.reason for f in report.findings if f.verdict in (Verdict.UNDECIDED, Verdict.UNSUPPORTED)), "")
        return f"{subject.__name__}: {report.verdict}" + (f", {why}" if why else "")
    said = "; ".join(note for note in red.values() if note)
    left = (
        ": either PyTorch's own value is that inaccurate here, or it computes with numbers that PyTorch does not see "
        "(x.detach().numpy(), x.data)"
    ) if red.keys() & {"R", "B"} else ""  # fmt: skip
    return f"{subject.__name__}: what was recorded is not what it computes, lamp {' and '.join(red)} ({said}){left}"


def _sentence(wrong: list[Finding], report: Report, subject: Subject) -> str:
    with_numbers = [f for f in wrong if f.value is not None]
    if not with_numbers:
        return f"{subject.__name__}: {wrong[0].reason}"
    worst = max(with_numbers, key=_far)
    assert worst.value is not None
    ratio = worst.value / worst.reference if worst.reference else math.nan
    factor = f", {ratio:.6g} times" if math.isfinite(ratio) and abs(ratio - 1) > 1e-3 else ""
    ulps = "" if worst.error_ulps is None else f", {worst.error_ulps:.3g} ulp off"
    count = len([f for f in report.findings if f.method == worst.method])
    mode = MODES.get(worst.operator, "the backward")
    off = "wrong" if worst.verdict is Verdict.DIFFER else "inaccurate"
    of = f"output{worst.component} by " if worst.operator == "jacobian" else ""
    what = of + (worst.argument or f"output{worst.component}")
    start = f"{subject.__name__}: {mode} is {off} in {len(wrong)} of {count} entries; {what}: torch.autograd gives "
    if worst.reference is None:  # a kink, where there is no one slope
        return f"{start}{worst.value:.17g}, {worst.reason}"
    return f"{start}{worst.value:.17g}, {worst.basis or 'certified'} {worst.reference:.17g}{ulps}{factor}"


def _far(f: Finding) -> float:
    gap = abs((f.value or 0.0) - (f.reference or 0.0))
    return math.inf if math.isnan(gap) else gap
